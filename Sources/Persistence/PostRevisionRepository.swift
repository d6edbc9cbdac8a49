import Domain

/// Posts as they were saved.
public enum PostRevisionRepository {
    private static let columns = "r.post_id, r.organization_id, r.revision, r.saved_at, r.saved_by, r.origin, r.is_draft, r.restored, r.document"

    /// Changes nothing where that revision is kept already.
    public static func insert(_ revision: PostRevision, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO post_revisions (post_id, organization_id, revision, saved_at, saved_by, origin, is_draft, restored, document)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (post_id, revision) DO NOTHING
            """, revision.postId, revision.organizationId, revision.revision, revision.savedAt, revision.savedBy, revision.origin.rawValue,
            revision.isDraft, revision.restored, try JSON.text(revision.document))
    }

    public static func newest(of post: PostID, in organization: OrganizationID, in transaction: any Transaction) throws -> PostRevision? {
        try transaction.query(
            "SELECT \(columns) FROM post_revisions r WHERE r.post_id = $1 AND r.organization_id = $2 ORDER BY r.revision DESC LIMIT 1", post,
            organization
        ).first.map(revision)
    }

    /// Newest first, each with the name of who saved it.
    public static func list(
        of post: PostID, in organization: OrganizationID, in transaction: any Transaction
    ) throws -> [(revision: PostRevision, name: String?)] {
        try transaction.query(
            """
            SELECT \(columns), u.name FROM post_revisions r LEFT JOIN users u ON u.id = r.saved_by
            WHERE r.post_id = $1 AND r.organization_id = $2 ORDER BY r.revision DESC
            """, post, organization
        ).map { (try revision($0), try $0.optionalText("name")) }
    }

    public static func remove(_ revision: Int, of post: PostID, in organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            "DELETE FROM post_revisions WHERE post_id = $1 AND organization_id = $2 AND revision = $3", post, organization, revision)
    }

    /// Leaves the newest `count` of a post.
    public static func keep(_ count: Int, of post: PostID, in organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            DELETE FROM post_revisions WHERE post_id = $1 AND organization_id = $2 AND revision <= (
                SELECT revision FROM post_revisions WHERE post_id = $1 AND organization_id = $2 ORDER BY revision DESC LIMIT 1 OFFSET $3)
            """, post, organization, count)
    }

    private static func revision(_ row: SQLRow) throws -> PostRevision {
        PostRevision(
            postId: try row.id("post_id"), organizationId: try row.id("organization_id"), revision: try row.int("revision"),
            savedAt: try row.time("saved_at"), savedBy: try row.optionalID("saved_by"),
            origin: Origin(rawValue: try row.text("origin")) ?? .api, isDraft: try row.bool("is_draft"),
            restored: try row.optionalInt("restored"), document: try row.json("document"))
    }
}
