import Domain

/// Links for clients, by the hash of their secret.
public enum PortalLinkRepository {
    private static let columns = "id, customer, person, may_approve, created_by, created_at, expires_at, last_used_at"

    public static func insert(_ link: PortalLink, hash: String, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO portal_links (organization_id, hash, \(columns)) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """, organization, hash, link.id, link.customer, link.person, link.mayApprove, link.createdBy, link.createdAt, link.expiresAt,
            link.lastUsedAt)
    }

    /// Newest first, those that have ended too.
    public static func list(of organization: OrganizationID, in transaction: any Transaction) throws -> [PortalLink] {
        try transaction.query("SELECT \(columns) FROM portal_links WHERE organization_id = $1 ORDER BY id DESC", organization).map(link)
    }

    /// Not scoped by organization: the secret is what names it. With whose it is.
    public static func find(
        _ id: PortalLinkID, hash: String, in transaction: any Transaction
    ) throws -> (link: PortalLink, organization: OrganizationID)? {
        try transaction.query(
            "SELECT \(columns), organization_id FROM portal_links WHERE id = $1 AND hash = $2", id, hash
        ).first.map { (try link($0), try $0.id("organization_id")) }
    }

    /// Notes that it was used, unless that was noted since `before`.
    public static func touch(_ id: PortalLinkID, at now: Timestamp, unlessSince before: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE portal_links SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)", id, now, before)
    }

    /// False when there is none.
    public static func remove(_ id: PortalLinkID, of organization: OrganizationID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM portal_links WHERE id = $1 AND organization_id = $2", id, organization) == 1
    }

    /// Whoever may not make links any more has none that open.
    public static func removeAll(by user: UserID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM portal_links WHERE created_by = $1 AND organization_id = $2", user, organization)
    }

    private static func link(_ row: SQLRow) throws -> PortalLink {
        PortalLink(
            id: try row.id("id"), customer: try row.text("customer"), person: try row.text("person"), mayApprove: try row.bool("may_approve"),
            createdBy: try row.optionalID("created_by"), createdAt: try row.time("created_at"), expiresAt: try row.time("expires_at"),
            lastUsedAt: try row.optionalTime("last_used_at"))
    }
}
