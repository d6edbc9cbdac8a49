import Domain

/// What publishing needs of publications: what is due, claims with leases and fences, the journal of steps, the log of attempts.
public enum PublishingRepository {
    /// The time of the earliest publication that waits for its time.
    public static func nextDue(in transaction: any Transaction) throws -> Timestamp? {
        try transaction.query("SELECT MIN(due_at) AS due FROM publications WHERE status = 'SCHEDULED'")[0].optionalTime("due")
    }

    /// A claimed publication: whoever holds a smaller fence has lost it.
    public struct Claim: Sendable {
        public let publication: Publication
        public let fence: Int
        public let firstAttemptAt: Timestamp
        /// Whether the channel's token was renewed already because of this publication.
        public let refreshed: Bool
        /// Whether an earlier try to make something public was in doubt when this one began.
        public let isInDoubt: Bool
        /// Of the channel.
        public let platform: PlatformID

        /// When it was claimed.
        public var startedAt: Timestamp { publication.updatedAt }
    }

    /// Claims a publication that is ready, or whose worker died. Nil when somebody else has it, when it is held (`hold`), or when nothing is
    /// left to do. What is public in part is finished in spite of a pause.
    public static func claim(_ id: PublicationID, now: Timestamp, until: Timestamp, in transaction: any Transaction) throws -> Claim? {
        guard let row = try transaction.query(claiming, id, now, until).first else { return nil }
        let claim = Claim(
            publication: try PublicationRepository.publication(row), fence: try row.int("fence"),
            firstAttemptAt: try row.time("first_attempt_at"), refreshed: try row.bool("refreshed"),
            isInDoubt: try row.bool("in_doubt"), platform: PlatformID(rawValue: try row.text("platform")))
        try transaction.send(
            "INSERT INTO publication_attempts (publication_id, fence, started_at) VALUES ($1, $2, $3)", id, claim.fence, now)
        return claim
    }

    /// Put together once: it is long.
    private static let claiming = """
        UPDATE publications SET status = 'PUBLISHING', lease_until = $3, fence = fence + 1, next_attempt_at = NULL, updated_at = $2,
               first_attempt_at = COALESCE(first_attempt_at, $2)
        WHERE id = $1 AND ((status IN ('QUEUED', 'PROCESSING', 'UNCONFIRMED') AND (next_attempt_at IS NULL OR next_attempt_at <= $2)
                            AND (status <> 'QUEUED' OR \(reasonToHold("publications")) IS NULL OR \(isBegun("publications"))))
                           OR (status = 'PUBLISHING' AND lease_until < $2))
        RETURNING \(PublicationRepository.columns), fence, first_attempt_at, refreshed,
            EXISTS (SELECT 1 FROM publication_steps s WHERE s.publication_id = publications.id AND s.state = 'STARTED') AS in_doubt,
            (SELECT i.platform FROM integrations i WHERE i.id = publications.integration_id) AS platform
        """

    /// When a publication that could not be claimed may be; nil when nothing is left to do.
    public static func readyAt(_ id: PublicationID, in transaction: any Transaction) throws -> Timestamp? {
        try transaction.query(
            """
            SELECT CASE WHEN status = 'PUBLISHING' THEN lease_until ELSE COALESCE(next_attempt_at, updated_at) END AS ready FROM publications
            WHERE id = $1 AND (status IN ('QUEUED', 'PROCESSING', 'PUBLISHING') OR (status = 'UNCONFIRMED' AND next_attempt_at IS NOT NULL))
            """, id
        ).first?.optionalTime("ready")
    }

    /// Extends the lease. False when the claim was lost.
    public static func extend(_ claim: Claim, until: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "UPDATE publications SET lease_until = $3 WHERE id = $1 AND fence = $2 AND status = 'PUBLISHING'", claim.publication.id,
            claim.fence, until) == 1
    }

    /// Whether the claim still holds; nobody takes it before the transaction ends. False when it was lost.
    public static func holds(_ claim: Claim, in transaction: any Transaction) throws -> Bool {
        try !transaction.query(
            "SELECT 1 AS one FROM publications WHERE id = $1 AND fence = $2 AND status = 'PUBLISHING'\(transaction.dialect.forUpdate)",
            claim.publication.id, claim.fence
        ).isEmpty
    }

    public static func markRefreshed(_ claim: Claim, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE publications SET refreshed = TRUE WHERE id = $1 AND fence = $2", claim.publication.id, claim.fence)
    }

    /// How an attempt ended: what the publication is from now on.
    public struct Result: Sendable {
        public var status: PublicationStatus
        public var countsAsAttempt = false
        public var nextAttemptAt: Timestamp?
        public var platformPostId: String?
        public var url: String?
        public var publishedAt: Timestamp?
        /// What the platform made otherwise than was asked, in words.
        public var notes: [String] = []
        public var error: PublicationError?

        public init(_ status: PublicationStatus) { self.status = status }
    }

    /// Ends an attempt. False when the claim was lost, and then nothing is stored.
    public static func finish(_ claim: Claim, with result: Result, now: Timestamp, in transaction: any Transaction) throws -> Bool {
        let changed = try transaction.execute(
            """
            UPDATE publications SET status = $3, attempts = attempts + $4, next_attempt_at = $5, lease_until = NULL,
                   platform_post_id = COALESCE($6, platform_post_id), url = COALESCE($7, url), published_at = $8,
                   error_code = $9, error_message = $10, error_kind = $11, error_answer = $12, updated_at = $13, notes = $14
            WHERE id = $1 AND fence = $2 AND status = 'PUBLISHING'
            """,
            claim.publication.id, claim.fence, result.status.rawValue, result.countsAsAttempt ? 1 : 0, result.nextAttemptAt,
            result.platformPostId, result.url, result.publishedAt, result.error?.code, result.error?.message, result.error?.kind.rawValue,
            result.error?.platformAnswer, now, result.notes.isEmpty ? nil : try JSON.text(result.notes))
        guard changed == 1 else { return false }
        try transaction.send(
            """
            UPDATE publication_attempts SET finished_at = $3, outcome = $4, error_code = $5, error_message = $6, error_answer = $7
            WHERE publication_id = $1 AND fence = $2
            """,
            claim.publication.id, claim.fence, now, result.status.rawValue, result.error?.code, result.error?.message,
            result.error?.platformAnswer)
        return true
    }

    /// Takes every lease away. Only for a process that knows that no other worker lives.
    public static func releaseOrphans(now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE publications SET lease_until = $1 WHERE status = 'PUBLISHING'", now - .milliseconds(1))
    }

    /// How late the oldest publication is that should have been taken.
    public static func oldestWaiting(in transaction: any Transaction) throws -> Timestamp? {
        try transaction.query(oldestWaiting)[0].optionalTime("due")
    }

    /// Each status from its own index.
    static let oldestWaiting = """
        SELECT MIN(due) AS due FROM (
            SELECT MIN(due_at) AS due FROM publications WHERE status = 'SCHEDULED'
            UNION ALL
            SELECT MIN(due_at) AS due FROM publications WHERE status = 'QUEUED' AND attempts = 0 AND next_attempt_at IS NULL) AS waiting
        """
}
