import Domain
import Foundation
import Persistence

/// Calendars for other programs, each behind a secret address that can be taken back.
public struct CalendarFeeds: Sendable {
    /// How far back and ahead a calendar goes, and how many posts it holds at most.
    private static let (back, ahead, most) = (Duration.days(60), Duration.days(400), 2_000)
    private static let eventLength = Duration.minutes(15)
    private static let longestSummary = 80
    /// Of a workspace.
    private static let mostFeeds = 50
    private static let seenPrecision = Duration.minutes(1)

    private let mainURL: URL
    private let database: any Database
    private let audit: AuditLog
    private let time: any TimeSource

    init(mainURL: URL, database: any Database, audit: AuditLog, time: any TimeSource) {
        self.mainURL = mainURL
        self.database = database
        self.audit = audit
        self.time = time
    }

    /// A new calendar with its address, which is shown this once.
    public struct Created: Codable, Sendable {
        public let feed: CalendarFeed
        public let url: String
    }

    public func list(as caller: Caller) async throws -> [CalendarFeed] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.read { try CalendarFeedRepository.list(of: organization, in: $0) }
    }

    /// Makes a calendar of the posts of `channel`, or of all. Throws `NOT_FOUND` for a channel that the workspace does not have.
    public func create(channel: IntegrationID?, as caller: Caller) async throws -> Created {
        try caller.require(.postsRead)
        try caller.requireApproved(to: "make a calendar address")
        guard let maker = caller.userId else { throw ProblemReport(.forbidden, "Only a member of the workspace can do this.") }
        let (now, secret) = (time.now, RandomToken.make())
        let feed = CalendarFeed(
            id: CalendarFeedID(at: now), organizationId: caller.organizationId, integrationId: channel, createdBy: maker, createdAt: now,
            lastUsedAt: nil)
        try await database.write { transaction in
            if let channel, try IntegrationRepository.find(channel, of: feed.organizationId, in: transaction) == nil {
                throw ProblemReport.notFound("channel")
            }
            guard try CalendarFeedRepository.list(of: feed.organizationId, in: transaction).count < Self.mostFeeds else {
                throw ProblemReport(.conflict, "A workspace has at most \(Self.mostFeeds) calendar addresses. Revoke one that is no longer used.")
            }
            try CalendarFeedRepository.insert(feed, hash: RandomToken.hash(secret), in: transaction)
            try audit.record("calendar.created", target: feed.id.text, as: caller, in: transaction)
        }
        return Created(feed: feed, url: mainURL.appending(path: "api/calendar-files/\(secret)/posts.ics").absoluteString)
    }

    /// Ends an address at once.
    public func revoke(_ id: CalendarFeedID, as caller: Caller) async throws {
        try caller.require(.postsRead)
        try caller.requireApproved(to: "revoke a calendar address")
        let organization = caller.organizationId
        try await database.write { transaction in
            guard try CalendarFeedRepository.remove(id, of: organization, in: transaction) else { throw ProblemReport.notFound("calendar") }
            try audit.record("calendar.revoked", target: id.text, as: caller, in: transaction)
        }
    }

    /// The calendar behind a secret. Throws `NOT_FOUND` for one that is unknown or revoked.
    public func calendar(_ secret: String) async throws -> ICalendar {
        let (now, hash) = (time.now, RandomToken.hash(secret))
        guard let feed = try await database.read({ try CalendarFeedRepository.find(hash: hash, in: $0) }) else {
            throw ProblemReport.notFound("calendar")
        }
        let calendar = try await database.readDelayed { transaction -> ICalendar in
            var filter = PostRepository.Filter()
            (filter.from, filter.to, filter.newestFirst, filter.limit) = (now - Self.back, now + Self.ahead, false, Self.most)
            filter.integration = feed.integrationId
            let posts = try PostRepository.list(filter, of: feed.organizationId, in: transaction).map(\.post)
            let channels = try IntegrationRepository.list(of: feed.organizationId, in: transaction)
            let names = Dictionary(channels.map { ($0.id, $0.displayName) }) { first, _ in first }
            let name = feed.integrationId.flatMap { names[$0] } ?? "Postiz"
            return ICalendar(name: name, events: posts.compactMap { event($0, channels: names) })
        }
        let limit = now - Self.seenPrecision
        if feed.lastUsedAt.map({ $0 <= limit }) ?? true {
            try await database.writeIfThereIsRoom { try CalendarFeedRepository.touch(feed.id, at: now, unlessSince: limit, in: $0) }
        }
        return calendar
    }

    /// Nil for a post without a time.
    private func event(_ post: Post, channels: [IntegrationID: String]) -> ICalendar.Event? {
        guard let start = post.scheduledFor else { return nil }
        let text = post.content.parts.map(\.text).joined(separator: "\n\n")
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let opening = line.count > Self.longestSummary ? line.prefix(Self.longestSummary) + "…" : line
        let names = post.channels.compactMap { channels[$0] }
        let address = mainURL.appending(path: "posts/\(post.id)").absoluteString
        let certainty: ICalendar.Certainty =
            switch post.status {
            case .draft, .inReview: .tentative
            case .cancelled: .cancelled
            default: .confirmed
            }
        return ICalendar.Event(
            uid: "\(post.id)@\(mainURL.host() ?? "localhost")", start: start, lasting: Self.eventLength, changed: post.updatedAt,
            sequence: post.revision, summary: opening.isEmpty ? names.joined(separator: ", ") : opening,
            description: [text, names.joined(separator: ", "), address].filter { !$0.isEmpty }.joined(separator: "\n\n"), url: address,
            categories: post.tags, certainty: certainty)
    }
}
