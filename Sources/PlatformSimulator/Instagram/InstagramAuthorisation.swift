import Foundation
import HTTPTypes

extension Instagram {
    var authorisation: [Operation] {
        [
            Operation("instagram.authorize", .get, "/oauth/authorize", handler: authorize),
            Operation("instagram.authorize", .post, "/oauth/authorize", handler: authorize),
            Operation("instagram.token", .post, "/oauth/access_token", handler: graph(token)),
            Operation("instagram.exchange", .get, "/access_token", handler: graph(exchange)),
            Operation("instagram.refresh", .get, "/refresh_access_token", handler: graph(refresh)),
        ]
    }

    private func authorize(_ call: Call) -> Reply {
        guard let app = store.update({ state in call.query("client_id").flatMap { state.apps[$0] } }) else {
            return consentRefused("Invalid platform app")
        }
        guard let redirect = call.query("redirect_uri"), app.allows(callback: redirect) else { return consentRefused("Invalid redirect_uri") }
        let scopes = (call.query("scope") ?? "").split { ", ".contains($0) }.map(String.init)
        guard !scopes.isEmpty, scopes.allSatisfy(Self.scopes.contains), scopes.contains("instagram_business_basic") else {
            return consentRefused("Invalid scopes")
        }
        func back(_ pairs: [(String, String)], _ end: String = "") -> Reply {
            .redirect(Encoding.adding(pairs + (call.query("state").map { [("state", $0)] } ?? []), to: redirect) + end)
        }
        switch decision(call) {
        case .ask: return consentPage(app: app, scopes: scopes, tickable: true)
        case .decline:
            return back([("error", "access_denied"), ("error_reason", "user_denied"), ("error_description", "The user denied your request")])
        case .allow(let account):
            let without = (call.query("without") ?? "").split(separator: ",").map(String.init)
            let ticked = call.form.filter { $0.0 == "permission" }.map(\.1)
            let granted = scopes.filter { call.request.method == .post ? ticked.contains($0) : !without.contains($0) }
            let code = Encoding.token("AQ", bytes: 60)
            store.update {
                $0.codes[code] = AuthorizationCode(
                    appID: app.id, accountID: account.id, redirectURI: redirect, scopes: granted, expiresAt: call.now.addingTimeInterval(3600))
            }
            return back([("code", code)], "#_")
        }
    }

    private func token(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        func refuse(_ message: String) -> Refusal {
            Refusal(["error_type": "OAuthException", "code": 400, "error_message": .string(message)], status: 400)
        }
        guard let app = parameters["client_id"].flatMap({ state.apps[$0] }), parameters["client_secret"] == app.secret else {
            throw refuse("Invalid platform app")
        }
        guard parameters["grant_type"] == "authorization_code" else { throw refuse("Invalid grant_type") }
        guard let code = state.codes.removeValue(forKey: parameters["code"] ?? ""), code.appID == app.id, code.expiresAt > call.now,
            code.redirectURI == parameters["redirect_uri"]
        else { throw refuse("Matching code was not found or was already used") }
        var grant = issueGrant(account: code.accountID, app: app.id, scopes: code.scopes, in: &state, now: call.now)
        grant.expiresAt = call.now.addingTimeInterval(3600)
        state.grants.add(grant)
        let asList = state.isOn("listsGrants")
        // The real one sends the number as a number.
        let entry: JSON = [
            "access_token": .string(grant.token), "user_id": Int(code.accountID).map { JSON.int($0) } ?? .null,
            "permissions": asList ? .array(code.scopes.map { .string($0) }) : .string(code.scopes.joined(separator: ",")),
        ]
        return .json(asList ? ["data": [entry]] : entry)
    }

    private func long(_ old: Grant, _ state: inout PlatformState, _ call: Call) -> Reply {
        let grant = issueGrant(account: old.accountID, app: old.appID, scopes: old.scopes.sorted(), in: &state, now: call.now)
        return .json(["access_token": .string(grant.token), "token_type": "bearer", "expires_in": 5_184_000])
    }

    private func isShort(_ grant: Grant) -> Bool { grant.expiresAt.map { $0.timeIntervalSince(grant.issuedAt) <= 3600 } ?? false }

    private func exchange(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let caller = try authenticate(parameters, call, state)
        guard parameters["grant_type"] == "ig_exchange_token" else { throw GraphFailure.invalid("grant_type", "must be ig_exchange_token").refusal }
        guard state.apps[caller.grant.appID]?.secret == parameters["client_secret"] else {
            throw GraphFailure(1, "Error validating client secret.").refusal
        }
        guard isShort(caller.grant) else { throw GraphFailure(452, "Session key invalid. This could be because the token is long-lived").refusal }
        return long(caller.grant, &state, call)
    }

    private func refresh(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let caller = try authenticate(parameters, call, state)
        guard parameters["grant_type"] == "ig_refresh_token" else { throw GraphFailure.invalid("grant_type", "must be ig_refresh_token").refusal }
        guard !isShort(caller.grant), call.now.timeIntervalSince(caller.grant.issuedAt) >= 86_400 else {
            throw GraphFailure(100, "The access token must be at least 24 hours old").refusal
        }
        return long(caller.grant, &state, call)
    }
}
