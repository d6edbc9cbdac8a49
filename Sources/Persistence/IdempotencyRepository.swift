import Domain

/// What is remembered of a call that named a key of its own.
public struct RememberedCall: Sendable, Equatable {
    public let requestHash: String
    /// Nil while it runs.
    public let status: Int?
    public let response: String?
    public let startedAt: Timestamp
}

public enum IdempotencyRepository {
    /// True when nobody has used the key since `oldest`: the caller now runs. Of simultaneous callers the database chooses one.
    public static func begin(
        _ key: String, operation: String, requestHash: String, of organization: OrganizationID, at now: Timestamp,
        forgetting oldest: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            "DELETE FROM idempotency_keys WHERE organization_id = $1 AND operation = $2 AND key = $3 AND created_at < $4", organization,
            operation, key, oldest)
        return try transaction.execute(
            """
            INSERT INTO idempotency_keys (organization_id, operation, key, request_hash, created_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (organization_id, operation, key) DO NOTHING
            """, organization, operation, key, requestHash, now) == 1
    }

    public static func find(
        _ key: String, operation: String, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> RememberedCall? {
        try transaction.query(
            """
            SELECT request_hash, status, response, created_at FROM idempotency_keys
            WHERE organization_id = $1 AND operation = $2 AND key = $3
            """, organization, operation, key
        ).first.map { row in
            RememberedCall(
                requestHash: try row.text("request_hash"), status: try row.optionalInt("status"),
                response: try row.optionalText("response"), startedAt: try row.time("created_at"))
        }
    }

    /// Takes over a run that began at `start` and never ended. False when another caller was faster.
    public static func takeOver(
        _ key: String, operation: String, of organization: OrganizationID, startedAt start: Timestamp, at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE idempotency_keys SET created_at = $5
            WHERE organization_id = $1 AND operation = $2 AND key = $3 AND status IS NULL AND created_at = $4
            """, organization, operation, key, start, now) == 1
    }

    /// Remembers the answer of the run that began at `start`; does nothing when another has taken over.
    public static func finish(
        _ key: String, operation: String, of organization: OrganizationID, startedAt start: Timestamp, status: Int, response: String,
        in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE idempotency_keys SET status = $5, response = $6
            WHERE organization_id = $1 AND operation = $2 AND key = $3 AND status IS NULL AND created_at = $4
            """, organization, operation, key, start, status, response)
    }

    /// Forgets the run that began at `start`, so that the call can be made again at once.
    public static func abandon(
        _ key: String, operation: String, of organization: OrganizationID, startedAt start: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            DELETE FROM idempotency_keys
            WHERE organization_id = $1 AND operation = $2 AND key = $3 AND status IS NULL AND created_at = $4
            """, organization, operation, key, start)
    }

    public static func abandonAll(in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM idempotency_keys WHERE status IS NULL")
    }

    public static func removeOld(before time: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM idempotency_keys WHERE created_at < $1", time)
    }
}
