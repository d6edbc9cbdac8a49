import Domain

/// Posts that keep a wall time, for when the rules of their zone change.
public enum ReplanRepository {
    /// A post that is still a plan, with what its time was computed from.
    public struct Planned: Sendable {
        public let id: PostID
        public let organization: OrganizationID
        public let origin: Origin
        public let scheduledFor: Timestamp
        public let timeZone: String
        /// Nil when the version that planned it did not keep it.
        public let wallTime: WallTime?
        /// The edition of the zone database by which `scheduledFor` was computed.
        public let rules: String
    }

    /// Those after `now` whose time was computed by an edition no newer than `version`, in the trash or not, in the order of time.
    public static func planned(
        after now: Timestamp, upTo version: String, behind last: (scheduledFor: Timestamp, id: PostID)?, limit: Int,
        in transaction: any Transaction
    ) throws -> [Planned] {
        try transaction.query(
            """
            SELECT id, organization_id, origin, scheduled_for, time_zone, wall_time, zone_rules FROM posts
            WHERE zone_rules IS NOT NULL AND zone_rules <= $2 AND scheduled_for > $1 AND time_zone IS NOT NULL
              AND status IN ('DRAFT', 'IN_REVIEW', 'SCHEDULED', 'CANCELLED') AND (scheduled_for, id) > ($3, $4)
            ORDER BY scheduled_for, id LIMIT $5
            """, now, version, last?.scheduledFor ?? now, last?.id.text ?? "", limit
        ).map { row in
            Planned(
                id: try row.id("id"), organization: try row.id("organization_id"), origin: Origin(rawValue: try row.text("origin")) ?? .api,
                scheduledFor: try row.time("scheduled_for"), timeZone: try row.text("time_zone"),
                wallTime: try row.optionalText("wall_time").flatMap { WallTime($0) }, rules: try row.text("zone_rules"))
        }
    }

    /// Notes the wall time of a post and by which edition its instant was computed, and moves it there with what is planned of it. False when
    /// somebody moved or changed it since it was read: then nothing is changed. A nil wall time means that its instant was chosen.
    public static func move(
        _ post: Planned, to instant: Timestamp, wallTime: WallTime?, rules: String, at now: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        let moved = try transaction.execute(
            """
            UPDATE posts SET scheduled_for = $3, sort_at = $3, wall_time = $4, zone_rules = $5,
                             updated_at = CASE WHEN scheduled_for = $3 THEN updated_at ELSE $6 END
            WHERE id = $1 AND organization_id = $2 AND scheduled_for = $7 AND time_zone = $8 AND zone_rules = $9
              AND (wall_time = $10 OR (wall_time IS NULL AND CAST($10 AS TEXT) IS NULL))
              AND status IN ('DRAFT', 'IN_REVIEW', 'SCHEDULED', 'CANCELLED')
            """, post.id, post.organization, instant, wallTime?.description, wallTime == nil ? nil : rules, now, post.scheduledFor,
            post.timeZone, post.rules, post.wallTime?.description)
        guard moved == 1 else { return false }
        try transaction.execute(
            """
            UPDATE publications SET due_at = $2, updated_at = $4
            WHERE post_id = $1 AND due_at = $3 AND due_at <> $2 AND status IN ('DRAFT', 'SCHEDULED', 'ON_HOLD')
            """, post.id, instant, post.scheduledFor, now)
        try transaction.execute(
            "UPDATE publications SET due_at = $2 WHERE post_id = $1 AND due_at = $3 AND status = 'CANCELLED'", post.id, instant,
            post.scheduledFor)
        return true
    }
}
