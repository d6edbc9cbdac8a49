import Domain

/// A published post whose figures should be read.
public struct MetricsTarget: Sendable, Equatable {
    public let publicationId: PublicationID
    public let organizationId: OrganizationID
    public let integrationId: IntegrationID
    public let platformPostId: String
    public let publishedAt: Timestamp

    public init(
        publicationId: PublicationID, organizationId: OrganizationID, integrationId: IntegrationID, platformPostId: String,
        publishedAt: Timestamp
    ) {
        self.publicationId = publicationId
        self.organizationId = organizationId
        self.integrationId = integrationId
        self.platformPostId = platformPostId
        self.publishedAt = publishedAt
    }
}

/// A publication with figures that were read at one time. Both are nil when they were never read.
public struct MetricsRow: Sendable, Equatable {
    public let publicationId: PublicationID
    public let postId: PostID
    public let integrationId: IntegrationID
    public let url: String?
    public let publishedAt: Timestamp?
    public let fetchedAt: Timestamp?
    public let figures: [String: Int]?
}

/// The figures of publications as a time series. An empty set of figures notes that there was nothing to read at that time.
public enum MetricsRepository {
    /// Publications of working channels on `platforms`, published since `oldest`, whose figures are older than `interval` says for their
    /// age: read never first, then the longest ago.
    public static func due(
        platforms: [PlatformID], oldest: Timestamp, intervals: [(publishedAfter: Timestamp, readBefore: Timestamp)], limit: Int,
        in transaction: any Transaction
    ) throws -> [MetricsTarget] {
        var parameters: [SQLValue] = [try JSON.text(platforms).sqlValue, oldest.sqlValue, limit.sqlValue]
        let cases = intervals.map { interval in
            parameters += [interval.publishedAfter.sqlValue, interval.readBefore.sqlValue]
            return "WHEN published_at > $\(parameters.count - 1) THEN CAST($\(parameters.count) AS BIGINT)"
        }
        return try transaction.query(
            """
            SELECT * FROM (
                SELECT p.id AS id, p.organization_id AS organization_id, p.integration_id AS integration_id,
                       p.platform_post_id AS platform_post_id, p.published_at AS published_at,
                       (SELECT MAX(m.fetched_at) FROM post_metrics m WHERE m.publication_id = p.id) AS read_at
                FROM publications p JOIN integrations i ON i.id = p.integration_id
                WHERE p.status = 'PUBLISHED' AND p.published_at > $2 AND p.platform_post_id IS NOT NULL AND p.removed_at IS NULL
                  AND i.deleted_at IS NULL AND i.active AND i.reconnect_reason IS NULL
                  AND i.platform \(transaction.dialect.isOne(of: "$1"))
            ) AS published
            WHERE read_at IS NULL OR read_at <= CASE \(cases.joined(separator: " ")) END
            ORDER BY COALESCE(read_at, 0), published_at DESC LIMIT $3
            """, parameters
        ).map { row in
            MetricsTarget(
                publicationId: try row.id("id"), organizationId: try row.id("organization_id"), integrationId: try row.id("integration_id"),
                platformPostId: try row.text("platform_post_id"), publishedAt: try row.time("published_at"))
        }
    }

    public static func insert(
        _ figures: [String: Int], of target: MetricsTarget, at now: Timestamp, in transaction: any Transaction
    ) throws {
        // Another process may have read them in the same millisecond.
        try transaction.execute(
            """
            INSERT INTO post_metrics (publication_id, organization_id, fetched_at, figures) VALUES ($1, $2, $3, $4)
            ON CONFLICT (publication_id, fetched_at) DO NOTHING
            """, target.publicationId, target.organizationId, now, try JSON.text(figures))
    }

    /// Every reading of a post's publications, oldest first, and a row without figures for those never read.
    public static func history(of post: PostID, organization: OrganizationID, in transaction: any Transaction) throws -> [MetricsRow] {
        try transaction.query(
            """
            SELECT \(columns) FROM publications p LEFT JOIN post_metrics m ON m.publication_id = p.id
            WHERE p.post_id = $1 AND p.organization_id = $2 ORDER BY p.id, m.fetched_at
            """, post, organization
        ).map(metrics)
    }

    private static let columns = """
        p.id AS id, p.post_id AS post_id, p.integration_id AS integration_id, p.url AS url, p.published_at AS published_at,
        m.fetched_at AS fetched_at, m.figures AS figures
        """

    /// Publications published on any of `integrations` (nil: on all) from `start` until before `end`, each with its latest figures, oldest
    /// first. With a `limit` only the last ones; `sentHere` leaves out what went out elsewhere before it was brought.
    public static func latest(
        of organization: OrganizationID, integrations: [IntegrationID]?, from start: Timestamp, to end: Timestamp, limit: Int? = nil,
        sentHere: Bool = false, in transaction: any Transaction
    ) throws -> [MetricsRow] {
        try transaction.query(
            """
            SELECT \(columns)
            FROM publications p
            JOIN posts o ON o.id = p.post_id AND o.deleted_at IS NULL
            LEFT JOIN post_metrics m ON m.publication_id = p.id AND m.fetched_at = (
                SELECT MAX(l.fetched_at) FROM post_metrics l WHERE l.publication_id = p.id AND CAST(l.figures AS TEXT) <> '{}')
            WHERE p.organization_id = $1 AND p.status = 'PUBLISHED' AND p.published_at >= $3 AND p.published_at < $4 AND NOT (p.elsewhere AND $6)
              AND (CAST($2 AS TEXT) IS NULL OR p.integration_id \(transaction.dialect.isOne(of: "$2")))
            ORDER BY p.published_at DESC, p.id DESC LIMIT $5
            """, organization, try integrations.map(JSON.text), start, end, limit ?? Int.max, sentHere
        ).reversed().map(metrics)
    }

    private static func metrics(_ row: SQLRow) throws -> MetricsRow {
        MetricsRow(
            publicationId: try row.id("id"), postId: try row.id("post_id"), integrationId: try row.id("integration_id"),
            url: try row.optionalText("url"), publishedAt: try row.optionalTime("published_at"),
            fetchedAt: try row.optionalTime("fetched_at"), figures: try row.optionalJSON("figures"))
    }
}
