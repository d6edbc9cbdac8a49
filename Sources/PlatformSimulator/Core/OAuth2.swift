import Crypto
import Foundation

/// A code handed to the app's callback, to be changed for a token once.
struct AuthorizationCode: Sendable {
    let appID: String
    let accountID: String
    let redirectURI: String
    let scopes: [String]
    let expiresAt: Date
    var challenge: String?
    var challengeMethod: String?
}

/// Why a token endpoint refuses, in OAuth 2's own words.
enum OAuth2Failure: String, Error {
    case invalidClient = "invalid_client"
    case invalidGrant = "invalid_grant"
    case invalidRequest = "invalid_request"
    case invalidScope = "invalid_scope"
    case unsupportedGrantType = "unsupported_grant_type"
}

extension PlatformState {
    /// The app whose id and secret the call carries (Basic or form).
    func client(_ call: Call, secretRequired: Bool = true) throws -> RegisteredApp {
        let (id, secret) = call.basic.map { ($0.user, Optional($0.password)) } ?? (call.form("client_id") ?? "", call.form("client_secret"))
        guard let app = apps[id] else { throw OAuth2Failure.invalidClient }
        guard secret == app.secret || (secret == nil && !secretRequired) else { throw OAuth2Failure.invalidClient }
        return app
    }

    /// Takes a code (gone afterwards, even when the rest is wrong) and checks client, callback, time and PKCE.
    mutating func redeem(code: String, app: RegisteredApp, redirectURI: String?, verifier: String?, now: Date) throws -> AuthorizationCode {
        guard let found = codes.removeValue(forKey: code), found.appID == app.id, found.redirectURI == redirectURI, found.expiresAt > now
        else {
            throw OAuth2Failure.invalidGrant
        }
        if let challenge = found.challenge {
            guard let verifier else { throw OAuth2Failure.invalidGrant }
            let computed = found.challengeMethod == "S256" ? Encoding.base64url(SHA256.hash(data: Data(verifier.utf8))) : verifier
            guard computed == challenge else { throw OAuth2Failure.invalidGrant }
        }
        return found
    }
}
