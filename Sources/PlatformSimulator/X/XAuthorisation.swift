import Foundation
import HTTPTypes

extension X {
    static let problemWithCredentials = XProblem.legacy(89, "Invalid or expired token.", status: 401)
    private static let couldNotAuthenticate = XProblem.legacy(32, "Could not authenticate you.", status: 401)

    var authorisation: [Operation] {
        [
            Operation("x.requestToken", .post, "/oauth/request_token", handler: requestToken),
            Operation("x.authorize", .get, "/oauth/authenticate", handler: authorize),
            Operation("x.authorize", .post, "/oauth/authenticate", handler: authorize),
            Operation("x.authorize", .get, "/oauth/authorize", handler: authorize),
            Operation("x.authorize", .post, "/oauth/authorize", handler: authorize),
            Operation("x.accessToken", .post, "/oauth/access_token", handler: accessToken),
            Operation("x.invalidateToken", .post, "/1.1/oauth/invalidate_token.json", handler: invalidateToken),
            Operation("x.authorize2", .get, "/i/oauth2/authorize", handler: authorize2),
            Operation("x.authorize2", .post, "/i/oauth2/authorize", handler: authorize2),
            Operation("x.token2", .post, "/2/oauth2/token", handler: token2),
            Operation("x.revoke2", .post, "/2/oauth2/revoke", handler: revoke2),
        ]
    }

    // MARK: Every API call

    /// A handler for calls in a user's name: checks the signature or bearer token, the scopes, and the switches against writing.
    func user(
        _ scopes: [String], writes: Bool = false, _ body: @escaping @Sendable (inout PlatformState, Account, Call) throws -> Reply
    ) -> @Sendable (Call) async throws -> Reply {
        { call in
            try store.update { state in
                try body(&state, try authenticate(call, scopes, writes: writes, &state), call)
            }
        }
    }

    func authenticate(_ call: Call, _ scopes: [String], writes: Bool, _ state: inout PlatformState) throws -> Account {
        let account: Account
        if let bearer = call.bearer {
            guard case .valid(let grant, let owner) = state.check(token: bearer, now: call.now), grant.secret == nil else {
                throw XProblem.unauthorized.refusal
            }
            guard grant.scopes.isSuperset(of: scopes) else { throw XProblem.forbidden("Forbidden").refusal }
            account = owner
        } else {
            account = try signedAccount(call, &state)
        }
        if writes {
            if state.isOn("paymentRequired") { throw XProblem.creditsDepleted.refusal }
            if state.isOn("readOnlyApp") { throw XProblem.readOnlyApp.refusal }
        }
        return account
    }

    private func signedAccount(_ call: Call, _ state: inout PlatformState) throws -> Account {
        do {
            let values = try state.verifyOAuth1(call) { state, token in
                guard let grant = token.flatMap({ state.grants[$0] }), let secret = grant.secret else {
                    throw OAuth1Desk.Failure.unknownToken
                }
                if grant.isRevoked || grant.isExpired(at: call.now) { throw OAuth1Desk.Failure.revokedToken }
                return secret
            }
            guard let grant = values["oauth_token"].flatMap({ state.grants[$0] }), grant.appID == values["oauth_consumer_key"],
                let account = state.accounts[grant.accountID]
            else { throw OAuth1Desk.Failure.unknownToken }
            return account
        } catch OAuth1Desk.Failure.unknownToken, OAuth1Desk.Failure.revokedToken {
            throw Self.problemWithCredentials
        } catch is OAuth1Desk.Failure {
            throw XProblem.unauthorized.refusal
        }
    }

    // MARK: OAuth 1.0a

    private func requestToken(_ call: Call) throws -> Reply {
        try store.update { state in
            let values = try legacyVerify(call, &state) { _, token in
                if let token, !token.isEmpty { throw OAuth1Desk.Failure.unknownToken }
                return ""
            }
            let callback = values["oauth_callback"] ?? call.query("oauth_callback") ?? call.form("oauth_callback")
            guard let callback, let app = values["oauth_consumer_key"].flatMap({ state.apps[$0] }) else { throw Self.couldNotAuthenticate }
            guard app.allows(callback: callback) else {
                throw XProblem.legacy(415, "Callback URL not approved for this client application.", status: 403)
            }
            let access = call.query("x_auth_access_type") ?? call.form("x_auth_access_type") ?? values["x_auth_access_type"]
            guard ["read", "write", nil].contains(access) else {
                throw XProblem.legacy(214, "Bad x_auth_access_type parameter.", status: 400)
            }
            let token = Encoding.token(bytes: 20)
            let secret = Encoding.token()
            state.oauth1.requestTokens[token] = .init(secret: secret, appID: app.id, callback: callback)
            return .form([("oauth_token", token), ("oauth_token_secret", secret), ("oauth_callback_confirmed", "true")])
        }
    }

    private func authorize(_ call: Call) -> Reply {
        let token = call.query("oauth_token") ?? ""
        let found = store.update { state in
            state.oauth1.requestTokens[token].flatMap { request in state.apps[request.appID].map { (request, $0) } }
        }
        guard let (request, app) = found, request.verifier == nil else {
            return consentRefused("This request token is not valid, or was used before.", status: 403)
        }
        switch decision(call) {
        case .ask: return consentPage(app: app, scopes: ["Read your posts and profile", "Post, delete and repost for you"])
        case .decline:
            store.update { $0.oauth1.requestTokens[token] = nil }
            return .redirect(Encoding.adding([("denied", token)], to: request.callback))
        case .allow(let account):
            let verifier = Encoding.token(bytes: 20)
            store.update { state in
                state.oauth1.requestTokens[token]?.accountID = account.id
                state.oauth1.requestTokens[token]?.verifier = verifier
            }
            return .redirect(Encoding.adding([("oauth_token", token), ("oauth_verifier", verifier)], to: request.callback))
        }
    }

