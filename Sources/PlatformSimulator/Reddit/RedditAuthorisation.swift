import Foundation
import HTTPTypes

extension Reddit {
    var authorisation: [Operation] {
        [
            Operation("reddit.authorize", .get, "/api/v1/authorize", handler: authorize),
            Operation("reddit.authorize", .post, "/api/v1/authorize", handler: authorize),
            Operation("reddit.token", .post, "/api/v1/access_token", handler: token),
            Operation("reddit.revoke", .post, "/api/v1/revoke_token", handler: revoke),
            Operation("reddit.me", .get, "/api/v1/me", limits: [Self.all], handler: user("identity", me)),
        ]
    }

    private func authorize(_ call: Call) -> Reply {
        guard let app = store.update({ state in call.query("client_id").flatMap { state.apps[$0] } }) else {
            return consentRefused("invalid client id")
        }
        guard let redirect = call.query("redirect_uri"), app.allows(callback: redirect) else {
            return consentRefused("invalid redirect_uri parameter")
        }
        let scopes = (call.query("scope") ?? "").split { $0 == " " || $0 == "," }.map(String.init)
        guard call.query("response_type") == "code", !scopes.isEmpty, scopes.allSatisfy(Self.scopes.contains) else {
            return consentRefused("you sent an invalid request")
        }
        func back(_ pairs: [(String, String)]) -> Reply {
            .redirect(Encoding.adding((call.query("state").map { [("state", $0)] } ?? []) + pairs, to: redirect) + "#_")
        }
        switch decision(call) {
        case .ask: return consentPage(app: app, scopes: scopes)
        case .decline: return back([("error", "access_denied")])
        case .allow(let account):
            let code = Encoding.token()
            store.update {
                $0.codes[code] = AuthorizationCode(
                    appID: app.id, accountID: account.id, redirectURI: redirect, scopes: scopes, expiresAt: call.now.addingTimeInterval(600),
                    // Remembered in the place of a challenge, which Reddit has none of: temporary tokens cannot be renewed.
                    challenge: nil, challengeMethod: call.query("duration"))
            }
            return back([("code", code)])
        }
    }

    /// The app is told by Basic authentication only.
    private func client(_ call: Call, _ state: PlatformState) throws -> RegisteredApp {
        try checkAgent(call)
        guard let basic = call.basic, let app = state.apps[basic.user], app.secret == basic.password else {
            var reply = Self.plain(401, "Unauthorized").reply
            reply.headers.append(("www-authenticate", "Basic realm=\"reddit\""))
            throw Refusal(reply)
        }
        return app
    }

    private func token(_ call: Call) throws -> Reply {
        do {
            return try store.update { state in
                let app = try client(call, state)
                switch call.form("grant_type") {
                case "authorization_code":
                    let code = try state.redeem(
                        code: call.form("code") ?? "", app: app, redirectURI: call.form("redirect_uri"), verifier: nil, now: call.now)
                    let grant = issueGrant(account: code.accountID, app: app.id, scopes: code.scopes, in: &state, now: call.now)
                    return tokenReply(grant, isPermanent: code.challengeMethod == "permanent")
                case "refresh_token":
                    guard let old = call.form("refresh_token").flatMap({ state.grants.grant(refreshToken: $0) }), old.appID == app.id,
                        !old.isRevoked
                    else { throw Self.plain(400, "Bad Request") }
                    let grant = Grant(
                        token: Encoding.token("eyJ", bytes: 60), refreshToken: old.refreshToken, appID: app.id, accountID: old.accountID,
                        scopes: old.scopes, issuedAt: call.now, expiresAt: call.now.addingTimeInterval(86_400))
                    state.grants.add(grant)
                    return tokenReply(grant, isPermanent: true)
                // The app's own token, with which nobody posts.
                case "client_credentials":
                    return .json([
                        "access_token": .string(Encoding.token("eyJ", bytes: 60)), "token_type": "bearer", "expires_in": 86_400, "scope": "*",
                    ])
                default: throw OAuth2Failure.unsupportedGrantType
                }
            }
        } catch let failure as OAuth2Failure {
            return .json(["error": .string(failure.rawValue)])
        }
    }

    private func tokenReply(_ grant: Grant, isPermanent: Bool) -> Reply {
        .json(
            .compact([
                "access_token": .string(grant.token), "token_type": "bearer", "expires_in": 86_400,
                "scope": .string(grant.scopes.sorted().joined(separator: " ")),
                "refresh_token": isPermanent ? grant.refreshToken.map { .string($0) } : nil,
            ]))
    }

    /// 204, also for tokens that nobody knows. With a refresh token go the access tokens that came of it.
    private func revoke(_ call: Call) throws -> Reply {
        try store.update { state in
            _ = try client(call, state)
            let token = call.form("token") ?? ""
            if let grant = state.grants.grant(refreshToken: token) {
                _ = state.grants.change(account: grant.accountID) { if $0.refreshToken == token { $0.isRevoked = true } }
                state.grants.revoke(token: grant.token)
            }
            state.grants.revoke(token: token)
            return .empty(204)
        }
    }

    private func me(_ state: inout PlatformState, _ caller: Account, _ call: Call) -> Reply {
        .json([
            "id": .string(caller.id), "name": .string(caller.username), "icon_img": .string("\(call.base)/_media/avatar-\(caller.id)?width=256&s=1"),
            "is_suspended": false, "has_verified_email": true, "link_karma": 120, "comment_karma": 80, "total_karma": 200,
            "created_utc": .double(caller.createdAt.timeIntervalSince1970), "over_18": false, "is_mod": false,
            "subreddit": [
                "display_name": .string("u_\(caller.username)"), "title": .string(caller.name),
                "subscribers": .int(Popularity.followers(caller.id)), "subreddit_type": "user",
            ],
        ])
    }
}
