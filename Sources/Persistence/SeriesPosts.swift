import Domain

/// The posts of series, as far as series care.
public enum SeriesPosts {
    /// A post of a series, in the trash or not.
    public struct Entry: Sendable {
        public let id: PostID
        /// The day that the rule names for it.
        public let day: String
        public let isChanged: Bool
        public let status: PostStatus
        public let isDeleted: Bool
        public let scheduledFor: Timestamp?
        /// Nothing of it has begun to go out.
        public let isPending: Bool

        /// Nobody changed it, moved it, stopped it or deleted it, and it is still to come: it follows its series.
        public var follows: Bool { !isChanged && !isDeleted && isPending && (status.isProposal || status == .scheduled) }
    }

    /// Those from `day` on, by their day.
    public static func list(
        of series: SeriesID, from day: String = "", in organization: OrganizationID, in transaction: any Transaction
    ) throws -> [Entry] {
        try transaction.query(
            """
            SELECT id, series_day, series_changed, status, deleted_at, scheduled_for,
                   NOT EXISTS (SELECT 1 FROM publications WHERE publications.post_id = posts.id
                               AND publications.status NOT IN ('DRAFT', 'SCHEDULED', 'ON_HOLD', 'CANCELLED')) AS pending
            FROM posts WHERE series_id = $1 AND organization_id = $2 AND series_day >= $3 ORDER BY series_day
            """, series, organization, day
        ).map { row in
            Entry(
                id: try row.id("id"), day: try row.text("series_day"), isChanged: try row.bool("series_changed"), status: try row.status("status"),
                isDeleted: try row.optionalTime("deleted_at") != nil, scheduledFor: try row.optionalTime("scheduled_for"),
                isPending: try row.bool("pending"))
        }
    }

    /// Puts a post in its place.
    public static func place(_ post: PostID, at place: SeriesPlace?, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE posts SET series_id = $2, series_day = $3, series_changed = $4 WHERE id = $1", post, place?.id, place?.day,
            place?.isChanged ?? false)
    }

    /// Frees the days of posts that get others.
    public static func freeDays(of posts: [PostID], in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE posts SET series_day = NULL WHERE id \(transaction.dialect.isOne(of: "$1"))", try JSON.text(posts))
    }

    /// Gives those from `day` on to another series.
    public static func move(
        from series: SeriesID, to other: SeriesID, since day: String, in organization: OrganizationID, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            "UPDATE posts SET series_id = $2 WHERE series_id = $1 AND organization_id = $3 AND series_day >= $4", series, other, organization, day)
    }

    /// Removes posts of which there is nothing that their series does not hold.
    public static func delete(_ posts: [PostID], of organization: OrganizationID, in transaction: any Transaction) throws {
        guard !posts.isEmpty else { return }
        try transaction.execute(
            "DELETE FROM posts WHERE organization_id = $1 AND id \(transaction.dialect.isOne(of: "$2"))", organization,
            try JSON.text(posts))
    }
}
