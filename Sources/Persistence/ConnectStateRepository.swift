import Domain
import Foundation

/// One attempt to connect a channel, from the first redirect to the last choice.
public struct ConnectState: Sendable, Equatable {
    public enum Stage: String, Sendable {
        /// The person is at the platform's consent page.
        case consent = "CONSENT"
        /// The person chooses among several accounts.
        case choose = "CHOOSE"
    }

    /// By which the callback, or the page of the choice, names it. Random.
    public let key: String
    public let organizationId: OrganizationID
    public let userId: UserID?
    /// The browser session that began it; nil when a program did.
    public let sessionId: SessionID?
    public let platform: PlatformID
    /// The channel that is being connected again.
    public let reconnecting: IntegrationID?
    /// Sealed: secrets of the consent, or tokens until the choice is made.
    public let memory: Data
    public let returnTo: String?
    public let stage: Stage
    public let createdAt: Timestamp
    public let expiresAt: Timestamp
    public let usedAt: Timestamp?

    public init(
        key: String, organizationId: OrganizationID, userId: UserID?, sessionId: SessionID?, platform: PlatformID,
        reconnecting: IntegrationID?, memory: Data, returnTo: String?, stage: Stage, createdAt: Timestamp, expiresAt: Timestamp,
        usedAt: Timestamp? = nil
    ) {
        self.key = key
        self.organizationId = organizationId
        self.userId = userId
        self.sessionId = sessionId
        self.platform = platform
        self.reconnecting = reconnecting
        self.memory = memory
        self.returnTo = returnTo
        self.stage = stage
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.usedAt = usedAt
    }
}

public enum ConnectStateRepository {
    public static func insert(_ state: ConnectState, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO connect_states (callback_key, organization_id, user_id, session_id, platform, integration_id, memory, return_to,
                                        stage, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            state.key, state.organizationId, state.userId, state.sessionId, state.platform.rawValue, state.reconnecting, state.memory,
            state.returnTo, state.stage.rawValue, state.createdAt, state.expiresAt)
    }

    /// Not scoped by organization: the random key is what proves that the callback is ours.
    public static func find(_ key: String, stage: ConnectState.Stage, in transaction: any Transaction) throws -> ConnectState? {
        try transaction.query("SELECT * FROM connect_states WHERE callback_key = $1 AND stage = $2", key, stage.rawValue).first.map { row in
            ConnectState(
                key: try row.text("callback_key"), organizationId: try row.id("organization_id"), userId: try row.optionalID("user_id"),
                sessionId: try row.optionalID("session_id"), platform: PlatformID(rawValue: try row.text("platform")),
                reconnecting: try row.optionalID("integration_id"), memory: try row.bytes("memory"),
                returnTo: try row.optionalText("return_to"), stage: stage, createdAt: try row.time("created_at"),
                expiresAt: try row.time("expires_at"), usedAt: try row.optionalTime("used_at"))
        }
    }

    /// Uses the state up. False when it was used before or has expired: of two simultaneous callbacks one goes on.
    public static func use(_ key: String, now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "UPDATE connect_states SET used_at = $2 WHERE callback_key = $1 AND used_at IS NULL AND expires_at > $2", key, now) == 1
    }

    /// Forgets states that expired before `time`.
    public static func removeExpired(before time: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM connect_states WHERE expires_at < $1", time)
    }
}
