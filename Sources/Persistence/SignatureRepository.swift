import Domain

/// What ends posts.
public enum SignatureRepository {
    private static let columns = "id, name, body, automatic, created_at"

    public static func insert(_ signature: Signature, of organization: OrganizationID, by user: UserID?, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO signatures (id, organization_id, created_by, name, body, automatic, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
            """, signature.id, organization, user, signature.name, signature.text, signature.automatic, signature.createdAt)
    }

    /// By name.
    public static func list(of organization: OrganizationID, in transaction: any Transaction) throws -> [Signature] {
        try transaction.query("SELECT \(columns) FROM signatures WHERE organization_id = $1 ORDER BY name, id", organization).map(signature)
    }

    public static func find(
        _ id: SignatureID, of organization: OrganizationID, lock: Bool = false, in transaction: any Transaction
    ) throws -> Signature? {
        try transaction.query(
            "SELECT \(columns) FROM signatures WHERE id = $1 AND organization_id = $2\(lock ? transaction.dialect.forUpdate : "")", id, organization
        ).first.map(signature)
    }

    public static func automatic(of organization: OrganizationID, in transaction: any Transaction) throws -> Signature? {
        try transaction.query("SELECT \(columns) FROM signatures WHERE organization_id = $1 AND automatic", organization).first.map(signature)
    }

    public static func update(_ signature: Signature, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE signatures SET name = $3, body = $4, automatic = $5 WHERE id = $1 AND organization_id = $2", signature.id, organization,
            signature.name, signature.text, signature.automatic)
    }

    /// Before another becomes the automatic one.
    public static func clearAutomatic(of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE signatures SET automatic = FALSE WHERE organization_id = $1 AND automatic", organization)
    }

    public static func remove(_ id: SignatureID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM signatures WHERE id = $1 AND organization_id = $2", id, organization)
    }

    private static func signature(_ row: SQLRow) throws -> Signature {
        Signature(
            id: try row.id("id"), name: try row.text("name"), text: try row.text("body"), automatic: try row.bool("automatic"),
            createdAt: try row.time("created_at"))
    }
}
