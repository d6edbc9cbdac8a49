import Domain
import Foundation

/// Tokens as they are stored: sealed, with what must be known about them without opening.
public struct StoredCredentials: Sendable, Equatable {
    public let sealed: Data
    public let scopes: [String]
    public let expiresAt: Timestamp?
    /// Whether they can be renewed without the person.
    public let refreshable: Bool
    /// When they should be renewed; nil when they need not or cannot.
    public let refreshAfter: Timestamp?

    public init(sealed: Data, scopes: [String], expiresAt: Timestamp?, refreshable: Bool, refreshAfter: Timestamp?) {
        self.sealed = sealed
        self.scopes = scopes
        self.expiresAt = expiresAt
        self.refreshable = refreshable
        self.refreshAfter = refreshAfter
    }
}

/// The tokens of channels and the lease under which one worker at a time renews them.
extension IntegrationRepository {
    /// A channel with its sealed tokens, whichever organization it belongs to: for publishing and renewing only.
    public static func withCredentials(
        _ id: IntegrationID, in transaction: any Transaction
    ) throws -> (integration: Integration, sealed: Data, leaseUntil: Timestamp?)? {
        try transaction.query(
            "SELECT \(columns), credentials, refresh_lease_until FROM integrations WHERE id = $1 AND deleted_at IS NULL", id
        ).first.map { (try integration($0), try $0.bytes("credentials"), try $0.optionalTime("refresh_lease_until")) }
    }

    /// The channels of an account with their sealed tokens, of every organization and also in the trash: to know whether a token is still used.
    public static func sameAccount(
        _ account: String, on platform: PlatformID, in transaction: any Transaction
    ) throws -> [(integration: Integration, sealed: Data)] {
        try transaction.query(
            "SELECT \(columns), credentials FROM integrations WHERE platform = $1 AND platform_account_id = $2 AND purged_at IS NULL",
            platform.rawValue, account
        ).map { (try integration($0), try $0.bytes("credentials")) }
    }

    /// The channels of a platform in all workspaces, also in the trash, with their tokens.
    public static func everyWorkspaces(
        on platform: PlatformID, in transaction: any Transaction
    ) throws -> [(integration: Integration, sealed: Data)] {
        try transaction.query(
            "SELECT \(columns), credentials FROM integrations WHERE platform = $1 AND purged_at IS NULL", platform.rawValue
        ).map { (try integration($0), try $0.bytes("credentials")) }
    }

