import Domain

/// What a workspace wants done with the links of its posts.
public enum LinkRuleRepository {
    private static let columns = "id, name, hosts, except_hosts, parameters, active, created_at"

    /// At the end of the workspace's rules.
    public static func insert(_ rule: LinkRule, of organization: OrganizationID, by user: UserID?, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO link_rules (id, organization_id, created_by, place, name, hosts, except_hosts, parameters, active, created_at)
            VALUES ($1, $2, $3, (SELECT COALESCE(MAX(r.place), -1) + 1 FROM link_rules r WHERE r.organization_id = $2), $4, $5, $6, $7, $8, $9)
            """, rule.id, organization, user, rule.name, try JSON.text(rule.hosts), try JSON.text(rule.exceptHosts),
            try JSON.text(rule.parameters), rule.active, rule.createdAt)
    }

    /// In their order.
    public static func list(of organization: OrganizationID, lock: Bool = false, in transaction: any Transaction) throws -> [LinkRule] {
        try transaction.query(
            """
            SELECT \(columns) FROM link_rules WHERE organization_id = $1 ORDER BY place, id\(lock ? transaction.dialect.forUpdate : "")
            """, organization
        ).map { row in
            LinkRule(
                id: try row.id("id"), name: try row.text("name"), hosts: try row.json("hosts"), exceptHosts: try row.json("except_hosts"),
                parameters: try row.json("parameters"), active: try row.bool("active"), createdAt: try row.time("created_at"))
        }
    }

    /// Stores a rule as it is now, at `place` among the others, counted from 0.
    public static func update(_ rule: LinkRule, at place: Int, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE link_rules SET place = $3, name = $4, hosts = $5, except_hosts = $6, parameters = $7, active = $8
            WHERE id = $1 AND organization_id = $2
            """, rule.id, organization, place, rule.name, try JSON.text(rule.hosts), try JSON.text(rule.exceptHosts),
            try JSON.text(rule.parameters), rule.active)
    }

    public static func remove(_ id: LinkRuleID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM link_rules WHERE id = $1 AND organization_id = $2", id, organization)
    }

    public static func shortening(of organization: OrganizationID, in transaction: any Transaction) throws -> LinkShortening {
        try transaction.query("SELECT link_shortening FROM organizations WHERE id = $1", organization).first?.status("link_shortening") ?? .never
    }

    public static func set(_ shortening: LinkShortening, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE organizations SET link_shortening = $2 WHERE id = $1", organization, shortening.rawValue)
    }
}
