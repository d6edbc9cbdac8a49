import Domain

/// Accounts elsewhere by which people sign in. They belong to a person, whichever workspace it is in.
public enum IdentityRepository {
    private static let columns = "id, provider, email, created_at, last_used_at"

    /// Throws `DatabaseError.uniqueViolation` when it belongs to somebody already.
    public static func insert(
        _ identity: LinkedIdentity, issuer: String, subject: String, of user: UserID, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO identities (id, user_id, issuer, subject, provider, email, created_at, last_used_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """, identity.id, user, issuer, subject, identity.provider, identity.email, identity.createdAt, identity.lastUsedAt)
    }

    /// Whose it is; nil when nobody has connected it.
    public static func user(issuer: String, subject: String, in transaction: any Transaction) throws -> UserID? {
        try transaction.query("SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2", issuer, subject).first.map { try $0.id("user_id") }
    }

    public static func noteUse(
        issuer: String, subject: String, provider: String, email: String?, at now: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            "UPDATE identities SET provider = $3, email = $4, last_used_at = $5 WHERE issuer = $1 AND subject = $2", issuer, subject, provider,
            email, now)
    }

    /// The oldest first.
    public static func list(of user: UserID, in transaction: any Transaction) throws -> [LinkedIdentity] {
        try transaction.query("SELECT \(columns) FROM identities WHERE user_id = $1 ORDER BY created_at, id", user).map(identity)
    }

    public static func remove(_ id: IdentityID, of user: UserID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM identities WHERE id = $1 AND user_id = $2", id, user) == 1
    }

    private static func identity(_ row: SQLRow) throws -> LinkedIdentity {
        LinkedIdentity(
            id: try row.id("id"), provider: try row.text("provider"), email: try row.optionalText("email"),
            createdAt: try row.time("created_at"), lastUsedAt: try row.time("last_used_at"))
    }
}
