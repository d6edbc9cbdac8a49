import Domain

/// A grant with what a token of it needs besides.
public struct GrantRecord: Sendable, Equatable {
    public let grant: Grant
    /// The one address for which its tokens are.
    public let resource: String
    public let revokedAt: Timestamp?

    public init(grant: Grant, resource: String, revokedAt: Timestamp? = nil) {
        self.grant = grant
        self.resource = resource
        self.revokedAt = revokedAt
    }
}

/// A grant with what a request needs to know about it.
public struct GrantContext: Sendable, Equatable {
    public let grant: Grant
    /// The role that whoever allowed it has now.
    public let role: Role
    public let organizationTimeZone: String
    /// Whether what it plans waits for approval, because of the grant, the role or the workspace.
    public let draftOnly: Bool
    /// Whether the access token was shown before.
    public let tokenWasUsed: Bool
}

public enum GrantRepository {
    static let columns = """
        g.id, g.organization_id, g.user_id, g.client_id, g.client_name, g.redirect_host, g.resource, g.scopes, g.draft_only, g.created_at,
        g.last_used_at, g.expires_at, g.revoked_at
        """

    /// A grant begins unconnected: it is listed once the assistant has fetched its first tokens.
    public static func insert(_ record: GrantRecord, in transaction: any Transaction) throws {
        let grant = record.grant
        try transaction.execute(
            """
            INSERT INTO oauth_grants (id, organization_id, user_id, client_id, client_name, redirect_host, resource, scopes, draft_only,
                                      created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """, grant.id, grant.organizationId, grant.userId, grant.clientId, grant.clientName, grant.redirectHost, record.resource,
            try JSON.text(grant.scopes.sorted { $0.rawValue < $1.rawValue }), grant.draftOnly, grant.createdAt, grant.expiresAt)
    }

    /// Those in force, newest first, each with the name of whoever allowed it; those of `user` alone when one is named.
    public static func list(
        of organization: OrganizationID, user: UserID?, now: Timestamp, in transaction: any Transaction
    ) throws -> [(grant: Grant, userName: String)] {
        try transaction.query(
            """
            SELECT \(columns), u.name AS user_name
            FROM oauth_grants g JOIN users u ON u.id = g.user_id
                 JOIN memberships m ON m.user_id = g.user_id AND m.organization_id = g.organization_id
            WHERE g.organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR g.user_id = $2)
                  AND g.connected_at IS NOT NULL AND g.revoked_at IS NULL AND g.expires_at > $3
            ORDER BY g.created_at DESC, g.id DESC
            """, organization, user, now
        ).map { (try record($0).grant, try $0.text("user_name")) }
    }

    public static func find(_ id: GrantID, of organization: OrganizationID, in transaction: any Transaction) throws -> GrantRecord? {
        try transaction.query("SELECT \(columns) FROM oauth_grants g WHERE g.id = $1 AND g.organization_id = $2", id, organization).first.map(
            record)
    }

    /// Not scoped by organization: the token is what names it. Nil unless the token is an access token for `resource` that has not ended,
    /// and whoever allowed it is still a member.
    public static func find(accessToken hash: String, for resource: String, now: Timestamp, in transaction: any Transaction) throws -> GrantContext? {
        try transaction.query(
            """
            SELECT \(columns), m.role, o.time_zone, t.used_at, \(ApprovalRuleRepository.general)
            FROM oauth_tokens t JOIN oauth_grants g ON g.id = t.grant_id JOIN organizations o ON o.id = g.organization_id
                 JOIN memberships m ON m.user_id = g.user_id AND m.organization_id = g.organization_id
            WHERE t.hash = $1 AND t.kind = 'access' AND t.expires_at > $3 AND g.resource = $2 AND g.revoked_at IS NULL
            """, hash, resource, now
        ).first.map { row in
            let (grant, role): (Grant, Role) = (try record(row).grant, try row.status("role"))
            let forReview = role.plansForReview(needsApproval: try row.bool("needs_approval"))
            return GrantContext(
                grant: grant, role: role, organizationTimeZone: try row.text("time_zone"),
                draftOnly: grant.draftOnly || forReview,
                tokenWasUsed: try row.optionalTime("used_at") != nil)
        }
    }

    /// Notes that the assistant has fetched tokens: the grant lasts until `end`.
    public static func connect(_ id: GrantID, at now: Timestamp, until end: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE oauth_grants SET connected_at = COALESCE(connected_at, $2), expires_at = $3 WHERE id = $1", id, now, end)
    }

    /// Notes that it was used, unless that was noted since `before`.
    public static func touch(_ id: GrantID, at now: Timestamp, unlessSince before: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE oauth_grants SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)", id, now, before)
    }

    /// Ends what the same client was allowed besides `grant` by the same member in the same organization. Returns what that was.
    public static func revokeOthers(than grant: Grant, at now: Timestamp, in transaction: any Transaction) throws -> [GrantID] {
        let others: [GrantID] = try transaction.query(
            """
            SELECT id FROM oauth_grants
            WHERE client_id = $1 AND user_id = $2 AND organization_id = $3 AND id <> $4 AND connected_at IS NOT NULL AND revoked_at IS NULL
            """, grant.clientId, grant.userId, grant.organizationId, grant.id
        ).map { try $0.id("id") }
        for other in others { _ = try revoke(other, at: now, in: transaction) }
        return others
    }

    /// Those that `user` has allowed in `organization`, also unconnected ones.
    static func all(of user: UserID, in organization: OrganizationID, _ transaction: any Transaction) throws -> [GrantID] {
        try transaction.query(
            "SELECT id FROM oauth_grants WHERE user_id = $1 AND organization_id = $2 AND revoked_at IS NULL", user, organization
        ).map { try $0.id("id") }
    }

    /// Whether it is in force, and whoever allowed it is still a member.
    public static func isOpen(_ id: GrantID, of organization: OrganizationID, now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try !transaction.query(
            """
            SELECT 1 AS found FROM oauth_grants g JOIN memberships m ON m.user_id = g.user_id AND m.organization_id = g.organization_id
            WHERE g.id = $1 AND g.organization_id = $2 AND g.revoked_at IS NULL AND g.expires_at > $3
            """, id, organization, now
        ).isEmpty
    }

    /// Ends a grant with all its tokens. False when it had ended before.
    public static func revoke(_ id: GrantID, at now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM oauth_tokens WHERE grant_id = $1", id)
        return try transaction.execute("UPDATE oauth_grants SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", id, now) == 1
    }

    /// Forgets those that ended before `ended`, and those allowed before `unconnected` whose assistant never came.
    public static func remove(ended: Timestamp, unconnected: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            "DELETE FROM oauth_grants WHERE revoked_at < $1 OR expires_at < $1 OR (connected_at IS NULL AND created_at < $2)", ended, unconnected)
    }

    static func record(_ row: SQLRow) throws -> GrantRecord {
        let grant = Grant(
            id: try row.id("id"), organizationId: try row.id("organization_id"), userId: try row.id("user_id"),
            clientId: try row.text("client_id"), clientName: try row.text("client_name"), redirectHost: try row.text("redirect_host"),
            scopes: Set(try row.json("scopes", as: [Scope].self)), draftOnly: try row.bool("draft_only"), createdAt: try row.time("created_at"),
            lastUsedAt: try row.optionalTime("last_used_at"), expiresAt: try row.time("expires_at"))
        return GrantRecord(grant: grant, resource: try row.text("resource"), revokedAt: try row.optionalTime("revoked_at"))
    }
}
