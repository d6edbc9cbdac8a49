import Domain
import Persistence

/// What the workspace's rules for approvals mean for one caller.
struct Approvals: Sendable {
    private let caller: Caller
    /// Those that are about the caller.
    private let rules: [ApprovalRule]

    init(for caller: Caller, in transaction: any Transaction) throws {
        self.caller = caller
        // Whose every plan waits needs no rule.
        let all = caller.draftOnly ? [] : try ApprovalRuleRepository.list(of: caller.organizationId, in: transaction)
        rules = all.filter { $0.concerns(caller.role) }
    }

    /// The names of those of these channels on which what the caller plans waits.
    func names(among channels: [Integration]) -> [String] {
        channels.filter { channel in rules.contains { $0.covers(channel) } }.map(\.displayName)
    }

    /// The caller as one who plans on these channels: a draft-only one where a rule asks for an approval.
    func planner(on channels: [Integration]) -> Caller { caller.awaitingApproval(on: names(among: channels)) }

    func planner(on channels: [IntegrationID], in transaction: any Transaction) throws -> Caller {
        guard !rules.isEmpty else { return caller }
        return planner(on: try IntegrationRepository.list(channels, of: caller.organizationId, in: transaction))
    }

    /// The caller as one who plans this post; one in the trash too.
    func planner(of post: PostID, in transaction: any Transaction) throws -> Caller {
        guard !rules.isEmpty else { return caller }
        let channels = try PublicationRepository.list(of: post, in: transaction).map(\.integrationId)
        return try planner(on: channels, in: transaction)
    }
}
