import Domain
import Foundation

/// A passkey with what its answers are checked by.
public struct StoredPasskey: Sendable, Equatable {
    public let passkey: Passkey
    public let user: UserID
    /// As the authenticator calls it, in base64url.
    public let credential: String
    /// `SubjectPublicKeyInfo`, in DER.
    public let publicKey: Data
    /// By its number in the registry of COSE algorithms.
    public let algorithm: Int
    /// How often it has signed, as it said last; 0 where it does not count.
    public let counter: Int
    /// How the authenticator can be reached, such as `usb`.
    public let transports: [String]

    public init(
        passkey: Passkey, user: UserID, credential: String, publicKey: Data, algorithm: Int, counter: Int, transports: [String]
    ) {
        self.passkey = passkey
        self.user = user
        self.credential = credential
        self.publicKey = publicKey
        self.algorithm = algorithm
        self.counter = counter
        self.transports = transports
    }
}

/// People's passkeys. They belong to a person, whichever workspace it is in.
public enum PasskeyRepository {
    private static let columns = "id, user_id, credential, public_key, algorithm, counter, synced, transports, name, created_at, last_used_at"

    /// Throws `DatabaseError.uniqueViolation` when the credential is known already.
    public static func insert(_ stored: StoredPasskey, in transaction: any Transaction) throws {
        let passkey = stored.passkey
        try transaction.execute(
            "INSERT INTO passkeys (\(columns)) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", passkey.id, stored.user, stored.credential,
            stored.publicKey, stored.algorithm, stored.counter, passkey.synced, try JSON.text(stored.transports), passkey.name,
            passkey.createdAt, passkey.lastUsedAt)
    }

    public static func find(credential: String, in transaction: any Transaction) throws -> StoredPasskey? {
        try transaction.query("SELECT \(columns) FROM passkeys WHERE credential = $1", credential).first.map(stored)
    }

    /// The oldest first.
    public static func list(of user: UserID, in transaction: any Transaction) throws -> [StoredPasskey] {
        try transaction.query("SELECT \(columns) FROM passkeys WHERE user_id = $1 ORDER BY created_at, id", user).map(stored)
    }

    public static func exists(for user: UserID, in transaction: any Transaction) throws -> Bool {
        try !transaction.query("SELECT 1 AS found FROM passkeys WHERE user_id = $1 LIMIT 1", user).isEmpty
    }

    /// Notes that it was used, unless it has signed as often already. False then, and when it is gone.
    public static func noteUse(_ id: PasskeyID, counter: Int, at now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "UPDATE passkeys SET counter = $2, last_used_at = $3 WHERE id = $1 AND (counter < $2 OR (counter = 0 AND counter = $2))", id, counter, now
        ) == 1
    }

    public static func rename(_ id: PasskeyID, to name: String, of user: UserID, in transaction: any Transaction) throws -> Passkey? {
        try transaction.query("UPDATE passkeys SET name = $3 WHERE id = $1 AND user_id = $2 RETURNING \(columns)", id, user, name)
            .first.map { try stored($0).passkey }
    }

    public static func remove(_ id: PasskeyID, of user: UserID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM passkeys WHERE id = $1 AND user_id = $2", id, user) == 1
    }

    /// Returns how many there were.
    public static func removeAll(of user: UserID, in transaction: any Transaction) throws -> Int {
        try transaction.execute("DELETE FROM passkeys WHERE user_id = $1", user)
    }

    // MARK: Challenges

    /// Uses a challenge up. False when that has been done.
    public static func use(challenge hash: String, until end: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "INSERT INTO passkey_challenges (hash, ends_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING", hash, end) == 1
    }

    public static func removeExpiredChallenges(now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM passkey_challenges WHERE ends_at <= $1", now)
    }

    private static func stored(_ row: SQLRow) throws -> StoredPasskey {
        StoredPasskey(
            passkey: Passkey(
                id: try row.id("id"), name: try row.text("name"), synced: try row.bool("synced"), createdAt: try row.time("created_at"),
                lastUsedAt: try row.optionalTime("last_used_at")),
            user: try row.id("user_id"), credential: try row.text("credential"), publicKey: try row.bytes("public_key"),
            algorithm: try row.int("algorithm"), counter: try row.int("counter"), transports: try row.json("transports"))
    }
}
