import Domain
import Persistence

/// How a channel fares: its connection, how publishing went last, how much the platform still takes, and what will not go out.
public struct ChannelHealth: Codable, Sendable, Equatable {
    /// How a publication went.
    public struct Outcome: Codable, Sendable, Equatable {
        public let postId: PostID
        public let at: Timestamp
        /// The post on the platform; nil where there is none, or the platform gives no address.
        public let url: String?
        /// Why it failed, in words; nil where it did not.
        public let error: String?
    }

    /// How many posts a platform takes within a time, each part of a thread being one.
    public struct Budget: Codable, Sendable, Equatable {
        public let owner: PublishingBudget.Owner
        public let posts: Int
        public let seconds: Int
        public let left: Int
        /// When all of it is there again; nil where nothing of it is used.
        public let fullAt: Timestamp?
    }

    /// A planned post that could not go out as things are.
    public struct Failing: Codable, Sendable, Equatable {
        public let postId: PostID
        public let dueAt: Timestamp?
        public let reasons: [String]
    }

    public let integrationId: IntegrationID
    public let status: ChannelView.Status
    /// When the tokens were brought or renewed.
    public let tokenSince: Timestamp
    /// When the connection ends unless a person renews it; nil where it does not end, or renews itself.
    public let tokenExpiresAt: Timestamp?
    /// Whether the tokens are renewed without a person.
    public let renewsItself: Bool
    public let lastSuccess: Outcome?
    public let lastFailure: Outcome?
    /// Until when the platform asked to be left alone; nil where it does not.
    public let waitsUntil: Timestamp?
    public let budgets: [Budget]
    /// The posts that wait, or would wait, because the connection ends or has ended.
    public let postsAtRisk: PostsAtRisk?
    /// The first ten planned posts with something wrong in themselves.
    public let failing: [Failing]
}

extension Channels {
    private static let mostFailing = 10

    /// How a channel fares. Throws `NOT_FOUND` for one that the workspace does not have.
    public func health(of id: IntegrationID, as caller: Caller) async throws -> ChannelHealth {
        try caller.require(.postsRead)
        let (organization, now, registry) = (caller.organizationId, time.now, registry)
        return try await database.read { transaction in
            guard let channel = try IntegrationRepository.find(id, of: organization, in: transaction) else { throw ProblemReport.notFound("channel") }
            let waits = try GateRepository.find([Gates.account(id)], in: transaction).values.first?.blockedUntil
            let wrong = try ChannelHealthRepository.wrong(on: id, of: organization, limit: Self.mostFailing, in: transaction)
            return ChannelHealth(
                integrationId: id, status: ChannelView.Status(of: channel),
                tokenSince: try ChannelHealthRepository.renewedAt(id, of: organization, in: transaction) ?? channel.createdAt,
                tokenExpiresAt: channel.endsAt, renewsItself: channel.refreshable,
                lastSuccess: try ChannelHealthRepository.lastSuccess(on: id, of: organization, in: transaction).map(Self.outcome),
                lastFailure: try ChannelHealthRepository.lastFailure(on: id, of: organization, in: transaction).map(Self.outcome),
                waitsUntil: waits.flatMap { $0 > now ? $0 : nil },
                budgets: try (registry[channel.platform]?.descriptor.budgets ?? []).map {
                    try Self.left(of: $0, channel, now: now, in: transaction)
                },
                postsAtRisk: try PostsAtRisk(of: channel, in: transaction),
                failing: wrong.map {
                    ChannelHealth.Failing(postId: $0.postId, dueAt: $0.dueAt, reasons: $0.problems.map(\.message))
                })
        }
    }

    private static func outcome(_ found: ChannelHealthRepository.Outcome) -> ChannelHealth.Outcome {
        ChannelHealth.Outcome(postId: found.post, at: found.at, url: found.url, error: found.error)
    }

    private static func left(
        of budget: PublishingBudget, _ channel: Integration, now: Timestamp, in transaction: any Transaction
    ) throws -> ChannelHealth.Budget {
        let gate = Gates.gate(of: budget, channel: channel.id, on: channel.platform)
        let usage = try ChannelHealthRepository.usage(of: gate, in: transaction).flatMap { $0.start + budget.window > now ? $0 : nil }
        let used = min(usage?.used ?? 0, budget.posts)
        return ChannelHealth.Budget(
            owner: budget.owner, posts: budget.posts, seconds: budget.seconds, left: budget.posts - used,
            fullAt: used > 0 ? usage.map { $0.start + budget.window } : nil)
    }
}
