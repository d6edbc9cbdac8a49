/// What can be done with a post that is out.
public enum FollowUpAction: String, Codable, Sendable, CaseIterable {
    /// To show it once more to those who follow a channel.
    case repost = "REPOST"
    /// To write below it.
    case comment = "COMMENT"
}

/// What a platform lets apps do with a post that is out.
public struct FollowUp: Codable, Sendable, Equatable {
    public let action: FollowUpAction
    /// The platforms whose other channels may do it, too; empty where only the channel of the post may.
    public let others: [PlatformID]

    public init(_ action: FollowUpAction, others: PlatformID...) {
        self.action = action
        self.others = others
    }
}

extension PlatformDescriptor {
    /// Whether `actor` may do `action` with a post of `channel`, which is of this platform. Servers know posts by numbers of their own:
    /// where there are many servers, both must live on the same.
    public func lets(_ actor: Integration, _ action: FollowUpAction, withPostOf channel: Integration) -> Bool {
        guard let rule = followUps.first(where: { $0.action == action }) else { return false }
        if actor.id == channel.id { return true }
        return rule.others.contains(actor.platform) && (!connect.asksForInstance || actor.instanceURL == channel.instanceURL)
    }
}
