import Domain
import Foundation
import Messaging
import Persistence

/// What a client says about itself when it registers (RFC 7591 §2). What we do not use is ignored, as the standard wants it.
public struct ClientRegistration: Codable, Sendable {
    public var redirectURIs: [String]?
    public var name: String?
    public var grantTypes: [String]?
    public var responseTypes: [String]?
    public var applicationType: String?

    enum CodingKeys: String, CodingKey {
        case redirectURIs = "redirect_uris"
        case name = "client_name"
        case grantTypes = "grant_types"
        case responseTypes = "response_types"
        case applicationType = "application_type"
    }

    public init(
        redirectURIs: [String]? = nil, name: String? = nil, grantTypes: [String]? = nil, responseTypes: [String]? = nil,
        applicationType: String? = nil
    ) {
        self.redirectURIs = redirectURIs
        self.name = name
        self.grantTypes = grantTypes
        self.responseTypes = responseTypes
        self.applicationType = applicationType
    }
}

/// A client as it was registered (RFC 7591 §3.2.1): with what holds, whatever it asked for.
public struct RegisteredClient: Codable, Sendable, Equatable {
    public let clientId: String
    /// Seconds since 1970.
    public let issuedAt: Int64
    public let redirectURIs: [String]
    public let name: String
    public let grantTypes: [String]
    public let responseTypes: [String]
    public let applicationType: String?
    public let authenticationMethod: String
    public let scope: String

    enum CodingKeys: String, CodingKey {
        case clientId = "client_id"
        case issuedAt = "client_id_issued_at"
        case redirectURIs = "redirect_uris"
        case name = "client_name"
        case grantTypes = "grant_types"
        case responseTypes = "response_types"
        case applicationType = "application_type"
        case authenticationMethod = "token_endpoint_auth_method"
        case scope
    }
}

extension Authorization {
    private static let registrationsPerAddress = 30
    private static let registrationsInAll = 500
    private static let mostRedirectURIs = 20

    /// Takes a client in that nobody knows yet. Throws `OAuthError`, or `RATE_LIMITED`.
    public func register(_ request: ClientRegistration, from client: ClientInfo) async throws -> RegisteredClient {
        let redirects = try Self.redirects(request.redirectURIs ?? [])
        if let types = request.grantTypes, !types.contains("authorization_code") {
            throw OAuthError(.invalidClientMetadata, "grant_types must contain authorization_code.")
        }
        if let types = request.responseTypes, !types.contains("code") {
            throw OAuthError(.invalidClientMetadata, "response_types must contain code.")
        }
        try await admitRegistration(from: client)
        let now = time.now
        let new = OAuthClient(
            id: Self.clientMark + RandomToken.make(), name: Self.displayName(request.name) ?? redirects[0].host,
            redirectURIs: redirects.map(\.text), createdAt: now)
        try await database.write { transaction in
            try OAuthClientRepository.save(new, in: transaction)
            try audit.record(
                "assistant.registered", target: new.id, subject: "anonymous", address: client.address, organization: nil, in: transaction)
        }
        return RegisteredClient(
            clientId: new.id, issuedAt: now.milliseconds / 1000, redirectURIs: new.redirectURIs, name: new.name,
            grantTypes: ["authorization_code", "refresh_token"], responseTypes: ["code"],
            applicationType: request.applicationType.flatMap { ["native", "web"].contains($0) ? $0 : nil }, authenticationMethod: "none",
            scope: Self.offeredScopes.map(\.rawValue).joined(separator: " "))
    }

    /// Anybody may register: so many from one address, and so many in all.
    private func admitRegistration(from client: ClientInfo) async throws {
        for (subject, limit) in [(client.network, Self.registrationsPerAddress), ("all", Self.registrationsInAll)] {
            let decision = await rates.take("assistant-registration:\(subject)", limit: limit, window: .hours(1))
            guard !decision.allowed else { continue }
            throw ProblemReport(.rateLimited, "Too many clients were registered. Try again later.", retryAfter: decision.reset)
        }
    }

    /// The client of that name: registered, or described by a document at the address that is its name. Throws `BAD_REQUEST` for what
    /// neither is, in words for the person who is to decide.
    func client(_ id: String) async throws -> OAuthClient {
        let now = time.now
        let known = try await database.read { try OAuthClientRepository.find(id, in: $0) }
        if let known, known.freshUntil.map({ $0 > now }) ?? true { return known }
        guard ClientDocuments.mayName(id) else {
            throw ProblemReport(
                .badRequest, "The program that sent you here is not known (any more). Remove this server in it and add it again.")
        }
        let client = try await documents.client(id, at: now)
        try await database.write { try OAuthClientRepository.save(client, in: $0) }
        return client
    }

    /// Throws `invalid_redirect_uri`.
    static func redirects(_ texts: [String]) throws(OAuthError) -> [RedirectAddress] {
        guard (1...mostRedirectURIs).contains(texts.count) else {
            throw OAuthError(.invalidRedirectURI, "redirect_uris holds 1 to \(mostRedirectURIs) addresses.")
        }
        var addresses: [RedirectAddress] = []
        for text in texts {
            guard let address = RedirectAddress(text) else {
                throw OAuthError(
                    .invalidRedirectURI,
                    "A redirect URI is https, http to localhost, 127.0.0.1 or [::1], or a scheme of a program; without fragment or user name.")
            }
            addresses.append(address)
        }
        return addresses
    }

    /// A name may claim anything: one line of reasonable length is kept, without characters that hide or turn others.
    static func displayName(_ name: String?) -> String? {
        let shown = (name ?? "").unicodeScalars.filter { scalar in
            ![.control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned].contains(scalar.properties.generalCategory)
        }
        let line = String(String.UnicodeScalarView(shown)).trimmingCharacters(in: .whitespaces)
        return line.isEmpty ? nil : String(line.prefix(80))
    }
}
