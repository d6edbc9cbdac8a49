import Foundation
import HTTPTypes

extension Facebook {
    private static let shortLife = 5400.0
    private static let longLife = 5_184_000.0

    var authorisation: [Operation] {
        [
            Operation("facebook.authorize", .get, "/v{version}/dialog/oauth", handler: authorize),
            Operation("facebook.authorize", .post, "/v{version}/dialog/oauth", handler: authorize),
            Operation("facebook.token", .get, "/v{version}/oauth/access_token", handler: graph(token)),
            Operation("facebook.token", .post, "/v{version}/oauth/access_token", handler: graph(token)),
            Operation("facebook.inspect", .get, "/v{version}/debug_token", handler: graph(inspect)),
        ]
    }

    private func authorize(_ call: Call) -> Reply {
        guard let app = store.update({ state in call.query("client_id").flatMap { state.apps[$0] } }) else {
            return consentRefused("Invalid App ID: The provided app ID does not look like a valid app ID.")
        }
        guard let redirect = call.query("redirect_uri"), app.allows(callback: redirect) else {
            return consentRefused("URL blocked: This redirect failed because the redirect URI is not in the app's client OAuth settings.")
        }
        let asked = (call.query("scope") ?? "").split(separator: ",").map(String.init)
        if let unknown = asked.first(where: { !Self.scopes.contains($0) }) {
            return consentRefused("Invalid Scopes: \(unknown). This message is only shown to developers.")
        }
        let scopes = asked.isEmpty && call.query("config_id") != nil ? Self.scopes : asked
        func back(_ pairs: [(String, String)]) -> Reply {
            .redirect(Encoding.adding(pairs + (call.query("state").map { [("state", $0)] } ?? []), to: redirect))
        }
        switch decision(call) {
        case .ask: return consentPage(app: app, scopes: scopes, tickable: true)
        case .decline:
            return back([
                ("error", "access_denied"), ("error_code", "200"), ("error_description", "Permissions error"), ("error_reason", "user_denied"),
            ])
        case .allow(let account):
            let code = Encoding.token("AQ", bytes: 60)
            let granted = granted(scopes, call)
            store.update { state in
                state.records["declined:\(account.id)"] = .array(scopes.filter { !granted.contains($0) }.map { .string($0) })
                state.codes[code] = AuthorizationCode(
                    appID: app.id, accountID: account.id, redirectURI: redirect, scopes: granted, expiresAt: call.now.addingTimeInterval(3600))
            }
            return back([("code", code)])
        }
    }

    /// What the person left ticked; a script names what it takes away.
    private func granted(_ scopes: [String], _ call: Call) -> [String] {
        if call.request.method == .post {
            let ticked = call.form.filter { $0.0 == "permission" }.map(\.1)
            return scopes.filter(ticked.contains)
        }
        let without = (call.query("without") ?? "").split(separator: ",").map(String.init)
        return scopes.filter { !without.contains($0) } + ["public_profile"]
    }

    private func token(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        guard let app = parameters["client_id"].flatMap({ state.apps[$0] }) else {
            throw GraphFailure(101, "Error validating application. Cannot get application info due to a system error.").refusal
        }
        guard parameters["client_secret"] == app.secret else { throw GraphFailure(1, "Error validating client secret.").refusal }
        switch parameters["grant_type"] ?? "authorization_code" {
        case "client_credentials":
            return .json(["access_token": .string("\(app.id)|\(app.secret)"), "token_type": "bearer"])
        case "fb_exchange_token":
            guard let short = parameters["fb_exchange_token"],
                case .valid(let old, let person) = state.check(token: short, now: call.now), old.page == nil
            else { throw GraphFailure(190, "Error validating access token.", subcode: 463, status: 401).refusal }
            let grant = issue(person, app, old.scopes, life: Self.longLife, &state, call)
            return tokenReply(grant, life: Self.longLife)
        case "authorization_code":
            guard let code = state.codes.removeValue(forKey: parameters["code"] ?? ""), code.appID == app.id, code.expiresAt > call.now else {
                throw GraphFailure(100, "This authorization code has been used.", subcode: 36_009).refusal
            }
            guard code.redirectURI == parameters["redirect_uri"], let person = state.accounts[code.accountID] else {
                throw GraphFailure(
                    100,
                    "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request",
                    subcode: 36_008
                ).refusal
            }
            return tokenReply(issue(person, app, Set(code.scopes), life: Self.shortLife, &state, call), life: Self.shortLife)
        default: throw GraphFailure(100, "Invalid grant_type").refusal
        }
    }

    private func issue(
        _ person: Account, _ app: RegisteredApp, _ scopes: Set<String>, life: Double, _ state: inout PlatformState, _ call: Call
    ) -> Grant {
        var grant = issueGrant(account: person.id, app: app.id, scopes: scopes.sorted(), in: &state, now: call.now)
        grant.expiresAt = call.now.addingTimeInterval(life)
        state.grants.add(grant)
        return grant
    }

    private func tokenReply(_ grant: Grant, life: Double) -> Reply {
        .json(["access_token": .string(grant.token), "token_type": "bearer", "expires_in": .int(Int(life))])
    }

    /// The token of a page: without an end when the person's own is a long one.
    func pageToken(_ page: String, of caller: GraphCaller, _ state: inout PlatformState, now: Date) -> String {
        if let known = state.grants.living(account: caller.person.id, app: caller.grant.appID, page: page),
            known.scopes == caller.grant.scopes, !known.isExpired(at: now)
        {
            return known.token
        }
        let life = caller.grant.expiresAt.map { $0.timeIntervalSince(caller.grant.issuedAt) } ?? .infinity
        let grant = Grant(
            token: Encoding.token("EAAP", bytes: 60), appID: caller.grant.appID, accountID: caller.person.id, scopes: caller.grant.scopes,
            issuedAt: now, expiresAt: life > 86_400 ? nil : caller.grant.expiresAt, page: page)
        state.grants.add(grant)
        return grant.token
    }

    private func inspect(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let token = parameters["input_token"] ?? ""
        guard let grant = state.grants[token] else {
            return .json(["data": ["is_valid": false, "error": ["code": 190, "message": "Malformed access token"], "scopes": []]])
        }
        let isValid = !grant.isRevoked && !grant.isExpired(at: call.now)
        return .json([
            "data": .compact([
                "app_id": .string(grant.appID), "type": grant.page == nil ? "USER" : "PAGE", "is_valid": .bool(isValid),
                "expires_at": .int(grant.expiresAt.map { Int($0.timeIntervalSince1970) } ?? 0),
                "data_access_expires_at": .int(Int(grant.issuedAt.timeIntervalSince1970) + 7_776_000),
                "scopes": .array(grant.scopes.sorted().map { .string($0) }), "user_id": .string(grant.accountID),
                "profile_id": grant.page.map { .string($0) },
            ])
        ])
    }
}
