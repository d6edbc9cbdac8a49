import Domain

/// What happened to posts in review and was not told by mail yet.
public enum ReviewNoticeRepository {
    public enum Kind: String, Sendable, CaseIterable {
        case waiting = "WAITING"
        case approved = "APPROVED"
        case sentBack = "SENT_BACK"
    }

    public struct Notice: Sendable {
        public let organization: OrganizationID
        public let post: PostID
        public let kind: Kind
        /// Who did it.
        public let by: UserID?
        public let author: UserID?
        public let dueAt: Timestamp?
        public let revision: Int
        /// Whether the workspace opens only with a second factor.
        public let needsSecondFactor: Bool
        /// What was said to the author with it.
        public let note: String?
        public let opening: String
        public let status: PostStatus
        /// Whether the post is in the trash.
        public let isGone: Bool
    }

    public static func insert(
        _ kind: Kind, _ post: PostID, of organization: OrganizationID, by user: UserID?, saying note: PostCommentID? = nil, at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        try transaction.execute(
            "INSERT INTO review_notices (id, organization_id, post_id, kind, made_by, comment_id) VALUES ($1, $2, $3, $4, $5, $6)",
            Identifier<Notice>(at: now), organization, post, kind.rawValue, user, note)
    }

    /// Takes at most `limit` of them away, the oldest first: whoever takes them tells them.
    public static func take(limit: Int, in transaction: any Transaction) throws -> [Notice] {
        let rows = try transaction.query(
            """
            SELECT n.id AS id, n.organization_id AS organization_id, n.post_id AS post_id, n.kind AS kind, n.made_by AS made_by,
                   o.created_by AS author, o.scheduled_for AS due_at, o.revision AS revision, g.needs_second_factor AS needs_second_factor, c.text AS note, SUBSTR(o.search_text, 1, 100) AS opening, o.status AS status,
                   CASE WHEN o.deleted_at IS NULL THEN FALSE ELSE TRUE END AS is_gone
            FROM review_notices n JOIN posts o ON o.id = n.post_id JOIN organizations g ON g.id = n.organization_id
                 LEFT JOIN post_comments c ON c.id = n.comment_id ORDER BY n.id LIMIT $1
            """, limit)
        return try rows.compactMap { row in
            let id: Identifier<Notice> = try row.id("id")
            guard try transaction.execute("DELETE FROM review_notices WHERE id = $1", id) == 1 else { return nil }
            return Notice(
                organization: try row.id("organization_id"), post: try row.id("post_id"), kind: try row.status("kind"),
                by: try row.optionalID("made_by"), author: try row.optionalID("author"), dueAt: try row.optionalTime("due_at"),
                revision: try row.int("revision"), needsSecondFactor: try row.bool("needs_second_factor"), note: try row.optionalText("note"),
                opening: try row.text("opening"), status: try row.status("status"), isGone: try row.bool("is_gone"))
        }
    }
}
