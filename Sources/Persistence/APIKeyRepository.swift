import Domain

/// A key with what a request needs to know about it.
public struct APIKeyContext: Sendable, Equatable {
    public let key: APIKey
    /// The role its maker has now.
    public let role: Role
    public let organizationTimeZone: String
    /// Whether what it plans waits for approval, because of the key, the role or the workspace.
    public let draftOnly: Bool
}

public enum APIKeyRepository {
    private static let columns = """
        k.id, k.organization_id, k.created_by, k.name, k.prefix, k.scopes, k.draft_only, k.created_at, k.expires_at, k.last_used_at, k.active
        """

    public static func insert(_ key: APIKey, hash: String, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO api_keys (id, organization_id, created_by, name, prefix, hash, scopes, draft_only, created_at, expires_at, active)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """, key.id, key.organizationId, key.createdBy, key.name, key.prefix, hash,
            try JSON.text(key.scopes.sorted { $0.rawValue < $1.rawValue }), key.draftOnly, key.createdAt, key.expiresAt, key.active)
    }

    /// Newest first; those of `maker` alone when one is named.
    public static func list(
        of organization: OrganizationID, maker: UserID?, in transaction: any Transaction
    ) throws -> [APIKey] {
        try transaction.query(
            """
            SELECT \(columns) FROM api_keys k
            WHERE k.organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR k.created_by = $2) ORDER BY k.created_at DESC, k.id DESC
            """, organization, maker
        ).map(key)
    }

    /// Those that `user` made, in all workspaces: for that person alone.
    public static func made(by user: UserID, in transaction: any Transaction) throws -> [APIKey] {
        try transaction.query("SELECT \(columns) FROM api_keys k WHERE k.created_by = $1 ORDER BY k.created_at DESC, k.id DESC", user).map(key)
    }

    public static func find(_ id: APIKeyID, of organization: OrganizationID, in transaction: any Transaction) throws -> APIKey? {
        try transaction.query("SELECT \(columns) FROM api_keys k WHERE k.id = $1 AND k.organization_id = $2", id, organization).first.map(
            key)
    }

    /// Not scoped by organization: the key is what names it. Nil unless it is active and its maker is still a member.
    public static func find(hash: String, now: Timestamp, in transaction: any Transaction) throws -> APIKeyContext? {
        var found: APIKeyContext?
        try transaction.forEach(
            """
            SELECT \(columns), m.role, o.time_zone, \(ApprovalRuleRepository.general)
            FROM api_keys k JOIN organizations o ON o.id = k.organization_id
                 JOIN memberships m ON m.user_id = k.created_by AND m.organization_id = k.organization_id
            WHERE k.hash = $1 AND k.active AND (k.expires_at IS NULL OR k.expires_at > $2)
            """, [hash.sqlValue, now.sqlValue]
        ) { row in
            let (key, role, zone): (APIKey, Role, String) = (try key(&row), try row.word(), try row.text())
            let forReview = role.plansForReview(needsApproval: try row.bool())
            found = APIKeyContext(key: key, role: role, organizationTimeZone: zone, draftOnly: key.draftOnly || forReview)
        }
        return found
    }

    /// Whether it can still be used: not revoked or expired, and its maker is still a member.
    public static func isOpen(
        _ id: APIKeyID, of organization: OrganizationID, now: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        try !transaction.query(
            """
            SELECT 1 AS found FROM api_keys k JOIN memberships m ON m.user_id = k.created_by AND m.organization_id = k.organization_id
            WHERE k.id = $1 AND k.organization_id = $2 AND k.active AND (k.expires_at IS NULL OR k.expires_at > $3)
            """, id, organization, now
        ).isEmpty
    }

    /// Notes that it was used, unless that was noted since `before`.
    public static func touch(_ id: APIKeyID, at now: Timestamp, unlessSince before: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)", id, now, before)
    }

    public static func deactivate(_ id: APIKeyID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE api_keys SET active = FALSE WHERE id = $1 AND organization_id = $2", id, organization)
    }

    public static func remove(_ id: APIKeyID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM api_keys WHERE id = $1 AND organization_id = $2", id, organization)
    }

    /// Reads `columns` in their order: every call of a program asks for its key.
    private static func key(_ row: inout SQLCursor) throws -> APIKey {
        APIKey(
            id: try row.id(), organizationId: try row.id(), createdBy: try row.optionalID(), name: try row.text(), prefix: try row.text(),
            scopes: try scopes(&row), draftOnly: try row.bool(), createdAt: try row.time(), expiresAt: try row.optionalTime(),
            lastUsedAt: try row.optionalTime(), active: try row.bool())
    }

    private static func scopes(_ row: inout SQLCursor) throws -> Set<Scope> {
        let words = try row.json { try $0.array { try $0.string() } }
        return Set(
            try words.map { word in
                guard let scope = Scope(rawValue: word) else { throw DatabaseError.failed("column scopes holds an unknown scope") }
                return scope
            })
    }

    private static func key(_ row: SQLRow) throws -> APIKey {
        APIKey(
            id: try row.id("id"), organizationId: try row.id("organization_id"), createdBy: try row.optionalID("created_by"),
            name: try row.text("name"), prefix: try row.text("prefix"), scopes: Set(try row.json("scopes", as: [Scope].self)),
            draftOnly: try row.bool("draft_only"),
            createdAt: try row.time("created_at"), expiresAt: try row.optionalTime("expires_at"),
            lastUsedAt: try row.optionalTime("last_used_at"), active: try row.bool("active"))
    }
}
