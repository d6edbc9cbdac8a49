import Domain
import Logging
import Messaging
import Persistence

/// How often the links of a post were followed.
public struct PostClicks: Codable, Sendable, Equatable {
    public struct Day: Codable, Sendable, Equatable {
        /// In UTC: `2026-11-29`.
        public let day: String
        public let people: Int
        public let bots: Int
    }

    public struct Link: Codable, Sendable, Equatable {
        /// As it stands in the post.
        public let url: String
        public let target: String
        public let people: Int
        /// Programs that say what they are: previews, search engines.
        public let bots: Int
        /// Days on which it was followed, oldest first.
        public let days: [Day]
    }

    public struct Channel: Codable, Sendable, Equatable {
        public let integrationId: IntegrationID
        public let people: Int
        public let bots: Int
        public let links: [Link]
    }

    public let postId: PostID
    public let people: Int
    public let bots: Int
    public let channels: [Channel]
}

/// Short links that are out in the world.
public struct ShortLinks: Sendable {
    /// How many codes that do not exist may be tried a minute from one network.
    static let wrongCodes = 60

    let database: any Database
    let shortBase: String
    let rates: any RateLimiter
    let time: any TimeSource
    private let counts: BufferedCounts<DayOfLink, ClickCount>

    init(database: any Database, shortBase: String, rates: any RateLimiter, time: any TimeSource, logger: Logger) {
        self.database = database
        self.shortBase = shortBase
        self.rates = rates
        self.time = time
        counts = BufferedCounts("clicks", database: database, time: time, logger: logger) { link, count, transaction in
            try ShortLinkRepository.add(count, to: link.code, on: link.day, in: transaction)
        }
    }

    /// Where the link `code` leads; nil where there is none. Throws `RATE_LIMITED` for who goes on trying codes that do not exist.
    public func target(of code: String, from address: String) async throws -> String? {
        let subject = "short-links:\(NetworkAddress.network(of: address))"
        guard let code = ShortCode.read(code), let link = try await database.read({ try ShortLinkRepository.find(code, in: $0) }) else {
            let decision = await rates.take(subject, limit: Self.wrongCodes, window: .seconds(60))
            guard decision.allowed else {
                throw ProblemReport(.rateLimited, "Too many links that do not exist were asked for.", retryAfter: decision.reset)
            }
            return nil
        }
        return LinkAddress(link.target).travelling
    }

    /// Notes that somebody followed `code`: nothing about who, but whether it calls itself a program.
    public func noteClick(on code: String, userAgent: String?) {
        guard let code = ShortCode.read(code) else { return }
        let click = KnownBots.include(userAgent) ? ClickCount(bots: 1) : ClickCount(people: 1)
        counts.note(DayOfLink(code: code, day: WallTime(time.now, offset: 0).dayText)) { ($0 ?? ClickCount()) + click }
    }

    /// Stores what was counted. The last thing a process does.
    public func flush() async { await counts.flush() }

    /// How often the links of a post were followed, per channel; also of one that was deleted. Throws `NOT_FOUND` where nothing is known of it.
    public func clicks(of post: PostID, as caller: Caller) async throws -> PostClicks {
        try caller.require(.analyticsRead)
        let organization = caller.organizationId
        let found = try await database.read { transaction in
            let found = try ShortLinkRepository.clicks(of: post, in: organization, in: transaction)
            if found.isEmpty, try PostRepository.find(post, of: organization, in: transaction) == nil { throw ProblemReport.notFound("post") }
            return found
        }
        func sum(_ links: [PostClicks.Link]) -> ClickCount {
            links.reduce(ClickCount()) { $0 + ClickCount(people: $1.people, bots: $1.bots) }
        }
        let links = found.map { link, days -> (channel: IntegrationID, link: PostClicks.Link) in
            let total = days.reduce(ClickCount()) { $0 + $1.count }
            return (
                link.integrationId,
                PostClicks.Link(
                    url: shortBase + link.code, target: link.target, people: total.people, bots: total.bots,
                    days: days.map { PostClicks.Day(day: $0.day, people: $0.count.people, bots: $0.count.bots) })
            )
        }
        let channels = Dictionary(grouping: links, by: \.channel).sorted { $0.key < $1.key }.map { channel, links -> PostClicks.Channel in
            let total = sum(links.map(\.link))
            return PostClicks.Channel(integrationId: channel, people: total.people, bots: total.bots, links: links.map(\.link))
        }
        let total = sum(links.map(\.link))
        return PostClicks(postId: post, people: total.people, bots: total.bots, channels: channels)
    }
}

/// A short link on a day, in UTC.
private struct DayOfLink: Hashable, Comparable {
    let code: String
    let day: String

    static func < (left: Self, right: Self) -> Bool { (left.code, left.day) < (right.code, right.day) }
}
