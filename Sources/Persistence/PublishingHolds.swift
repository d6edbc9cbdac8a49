import Domain

// What is due, and what holds it back.

extension PublishingRepository {
    /// A publication that was moved by a batch.
    public struct Moved: Sendable {
        public let id: PublicationID
        public let postId: PostID
        public let organizationId: OrganizationID
        public let integrationId: IntegrationID
        public let dueAt: Timestamp?
        /// Why it waits now; nil where nothing holds it.
        public let hold: Hold?
    }

    static let movedColumns = "id, post_id, organization_id, integration_id, due_at, error_code"

    static func moved(_ sql: String, _ parameters: [SQLValue], in transaction: any Transaction) throws -> [Moved] {
        try transaction.query(sql, parameters).map(moved)
    }

    static func moved(_ row: SQLRow) throws -> Moved {
        Moved(
            id: try row.id("id"), postId: try row.id("post_id"), organizationId: try row.id("organization_id"),
            integrationId: try row.id("integration_id"), dueAt: try row.optionalTime("due_at"),
            hold: try row.optionalText("error_code").flatMap(Hold.init))
    }

    // MARK: What holds a publication

    /// The name under which the instance's pause is kept.
    static let instancePause = "paused_at"

    /// The code of what keeps a publication of the table `alias` from going out at this moment; NULL when nothing does.
    static func reasonToHold(_ alias: String) -> String {
        """
        (CASE WHEN EXISTS (SELECT 1 FROM instance_values WHERE name = '\(instancePause)') THEN '\(Hold.instancePaused.rawValue)'
              WHEN (SELECT paused_at FROM organizations WHERE id = \(alias).organization_id) IS NOT NULL THEN '\(Hold.workspacePaused.rawValue)'
              ELSE (SELECT CASE WHEN deleted_at IS NOT NULL AND purged_at IS NULL THEN '\(Hold.channelInTrash.rawValue)'
                                WHEN NOT active THEN NULL
                                WHEN reconnect_reason IS NOT NULL THEN '\(Hold.channelNeedsReconnect.rawValue)'
                                WHEN paused_at IS NOT NULL THEN '\(Hold.channelPaused.rawValue)' END
                    FROM integrations WHERE id = \(alias).integration_id) END)
        """
    }

    /// Whether something of a publication is public, or may be.
    static func isBegun(_ alias: String) -> String {
        """
        EXISTS (SELECT 1 FROM publication_steps s
                WHERE s.publication_id = \(alias).id AND s.name NOT LIKE 'media-%' AND s.name NOT LIKE '%-refused')
        """
    }

    /// Whether something of a publication is public, or may be.
    public static func hasBegun(_ id: PublicationID, in transaction: any Transaction) throws -> Bool {
        try !transaction.query("SELECT 1 AS one FROM publications WHERE id = $1 AND \(isBegun("publications"))", id).isEmpty
    }

    /// What a publication shows while `code`, an expression, holds it.
    static func showing(_ code: String) -> String {
        func cases(_ value: (Hold) -> String) -> String {
            Hold.allCases.map { "WHEN '\($0.rawValue)' THEN '\(value($0))'" }.joined(separator: " ")
        }
        return """
            error_code = \(code), error_message = CASE \(code) \(cases(\.message)) END, error_kind = CASE \(code) \(cases(\.kind.rawValue)) END
            """
    }

    // MARK: Holding and letting go

    /// Puts a queued publication that is ready aside when something holds it. Nil when nothing does, or when it has begun to go out.
    public static func hold(_ id: PublicationID, now: Timestamp, in transaction: any Transaction) throws -> Moved? {
        try moved(
            """
            UPDATE publications SET status = 'ON_HOLD', next_attempt_at = NULL, \(showing("held.hold")), error_answer = NULL, updated_at = $2
            FROM (SELECT p.id AS held_id, \(reasonToHold("p")) AS hold FROM publications p
                  WHERE p.id = $1 AND p.status = 'QUEUED' AND (p.next_attempt_at IS NULL OR p.next_attempt_at <= $2)
                    AND NOT \(isBegun("p"))\(transaction.dialect.forUpdate)) AS held
            WHERE id = held.held_id AND held.hold IS NOT NULL
            RETURNING \(movedColumns)
            """, [id.sqlValue, now.sqlValue], in: transaction
        ).first
    }

