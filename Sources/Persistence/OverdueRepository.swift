import Domain

/// That somebody was told that due posts do not go out: one mark for the instance.
public enum OverdueRepository {
    private static let mark = "overdue_told_at"

    /// False when it was noted before.
    public static func note(at now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "INSERT INTO instance_values (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", mark, String(now.milliseconds)) == 1
    }

    /// True when there was something to forget.
    public static func forget(in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM instance_values WHERE name = $1", mark) > 0
    }

    /// Since when it is known; nil when all is well.
    public static func noted(in transaction: any Transaction) throws -> Timestamp? {
        try transaction.query("SELECT value FROM instance_values WHERE name = $1", mark).first
            .flatMap { Int64(try $0.text("value")) }.map(Timestamp.init(milliseconds:))
    }

    /// The addresses of those who run the instance.
    public static func administrators(in transaction: any Transaction) throws -> [User] {
        try transaction.query("SELECT \(UserRepository.columns) FROM users u WHERE u.role = 'ADMIN' ORDER BY u.created_at, u.id")
            .map { try UserRepository.user($0) }
    }
}
