import Domain

/// What is to be done with posts that are out.
public enum PlugRepository {
    private static let columns = """
        g.id AS id, g.integration_id AS integration_id, g.post_id AS post_id, g.acting_id AS acting_id, g.action AS action, g.text AS text,
        g.trigger_kind AS trigger_kind, g.amount AS amount, g.days AS days, g.active AS active, g.since AS since, g.created_at AS created_at
        """
    /// Those whose channels are still there.
    private static let source = """
        plugs g JOIN integrations w ON w.id = g.integration_id AND w.deleted_at IS NULL
        JOIN integrations a ON a.id = g.acting_id AND a.deleted_at IS NULL
        """

    public static func insert(_ plug: Plug, of organization: OrganizationID, by user: UserID?, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO plugs (id, organization_id, created_by, integration_id, post_id, acting_id, action, text, trigger_kind, amount, days,
                               active, since, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """, plug.id, organization, user, plug.integrationId, plug.postId, plug.actingIntegrationId, plug.action.rawValue, plug.text,
            plug.trigger.rawValue, plug.amount, plug.days, plug.active, plug.since, plug.createdAt)
    }

    /// In the order in which they were made.
    public static func list(of organization: OrganizationID, in transaction: any Transaction) throws -> [Plug] {
        try transaction.query("SELECT \(columns) FROM \(source) WHERE g.organization_id = $1 ORDER BY g.id", organization).map(plug)
    }

    public static func find(
        _ id: PlugID, of organization: OrganizationID, lock: Bool = false, in transaction: any Transaction
    ) throws -> Plug? {
        let lock = lock && transaction.dialect == .postgres ? " FOR UPDATE OF g" : ""
        return try transaction.query("SELECT \(columns) FROM \(source) WHERE g.id = $1 AND g.organization_id = $2\(lock)", id, organization)
            .first.map(plug)
    }

    /// What a person may change.
    public static func update(_ plug: Plug, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE plugs SET acting_id = $3, action = $4, text = $5, trigger_kind = $6, amount = $7, days = $8, active = $9, since = $10
            WHERE id = $1 AND organization_id = $2
            """, plug.id, organization, plug.actingIntegrationId, plug.action.rawValue, plug.text, plug.trigger.rawValue, plug.amount,
            plug.days, plug.active, plug.since)
    }

    public static func remove(_ id: PlugID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM plugs WHERE id = $1 AND organization_id = $2", id, organization)
    }

    private static func plug(_ row: SQLRow) throws -> Plug {
        Plug(
            id: try row.id("id"), integrationId: try row.id("integration_id"), postId: try row.optionalID("post_id"),
            actingIntegrationId: try row.id("acting_id"), action: try row.status("action"), text: try row.text("text"),
            trigger: try row.status("trigger_kind"), amount: try row.int("amount"), days: try row.int("days"), active: try row.bool("active"),
            since: try row.time("since"), createdAt: try row.time("created_at"))
    }
}

// MARK: - Whose time has come

extension PlugRepository {
    /// A plug whose time has come for a publication.
    public struct Due: Sendable {
        public let plug: Plug
        public let organizationId: OrganizationID
        public let publicationId: PublicationID
        public let url: String?
        /// The latest that the platform told, if anything.
        public let likes: Int?
        public let createdBy: UserID?
    }

    /// Plugs whose time has come, and for which publication, the oldest of these first. Left alone are what is not on the platform any more, what
    /// a plug has made, what went out before it was brought here, and whatever a pause or a connection that must be renewed holds back.
    public static func due(at now: Timestamp, limit: Int, in transaction: any Transaction) throws -> [Due] {
        let likes = transaction.dialect.number("likes", in: "m.figures")
        return try transaction.query(
            """
            SELECT \(columns), organization_id, publication_id, url, likes, created_by FROM (
                SELECT \(columns), g.created_by AS created_by, g.organization_id AS organization_id,
                       p.id AS publication_id, p.url AS url, p.published_at AS published_at,
                       (SELECT \(likes) FROM post_metrics m WHERE m.publication_id = p.id AND CAST(m.figures AS TEXT) <> '{}'
                        ORDER BY m.fetched_at DESC LIMIT 1) AS likes
                FROM \(source)
                JOIN publications p ON p.integration_id = g.integration_id AND p.organization_id = g.organization_id
                JOIN posts o ON o.id = p.post_id AND o.deleted_at IS NULL AND o.origin <> 'PLUG'
                JOIN organizations z ON z.id = g.organization_id AND z.paused_at IS NULL
                WHERE g.active AND a.active AND a.paused_at IS NULL AND a.reconnect_reason IS NULL AND w.paused_at IS NULL
                  AND p.status = 'PUBLISHED' AND p.removed_at IS NULL AND COALESCE(p.platform_post_id, '') <> ''
                  AND p.published_at <= $1 AND p.published_at > $1 - g.days * 86400000
                  AND (g.post_id = p.post_id OR g.post_id IS NULL AND p.published_at >= g.since AND NOT p.elsewhere)
                  AND NOT EXISTS (SELECT 1 FROM plug_runs r WHERE r.plug_id = g.id AND r.publication_id = p.id)
                  AND NOT EXISTS (SELECT 1 FROM instance_values v WHERE v.name = '\(PublishingRepository.instancePause)')
            ) AS g
            WHERE CASE WHEN trigger_kind = 'LIKES' THEN COALESCE(likes, 0) >= amount ELSE published_at + amount * 60000 <= $1 END
            ORDER BY published_at LIMIT $2
            """, now, limit
        ).map { row in
            Due(
                plug: try plug(row), organizationId: try row.id("organization_id"), publicationId: try row.id("publication_id"),
                url: try row.optionalText("url"), likes: try row.optionalInt("likes"), createdBy: try row.optionalID("created_by"))
        }
    }
}
