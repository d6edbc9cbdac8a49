import Domain

/// What a new feed is to be; what is absent is as usual.
public struct NewFeedSource: Codable, Sendable, Equatable {
    public var url: String
    /// Nil: what the feed calls itself.
    public var name: String?
    public var integrationIds: [IntegrationID]
    public var mode: FeedSource.Mode?
    public var pattern: String?
    public var words: [String]?
    public var withoutWords: [String]?
    public var withPicture: Bool?
    /// 1 to 100.
    public var postsPerDay: Int?
    /// How often it is read: 15 to 1,440.
    public var minutes: Int?

    public init(
        url: String, name: String? = nil, integrationIds: [IntegrationID] = [], mode: FeedSource.Mode? = nil, pattern: String? = nil,
        words: [String]? = nil, withoutWords: [String]? = nil, withPicture: Bool? = nil, postsPerDay: Int? = nil, minutes: Int? = nil
    ) {
        self.url = url
        self.name = name
        self.integrationIds = integrationIds
        self.mode = mode
        self.pattern = pattern
        self.words = words
        self.withoutWords = withoutWords
        self.withPicture = withPicture
        self.postsPerDay = postsPerDay
        self.minutes = minutes
    }
}

/// What is to change about a feed; what is absent stays. Its address does not change: another address is another feed.
public struct FeedSourceChange: Codable, Sendable, Equatable {
    public var name: String?
    public var integrationIds: [IntegrationID]?
    public var mode: FeedSource.Mode?
    public var pattern: String?
    public var words: [String]?
    public var withoutWords: [String]?
    public var withPicture: Bool?
    public var postsPerDay: Int?
    public var minutes: Int?
    public var status: FeedSource.Status?

    public init(
        name: String? = nil, integrationIds: [IntegrationID]? = nil, mode: FeedSource.Mode? = nil, pattern: String? = nil,
        words: [String]? = nil, withoutWords: [String]? = nil, withPicture: Bool? = nil, postsPerDay: Int? = nil, minutes: Int? = nil,
        status: FeedSource.Status? = nil
    ) {
        self.name = name
        self.integrationIds = integrationIds
        self.mode = mode
        self.pattern = pattern
        self.words = words
        self.withoutWords = withoutWords
        self.withPicture = withPicture
        self.postsPerDay = postsPerDay
        self.minutes = minutes
        self.status = status
    }
}

/// What a feed holds now, and what its items would look like as posts.
public struct FeedPreview: Codable, Sendable, Equatable {
    public struct Item: Codable, Sendable, Equatable {
        public let item: FeedItem
        public let text: String
        /// Whether the filter lets it through.
        public let fits: Bool
    }

    public let title: String
    /// Where it was found in the end.
    public let url: String
    /// How many items it has; the first ten are in `items`.
    public let count: Int
    public let items: [Item]
}
