import Domain
import Foundation

extension Discord {
    private static let guild = "guild"

    /// What the bot may do in a server: VIEW_CHANNEL, SEND_MESSAGES, EMBED_LINKS, ATTACH_FILES, READ_MESSAGE_HISTORY, CHANGE_NICKNAME,
    /// CREATE_PUBLIC_THREADS, SEND_MESSAGES_IN_THREADS, SEND_POLLS.
    static let permissions = [10, 11, 14, 15, 16, 26, 35, 38, 49].reduce(UInt64(0)) { $0 | 1 << $1 }

    /// The person chooses the server on Discord's page.
    func authorizationRequest(_ request: ConnectRequest) async throws -> AuthorizationRequest {
        try OAuth2.consent(
            hosts.url("https://discord.com/oauth2/authorize"), client, scope: "bot identify guilds", request,
            [("integration_type", "0"), ("permissions", String(Self.permissions))])
    }

    private var client: OAuth2.Client {
        .init(id: context.configuration.text("DISCORD_CLIENT_ID"), secret: context.configuration.text("DISCORD_CLIENT_SECRET"))
    }

    private func consentCall(_ path: String, _ fields: [(String, String)]) -> HTTPCall {
        var call = OAuth2.tokenCall(address(path), fields + client.fields)
        call.headers.append(("User-Agent", userAgent))
        return call
    }

    func exchange(_ callback: AuthorizationCallback) async throws -> Credentials {
        let call = consentCall("/oauth2/token", try OAuth2.grant(of: callback, platform: descriptor.name))
        let api = api(Self.consentRules)
        let answer = try await api.send(call)
        let token: OAuth2.TokenAnswer = try api.decode(answer, to: call)
        let whole: JSONValue = try api.decode(answer, to: call)
        // Only what Discord itself names counts: the callback's `guild_id` could be anybody's.
        guard let guild = whole["guild"]?["id"]?.string else {
            throw PlatformError(
                .authentication, code: "DISCORD_NO_SERVER",
                message: "Discord did not say to which server the bot was added. Connect again and choose a server that you manage.")
        }
        return credentials(token, extra: [Self.guild: guild])
    }

    /// The app by its id and secret, then the bot by its token.
    func checkApp(callbackURL: URL) async throws -> AppCheck {
        let app = try await api(Self.consentRules).check(
            consentCall("/oauth2/token", [("grant_type", "client_credentials"), ("scope", "identify")]))
        guard app == .accepted else { return app }
        guard case .refused(let reason) = try await api.check(call("GET", "/oauth2/applications/@me"), certain: true) else { return .accepted }
        return .refused("DISCORD_BOT_TOKEN_ID: \(reason ?? "")")
    }

    private func credentials(_ token: OAuth2.TokenAnswer, extra: [String: String]) -> Credentials {
        var credentials = token.credentials(at: context.time.now)
        credentials.extra = extra
        return credentials
    }

    /// The one server that was chosen, as the bot sees it: a bot token of another app shows here.
    func accounts(_ credentials: Credentials) async throws -> [PlatformAccount] {
        let guild: Guild = try await api.value(call("GET", "/guilds/\(FormEncoding.escape(credentials.extra[Self.guild] ?? ""))"))
        let bytes = guild.boostLevel.flatMap { Self.boostedFileBytes[$0] }
        return [
            PlatformAccount(
                id: guild.id, username: guild.name, displayName: guild.name,
                pictureURL: guild.icon.map { hosts.url("https://cdn.discordapp.com/icons/\(guild.id)/\($0).png") },
                profileURL: hosts.url("https://discord.com/channels/\(guild.id)"),
                limits: AccountLimits(imageBytes: bytes, videoBytes: bytes))
        ]
    }

    struct Guild: Decodable {
        let id: String
        let name: String
        let icon: String?
        let boostLevel: Int?
        let members: Int?

        enum CodingKeys: String, CodingKey {
            case id, name, icon
            case boostLevel = "premium_tier"
            case members = "approximate_member_count"
        }
    }

    /// The person's tokens serve for nothing but their own end: posts are the bot's. Where they cannot be renewed, the connection lives on
    /// without them as long as the bot is in the server.
    func refresh(_ credentials: Credentials) async throws -> Credentials {
        do {
            guard let refreshToken = credentials.refreshToken else { throw NoConsent() }
            let api = api(Self.consentRules)
            let token: OAuth2.TokenAnswer = try await api.value(
                consentCall("/oauth2/token", [("grant_type", "refresh_token"), ("refresh_token", refreshToken)]))
            var renewed = self.credentials(token, extra: credentials.extra)
            renewed.refreshToken = renewed.refreshToken ?? refreshToken
            if renewed.scopes.isEmpty { renewed.scopes = credentials.scopes }
            return renewed
        } catch is NoConsent {
        } catch let error as PlatformError where error.code == "DISCORD_GRANT_REFUSED" {
        }
        _ = try await accounts(credentials)
        var lasting = credentials
        lasting.expiresAt = nil
        return lasting
    }

    private struct NoConsent: Error {}

    /// Ends the person's tokens. The bot stays in the server until it is removed there.
    func revoke(_ credentials: Credentials) async throws {
        var call = consentCall("/oauth2/token/revoke", [("token", credentials.accessToken), ("token_type_hint", "access_token")])
        call.secrets.append(credentials.accessToken)
        _ = try await api(Self.consentRules).send(call, accepting: [400, 401, 403, 404])
    }
}
