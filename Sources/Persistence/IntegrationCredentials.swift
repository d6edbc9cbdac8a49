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

    /// The channels of an account with their sealed tokens, of every organization: to know whether a token is still used.
    public static func sameAccount(
        _ account: String, on platform: PlatformID, in transaction: any Transaction
    ) throws -> [(integration: Integration, sealed: Data)] {
        try transaction.query(
            "SELECT \(columns), credentials FROM integrations WHERE platform = $1 AND platform_account_id = $2 AND deleted_at IS NULL",
            platform.rawValue, account
        ).map { (try integration($0), try $0.bytes("credentials")) }
    }

    /// The channels of a platform in all workspaces, with their tokens.
    public static func everyWorkspaces(
        on platform: PlatformID, in transaction: any Transaction
    ) throws -> [(integration: Integration, sealed: Data)] {
        try transaction.query(
            "SELECT \(columns), credentials FROM integrations WHERE platform = $1 AND deleted_at IS NULL", platform.rawValue
        ).map { (try integration($0), try $0.bytes("credentials")) }
    }

    /// Puts new tokens in place of the old ones and ends the lease.
    public static func storeCredentials(
        _ credentials: StoredCredentials, of id: IntegrationID, now: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE integrations SET credentials = $2, scopes = $3, token_expires_at = $4, refreshable = $5, refresh_after = $6,
                   refresh_lease_until = NULL, updated_at = $7
            WHERE id = $1 AND deleted_at IS NULL
            """,
            id, credentials.sealed, try JSON.text(credentials.scopes), credentials.expiresAt, credentials.refreshable,
            credentials.refreshAfter, now)
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

    /// Ends the lease without new tokens; they are not renewed again before `retry`, nil = not by itself.
    public static func endRefresh(of id: IntegrationID, retry: Timestamp?, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE integrations SET refresh_lease_until = NULL, refresh_after = $2 WHERE id = $1", id, retry)
    }

    /// Channels whose tokens should be renewed now, the most urgent first.
    public static func dueForRefresh(now: Timestamp, limit: Int, in transaction: any Transaction) throws -> [IntegrationID] {
        try transaction.query(
            """
            SELECT id FROM integrations
            WHERE refresh_after <= $1 AND deleted_at IS NULL AND active AND reconnect_reason IS NULL
              AND (refresh_lease_until IS NULL OR refresh_lease_until <= $1)
            ORDER BY refresh_after LIMIT $2
            """, now, limit
        ).map { try $0.id("id") }
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
