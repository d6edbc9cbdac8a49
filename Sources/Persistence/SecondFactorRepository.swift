import Domain
import Foundation

/// A second factor as it is stored. What was never confirmed is not in force.
public struct StoredSecondFactor: Sendable, Equatable {
    public let sealed: Data
    public let createdAt: Timestamp
    public let confirmedAt: Timestamp?

    init(sealed: Data, createdAt: Timestamp, confirmedAt: Timestamp?) {
        self.sealed = sealed
        self.createdAt = createdAt
        self.confirmedAt = confirmedAt
    }
}

/// People's second factors and recovery codes. They belong to a person, whichever workspace it is in.
public enum SecondFactorRepository {
    public static func find(of user: UserID, in transaction: any Transaction) throws -> StoredSecondFactor? {
        try transaction.query("SELECT secret, created_at, confirmed_at FROM second_factors WHERE user_id = $1", user).first.map {
            StoredSecondFactor(
                sealed: try $0.bytes("secret"), createdAt: try $0.time("created_at"), confirmedAt: try $0.optionalTime("confirmed_at"))
        }
    }

    public static func isOn(for user: UserID, in transaction: any Transaction) throws -> Bool {
        try find(of: user, in: transaction)?.confirmedAt != nil
    }

    /// Stores a secret that is still to be confirmed, in place of an earlier such one. False where one is in force.
    public static func begin(_ sealed: Data, of user: UserID, at now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            INSERT INTO second_factors (user_id, secret, created_at, last_step) VALUES ($1, $2, $3, 0)
            ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at, last_step = 0
            WHERE second_factors.confirmed_at IS NULL
            """, user, sealed, now) == 1
    }

    /// Puts the secret in force that was begun at `begun`. False when it is not there any more.
    public static func confirm(of user: UserID, begun: Timestamp, step: Int64, at now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "UPDATE second_factors SET confirmed_at = $3, last_step = $4 WHERE user_id = $1 AND created_at = $2 AND confirmed_at IS NULL", user,
            begun, now, step) == 1
    }

    /// Uses the code of a step up, with those of all steps before. False when that has been done.
    public static func use(step: Int64, of user: UserID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "UPDATE second_factors SET last_step = $2 WHERE user_id = $1 AND last_step < $2 AND confirmed_at IS NOT NULL", user, step) == 1
    }

    /// Forgets it and the recovery codes. False when there was none.
    public static func remove(of user: UserID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM recovery_codes WHERE user_id = $1", user)
        return try transaction.execute("DELETE FROM second_factors WHERE user_id = $1", user) == 1
    }

    // MARK: Recovery codes

    public static func replaceRecoveryCodes(_ hashes: [String], of user: UserID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM recovery_codes WHERE user_id = $1", user)
        for hash in hashes { try transaction.execute("INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)", user, hash) }
    }

    /// Uses a code up. False when there is no such one left.
    public static func useRecoveryCode(_ hash: String, of user: UserID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2", user, hash) == 1
    }

    public static func recoveryCodesLeft(of user: UserID, in transaction: any Transaction) throws -> Int {
        try transaction.query("SELECT COUNT(*) AS number FROM recovery_codes WHERE user_id = $1", user)[0].int("number")
    }
}