    private func accessToken(_ call: Call) throws -> Reply {
        try store.update { state in
            let values = try legacyVerify(call, &state) { state, token in
                guard let request = token.flatMap({ state.oauth1.requestTokens[$0] }) else { throw OAuth1Desk.Failure.unknownToken }
                return request.secret
            }
            let verifier = values["oauth_verifier"] ?? call.query("oauth_verifier") ?? call.form("oauth_verifier")
            guard let token = values["oauth_token"], let request = state.oauth1.requestTokens[token], let expected = request.verifier,
                verifier == expected, request.appID == values["oauth_consumer_key"],
                let account = request.accountID.flatMap({ state.accounts[$0] })
            else { throw Self.couldNotAuthenticate }
            state.oauth1.requestTokens[token] = nil
            let grant = issueGrant(account: account.id, app: request.appID, scopes: allScopes, in: &state, now: call.now)
            return .form([
                ("oauth_token", grant.token), ("oauth_token_secret", grant.secret ?? ""), ("user_id", account.id),
                ("screen_name", account.username),
            ])
        }
    }

    private func invalidateToken(_ call: Call) throws -> Reply {
        try store.update { state in
            _ = try signedAccount(call, &state)
            let token = OAuth1Signature.header(call.request.headers[.authorization])?.first { $0.0 == "oauth_token" }?.1 ?? ""
            state.grants.revoke(token: token)
            return .json(["access_token": .string(token)])
        }
    }

    private func legacyVerify(
        _ call: Call, _ state: inout PlatformState, tokenSecret: (PlatformState, String?) throws -> String
    ) throws -> [String: String] {
        do {
            return try state.verifyOAuth1(call, tokenSecret: tokenSecret)
        } catch is OAuth1Desk.Failure {
            throw Self.couldNotAuthenticate
        }
    }

    // MARK: OAuth 2 with PKCE

    private func authorize2(_ call: Call) -> Reply {
        guard let app = store.update({ state in call.query("client_id").flatMap { state.apps[$0] } }) else {
            return consentRefused("Unknown client_id.")
        }
        guard let redirect = call.query("redirect_uri"), app.allows(callback: redirect) else {
            return consentRefused("This redirect_uri is not registered.")
        }
        let scopes = (call.query("scope") ?? "").split(separator: " ").map(String.init)
        guard call.query("response_type") == "code", let state = call.query("state"), !state.isEmpty, state.count <= 500,
            let challenge = call.query("code_challenge"), ["S256", "plain"].contains(call.query("code_challenge_method") ?? "plain"),
            !scopes.isEmpty, scopes.allSatisfy(allScopes.contains)
        else { return consentRefused("Something is wrong with the parameters of this request.") }
        switch decision(call) {
        case .ask: return consentPage(app: app, scopes: scopes)
        case .decline: return .redirect(Encoding.adding([("error", "access_denied"), ("state", state)], to: redirect))
        case .allow(let account):
            let code = Encoding.token()
            store.update {
                $0.codes[code] = AuthorizationCode(
                    appID: app.id, accountID: account.id, redirectURI: redirect, scopes: scopes, expiresAt: call.now.addingTimeInterval(30),
                    challenge: challenge, challengeMethod: call.query("code_challenge_method") ?? "plain")
            }
            return .redirect(Encoding.adding([("state", state), ("code", code)], to: redirect))
        }
    }

    private func token2(_ call: Call) throws -> Reply {
        do {
            return try store.update { state in
                let app = try state.client(call, secretRequired: call.basic != nil)
                switch call.form("grant_type") {
                case "authorization_code":
                    let code = try state.redeem(
                        code: call.form("code") ?? "", app: app, redirectURI: call.form("redirect_uri"),
                        verifier: call.form("code_verifier"), now: call.now)
                    return bearer(account: code.accountID, app: app.id, scopes: code.scopes, &state, now: call.now)
                case "refresh_token":
                    guard let old = call.form("refresh_token"), let grant = state.grants.grant(refreshToken: old), grant.appID == app.id,
                        !grant.isRevoked
                    else { throw OAuth2Failure.invalidRequest }
                    state.grants.spend(refreshToken: old)
                    return bearer(account: grant.accountID, app: app.id, scopes: Array(grant.scopes), &state, now: call.now)
                default: throw OAuth2Failure.unsupportedGrantType
                }
            }
        } catch let failure as OAuth2Failure {
            throw Refusal(
                [
                    "error": .string(failure.rawValue),
                    "error_description": failure == .invalidClient
                        ? "Missing valid authorization header" : "Value passed for the token or code was invalid.",
                ], status: failure == .invalidClient ? 401 : 400)
        }
    }

    private func bearer(account: String, app: String, scopes: [String], _ state: inout PlatformState, now: Date) -> Reply {
        let refresh = scopes.contains("offline.access") ? Encoding.token() : nil
        let grant = Grant(
            token: Encoding.token(bytes: 40), refreshToken: refresh, appID: app, accountID: account, scopes: Set(scopes), issuedAt: now,
            expiresAt: now.addingTimeInterval(7200))
        state.grants.add(grant)
        return .json(
            .compact([
                "token_type": "bearer", "expires_in": 7200, "access_token": .string(grant.token),
                "scope": .string(scopes.joined(separator: " ")), "refresh_token": refresh.map { .string($0) },
            ]))
    }

    private func revoke2(_ call: Call) throws -> Reply {
        store.update { state in
            let token = call.form("token") ?? ""
            state.grants.revoke(token: state.grants.grant(refreshToken: token)?.token ?? token)
            return .json(["revoked": true])
        }
    }
}
