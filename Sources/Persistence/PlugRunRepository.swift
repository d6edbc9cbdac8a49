import Domain

/// What plugs did: each once for a publication.
public enum PlugRunRepository {
    /// Notes that a plug's time came. False when it did already, also where another process was quicker. `mark` names what is done:
    /// false, too, when that was done already, by whatever plug.
    public static func insert(
        _ id: PlugRunID, _ due: PlugRepository.Due, mark: String?, post: PostID?, now: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        let stands = try transaction.query(
            """
            SELECT 1 AS one FROM plugs g JOIN publications p ON p.id = $2 AND p.organization_id = g.organization_id
            WHERE g.id = $1 AND g.organization_id = $3 AND g.active AND p.status = 'PUBLISHED' AND p.removed_at IS NULL
            """, due.plug.id, due.publicationId, due.organizationId)
        guard !stands.isEmpty else { return false }
        return try transaction.execute(
            """
            INSERT INTO plug_runs (id, organization_id, plug_id, publication_id, acting_id, action, mark, likes, post_id, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
            """, id, due.organizationId, due.plug.id, due.publicationId, due.plug.actingIntegrationId, due.plug.action.rawValue, mark,
            due.likes, post, now) == 1
    }

    public static func wasDone(
        _ mark: String, with publication: PublicationID, by channel: IntegrationID, in transaction: any Transaction
    ) throws -> Bool {
        try !transaction.query(
            "SELECT 1 AS one FROM plug_runs WHERE publication_id = $1 AND acting_id = $2 AND mark = $3", publication, channel, mark
        ).isEmpty
    }

    /// What was done with a post, the latest first.
    public static func list(of post: PostID, in organization: OrganizationID, in transaction: any Transaction) throws -> [PlugRun] {
        try transaction.query(
            """
            SELECT r.id AS id, r.plug_id AS plug_id, r.publication_id AS publication_id, r.acting_id AS acting_id, r.action AS action,
                   r.created_at AS created_at, r.likes AS likes, r.post_id AS post_id, d.status AS status, d.url AS url,
                   d.published_at AS published_at, d.error_code AS error_code, d.error_message AS error_message, d.error_kind AS error_kind
            FROM plug_runs r JOIN publications p ON p.id = r.publication_id
            LEFT JOIN publications d ON d.post_id = r.post_id AND d.organization_id = r.organization_id
            WHERE p.post_id = $1 AND r.organization_id = $2 ORDER BY r.id DESC LIMIT 200
            """, post, organization
        ).map { row in
            let error = try row.optionalText("error_code").map { code in
                PublicationError(code: code, message: try row.text("error_message"), kind: try row.status("error_kind"))
            }
            return PlugRun(
                id: try row.id("id"), plugId: try row.id("plug_id"), publicationId: try row.id("publication_id"),
                integrationId: try row.id("acting_id"), action: try row.status("action"), at: try row.time("created_at"),
                likes: try row.optionalInt("likes"), postId: try row.optionalID("post_id"),
                status: try row.optionalText("status").flatMap(PublicationStatus.init), url: try row.optionalText("url"),
                publishedAt: try row.optionalTime("published_at"), error: error)
        }
    }

    /// What the post of a plug is to do, and with which post on the platform.
    public struct Task: Sendable {
        public let action: FollowUpAction
        /// The post that it is about.
        public let postId: PostID
        public let platformPostId: String
        public let url: String?
    }

    /// Nil for a post that no plug has made, on other channels than the plug's, and where the post that it is about is not on the platform
    /// any more.
    public static func task(
        of post: PostID, by channel: IntegrationID, in organization: OrganizationID, in transaction: any Transaction
    ) throws -> Task? {
        try transaction.query(
            """
            SELECT r.action AS action, p.post_id AS post_id, p.platform_post_id AS platform_post_id, p.url AS url
            FROM plug_runs r JOIN publications p ON p.id = r.publication_id AND p.status = 'PUBLISHED' AND p.removed_at IS NULL
            WHERE r.post_id = $1 AND r.organization_id = $2 AND r.acting_id = $3 AND COALESCE(p.platform_post_id, '') <> ''
            """, post, organization, channel
        ).first.map { row in
            Task(
                action: try row.status("action"), postId: try row.id("post_id"), platformPostId: try row.text("platform_post_id"),
                url: try row.optionalText("url"))
        }
    }

    /// The post that the post of a plug is about; nil for one that no plug has made.
    public static func subject(of post: PostID, in organization: OrganizationID, in transaction: any Transaction) throws -> PostID? {
        try transaction.query(
            """
            SELECT p.post_id AS post_id FROM plug_runs r JOIN publications p ON p.id = r.publication_id
            WHERE r.post_id = $1 AND r.organization_id = $2
            """, post, organization
        ).first?.id("post_id")
    }
}
