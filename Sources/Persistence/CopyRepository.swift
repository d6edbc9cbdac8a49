import Domain

/// What a copy of a database knows of itself: that it is one, and since when. The world went on after it was made, so whatever opens a copy
/// first holds what may have gone out meanwhile.
public enum CopyRepository {
    private static let name = "copied-at"

    /// Marks a database as a copy from `time`; the earliest of several counts.
    static func mark(at time: Timestamp) -> String {
        "INSERT INTO instance_values (name, value) VALUES ('\(name)', '\(time.milliseconds)') ON CONFLICT (name) DO NOTHING"
    }

    /// When the copy was made that this database is, and that nobody has opened yet; nil when it is none.
    static func copiedAt(in transaction: any Transaction, lock: Bool = false) throws -> Timestamp? {
        try transaction.query(
            "SELECT value FROM instance_values WHERE name = $1\(lock ? transaction.dialect.forUpdate : "")", name
        ).first.flatMap {
            Int64(try $0.text("value")).map(Timestamp.init(milliseconds:))
        }
    }

    /// Holds for a person's decision what was under way when the copy was made and what became due since, keeps mail from going out again,
    /// ends sessions, and takes the mark away. Returns how many publications wait, or nil when the database is no fresh copy.
    public static func settle(now: Timestamp, in transaction: any Transaction) throws -> Int? {
        // Of processes that start together one does it; the others wait here.
        guard let copiedAt = try copiedAt(in: transaction, lock: true) else { return nil }
        let held = try transaction.query(
            """
            UPDATE publications SET status = 'UNCONFIRMED', next_attempt_at = NULL, lease_until = NULL, fence = fence + 1, updated_at = $1,
                   error_code = '\(PublicationError.restored)', error_kind = 'UNKNOWN_OUTCOME', error_answer = NULL, error_message = $2
            WHERE status IN ('QUEUED', 'PUBLISHING', 'PROCESSING', 'UNCONFIRMED')
               OR (status IN ('SCHEDULED', 'ON_HOLD') AND due_at <= $1)
            RETURNING post_id
            """, now,
            """
            The server was restored from a copy of \(copiedAt), so this may have gone out since. Look at the channel, then say that it is there \
            or send it.
            """)
        let posts = Set(try held.map { try $0.id("post_id", of: Post.self) })
        let list = Array(posts)
        for start in stride(from: 0, to: list.count, by: 1000) {
            try PublicationRepository.refreshPostStatus(Array(list[start..<min(start + 1000, list.count)]), now: now, in: transaction)
        }
        try transaction.execute("DELETE FROM jobs WHERE kind = 'publish'")
        try transaction.execute("UPDATE jobs SET lease_until = NULL WHERE lease_until IS NOT NULL")
        try transaction.execute(
            """
            UPDATE mail_outbox SET status = 'FAILED', next_attempt_at = NULL, last_error = 'Not sent again: the server was restored from a copy.'
            WHERE next_attempt_at IS NOT NULL
            """)
        for table in ["sessions", "password_resets", "connect_states", "oauth_codes"] { try transaction.execute("DELETE FROM \(table)") }
        try transaction.execute("DELETE FROM instance_values WHERE name = $1", name)
        return held.count
    }
}

/// Small values of the whole instance, by name.
public enum InstanceRepository {
    public static func value(_ name: String, in transaction: any Transaction) throws -> String? {
        try transaction.query("SELECT value FROM instance_values WHERE name = $1", name).first?.text("value")
    }

    public static func set(_ name: String, to value: String, in transaction: any Transaction) throws {
        try transaction.execute(
            "INSERT INTO instance_values (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
    }

    /// The installation's own name, made when it is first asked for. It moves with the database.
    public static func installation(in transaction: any Transaction) throws -> String {
        try transaction.execute(
            "INSERT INTO instance_values (name, value) VALUES ('installation', $1) ON CONFLICT (name) DO NOTHING", Identifier<Installation>())
        return try transaction.query("SELECT value FROM instance_values WHERE name = 'installation'")[0].text("value")
    }

    private enum Installation {}
}
