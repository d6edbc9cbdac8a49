import Foundation
import HTTPTypes

extension Bluesky {
    var sessions: [Operation] {
        [
            Operation("bluesky.createSession", .post, "/xrpc/com.atproto.server.createSession", handler: createSession),
            Operation("bluesky.refreshSession", .post, "/xrpc/com.atproto.server.refreshSession", limits: [Self.all], handler: refreshSession),
            Operation("bluesky.deleteSession", .post, "/xrpc/com.atproto.server.deleteSession", limits: [Self.all], handler: deleteSession),
            Operation("bluesky.getSession", .get, "/xrpc/com.atproto.server.getSession", limits: [Self.all], handler: user(getSession)),
            Operation("bluesky.getServiceAuth", .get, "/xrpc/com.atproto.server.getServiceAuth", limits: [Self.all], handler: user(getServiceAuth)),
            Operation("bluesky.describeServer", .get, "/xrpc/com.atproto.server.describeServer") { call in
                .json(["did": .string(serverDID(call)), "availableUserDomains": [".bsky.example.com"], "inviteCodeRequired": false])
            },
            Operation("bluesky.resolveHandle", .get, "/xrpc/com.atproto.identity.resolveHandle", limits: [Self.all]) { call in
                try store.update { state in
                    guard let handle = call.query("handle"),
                        let account = state.accounts.people.first(where: { Self.handle($0) == handle.lowercased() })
                    else { throw Self.invalid("Unable to resolve handle") }
                    return .json(["did": .string(account.id)])
                }
            },
        ]
    }

    /// 30 in five minutes and 300 a day, for each account.
    private static let signIns = [RateLimit("createSession", 30, .seconds(300)), RateLimit("createSessionDay", 300, .seconds(86_400))]

    private func createSession(_ call: Call) throws -> Reply {
        let body = try Self.body(call)
        guard let identifier = body["identifier"]?.string, let password = body["password"]?.string else {
            throw Self.invalid("Input must have the property \"identifier\" and \"password\"")
        }
        return try store.update { state in
            let name = identifier.hasSuffix("@example.com") ? String(identifier.dropLast("@example.com".count)) : identifier
            let account = Self.account(name, state)
            let caller = account?.id ?? identifier
            if let reading = state.rates.take(Self.signIns, caller: caller, now: call.now, enforced: state.isOn("enforceRateLimits")),
                reading.exceeded
            {
                var reply = tooManyRequests(reading)
                reply.headers += rateHeaders(reading)
                return reply
            }
            let isAppPassword = password == state.switches["appPassword"]?.string
            guard let account, isAppPassword || password == "own-password-of-\(account.username)" else {
                throw Self.error("AuthenticationRequired", "Invalid identifier or password", 401)
            }
            if !isAppPassword, state.isOn("emailFactor"), body["authFactorToken"]?.string != "CODE1-CODE2" {
                throw Self.error("AuthFactorTokenRequired", "A sign in code has been sent to your email address", 401)
            }
            let status = state.switches["accountStatus"]?.string ?? ""
            if status == "takendown" { throw Self.error("AccountTakedown", "Account has been taken down", 401) }
            let grant = issueGrant(account: account.id, app: sampleApp.id, scopes: allScopes, in: &state, now: call.now)
            return .json(session(grant, account, status: status, call))
        }
    }

    private func session(_ grant: Grant, _ account: Account, status: String = "", _ call: Call) -> JSON {
        .compact([
            "accessJwt": .string(grant.token), "refreshJwt": .string(grant.refreshToken ?? ""), "handle": .string(Self.handle(account)),
            "did": .string(account.id), "didDoc": document(account, call), "email": .string("\(account.username)@example.com"),
            "emailConfirmed": true, "emailAuthFactor": false, "active": .bool(status.isEmpty), "status": status.isEmpty ? nil : .string(status),
        ])
    }

    /// Who the account is and where its records are (DID document).
    private func document(_ account: Account, _ call: Call) -> JSON {
        [
            "@context": ["https://www.w3.org/ns/did/v1"], "id": .string(account.id), "alsoKnownAs": [.string("at://\(Self.handle(account))")],
            "service": [["id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": .string(call.base)]],
        ]
    }

