import Domain

/// What goes out again and again, and when it did. A time of a channel is used once, whatever became of the post.
public enum EvergreenRepository {
    private static let columns = """
        id, organization_id, integration_id, post_id, texts, media_ids, settings, tags, links_as_written, every_days, most, ends_at, active, paused_reason, outings,
        last_outing_at, created_at
        """

    public static func insert(_ entry: EvergreenEntry, of organization: OrganizationID, by user: UserID?, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO evergreen_entries (id, organization_id, written_by, integration_id, post_id, texts, media_ids, settings, tags,
                                           links_as_written, every_days, most, ends_at, active, outings, last_outing_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            """, entry.id, organization, user, entry.integrationId, entry.postId, try JSON.text(entry.texts), try JSON.text(entry.mediaIds),
            try JSON.text(entry.settings), try JSON.text(entry.tags), entry.linksAsWritten, entry.everyDays, entry.most, entry.endsAt, entry.active,
            entry.outings, entry.lastOutingAt, entry.createdAt)
    }

    /// In the order in which they were added.
    public static func list(of organization: OrganizationID, in transaction: any Transaction) throws -> [EvergreenEntry] {
        try transaction.query("SELECT \(columns) FROM evergreen_entries WHERE organization_id = $1 ORDER BY id", organization).map(entry)
    }

    public static func find(
        _ id: EvergreenEntryID, of organization: OrganizationID, lock: Bool = false, in transaction: any Transaction
    ) throws -> EvergreenEntry? {
        try transaction.query(
            """
            SELECT \(columns) FROM evergreen_entries WHERE id = $1 AND organization_id = $2\(lock ? transaction.dialect.forUpdate : "")
            """, id, organization
        ).first.map(entry)
    }

    /// What a person may change, who answers for it from here on.
    public static func update(
        _ entry: EvergreenEntry, of organization: OrganizationID, by user: UserID?, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE evergreen_entries SET written_by = $3, texts = $4, tags = $5, every_days = $6, most = $7, ends_at = $8, active = $9,
                                         paused_reason = $10
            WHERE id = $1 AND organization_id = $2
            """, entry.id, organization, user, try JSON.text(entry.texts), try JSON.text(entry.tags), entry.everyDays, entry.most, entry.endsAt,
            entry.active, entry.pausedReason)
    }

    /// As whom it is planned: the role of who last wrote it, nil where they belong to the workspace no more, and whether a general rule of the
    /// workspace asks for an approval.
    public static func writer(
        of id: EvergreenEntryID, in organization: OrganizationID, in transaction: any Transaction
    ) throws -> (role: Role?, needsApproval: Bool) {
        let rows = try transaction.query(
            """
            SELECT m.role AS role, \(ApprovalRuleRepository.general)
            FROM evergreen_entries e JOIN organizations o ON o.id = e.organization_id
            LEFT JOIN memberships m ON m.organization_id = e.organization_id AND m.user_id = e.written_by
            WHERE e.id = $1 AND e.organization_id = $2
            """, id, organization)
        guard let row = rows.first else { return (nil, true) }
        return (try row.optionalText("role").flatMap(Role.init), try row.bool("needs_approval"))
    }

