import Foundation
import HTTPTypes

extension Mastodon {
    var authorisation: [Operation] {
        [
            Operation("mastodon.registerApp", .post, "/api/v1/apps", handler: registerApp),
            Operation("mastodon.discovery", .get, "/.well-known/oauth-authorization-server", handler: discovery),
            Operation("mastodon.authorize", .get, "/oauth/authorize", handler: authorize),
            Operation("mastodon.authorize", .post, "/oauth/authorize", handler: authorize),
            Operation("mastodon.token", .post, "/oauth/token", handler: token),
            Operation("mastodon.revoke", .post, "/oauth/revoke", handler: revoke),
            Operation(
                "mastodon.verifyCredentials", .get, "/api/v1/accounts/verify_credentials", limits: [Self.all],
                handler: user(["profile", "read:accounts"], verifyCredentials)),
        ]
    }

    private func registerApp(_ call: Call) throws -> Reply {
        let body = try Self.parameters(call)
        guard let name = body["client_name"]?.string, !name.isEmpty else {
            throw Self.error("Validation failed: Application name can't be blank", 422)
        }
        let redirects =
            body["redirect_uris"]?.strings ?? (body["redirect_uris"]?.string ?? "").split(whereSeparator: \.isNewline).map(String.init)
        guard !redirects.isEmpty, redirects.allSatisfy({ URL(string: $0)?.scheme != nil }) else {
            throw Self.error("Validation failed: Redirect URI must be an absolute URI.", 422)
        }
        let scopes = (body["scopes"]?.string ?? "read").split(separator: " ").map(String.init)
        guard scopes.allSatisfy(Self.scopes.contains) else {
            throw Self.error("Validation failed: Scopes doesn't match configured on the server.", 422)
        }
        let app = RegisteredApp(
            id: Encoding.token(bytes: 32), secret: Encoding.token(bytes: 32), name: name, redirectURIs: redirects, scopes: scopes)
        return store.update { state in
            state.apps[app.id] = app
            return .json([
                "id": .string(Self.newID(in: &state, now: call.now)), "name": .string(name), "website": body["website"] ?? .null,
                "scopes": .array(scopes.map { .string($0) }), "redirect_uris": .array(redirects.map { .string($0) }),
                "redirect_uri": .string(redirects.joined(separator: "\n")), "client_id": .string(app.id),
                "client_secret": .string(app.secret), "client_secret_expires_at": 0,
            ])
        }
    }