    func issueGrant(account: String, app: String, scopes: [String], in state: inout PlatformState, now: Date) -> Grant {
        let end = now.addingTimeInterval(max(1, state.seconds("tokenSeconds")))
        let refreshEnd = now.addingTimeInterval(90 * 86_400)
        let grant = Grant(
            token: Self.token("at+jwt", scopes.joined(separator: " "), account, now: now, end: end),
            refreshToken: Self.token("refresh+jwt", "com.atproto.refresh", account, now: now, end: refreshEnd), appID: app, accountID: account,
            scopes: Set(scopes), issuedAt: now, expiresAt: end, refreshExpiresAt: refreshEnd)
        state.grants.add(grant)
        return grant
    }

    /// Looks like a JSON Web Token; nobody but this server checks it.
    private static func token(_ type: JSON, _ scope: String, _ account: String, now: Date, end: Date) -> String {
        let claims: JSON = [
            "scope": .string(scope), "sub": .string(account), "aud": "did:web:bsky.example.com", "jti": .string(Encoding.token(bytes: 12)),
            "iat": .int(Int(now.timeIntervalSince1970)), "exp": .int(Int(end.timeIntervalSince1970)),
        ]
        let header: JSON = ["typ": type, "alg": "HS256"]
        return "\(Encoding.base64url(header.text.utf8)).\(Encoding.base64url(claims.text.utf8)).\(Encoding.token(bytes: 32))"
    }

    /// The old refresh token stays good for two hours at home; here until its session ends.
    private func refreshSession(_ call: Call) throws -> Reply {
        try store.update { state in
            let (old, account) = try refreshing(call, state)
            let grant = issueGrant(account: account.id, app: old.appID, scopes: allScopes, in: &state, now: call.now)
            return .json(session(grant, account, status: state.switches["accountStatus"]?.string ?? "", call))
        }
    }

    private func deleteSession(_ call: Call) throws -> Reply {
        try store.update { state in
            let (grant, _) = try refreshing(call, state)
            state.grants.revoke(token: grant.token)
            return .empty(200)
        }
    }

    private func refreshing(_ call: Call, _ state: PlatformState) throws -> (Grant, Account) {
        guard let token = call.bearer else { throw Self.error("AuthMissing", "Authentication Required", 401) }
        guard let grant = state.grants.grant(refreshToken: token), let account = state.accounts[grant.accountID] else {
            throw Self.error("InvalidToken", "Token could not be verified")
        }
        guard !grant.isRevoked else { throw Self.error("ExpiredToken", "Token has been revoked") }
        return (grant, account)
    }

    private func getSession(_ state: inout PlatformState, _ account: Account, _ call: Call) -> Reply {
        .json(["handle": .string(Self.handle(account)), "did": .string(account.id), "didDoc": document(account, call), "active": true])
    }

    // MARK: Tokens for other services

    func serverDID(_ call: Call) -> String { "did:web:" + (call.request.head.authority ?? "localhost").replacingOccurrences(of: ":", with: "%3A") }

    /// A token with which another service may call one method: whom it is for is checked where it is given out.
    private func getServiceAuth(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        guard let audience = call.query("aud"), audience.hasPrefix("did:") else { throw Self.invalid("Error: Params must have the property \"aud\"") }
        let method = call.query("lxm") ?? ""
        let allowed = ["app.bsky.video.getUploadLimits": "did:web:video.bsky.app", "com.atproto.repo.uploadBlob": serverDID(call)]
        guard allowed[method] == audience else {
            throw Self.invalid("insufficient access to request a service auth token for: \(audience) \(method)")
        }
        let end = call.query("exp").flatMap(Double.init).map { Date(timeIntervalSince1970: $0) } ?? call.now.addingTimeInterval(60)
        guard end > call.now, end.timeIntervalSince(call.now) <= 1800 else {
            throw Self.error("BadExpiration", "cannot request a token with an expiration more than 30 minutes in the future")
        }
        let token = Self.token("JWT", method, account.id, now: call.now, end: end)
        state.grants.add(
            Grant(token: token, appID: "service", accountID: account.id, scopes: [method], issuedAt: call.now, expiresAt: end))
        return .json(["token": .string(token)])
    }
}
