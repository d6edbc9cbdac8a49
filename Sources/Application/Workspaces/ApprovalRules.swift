import Domain
import Persistence

/// What a workspace wants approved before it goes out.
public struct ApprovalRules: Sendable {
    /// How many a workspace may have.
    public static let most = 100
    /// How long the name of a customer may be.
    public static let longestCustomer = 100

    let database: any Database
    let audit: AuditLog

    public func list(as caller: Caller) async throws -> [ApprovalRule] {
        try caller.require(.postsRead)
        return try await database.read { try ApprovalRuleRepository.list(of: caller.organizationId, in: $0) }
    }

    /// Replaces all of them; the same rule counts once. What is planned stays planned: they count for what is planned or changed from then on.
    /// Rules about administrators are the owner's. Throws `UNKNOWN_CHANNEL` and `VALIDATION_FAILED`.
    public func replace(with rules: [ApprovalRule], as caller: Caller) async throws -> [ApprovalRule] {
        try caller.require(.admin)
        try caller.require(.manage)
        // Otherwise they would free themselves.
        try caller.requireApproved(to: "change what needs approval")
        let distinct = try rules.map(Self.checked).distinct()
        guard distinct.count <= Self.most else { throw ProblemReport.invalid("rules", "A workspace has at most \(Self.most) rules for approvals.") }
        let organization = caller.organizationId
        try await database.write { transaction in
            let before = try ApprovalRuleRepository.list(of: organization, in: transaction)
            if Set(before.filter { $0.members == .admins }) != Set(distinct.filter { $0.members == .admins }) { try caller.require(.own) }
            let channels = try IntegrationRepository.list(distinct.compactMap(\.integrationId), of: organization, in: transaction).map(\.id)
            for rule in distinct {
                // One whose channel lies in the trash may stay.
                guard let channel = rule.integrationId, !channels.contains(channel), !before.contains(rule) else { continue }
                throw ProblemReport.unknownChannel(channel)
            }
            try ApprovalRuleRepository.replace(distinct, of: organization, in: transaction)
            try audit.record("approval-rules.changed", detail: ["rules": .number(Double(distinct.count))], as: caller, in: transaction)
        }
        return distinct
    }

    /// The channels on which what the caller plans waits for an approval.
    public func waiting(among channels: [ChannelView], as caller: Caller) async throws -> [ChannelView] {
        try caller.require(.postsRead)
        if caller.draftOnly { return channels }
        let rules = try await list(as: caller).filter { $0.concerns(caller.role) }
        return channels.filter { channel in
            rules.contains { $0.isGeneral || $0.integrationId == channel.id || $0.customer != nil && $0.customer == channel.customer }
        }
    }

    private static func checked(_ rule: ApprovalRule) throws -> ApprovalRule {
        guard rule.integrationId == nil || rule.customer == nil else {
            throw ProblemReport.invalid("customer", "A rule is about a channel or about a customer. Make two rules.")
        }
        return ApprovalRule(rule.members, on: rule.integrationId, of: try rule.customer.map { try Channels.label($0, "customer", required: true) })
    }
}
