import Domain
import Foundation

/// Posts with their tags and media. Deleted posts stay (in the trash) but are found only by `restore`.
public enum PostRepository {
    static let columns = """
        id, organization_id, created_by, origin, content, channels, status, scheduled_for, time_zone, wall_time, zone_rules, created_at,
        updated_at, revision, deleted_at, series_id, series_day, series_changed
        """

    /// `creationKey` names the request that made the post, so that its repetition finds it.
    public static func insert(_ post: Post, creationKey: String? = nil, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO posts (id, organization_id, created_by, origin, status, content, channels, search_text, scheduled_for, time_zone,
                               sort_at, created_at, updated_at, revision, creation_key, wall_time, zone_rules, series_id, series_day)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
            """,
            post.id, post.organizationId, post.createdBy, post.origin.rawValue, post.status.rawValue, try JSON.text(post.content),
            try JSON.text(post.channels), searchText(post), post.scheduledFor, post.timeZone, sortAt(post), post.createdAt, post.updatedAt,
            post.revision, creationKey, post.wallTime?.description, post.zoneRules, post.series?.id, post.series?.day)
        try saveLinks(post, in: transaction)
    }

    /// The post that a request made since `earliest`. An older one gives its key up: the request may be made anew.
    public static func made(
        by creationKey: String, since earliest: Timestamp, in transaction: any Transaction
    ) throws -> PostID? {
        try transaction.execute(
            "UPDATE posts SET creation_key = NULL WHERE creation_key = $1 AND created_at < $2", creationKey, earliest)
        return try transaction.query("SELECT id FROM posts WHERE creation_key = $1", creationKey).first?.id("id")
    }

    /// The request by which a post was replaced last, as `update` was told it.
    public static func changeKey(
        of id: PostID, in organization: OrganizationID, in transaction: any Transaction
    ) throws -> String? {
        try transaction.query(
            "SELECT change_key FROM posts WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL", id, organization
        ).first?.optionalText("change_key")
    }

    /// Stores everything that may change. False when somebody changed the post since `revision` was read. `changeKey` names the request, so
    /// that its repetition finds that it was done.
    public static func update(
        _ post: Post, basedOn revision: Int, changeKey: String? = nil, in transaction: any Transaction
    ) throws -> Bool {
        let changed = try transaction.execute(
            """
            UPDATE posts SET status = $3, content = $4, channels = $5, search_text = $6, scheduled_for = $7, time_zone = $8, sort_at = $9,
                             updated_at = $10, revision = revision + 1, wall_time = $12, zone_rules = $13, change_key = $14
            WHERE id = $1 AND organization_id = $2 AND revision = $11 AND deleted_at IS NULL
            """,
            post.id, post.organizationId, post.status.rawValue, try JSON.text(post.content), try JSON.text(post.channels), searchText(post),
            post.scheduledFor, post.timeZone, sortAt(post), post.updatedAt, revision, post.wallTime?.description, post.zoneRules,
            changeKey)
        guard changed == 1 else { return false }
        try transaction.execute("DELETE FROM post_tags WHERE post_id = $1", post.id)
        try transaction.execute("DELETE FROM post_media WHERE post_id = $1", post.id)
        try saveLinks(post, in: transaction)
        return true
    }

    /// Notes that something which goes out with these posts was changed elsewhere: whoever read them before has to read them again.
    public static func revise(_ posts: [PostID], now: Timestamp, in transaction: any Transaction) throws {
        guard !posts.isEmpty else { return }
        try transaction.execute(
            """
            UPDATE posts SET revision = revision + 1, updated_at = $2
            WHERE id \(transaction.dialect.isOne(of: "$1"))
            """, try JSON.text(posts), now)
    }

    private static func saveLinks(_ post: Post, in transaction: any Transaction) throws {
        for tag in post.tags {
            try transaction.execute(
                "INSERT INTO post_tags (post_id, organization_id, tag) VALUES ($1, $2, $3)", post.id, post.organizationId, tag)
        }
        for media in post.content.mediaIds.sorted() {
            try transaction.execute("INSERT INTO post_media (post_id, media_id) VALUES ($1, $2)", post.id, media)
        }
    }

    private static func searchText(_ post: Post) -> String {
        (post.content.parts + post.content.versions.values.joined()).map(\.text).joined(separator: "\n").precomposedStringWithCanonicalMapping
    }

    private static func sortAt(_ post: Post) -> Timestamp { post.scheduledFor ?? post.createdAt }

    public static func find(
        _ id: PostID, of organization: OrganizationID, lock: Bool = false, in transaction: any Transaction
    ) throws -> Post? {
        let lock = lock ? transaction.dialect.forUpdate : ""
        return try posts(
            "SELECT \(columns), sort_at FROM posts WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL\(lock)",
            [id.sqlValue, organization.sqlValue], in: transaction
        ).first?.post
    }

    /// What a list of posts is narrowed to; nil and empty mean everything.
    public struct Filter: Sendable {
        public var statuses: [PostStatus] = []
        public var platform: PlatformID?
        public var integration: IntegrationID?
        /// Any of these channels; nil means all.
        public var integrations: [IntegrationID]?
        public var origin: Origin?
        public var tag: String?
        public var text: String?
        public var from: Timestamp?
        public var to: Timestamp?
        /// What was deleted and may come back, by when that was, instead of what is there by its time.
        public var inTrash = false
        public var newestFirst = true
        /// The last post of the page before.
        public var after: (sortAt: Timestamp, id: PostID)?
        public var limit = 50

        public init() {}
    }

    /// Posts in the order of their time, with the position of each for the next page's `after`.
    public static func list(
        _ filter: Filter, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> [(post: Post, sortAt: Timestamp)] {
        let (sql, parameters) = try list(filter, of: organization, dialect: transaction.dialect)
        let found = try posts(sql, parameters, in: transaction)
        return filter.inTrash ? found.map { ($0.post, $0.post.deletedAt ?? $0.sortAt) } : found
    }

    static func list(
        _ filter: Filter, of organization: OrganizationID, dialect: Dialect
    ) throws -> (sql: String, parameters: [SQLValue]) {
        var anyStatus = filter
        anyStatus.statuses = []
        var search = try Search(anyStatus, of: organization, dialect: dialect)
        let order = filter.inTrash ? "deleted_at" : "sort_at"
        if let after = filter.after {
            search.conditions.append("(\(order), id) \(filter.newestFirst ? "<" : ">") (\(search.bind(after.sortAt)), \(search.bind(after.id)))")
        }
        let direction = filter.newestFirst ? "DESC" : "ASC"
        let end = "ORDER BY \(order) \(direction), id \(direction) LIMIT \(search.bind(filter.limit))"
        let all = "SELECT \(columns), sort_at FROM posts WHERE \(search.condition)"
        guard !filter.statuses.isEmpty else { return ("\(all) \(end)", search.parameters) }
        // Each status by itself, in the order of its index: a few among very many are found without reading all.
        let parts = Set(filter.statuses.map(\.rawValue)).sorted().map { status in
            "SELECT * FROM (\(all) AND status = \(search.bind(status)) \(end)) AS one"
        }
        return ("SELECT * FROM (\(parts.joined(separator: " UNION ALL "))) AS several \(end)", search.parameters)
    }

    /// Posts of a workspace in the order of their ids, after `id`; those of `author` alone where one is given.
    public static func list(
        of organization: OrganizationID, by author: UserID?, after id: PostID?, limit: Int, in transaction: any Transaction
    ) throws -> [Post] {
        try posts(
            """
            SELECT \(columns), sort_at FROM posts
            WHERE organization_id = $1 AND deleted_at IS NULL AND (CAST($2 AS TEXT) IS NULL OR created_by = $2)
              AND (CAST($3 AS TEXT) IS NULL OR id > $3) ORDER BY id LIMIT $4
            """, [organization.sqlValue, author.sqlValue, id.sqlValue, limit.sqlValue], in: transaction
        ).map(\.post)
    }

    /// How many posts a list would hold in all, counted up to `most` where that is given.
    public static func count(
        _ filter: Filter, upTo most: Int? = nil, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> Int {
        var search = try Search(filter, of: organization, dialect: transaction.dialect)
        var sql = "SELECT COUNT(*) AS count FROM posts WHERE \(search.condition)"
        if let most { sql = "SELECT COUNT(*) AS count FROM (SELECT 1 FROM posts WHERE \(search.condition) LIMIT \(search.bind(most))) AS found" }
        return try transaction.query(sql, search.parameters)[0].int("count")
    }

    /// How many posts there are in each of these statuses; those without any are left out.
    public static func counts(
        of statuses: [PostStatus], of organization: OrganizationID, in transaction: any Transaction
    ) throws -> [PostStatus: Int] {
        let rows = try transaction.query(counts(of: statuses), organization)
        return try Dictionary(uniqueKeysWithValues: rows.map { (try $0.status("status"), try $0.int("count")) })
    }

    static func counts(of statuses: [PostStatus]) -> String {
        let words = statuses.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return """
            SELECT status, COUNT(*) AS count FROM posts WHERE organization_id = $1 AND deleted_at IS NULL AND status IN (\(words))
            GROUP BY status
            """
    }

    /// How many posts there are in each status, counted up to `most`.
    public static func counts(upTo most: Int, of organization: OrganizationID, in transaction: any Transaction) throws -> [PostStatus: Int] {
        let parts = PostStatus.allCases.map { status in
            """
            SELECT '\(status.rawValue)' AS status, COUNT(*) AS count FROM (
                SELECT 1 FROM posts WHERE organization_id = $1 AND deleted_at IS NULL AND status = '\(status.rawValue)' LIMIT $2) AS one
            """
        }
        let rows = try transaction.query(parts.joined(separator: " UNION ALL "), organization, most)
        return try Dictionary(uniqueKeysWithValues: rows.map { (try $0.status("status"), try $0.int("count")) })
    }

    /// The beginnings of posts, in the trash or not, to name them by.
    public static func openings(
        of posts: [PostID], of organization: OrganizationID, in transaction: any Transaction
    ) throws -> [PostID: String] {
        let rows = try transaction.query(
            """
            SELECT id, SUBSTR(search_text, 1, 100) AS opening FROM posts
            WHERE organization_id = $1 AND id \(transaction.dialect.isOne(of: "$2"))
            """, organization, try JSON.text(posts))
        return try Dictionary(uniqueKeysWithValues: rows.map { (try $0.id("id"), try $0.text("opening")) })
    }

    /// The posts of a statement that selects `columns` and `sort_at`.
    private static func posts(
        _ sql: String, _ parameters: [SQLValue], in transaction: any Transaction
    ) throws -> [(post: Post, sortAt: Timestamp)] {
        var found: [(post: Post, sortAt: Timestamp)] = []
        found.reserveCapacity(64)  // A page: posts are large, and moving them each time it grows costs more than reading some.
        try transaction.forEach(sql, parameters) { row in found.append((try post(&row), try row.time())) }
        guard !found.isEmpty else { return [] }
        let places = Dictionary(uniqueKeysWithValues: found.enumerated().map { ($1.post.id, $0) })
        try transaction.forEach(
            "SELECT post_id, tag FROM post_tags WHERE post_id \(transaction.dialect.isOne(of: "$1")) ORDER BY tag",
            [JSON.list(of: found.lazy.map(\.post.id)).sqlValue]
        ) { row in
            guard let place = places[try row.id()] else { return }
            found[place].post.tags.append(try row.text())
        }
        return found
    }

    /// Without its tags. Reads `columns` in their order.
    private static func post(_ row: inout SQLCursor) throws -> Post {
        Post(
            id: try row.id(), organizationId: try row.id(), createdBy: try row.optionalID(), origin: Origin(rawValue: try row.text()) ?? .api,
            content: try row.json { try PostContent(reading: &$0) }, channels: try row.json { try $0.array { try $0.id() } },
            status: try row.word(), scheduledFor: try row.optionalTime(), timeZone: row.optionalText(),
            wallTime: row.optionalText().flatMap { WallTime($0) }, zoneRules: row.optionalText(), tags: [], createdAt: try row.time(),
            updatedAt: try row.time(), revision: try row.int(), deletedAt: try row.optionalTime(), series: try place(&row))
    }

    private static func place(_ row: inout SQLCursor) throws -> SeriesPlace? {
        let (id, day, isChanged): (SeriesID?, String?, Bool) = (try row.optionalID(), row.optionalText(), try row.bool())
        return id.map { SeriesPlace(id: $0, day: day ?? "", isChanged: isChanged) }
    }

    /// Moves a post to the trash. False when there is none.
    public static func trash(_ id: PostID, of organization: OrganizationID, at now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "UPDATE posts SET deleted_at = $3, updated_at = $3 WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL", id,
            organization, now) == 1
    }

    /// Takes a post out of the trash; returns since when it was there, nil when it is not.
    public static func restore(
        _ id: PostID, of organization: OrganizationID, at now: Timestamp, in transaction: any Transaction
    ) throws -> Timestamp? {
        let rows = try transaction.query(
            "SELECT deleted_at FROM posts WHERE id = $1 AND organization_id = $2 AND deleted_at IS NOT NULL\(transaction.dialect.forUpdate)", id,
            organization)
        guard let deletedAt = try rows.first?.time("deleted_at") else { return nil }
        try transaction.execute("UPDATE posts SET deleted_at = NULL, updated_at = $2 WHERE id = $1", id, now)
        return deletedAt
    }

    /// The tags of these posts; those without any are left out.
    public static func tags(of posts: [PostID], in organization: OrganizationID, in transaction: any Transaction) throws -> [PostID: [String]] {
        let rows = try transaction.query(
            """
            SELECT post_id, tag FROM post_tags
            WHERE organization_id = $1 AND post_id \(transaction.dialect.isOne(of: "$2")) ORDER BY tag
            """, organization, try JSON.text(posts))
        return Dictionary(grouping: try rows.map { (post: try $0.id("post_id", of: Post.self), tag: try $0.text("tag")) }, by: \.post)
            .mapValues { $0.map(\.tag) }
    }

    public static func tags(of organization: OrganizationID, in transaction: any Transaction) throws -> [String] {
        // From tag to tag through the index: a few tags on very many posts are found without reading all.
        try transaction.query(
            """
            WITH RECURSIVE known(tag) AS (
                SELECT MIN(tag) FROM post_tags WHERE organization_id = $1
                UNION ALL
                SELECT (SELECT MIN(tag) FROM post_tags WHERE organization_id = $1 AND tag > known.tag) FROM known WHERE known.tag IS NOT NULL
            )
            SELECT tag FROM known WHERE tag IS NOT NULL ORDER BY tag
            """, organization
        ).map { try $0.text("tag") }
    }
}

extension SQLRow {
    /// A status column; a word this program does not know is an error, not a default.
    func status<Status: RawRepresentable>(_ column: String) throws -> Status where Status.RawValue == String {
        guard let status = Status(rawValue: try text(column)) else { throw DatabaseError.failed("column \(column) holds an unknown status") }
        return status
    }
}