    /// Lets go out what nothing holds any more, on one channel, in one workspace or everywhere; what waits for a person stays. Asked again and
    /// again, since a pause may end at the very moment at which something is put aside because of it.
    public static func release(
        on channel: IntegrationID? = nil, of organization: OrganizationID? = nil, now: Timestamp, in transaction: any Transaction
    ) throws -> [Moved] {
        let released = try moved(
            """
            UPDATE publications SET status = 'SCHEDULED', next_attempt_at = NULL, refreshed = FALSE, error_code = NULL, error_message = NULL,
                   error_kind = NULL, error_answer = NULL, updated_at = $3
            WHERE status = 'ON_HOLD' AND id IN (
                SELECT p.id FROM integrations i JOIN publications p ON p.integration_id = i.id AND p.status = 'ON_HOLD'
                WHERE i.deleted_at IS NULL AND i.active AND i.paused_at IS NULL AND i.reconnect_reason IS NULL AND COALESCE(p.error_code, '') <> '\(Hold.overdue.rawValue)'
                  AND (CAST($1 AS TEXT) IS NULL OR i.id = $1) AND (CAST($2 AS TEXT) IS NULL OR i.organization_id = $2)
                  AND \(reasonToHold("p")) IS NULL)
            RETURNING \(movedColumns)
            """, [channel.sqlValue, organization.sqlValue, now.sqlValue], in: transaction)
        try PublicationRepository.refreshPostStatus(released.posts.map(\.key), now: now, in: transaction)
        return released
    }

    /// Fails publications that missed their time by more than the late-posting limit. What waits on a channel in the trash does not: it becomes a
    /// draft if the channel is restored.
    public static func failMissed(before earliest: Timestamp, now: Timestamp, limit: Int, in transaction: any Transaction) throws -> [Moved] {
        // Each status from its own index.
        try ["SCHEDULED", "ON_HOLD"].flatMap { status in
            try moved(
                """
                UPDATE publications SET status = 'FAILED', updated_at = $2, error_code = 'MISSED', error_kind = 'INVALID_CONTENT',
                       error_message = 'The time passed while this could not go out, and it is now later than the late-posting limit. Reschedule it, or publish it now.'
                WHERE id IN (SELECT id FROM publications WHERE status = '\(status)' AND due_at < $1
                               AND COALESCE(error_code, '') <> '\(Hold.channelInTrash.rawValue)'
                             ORDER BY due_at LIMIT $3\(transaction.dialect.skipLocked))
                RETURNING \(movedColumns)
                """, [earliest.sqlValue, now.sqlValue, limit.sqlValue], in: transaction)
        }
    }

    /// Publications that are under way but that no worker holds: their lease ran out, or the queue lost their job.
    public static func adrift(now: Timestamp, quietSince: Timestamp, limit: Int, in transaction: any Transaction) throws -> [Moved] {
        try moved(
            """
            SELECT \(movedColumns) FROM publications
            WHERE (status = 'PUBLISHING' AND lease_until < $1)
               OR (status IN ('QUEUED', 'PROCESSING') AND updated_at < $2 AND (next_attempt_at IS NULL OR next_attempt_at <= $1))
               OR (status = 'UNCONFIRMED' AND next_attempt_at <= $1)
            LIMIT $3
            """, [now.sqlValue, quietSince.sqlValue, limit.sqlValue], in: transaction)
    }
}

extension [PublishingRepository.Moved] {
    /// Each post once.
    public var posts: [PostID: OrganizationID] { Dictionary(map { ($0.postId, $0.organizationId) }) { first, _ in first } }
}
