import Crypto
import Domain
import Foundation
import Platforms

/// What a sign-in by a provider carries from its beginning to its end, sealed, in a cookie of the browser: so nobody goes on with what was begun
/// in another one.
struct PendingSignIn: Codable, Sendable, Equatable {
    static let life = Duration.minutes(10)

    let provider: String
    let state: String
    let nonce: String
    /// That of RFC 7636.
    let verifier: String
    let endsAt: Timestamp
    /// Where to go afterwards: a path of ours.
    let next: String
    let invitation: String?
    /// The session of the person who connects an account; nil for signing in.
    let session: SessionID?

    init(provider: String, next: String, invitation: String?, session: SessionID?, now: Timestamp) {
        self.provider = provider
        self.next = next
        self.invitation = invitation
        self.session = session
        (state, nonce, verifier) = (RandomToken.make(), RandomToken.make(), RandomToken.make())
        endsAt = now + Self.life
    }

    var challenge: String { Base64URL.text(Data(SHA256.hash(data: Data(verifier.utf8)))) }
}

/// The Authorization Code Flow with one provider (OpenID Connect Core 1.0 §3.1).
struct OpenIDExchange: Sendable {
    private static let patience = Duration.seconds(15)

    let provider: OpenIDProvider
    let directory: OpenIDDirectory
    let http: any HTTPSender
    let time: any TimeSource
    let callback: String

    /// Where to send the person.
    func consentPage(for pending: PendingSignIn) async throws -> String {
        let endpoint = try await directory.metadata(of: provider).authorization
        var fields = [
            ("response_type", "code"), ("client_id", provider.clientID), ("redirect_uri", callback), ("scope", provider.scope),
            ("state", pending.state), ("code_challenge", pending.challenge), ("code_challenge_method", "S256"),
        ]
        if provider.endpoints == nil { fields.append(("nonce", pending.nonce)) }
        // Whoever connects an account chooses which: the browser may be signed in with another one there.
        if pending.session != nil { fields.append(("prompt", "select_account")) }
        return "\(endpoint)\(endpoint.contains("?") ? "&" : "?")\(FormEncoding.encode(fields))"
    }

    /// Who has come back with `code`. Throws `OpenIDFault`, `TransportFailure`, or `ProblemReport` for an address that may not be reached.
    func identity(code: String, issuer: String?, of pending: PendingSignIn) async throws -> ClaimedIdentity {
        let metadata = try await directory.metadata(of: provider)
        // RFC 9207 §2.4: the answer of one provider must not be taken to another. Each has a callback of its own besides.
        guard provider.endpoints != nil || issuer == nil && !metadata.namesIssuer || issuer == provider.issuer else {
            throw OpenIDFault("the answer says that it is of \(issuer ?? "nobody")")
        }
        let tokens = try await tokens(for: code, of: pending, metadata)
        guard provider.endpoints == nil else { return try await userInfo(tokens, metadata) }
        guard let text = tokens["id_token"]?.string, let keys = metadata.keys else { throw OpenIDFault("it sent no ID token") }
        let token = try IdentityToken(text)
        guard try await directory.isSigned(token, by: provider, keysAt: keys) else {
            throw OpenIDFault("its ID token is not signed by a key of its own")
        }
        let claimed = try token.check(issuer: provider.issuer, clientID: provider.clientID, nonce: pending.nonce, now: time.now)
        let isWhole = claimed.email != nil && claimed.emailVerified != nil
        guard !isWhole, metadata.userInfo != nil, tokens["access_token"]?.string != nil else { return claimed }
        let told = try await userInfo(tokens, metadata)
        // §5.3.2: tokens may be swapped for those of somebody else.
        guard told.subject == claimed.subject else { throw OpenIDFault("its user information is about somebody else") }
        return claimed.completed(by: told)
    }

    private func tokens(for code: String, of pending: PendingSignIn, _ metadata: OpenIDMetadata) async throws -> JSONValue {
        var fields = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", callback), ("code_verifier", pending.verifier),
        ]
        var headers = [("Accept", "application/json")]
        if let secret = provider.clientSecret, !metadata.secretInForm {
            // RFC 6749 §2.3.1: each half as in a form.
            let halves = "\(FormEncoding.escape(provider.clientID)):\(FormEncoding.escape(secret))"
            headers.append(("Authorization", "Basic \(Data(halves.utf8).base64EncodedString())"))
        } else {
            fields.append(("client_id", provider.clientID))
            if let secret = provider.clientSecret { fields.append(("client_secret", secret)) }
        }
        let answer = try await http.send(
            HTTPCall(
                "POST", metadata.token, headers: headers, body: .form(fields),
                secrets: [code, pending.verifier] + (provider.clientSecret.map { [$0] } ?? []), deadline: Self.patience))
        guard let tokens = answer.document, tokens.object != nil else {
            throw OpenIDFault("its token_endpoint answered with status \(answer.status) and no JSON")
        }
        guard answer.status == 200 else {
            // Of what it says, the error's name alone: one word of RFC 6749 §5.2.
            let name = (tokens["error"]?.string ?? "no reason").filter { $0.isASCII && ($0.isLetter || $0 == "_" || $0 == " ") }.prefix(60)
            throw OpenIDFault("its token_endpoint refused the code (\(answer.status), \(name))")
        }
        return tokens
    }

    private func userInfo(_ tokens: JSONValue, _ metadata: OpenIDMetadata) async throws -> ClaimedIdentity {
        guard let address = metadata.userInfo, let token = tokens["access_token"]?.string else { throw OpenIDFault("it sent no access token") }
        let answer = try await http.send(
            HTTPCall(
                "GET", address, headers: [("Accept", "application/json"), ("Authorization", "Bearer \(token)")], secrets: [token],
                deadline: Self.patience))
        guard answer.status == 200, let claims = answer.document, claims.object != nil else {
            throw OpenIDFault("its userinfo_endpoint answered with status \(answer.status), or no JSON")
        }
        return try ClaimedIdentity(claims)
    }
}
