import Domain
import Foundation
import Logging
import Persistence
import Platforms

/// The figures that platforms tell about published posts: fetched now and then, kept as a time series.
public struct Analytics: Sendable {
    /// Posts older than this are not asked about any more.
    static let horizon = Duration.days(90)
    /// How old a post's figures may get, by the age of the post.
    static let freshness: [(age: Duration, interval: Duration)] = [
        (.days(2), .hours(1)), (.days(14), .hours(6)), (horizon, .hours(24)),
    ]
    /// How many posts a platform is asked about at once.
    static let batchSize = 50

    let database: any Database
    let platforms: PlatformRegistry
    let channels: Channels
    let time: any TimeSource
    let logger: Logger

    public init(
        database: any Database, channels: Channels, platforms: PlatformRegistry, time: any TimeSource,
        logger: Logger = Logger(label: "postiz.analytics")
    ) {
        self.database = database
        self.platforms = platforms
        self.channels = channels
        self.time = time
        self.logger = logger
    }

    /// The figures of a post on each of its channels. Throws `NOT_FOUND`, `FORBIDDEN_SCOPE`.
    public func post(_ id: PostID, as caller: Caller) async throws -> PostAnalytics {
        try caller.require(.analyticsRead)
        let organization = caller.organizationId
        let rows = try await database.readDelayed { transaction in
            guard try PostRepository.find(id, of: organization, in: transaction) != nil else { throw ProblemReport.notFound("post") }
            return try MetricsRepository.history(of: id, organization: organization, in: transaction)
        }
        let publications = Dictionary(grouping: rows, by: \.publicationId).sorted { $0.key < $1.key }.map(\.value)
        return PostAnalytics(postId: id, publications: publications.compactMap(PostAnalytics.Channel.init))
    }

    /// What was published from `from` until before `to`, with the latest figures: in all, by day of publication in the caller's zone, and
    /// by channel. Throws `VALIDATION_FAILED` for an empty or too long span, `NOT_FOUND` for an unknown channel.
    public func summary(
        integration: IntegrationID?, from: Timestamp, to: Timestamp, as caller: Caller
    ) async throws -> AnalyticsSummary {
        try caller.require(.analyticsRead)
        try Self.check(from, to)
        let organization = caller.organizationId
        let (rows, integrations) = try await database.readDelayed { transaction in
            (
                try MetricsRepository.latest(
                    of: organization, integrations: integration.map { [$0] }, from: from, to: to, in: transaction),
                try IntegrationRepository.list(of: organization, in: transaction)
            )
        }
        if let integration, !integrations.contains(where: { $0.id == integration }) { throw ProblemReport.notFound("channel") }
        return AnalyticsSummary(rows, channels: integrations, from: from, to: to, zone: try Schedule.timeZone(caller.timeZone))
    }

    static func check(_ from: Timestamp, _ to: Timestamp) throws {
        guard from < to, to - from <= .days(366) else {
            throw ProblemReport.invalid("from", "Ask for a span of at most a year, from before to.")
        }
    }

    /// Reads the figures of up to `limit` posts whose figures are too old; returns how many posts were asked about. Run by the worker.
    public func fetchDue(limit: Int) async throws -> Int {
        let now = time.now
        let telling = platforms.all.map(\.descriptor).filter { !$0.analytics.isEmpty }.map(\.id)
        let intervals = Self.freshness.map { (publishedAfter: now - $0.age, readBefore: now - $0.interval) }
        let due = try await database.read {
            try MetricsRepository.due(platforms: telling, oldest: now - Self.horizon, intervals: intervals, limit: limit, in: $0)
        }
        for (integration, targets) in Dictionary(grouping: due, by: \.integrationId).sorted(by: { $0.key < $1.key }) {
            for start in stride(from: 0, to: targets.count, by: Self.batchSize) {
                try await fetch(Array(targets[start..<min(start + Self.batchSize, targets.count)]), of: integration)
            }
        }
        return due.count
    }

