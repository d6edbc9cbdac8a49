import Domain
import Persistence

/// A series of recurring posts as the API shows it.
public struct SeriesView: Codable, Sendable, Equatable {
    /// One of its times.
    public struct Time: Codable, Sendable, Equatable {
        /// `2026-11-24`
        public let day: String
        public let wallTime: WallTime
        public let scheduledFor: Timestamp
        /// Left out by a person.
        public let isSkipped: Bool
        /// Its post, when that is made.
        public let postId: PostID?
        /// Where its post stands.
        public let status: PostStatus?
        /// A person changed its post.
        public let isChanged: Bool
    }

    public let id: SeriesID
    /// The text of the first part.
    public let content: String
    public let platforms: [IntegrationID]
    public let tags: [String]
    public let recurrence: String
    /// The rule in English.
    public let words: String
    /// The first time, by the clocks of `timeZone`.
    public let start: WallTime
    public let timeZone: String
    public let status: Series.Status
    /// What its posts begin as.
    public let postStatus: PostStatus
    /// The next times, at most twelve; in a list of series the next one alone.
    public let next: [Time]
    /// When somebody approved it as it is; null since it was changed, and where nobody had to.
    public let approvedAt: Timestamp?
    /// The name of the member who did; null where that is not known any more, or a client did.
    public let approvedBy: String?
    public let createdAt: Timestamp
}

/// What is asked about a rule that somebody is choosing.
public struct RecurrenceQuestion: Codable, Sendable, Equatable {
    public var recurrence: String
    /// ISO 8601: with an offset an instant, without one a time by the clocks of `timeZone`.
    public var scheduledFor: String
    public var timeZone: String?

    public init(recurrence: String, scheduledFor: String, timeZone: String? = nil) {
        self.recurrence = recurrence
        self.scheduledFor = scheduledFor
        self.timeZone = timeZone
    }
}

/// What a rule means.
public struct RecurrencePreview: Codable, Sendable, Equatable {
    public struct Time: Codable, Sendable, Equatable {
        public let wallTime: WallTime
        public let scheduledFor: Timestamp
        /// The clocks skip the wall time on that day: it goes out later, by as much as they skip.
        public let isMoved: Bool
    }

    /// The rule as it is stored.
    public let recurrence: String
    /// In English.
    public let words: String
    /// The first twelve; fewer when it ends before.
    public let times: [Time]
    /// Another rule that somebody may mean who begins on the 29th, 30th or 31st: the last day of the month.
    public let lastDayOfMonth: String?
}

extension Posts {
    static let timesShown = 12

    /// What a rule means, without keeping it. Throws `VALIDATION_FAILED` when it cannot be read, or its start does not fit.
    public func preview(_ question: RecurrenceQuestion, as caller: Caller) throws -> RecurrencePreview {
        try caller.require(.postsRead)
        let name = question.timeZone ?? caller.timeZone
        let (time, zone) = (try Schedule.read(question.scheduledFor, zone: name), try Schedule.timeZone(name))
        let rule = try RecurrenceRule(question.recurrence)
        let recurrence = Recurrence(rule, start: time.wall ?? WallTime(time.instant, in: zone), zone: zone)
        try recurrence.check()
        return RecurrencePreview(
            recurrence: rule.text(in: zone), words: RecurrenceWords.english.say(recurrence),
            times: recurrence.occurrences.prefix(Self.timesShown).map {
                .init(wallTime: $0.wallTime, scheduledFor: $0.instant, isMoved: WallTime($0.instant, in: zone) != $0.wallTime)
            }, lastDayOfMonth: rule.onLastDay(from: recurrence.start)?.text(in: zone))
    }

    /// The series of a workspace, newest first, each with its next time; those that have ended when they are asked for.
    public func allSeries(withEnded: Bool = false, as caller: Caller) async throws -> [SeriesView] {
        try caller.require(.postsRead)
        let (organization, now) = (caller.organizationId, clock.now)
        return try await database.readDelayed { transaction in
            try SeriesRepository.list(of: organization, withEnded: withEnded, limit: Self.mostSeries, in: transaction).map {
                try Self.view($0, times: 1, at: now, in: transaction)
            }
        }
    }

    /// A series with its next twelve times.
    public func series(_ id: SeriesID, as caller: Caller) async throws -> SeriesView {
        try caller.require(.postsRead)
        let now = clock.now
        return try await database.read { try Self.view(find(id, as: caller, in: $0), times: Self.timesShown, at: now, in: $0) }
    }

    private static func view(_ series: Series, times: Int, at now: Timestamp, in transaction: any Transaction) throws -> SeriesView {
        let recurrence = try series.recurrence()
        let upcoming = series.status == .ended ? [] : Array(try series.upcoming(after: now, leavingOut: times == 1).lazy.prefix(times))
        let today = WallTime(now, in: recurrence.zone).adding(days: -1).dayText
        let entries = try SeriesPosts.list(of: series.id, from: today, in: series.organizationId, in: transaction)
        let posts = Dictionary(entries.map { ($0.day, $0) }) { first, _ in first }
        return SeriesView(
            id: series.id, content: series.content.parts.first?.text ?? "", platforms: series.channels, tags: series.tags,
            recurrence: series.rule, words: RecurrenceWords.english.say(recurrence), start: series.start, timeZone: series.timeZone,
            status: series.status, postStatus: series.plan,
            next: upcoming.map { occurrence in
                let day = occurrence.wallTime.dayText
                let post = posts[day].flatMap { $0.isDeleted ? nil : $0 }
                return .init(
                    day: day, wallTime: occurrence.wallTime, scheduledFor: post?.scheduledFor ?? occurrence.instant,
                    isSkipped: series.excluded.contains(day), postId: post?.id, status: post?.status, isChanged: post?.isChanged ?? false)
            }, approvedAt: series.approvedAt,
            approvedBy: try series.approvedBy.flatMap { try UserRepository.find($0, in: transaction)?.name }, createdAt: series.createdAt)
    }
}
