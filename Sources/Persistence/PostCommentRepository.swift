import Domain

/// What a workspace says about its posts.
public enum PostCommentRepository {
    private static let columns = "id, post_id, kind, text, author_id, author, mentions, created_at, customer, by_client"

    public static func insert(_ comment: PostComment, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO post_comments (\(columns), organization_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """, comment.id, comment.postId, comment.kind.rawValue, comment.text, comment.authorId, comment.author,
            JSON.list(of: comment.mentions), comment.createdAt, comment.customer, comment.byClient, organization)
    }

    /// The oldest first.
    public static func list(of post: PostID, in organization: OrganizationID, in transaction: any Transaction) throws -> [PostComment] {
        try transaction.query(
            "SELECT \(columns) FROM post_comments WHERE organization_id = $1 AND post_id = $2 ORDER BY created_at, id", organization, post
        ).map(comment)
    }

    /// What the people of a customer see, the oldest first.
    public static func list(
        of post: PostID, for customer: String, in organization: OrganizationID, in transaction: any Transaction
    ) throws -> [PostComment] {
        try transaction.query(
            "SELECT \(columns) FROM post_comments WHERE organization_id = $1 AND post_id = $2 AND customer = $3 ORDER BY created_at, id",
            organization, post, customer
        ).map(comment)
    }

    /// What a person said in any workspace, the oldest first.
    public static func list(by author: UserID, in transaction: any Transaction) throws -> [PostComment] {
        try transaction.query("SELECT \(columns) FROM post_comments WHERE author_id = $1 ORDER BY created_at, id", author).map(comment)
    }

    public static func list(
        _ ids: [PostCommentID], of organization: OrganizationID, in transaction: any Transaction
    ) throws -> [PostComment] {
        try transaction.query(
            "SELECT \(columns) FROM post_comments WHERE organization_id = $1 AND id \(transaction.dialect.isOne(of: "$2"))", organization,
            JSON.list(of: ids)
        ).map(comment)
    }

    public static func find(
        _ id: PostCommentID, of post: PostID, in organization: OrganizationID, in transaction: any Transaction
    ) throws -> PostComment? {
        try transaction.query(
            "SELECT \(columns) FROM post_comments WHERE id = $1 AND post_id = $2 AND organization_id = $3", id, post, organization
        ).first.map(comment)
    }

    public static func count(of post: PostID, in organization: OrganizationID, in transaction: any Transaction) throws -> Int {
        try transaction.query(
            "SELECT COUNT(*) AS count FROM post_comments WHERE organization_id = $1 AND post_id = $2", organization, post
        ).first?.int("count") ?? 0
    }

    public static func remove(_ id: PostCommentID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM post_comments WHERE id = $1 AND organization_id = $2", id, organization)
    }

    private static func comment(_ row: SQLRow) throws -> PostComment {
        PostComment(
            id: try row.id("id"), postId: try row.id("post_id"), kind: try row.status("kind"), text: try row.text("text"),
            authorId: try row.optionalID("author_id"), author: try row.text("author"),
            mentions: try row.json("mentions", as: [String].self).compactMap { UserID($0) },
            customer: try row.optionalText("customer"), byClient: try row.bool("by_client"), createdAt: try row.time("created_at"))
    }
}
