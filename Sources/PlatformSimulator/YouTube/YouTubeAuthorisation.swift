import Foundation
import HTTPTypes

extension YouTube {
    var authorisation: [Operation] {
        [
            Operation("youtube.authorize", .get, "/o/oauth2/v2/auth", handler: authorize),
            Operation("youtube.authorize", .post, "/o/oauth2/v2/auth", handler: authorize),
            Operation("youtube.token", .post, "/token", handler: token),
            Operation("youtube.revoke", .post, "/revoke", handler: revoke),
            Operation("youtube.tokeninfo", .get, "/tokeninfo", handler: tokenInfo),
            Operation("youtube.tokeninfo", .get, "/oauth2/v2/tokeninfo", handler: tokenInfo),
            Operation("youtube.userinfo", .get, "/oauth2/v2/userinfo", handler: api(["userinfo.profile"], userInfo)),
        ]
    }

    private func authorize(_ call: Call) -> Reply {
        guard let app = store.update({ state in call.query("client_id").flatMap { state.apps[$0] } }) else {
            return consentRefused("Error 401: invalid_client. The OAuth client was not found.")
        }
        guard let redirect = call.query("redirect_uri"), app.allows(callback: redirect) else {
            return consentRefused("Error 400: redirect_uri_mismatch")
        }
        let scopes = (call.query("scope") ?? "").split(separator: " ").map(String.init)
        guard call.query("response_type") == "code", !scopes.isEmpty, scopes.allSatisfy(Self.scopes.contains) else {
            return consentRefused("Error 400: invalid_scope or response_type")
        }
        guard ["online", "offline"].contains(call.query("access_type") ?? "online"),
            call.query("code_challenge") == nil || ["S256", "plain"].contains(call.query("code_challenge_method") ?? "plain")
        else { return consentRefused("Error 400: invalid_request") }
        func back(_ pairs: [(String, String)]) -> Reply {
            .redirect(Encoding.adding(pairs + (call.query("state").map { [("state", $0)] } ?? []), to: redirect))
        }
        switch decision(call) {
        case .ask: return consentPage(app: app, scopes: scopes)
        case .decline: return back([("error", "access_denied")])
        case .allow(let account):
            let code = Encoding.token("4/0", bytes: 40)
            let granted = store.update { state -> [String] in
                let unticked = Self.scopePrefix + (state.switches["unticked"]?.string ?? "")
                let granted = scopes.filter { $0 != unticked }
                state.codes[code] = AuthorizationCode(
                    appID: app.id, accountID: account.id, redirectURI: redirect, scopes: granted, expiresAt: call.now.addingTimeInterval(600),
                    challenge: call.query("code_challenge"), challengeMethod: call.query("code_challenge_method"))
                // A refresh token comes with the first consent, and again only where consent was asked for anew.
                let isFirst = state.records["consented:\(app.id):\(account.id)"] == nil
                state.records["consented:\(app.id):\(account.id)"] = true
                state.records["offline:\(code)"] = .bool(
                    call.query("access_type") == "offline" && (isFirst || call.query("prompt")?.contains("consent") == true))
                return granted
            }
            return back([("code", code), ("scope", granted.joined(separator: " "))])
        }
    }

