import Foundation
import HTTPTypes

extension LinkedIn {
    var authorisation: [Operation] {
        [
            Operation("linkedin.authorize", .get, "/oauth/v2/authorization", handler: authorize),
            Operation("linkedin.authorize", .post, "/oauth/v2/authorization", handler: authorize),
            Operation("linkedin.token", .post, "/oauth/v2/accessToken", handler: token),
            Operation("linkedin.introspect", .post, "/oauth/v2/introspectToken", handler: introspect),
            Operation("linkedin.revoke", .post, "/oauth/v2/revoke", handler: revoke),
        ]
    }

    private func authorize(_ call: Call) -> Reply {
        guard let app = store.update({ state in call.query("client_id").flatMap { state.apps[$0] } }) else {
            return consentRefused("The application identified by client_id was not found.")
        }
        guard let redirect = call.query("redirect_uri"), app.allows(callback: redirect) else {
            return consentRefused("The redirect_uri does not match the registered value.")
        }
        func back(_ pairs: [(String, String)]) -> Reply {
            .redirect(Encoding.adding(pairs + (call.query("state").map { [("state", $0)] } ?? []), to: redirect))
        }
        guard call.query("response_type") == "code" else {
            return back([("error", "invalid_request"), ("error_description", "response_type must be code")])
        }
        let scopes = (call.query("scope") ?? "").split(separator: " ").map(String.init)
        if let unknown = scopes.first(where: { !Self.scopes.contains($0) }) ?? (scopes.isEmpty ? "" : nil) {
            return back([
                ("error", "unauthorized_scope_error"),
                ("error_description", "Scope \"\(unknown)\" is not authorized for your application"),
            ])
        }
        switch decision(call) {
        case .ask: return consentPage(app: app, scopes: scopes)
        case .decline:
            return back([("error", "user_cancelled_authorize"), ("error_description", "The user cancelled the authorization")])
        case .allow(let account):
            let code = Encoding.token("AQ", bytes: 40)
            store.update {
                $0.codes[code] = AuthorizationCode(
                    appID: app.id, accountID: account.id, redirectURI: redirect, scopes: scopes,
                    expiresAt: call.now.addingTimeInterval(1800))
            }
            return back([("code", code)])
        }
    }

    private func token(_ call: Call) throws -> Reply {
        do {
            return try store.update { state in
                guard call.isForm else { throw OAuth2Failure.invalidRequest }
                let app = try state.client(call)
                switch call.form("grant_type") {
                case "authorization_code":
                    let code = try state.redeem(
                        code: call.form("code") ?? "", app: app, redirectURI: call.form("redirect_uri"), verifier: nil, now: call.now)
                    // A different set of scopes ends what the member granted this app before.
                    _ = state.grants.change(account: code.accountID) { old in
                        if old.appID == app.id, old.scopes != Set(code.scopes) { old.isRevoked = true }
                    }
                    let grant = issueGrant(account: code.accountID, app: app.id, scopes: code.scopes, in: &state, now: call.now)
                    return tokenReply(grant, scopes: code.scopes, now: call.now)
                case "refresh_token":
                    guard let old = call.form("refresh_token").flatMap({ state.grants.grant(refreshToken: $0) }), old.appID == app.id,
                        !old.isRevoked, old.refreshExpiresAt.map({ $0 > call.now }) ?? false
                    else { throw OAuth2Failure.invalidGrant }
                    // The refresh token stays, with its first end.
                    let grant = Grant(
                        token: Encoding.token("AQ", bytes: 60), refreshToken: old.refreshToken, appID: app.id, accountID: old.accountID,
                        scopes: old.scopes, issuedAt: call.now, expiresAt: call.now.addingTimeInterval(5_184_000),
                        refreshExpiresAt: old.refreshExpiresAt)
                    state.grants.add(grant)
                    return tokenReply(grant, scopes: grant.scopes.sorted(), now: call.now)
                default: throw OAuth2Failure.unsupportedGrantType
                }
            }
        } catch let failure as OAuth2Failure {
            throw Self.oauthRefusal(failure)
        }
    }

    private static func oauthRefusal(_ failure: OAuth2Failure) -> Refusal {
        let words: [OAuth2Failure: JSON] = [
            .invalidClient: "Client authentication failed",
            .invalidGrant:
                "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code, or it expired.",
            .invalidRequest: "A required parameter is missing or the body is not a form",
        ]
        return Refusal(
            ["error": .string(failure.rawValue), "error_description": words[failure] ?? "Not supported"],
            status: failure == .invalidClient ? 401 : 400)
    }

    private func tokenReply(_ grant: Grant, scopes: [String], now: Date) -> Reply {
        .json(
            .compact([
                "access_token": .string(grant.token), "expires_in": 5_184_000, "token_type": "Bearer",
                "scope": .string(scopes.joined(separator: ",")), "refresh_token": grant.refreshToken.map { .string($0) },
                "refresh_token_expires_in": grant.refreshExpiresAt.map { .int(Int($0.timeIntervalSince(now))) },
            ]))
    }