    public static func pause(
        _ id: EvergreenEntryID, of organization: OrganizationID, because reason: String, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            "UPDATE evergreen_entries SET active = FALSE, paused_reason = $3 WHERE id = $1 AND organization_id = $2 AND active", id,
            organization, reason)
    }

    public static func remove(_ id: EvergreenEntryID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM evergreen_entries WHERE id = $1 AND organization_id = $2", id, organization)
    }

    /// The channels, after `last`, that have something which may go out before long, with their workspace. None where everything is paused.
    public static func channels(
        at now: Timestamp, after last: IntegrationID?, limit: Int, in transaction: any Transaction
    ) throws -> [(OrganizationID, IntegrationID)] {
        // Two days more than a guard in days of 24 hours lets through: what holds is decided by the calendar.
        try transaction.query(
            """
            SELECT e.organization_id AS organization_id, e.integration_id AS integration_id FROM evergreen_entries e
            JOIN organizations z ON z.id = e.organization_id AND z.paused_at IS NULL
            WHERE e.integration_id > $3 AND e.active AND (e.most IS NULL OR e.outings < e.most) AND (e.ends_at IS NULL OR e.ends_at > $1)
              AND (e.last_outing_at IS NULL OR e.last_outing_at + (e.every_days - 3) * 86400000 <= $1)
              AND NOT EXISTS (SELECT 1 FROM instance_values v WHERE v.name = '\(PublishingRepository.instancePause)')
            GROUP BY e.organization_id, e.integration_id ORDER BY e.integration_id LIMIT $2
            """, now, limit, last?.text ?? ""
        ).map { (try $0.id("organization_id"), try $0.id("integration_id")) }
    }

    /// The entries of a channel, what went out longest ago first.
    public static func ready(
        on channel: IntegrationID, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> [EvergreenEntry] {
        try transaction.query(
            """
            SELECT \(columns) FROM evergreen_entries WHERE integration_id = $1 AND organization_id = $2 AND active
            ORDER BY CASE WHEN last_outing_at IS NULL THEN 0 ELSE 1 END, last_outing_at, id
            """, channel, organization
        ).map(entry)
    }

    /// The times of a channel that were used, from `start` on.
    public static func used(
        on channel: IntegrationID, of organization: OrganizationID, since start: Timestamp, in transaction: any Transaction
    ) throws -> Set<Timestamp> {
        Set(
            try transaction.query(
                "SELECT due_at FROM evergreen_outings WHERE integration_id = $1 AND organization_id = $2 AND due_at >= $3", channel,
                organization, start
            ).map { try $0.time("due_at") })
    }

    /// What goes out, or went out, on a channel between two times, these not among them: whoever wrote it.
    public static func said(
        on channel: IntegrationID, of organization: OrganizationID, after start: Timestamp, before end: Timestamp,
        in transaction: any Transaction
    ) throws -> [PostContent] {
        try transaction.query(said, channel, organization, start, end).map { try $0.json("content") }
    }

    /// What is planned, what is out and what may be: each by an index of its own, since a channel may have a hundred thousand posts.
    static let said = """
        SELECT s.content AS content FROM publications p JOIN posts s ON s.id = p.post_id
        WHERE p.integration_id = $1 AND s.organization_id = $2 AND p.due_at > $3 AND p.due_at < $4
          AND p.status IN ('SCHEDULED', 'ON_HOLD', 'QUEUED', 'PUBLISHING', 'DRAFT') AND (p.status <> 'DRAFT' OR s.status = 'IN_REVIEW')
        UNION ALL
        SELECT s.content AS content FROM publications p JOIN posts s ON s.id = p.post_id
        WHERE p.integration_id = $1 AND s.organization_id = $2 AND p.published_at > $3 AND p.published_at < $4 AND p.published_at IS NOT NULL
        UNION ALL
        SELECT s.content AS content FROM publications p JOIN posts s ON s.id = p.post_id
        WHERE p.integration_id = $1 AND s.organization_id = $2 AND p.due_at > $3 AND p.due_at < $4
          AND p.status IN ('PROCESSING', 'UNCONFIRMED')
        """

    /// What the platform said when an outing of an entry failed, told once; nil where none did since.
    public static func newFailure(
        of entry: EvergreenEntryID, in organization: OrganizationID, in transaction: any Transaction
    ) throws -> String? {
        let rows = try transaction.query(
            """
            SELECT o.due_at AS due_at, p.error_message AS message FROM evergreen_outings o
            JOIN publications p ON p.post_id = o.post_id AND p.integration_id = o.integration_id
            WHERE o.entry_id = $1 AND o.organization_id = $2 AND NOT o.failure_seen AND p.status = 'FAILED'
            ORDER BY o.due_at DESC LIMIT 1
            """, entry, organization)
        guard let row = rows.first else { return nil }
        try transaction.execute(
            "UPDATE evergreen_outings SET failure_seen = TRUE WHERE entry_id = $1 AND organization_id = $2 AND due_at <= $3", entry,
            organization, try row.time("due_at"))
        return try row.optionalText("message") ?? ""
    }

    /// The entries that were made from a post.
    public static func made(from post: PostID, of organization: OrganizationID, in transaction: any Transaction) throws -> [EvergreenEntry] {
        try transaction.query(
            "SELECT \(columns) FROM evergreen_entries WHERE post_id = $1 AND organization_id = $2 ORDER BY id", post, organization
        ).map(entry)
    }

    /// The entry of which a post is an outing, if it is still there.
    public static func entry(
        behind post: PostID, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> EvergreenEntryID? {
        try transaction.query(
            """
            SELECT e.id AS id FROM evergreen_outings o JOIN evergreen_entries e ON e.id = o.entry_id
            WHERE o.post_id = $1 AND o.organization_id = $2
            """, post, organization
        ).first?.id("id")
    }

    /// Notes that `entry`, as it was read, is planned for `time`. False when the time was used, or the entry was planned or changed, meanwhile.
    public static func plan(
        _ entry: EvergreenEntry, of organization: OrganizationID, at time: Timestamp, text: String, as post: PostID,
        in transaction: any Transaction
    ) throws -> Bool {
        let stands = try transaction.execute(
            """
            UPDATE evergreen_entries SET outings = outings + 1, last_outing_at = $4
            WHERE id = $1 AND organization_id = $2 AND outings = $3 AND active
            """, entry.id, organization, entry.outings, time)
        guard stands == 1 else { return false }
        return try transaction.execute(
            """
            INSERT INTO evergreen_outings (integration_id, due_at, organization_id, entry_id, text, post_id) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT DO NOTHING
            """, entry.integrationId, time, organization, entry.id, text, post) == 1
    }

    /// Whether another post than `post` is planned on a channel for `time`.
    public static func isTaken(
        _ time: Timestamp, on channel: IntegrationID, besides post: PostID, in transaction: any Transaction
    ) throws -> Bool {
        try !transaction.query(
            """
            SELECT 1 AS one FROM publications p JOIN posts s ON s.id = p.post_id
            WHERE p.integration_id = $1 AND p.due_at = $2 AND p.post_id <> $3 AND s.deleted_at IS NULL
              AND p.status IN ('SCHEDULED', 'ON_HOLD', 'QUEUED', 'PUBLISHING', 'DRAFT') AND (p.status <> 'DRAFT' OR s.status = 'IN_REVIEW')
            LIMIT 1
            """, channel, time, post
        ).isEmpty
    }

    /// The latest first.
    public static func outings(
        of entry: EvergreenEntryID, in organization: OrganizationID, limit: Int, in transaction: any Transaction
    ) throws -> [EvergreenOuting] {
        try transaction.query(
            "\(outings) WHERE o.entry_id = $1 AND o.organization_id = $2 ORDER BY o.due_at DESC LIMIT $3", entry, organization, limit
        ).map(outing)
    }

    /// What of all entries is to go out after `now`, in the order of time. It is planned a day ahead, so there are never many.
    public static func planned(
        in organization: OrganizationID, after now: Timestamp, in transaction: any Transaction
    ) throws -> [EvergreenOuting] {
        try transaction.query(
            """
            \(outings) JOIN integrations i ON i.id = o.integration_id AND i.organization_id = o.organization_id
            WHERE i.organization_id = $1 AND o.due_at > $2 AND s.id IS NOT NULL AND p.status <> 'CANCELLED' ORDER BY o.due_at, o.entry_id
            """, organization, now
        ).map(outing)
    }

    private static let outings = """
        SELECT o.entry_id AS entry_id, o.due_at AS due_at, o.text AS text, s.id AS post_id, p.status AS status, p.url AS url
        FROM evergreen_outings o
        LEFT JOIN posts s ON s.id = o.post_id AND s.organization_id = o.organization_id AND s.deleted_at IS NULL
        LEFT JOIN publications p ON p.post_id = s.id AND p.integration_id = o.integration_id
        """

    private static func outing(_ row: SQLRow) throws -> EvergreenOuting {
        EvergreenOuting(
            entryId: try row.id("entry_id"), at: try row.time("due_at"), text: try row.text("text"), postId: try row.optionalID("post_id"),
            status: try row.optionalText("status").flatMap(PublicationStatus.init), url: try row.optionalText("url"))
    }

    private static func entry(_ row: SQLRow) throws -> EvergreenEntry {
        EvergreenEntry(
            id: try row.id("id"), integrationId: try row.id("integration_id"), postId: try row.optionalID("post_id"),
            texts: try row.json("texts"), mediaIds: try row.json("media_ids"), settings: try row.json("settings"), tags: try row.json("tags"),
            linksAsWritten: try row.bool("links_as_written"), everyDays: try row.int("every_days"),
            most: try row.optionalInt("most"), endsAt: try row.optionalTime("ends_at"), active: try row.bool("active"),
            pausedReason: try row.optionalText("paused_reason"), outings: try row.int("outings"),
            lastOutingAt: try row.optionalTime("last_outing_at"), createdAt: try row.time("created_at"))
    }
}
