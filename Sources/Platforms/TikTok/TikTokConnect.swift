import Domain
import Foundation

extension TikTok {
    private static let scopes = [
        "user.info.basic", "user.info.profile", "user.info.stats", "video.list", "video.publish", "video.upload",
    ]

    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest {
        AuthorizationRequest(
            url: try OAuth2.authorizationURL(
                hosts.url("https://www.tiktok.com/v2/auth/authorize/"),
                [
                    ("client_key", clientKey), ("redirect_uri", request.callbackURL.absoluteString), ("state", request.state),
                    ("response_type", "code"), ("scope", Self.scopes.joined(separator: ",")),
                ]), memory: [:])
    }

    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        try await token(OAuth2.grant(of: callback, platform: descriptor.name))
    }

    /// Each renewal brings a new refresh token and ends the one before it.
    func refresh(_ credentials: Credentials) async throws -> Credentials {
        try await OAuth2.refresh(credentials, at: api) { try await token($0) }
    }

    private func token(_ grant: [(String, String)]) async throws -> Credentials {
        let answer: OAuth2.TokenAnswer = try await api.value(
            OAuth2.tokenCall(address("oauth/token/"), [("client_key", clientKey), ("client_secret", clientSecret)] + grant))
        return Credentials(
            accessToken: answer.accessToken, refreshToken: answer.refreshToken, expiresAt: answer.expiry(from: context.time.now),
            scopes: answer.scopes)
    }

    func revoke(_ credentials: Credentials) async throws {
        var call = OAuth2.tokenCall(
            address("oauth/revoke/"), [("client_key", clientKey), ("client_secret", clientSecret), ("token", credentials.accessToken)])
        call.secrets.append(credentials.accessToken)
        _ = try await api.send(call, accepting: [400, 401, 403, 404])
    }

    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        let missing = Self.scopes.filter { !credentials.scopes.contains($0) }
        guard missing.isEmpty || credentials.scopes.isEmpty else {
            throw PlatformError(
                .authentication, code: "TIKTOK_SCOPE_MISSING",
                message: "TikTok did not give the permissions \(missing.joined(separator: ", ")). Allow all of them when you connect again.")
        }
        let fields = "open_id,union_id,avatar_url,display_name,username"
        let answer: JSONValue = try await ask("GET", "user/info/?fields=\(FormEncoding.escape(fields))", credentials)
        guard let user = answer["user"], let id = user["open_id"]?.string, let username = user["username"]?.string else {
            throw PlatformError(.authentication, code: "TIKTOK_NO_ACCOUNT", message: "TikTok did not say who this is. Connect again.")
        }
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
