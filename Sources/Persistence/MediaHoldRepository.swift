import Domain
import Foundation

/// Who works on the files of a digest in the store. The store knows no transactions: while somebody puts something there, nobody removes it, and
/// the other way round. Each call locks the digest until its transaction ends.
public enum MediaHoldRepository {
    /// One hold.
    public struct Hold: Sendable, Equatable {
        public let id: String
        public let digest: String

        public init(digest: String) {
            id = UUID().uuidString.lowercased()
            self.digest = digest
        }
    }

    /// Keeps all files of the digest until `end`. False when somebody is removing them.
    public static func keep(_ hold: Hold, now: Timestamp, until end: Timestamp, in transaction: any Transaction) throws -> Bool {
        _ = try MediaRepository.isReferenced(lockingDigest: hold.digest, in: transaction)
        try transaction.execute("DELETE FROM media_holds WHERE digest = $1 AND purpose = 'REMOVE' AND ends_at <= $2", hold.digest, now)
        guard try transaction.query("SELECT 1 AS found FROM media_holds WHERE digest = $1 AND purpose = 'REMOVE'", hold.digest).isEmpty else {
            return false
        }
        try insert(hold, "KEEP", until: end, in: transaction)
        return true
    }

    /// Claims the removal of all files of the digest. False when some row names it, or somebody else holds it: whoever lets go last removes.
    public static func remove(_ hold: Hold, now: Timestamp, until end: Timestamp, in transaction: any Transaction) throws -> Bool {
        let isReferenced = try MediaRepository.isReferenced(lockingDigest: hold.digest, in: transaction)
        try transaction.execute("DELETE FROM media_holds WHERE digest = $1 AND ends_at <= $2", hold.digest, now)
        guard !isReferenced, try transaction.query("SELECT 1 AS found FROM media_holds WHERE digest = $1", hold.digest).isEmpty else {
            return false
        }
        try insert(hold, "REMOVE", until: end, in: transaction)
        return true
    }

    /// Notes in the transaction that lets the last row go that the files of the digest are to be looked at: the clean-up does what a process
    /// that dies in between leaves.
    public static func leave(_ digest: String, now: Timestamp, in transaction: any Transaction) throws {
        try insert(Hold(digest: digest), "REMOVE", until: now, in: transaction)
    }

    /// Lets go. False when the hold had ended and somebody did not respect it any more: what it kept may be gone.
    public static func letGo(_ hold: Hold, in transaction: any Transaction) throws -> Bool {
        _ = try MediaRepository.isReferenced(lockingDigest: hold.digest, in: transaction)
        return try transaction.execute("DELETE FROM media_holds WHERE id = $1", hold.id) == 1
    }

    /// Digests of holds that have ended without being let go of.
    public static func ended(now: Timestamp, limit: Int, in transaction: any Transaction) throws -> [String] {
        try transaction.query("SELECT DISTINCT digest FROM media_holds WHERE ends_at <= $1 LIMIT $2", now, limit).map { try $0.text("digest") }
    }

    private static func insert(_ hold: Hold, _ purpose: String, until end: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            "INSERT INTO media_holds (id, digest, purpose, ends_at) VALUES ($1, $2, $3, $4)", hold.id, hold.digest, purpose, end)
    }
}
