import Domain

/// Series of recurring posts. Their posts name them.
public enum SeriesRepository {
    private static let columns = """
        id, organization_id, created_by, origin, content, channels, tags, rule, starts, time_zone, ends_before, excluded, plan, status,
        next_check_at, created_at, updated_at, revision, approved_at, approved_by
        """

    public static func insert(_ series: Series, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO series (\(columns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
            """, series.id, series.organizationId, series.createdBy, series.origin.rawValue, try JSON.text(series.content),
            try JSON.text(series.channels), try JSON.text(series.tags), series.rule, series.start.description, series.timeZone,
            series.endsBefore?.description, try JSON.text(series.excluded), series.plan.rawValue, series.status.rawValue, series.nextCheckAt,
            series.createdAt, series.updatedAt, series.revision, series.approvedAt, series.approvedBy)
    }

    public static func update(_ series: Series, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE series SET content = $3, channels = $4, tags = $5, rule = $6, starts = $7, time_zone = $8, ends_before = $9, excluded = $10,
                              plan = $11, status = $12, next_check_at = $13, updated_at = $14, approved_at = $15, approved_by = $16, revision = revision + 1
            WHERE id = $1 AND organization_id = $2
            """, series.id, series.organizationId, try JSON.text(series.content), try JSON.text(series.channels), try JSON.text(series.tags),
            series.rule, series.start.description, series.timeZone, series.endsBefore?.description, try JSON.text(series.excluded),
            series.plan.rawValue, series.status.rawValue, series.nextCheckAt, series.updatedAt, series.approvedAt, series.approvedBy)
    }

    /// Notes when it has to be looked at next, which is no change of it.
    public static func noteCheck(_ series: Series, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE series SET next_check_at = $3, status = $4 WHERE id = $1 AND organization_id = $2", series.id, series.organizationId,
            series.nextCheckAt, series.status.rawValue)
    }

    public static func find(
        _ id: SeriesID, of organization: OrganizationID, lock: Bool = false, in transaction: any Transaction
    ) throws -> Series? {
        try transaction.query(
            "SELECT \(columns) FROM series WHERE id = $1 AND organization_id = $2\(lock ? transaction.dialect.forUpdate : "")", id, organization
        ).first.map(series)
    }

    /// Newest first; those that have ended only when they are asked for.
    public static func list(
        of organization: OrganizationID, withEnded: Bool, limit: Int, in transaction: any Transaction
    ) throws -> [Series] {
        try transaction.query(
            """
            SELECT \(columns) FROM series WHERE organization_id = $1\(withEnded ? "" : " AND status <> 'ENDED'") ORDER BY id DESC LIMIT $2
            """, organization, limit
        ).map(series)
    }

    /// How many have not ended.
    public static func count(of organization: OrganizationID, in transaction: any Transaction) throws -> Int {
        try transaction.query("SELECT COUNT(*) AS count FROM series WHERE organization_id = $1 AND status <> 'ENDED'", organization)[0].int("count")
    }

    /// The rules of these series, to show beside their posts.
    public static func rules(
        of ids: Set<SeriesID>, in organization: OrganizationID, in transaction: any Transaction
    ) throws -> [SeriesID: String] {
        guard !ids.isEmpty else { return [:] }
        let rows = try transaction.query(
            "SELECT id, rule FROM series WHERE organization_id = $1 AND id \(transaction.dialect.isOne(of: "$2"))",
            organization, try JSON.text(ids.sorted()))
        return try Dictionary(uniqueKeysWithValues: rows.map { (try $0.id("id"), try $0.text("rule")) })
    }

    /// Those of which posts have to be made, the most urgent first.
    public static func due(at now: Timestamp, limit: Int, in transaction: any Transaction) throws -> [(id: SeriesID, organization: OrganizationID)] {
        try transaction.query(
            "SELECT id, organization_id FROM series WHERE status = 'ACTIVE' AND next_check_at <= $1 ORDER BY next_check_at LIMIT $2", now, limit
        ).map { (try $0.id("id"), try $0.id("organization_id")) }
    }

    /// One that could not be looked at waits until then.
    public static func postpone(_ id: SeriesID, until time: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE series SET next_check_at = $2 WHERE id = $1", id, time)
    }

    private static func series(_ row: SQLRow) throws -> Series {
        Series(
            id: try row.id("id"), organizationId: try row.id("organization_id"), createdBy: try row.optionalID("created_by"),
            origin: Origin(rawValue: try row.text("origin")) ?? .api, content: try row.json("content"), channels: try row.json("channels"),
            tags: try row.json("tags"), rule: try row.text("rule"), start: try wall(row.text("starts")), timeZone: try row.text("time_zone"),
            endsBefore: try row.optionalText("ends_before").map(wall), excluded: try row.json("excluded"), plan: try row.status("plan"),
            status: try row.status("status"), nextCheckAt: try row.optionalTime("next_check_at"),
            approvedAt: try row.optionalTime("approved_at"), approvedBy: try row.optionalID("approved_by"), createdAt: try row.time("created_at"),
            updatedAt: try row.time("updated_at"), revision: try row.int("revision"))
    }

    private static func wall(_ text: String) throws -> WallTime {
        guard let wall = WallTime(text) else { throw DatabaseError.failed("a series holds a time that cannot be read") }
        return wall
    }
}