    private func token(_ call: Call) throws -> Reply {
        do {
            return try store.update { state in
                guard call.isForm else { throw OAuth2Failure.invalidRequest }
                let app = try state.client(call)
                switch call.form("grant_type") {
                case "authorization_code":
                    let text = call.form("code") ?? ""
                    let code = try state.redeem(
                        code: text, app: app, redirectURI: call.form("redirect_uri"), verifier: call.form("code_verifier"), now: call.now)
                    let isOffline = state.records.removeValue(forKey: "offline:\(text)")?.bool ?? false
                    let grant = issueGrant(account: code.accountID, app: app.id, scopes: code.scopes, in: &state, now: call.now)
                    if !isOffline, let refresh = grant.refreshToken { state.grants.spend(refreshToken: refresh) }
                    return tokenReply(grant, refreshToken: isOffline ? grant.refreshToken : nil)
                case "refresh_token":
                    guard let refresh = call.form("refresh_token"), let old = state.grants.grant(refreshToken: refresh), old.appID == app.id,
                        !old.isRevoked
                    else { throw OAuth2Failure.invalidGrant }
                    let grant = Grant(
                        token: Encoding.token("ya29.", bytes: 60), refreshToken: refresh, appID: app.id, accountID: old.accountID,
                        scopes: old.scopes, issuedAt: call.now, expiresAt: call.now.addingTimeInterval(3599))
                    state.grants.add(grant)
                    return tokenReply(grant, refreshToken: nil)
                default: throw OAuth2Failure.unsupportedGrantType
                }
            }
        } catch let failure as OAuth2Failure {
            let words: JSON = failure == .invalidGrant ? "Token has been expired or revoked." : "The request is not valid."
            throw Refusal(
                ["error": .string(failure.rawValue), "error_description": words], status: failure == .invalidClient ? 401 : 400)
        }
    }

    private func tokenReply(_ grant: Grant, refreshToken: String?) -> Reply {
        .json(
            .compact([
                "access_token": .string(grant.token), "expires_in": 3599, "token_type": "Bearer",
                "scope": .string(grant.scopes.sorted().joined(separator: " ")), "refresh_token": refreshToken.map { .string($0) },
            ]))
    }

    /// Ends the grant: its refresh token and every access token that came of it.
    private func revoke(_ call: Call) throws -> Reply {
        try store.update { state in
            let token = call.form("token") ?? call.query("token") ?? ""
            guard let grant = state.grants[token] ?? state.grants.grant(refreshToken: token), !grant.isRevoked else {
                throw Refusal(["error": "invalid_token", "error_description": "Token expired or revoked"], status: 400)
            }
            _ = state.grants.change(account: grant.accountID) { other in
                if other.refreshToken == grant.refreshToken { other.isRevoked = true }
            }
            state.grants.revoke(token: grant.token)
            return .json([:])
        }
    }

    private func tokenInfo(_ call: Call) throws -> Reply {
        try store.update { state in
            guard case .valid(let grant, let account) = state.check(token: call.query("access_token") ?? call.bearer ?? "", now: call.now) else {
                throw Refusal(["error": "invalid_token", "error_description": "Invalid Value"], status: 400)
            }
            let left = Int((grant.expiresAt ?? call.now).timeIntervalSince(call.now))
            return .json([
                "aud": .string(grant.appID), "sub": .string(account.id), "scope": .string(grant.scopes.sorted().joined(separator: " ")),
                "expires_in": .string(String(left)), "access_type": "offline",
            ])
        }
    }

    private func userInfo(_ state: inout PlatformState, _ account: Account, _ call: Call) -> Reply {
        .json([
            "id": .string(account.id), "name": .string(account.name), "email": .string("\(account.username)@example.com"),
            "picture": .string("\(call.base)/_media/avatar-\(account.id)"),
        ])
    }

    // MARK: Every API call

    /// A handler for calls in a channel's name; the token must carry one of the scopes.
    func api(
        _ anyOf: [String], _ body: @escaping @Sendable (inout PlatformState, Account, Call) throws -> Reply
    ) -> @Sendable (Call) async throws -> Reply {
        { call in
            try store.update { state in try body(&state, try authenticate(call, anyOf, state), call) }
        }
    }

    func authenticate(_ call: Call, _ anyOf: [String], _ state: PlatformState) throws -> Account {
        guard let token = call.bearer, case .valid(let grant, let account) = state.check(token: token, now: call.now) else {
            throw GoogleProblem.noCredentials.refusal
        }
        guard !grant.scopes.isDisjoint(with: anyOf.map { Self.scopePrefix + $0 }) else { throw GoogleProblem.noScope.refusal }
        return account
    }

    static let reading = ["youtube", "youtube.force-ssl", "youtube.readonly", "youtubepartner"]
    static let writing = ["youtube", "youtube.force-ssl", "youtubepartner"]
    static let uploading = ["youtube", "youtube.force-ssl", "youtube.upload", "youtubepartner"]
}
