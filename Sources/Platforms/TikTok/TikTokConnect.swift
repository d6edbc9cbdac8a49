import Domain
import Foundation

extension TikTok {
    private static let scopes = [
        "user.info.basic", "user.info.profile", "user.info.stats", "video.list", "video.publish", "video.upload",
    ]

    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest {
        try OAuth2.consent(hosts.url("https://www.tiktok.com/v2/auth/authorize/"), client, scope: Self.scopes.joined(separator: ","), request)
    }

    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        try await token(OAuth2.grant(of: callback, platform: descriptor.name))
    }

    /// Each renewal brings a new refresh token and ends the one before it.
    func refresh(_ credentials: Credentials) async throws -> Credentials {
        try await OAuth2.refresh(credentials, at: api) { try await token($0) }
    }

    private func token(_ grant: [(String, String)]) async throws -> Credentials {
        try await api.credentials(by: OAuth2.tokenCall(address("oauth/token/"), client.fields + grant))
    }

    /// TikTok's "client access token".
    func checkApp(callbackURL: URL) async throws -> AppCheck {
        try await api.check(OAuth2.tokenCall(address("oauth/token/"), client.fields + [("grant_type", "client_credentials")]))
    }

    func revoke(_ credentials: Credentials) async throws {
        try await api.revoke(by: OAuth2.tokenCall(address("oauth/revoke/"), client.fields + [("token", credentials.accessToken)]))
    }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        try api.requireScopes(Self.scopes, of: credentials)
        let fields = "open_id,union_id,avatar_url,display_name,username"
        let answer: JSONValue = try await ask("GET", "user/info/?fields=\(FormEncoding.escape(fields))", credentials)
        guard let user = answer["user"], let id = user["open_id"]?.string, let username = user["username"]?.string else { throw api.noAccount() }
        return [
            PlatformAccount(
                id: id, username: username, displayName: user["display_name"]?.string ?? username,
                pictureURL: user["avatar_url"]?.string, profileURL: profileURL(username))
        ]
    }

    /// Who can see a post depends on the account.
    func options(field: String, query: String?, account: ConnectedAccount) async throws -> [ChannelOption] {
        let all = descriptor.options(of: field, matching: query)
        guard field == "privacy_level" else { return all }
        let offered = try await creator(account.credentials).privacyLevels ?? []
        return all.filter { offered.contains($0.value) }
    }
}
