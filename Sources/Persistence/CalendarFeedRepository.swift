import Domain

/// Secret addresses of calendars, stored as hashes.
public enum CalendarFeedRepository {
    public static func insert(_ feed: CalendarFeed, hash: String, in transaction: any Transaction) throws {
        try transaction.execute(
            "INSERT INTO calendar_feeds (id, organization_id, integration_id, hash, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            feed.id, feed.organizationId, feed.integrationId, hash, feed.createdBy, feed.createdAt)
    }

    /// Newest first.
    public static func list(of organization: OrganizationID, in transaction: any Transaction) throws -> [CalendarFeed] {
        try transaction.query(
            """
            SELECT id, organization_id, integration_id, created_by, created_at, last_used_at FROM calendar_feeds
            WHERE organization_id = $1 ORDER BY created_at DESC, id DESC
            """, organization
        ).map(feed)
    }

    /// False when there is none.
    public static func remove(_ id: CalendarFeedID, of organization: OrganizationID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM calendar_feeds WHERE id = $1 AND organization_id = $2", id, organization) == 1
    }

    /// Not scoped by organization: the secret is what names it. Nil unless its maker is still a member.
    public static func find(hash: String, in transaction: any Transaction) throws -> CalendarFeed? {
        try transaction.query(
            """
            SELECT f.id, f.organization_id, f.integration_id, f.created_by, f.created_at, f.last_used_at
            FROM calendar_feeds f JOIN memberships m ON m.user_id = f.created_by AND m.organization_id = f.organization_id
            WHERE f.hash = $1
            """, hash
        ).first.map(feed)
    }

    /// Notes that it was read, unless that was noted since `before`.
    public static func touch(_ id: CalendarFeedID, at now: Timestamp, unlessSince before: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE calendar_feeds SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)", id, now, before)
    }

    private static func feed(_ row: SQLRow) throws -> CalendarFeed {
        CalendarFeed(
            id: try row.id("id"), organizationId: try row.id("organization_id"), integrationId: try row.optionalID("integration_id"),
            createdBy: try row.optionalID("created_by"), createdAt: try row.time("created_at"), lastUsedAt: try row.optionalTime("last_used_at"))
    }
}
