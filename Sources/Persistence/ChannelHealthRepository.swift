import Domain

/// How publishing on a channel went, and what stands in its way.
public enum ChannelHealthRepository {
    /// How one publication went.
    public struct Outcome: Sendable {
        public let post: PostID
        public let at: Timestamp
        public let url: String?
        /// Why it failed; nil where it did not, or nothing is known.
        public let error: String?
    }

    /// When the tokens were last renewed or brought; nil where they are those with which the channel was connected.
    public static func renewedAt(
        _ id: IntegrationID, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> Timestamp? {
        try transaction.query("SELECT renewed_at FROM integrations WHERE id = $1 AND organization_id = $2", id, organization).first?
            .optionalTime("renewed_at")
    }

    /// What was published there last.
    public static func lastSuccess(
        on id: IntegrationID, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> Outcome? {
        try transaction.query(
            """
            SELECT post_id, published_at, url FROM publications
            WHERE integration_id = $1 AND published_at IS NOT NULL AND organization_id = $2 ORDER BY published_at DESC LIMIT 1
            """, id, organization
        ).first.map { Outcome(post: try $0.id("post_id"), at: try $0.time("published_at"), url: try $0.optionalText("url"), error: nil) }
    }

    /// What failed there last.
    public static func lastFailure(
        on id: IntegrationID, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> Outcome? {
        try transaction.query(
            """
            SELECT post_id, updated_at, error_message FROM publications
            WHERE integration_id = $1 AND status = 'FAILED' AND organization_id = $2 ORDER BY updated_at DESC LIMIT 1
            """, id, organization
        ).first.map {
            Outcome(post: try $0.id("post_id"), at: try $0.time("updated_at"), url: nil, error: try $0.optionalText("error_message"))
        }
    }

    /// Planned publications that could not go out there as things are, the most urgent first.
    public static func wrong(
        on id: IntegrationID, of organization: OrganizationID, limit: Int, in transaction: any Transaction
    ) throws -> [Publication] {
        try transaction.query(
            """
            SELECT \(PublicationRepository.columns) FROM publications
            WHERE integration_id = $1 AND status = 'SCHEDULED' AND preflight IS NOT NULL AND organization_id = $2 ORDER BY due_at, id LIMIT $3
            """, id, organization, limit
        ).map(PublicationRepository.publication)
    }

    /// How much of a budget is used in the window that began at `start`; nil where nothing is.
    public static func usage(of gate: String, in transaction: any Transaction) throws -> (used: Int, start: Timestamp)? {
        try transaction.query("SELECT used, window_start FROM platform_gates WHERE name = $1", gate).first.flatMap { row in
            try row.optionalTime("window_start").map { (try row.int("used"), $0) }
        }
    }
}
