import Domain

/// Accounts whose address nobody has shown to be theirs yet, and the links that do, by the hash of their token.
public enum ActivationRepository {
    /// From now on `user` has to show it.
    public static func require(of user: UserID, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE users SET awaits_activation = TRUE WHERE id = $1", user)
    }

    public static func isAwaited(of user: UserID, in transaction: any Transaction) throws -> Bool {
        try !transaction.query("SELECT 1 AS found FROM users WHERE id = $1 AND awaits_activation", user).isEmpty
    }

    /// False when it was active before.
    public static func activate(_ user: UserID, in transaction: any Transaction) throws -> Bool {
        try removeLinks(of: user, in: transaction)
        return try transaction.execute("UPDATE users SET awaits_activation = FALSE WHERE id = $1 AND awaits_activation", user) == 1
    }

    public static func insert(tokenHash: String, of user: UserID, until end: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("INSERT INTO activation_links (token_hash, user_id, expires_at) VALUES ($1, $2, $3)", tokenHash, user, end)
    }

    /// Uses the link up; nil when it was used before or has expired.
    public static func use(tokenHash: String, now: Timestamp, in transaction: any Transaction) throws -> UserID? {
        try transaction.query("DELETE FROM activation_links WHERE token_hash = $1 AND expires_at > $2 RETURNING user_id", tokenHash, now)
            .first.map { try $0.id("user_id") }
    }

    public static func removeLinks(of user: UserID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM activation_links WHERE user_id = $1", user)
    }

    public static func removeExpired(now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM activation_links WHERE expires_at <= $1", now)
    }
}