    private func introspect(_ call: Call) throws -> Reply {
        do {
            return try store.update { state in
                _ = try state.client(call)
                guard let grant = state.grants[call.form("token") ?? ""] else { return .json(["active": false]) }
                let isExpired = grant.isExpired(at: call.now)
                let status: JSON = grant.isRevoked ? "revoked" : isExpired ? "expired" : "active"
                return .json(
                    .compact([
                        "active": .bool(!grant.isRevoked && !isExpired), "status": status, "client_id": .string(grant.appID),
                        "scope": .string(grant.scopes.sorted().joined(separator: ",")), "auth_type": "3L",
                        "created_at": .int(Int(grant.issuedAt.timeIntervalSince1970)),
                        "expires_at": grant.expiresAt.map { .int(Int($0.timeIntervalSince1970)) },
                    ]))
            }
        } catch let failure as OAuth2Failure {
            throw Self.oauthRefusal(failure)
        }
    }

    private func revoke(_ call: Call) throws -> Reply {
        do {
            return try store.update { state in
                _ = try state.client(call)
                state.grants.revoke(token: call.form("token") ?? "")
                return .json([:])
            }
        } catch let failure as OAuth2Failure {
            throw Self.oauthRefusal(failure)
        }
    }

    // MARK: Every API call

    /// A handler for calls in a member's name; the token must carry one of the scopes.
    func member(
        anyOf scopes: [String], _ what: String, _ body: @escaping @Sendable (inout PlatformState, Member, Call) throws -> Reply
    ) -> @Sendable (Call) async throws -> Reply {
        { call in
            try store.update { state in
                let member = try authenticate(call, state)
                guard member.has(anyOf: scopes) else { throw LinkedInError.denied(what).refusal }
                return try body(&state, member, call)
            }
        }
    }

    func authenticate(_ call: Call, _ state: PlatformState) throws -> Member {
        guard let token = call.bearer, !token.isEmpty else {
            throw LinkedInError(401, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token", service: 65604).refusal
        }
        switch state.check(token: token, now: call.now) {
        case .unknown: throw LinkedInError(401, "INVALID_ACCESS_TOKEN", "Invalid access token", service: 65600).refusal
        case .revoked:
            throw LinkedInError(401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user", service: 65601)
                .refusal
        case .expired:
            throw LinkedInError(401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired", service: 65602).refusal
        case .valid(let grant, let account):
            if call.path.dropFirst(prefix.count).hasPrefix("/rest/") { try checkVersion(call, state) }
            return Member(account: account, scopes: grant.scopes)
        }
    }

    private func checkVersion(_ call: Call, _ state: PlatformState) throws {
        guard let version = call.header("linkedin-version"), !version.isEmpty else {
            throw LinkedInError(
                400, "VERSION_MISSING", "A version must be present. Please specify a version by adding the LinkedIn-Version header."
            )
            .refusal
        }
        let month = version.prefix(6)
        let bounds = (state.switches["oldestVersion"]?.string ?? "", state.switches["newestVersion"]?.string ?? "999999")
        guard month.count == 6, month.allSatisfy(\.isWholeNumber), String(month) >= bounds.0, String(month) <= bounds.1 else {
            throw LinkedInError(426, "NONEXISTENT_VERSION", "Requested version \(version) is not active").refusal
        }
    }
}

/// Who calls, and with which rights.
struct Member {
    let account: Account
    let scopes: Set<String>

    var urn: String { "urn:li:person:" + account.id }
    func has(anyOf wanted: [String]) -> Bool { wanted.isEmpty || !scopes.isDisjoint(with: wanted) }

    /// The account an `author`, `owner` or `actor` stands for, when the member may act for it with the token's scopes.
    func acting(as urn: String, field: String, what: String, _ state: PlatformState) throws -> Account {
        if urn == self.urn {
            guard has(anyOf: ["w_member_social", "w_member_social_feed"]) else { throw LinkedInError.denied(what).refusal }
            return account
        }
        if urn.hasPrefix("urn:li:organization:") {
            guard has(anyOf: ["w_organization_social", "w_organization_social_feed"]), let organization = administered(urn, state) else {
                throw LinkedInError.denied(what).refusal
            }
            return organization
        }
        if urn.hasPrefix("urn:li:person:") { throw LinkedInError.denied(what).refusal }
        throw LinkedInError(400, "INVALID_URN_TYPE", "\(field) must be a person or organization URN", field: field).refusal
    }

    /// The organization with that URN, when the member administers it.
    func administered(_ urn: String, _ state: PlatformState) -> Account? {
        guard urn.hasPrefix("urn:li:organization:"), let found = state.accounts[String(urn.dropFirst("urn:li:organization:".count))],
            found.kind == .organization, found.isAdministered(by: account.id)
        else { return nil }
        return found
    }
}

extension Account {
    /// LinkedIn's name for the account.
    var urn: String { (kind == .person ? "urn:li:person:" : "urn:li:organization:") + id }
}
