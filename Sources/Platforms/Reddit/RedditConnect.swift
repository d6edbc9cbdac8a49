import Domain
import Foundation

extension Reddit {
    /// `history` is for looking up what became of a post, `mysubreddits` for listing communities.
    static let scopes = ["identity", "submit", "read", "flair", "history", "edit", "mysubreddits"]

    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest {
        try OAuth2.consent(
            hosts.url("https://www.reddit.com/api/v1/authorize"), client, scope: Self.scopes.joined(separator: " "), request,
            [("duration", "permanent")])
    }

    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        try await token(OAuth2.grant(of: callback, platform: descriptor.name))
    }

    func refresh(_ credentials: Credentials) async throws -> Credentials {
        try await OAuth2.refresh(credentials, at: api(Self.connectingRules)) { try await token($0) }
    }

    /// Reddit's "application only" grant.
    func checkApp(callbackURL: URL) async throws -> AppCheck {
        try await api(Self.connectingRules).check(appCall("/api/v1/access_token", [("grant_type", "client_credentials")]))
    }

    /// With the refresh token its access tokens end, too.
    func revoke(_ credentials: Credentials) async throws {
        let (token, kind) = credentials.refreshToken.map { ($0, "refresh_token") } ?? (credentials.accessToken, "access_token")
        try await api(Self.connectingRules).revoke(by: appCall("/api/v1/revoke_token", [("token", token), ("token_type_hint", kind)]))
    }

    private func token(_ grant: [(String, String)]) async throws -> Credentials {
        try await api(Self.connectingRules).credentials(by: appCall("/api/v1/access_token", grant))
    }

    /// In the app's name (RFC 6749 §2.3.1).
    private func appCall(_ path: String, _ fields: [(String, String)]) -> HTTPCall {
        var call = OAuth2.tokenCall(hosts.url("https://www.reddit.com\(path)"), fields, basic: client)
        call.headers.append(("User-Agent", userAgent))
        return call
    }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        let me = try await me(credentials)
        guard let id = me["id"]?.string, let name = me["name"]?.string else { return [] }
        return [
            PlatformAccount(
                id: id, username: name, displayName: "u/\(name)",
                // Behind the question mark stands a signature that ends.
                pictureURL: me["icon_img"]?.string.map { String($0.prefix { $0 != "?" }) }.flatMap { $0.isEmpty ? nil : $0 },
                profileURL: hosts.url("https://www.reddit.com/user/\(name)/"))
        ]
    }

    func me(_ credentials: Credentials) async throws -> JSONValue { try await api.value(call("GET", "/api/v1/me?raw_json=1", credentials)) }
}
