import Domain
import Persistence

/// What can be set up for the posts of a channel.
public struct PlugOffer: Sendable, Equatable {
    /// What the platform lets apps do with a post that is out, and the channels that may do it, the post's own first.
    public let actors: [FollowUpAction: [IntegrationID]]
    /// Whether the platform tells how many people like a post.
    public let tellsLikes: Bool
}

extension Plugs {
    /// Throws `NOT_FOUND` for an unknown channel.
    public func offer(for id: IntegrationID, as caller: Caller) async throws -> PlugOffer {
        try caller.require(.postsRead)
        let channels = try await database.read { try IntegrationRepository.list(of: caller.organizationId, in: $0) }
        guard let channel = channels.first(where: { $0.id == id }) else { throw ProblemReport.notFound("channel") }
        guard let descriptor = platforms[channel.platform]?.descriptor else { return PlugOffer(actors: [:], tellsLikes: false) }
        let candidates = [channel] + channels.filter { $0.id != id }
        let actors = descriptor.followUps.map { rule in
            (rule.action, candidates.filter { descriptor.lets($0, rule.action, withPostOf: channel) }.map(\.id))
        }
        return PlugOffer(actors: Dictionary(actors) { first, _ in first }, tellsLikes: descriptor.analytics.contains(.likes))
    }
}
