import Domain
import Persistence

/// What a calendar shows of one span of time: how many posts have their time in it, and the first of them.
public struct CalendarCell: Sendable, Equatable {
    public let count: Int
    public let posts: [CalendarPost]
}

/// A post in what a calendar has room for.
public struct CalendarPost: Sendable, Equatable {
    public let id: PostID
    public let status: PostStatus
    public let at: Timestamp
    /// The beginning of its first part, at most 400 characters.
    public let text: String
    public let channels: [IntegrationID]
    /// Relative to the instance's address.
    public let pictureURL: String?
    /// On one of its channels it is on hold or unconfirmed.
    public let waits: Bool
    /// As things are, it would not go out: its page says why.
    public let isAtRisk: Bool
    /// It belongs to a series.
    public let repeats: Bool

    /// Whether it may be given another time.
    public var isMovable: Bool { [.draft, .inReview, .scheduled].contains(status) }
}

extension Posts {
    /// How many posts that fit `query` have their time in each of `cells`, and the first `limit` of each, however many there are. Order and
    /// page of the query do not matter. Throws as `list`.
    public func calendar(
        _ cells: [Range<Timestamp>], showing limit: Int, of query: PostQuery = PostQuery(), as caller: Caller
    ) async throws -> [CalendarCell] {
        try caller.require(.postsRead)
        let (organization, filter) = (caller.organizationId, try await filter(query, as: caller))
        let found = try await database.readDelayed {
            try CalendarRepository.cells(cells, showing: limit, filter: filter, of: organization, in: $0)
        }
        return found.map { CalendarCell(count: $0.count, posts: $0.entries.map(CalendarPost.init)) }
    }

    /// For each of these spans whether any post has its time in it.
    public func areBusy(_ cells: [Range<Timestamp>], as caller: Caller) async throws -> [Bool] {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.readDelayed { try CalendarRepository.areBusy(cells, of: organization, in: $0) }
    }
}

extension CalendarPost {
    fileprivate init(_ entry: CalendarRepository.Entry) {
        self.init(
            id: entry.id, status: entry.status, at: entry.at, text: entry.text, channels: entry.channels,
            pictureURL: entry.picture.map { "/api/media/\($0)/thumbnail" }, waits: entry.waits, isAtRisk: entry.isAtRisk,
            repeats: entry.repeats)
    }
}