    private func discovery(_ call: Call) throws -> Reply {
        if store.update({ $0.isOn("discovery404") }) { return failure(status: 404) }
        return .json([
            "issuer": .string(call.base + "/"), "authorization_endpoint": .string(call.base + "/oauth/authorize"),
            "token_endpoint": .string(call.base + "/oauth/token"), "revocation_endpoint": .string(call.base + "/oauth/revoke"),
            "app_registration_endpoint": .string(call.base + "/api/v1/apps"),
            "scopes_supported": .array(Self.scopes.map { .string($0) }), "response_types_supported": ["code"],
            "response_modes_supported": ["query"], "grant_types_supported": ["authorization_code", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        ])
    }

    private func authorize(_ call: Call) -> Reply {
        guard let app = store.update({ state in call.query("client_id").flatMap { state.apps[$0] } }) else {
            let status = store.update(\.server) == .mastodon ? 401 : 400
            return consentRefused("Client authentication failed due to unknown client.", status: status)
        }
        guard let redirect = call.query("redirect_uri"), app.allows(callback: redirect) else {
            return consentRefused("The redirect uri included is not valid.")
        }
        func back(_ pairs: [(String, String)]) -> Reply {
            .redirect(Encoding.adding(pairs + (call.query("state").map { [("state", $0)] } ?? []), to: redirect))
        }
        guard call.query("response_type") == "code" else { return back([("error", "unsupported_response_type")]) }
        let scopes = (call.query("scope") ?? "read").split(separator: " ").map(String.init)
        guard scopes.allSatisfy((app.scopes ?? Self.scopes).contains) else {
            return back([("error", "invalid_scope"), ("error_description", "The requested scope is invalid, unknown, or malformed.")])
        }
        let challenge = call.query("code_challenge")
        guard challenge == nil || call.query("code_challenge_method") == "S256" else {
            return back([("error", "invalid_code_challenge_method")])
        }
        switch decision(call) {
        case .ask: return consentPage(app: app, scopes: scopes)
        case .decline:
            return back([
                ("error", "access_denied"), ("error_description", "The resource owner or authorization server denied the request."),
            ])
        case .allow(let account):
            let code = Encoding.token()
            store.update {
                $0.codes[code] = AuthorizationCode(
                    appID: app.id, accountID: account.id, redirectURI: redirect, scopes: scopes,
                    expiresAt: call.now.addingTimeInterval(600),
                    challenge: challenge, challengeMethod: "S256")
            }
            return back([("code", code)])
        }
    }

    private func token(_ call: Call) throws -> Reply {
        do {
            let body = try Self.parameters(call)
            func field(_ name: String) -> String? { body[name]?.string }
            return try store.update { state in
                let (id, secret) = call.basic ?? (field("client_id") ?? "", field("client_secret") ?? "")
                guard let app = state.apps[id], app.secret == secret else { throw OAuth2Failure.invalidClient }
                if field("grant_type") == "client_credentials" {
                    return .json(["access_token": .string(Encoding.token(bytes: 32)), "token_type": "Bearer", "scope": "read"])
                }
                guard field("grant_type") == "authorization_code" else { throw OAuth2Failure.unsupportedGrantType }
                let code = try state.redeem(
                    code: field("code") ?? "", app: app, redirectURI: field("redirect_uri"), verifier: field("code_verifier"), now: call.now
                )
                let grant = issueGrant(account: code.accountID, app: app.id, scopes: code.scopes, in: &state, now: call.now)
                let expires = state.server == .wordpress
                return .json(
                    .compact([
                        "access_token": .string(grant.token), "token_type": "Bearer",
                        "scope": .string(code.scopes.joined(separator: " ")), "created_at": .int(Int(call.now.timeIntervalSince1970)),
                        "expires_in": expires ? 63_072_000 : nil, "refresh_token": expires ? "" : nil,
                    ]))
            }
        } catch let failure as OAuth2Failure {
            let words: [OAuth2Failure: JSON] = [
                .invalidClient:
                    "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.",
                .invalidGrant: "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used.",
            ]
            throw Refusal(
                ["error": .string(failure.rawValue), "error_description": words[failure] ?? "The request is not supported."],
                status: failure == .invalidClient ? 401 : 400)
        }
    }

    private func revoke(_ call: Call) throws -> Reply {
        let body = try Self.parameters(call)
        return try store.update { state in
            let token = body["token"]?.string ?? ""
            guard let app = body["client_id"]?.string.flatMap({ state.apps[$0] }), app.secret == body["client_secret"]?.string,
                state.grants[token].map({ $0.appID == app.id }) ?? true
            else {
                throw Refusal(
                    ["error": "unauthorized_client", "error_description": "You are not authorized to revoke this token"], status: 403)
            }
            state.grants.revoke(token: token)
            if state.server.forgetsRevokedApps { state.apps[app.id] = nil }
            return .json([:])
        }
    }

    private func verifyCredentials(_ state: inout PlatformState, _ caller: Account, _ call: Call) -> Reply {
        var account = accountJSON(caller, call, state).object ?? [:]
        account["source"] = ["privacy": "public", "sensitive": false, "language": "en", "note": "", "fields": []]
        return .json(.object(account))
    }

    func accountJSON(_ account: Account, _ call: Call, _ state: PlatformState) -> JSON {
        let followers = state.followers(of: account.id)
        return [
            "id": .string(account.id), "username": .string(account.username), "acct": .string(account.username),
            "display_name": .string(account.name), "avatar": .string("\(call.base)/_media/avatar-\(account.id)"),
            "url": .string(call.base + profilePath(account)), "followers_count": .int(followers), "following_count": .int(followers / 3),
            "statuses_count": .int(state.timeline.count(author: account.id)), "bot": false, "locked": false,
            "created_at": .string(Encoding.iso8601(account.createdAt)), "note": "", "fields": [], "emojis": [],
        ]
    }
}
