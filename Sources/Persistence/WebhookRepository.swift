import Domain
import Foundation

/// A webhook with what only its deliveries need.
public struct StoredWebhook: Sendable {
    public let webhook: Webhook
    public let organizationId: OrganizationID
    /// Sealed.
    public let secret: Data
    /// Sealed; until `previousUntil` deliveries are signed with it as well.
    public let previousSecret: Data?
    public let previousUntil: Timestamp?
}

public enum WebhookRepository {
    private static let columns = """
        id, organization_id, name, url, secret, previous_secret, previous_until, events, integration_ids, status, stopped_reason, failing_since,
        created_at
        """

    public static func insert(
        _ webhook: Webhook, secret: Data, of organization: OrganizationID, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO webhooks (id, organization_id, name, url, secret, events, integration_ids, status, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, webhook.id, organization, webhook.name, webhook.url, secret, try JSON.text(webhook.events),
            try JSON.text(webhook.integrationIds), webhook.status.rawValue, webhook.createdAt)
    }

    /// Oldest first.
    public static func list(of organization: OrganizationID, in transaction: any Transaction) throws -> [Webhook] {
        try transaction.query("SELECT \(columns) FROM webhooks WHERE organization_id = $1 ORDER BY id", organization).map { try stored($0).webhook }
    }

    /// Those that are told what happens in these organizations.
    public static func active(of organizations: Set<OrganizationID>, in transaction: any Transaction) throws -> [StoredWebhook] {
        try transaction.query(
            """
            SELECT \(columns) FROM webhooks
            WHERE organization_id \(transaction.dialect.isOne(of: "$1")) AND status = 'ACTIVE' ORDER BY id
            """, try JSON.text(organizations.sorted())
        ).map(stored)
    }

    public static func find(_ id: WebhookID, of organization: OrganizationID, in transaction: any Transaction) throws -> StoredWebhook? {
        try transaction.query("SELECT \(columns) FROM webhooks WHERE id = $1 AND organization_id = $2", id, organization).first.map(stored)
    }

    /// Not scoped by organization: for the worker, which was given the id.
    public static func find(_ id: WebhookID, in transaction: any Transaction) throws -> StoredWebhook? {
        try transaction.query("SELECT \(columns) FROM webhooks WHERE id = $1", id).first.map(stored)
    }

    public static func update(_ webhook: Webhook, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE webhooks SET name = $3, url = $4, events = $5, integration_ids = $6, status = $7, stopped_reason = $8, failing_since = $9
            WHERE id = $1 AND organization_id = $2
            """, webhook.id, organization, webhook.name, webhook.url, try JSON.text(webhook.events), try JSON.text(webhook.integrationIds),
            webhook.status.rawValue, webhook.stoppedReason, webhook.failingSince)
    }

    /// The secret that was in force is kept until `until`.
    public static func replaceSecret(
        of id: WebhookID, with secret: Data, previousUntil until: Timestamp, of organization: OrganizationID, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE webhooks SET previous_secret = secret, previous_until = $4, secret = $3 WHERE id = $1 AND organization_id = $2
            """, id, organization, secret, until)
    }

    public static func remove(_ id: WebhookID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM webhooks WHERE id = $1 AND organization_id = $2", id, organization)
    }

    /// Something was taken: whatever was wrong is over.
    public static func noteSuccess(of id: WebhookID, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE webhooks SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL", id)
    }

    public static func noteFailure(of id: WebhookID, at now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE webhooks SET failing_since = $2 WHERE id = $1 AND failing_since IS NULL", id, now)
    }

    /// False when it was stopped already.
    public static func stop(_ id: WebhookID, because reason: String, in transaction: any Transaction) throws -> Bool {
        try !transaction.query(
            "UPDATE webhooks SET status = 'STOPPED', stopped_reason = $2 WHERE id = $1 AND status = 'ACTIVE' RETURNING id", id, reason
        ).isEmpty
    }

    private static func stored(_ row: SQLRow) throws -> StoredWebhook {
        StoredWebhook(
            webhook: Webhook(
                id: try row.id("id"), name: try row.text("name"), url: try row.text("url"), events: try row.json("events"),
                integrationIds: try row.json("integration_ids"), status: try row.status("status"),
                stoppedReason: try row.optionalText("stopped_reason"), failingSince: try row.optionalTime("failing_since"),
                createdAt: try row.time("created_at")),
            organizationId: try row.id("organization_id"), secret: try row.bytes("secret"),
            previousSecret: try row.optionalBytes("previous_secret"), previousUntil: try row.optionalTime("previous_until"))
    }
}
