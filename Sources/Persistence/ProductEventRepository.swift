import Domain

/// The log of what happened. Events stand in the order in which they were committed, by all processes.
public enum ProductEventRepository {
    /// An event with its place in the log.
    public struct Entry: Sendable {
        public let position: Int
        public let event: ProductEvent
    }

    public static func insert(_ events: [ProductEvent], in transaction: any Transaction) throws {
        // The row stays locked until the transaction ends: whoever reads up to a position has seen everything before it.
        let last = try transaction.query(
            "UPDATE event_positions SET last = last + $1 RETURNING last", events.count)[0].int("last")
        for (offset, event) in events.enumerated() {
            try transaction.execute(
                "INSERT INTO product_events (position, id, organization_id, type, at, data) VALUES ($1, $2, $3, $4, $5, $6)",
                last - (events.count - 1 - offset), event.id, event.organizationId, event.type.rawValue, event.at,
                try JSON.text(event.data))
        }
    }

    /// The first `limit` events behind `position` or since `time`; the last `limit` when neither is given. Oldest first. No types: all.
    public static func list(
        of organization: OrganizationID, after position: Int?, since time: Timestamp?, types: [EventType], limit: Int,
        in transaction: any Transaction
    ) throws -> [Entry] {
        let isTail = position == nil && time == nil
        let rows = try transaction.query(
            """
            SELECT position, id, organization_id, type, at, data FROM product_events
            WHERE organization_id = $1 AND position > $2 AND at >= $3
              AND (CAST($4 AS TEXT) IS NULL OR type \(transaction.dialect.isOne(of: "$4")))
            ORDER BY position \(isTail ? "DESC" : "ASC") LIMIT $5
            """, organization, position ?? 0, time ?? Timestamp(milliseconds: 0), types.isEmpty ? nil : try JSON.text(types), limit)
        let entries = try rows.map(entry)
        return isTail ? entries.reversed() : entries
    }

    static func entry(_ row: SQLRow) throws -> Entry {
        Entry(
            position: try row.int("position"),
            event: ProductEvent(
                try row.status("type"), organizationId: try row.id("organization_id"), at: try row.time("at"),
                data: try row.json("data"), id: try row.id("id")))
    }

    public static func removeOld(before time: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM product_events WHERE at < $1", time)
    }
}
