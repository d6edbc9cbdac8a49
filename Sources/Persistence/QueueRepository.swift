import Domain

/// The order in which what is planned goes out.
public enum QueueRepository {
    /// The posts that wait on a channel, in the order of time, of which nothing has begun to go out anywhere.
    public static func planned(
        on channel: IntegrationID, of organization: OrganizationID, after now: Timestamp, limit: Int, in transaction: any Transaction
    ) throws -> [(id: PostID, at: Timestamp)] {
        try transaction.query(
            """
            SELECT o.id AS id, o.scheduled_for AS at FROM publications p JOIN posts o ON o.id = p.post_id
            WHERE p.integration_id = $1 AND p.organization_id = $2 AND p.due_at > $3 AND p.status IN ('DRAFT', 'SCHEDULED')
              AND o.scheduled_for = p.due_at AND o.deleted_at IS NULL AND o.status IN ('IN_REVIEW', 'SCHEDULED')
              AND NOT EXISTS (SELECT 1 FROM publications q WHERE q.post_id = o.id AND q.status NOT IN ('DRAFT', 'SCHEDULED', 'CANCELLED'))
            ORDER BY p.due_at, o.id LIMIT $4
            """, channel, organization, now, limit
        ).map { (try $0.id("id"), try $0.time("at")) }
    }

    /// Moves what is planned of a post with it; what it will be like at the new time is looked at anew. Returns how many publications are
    /// still to go out and were moved: one that a worker has taken meanwhile is not.
    public static func retime(
        _ post: PostID, from before: Timestamp, to after: Timestamp, now: Timestamp, in transaction: any Transaction
    ) throws -> Int {
        try transaction.execute(
            "UPDATE publications SET due_at = $3 WHERE post_id = $1 AND due_at = $2 AND status = 'CANCELLED'", post, before, after)
        return try transaction.execute(
            """
            UPDATE publications SET due_at = $3, checked_at = NULL, updated_at = $4
            WHERE post_id = $1 AND due_at = $2 AND status IN ('DRAFT', 'SCHEDULED')
            """, post, before, after, now)
    }
}
