import Domain

/// Templates of posts.
public enum TemplateRepository {
    private static let columns = "id, name, parts, integration_ids, settings, tags, created_at, updated_at"

    public static func insert(_ template: PostTemplate, of organization: OrganizationID, by user: UserID?, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO templates (id, organization_id, created_by, name, parts, integration_ids, settings, tags, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """, template.id, organization, user, template.name, try JSON.text(template.parts), try JSON.text(template.integrationIds),
            try JSON.text(template.settings), try JSON.text(template.tags), template.createdAt, template.updatedAt)
    }

    /// By name.
    public static func list(of organization: OrganizationID, in transaction: any Transaction) throws -> [PostTemplate] {
        try transaction.query("SELECT \(columns) FROM templates WHERE organization_id = $1 ORDER BY name, id", organization).map(template)
    }

    public static func find(
        _ id: PostTemplateID, of organization: OrganizationID, lock: Bool = false, in transaction: any Transaction
    ) throws -> PostTemplate? {
        try transaction.query(
            "SELECT \(columns) FROM templates WHERE id = $1 AND organization_id = $2\(lock ? transaction.dialect.forUpdate : "")", id, organization
        ).first.map(template)
    }

    public static func update(_ template: PostTemplate, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE templates SET name = $3, parts = $4, integration_ids = $5, settings = $6, tags = $7, updated_at = $8
            WHERE id = $1 AND organization_id = $2
            """, template.id, organization, template.name, try JSON.text(template.parts), try JSON.text(template.integrationIds),
            try JSON.text(template.settings), try JSON.text(template.tags), template.updatedAt)
    }

    public static func remove(_ id: PostTemplateID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM templates WHERE id = $1 AND organization_id = $2", id, organization)
    }

    private static func template(_ row: SQLRow) throws -> PostTemplate {
        PostTemplate(
            id: try row.id("id"), name: try row.text("name"), parts: try row.json("parts"), integrationIds: try row.json("integration_ids"),
            settings: try row.json("settings"), tags: try row.json("tags"), createdAt: try row.time("created_at"),
            updatedAt: try row.time("updated_at"))
    }
}