    /// Stores what the platform tells. A failure is stored as nothing told, so that the next try comes when the figures are due again;
    /// it never marks the channel, because the right to publish may be sound where the right to read figures is missing.
    private func fetch(_ targets: [MetricsTarget], of id: IntegrationID) async throws {
        var read = PostReadings()
        var thread = ThreadRule.Kind.replies
        do {
            let (integration, account) = try await channels.connectedAccount(id)
            let posts = targets.map { PublishedPost(platformPostId: $0.platformPostId, publishedAt: $0.publishedAt) }
            thread = platforms[integration.platform]?.descriptor.thread.kind ?? thread
            read = try await platforms[integration.platform]?.metrics(of: posts, account: account) ?? PostReadings()
        } catch let error as PlatformError {
            logger.info("figures not read", metadata: ["integration": "\(id)", "code": "\(error.code)"])
        } catch let problem as ProblemReport where problem.code == .notFound {
            return  // The channel was removed meanwhile.
        }
        let (now, told, kind) = (time.now, read, thread)
        try await database.write { transaction in
            let parts = try JournalRepository.progress(of: targets.map(\.publicationId), in: transaction)
            for target in targets {
                var figures = told[target.platformPostId] ?? [:]
                // Platforms count the author's own answers too: the rest of the thread, or the first comments.
                let more = max(0, (parts[target.publicationId] ?? 1) - 1)
                let own = kind == .replies ? min(1, more) : more
                figures[.comments] = figures[.comments].map { max(0, $0 - own) }
                let named = Dictionary(uniqueKeysWithValues: figures.map { ($0.key.rawValue, $0.value) })
                try MetricsRepository.insert(named, of: target, at: now, in: transaction)
                if let note = told.notes[target.platformPostId] {
                    try PublicationRepository.note(note, on: target.publicationId, of: target.organizationId, in: transaction)
                }
            }
        }
    }
}

/// What follows from figures, which are named as `Metric`.
public enum Figures {
    static func sum(_ figures: some Sequence<[String: Int]>) -> [String: Int] {
        figures.reduce(into: [:]) { $0.merge($1) { $0 &+ $1 } }
    }

    /// (likes + shares + comments + clicks) / impressions; nil without impressions.
    static func engagementRate(_ figures: [String: Int]) -> Double? {
        guard let impressions = figures[Metric.impressions.rawValue], impressions > 0 else { return nil }
        return Double(engagements(figures)) / Double(impressions)
    }

    /// likes + shares + comments + clicks.
    public static func engagements(_ figures: [String: Int]) -> Int {
        [Metric.likes, .shares, .comments, .clicks].reduce(0) { $0 &+ (figures[$1.rawValue] ?? 0) }
    }
}

extension PostAnalytics.Channel {
    /// `rows` are the readings of one publication, oldest first.
    init?(_ rows: [MetricsRow]) {
        guard let first = rows.first else { return nil }
        let samples = rows.compactMap { row -> PostAnalytics.Sample? in
            guard let fetchedAt = row.fetchedAt, let figures = row.figures, !figures.isEmpty else { return nil }
            return PostAnalytics.Sample(fetchedAt: fetchedAt, figures: figures)
        }
        let latest = samples.last?.figures ?? [:]
        self.init(
            integrationId: first.integrationId, figures: latest, engagementRate: Figures.engagementRate(latest),
            fetchedAt: samples.last?.fetchedAt, history: samples)
    }
}

extension AnalyticsSummary {
    init(_ rows: [MetricsRow], channels: [Integration], from: Timestamp, to: Timestamp, zone: Zone) {
        let totals = Figures.sum(rows.compactMap(\.figures))
        let dated = rows.compactMap { row in row.publishedAt.map { (day: WallTime($0, in: zone).dayText, row: row) } }
        let days = Dictionary(grouping: dated, by: \.day).sorted { $0.key < $1.key }.map { day, rows in
            Day(day: day, published: rows.count, figures: Figures.sum(rows.compactMap(\.row.figures)))
        }
        let byChannel = Dictionary(grouping: rows, by: \.integrationId)
        let channels = channels.compactMap { channel -> Channel? in
            guard let rows = byChannel[channel.id] else { return nil }
            let figures = Figures.sum(rows.compactMap(\.figures))
            return Channel(
                integrationId: channel.id, platform: channel.platform, name: channel.displayName, published: rows.count, figures: figures,
                engagementRate: Figures.engagementRate(figures))
        }
        self.init(
            from: from, to: to, published: rows.count, totals: totals, engagementRate: Figures.engagementRate(totals), series: days,
            channels: channels.sorted { ($1.published, $0.name) < ($0.published, $1.name) })
    }
}
