import Domain
import Foundation
import Platforms

/// Where a provider is asked what (OpenID Connect Discovery 1.0 §3).
struct OpenIDMetadata: Sendable, Equatable {
    let authorization: String
    let token: String
    let userInfo: String?
    /// Nil where the provider signs nothing for us.
    let keys: String?
    /// Whether the secret goes into the form and not into a header.
    let secretInForm: Bool
    /// Whether it says with each answer that it is its own (RFC 9207).
    let namesIssuer: Bool
}

/// What providers publish about themselves, kept for an hour.
actor OpenIDDirectory {
    private static let life = Duration.hours(1)
    /// Keys are fetched anew when none of them has signed a token, and no more often: anybody can make such tokens.
    private static let pause = Duration.minutes(1)
    private static let patience = Duration.seconds(10)
    private static let mostKeys = 50

    private let http: any HTTPSender
    private let time: any TimeSource
    private var metadata: [String: (value: OpenIDMetadata, at: Timestamp)] = [:]
    private var keys: [String: (value: [JSONWebKey], at: Timestamp)] = [:]

    init(http: any HTTPSender, time: any TimeSource) {
        self.http = http
        self.time = time
    }

    /// Throws `OpenIDFault`, `TransportFailure`, or `ProblemReport` for an address that may not be reached.
    func metadata(of provider: OpenIDProvider) async throws -> OpenIDMetadata {
        if let endpoints = provider.endpoints {
            return OpenIDMetadata(
                authorization: endpoints.authorization, token: endpoints.token, userInfo: endpoints.userInfo, keys: nil, secretInForm: true,
                namesIssuer: false)
        }
        if let known = metadata[provider.name], known.at + Self.life > time.now { return known.value }
        let issuer = provider.issuer.hasSuffix("/") ? String(provider.issuer.dropLast()) : provider.issuer
        let document = try await read("\(issuer)/.well-known/openid-configuration", "description")
        let value = try Self.metadata(in: document, of: provider)
        metadata[provider.name] = (value, time.now)
        return value
    }

    private static func metadata(in document: JSONValue, of provider: OpenIDProvider) throws(OpenIDFault) -> OpenIDMetadata {
        guard document["issuer"]?.string == provider.issuer else {
            throw OpenIDFault("it calls itself \(document["issuer"]?.string ?? "nothing"), and not \(provider.issuer): set exactly that as issuer")
        }
        guard let authorization = document["authorization_endpoint"]?.string, let token = document["token_endpoint"]?.string,
            let keys = document["jwks_uri"]?.string
        else { throw OpenIDFault("its description lacks authorization_endpoint, token_endpoint or jwks_uri") }
        // People are sent there: nothing but a web page, and as safe as the provider itself.
        let scheme = URL(string: authorization)?.scheme?.lowercased()
        guard scheme == "https" || scheme == "http" && provider.issuer.hasPrefix("http:"), URL(string: authorization)?.host()?.isEmpty == false else {
            throw OpenIDFault("its authorization_endpoint is no https address")
        }
        let methods = document["token_endpoint_auth_methods_supported"]?.array?.compactMap(\.string) ?? ["client_secret_basic"]
        return OpenIDMetadata(
            authorization: authorization, token: token, userInfo: document["userinfo_endpoint"]?.string, keys: keys,
            secretInForm: !methods.contains("client_secret_basic") && methods.contains("client_secret_post"),
            namesIssuer: document["authorization_response_iss_parameter_supported"]?.bool ?? false)
    }

    /// Whether `token` is signed by a key that the provider publishes. Throws what `metadata` throws.
    func isSigned(_ token: IdentityToken, by provider: OpenIDProvider, keysAt address: String) async throws -> Bool {
        let known = keys[provider.name]
        if let known, known.at + Self.life > time.now {
            if token.isSigned(byOneOf: known.value) { return true }
            if known.at + Self.pause > time.now { return false }
        }
        let document = try await read(address, "set of keys")
        let fetched = (document["keys"]?.array ?? []).prefix(Self.mostKeys).compactMap(JSONWebKey.init)
        keys[provider.name] = (fetched, time.now)
        return token.isSigned(byOneOf: fetched)
    }

    private func read(_ address: String, _ what: String) async throws -> JSONValue {
        let answer = try await http.send(HTTPCall("GET", address, headers: [("Accept", "application/json")], deadline: Self.patience))
        guard answer.status == 200, let document = answer.document, document.object != nil else {
            throw OpenIDFault("its \(what) at \(address) is not there (status \(answer.status)), or no JSON")
        }
        return document
    }
}
