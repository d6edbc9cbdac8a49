import Domain
import Foundation

/// What OAuth 2 platforms have in common (RFC 6749).
enum OAuth2 {
    /// The operator's app at the platform.
    struct Client: Sendable {
        let id: String
        let secret: String
        /// What platforms call the id.
        var name = "client_id"

        /// In the body of a request (§2.3.1).
        var fields: [(String, String)] { [(name, id), ("client_secret", secret)] }
        /// In a header (RFC 7617).
        var basic: String { Data("\(id):\(secret)".utf8).base64EncodedString() }
    }

    /// The consent page's address.
    static func authorizationURL(_ endpoint: String, _ fields: [(String, String)]) throws -> URL {
        guard let url = URL(string: "\(endpoint)?\(FormEncoding.encode(fields))") else {
            throw PlatformError(
                .invalidContent, code: "BAD_ADDRESS", message: "\(endpoint) is not an address. Check the platform's settings.")
        }
        return url
    }

    /// Where to send the person (§4.1.1); `scope` as the platform writes a list of them, `more` what it wants besides.
    static func consent(
        _ endpoint: String, _ client: Client, scope: String, _ request: ConnectRequest, _ more: [(String, String)] = [],
        memory: [String: String] = [:]
    ) throws -> AuthorizationRequest {
        let fields = [
            ("response_type", "code"), (client.name, client.id), ("redirect_uri", request.callbackURL.absoluteString), ("scope", scope),
            ("state", request.state),
        ]
        return AuthorizationRequest(url: try authorizationURL(endpoint, fields + more), memory: memory)
    }

    /// A token request (§4.1.3, §6): a form. The app's secret is among its fields, or goes into a header for `basic`.
    static func tokenCall(_ endpoint: String, _ fields: [(String, String)], basic client: Client? = nil) -> HTTPCall {
        let secretNames: Set = ["client_secret", "code", "code_verifier", "refresh_token", "token"]
        return HTTPCall(
            "POST", endpoint, headers: [("Accept", "application/json")] + (client.map { [("Authorization", "Basic \($0.basic)")] } ?? []),
            body: .form(fields),
            secrets: fields.filter { secretNames.contains($0.0) }.map(\.1) + (client.map { [$0.secret, $0.basic] } ?? []))
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
        var scopes: [String] { scope.map(PlatformConfiguration.words) ?? [] }

        func expiry(from now: Timestamp) -> Timestamp? { expiresIn.map { now + .seconds($0) } }

        /// Some servers say with an empty refresh token that there is none.
        func credentials(at now: Timestamp) -> Credentials {
            Credentials(
                accessToken: accessToken, refreshToken: refreshToken.flatMap { $0.isEmpty ? nil : $0 }, expiresAt: expiry(from: now), scopes: scopes)
        }
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
        guard let refreshToken = credentials.refreshToken else { throw api.cannotRefresh() }
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

extension PlatformAPI {
    /// The tokens that `call`, a token request, brings.
    func credentials(by call: HTTPCall) async throws -> Credentials {
        try await value(call, as: OAuth2.TokenAnswer.self).credentials(at: time.now)
    }

    /// Ends a token (RFC 7009). One that has ended already is no error.
    func revoke(by call: HTTPCall) async throws { _ = try await send(call, accepting: [400, 401, 403, 404]) }

    func cannotRefresh() -> PlatformError {
        PlatformError(
            .authentication, code: "\(prefix)_CANNOT_REFRESH",
            message: "\(name) gave no way to renew this connection. Connect the account again.")
    }

    /// Throws where the person did not allow all that is `wanted`. Platforms that tell no permissions are believed to have given them.
    func requireScopes(
        _ wanted: [String], of credentials: Credentials, code: String = "SCOPE_MISSING", from giver: String? = nil,
        mend: String = "Allow all of them when you connect again."
    ) throws {
        let missing = wanted.filter { !credentials.scopes.contains($0) }
        guard !missing.isEmpty, !credentials.scopes.isEmpty else { return }
        throw PlatformError(
            .authentication, code: "\(prefix)_\(code)",
            message: "\(giver ?? name) did not give the permissions \(missing.joined(separator: ", ")). \(mend)")
    }

    func noAccount(_ code: String = "NO_ACCOUNT", _ message: String? = nil) -> PlatformError {
        PlatformError(
            .authentication, code: "\(prefix)_\(code)", message: message ?? "\(name) did not say who this is. Connect again.")
    }
}
