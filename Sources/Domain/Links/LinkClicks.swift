/// How often links were followed, told by people and by programs that say of themselves that they are some.
public struct ClickCount: Codable, Sendable, Equatable {
    public var people: Int
    public var bots: Int

    public init(people: Int = 0, bots: Int = 0) {
        self.people = people
        self.bots = bots
    }

    public static func + (left: Self, right: Self) -> Self { Self(people: left.people + right.people, bots: left.bots + right.bots) }
}

/// A short link that was made for a link of a post on a channel. It stays when the post goes.
public struct ShortLink: Sendable, Equatable {
    public let code: String
    public let organizationId: OrganizationID
    public let postId: PostID
    public let publicationId: PublicationID
    public let integrationId: IntegrationID
    /// Where it leads.
    public let target: String
    public let createdAt: Timestamp

    public init(
        code: String, organizationId: OrganizationID, postId: PostID, publicationId: PublicationID, integrationId: IntegrationID, target: String,
        createdAt: Timestamp
    ) {
        self.code = code
        self.organizationId = organizationId
        self.postId = postId
        self.publicationId = publicationId
        self.integrationId = integrationId
        self.target = target
        self.createdAt = createdAt
    }
}

/// Programs that follow links without a person: those that make previews, search engines, watchers.
public enum KnownBots {
    /// What their names for themselves hold, in lower case.
    private static let marks = [
        "bot", "crawl", "spider", "slurp", "preview", "facebookexternalhit", "facebookcatalog", "meta-external", "whatsapp", "mastodon/", "misskey",
        "pleroma", "akkoma", "friendica", "lemmy", "cardyb", "embedly", "iframely", "skypeuripreview", "pinterest/", "vkshare", "quora link",
        "google-", "mediapartners", "feedfetcher", "bingpreview", "headlesschrome", "lighthouse", "curl/", "wget/", "python-", "python/", "aiohttp",
        "httpx", "go-http-client", "okhttp", "java/", "libwww", "ruby", "axios", "node-fetch", "undici", "guzzlehttp", "postiz/", "monitor",
        "uptime", "pingdom", "scan", "fetch", "validator", "checker",
    ]

    /// Whether what calls itself `userAgent` is one; who says nothing is no browser.
    public static func include(_ userAgent: String?) -> Bool {
        guard let name = userAgent?.lowercased(), !name.isEmpty else { return true }
        return marks.contains { name.contains($0) }
    }
}
