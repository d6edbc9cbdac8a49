import Domain

/// A feed with what only its reading needs.
public struct StoredFeedSource: Sendable {
    public var source: FeedSource
    public let organizationId: OrganizationID
    /// The validators of the last answer (RFC 9110 §8.8), sent back as they came.
    public var etag: String?
    public var lastModified: String?
    /// Of the last answer's body: the same again says nothing new.
    public var digest: String?
    /// Readings in a row that failed.
    public var failures: Int
    /// The next reading only notes what is there.
    public var isQuiet: Bool

    public init(
        source: FeedSource, organizationId: OrganizationID, etag: String? = nil, lastModified: String? = nil, digest: String? = nil,
        failures: Int = 0, isQuiet: Bool = false
    ) {
        self.source = source
        self.organizationId = organizationId
        self.etag = etag
        self.lastModified = lastModified
        self.digest = digest
        self.failures = failures
        self.isQuiet = isQuiet
    }
}

public enum FeedSourceRepository {
    private static let columns = """
        id, organization_id, name, url, integration_ids, mode, pattern, filter, with_picture, posts_per_day, minutes, status, paused_reason,
        failing_since, last_error, last_read_at, next_read_at, created_at, etag, last_modified, digest, failures, quiet
        """

    public static func insert(_ stored: StoredFeedSource, by user: UserID?, in transaction: any Transaction) throws {
        let source = stored.source
        try transaction.execute(
            """
            INSERT INTO feed_sources (id, organization_id, created_by, name, url, integration_ids, mode, pattern, filter, with_picture,
                                      posts_per_day, minutes, status, last_read_at, next_read_at, created_at, etag, last_modified, digest)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
            """, source.id, stored.organizationId, user, source.name, source.url, try JSON.text(source.integrationIds), source.mode.rawValue,
            source.pattern, try JSON.text(source.filter), source.withPicture, source.postsPerDay, source.minutes, source.status.rawValue,
            source.lastReadAt, source.nextReadAt, source.createdAt, stored.etag, stored.lastModified, stored.digest)
    }

    /// By name.
    public static func list(of organization: OrganizationID, in transaction: any Transaction) throws -> [FeedSource] {
        try transaction.query("SELECT \(columns) FROM feed_sources WHERE organization_id = $1 ORDER BY name, id", organization).map {
            try stored($0).source
        }
    }

    public static func find(
        _ id: FeedSourceID, of organization: OrganizationID, lock: Bool = false, in transaction: any Transaction
    ) throws -> StoredFeedSource? {
        try transaction.query(
            "SELECT \(columns) FROM feed_sources WHERE id = $1 AND organization_id = $2\(lock ? transaction.dialect.forUpdate : "")", id,
            organization
        ).first.map(stored)
    }

    /// Those that cannot be read since before `time`, and those whose address is gone. What a person paused is left alone.
    public static func failing(since time: Timestamp, of organization: OrganizationID, in transaction: any Transaction) throws -> [FeedSource] {
        try transaction.query(
            """
            SELECT \(columns) FROM feed_sources
            WHERE organization_id = $1 AND failing_since IS NOT NULL
                AND (status = 'ACTIVE' AND failing_since <= $2 OR status = 'PAUSED' AND paused_reason IS NOT NULL)
            ORDER BY name, id
            """, organization, time
        ).map { try stored($0).source }
    }

    /// What a person may change.
    public static func update(_ stored: StoredFeedSource, in transaction: any Transaction) throws {
        let source = stored.source
        try transaction.execute(
            """
            UPDATE feed_sources
            SET name = $3, integration_ids = $4, mode = $5, pattern = $6, filter = $7, with_picture = $8, posts_per_day = $9, minutes = $10,
                status = $11, paused_reason = $12, next_read_at = $13, quiet = $14, failing_since = $15, failures = $16
            WHERE id = $1 AND organization_id = $2
            """, source.id, stored.organizationId, source.name, try JSON.text(source.integrationIds), source.mode.rawValue, source.pattern,
            try JSON.text(source.filter), source.withPicture, source.postsPerDay, source.minutes, source.status.rawValue, source.pausedReason,
            source.nextReadAt, stored.isQuiet, source.failingSince, stored.failures)
    }

    public static func remove(_ id: FeedSourceID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM feed_sources WHERE id = $1 AND organization_id = $2", id, organization)
    }

    /// Takes feeds whose time has come, those that wait longest first; until `lease` nobody else takes them.
    public static func claim(at now: Timestamp, until lease: Timestamp, limit: Int, in transaction: any Transaction) throws -> [StoredFeedSource] {
        try transaction.query(
            """
            UPDATE feed_sources SET next_read_at = $2
            WHERE id IN (SELECT id FROM feed_sources WHERE status = 'ACTIVE' AND next_read_at <= $1
                         ORDER BY next_read_at LIMIT $3\(transaction.dialect.skipLocked))
            RETURNING \(columns)
            """, now, lease, limit
        ).map(stored)
    }

    /// What came of a reading; a person's changes meanwhile stay.
    public static func noteReading(_ stored: StoredFeedSource, in transaction: any Transaction) throws {
        let source = stored.source
        try transaction.execute(
            """
            UPDATE feed_sources
            SET failing_since = $3, last_error = $4, last_read_at = $5, next_read_at = $6, etag = $7, last_modified = $8, digest = $9,
                failures = $10, quiet = $11
            WHERE id = $1 AND organization_id = $2
            """, source.id, stored.organizationId, source.failingSince, source.lastError, source.lastReadAt, source.nextReadAt, stored.etag,
            stored.lastModified, stored.digest, stored.failures, stored.isQuiet)
    }

    /// Its address is gone for good.
    public static func pause(_ id: FeedSourceID, because reason: String, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE feed_sources SET status = 'PAUSED', paused_reason = $2 WHERE id = $1 AND status = 'ACTIVE'", id, reason)
    }

    private static func stored(_ row: SQLRow) throws -> StoredFeedSource {
        StoredFeedSource(
            source: FeedSource(
                id: try row.id("id"), name: try row.text("name"), url: try row.text("url"), integrationIds: try row.json("integration_ids"),
                mode: try row.status("mode"), pattern: try row.text("pattern"), filter: try row.json("filter"),
                withPicture: try row.bool("with_picture"), postsPerDay: try row.int("posts_per_day"), minutes: try row.int("minutes"),
                status: try row.status("status"), pausedReason: try row.optionalText("paused_reason"),
                failingSince: try row.optionalTime("failing_since"), lastError: try row.optionalText("last_error"),
                lastReadAt: try row.optionalTime("last_read_at"), nextReadAt: try row.time("next_read_at"), createdAt: try row.time("created_at")),
            organizationId: try row.id("organization_id"), etag: try row.optionalText("etag"), lastModified: try row.optionalText("last_modified"),
            digest: try row.optionalText("digest"), failures: try row.int("failures"), isQuiet: try row.bool("quiet"))
    }
}
