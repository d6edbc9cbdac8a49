import Domain
import Foundation
import Messaging
import Persistence
import Platforms

/// An OAuth 2.1 authorization server for hosted assistants, which take no pasted key: a person signs in here and allows an assistant to act
/// in one workspace. Clients are public (no secrets), so proof of the code's owner (PKCE) is asked of all of them.
public struct Authorization: Sendable {
    /// What an assistant may ask for: what the tools need. `admin` is for people.
    public static let offeredScopes: [Scope] = [.postsRead, .postsWrite, .analyticsRead, .mediaWrite]

    static let accessMark = "pto_"
    static let refreshMark = "ptr_"
    static let clientMark = "ptc_"
    static let codeLife = Duration.seconds(60)
    static let accessLife = Duration.hours(1)
    /// A grant ends when its assistant has not come back for this long.
    static let grantLife = Duration.days(30)
    /// An answer may get lost: for this long a refresh token may be exchanged again, as long as nothing that came of it was used.
    static let lostAnswerGrace = Duration.seconds(60)

    public let addresses: AuthorizationAddresses
    let database: any Database
    let time: any TimeSource
    let rates: any RateLimiter
    let audit: AuditLog
    let documents: ClientDocuments

    /// `guarded` fetches the documents in which clients describe themselves.
    public init(mainURL: URL, database: any Database, time: any TimeSource, rates: any RateLimiter, audit: AuditLog, guarded: GuardedHTTP) {
        addresses = AuthorizationAddresses(mainURL: mainURL)
        self.database = database
        self.time = time
        self.rates = rates
        self.audit = audit
        documents = ClientDocuments(guarded: guarded)
    }

    /// Whether `secret` looks like an access token of ours, valid or not.
    public static func isAccessToken(_ secret: String) -> Bool { secret.hasPrefix(accessMark) }

    /// Who an access token stands for; nil when it is unknown, expired, revoked or for another address, or whoever allowed it has left.
    public func authenticate(_ token: String) async throws -> Caller? {
        guard Self.isAccessToken(token), token.utf8.count == 47 else { return nil }
        let (hash, now, resource) = (RandomToken.hash(token), time.now, addresses.resource)
        let found = try await database.read { try GrantRepository.find(accessToken: hash, for: resource, now: now, in: $0) }
        guard let found else { return nil }
        // From now on its client has it: the refresh token that it came of is worth nothing any more. Somebody may just have replaced it.
        if !found.tokenWasUsed {
            guard try await database.write({ try GrantTokenRepository.use(hash, at: now, in: $0) }) else { return nil }
        }
        let limit = now - Accounts.seenPrecision
        if found.grant.lastUsedAt.map({ $0 <= limit }) ?? true {
            try await database.writeIfThereIsRoom { try GrantRepository.touch(found.grant.id, at: now, unlessSince: limit, in: $0) }
        }
        return Caller(
            organizationId: found.grant.organizationId, identity: .grant(found.grant.id, user: found.grant.userId), role: found.role,
            scopes: found.grant.scopes, origin: .mcp, timeZone: found.organizationTimeZone, draftOnly: found.draftOnly)
    }

    /// Forgets what has ended. Run now and then.
    public func removeExpired() async throws {
        let now = time.now
        try await database.write { transaction in
            try GrantTokenRepository.removeExpired(before: now, in: transaction)
            // As long as the log that names them.
            try GrantRepository.remove(ended: now - .days(90), unconnected: now - .days(1), in: transaction)
            try OAuthClientRepository.removeUnused(before: now - .days(7), in: transaction)
        }
    }
}

// MARK: - What people have allowed

/// An assistant that somebody has allowed into the workspace.
public struct ConnectedAssistant: Codable, Sendable, Equatable {
    public let id: GrantID
    /// What it calls itself.
    public let name: String
    /// Where it gets its answers: a host, `localhost`, or the scheme of a program such as `cursor:`.
    public let host: String
    /// Who allowed it.
    public let userName: String
    public let scopes: [Scope]
    /// Whether what it plans or publishes waits for a person's approval.
    public let draftOnly: Bool
    public let createdAt: Timestamp
    public let lastUsedAt: Timestamp?
    /// When it ends unless the assistant comes back before.
    public let expiresAt: Timestamp
}

extension Authorization {
    /// The assistants in force, newest first: all of the workspace for administrators, one's own for others.
    public func grants(as caller: Caller) async throws -> [ConnectedAssistant] {
        try caller.require(Scope.admin)
        let (user, now) = (Self.seesAll(caller) ? nil : caller.userId, time.now)
        return try await database.read { transaction in
            try GrantRepository.list(of: caller.organizationId, user: user, now: now, in: transaction).map { grant, userName in
                ConnectedAssistant(
                    id: grant.id, name: grant.clientName, host: grant.redirectHost, userName: userName,
                    scopes: grant.scopes.sorted { $0.rawValue < $1.rawValue }, draftOnly: grant.draftOnly, createdAt: grant.createdAt,
                    lastUsedAt: grant.lastUsedAt, expiresAt: grant.expiresAt)
            }
        }
    }

    /// Ends a grant with all its tokens, at once.
    public func revoke(_ id: GrantID, as caller: Caller) async throws {
        try caller.require(Scope.admin)
        let now = time.now
        try await database.write { transaction in
            guard let found = try GrantRepository.find(id, of: caller.organizationId, in: transaction)?.grant,
                Self.seesAll(caller) || found.userId == caller.userId
            else { throw ProblemReport.notFound("connected assistant") }
            guard try GrantRepository.revoke(id, at: now, in: transaction) else { return }
            try audit.record("assistant.revoked", target: id.text, detail: Self.audited(found), as: caller, in: transaction)
        }
    }

    private static func seesAll(_ caller: Caller) -> Bool { caller.may(.manage) }

    static func audited(_ grant: Grant) -> [String: JSONValue] {
        [
            "name": .string(grant.clientName), "host": .string(grant.redirectHost), "draftOnly": .bool(grant.draftOnly),
            "scopes": .array(grant.scopes.map(\.rawValue).sorted().map { .string($0) }),
        ]
    }
}
