import Domain

/// What did not go out and needs a person.
public enum FailureMailRepository {
    public struct Failure: Sendable {
        public let publication: PublicationID
        public let organization: OrganizationID
        public let post: PostID
        public let author: UserID?
        public let platform: PlatformID
        public let channel: String
        public let dueAt: Timestamp?
        public let opening: String
        /// Nil where it is only not known whether the platform has it.
        public let error: String?
    }

    /// Those that failed, or are in doubt with nothing left to look up, since `start`, and of which nobody was told as they stand, the oldest first.
    public static func untold(since start: Timestamp, limit: Int, in transaction: any Transaction) throws -> [Failure] {
        try transaction.query(
            """
            SELECT p.id AS id, p.organization_id AS organization_id, p.post_id AS post_id, o.created_by AS author, i.platform AS platform,
                i.display_name AS channel, p.due_at AS due_at, SUBSTR(o.search_text, 1, 100) AS opening, p.error_message AS error
            FROM publications p JOIN posts o ON o.id = p.post_id JOIN integrations i ON i.id = p.integration_id
            WHERE p.status IN ('FAILED', 'UNCONFIRMED') AND (p.status = 'FAILED' OR p.next_attempt_at IS NULL) AND p.updated_at >= $1
              AND (p.told_at IS NULL OR p.told_at <> p.updated_at) AND o.deleted_at IS NULL
            ORDER BY p.updated_at, p.id LIMIT $2
            """, start, limit
        ).map { row in
            Failure(
                publication: try row.id("id"), organization: try row.id("organization_id"), post: try row.id("post_id"),
                author: try row.optionalID("author"), platform: PlatformID(rawValue: try row.text("platform")), channel: try row.text("channel"),
                dueAt: try row.optionalTime("due_at"), opening: try row.text("opening"), error: try row.optionalText("error"))
        }
    }

    /// False when somebody else tells of it. What counts is the change that is told, whatever clock it was stamped by.
    public static func claim(_ id: PublicationID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "UPDATE publications SET told_at = updated_at WHERE id = $1 AND (told_at IS NULL OR told_at <> updated_at)", id) == 1
    }
}
