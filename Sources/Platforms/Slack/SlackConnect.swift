import Domain
import Foundation

extension Slack {
    /// What the app may do in a workspace. Reading messages serves for looking up whether something went out.
    static let scopes = [
        "channels:read", "groups:read", "channels:join", "chat:write", "chat:write.public", "chat:write.customize", "files:read", "files:write",
        "users:read", "channels:history", "groups:history", "reactions:read",
    ]
    private static let bot = "bot_user"

    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest {
        AuthorizationRequest(
            url: try OAuth2.authorizationURL(
                hosts.url("https://slack.com/oauth/v2/authorize"),
                [
                    ("client_id", context.configuration.value("SLACK_ID") ?? ""), ("scope", Self.scopes.joined(separator: ",")),
                    ("redirect_uri", request.callbackURL.absoluteString), ("state", request.state),
                ]), memory: [:])
    }

    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        let code = try OAuth2.code(in: callback, platform: descriptor.name)
        return try await token([("code", code), ("redirect_uri", callback.callbackURL.absoluteString)])
    }

    /// Tokens end only in apps that chose token rotation.
    func refresh(_ credentials: Credentials) async throws -> Credentials {
        guard let refreshToken = credentials.refreshToken else {
            throw PlatformError(
                .authentication, code: "SLACK_CANNOT_REFRESH", message: "Slack cannot renew this connection by itself. Connect the workspace again.")
        }
        var renewed = try await token([("grant_type", "refresh_token"), ("refresh_token", refreshToken)])
        renewed.refreshToken = renewed.refreshToken ?? refreshToken
        if renewed.scopes.isEmpty { renewed.scopes = credentials.scopes }
        renewed.extra = credentials.extra.merging(renewed.extra) { $1 }
        return renewed
    }

    private func token(_ grant: [(String, String)]) async throws -> Credentials {
        let app = [
            ("client_id", context.configuration.value("SLACK_ID") ?? ""), ("client_secret", context.configuration.value("SLACK_SECRET") ?? ""),
        ]
        let call = OAuth2.tokenCall(address("oauth.v2.access"), app + grant)
        let answer = try await api.send(call)
        let token: OAuth2.TokenAnswer = try api.decode(answer, to: call)
        let whole: JSONValue = try api.decode(answer, to: call)
        return Credentials(
            accessToken: token.accessToken, refreshToken: token.refreshToken.flatMap { $0.isEmpty ? nil : $0 },
            expiresAt: token.expiry(from: context.time.now), scopes: token.scopes,
            extra: whole["bot_user_id"]?.string.map { [Self.bot: $0] } ?? [:])
    }

    /// The workspace.
    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        let identity: Identity = try await api.value(post("auth.test", [:], credentials))
        let bot: UserAnswer = try await api.value(get("users.info", [("user", credentials.extra[Self.bot] ?? identity.user_id)], credentials))
        let picture = bot.user.profile?.image_original ?? bot.user.profile?.image_512
        return [
            PlatformAccount(
                id: identity.team_id, username: bot.user.real_name.flatMap { $0.isEmpty ? nil : $0 } ?? bot.user.name, displayName: identity.team,
                pictureURL: picture, profileURL: identity.url)
        ]
    }

    private struct Identity: Decodable {
        let url: String
        let team: String
        let team_id: String
        let user_id: String
    }

    private struct UserAnswer: Decodable {
        let user: SlackUser
    }

    func revoke(_ credentials: Credentials) async throws {
        do {
            _ = try await api.send(get("auth.revoke", [], credentials))
        } catch let error as PlatformError where error.kind == .authentication {
            // It has ended already.
        }
    }
}

struct SlackUser: Decodable {
    struct Profile: Decodable {
        let image_original: String?
        let image_512: String?
    }
    let id: String
    let name: String
    let real_name: String?
    let deleted: Bool?
    let profile: Profile?
}