    /// Puts tokens that a person brought in place of the old ones and ends the lease.
    public static func storeCredentials(
        _ credentials: StoredCredentials, of id: IntegrationID, now: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE integrations SET credentials = $2, scopes = $3, token_expires_at = $4, refreshable = $5, refresh_after = $6,
                   refresh_lease_until = NULL, refresh_not_before = NULL, previous_credentials = NULL, warned = 0, renewed_at = $7, updated_at = $7
            WHERE id = $1 AND purged_at IS NULL
            """,
            id, credentials.sealed, try JSON.text(credentials.scopes), credentials.expiresAt, credentials.refreshable,
            credentials.refreshAfter, now)
    }

    /// Puts renewed tokens in place of those that were read as `old`, and ends the lease. `proven` are kept beside them: those that the
    /// platform took for the renewal. False when others stand there by now, which are newer: then nothing is stored.
    public static func storeRenewed(
        _ credentials: StoredCredentials, replacing old: Data, proven: Data, of id: IntegrationID, now: Timestamp,
        in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE integrations SET credentials = $2, scopes = $3, token_expires_at = $4, refreshable = $5, refresh_after = $6,
                   refresh_lease_until = NULL, refresh_not_before = NULL, previous_credentials = $9, warned = 0, renewed_at = $7, updated_at = $7
            WHERE id = $1 AND credentials = $8 AND deleted_at IS NULL
            """,
            id, credentials.sealed, try JSON.text(credentials.scopes), credentials.expiresAt, credentials.refreshable,
            credentials.refreshAfter, now, old, proven) == 1
    }

    /// The tokens that the platform took for the last renewal, sealed; nil where there was none since a person connected the channel.
    public static func previousCredentials(of id: IntegrationID, in transaction: any Transaction) throws -> Data? {
        try transaction.query("SELECT previous_credentials FROM integrations WHERE id = $1 AND deleted_at IS NULL", id).first?
            .optionalBytes("previous_credentials")
    }

    /// Takes the lease for renewing the tokens that were read as `sealed`. False when somebody else has it or has renewed them.
    public static func leaseRefresh(
        of id: IntegrationID, sealed: Data, until end: Timestamp, now: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE integrations SET refresh_lease_until = $3
            WHERE id = $1 AND credentials = $2 AND deleted_at IS NULL AND (refresh_lease_until IS NULL OR refresh_lease_until <= $4)
            """, id, sealed, end, now) == 1
    }

    /// Ends the lease without new tokens, unless others than `sealed` stand there by now; they are not renewed again by themselves before
    /// `retry`, nil = never.
    public static func endRefresh(of id: IntegrationID, sealed: Data, retry: Timestamp?, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE integrations SET refresh_lease_until = NULL, refresh_after = $3, refresh_not_before = $3
            WHERE id = $1 AND credentials = $2
            """, id, sealed, retry)
    }

    /// Channels whose tokens should be renewed now, the most urgent first: when their time has come, or when they have lived half of their
    /// life and end before `margin` has passed after a post that is due until `horizon`.
    public static func dueForRefresh(
        now: Timestamp, horizon: Timestamp, margin: Duration, limit: Int, in transaction: any Transaction
    ) throws -> [IntegrationID] {
        // A quarter of a token's life lies between `refresh_after` and its end.
        try transaction.query(
            """
            SELECT id FROM integrations i
            WHERE deleted_at IS NULL AND active AND reconnect_reason IS NULL AND refresh_after IS NOT NULL
              AND (refresh_lease_until IS NULL OR refresh_lease_until <= $1)
              AND (refresh_after <= $1
                   OR (token_expires_at <= CAST($2 AS BIGINT) + CAST($3 AS BIGINT) AND 2 * refresh_after - token_expires_at <= $1
                       AND (refresh_not_before IS NULL OR refresh_not_before <= $1)
                       AND EXISTS (SELECT 1 FROM publications p
                                   WHERE p.integration_id = i.id AND p.status = 'SCHEDULED' AND p.due_at <= $2
                                     AND p.due_at + CAST($3 AS BIGINT) >= i.token_expires_at)))
            ORDER BY refresh_after LIMIT $4
            """, now, horizon, margin.milliseconds, limit
        ).map { try $0.id("id") }
    }

    /// Working channels that end until `week`, unless a person connects them again, or have been broken, and whose last warning was an
    /// earlier one: 1 goes out in the last week, 2 on the last day (until `day`), 3 when it is over.
    public static func toBeWarnedOf(
        week: Timestamp, day: Timestamp, now: Timestamp, limit: Int, in transaction: any Transaction
    ) throws -> [(integration: Integration, stage: Int)] {
        try transaction.query(
            """
            SELECT * FROM (
                SELECT \(columns), warned, CASE WHEN reconnect_reason IS NOT NULL THEN 3
                       WHEN refreshable OR token_expires_at IS NULL OR token_expires_at > $1 THEN 0
                       WHEN token_expires_at > $2 THEN 1 WHEN token_expires_at > $4 THEN 2 ELSE 3 END AS stage
                FROM integrations WHERE deleted_at IS NULL AND active
            ) AS told WHERE stage > warned ORDER BY stage DESC, token_expires_at, id LIMIT $3
            """, week, day, limit, now
        ).map { (try integration($0), try $0.int("stage")) }
    }

    /// Notes that a warning goes out. False when another process was quicker.
    public static func noteWarning(_ stage: Int, of id: IntegrationID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "UPDATE integrations SET warned = $2 WHERE id = $1 AND warned < $2 AND deleted_at IS NULL", id, stage) == 1
    }

    /// The channels of all workspaces that are broken, or end until `end` unless a person connects them again; the most urgent first.
    public static func endingEverywhere(until end: Timestamp, limit: Int, in transaction: any Transaction) throws -> [Integration] {
        try transaction.query(
            """
            SELECT \(columns) FROM integrations
            WHERE deleted_at IS NULL AND active
              AND (reconnect_reason IS NOT NULL OR (NOT refreshable AND token_expires_at <= $1))
            ORDER BY token_expires_at, id LIMIT $2
            """, end, limit
        ).map(integration)
    }

    /// Notes why the person must connect again, or with nil that the connection works. Returns the channel when this changed it.
    public static func setReconnectReason(
        _ reason: String?, of id: IntegrationID, now: Timestamp, in transaction: any Transaction
    ) throws -> Integration? {
        try transaction.query(
            """
            UPDATE integrations SET reconnect_reason = $2, updated_at = $3
            WHERE id = $1 AND deleted_at IS NULL AND reconnect_reason IS DISTINCT FROM $2 RETURNING \(columns)
            """, id, reason, now
        ).first.map(integration)
    }
}
