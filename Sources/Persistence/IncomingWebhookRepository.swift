import Domain

/// Secret addresses that make drafts, stored as hashes.
public enum IncomingWebhookRepository {
    private static let columns = "id, organization_id, name, integration_ids, created_at, last_used_at, received"

    public static func insert(
        _ webhook: IncomingWebhook, hash: String, of organization: OrganizationID, by user: UserID?, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO incoming_webhooks (id, organization_id, created_by, name, hash, integration_ids, created_at, received)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
            """, webhook.id, organization, user, webhook.name, hash, try JSON.text(webhook.integrationIds), webhook.createdAt)
    }

    /// By name.
    public static func list(of organization: OrganizationID, in transaction: any Transaction) throws -> [IncomingWebhook] {
        try transaction.query("SELECT \(columns) FROM incoming_webhooks WHERE organization_id = $1 ORDER BY name, id", organization).map(webhook)
    }

    /// Not scoped by organization: the secret is what names it.
    public static func find(hash: String, in transaction: any Transaction) throws -> (webhook: IncomingWebhook, organizationId: OrganizationID)? {
        try transaction.query("SELECT \(columns) FROM incoming_webhooks WHERE hash = $1", hash).first.map {
            (webhook: try webhook($0), organizationId: try $0.id("organization_id"))
        }
    }

    /// False when there is none.
    public static func remove(_ id: IncomingWebhookID, of organization: OrganizationID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM incoming_webhooks WHERE id = $1 AND organization_id = $2", id, organization) == 1
    }

    /// Notes that a draft was made.
    public static func count(_ id: IncomingWebhookID, at now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE incoming_webhooks SET received = received + 1, last_used_at = $2 WHERE id = $1", id, now)
    }

    private static func webhook(_ row: SQLRow) throws -> IncomingWebhook {
        IncomingWebhook(
            id: try row.id("id"), name: try row.text("name"), integrationIds: try row.json("integration_ids"), createdAt: try row.time("created_at"),
            lastUsedAt: try row.optionalTime("last_used_at"), received: try row.int("received"))
    }
}
