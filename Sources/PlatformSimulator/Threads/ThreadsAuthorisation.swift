import Foundation
import HTTPTypes

extension Threads {
    var authorisation: [Operation] {
        [
            Operation("threads.authorize", .get, "/oauth/authorize", handler: authorize),
            Operation("threads.authorize", .post, "/oauth/authorize", handler: authorize),
            Operation("threads.token", .post, "/oauth/access_token", handler: token),
            Operation("threads.appToken", .get, "/oauth/access_token", handler: token),
        ]
            // Some clients ask below the version.
            + ["", "/v1.0"].flatMap { root in
                [
                    Operation("threads.exchange", .get, root + "/access_token", handler: exchange),
                    Operation("threads.refresh", .get, root + "/refresh_access_token", handler: refresh),
                    Operation("threads.debugToken", .get, root + "/debug_token", handler: debugToken),
                ]
            }
    }

    private func authorize(_ call: Call) -> Reply {
        guard let app = store.update({ state in call.query("client_id").flatMap { state.apps[$0] } }) else {
            return consentRefused("Invalid platform app")
        }
        guard let redirect = call.query("redirect_uri"), app.allows(callback: redirect) else {
            return consentRefused("The redirect_uri is not whitelisted in the settings of the app")
        }
        let scopes = (call.query("scope") ?? "").split { $0 == "," || $0 == " " }.map(String.init)
        if let unknown = scopes.first(where: { !(app.scopes ?? Self.scopes).contains($0) }) {
            return consentRefused("Invalid Scopes: \(unknown)")
        }
        guard scopes.contains("threads_basic"), call.query("response_type") == "code" else {
            return consentRefused("threads_basic and response_type=code are required")
        }
        func back(_ pairs: [(String, String)]) -> Reply {
            // An empty fragment stands behind every callback.
            .redirect(Encoding.adding(pairs + (call.query("state").map { [("state", $0)] } ?? []), to: redirect) + "#_")
        }
        switch decision(call) {
        case .ask: return consentPage(app: app, scopes: scopes)
        case .decline:
            return back([
                ("error", "access_denied"), ("error_reason", "user_denied"), ("error_description", "The user denied your request"),
            ])
        case .allow(let account):
            let code = Encoding.token("AQ", bytes: 40)
            store.update {
                $0.codes[code] = AuthorizationCode(
                    appID: app.id, accountID: account.id, redirectURI: redirect, scopes: scopes,
                    expiresAt: call.now.addingTimeInterval(3600))
            }
            return back([("code", code)])
        }
    }

    /// A code for a token of an hour. Fields come as a form or in the query.
    private func token(_ call: Call) throws -> Reply {
        func field(_ name: String) -> String? { call.form(name) ?? call.query(name) }
        func refuse(_ message: String) -> Refusal {
            Refusal(["error_type": "OAuthException", "code": 400, "error_message": .string(message)], status: 400)
        }
        return try store.update { state in
            guard let app = field("client_id").flatMap({ state.apps[$0] }), field("client_secret") == app.secret else {
                throw refuse("Error validating application. Invalid client_secret.")
            }
            if field("grant_type") == "client_credentials" {
                return .json(["access_token": .string("TH|\(app.id)|\(Encoding.token("", bytes: 20))"), "token_type": "bearer"])
            }
            guard field("grant_type") == "authorization_code" else { throw refuse("Invalid grant_type") }
            do {
                let code = try state.redeem(
                    code: field("code") ?? "", app: app, redirectURI: field("redirect_uri"), verifier: nil, now: call.now)
                let grant = grant(
                    account: code.accountID, app: app.id, scopes: Set(code.scopes), seconds: 3600, in: &state, now: call.now)
                return .json(["access_token": .string(grant.token), "user_id": .int(Int(code.accountID) ?? 0)])
            } catch is OAuth2Failure {
                throw refuse("This authorization code has been used or has expired")
            }
        }
    }

    private func exchange(_ call: Call) throws -> Reply {
        try store.update { state in
            guard call.query("grant_type") == "th_exchange_token" else { throw ThreadsFailure.invalid("Invalid grant_type").refusal }
            let old = try living(call, state)
            guard state.apps[old.appID]?.secret == call.query("client_secret") else {
                throw ThreadsFailure(400, 101, "Error validating client secret").refusal
            }
            return tokenReply(old, &state, call)
        }
    }

    /// Only a token that is a day old and still lives can be renewed.
    private func refresh(_ call: Call) throws -> Reply {
        try store.update { state in
            guard call.query("grant_type") == "th_refresh_token" else { throw ThreadsFailure.invalid("Invalid grant_type").refusal }
            let old = try living(call, state)
            guard call.now.timeIntervalSince(old.issuedAt) >= 86_400 else {
                throw ThreadsFailure.invalid("The access token must be at least 24 hours old").refusal
            }
            return tokenReply(old, &state, call)
        }
    }

    private func living(_ call: Call, _ state: PlatformState) throws -> Grant {
        _ = try authenticate(call, [], state)
        guard let grant = Self.token(call).flatMap({ state.grants[$0] }) else { throw ThreadsFailure(400, 190, "Invalid token").refusal }
        return grant
    }

    private func tokenReply(_ old: Grant, _ state: inout PlatformState, _ call: Call) -> Reply {
        let grant = grant(account: old.accountID, app: old.appID, scopes: old.scopes, seconds: 5_184_000, in: &state, now: call.now)
        return .json(["access_token": .string(grant.token), "token_type": "bearer", "expires_in": 5_184_000])
    }

    private func debugToken(_ call: Call) throws -> Reply {
        try store.update { state in
            _ = try authenticate(call, [], state)
            let token = call.query("input_token") ?? ""
            guard case .valid(let grant, let account) = state.check(token: token, now: call.now) else {
                return .json(["data": ["is_valid": false]])
            }
            return .json([
                "data": [
                    "is_valid": true, "type": "USER", "user_id": .string(account.id), "application": "Postiz",
                    "expires_at": .int(Int(grant.expiresAt?.timeIntervalSince1970 ?? 0)),
                    "issued_at": .int(Int(grant.issuedAt.timeIntervalSince1970)),
                    "scopes": .array(grant.scopes.sorted().map { .string($0) }),
                ]
            ])
        }
    }
}
