import Domain

/// Hashtags that are used together.
public enum HashtagGroupRepository {
    private static let columns = "id, name, hashtags, created_at"

    public static func insert(_ group: HashtagGroup, of organization: OrganizationID, by user: UserID?, in transaction: any Transaction) throws {
        try transaction.execute(
            "INSERT INTO hashtag_groups (id, organization_id, created_by, name, hashtags, created_at) VALUES ($1, $2, $3, $4, $5, $6)", group.id,
            organization, user, group.name, try JSON.text(group.hashtags), group.createdAt)
    }

    /// By name.
    public static func list(of organization: OrganizationID, in transaction: any Transaction) throws -> [HashtagGroup] {
        try transaction.query("SELECT \(columns) FROM hashtag_groups WHERE organization_id = $1 ORDER BY name, id", organization).map(group)
    }

    public static func find(
        _ id: HashtagGroupID, of organization: OrganizationID, lock: Bool = false, in transaction: any Transaction
    ) throws -> HashtagGroup? {
        try transaction.query(
            "SELECT \(columns) FROM hashtag_groups WHERE id = $1 AND organization_id = $2\(lock ? transaction.dialect.forUpdate : "")", id,
            organization
        ).first.map(group)
    }

    public static func update(_ group: HashtagGroup, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE hashtag_groups SET name = $3, hashtags = $4 WHERE id = $1 AND organization_id = $2", group.id, organization, group.name,
            try JSON.text(group.hashtags))
    }

    public static func remove(_ id: HashtagGroupID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM hashtag_groups WHERE id = $1 AND organization_id = $2", id, organization)
    }

    private static func group(_ row: SQLRow) throws -> HashtagGroup {
        HashtagGroup(
            id: try row.id("id"), name: try row.text("name"), hashtags: try row.json("hashtags"), createdAt: try row.time("created_at"))
    }
}
