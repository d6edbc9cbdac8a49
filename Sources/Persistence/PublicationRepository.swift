import Domain

/// Publications: one row per post, channel and occurrence, which a unique index guarantees.
public enum PublicationRepository {
    static let columns = """
        id, organization_id, post_id, integration_id, occurrence, status, due_at, attempts, next_attempt_at, platform_post_id, url,
        published_at, removed_at, notes, preflight, error_code, error_message, error_kind, error_answer, updated_at
        """

    public static func insert(_ publication: Publication, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO publications (id, organization_id, post_id, integration_id, occurrence, status, due_at, attempts, fence, refreshed,
                                      updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, FALSE, $8)
            """,
            publication.id, publication.organizationId, publication.postId, publication.integrationId, publication.occurrence,
            publication.status.rawValue, publication.dueAt, publication.updatedAt)
    }

    /// The publications of a post, in the order in which they were made.
    public static func list(of post: PostID, in transaction: any Transaction) throws -> [Publication] {
        var found: [Publication] = []
        try transaction.forEach("SELECT \(columns) FROM publications WHERE post_id = $1 ORDER BY id", [post.sqlValue]) {
            found.append(try publication(&$0))
        }
        return found
    }

    /// The same of several posts; those without any are left out.
    public static func lists(of posts: [PostID], in transaction: any Transaction) throws -> [PostID: [Publication]] {
        guard !posts.isEmpty else { return [:] }
        var found: [PostID: [Publication]] = Dictionary(minimumCapacity: posts.count)
        // Not ordered by the database, which would copy each whole row into its sorter.
        let sql = "SELECT \(columns) FROM publications WHERE post_id \(transaction.dialect.isOne(of: "$1"))"
        try transaction.forEach(sql, [JSON.list(of: posts).sqlValue]) { row in
            let publication = try publication(&row)
            found[publication.postId, default: []].append(publication)
        }
        for (post, several) in found where several.count > 1 { found[post] = several.sorted { $0.id < $1.id } }
        return found
    }

    /// What waits to go out on a channel, from `start` on (nil: all of it): how much, and the first `limit` of it.
    public static func waiting(
        on channel: IntegrationID, from start: Timestamp?, limit: Int, in transaction: any Transaction
    ) throws -> (count: Int, first: [(post: PostID, dueAt: Timestamp?, content: PostContent)]) {
        let condition = """
            p.integration_id = $1 AND p.status IN ('SCHEDULED', 'ON_HOLD', 'QUEUED') AND (CAST($2 AS BIGINT) IS NULL OR p.due_at >= $2)
            """
        let rows = try transaction.query(
            """
            SELECT p.post_id AS post_id, p.due_at AS due_at, o.content AS content
            FROM publications p JOIN posts o ON o.id = p.post_id WHERE \(condition) ORDER BY p.due_at, p.post_id LIMIT $3
            """, channel, start, limit)
        let count = try transaction.query("SELECT COUNT(*) AS count FROM publications p WHERE \(condition)", channel, start)[0].int("count")
        return (count, try rows.map { (try $0.id("post_id"), try $0.optionalTime("due_at"), try $0.json("content")) })
    }

    /// Reads `columns` in their order.
    private static func publication(_ row: inout SQLCursor) throws -> Publication {
        Publication(
            id: try row.id(), organizationId: try row.id(), postId: try row.id(), integrationId: try row.id(), occurrence: try row.int(),
            status: try row.word(), dueAt: try row.optionalTime(), attempts: try row.int(), nextAttemptAt: try row.optionalTime(),
            platformPostId: row.optionalText(), url: row.optionalText(), publishedAt: try row.optionalTime(), removedAt: try row.optionalTime(),
            notes: try row.optionalJSON { try $0.array { try $0.string() } } ?? [],
            problems: try row.optionalText().map { try JSON.decode(from: $0) } ?? [], error: try error(&row), updatedAt: try row.time())
    }

    private static func error(_ row: inout SQLCursor) throws -> PublicationError? {
        let (code, message, kind, answer) = (row.optionalText(), row.optionalText(), row.optionalText(), row.optionalText())
        guard let code else { return nil }
        guard let kind = kind.flatMap(PublishingErrorKind.init) else { throw DatabaseError.failed("column error_kind holds an unknown status") }
        return PublicationError(code: code, message: message ?? "", kind: kind, platformAnswer: answer)
    }

    static func publication(_ row: SQLRow) throws -> Publication {
        var error: PublicationError?
        if let code = try row.optionalText("error_code") {
            error = PublicationError(
                code: code, message: try row.optionalText("error_message") ?? "", kind: try row.status("error_kind"),
                platformAnswer: try row.optionalText("error_answer"))
        }
        return Publication(
            id: try row.id("id"), organizationId: try row.id("organization_id"), postId: try row.id("post_id"),
            integrationId: try row.id("integration_id"), occurrence: try row.int("occurrence"), status: try row.status("status"),
            dueAt: try row.optionalTime("due_at"), attempts: try row.int("attempts"), nextAttemptAt: try row.optionalTime("next_attempt_at"),
            platformPostId: try row.optionalText("platform_post_id"), url: try row.optionalText("url"),
            publishedAt: try row.optionalTime("published_at"),
            removedAt: try row.optionalTime("removed_at"), notes: try row.optionalJSON("notes") ?? [],
            problems: try row.optionalJSON("preflight") ?? [], error: error, updatedAt: try row.time("updated_at"))
    }

    /// Takes away a post's publications that have not begun, before new ones are planned.
    public static func removePending(
        of post: PostID, besides kept: Set<IntegrationID> = [], in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            DELETE FROM publications WHERE post_id = $1 AND status IN ('DRAFT', 'SCHEDULED', 'ON_HOLD', 'CANCELLED', 'FAILED')
            AND integration_id NOT IN (SELECT value FROM \(transaction.dialect.elements(of: "$2")))
            """, post, try JSON.text(kept.sorted()))
    }

    /// Moves publications of a post, on `channels` or all, from any of `statuses` to `status`; returns those it moved. Errors and waiting
    /// times are forgotten.
    public static func move(
        of post: PostID, only publication: PublicationID? = nil, on channels: [IntegrationID]? = nil, from statuses: [PublicationStatus],
        to status: PublicationStatus, dueAt: Timestamp?, now: Timestamp, in transaction: any Transaction
    ) throws -> [PublicationID] {
        let words = statuses.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try transaction.query(
            """
            UPDATE publications SET status = $3, due_at = COALESCE($4, due_at), attempts = 0, next_attempt_at = NULL, first_attempt_at = NULL,
                   refreshed = FALSE, removed_at = NULL, notes = NULL, error_code = NULL, error_message = NULL, error_kind = NULL, error_answer = NULL,
                   updated_at = $5
            WHERE post_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id = $2) AND status IN (\(words))
              AND (CAST($6 AS TEXT) IS NULL OR integration_id \(transaction.dialect.isOne(of: "$6")))
            RETURNING id
            """, post, publication, status.rawValue, dueAt, now, try channels.map(JSON.text)
        ).map { try $0.id("id") }
    }

    /// Notes that a person has found a publication at its platform that nobody here knows the end of. False when it is not in doubt.
    public static func markFound(
        _ publication: PublicationID, of post: PostID, platformPostId: String?, url: String?, now: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE publications SET status = 'PUBLISHED', platform_post_id = $3, url = $4, published_at = COALESCE(due_at, $5), updated_at = $5,
                   error_code = NULL, error_message = NULL, error_kind = NULL, error_answer = NULL
            WHERE id = $1 AND post_id = $2 AND status = 'UNCONFIRMED'
            """, publication, post, platformPostId, url, now) == 1
    }

    /// Notes that nothing of a publication is public any more. One that was out stays known as published; what had not all gone out is
    /// cancelled, and would begin anew. Changes nothing when the publication has moved on meanwhile.
    public static func markRemoved(_ publication: Publication, at now: Timestamp, in transaction: any Transaction) throws {
        let marked = try transaction.execute(
            """
            UPDATE publications SET removed_at = $3, updated_at = $3,
                   status = CASE WHEN status = 'PUBLISHED' THEN status ELSE 'CANCELLED' END
            WHERE id = $1 AND status = $2
            """, publication.id, publication.status.rawValue, now)
        guard marked == 1 else { return }
        try transaction.execute("DELETE FROM publication_steps WHERE publication_id = $1", publication.id)
    }

    /// Adds what the platform did with a published post since, unless that is told already.
    public static func note(_ text: String, on publication: PublicationID, of organization: OrganizationID, in transaction: any Transaction) throws {
        let row = try transaction.query(
            "SELECT notes FROM publications WHERE id = $1 AND organization_id = $2", publication, organization
        ).first
        guard let row else { return }
        let notes: [String] = try row.optionalJSON("notes") ?? []
        guard !notes.contains(text) else { return }
        try transaction.execute(
            "UPDATE publications SET notes = $3 WHERE id = $1 AND organization_id = $2", publication, organization, try JSON.text(notes + [text]))
    }

    /// Sets each post's status to what its publications say; returns those of posts that are not in the trash. Locks the posts first, so that the
    /// last of several workers sees all results.
    @discardableResult
    public static func refreshPostStatus(
        _ posts: [PostID], now: Timestamp, in transaction: any Transaction
    ) throws -> [PostID: PostStatus] {
        guard !posts.isEmpty else { return [:] }
        // Nearly always one, and then what lists cost is not worth it.
        let areThese = posts.count == 1 ? "= $1" : transaction.dialect.isOne(of: "$1")
        let ids = posts.count == 1 ? posts[0].text : JSON.list(of: posts)
        if transaction.dialect == .postgres { try transaction.send("SELECT id FROM posts WHERE id \(areThese) ORDER BY id FOR UPDATE", ids) }
        let rows = try transaction.query(
            """
            SELECT o.id AS id, o.status AS status, o.deleted_at AS deleted_at, p.status AS publication_status
            FROM posts o LEFT JOIN publications p ON p.post_id = o.id WHERE o.id \(areThese)
            """, ids)
        var refreshed: [PostID: PostStatus] = [:]
        for (id, rows) in Dictionary(grouping: rows, by: { $0.values[0] }) {
            let row = rows[0]
            let before: PostStatus = try row.status("status")
            let statuses: [PublicationStatus] = try rows.compactMap {
                try $0.optionalText("publication_status") == nil ? nil : try $0.status("publication_status")
            }
            let after = PostStatus.derived(from: statuses, fallback: before)
            if try row.optionalTime("deleted_at") == nil { refreshed[try row.id("id")] = after }
            guard after != before else { continue }
            try transaction.send("UPDATE posts SET status = $1, updated_at = $2 WHERE id = $3", [after.rawValue.sqlValue, now.sqlValue, id])
        }
        return refreshed
    }

    /// The times at which a channel already has something planned, or waiting for approval, from `start` until `end`.
    public static func plannedTimes(
        of integration: IntegrationID, from start: Timestamp, until end: Timestamp, in transaction: any Transaction
    ) throws -> Set<Timestamp> {
        Set(try transaction.query(plannedTimes, integration, start, end).map { try $0.time("due_at") })
    }

    static let plannedTimes = """
        SELECT due_at FROM publications
        WHERE integration_id = $1 AND due_at >= $2 AND due_at <= $3
          AND status IN ('SCHEDULED', 'ON_HOLD', 'QUEUED', 'PUBLISHING', 'DRAFT')
          AND (status <> 'DRAFT' OR EXISTS (SELECT 1 FROM posts WHERE posts.id = publications.post_id
                                            AND posts.status = 'IN_REVIEW' AND posts.deleted_at IS NULL))
        """

    /// A publication that waits to go out, with what it says.
    public struct Waiting: Sendable {
        public let publication: Publication
        public let postStatus: PostStatus
        public let content: PostContent
    }

    /// What goes out, or waits for approval to go out, before `end`, in the order of time.
    public static func waiting(
        of organization: OrganizationID, since start: Timestamp, before end: Timestamp, limit: Int, in transaction: any Transaction
    ) throws -> [Waiting] {
        // Found through the posts' own order: a channel may hold a hundred thousand plans beyond `end`.
        let columns = columns.split(separator: ",").map { "p.\($0.filter { !$0.isWhitespace })" }.joined(separator: ", ")
        return try transaction.query(
            """
            SELECT \(columns), o.status AS post_status, o.content AS content
            FROM posts o JOIN publications p ON p.post_id = o.id
            WHERE o.organization_id = $1 AND o.deleted_at IS NULL AND o.sort_at >= $2 AND o.sort_at < $3 AND p.due_at < $3
              AND (p.status IN ('SCHEDULED', 'ON_HOLD', 'QUEUED', 'PUBLISHING') OR (p.status = 'DRAFT' AND o.status = 'IN_REVIEW'))
            ORDER BY p.due_at, p.id LIMIT $4
            """, organization, start, end, limit
        ).map { row in
            Waiting(publication: try publication(row), postStatus: try row.status("post_status"), content: try row.json("content"))
        }
    }
}
