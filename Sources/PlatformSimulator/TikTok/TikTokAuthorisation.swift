import Foundation
import HTTPTypes

extension TikTok {
    var authorisation: [Operation] {
        [
            Operation("tiktok.authorize", .get, "/v2/auth/authorize", handler: authorize),
            Operation("tiktok.authorize", .post, "/v2/auth/authorize", handler: authorize),
            Operation("tiktok.token", .post, "/v2/oauth/token", handler: token),
            Operation("tiktok.revoke", .post, "/v2/oauth/revoke", handler: revoke),
        ]
    }

    private func authorize(_ call: Call) -> Reply {
        guard let app = store.update({ state in call.query("client_key").flatMap { state.apps[$0] } }) else {
            return consentRefused("client_key")
        }
        guard let redirect = call.query("redirect_uri"), app.allows(callback: redirect) else { return consentRefused("redirect_uri") }
        // Joined by commas; a space makes one unknown scope of all.
        var scopes = (call.query("scope") ?? "").split(separator: ",").map(String.init)
        guard call.query("response_type") == "code", !scopes.isEmpty, scopes.allSatisfy(allScopes.contains) else {
            return consentRefused("scope")
        }
        func back(_ pairs: [(String, String)]) -> Reply {
            .redirect(Encoding.adding(pairs + (call.query("state").map { [("state", $0)] } ?? []), to: redirect))
        }
        switch decision(call) {
        case .ask: return consentPage(app: app, scopes: scopes)
        case .decline: return back([("error", "access_denied"), ("error_description", "The user cancelled the authorization")])
        case .allow(let account):
            let code = Encoding.token(bytes: 40)
            store.update { state in
                let deselected = state.switches["deselectedScope"]?.string
                scopes.removeAll { $0 == deselected }
                state.codes[code] = AuthorizationCode(
                    appID: app.id, accountID: account.id, redirectURI: redirect, scopes: scopes, expiresAt: call.now.addingTimeInterval(600))
            }
            return back([("code", code), ("scopes", scopes.joined(separator: ","))])
        }
    }

    private static func oauthRefusal(_ error: String, _ description: String) -> Refusal {
        Refusal(["error": .string(error), "error_description": .string(description), "log_id": "20261127120000A1B2C3"], status: 400)
    }

    private func app(_ call: Call, _ state: PlatformState) throws -> RegisteredApp {
        guard call.isForm else { throw Self.oauthRefusal("invalid_request", "Only `application/x-www-form-urlencoded` is supported") }
        guard let app = call.form("client_key").flatMap({ state.apps[$0] }), call.form("client_secret") == app.secret else {
            throw Self.oauthRefusal("invalid_client", "Client key or secret is incorrect.")
        }
        return app
    }

    private func token(_ call: Call) throws -> Reply {
        try store.update { state in
            let app = try app(call, state)
            switch call.form("grant_type") {
            case "authorization_code":
                do {
                    let code = try state.redeem(
                        code: call.form("code") ?? "", app: app, redirectURI: call.form("redirect_uri"), verifier: nil, now: call.now)
                    return reply(issueGrant(account: code.accountID, app: app.id, scopes: code.scopes, in: &state, now: call.now))
                } catch is OAuth2Failure {
                    throw Self.oauthRefusal("invalid_grant", "Authorization code is expired or invalid.")
                }
            case "refresh_token":
                let given = call.form("refresh_token") ?? ""
                guard let old = state.grants.grant(refreshToken: given), !old.isRevoked, old.refreshExpiresAt.map({ $0 > call.now }) ?? false
                else { throw Self.oauthRefusal("invalid_grant", "Refresh token is invalid or expired.") }
                // The one before stops working at once.
                state.grants.spend(refreshToken: given)
                return reply(issueGrant(account: old.accountID, app: app.id, scopes: old.scopes.sorted(), in: &state, now: call.now))
            // The app's own token, with which nobody posts.
            case "client_credentials":
                return .json(["access_token": .string(Encoding.token("clt.", bytes: 30)), "expires_in": 7200, "token_type": "Bearer"])
            default: throw Self.oauthRefusal("unsupported_grant_type", "grant_type is not supported")
            }
        }
    }

    private func reply(_ grant: Grant) -> Reply {
        .json([
            "access_token": .string(grant.token), "expires_in": 7200, "open_id": .string(grant.accountID),
            "refresh_token": .string(grant.refreshToken ?? ""), "refresh_expires_in": 15_552_000,
            "scope": .string(grant.scopes.sorted().joined(separator: ",")), "token_type": "Bearer",
        ])
    }

    private func revoke(_ call: Call) throws -> Reply {
        try store.update { state in
            _ = try app(call, state)
            state.grants.revoke(token: call.form("token") ?? "")
            return .json([:])
        }
    }
}
