import Domain

/// The items of feeds and what became of each. A unique index keeps one row an item.
public enum FeedEntryRepository {
    private static let columns = "id, source_id, item, status, reason, post_id, seen_at"

    /// Leaves out what another process has noted meanwhile.
    public static func insert(_ entries: [FeedEntry], of organization: OrganizationID, in transaction: any Transaction) throws {
        for entry in entries {
            try transaction.execute(
                """
                INSERT INTO feed_entries (id, source_id, organization_id, item_key, link, title, published, item, status, reason, seen_at, last_seen_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) ON CONFLICT (source_id, item_key) DO NOTHING
                """, entry.id, entry.sourceId, organization, entry.item.key, entry.item.link, entry.item.title, entry.item.published,
                try JSON.text(entry.item), entry.status.rawValue, entry.reason, entry.seenAt)
        }
    }

    /// What a feed has shown so far.
    public static func known(of source: FeedSourceID, in transaction: any Transaction) throws -> [KnownFeedItem] {
        try transaction.query("SELECT item_key, link, title, published FROM feed_entries WHERE source_id = $1", source).map {
            KnownFeedItem(
                key: try $0.text("item_key"), link: try $0.optionalText("link"), title: try $0.text("title"),
                published: try $0.optionalTime("published"))
        }
    }

    /// Items that are still there are remembered as long as they are.
    public static func touch(
        _ keys: [String], of source: FeedSourceID, at now: Timestamp, unlessSince before: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE feed_entries SET last_seen_at = $3
            WHERE source_id = $1 AND last_seen_at <= $4 AND item_key \(transaction.dialect.isOne(of: "$2"))
            """, source, try JSON.text(keys), now, before)
    }

    /// Newest first; `before` continues after that one.
    public static func list(
        of source: FeedSourceID, in organization: OrganizationID, status: FeedEntry.Status?, before: FeedEntryID?, limit: Int,
        in transaction: any Transaction
    ) throws -> [FeedEntry] {
        try transaction.query(
            """
            SELECT \(columns) FROM feed_entries
            WHERE source_id = $1 AND organization_id = $2 AND (CAST($3 AS TEXT) IS NULL OR status = $3)
                AND (CAST($4 AS TEXT) IS NULL OR id < $4)
            ORDER BY id DESC LIMIT $5
            """, source, organization, status?.rawValue, before, limit
        ).map(entry)
    }

    public static func find(_ id: FeedEntryID, of organization: OrganizationID, in transaction: any Transaction) throws -> FeedEntry? {
        try transaction.query("SELECT \(columns) FROM feed_entries WHERE id = $1 AND organization_id = $2", id, organization).first.map(entry)
    }

    /// What is to be posted, in the order in which it came.
    public static func waiting(of source: FeedSourceID, limit: Int, in transaction: any Transaction) throws -> [FeedEntry] {
        try transaction.query(
            "SELECT \(columns) FROM feed_entries WHERE source_id = $1 AND status = 'WAITING' ORDER BY id LIMIT $2", source, limit
        ).map(entry)
    }

    public static func posted(of source: FeedSourceID, since time: Timestamp, in transaction: any Transaction) throws -> Int {
        try transaction.query(
            "SELECT COUNT(*) AS count FROM feed_entries WHERE source_id = $1 AND status = 'POSTED' AND posted_at > $2", source, time
        )[0].int("count")
    }

    /// In the transaction of the post that is made of it. False when it was posted, or decided about, meanwhile.
    public static func markPosted(
        _ entry: FeedEntry, as post: PostID, because reason: String?, at now: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE feed_entries SET status = 'POSTED', post_id = $3, reason = $4, posted_at = $5
            WHERE id = $1 AND status = $2 AND post_id IS NULL
            """, entry.id, entry.status.rawValue, post, reason, now) == 1
    }

    /// False when it is no longer as `entry` says.
    public static func mark(
        _ entry: FeedEntry, _ status: FeedEntry.Status, because reason: String?, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            "UPDATE feed_entries SET status = $3, reason = $4 WHERE id = $1 AND status = $2", entry.id, entry.status.rawValue, status.rawValue,
            reason) == 1
    }

    /// What waits for a person makes a post, or none. Returns how many it were.
    public static func decide(held source: FeedSourceID, areNew: Bool, in transaction: any Transaction) throws -> Int {
        try transaction.execute(
            "UPDATE feed_entries SET status = $2, reason = NULL WHERE source_id = $1 AND status = 'HELD'", source,
            (areNew ? FeedEntry.Status.waiting : .ignored).rawValue)
    }

    /// How many items of each feed wait for a person.
    public static func held(of organization: OrganizationID, in transaction: any Transaction) throws -> [FeedSourceID: Int] {
        let rows = try transaction.query(
            "SELECT source_id, COUNT(*) AS count FROM feed_entries WHERE organization_id = $1 AND status = 'HELD' GROUP BY source_id", organization)
        return Dictionary(try rows.map { (try $0.id("source_id"), try $0.int("count")) }) { first, _ in first }
    }

    /// What no feed has shown since `time` and nobody is asked about.
    public static func removeUnseen(since time: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM feed_entries WHERE last_seen_at < $1 AND status NOT IN ('HELD', 'WAITING')", time)
    }

    private static func entry(_ row: SQLRow) throws -> FeedEntry {
        FeedEntry(
            id: try row.id("id"), sourceId: try row.id("source_id"), item: try row.json("item"), status: try row.status("status"),
            reason: try row.optionalText("reason"), postId: try row.optionalID("post_id"), seenAt: try row.time("seen_at"))
    }
}
