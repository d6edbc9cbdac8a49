import Domain
import Foundation

/// What a channel is called, and where it is.
public struct ChannelName: Sendable {
    public let platform: PlatformID
    public let name: String
}

/// Channels. Removed ones stay as rows, because their publications name them, but are found by nothing here (`ChannelTrashRepository`).
public enum IntegrationRepository {
    static let columns = """
        id, organization_id, platform, platform_account_id, username, display_name, picture_url, profile_url, instance_url, limits,
        settings, slots, scopes, token_expires_at, refreshable, active, paused_at, reconnect_reason, customer, created_at, updated_at
        """

    /// Throws `DatabaseError.uniqueViolation` when the organization has the account already.
    public static func insert(_ integration: Integration, credentials: StoredCredentials, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO integrations (\(columns), credentials, refresh_after)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
            """,
            integration.id, integration.organizationId, integration.platform.rawValue, integration.platformAccountId, integration.username,
            integration.displayName, integration.pictureURL, integration.profileURL, integration.instanceURL,
            try JSON.text(integration.limits), try JSON.text(integration.settings), try JSON.text(integration.slots),
            try JSON.text(credentials.scopes), credentials.expiresAt, credentials.refreshable, integration.active, integration.pausedAt,
            integration.reconnectReason, integration.customer, integration.createdAt, integration.updatedAt, credentials.sealed,
            credentials.refreshAfter)
    }

    /// Stores everything of `integration` that may change except its tokens (`storeCredentials`) and why it must be connected again
    /// (`setReconnectReason`).
    public static func update(_ integration: Integration, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE integrations SET username = $2, display_name = $3, picture_url = $4, profile_url = $5, instance_url = $6, limits = $7,
                   settings = $8, slots = $9, active = $10, paused_at = $11, customer = $12, updated_at = $13
            WHERE id = $1 AND deleted_at IS NULL
            """,
            integration.id, integration.username, integration.displayName, integration.pictureURL, integration.profileURL,
            integration.instanceURL, try JSON.text(integration.limits), try JSON.text(integration.settings),
            try JSON.text(integration.slots), integration.active, integration.pausedAt, integration.customer, integration.updatedAt)
    }

    public static func find(
        _ id: IntegrationID, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> Integration? {
        try transaction.query(
            "SELECT \(columns) FROM integrations WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL", id, organization
        ).first.map(integration)
    }

    /// Those of these channels that are still there.
    public static func list(
        _ ids: [IntegrationID], of organization: OrganizationID, in transaction: any Transaction
    ) throws -> [Integration] {
        guard !ids.isEmpty else { return [] }
        return try transaction.query(
            """
            SELECT \(columns) FROM integrations
            WHERE id \(transaction.dialect.isOne(of: "$2")) AND organization_id = $1 AND deleted_at IS NULL
            """, organization, try JSON.text(ids)
        ).map(integration)
    }

    /// The channel that stands for this account of a platform.
    public static func find(
        account: String, on platform: PlatformID, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> Integration? {
        try transaction.query(
            """
            SELECT \(columns) FROM integrations
            WHERE organization_id = $1 AND platform = $2 AND platform_account_id = $3 AND deleted_at IS NULL\(transaction.dialect.forUpdate)
            """, organization, platform.rawValue, account
        ).first.map(integration)
    }

    /// What these channels are called; those that were removed are left out.
    public static func names(
        of ids: Set<IntegrationID>, in organization: OrganizationID, in transaction: any Transaction
    ) throws -> [IntegrationID: ChannelName] {
        guard !ids.isEmpty else { return [:] }
        var names: [IntegrationID: ChannelName] = [:]
        try transaction.forEach(
            """
            SELECT id, platform, display_name FROM integrations
            WHERE id \(transaction.dialect.isOne(of: "$1")) AND organization_id = $2 AND deleted_at IS NULL
            """, [JSON.list(of: ids).sqlValue, organization.sqlValue]
        ) { row in names[try row.id()] = ChannelName(platform: PlatformID(rawValue: try row.text()), name: try row.text()) }
        return names
    }

    /// All channels of an organization, in the order in which they were connected.
    public static func list(of organization: OrganizationID, in transaction: any Transaction) throws -> [Integration] {
        try transaction.query(
            "SELECT \(columns) FROM integrations WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY created_at, id", organization
        ).map(integration)
    }

    /// How many channels an organization has.
    public static func count(of organization: OrganizationID, in transaction: any Transaction) throws -> Int {
        try transaction.query(
            "SELECT COUNT(*) AS count FROM integrations WHERE organization_id = $1 AND deleted_at IS NULL", organization
        )[0].int("count")
    }

    /// How many publications wait on each of these channels. Read from the index alone: what lies in the trash is cancelled.
    public static func scheduledCounts(
        of channels: [IntegrationID], in transaction: any Transaction
    ) throws -> [IntegrationID: Int] {
        guard !channels.isEmpty else { return [:] }
        let rows = try transaction.query(scheduledCounts(transaction.dialect), try JSON.text(channels))
        return try Dictionary(uniqueKeysWithValues: rows.map { (try $0.id("id"), try $0.int("waiting")) })
    }

    static func scheduledCounts(_ dialect: Dialect) -> String {
        """
        SELECT integration_id AS id, COUNT(*) AS waiting FROM publications
        WHERE integration_id IN (SELECT value FROM \(dialect.elements(of: "$1"))) AND status IN ('SCHEDULED', 'ON_HOLD', 'QUEUED')
        GROUP BY integration_id
        """
    }

    static func integration(_ row: SQLRow) throws -> Integration {
        Integration(
            id: try row.id("id"), organizationId: try row.id("organization_id"), platform: PlatformID(rawValue: try row.text("platform")),
            platformAccountId: try row.text("platform_account_id"), username: try row.text("username"),
            displayName: try row.text("display_name"), pictureURL: try row.optionalText("picture_url"),
            profileURL: try row.optionalText("profile_url"), instanceURL: try row.optionalText("instance_url"),
            limits: try row.json("limits"), settings: try row.json("settings"), scopes: try row.json("scopes"),
            tokenExpiresAt: try row.optionalTime("token_expires_at"), refreshable: try row.bool("refreshable"),
            active: try row.bool("active"), pausedAt: try row.optionalTime("paused_at"),
            reconnectReason: try row.optionalText("reconnect_reason"), slots: try row.json("slots"),
            customer: try row.optionalText("customer"), createdAt: try row.time("created_at"), updatedAt: try row.time("updated_at"))
    }
}
