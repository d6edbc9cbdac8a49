import Domain
import Foundation

/// What OAuth 2 platforms have in common (RFC 6749).
enum OAuth2 {
    /// The consent page's address.
    static func authorizationURL(_ endpoint: String, _ fields: [(String, String)]) throws -> URL {
        guard let url = URL(string: "\(endpoint)?\(FormEncoding.encode(fields))") else {
            throw PlatformError(
                .invalidContent, code: "BAD_ADDRESS", message: "\(endpoint) is not an address. Check the platform's settings.")
        }
        return url
    }

    /// A token request (§4.1.3, §6): a form, with the app's secret in the body.
    static func tokenCall(_ endpoint: String, _ fields: [(String, String)]) -> HTTPCall {
        let secretNames: Set = ["client_secret", "code", "code_verifier", "refresh_token"]
        return HTTPCall(
            "POST", endpoint, headers: [("Accept", "application/json")], body: .form(fields),
            secrets: fields.filter { secretNames.contains($0.0) }.map(\.1))
    }

    /// The answer to a token request (§5.1).
    struct TokenAnswer: Decodable {
        let accessToken: String
        let refreshToken: String?
        /// Seconds.
        let expiresIn: Int64?
        let scope: String?

        enum CodingKeys: String, CodingKey {
            case accessToken = "access_token"
            case refreshToken = "refresh_token"
            case expiresIn = "expires_in"
            case scope
        }

        /// Some platforms separate scopes by commas, others by spaces.
        var scopes: [String] { scope?.split { $0 == "," || $0 == " " }.map(String.init) ?? [] }

        func expiry(from now: Timestamp) -> Timestamp? { expiresIn.map { now + .seconds($0) } }
    }

    /// What a token request says of the code that a callback brought (§4.1.3). Throws `PlatformError` when there is none.
    static func grant(of callback: AuthorizationCallback, platform: String) throws -> [(String, String)] {
        [
            ("grant_type", "authorization_code"), ("code", try code(in: callback, platform: platform)),
            ("redirect_uri", callback.callbackURL.absoluteString),
        ]
    }

    /// Renews tokens (§6): `request` sends a grant to the platform's token endpoint. What the answer leaves out, or leaves empty, stays as it was.
    static func refresh(
        _ credentials: Credentials, at api: PlatformAPI, by request: ([(String, String)]) async throws -> Credentials
    ) async throws -> Credentials {
        guard let refreshToken = credentials.refreshToken else {
            throw PlatformError(
                .authentication, code: "\(api.prefix)_CANNOT_REFRESH",
                message: "\(api.name) gave no way to renew this connection. Connect the account again.")
        }
        var renewed = try await request([("grant_type", "refresh_token"), ("refresh_token", refreshToken)])
        renewed.refreshToken = renewed.refreshToken.flatMap { $0.isEmpty ? nil : $0 } ?? refreshToken
        if renewed.scopes.isEmpty { renewed.scopes = credentials.scopes }
        renewed.extra = credentials.extra.merging(renewed.extra) { $1 }
        return renewed
    }

    /// The code that the callback brought; throws `PlatformError` when there is none.
    static func code(in callback: AuthorizationCallback, platform: String) throws -> String {
        guard let code = callback.query["code"], !code.isEmpty else {
            throw PlatformError(
                .authentication, code: "CALLBACK_INCOMPLETE",
                message: "\(platform) sent no authorization code back\(callback.query["error"].map { " (\($0))" } ?? ""). Connect again.")
        }
        return code
    }
}
