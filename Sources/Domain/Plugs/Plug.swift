public typealias PlugID = Identifier<Plug>
public typealias PlugRunID = Identifier<PlugRun>

/// What is done with posts of a channel once they are out: when enough people like them, or some time later. Once for each post.
public struct Plug: Codable, Sendable, Equatable {
    public enum Trigger: String, Codable, Sendable, CaseIterable {
        /// As soon as the platform tells of so many likes.
        case likes = "LIKES"
        /// So many minutes after the post went out.
        case minutes = "MINUTES"
    }

    public let id: PlugID
    /// The channel whose posts it is about.
    public let integrationId: IntegrationID
    /// The only post that it is about; nil: each that goes out on the channel after `since`.
    public let postId: PostID?
    /// The channel that does it: the same, or another one that the platform lets do it.
    public var actingIntegrationId: IntegrationID
    public var action: FollowUpAction
    /// What a comment says; empty for a repost.
    public var text: String
    public var trigger: Trigger
    /// How many likes, or minutes.
    public var amount: Int
    /// So many days after a post went out nothing is done with it any more.
    public var days: Int
    public var active: Bool
    /// Since when it is active: what went out before is left alone.
    public var since: Timestamp
    public let createdAt: Timestamp

    public init(
        id: PlugID, integrationId: IntegrationID, postId: PostID?, actingIntegrationId: IntegrationID, action: FollowUpAction, text: String,
        trigger: Trigger, amount: Int, days: Int, active: Bool = true, since: Timestamp, createdAt: Timestamp
    ) {
        self.id = id
        self.integrationId = integrationId
        self.postId = postId
        self.actingIntegrationId = actingIntegrationId
        self.action = action
        self.text = text
        self.trigger = trigger
        self.amount = amount
        self.days = days
        self.active = active
        self.since = since
        self.createdAt = createdAt
    }
}

/// That a plug's time came for a post, and what became of it.
public struct PlugRun: Codable, Sendable, Equatable {
    public let id: PlugRunID
    public let plugId: PlugID
    /// The publication that it is about.
    public let publicationId: PublicationID
    /// The channel that did it.
    public let integrationId: IntegrationID
    public let action: FollowUpAction
    public let at: Timestamp
    /// The likes that were told then.
    public let likes: Int?
    /// The post that does it, with its attempts; nil where the same had been done already.
    public let postId: PostID?
    /// Where that post stands on the channel; nil where there is none any more.
    public let status: PublicationStatus?
    public let url: String?
    public let publishedAt: Timestamp?
    public let error: PublicationError?

    public init(
        id: PlugRunID, plugId: PlugID, publicationId: PublicationID, integrationId: IntegrationID, action: FollowUpAction, at: Timestamp,
        likes: Int?, postId: PostID?, status: PublicationStatus?, url: String?, publishedAt: Timestamp?, error: PublicationError?
    ) {
        self.id = id
        self.plugId = plugId
        self.publicationId = publicationId
        self.integrationId = integrationId
        self.action = action
        self.at = at
        self.likes = likes
        self.postId = postId
        self.status = status
        self.url = url
        self.publishedAt = publishedAt
        self.error = error
    }
}
