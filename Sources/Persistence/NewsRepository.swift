import Domain

/// What happens in a workspace and may concern a person, and how far each has looked.
public enum NewsRepository {
    /// What may concern somebody. An index holds these alone: they are few among all that happens.
    public static let kinds: [EventType] = [
        .postInReview, .postCommented, .postUpdated, .postAtRisk, .postOverdue, .postPartiallyPublished, .postFailed, .integrationEnding,
        .integrationNeedsReconnect, .publishingPaused, .publishingResumed, .zoneRulesChanged, .webhookStopped, .memberJoined, .memberLeft,
    ]

    /// How far a member has looked.
    public struct Standing: Sendable, Equatable {
        /// The place in the log; nil for who was never here.
        public let position: Int?
        public let visitedAt: Timestamp?
        public let awaySince: Timestamp?
    }

    public static func standing(of user: UserID, in organization: OrganizationID, in transaction: any Transaction) throws -> Standing? {
        try transaction.query(
            "SELECT seen_position, visited_at, away_since FROM memberships WHERE user_id = $1 AND organization_id = $2", user, organization
        ).first.map { row in
            Standing(
                position: try row.optionalInt("seen_position"), visitedAt: try row.optionalTime("visited_at"),
                awaySince: try row.optionalTime("away_since"))
        }
    }

    /// Notes that a member is here. What happened before they ever were is no news to them.
    public static func noteVisit(
        of user: UserID, to organization: OrganizationID, at now: Timestamp, awaySince: Timestamp?, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE memberships SET visited_at = $3, away_since = $4,
                seen_position = COALESCE(seen_position, (SELECT last FROM event_positions))
            WHERE user_id = $1 AND organization_id = $2
            """, user, organization, now, awaySince)
    }

    /// Notes that a member has looked up to there; never less far than before.
    public static func noteSeen(
        _ position: Int, by user: UserID, in organization: OrganizationID, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE memberships SET seen_position = $3
            WHERE user_id = $1 AND organization_id = $2 AND (seen_position IS NULL OR seen_position < $3)
            """, user, organization, position)
    }

    public static func forgetAbsence(of user: UserID, from organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE memberships SET away_since = NULL WHERE user_id = $1 AND organization_id = $2", user, organization)
    }

    // MARK: What happened

    /// In SQL: news of the kinds `$3` for the person `$4`. Nobody is told of what they did themselves; a decision is told to the post's author
    /// alone; and a comment that was taken back is none.
    private static func isNews(_ dialect: Dialect) -> String {
        """
        type IN (\(kinds.map { "'\($0.rawValue)'" }.joined(separator: ", "))) AND type \(dialect.isOne(of: "$3"))
        AND COALESCE(data ->> 'by', data ->> 'userId', '') <> $4
        AND (type <> 'post_updated' OR data ->> 'author' = $4) AND (type <> 'post_commented' OR data ->> 'commentId' IS NOT NULL)
        """
    }

    static func counting(_ dialect: Dialect) -> String {
        """
        SELECT COUNT(*) AS count FROM (
            SELECT 1 AS one FROM product_events WHERE organization_id = $1 AND position > $2 AND \(isNews(dialect)) LIMIT $5
        ) AS found
        """
    }

    /// How many there are behind `position`, up to `most`.
    public static func count(
        after position: Int, _ types: [EventType], of organization: OrganizationID, for user: UserID, most: Int,
        in transaction: any Transaction
    ) throws -> Int {
        try transaction.query(counting(transaction.dialect), organization, position, try JSON.text(types), user, most).first?.int("count") ?? 0
    }

    /// The newest first: those before `position`, and not older than `time`.
    public static func list(
        before position: Int?, since time: Timestamp, _ types: [EventType], of organization: OrganizationID, for user: UserID, limit: Int,
        in transaction: any Transaction
    ) throws -> [ProductEventRepository.Entry] {
        try transaction.query(
            """
            SELECT position, id, organization_id, type, at, data FROM product_events
            WHERE organization_id = $1 AND position < $2 AND \(isNews(transaction.dialect)) AND at >= $5 ORDER BY position DESC LIMIT $6
            """, organization, position ?? Int.max, try JSON.text(types), user, time, limit
        ).map(ProductEventRepository.entry)
    }
}
