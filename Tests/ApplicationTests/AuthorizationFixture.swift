import Crypto
import Domain
import Foundation
import Messaging
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

/// The authorization server over a database of its own, with a person who decides and a client that asks.
struct AuthorizationFixture: Sendable {
    static let callback = "https://assistant.example.com/callback"
    static let verifier = "a-verifier-of-at-least-forty-three-characters-0123456789"
    static var challenge: String { Base64URL.text(Data(SHA256.hash(data: Data(verifier.utf8)))) }

    let accounts: AccountsFixture
    let authorization: Authorization
    let ada: SignedIn
    var time: ManualTime { accounts.time }
    var resource: String { authorization.addresses.resource }

    static func with(
        _ kind: TestDatabase, allowedHosts: Set<String> = [], _ body: (AuthorizationFixture) async throws -> Void
    ) async throws {
        try await AccountsFixture.with(kind) { accounts in
            let transport = HTTPTransport(settings: TransportSettings(userAgent: "Postiz/test"), allowedPrivateHosts: allowedHosts)
            let result: Result<Void, any Error>
            do {
                let authorization = Authorization(
                    mainURL: try #require(URL(string: "https://postiz.example.com")), database: accounts.database, time: accounts.time,
                    rates: LocalRateLimiter(time: accounts.time), audit: accounts.audit, guarded: transport.guarded)
                let ada = try await accounts.register()
                try await body(AuthorizationFixture(accounts: accounts, authorization: authorization, ada: ada))
                result = .success(())
            } catch {
                result = .failure(error)
            }
            try await transport.shutdown()
            try result.get()
        }
    }

    /// The id of a new client with these redirect addresses.
    func client(_ redirects: [String] = [callback], name: String? = "Example Assistant") async throws -> String {
        try await authorization.register(
            ClientRegistration(redirectURIs: redirects, name: name), from: AccountsFixture.client
        ).clientId
    }

    /// An authorization request as a good client makes it, with changes; an empty value leaves the parameter out.
    func parameters(_ client: String, _ changes: [String: String] = [:]) -> OAuthParameters {
        let usual = [
            "response_type": "code", "client_id": client, "redirect_uri": Self.callback, "code_challenge": Self.challenge,
            "code_challenge_method": "S256", "state": "a state", "resource": resource,
        ]
        return OAuthParameters(usual.merging(changes) { _, new in new }.map { ($0.key, $0.value) })
    }

    func request(_ client: String, _ changes: [String: String] = [:], as caller: Caller? = nil) async throws -> ConsentRequest {
        try await authorization.read(parameters(client, changes), as: caller ?? ada.caller).get()
    }

    /// The error that the client is told; nil when a person is asked.
    func refusal(_ client: String, _ changes: [String: String]) async throws -> [String: String]? {
        switch try await authorization.read(parameters(client, changes), as: ada.caller) {
        case .success: nil
        case .failure(let refusal): Self.query(of: refusal.answer.url)
        }
    }

    /// A code for what the person allows.
    func code(_ client: String, _ changes: [String: String] = [:], _ extent: GrantExtent = .full, as person: SignedIn? = nil) async throws -> String {
        let person = person ?? ada
        // What happens in the same millisecond has no order in the audit log.
        time.advance(by: .milliseconds(1))
        let request = try await request(client, changes, as: person.caller)
        let answer = try await authorization.allow(request, extent, in: person.organization.id, as: person.caller)
        return Self.query(of: answer.url)["code"] ?? ""
    }

    func exchange(_ code: String, _ client: String, _ changes: [String: String] = [:]) async throws -> TokenAnswer {
        time.advance(by: .milliseconds(1))
        let usual = [
            "grant_type": "authorization_code", "code": code, "code_verifier": Self.verifier, "client_id": client, "redirect_uri": Self.callback,
            "resource": resource,
        ]
        return try await authorization.token(OAuthParameters(usual.merging(changes) { _, new in new }.map { ($0.key, $0.value) }))
    }

    func refresh(_ token: String, _ client: String, _ changes: [String: String] = [:]) async throws -> TokenAnswer {
        let usual = ["grant_type": "refresh_token", "refresh_token": token, "client_id": client]
        return try await authorization.token(OAuthParameters(usual.merging(changes) { _, new in new }.map { ($0.key, $0.value) }))
    }

    /// A client that was let in, with its first tokens.
    func connected(_ extent: GrantExtent = .full, as person: SignedIn? = nil) async throws -> (client: String, tokens: TokenAnswer) {
        let client = try await client()
        return (client, try await exchange(try await code(client, [:], extent, as: person), client))
    }

    static func query(of url: String) -> [String: String] {
        let items = URLComponents(string: url)?.queryItems ?? []
        return Dictionary(items.map { ($0.name, $0.value ?? "") }) { _, last in last }
    }
}

/// The code of the protocol error that `work` ends with; nil when it succeeds.
func oauthError(_ work: () async throws -> Void) async throws -> OAuthError.Code? {
    do {
        try await work()
        return nil
    } catch let error as OAuthError {
        return error.code
    }
}
