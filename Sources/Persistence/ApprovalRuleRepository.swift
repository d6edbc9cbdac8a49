import Domain

/// What a workspace wants approved. A channel that is removed for good takes its rules along.
public enum ApprovalRuleRepository {
    /// Whether a general rule of the organization `o` asks for an approval, for a query that has it.
    static let general = """
        EXISTS (SELECT 1 FROM approval_rules a WHERE a.organization_id = o.id AND a.integration_id IS NULL AND a.customer IS NULL) AS needs_approval
        """

    public static func list(of organization: OrganizationID, in transaction: any Transaction) throws -> [ApprovalRule] {
        try transaction.query(
            "SELECT members, integration_id, customer FROM approval_rules WHERE organization_id = $1 ORDER BY id", organization
        ).map { ApprovalRule(try $0.status("members"), on: try $0.optionalID("integration_id"), of: try $0.optionalText("customer")) }
    }

    public static func replace(_ rules: [ApprovalRule], of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM approval_rules WHERE organization_id = $1", organization)
        for rule in rules { try insert(rule, of: organization, in: transaction) }
    }

    static func insert(_ rule: ApprovalRule, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            "INSERT INTO approval_rules (id, organization_id, members, integration_id, customer) VALUES ($1, $2, $3, $4, $5)",
            Identifier<ApprovalRule>(), organization, rule.members.rawValue, rule.integrationId, rule.customer)
    }

    /// Removes the rule that what everybody below those who approve plans waits, on all channels.
    static func removeGeneral(of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            "DELETE FROM approval_rules WHERE organization_id = $1 AND members = 'USER' AND integration_id IS NULL AND customer IS NULL", organization
        )
    }
}
