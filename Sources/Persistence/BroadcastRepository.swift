import Domain

/// A message between processes that is too large for a notification.
public enum StoredMessage: Sendable {}

/// PostgreSQL's notifications, and the messages that are too large for one.
public enum BroadcastRepository {
    /// Bytes. The server refuses 8,000 and more.
    public static let largestNotification = 7_500

    /// Everyone who listens to `channel` gets `payloads`, in order, when the transaction commits. Of equal ones only the first.
    public static func notify(_ payloads: [String], on channel: String, in transaction: any Transaction) throws {
        _ = try transaction.query(
            "SELECT pg_notify($1, value) FROM \(transaction.dialect.elements(of: "$2"))", channel, try JSON.text(payloads))
    }

    /// The commit returns before it is on disk.
    public static func doNotWaitForDisk(in transaction: any Transaction) throws {
        try transaction.execute("SET LOCAL synchronous_commit = off")
    }

    /// Keeps a message to be fetched with `find`, and forgets those from before `oldest`.
    public static func keep(
        _ payload: String, at now: Timestamp, forgetting oldest: Timestamp, in transaction: any Transaction
    ) throws -> Identifier<StoredMessage> {
        try transaction.execute("DELETE FROM broadcasts WHERE at < $1", oldest)
        let id = Identifier<StoredMessage>(at: now)
        try transaction.execute("INSERT INTO broadcasts (id, payload, at) VALUES ($1, $2, $3)", id, payload, now)
        return id
    }

    public static func find(_ id: Identifier<StoredMessage>, in transaction: any Transaction) throws -> String? {
        try transaction.query("SELECT payload FROM broadcasts WHERE id = $1", id).first?.text("payload")
    }
}
