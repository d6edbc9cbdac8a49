import Domain

public enum AuditRepository {
    /// `organization` is nil for what concerns none, such as a failed sign-in of an unknown address.
    public static func insert(_ event: AuditEvent, of organization: OrganizationID?, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO audit_events (id, organization_id, subject, action, target, detail, address, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """, event.id, organization, event.subject, event.action, event.target, try JSON.text(event.detail), event.address,
            event.createdAt)
    }

    /// Newest first; `before` continues after the event of that id.
    public static func list(
        of organization: OrganizationID, before: Identifier<AuditEvent>?, limit: Int, in transaction: any Transaction
    ) throws -> [AuditEvent] {
        // Ids grow with time: they are the order.
        try transaction.query(
            """
            SELECT id, subject, action, target, detail, address, created_at FROM audit_events
            WHERE organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
            """, organization, before, limit
        ).map { row in
            AuditEvent(
                id: try row.id("id"), subject: try row.text("subject"), action: try row.text("action"),
                target: try row.optionalText("target"), detail: try row.json("detail"), address: try row.optionalText("address"),
                createdAt: try row.time("created_at"))
        }
    }
}
