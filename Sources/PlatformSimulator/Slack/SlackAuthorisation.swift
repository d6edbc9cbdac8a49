import Foundation
import HTTPTypes

extension Slack {
    static let botID = "U0SIMBOT"

    var authorisation: [Operation] {
        [
            Operation("slack.authorize", .get, "/oauth/v2/authorize", handler: authorize),
            Operation("slack.authorize", .post, "/oauth/v2/authorize", handler: authorize),
            Operation("slack.token", .post, "/api/oauth.v2.access", handler: token),
        ]
            + method("auth.test", as: "authTest", limit: Self.tier4) { _, _, team, call in
                Self.ok([
                    "url": .string("\(call.base)/team/\(team.username)/"), "team": .string(team.name), "user": "postiz", "team_id": .string(team.id),
                    "user_id": .string(Self.botID), "bot_id": "B0SIMBOT", "is_enterprise_install": false,
                ])
            }
            + method("auth.revoke", as: "revoke", limit: Self.tier3) { state, arguments, _, call in
                let isTest = arguments.flag("test")
                if !isTest, let token = call.bearer ?? arguments.text("token") { state.grants.revoke(token: token) }
                return Self.ok(["revoked": .bool(!isTest)])
            } + method("users.info", as: "userInfo", limit: Self.tier4, scopes: ["users:read"], userInfo)
            + method("users.list", as: "listUsers", limit: Self.tier2, scopes: ["users:read"], listUsers)
    }

    private func authorize(_ call: Call) -> Reply {
        guard let app = store.update({ state in call.query("client_id").flatMap { state.apps[$0] } }) else {
            return consentRefused("Invalid client_id parameter")
        }
        guard let redirect = call.query("redirect_uri"), app.allows(callback: redirect) else {
            return consentRefused("redirect_uri did not match any configured URIs.")
        }
        let scopes = (call.query("scope") ?? "").split(separator: ",").map(String.init)
        guard !scopes.isEmpty, scopes.allSatisfy(allScopes.contains) else { return consentRefused("Invalid permissions requested") }
        func back(_ pairs: [(String, String)]) -> Reply {
            .redirect(Encoding.adding(pairs + [("state", call.query("state") ?? "")], to: redirect))
        }
        switch decision(call) {
        case .ask: return consentPage(app: app, scopes: scopes)
        case .decline: return back([("error", "access_denied")])
        case .allow(let team):
            let code = Encoding.token()
            store.update {
                $0.codes[code] = AuthorizationCode(
                    appID: app.id, accountID: team.id, redirectURI: redirect, scopes: scopes, expiresAt: call.now.addingTimeInterval(600))
            }
            return back([("code", code)])
        }
    }

    private func token(_ call: Call) throws -> Reply {
        try store.update { state in
            let id = call.basic?.user ?? call.form("client_id") ?? ""
            guard let app = state.apps[id] else { throw Self.error("invalid_client_id") }
            guard (call.basic?.password ?? call.form("client_secret")) == app.secret else { throw Self.error("bad_client_secret") }
            let (account, scopes): (String, [String])
            if call.form("grant_type") == "refresh_token" {
                let old = call.form("refresh_token") ?? ""
                guard let grant = state.grants.grant(refreshToken: old), grant.appID == app.id, !grant.isRevoked else {
                    throw Self.error("invalid_refresh_token")
                }
                state.grants.spend(refreshToken: old)
                (account, scopes) = (grant.accountID, grant.scopes.sorted())
            } else {
                let code = try? state.redeem(  // Slack has one word for every reason
                    code: call.form("code") ?? "", app: app, redirectURI: call.form("redirect_uri"), verifier: nil, now: call.now)
                guard let code else { throw Self.error("invalid_code") }
                (account, scopes) = (code.accountID, code.scopes)
            }
            guard let team = state.accounts[account] else { throw Self.error("invalid_code") }
            let grant = issueGrant(account: account, app: app.id, scopes: scopes, in: &state, now: call.now)
            var answer: [String: JSON] = [
                "access_token": .string(grant.token), "token_type": "bot", "scope": .string(grant.scopes.sorted().joined(separator: ",")),
                "bot_user_id": .string(Self.botID), "app_id": "A0SIMAPP", "team": ["id": .string(team.id), "name": .string(team.name)],
                "enterprise": .null, "is_enterprise_install": false, "authed_user": ["id": .string(Self.people[0].id)],
            ]
            if let refresh = grant.refreshToken {
                answer["refresh_token"] = .string(refresh)
                answer["expires_in"] = 43_200
            }
            return Self.ok(answer)
        }
    }

    // MARK: People

    /// The sample people are in every workspace.
    static let people = SamplePeople.all.enumerated().map { (id: "U0SIM\($0.offset)", name: $0.element.0, realName: $0.element.1) }

    private static func user(_ id: String, _ name: String, _ realName: String, _ call: Call) -> JSON {
        [
            "id": .string(id), "name": .string(name), "real_name": .string(realName), "deleted": false, "is_bot": .bool(id == botID),
            "profile": [
                "real_name": .string(realName), "display_name": .string(name), "image_512": .string("\(call.base)/_media/avatar-\(id)"),
            ],
        ]
    }

    private static func everybody(_ call: Call) -> [JSON] {
        people.map { user($0.id, $0.name, $0.realName, call) } + [user(botID, "postiz", "Postiz", call)]
    }

    private func userInfo(_ state: inout PlatformState, _ arguments: SlackArguments, _ team: Account, _ call: Call) throws -> Reply {
        guard let found = Self.everybody(call).first(where: { $0["id"]?.string == arguments.text("user") }) else {
            throw Self.error("user_not_found")
        }
        return Self.ok(["user": found])
    }

    private func listUsers(_ state: inout PlatformState, _ arguments: SlackArguments, _ team: Account, _ call: Call) throws -> Reply {
        let (users, next) = try Self.page(Self.everybody(call), arguments, state)
        return Self.ok(["members": .array(users), "response_metadata": ["next_cursor": .string(next)], "cache_ts": 0])
    }

    /// A page of a list and the cursor of the next, which is empty at the end.
    static func page(_ items: [JSON], _ arguments: SlackArguments, _ state: PlatformState, usual: Int = 100) throws -> ([JSON], String) {
        let limit = min(arguments.number("limit") ?? usual, state.number("pageSize"))
        guard (1...1000).contains(limit) else { throw error("invalid_limit") }
        var start = 0
        if let cursor = arguments.text("cursor") {
            guard cursor.hasPrefix("next-"), let number = Int(cursor.dropFirst(5)) else { throw error("invalid_cursor") }
            start = number
        }
        let end = min(items.count, start + limit)
        return (start < end ? Array(items[start..<end]) : [], end < items.count ? "next-\(end)" : "")
    }
}
