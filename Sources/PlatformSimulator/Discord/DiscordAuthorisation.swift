import Foundation
import HTTPTypes

extension Discord {
    var authorisation: [Operation] {
        [
            Operation("discord.authorize", .get, "/oauth2/authorize", handler: authorize),
            Operation("discord.authorize", .post, "/oauth2/authorize", handler: authorize),
            Operation("discord.token", .post, "/api/{version}/oauth2/token", handler: token),
            Operation("discord.revoke", .post, "/api/{version}/oauth2/token/revoke", handler: revoke),
            Operation("discord.whoAmI", .get, "/api/{version}/oauth2/@me", limits: [Self.perGuild], handler: whoAmI),
            Operation("discord.application", .get, "/api/{version}/oauth2/applications/@me", limits: [Self.perGuild], handler: bot(application)),
        ]
    }

    private func authorize(_ call: Call) -> Reply {
        guard let app = store.update({ state in call.query("client_id").flatMap { state.apps[$0] } }) else {
            return consentRefused("Unknown Application")
        }
        guard let redirect = call.query("redirect_uri"), app.allows(callback: redirect) else { return consentRefused("Invalid OAuth2 redirect_uri") }
        let scopes = (call.query("scope") ?? "").split(separator: " ").map(String.init)
        let state = call.query("state").map { [("state", $0)] } ?? []
        func back(_ pairs: [(String, String)]) -> Reply { .redirect(Encoding.adding(pairs + state, to: redirect)) }
        guard call.query("response_type") == "code" else { return back([("error", "unsupported_response_type")]) }
        guard !scopes.isEmpty, scopes.allSatisfy(allScopes.contains) else { return back([("error", "invalid_scope")]) }
        guard let permissions = UInt64(call.query("permissions") ?? "0") else { return consentRefused("Invalid permissions") }
        switch decision(call) {
        case .ask: return consentPage(app: app, scopes: scopes + ["permissions \(permissions)"])
        case .decline:
            return back([("error", "access_denied"), ("error_description", "The resource owner or authorization server denied the request")])
        case .allow(let guild):
            let code = Encoding.token()
            store.update {
                $0.codes[code] = AuthorizationCode(
                    appID: app.id, accountID: guild.id, redirectURI: redirect, scopes: scopes, expiresAt: call.now.addingTimeInterval(60))
            }
            let server = scopes.contains("bot") ? [("guild_id", guild.id), ("permissions", String(permissions))] : []
            return back([("code", code)] + server)
        }
    }

    private func token(_ call: Call) throws -> Reply {
        do {
            guard call.isForm else { throw OAuth2Failure.invalidRequest }
            return try store.update { state in
                let app = try state.client(call)
                let (account, scopes): (String, [String])
                switch call.form("grant_type") {
                case "authorization_code":
                    let code = try state.redeem(
                        code: call.form("code") ?? "", app: app, redirectURI: call.form("redirect_uri"), verifier: nil, now: call.now)
                    (account, scopes) = (code.accountID, code.scopes)
                case "refresh_token":
                    let old = call.form("refresh_token") ?? ""
                    guard let grant = state.grants.grant(refreshToken: old), grant.appID == app.id, !grant.isRevoked else {
                        throw OAuth2Failure.invalidGrant
                    }
                    state.grants.spend(refreshToken: old)
                    (account, scopes) = (grant.accountID, grant.scopes.sorted())
                // A token of the app's owner, which is of no use here.
                case "client_credentials":
                    return .json([
                        "access_token": .string(Encoding.token("", bytes: 20)), "token_type": "Bearer", "expires_in": 604_800,
                        "scope": .optional(call.form("scope")),
                    ])
                default: throw OAuth2Failure.unsupportedGrantType
                }
                let grant = issueGrant(account: account, app: app.id, scopes: scopes, in: &state, now: call.now)
                var answer: [String: JSON] = [
                    "access_token": .string(grant.token), "token_type": "Bearer", "expires_in": 604_800,
                    "refresh_token": .optional(grant.refreshToken), "scope": .string(scopes.joined(separator: " ")),
                ]
                // Only the first answer names the server.
                if scopes.contains("bot"), call.form("grant_type") == "authorization_code", let guild = state.accounts[account] {
                    answer["guild"] = .object(guildJSON(guild, state))
                }
                return .json(.object(answer))
            }
        } catch let failure as OAuth2Failure {
            let words: JSON = failure == .invalidGrant ? "Invalid \"code\" in request." : .null
            throw Refusal(
                .compact(["error": .string(failure.rawValue), "error_description": words.isNull ? nil : words]),
                status: failure == .invalidClient ? 401 : 400)
        }
    }

    /// Ends all tokens of the person for the app; the bot stays.
    private func revoke(_ call: Call) throws -> Reply {
        try store.update { state in
            let app: RegisteredApp
            do { app = try state.client(call) } catch { throw Refusal(["error": "invalid_client"], status: 401) }
            let token = call.form("token") ?? ""
            if let grant = state.grants[token] ?? state.grants.grant(refreshToken: token), grant.appID == app.id {
                for other in state.grants.byToken.values where other.accountID == grant.accountID && other.appID == app.id {
                    state.grants.revoke(token: other.token)
                    state.records["ended/\(other.token)"] = true
                }
            }
            return .json([:])
        }
    }

    private func whoAmI(_ call: Call) throws -> Reply {
        try store.update { state in
            guard let token = call.bearer, case .valid(let grant, let account) = state.check(token: token, now: call.now) else {
                throw Self.unauthorized
            }
            return .json([
                "application": .object(applicationJSON), "scopes": .array(grant.scopes.sorted().map { .string($0) }),
                "expires": .string(Encoding.iso8601(grant.expiresAt ?? call.now)),
                "user": [
                    "id": .string(Self.userID(0)), "username": .string(account.username), "discriminator": "0", "global_name": .string(account.name),
                    "avatar": .null, "public_flags": 0,
                ],
            ])
        }
    }

    private var applicationJSON: [String: JSON] {
        [
            "id": .string(Self.botID), "name": "Postiz", "icon": .null, "description": "", "summary": "", "hook": true, "bot_public": true,
            "bot_require_code_grant": false, "verify_key": .string(String(repeating: "0", count: 64)), "flags": 0, "bot": Self.botUser,
            "type": .null, "is_monetized": false, "is_verified": false, "is_discoverable": false,
        ]
    }

    private func application(_ state: inout PlatformState, _ call: Call) -> Reply {
        var json = applicationJSON
        json["owner"] = [
            "id": .string(Self.userID(0)), "username": "ada", "discriminator": "0", "global_name": "Ada Example", "avatar": .null, "public_flags": 0,
        ]
        json["team"] = .null
        json["rpc_origins"] = []
        json["approximate_guild_count"] = .int(state.accounts.all.count)
        json["approximate_user_install_count"] = 0
        json["redirect_uris"] = []
        return .json(.object(json))
    }
}
