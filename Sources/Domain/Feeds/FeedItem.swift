import Foundation

/// What a feed says: RSS, Atom or JSON Feed, all in one shape.
public struct FeedDocument: Sendable, Equatable {
    /// Plain text; empty where the feed does not say.
    public let title: String
    /// In the order of the feed.
    public let items: [FeedItem]

    public init(title: String, items: [FeedItem]) {
        self.title = title
        self.items = items
    }
}

/// One entry of a feed, in plain text.
public struct FeedItem: Codable, Sendable, Equatable {
    /// What the feed calls it by: `guid`, `atom:id`, `rdf:about`, `id`.
    public var id: String?
    public var link: String?
    public var title: String
    public var summary: String
    public var author: String?
    public var categories: [String]
    public var published: Timestamp?
    /// The address of a picture.
    public var picture: String?

    public init(
        id: String? = nil, link: String? = nil, title: String = "", summary: String = "", author: String? = nil, categories: [String] = [],
        published: Timestamp? = nil, picture: String? = nil
    ) {
        self.id = id
        self.link = link
        self.title = title
        self.summary = summary
        self.author = author
        self.categories = categories
        self.published = published
        self.picture = picture
    }

    /// What tells it from others of its feed: its id, else its link, else what it says.
    public var key: String {
        if let id { return "id:\(id)" }
        if let link { return "link:\(link)" }
        return "text:\(title.prefix(300))|\(published?.description ?? "")|\(summary.prefix(300))"
    }
}
