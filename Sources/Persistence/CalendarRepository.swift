import Domain

/// Posts by the cells of a calendar, each of which is a span of time. What is read does not depend on how many posts there are elsewhere.
public enum CalendarRepository {
    /// What a cell shows of a post.
    public struct Entry: Sendable, Equatable {
        public let id: PostID
        public let status: PostStatus
        public let at: Timestamp
        /// The beginning of the first part.
        public let text: String
        public let channels: [IntegrationID]
        /// The first file of the first part, where a small picture of it was made.
        public let picture: MediaID?
        /// On one of its channels it is on hold or unconfirmed.
        public let waits: Bool
        /// As things are, it would not go out.
        public let isAtRisk: Bool
        /// It belongs to a series.
        public let repeats: Bool
    }

    public struct Cell: Sendable, Equatable {
        /// How many posts it holds.
        public var count = 0
        /// The first of them.
        public var entries: [Entry] = []
    }

    /// For each of `cells` how many posts that fit `filter` have their time in it, and the first `limit` of them. Pages and order of the filter
    /// do not matter.
    public static func cells(
        _ cells: [Range<Timestamp>], showing limit: Int, filter: PostRepository.Filter, of organization: OrganizationID,
        in transaction: any Transaction
    ) throws -> [Cell] {
        guard !cells.isEmpty else { return [] }
        let (sql, parameters) = try statement(cells, showing: limit, filter: filter, of: organization, dialect: transaction.dialect)
        let rows = try transaction.query(sql, parameters)
        let channels: [[IntegrationID]] = try rows.jsonList("channels")
        var found = [Cell](repeating: Cell(), count: cells.count)
        for (row, channels) in zip(rows, channels) {
            let cell = try row.int("cell")
            found[cell].count = try row.int("held")
            found[cell].entries.append(
                Entry(
                    id: try row.id("id"), status: try row.status("status"), at: try row.time("scheduled_for"),
                    text: try row.optionalText("opening") ?? "", channels: channels, picture: try row.optionalID("picture"),
                    waits: try row.bool("waits"), isAtRisk: try row.bool("at_risk"), repeats: try row.bool("repeats")))
        }
        return found
    }

    static func statement(
        _ cells: [Range<Timestamp>], showing limit: Int, filter: PostRepository.Filter, of organization: OrganizationID, dialect: Dialect
    ) throws -> (sql: String, parameters: [SQLValue]) {
        var search = try PostRepository.Search(filter, of: organization, dialect: dialect)
        let spans = spans(cells) { search.bind($0) }
        // PostgreSQL may go through the posts first: then it must not leave the whole of the spans.
        if dialect == .postgres, let first = cells.map(\.lowerBound).min(), let last = cells.map(\.upperBound).max() {
            search.conditions.append("scheduled_for >= \(search.bind(first)) AND scheduled_for < \(search.bind(last))")
        }
        // CROSS JOIN tells SQLite to go from the spans to the index, which holds all that the inner statement needs. The limit tells PostgreSQL that
        // few are left: for as many as it would guess it reads all posts.
        let sql = """
            WITH spans(cell, starts, ends) AS (VALUES \(spans)),
            found AS (
                SELECT cell, posts.id AS id, COUNT(*) OVER (PARTITION BY cell) AS held,
                       ROW_NUMBER() OVER (PARTITION BY cell ORDER BY scheduled_for, posts.id) AS place
                FROM spans CROSS JOIN posts
                WHERE \(search.condition) AND scheduled_for IS NOT NULL AND scheduled_for >= starts AND scheduled_for < ends
            )
            SELECT found.cell, found.held, p.id, p.status, p.scheduled_for, p.channels,
                   SUBSTR(p.content -> 'parts' -> 0 ->> 'text', 1, 400) AS opening, media.id AS picture,
                   EXISTS (SELECT 1 FROM publications WHERE publications.post_id = p.id
                           AND publications.status IN ('ON_HOLD', 'UNCONFIRMED')) AS waits,
                   EXISTS (SELECT 1 FROM publications WHERE publications.post_id = p.id
                           AND publications.status = 'SCHEDULED' AND publications.preflight IS NOT NULL) AS at_risk,
                   (p.series_id IS NOT NULL) AS repeats
            FROM (SELECT * FROM found WHERE place <= \(search.bind(limit)) LIMIT \(cells.count * limit)) AS found JOIN posts p ON p.id = found.id
            LEFT JOIN media ON media.id = p.content -> 'parts' -> 0 -> 'mediaIds' ->> 0 AND media.has_thumbnail
            ORDER BY found.cell, found.place
            """
        return (sql, search.parameters)
    }

    /// For each of `cells` whether any post has its time in it.
    public static func areBusy(
        _ cells: [Range<Timestamp>], of organization: OrganizationID, in transaction: any Transaction
    ) throws -> [Bool] {
        guard !cells.isEmpty else { return [] }
        var search = try PostRepository.Search(PostRepository.Filter(), of: organization, dialect: transaction.dialect)
        let spans = spans(cells) { search.bind($0) }
        let rows = try transaction.query(
            """
            WITH spans(cell, starts, ends) AS (VALUES \(spans))
            SELECT cell FROM spans
            WHERE EXISTS (SELECT 1 FROM posts WHERE \(search.condition) AND scheduled_for IS NOT NULL
                          AND scheduled_for >= starts AND scheduled_for < ends)
            """, search.parameters)
        let busy = Set(try rows.map { try $0.int("cell") })
        return cells.indices.map(busy.contains)
    }

    private static func spans(_ cells: [Range<Timestamp>], bind: (Timestamp) -> String) -> String {
        cells.enumerated().map { index, span in
            "(\(index), CAST(\(bind(span.lowerBound)) AS BIGINT), CAST(\(bind(span.upperBound)) AS BIGINT))"
        }.joined(separator: ", ")
    }
}
