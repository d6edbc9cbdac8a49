public typealias FeedSourceID = Identifier<FeedSource>
public typealias FeedEntryID = Identifier<FeedEntry>

/// A feed whose new items become posts.
public struct FeedSource: Codable, Sendable, Equatable {
    /// What a new item becomes.
    public enum Mode: String, Codable, Sendable, CaseIterable {
        case draft = "DRAFT"
        case nextSlot = "NEXT_SLOT"
        case now = "NOW"
    }

    public enum Status: String, Codable, Sendable, CaseIterable {
        case active = "ACTIVE"
        /// A person paused it, or its address is gone for good. What comes meanwhile is not posted later.
        case paused = "PAUSED"
    }

    public let id: FeedSourceID
    public var name: String
    public var url: String
    public var integrationIds: [IntegrationID]
    public var mode: Mode
    /// See `FeedPattern`.
    public var pattern: String
    public var filter: FeedFilter
    /// Whether the picture of an item goes with its post.
    public var withPicture: Bool
    /// Posts in 24 hours at most; what is more waits.
    public var postsPerDay: Int
    /// How often it is read, in minutes.
    public var minutes: Int
    public var status: Status
    /// Why it was paused, where that was not a person's wish.
    public var pausedReason: String?
    /// Since when it cannot be read; nil while it can.
    public var failingSince: Timestamp?
    /// Why it could not be read the last time.
    public var lastError: String?
    public var lastReadAt: Timestamp?
    public var nextReadAt: Timestamp
    public let createdAt: Timestamp

    public init(
        id: FeedSourceID, name: String, url: String, integrationIds: [IntegrationID], mode: Mode, pattern: String, filter: FeedFilter,
        withPicture: Bool, postsPerDay: Int, minutes: Int, status: Status = .active, pausedReason: String? = nil,
        failingSince: Timestamp? = nil, lastError: String? = nil, lastReadAt: Timestamp? = nil, nextReadAt: Timestamp, createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.url = url
        self.integrationIds = integrationIds
        self.mode = mode
        self.pattern = pattern
        self.filter = filter
        self.withPicture = withPicture
        self.postsPerDay = postsPerDay
        self.minutes = minutes
        self.status = status
        self.pausedReason = pausedReason
        self.failingSince = failingSince
        self.lastError = lastError
        self.lastReadAt = lastReadAt
        self.nextReadAt = nextReadAt
        self.createdAt = createdAt
    }
}

/// An item of a feed and what became of it.
public struct FeedEntry: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable, CaseIterable {
        /// It was there when the feed was added, or says that it is older.
        case past = "PAST"
        /// The filter kept it back.
        case filtered = "FILTERED"
        /// Its post is made as soon as the day's limit lets it.
        case waiting = "WAITING"
        /// It may have been there before under another id and link: a person decides.
        case held = "HELD"
        case posted = "POSTED"
        /// A person decided that it makes no post, or it came while the feed was paused.
        case ignored = "IGNORED"
        /// Its post could not be made, for `reason`.
        case failed = "FAILED"
    }

    public let id: FeedEntryID
    public let sourceId: FeedSourceID
    public let item: FeedItem
    public var status: Status
    /// Why it stands so, where that needs words.
    public var reason: String?
    public var postId: PostID?
    public let seenAt: Timestamp

    public init(
        id: FeedEntryID, sourceId: FeedSourceID, item: FeedItem, status: Status, reason: String? = nil, postId: PostID? = nil, seenAt: Timestamp
    ) {
        self.id = id
        self.sourceId = sourceId
        self.item = item
        self.status = status
        self.reason = reason
        self.postId = postId
        self.seenAt = seenAt
    }
}
