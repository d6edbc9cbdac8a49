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
        try await OAuth2.refresh(credentials, at: api) { try await token($0) }
    }

    private func token(_ grant: [(String, String)]) async throws -> Credentials {
        let app = [("client_id", context.configuration.text("SLACK_ID")), ("client_secret", context.configuration.text("SLACK_SECRET"))]
        let call = OAuth2.tokenCall(address("oauth.v2.access"), app + grant)
        let answer = try await api.send(call)
        let token: OAuth2.TokenAnswer = try api.decode(answer, to: call)
        let whole: JSONValue = try api.decode(answer, to: call)
        var credentials = token.credentials(at: context.time.now)
        credentials.extra[Self.bot] = whole["bot_user_id"]?.string
        return credentials
    }

    /// Slack says of a code that nobody was given that it is invalid, once it has accepted the app.
    func checkApp(callbackURL: URL) async throws -> AppCheck {
        let app = [("client_id", context.configuration.text("SLACK_ID")), ("client_secret", context.configuration.text("SLACK_SECRET"))]
        return try await api.check(OAuth2.tokenCall(address("oauth.v2.access"), app + [("code", "none")]), beyond: "invalid_code")
    }

    /// The workspace.
    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        let identity: Identity = try await api.value(post("auth.test", [:], credentials))
        let bot: UserAnswer = try await api.value(get("users.info", [("user", credentials.extra[Self.bot] ?? identity.userId)], credentials))
        let picture = bot.user.profile?.original ?? bot.user.profile?.large
        return [
            PlatformAccount(
                id: identity.teamId, username: bot.user.realName.flatMap { $0.isEmpty ? nil : $0 } ?? bot.user.name, displayName: identity.team,
                pictureURL: picture, profileURL: identity.url)
        ]
    }

    private struct Identity: Decodable {
        let url: String
        let team: String
        let teamId: String
        let userId: String

        enum CodingKeys: String, CodingKey {
            case url, team
            case teamId = "team_id"
            case userId = "user_id"
        }
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
        let original: String?
        let large: String?

        enum CodingKeys: String, CodingKey {
            case original = "image_original"
            case large = "image_512"
        }
    }
    let id: String
    let name: String
    let realName: String?
    let deleted: Bool?
    let profile: Profile?

    enum CodingKeys: String, CodingKey {
        case id, name, deleted, profile
        case realName = "real_name"
    }
}
