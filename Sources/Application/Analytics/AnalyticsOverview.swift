import Domain
import Foundation
import Persistence

/// How a span of time went: in all, beside the span before it, by day and platform, and which posts did best.
public struct AnalyticsOverview: Codable, Sendable, Equatable {
    /// What was published on one platform on one day, with the latest figures.
    public struct PlatformDay: Codable, Sendable, Equatable {
        /// `2026-11-23` in the caller's zone.
        public let day: String
        public let platform: PlatformID
        public let published: Int
        public let figures: [String: Int]
    }

    /// Figures that a platform does not give: they are absent, not zero.
    public struct Missing: Codable, Sendable, Equatable {
        public let platform: PlatformID
        public let metrics: [Metric]
    }

    public let summary: AnalyticsSummary
    /// The span of the same length before it, when asked for.
    public let previous: AnalyticsSummary?
    /// Most engagements (likes, shares, comments and clicks) first.
    public let topPosts: [TopPost]
    public let byDayAndPlatform: [PlatformDay]
    public let missing: [Missing]
    /// When figures were last read; nil when they never were.
    public let fetchedAt: Timestamp?
}

/// A post on one channel with its latest figures.
public struct TopPost: Codable, Sendable, Equatable {
    public let postId: PostID
    /// What this channel got: the text of the first part.
    public let content: String
    public let platform: PlatformID
    /// The channel's name.
    public let channel: String
    public let publishedAt: Timestamp
    public let url: String?
    /// Named as `Metric`; empty until they were read.
    public let figures: [String: Int]
    /// (likes + shares + comments + clicks) / impressions; nil without impressions.
    public let engagementRate: Double?
    /// How often people followed its short links; nil where it has none.
    public let linkClicks: Int?
}

extension Analytics {
    /// How many posts an overview names at most.
    public static let mostTopPosts = 1000

    /// What was published from `from` until before `to`, on one channel (id or name), all channels of a platform (its name) or all. The best
    /// posts are those with most of `metric`, or with most engagements. What went out elsewhere and was brought here counts, unless it is to be only
    /// what was `sentHere`. Throws `VALIDATION_FAILED` for an empty or too long span, `UNKNOWN_CHANNEL`, `AMBIGUOUS_CHANNEL`, `FORBIDDEN_SCOPE`.
    public func overview(
        channel: String?, from: Timestamp, to: Timestamp, comparePrevious: Bool, topPosts count: Int, by metric: Metric? = nil,
        sentHere: Bool = false, as caller: Caller
    ) async throws -> AnalyticsOverview {
        let zone = try Schedule.timeZone(caller.timeZone)
        let rows = try await rows(channel, from: from, to: to, sentHere: sentHere, as: caller)
        let previous = comparePrevious ? try await self.rows(channel, from: from - (to - from), to: from, sentHere: sentHere, as: caller) : nil
        let known = try await integrations(channel, as: caller)
        func worth(_ row: MetricsRow) -> Int {
            let figures = row.figures ?? [:]
            return metric.map { figures[$0.rawValue] ?? -1 } ?? Figures.engagements(figures)
        }
        let best = rows.sorted { left, right in
            let (a, b) = (worth(left), worth(right))
            return a == b ? (left.publishedAt ?? from) > (right.publishedAt ?? from) : a > b
        }
        return AnalyticsOverview(
            summary: AnalyticsSummary(rows, channels: known, from: from, to: to, zone: zone),
            previous: previous.map { AnalyticsSummary($0, channels: known, from: from - (to - from), to: from, zone: zone) },
            topPosts: try await posts(Array(best.prefix(max(0, min(count, Self.mostTopPosts)))), on: known, as: caller),
            byDayAndPlatform: byDayAndPlatform(rows, known, zone: zone), missing: missing(on: known),
            fetchedAt: rows.compactMap(\.fetchedAt).max())
    }

    /// The last `limit` posts that were published, on one channel, all of a platform, or all, newest first.
    public func recentPosts(channel: String?, limit: Int, as caller: Caller) async throws -> [TopPost] {
        guard (1...100).contains(limit) else { throw ProblemReport.invalid("limit", "limit is a number from 1 to 100.") }
        try caller.require(.analyticsRead)
        let (organization, end) = (caller.organizationId, time.now + .minutes(1))
        let ids = try await chosen(channel, as: caller)?.map(\.id)
        let rows = try await database.readDelayed {
            try MetricsRepository.latest(
                of: organization, integrations: ids, from: Timestamp(milliseconds: 0), to: end, limit: limit, in: $0)
        }
        return try await posts(rows.reversed(), on: try await integrations(channel, as: caller), as: caller)
    }

    func rows(_ channel: String?, from: Timestamp, to: Timestamp, sentHere: Bool = false, as caller: Caller) async throws -> [MetricsRow] {
        try caller.require(.analyticsRead)
        try Self.check(from, to)
        let (organization, ids) = (caller.organizationId, try await chosen(channel, as: caller)?.map(\.id))
        return try await database.readDelayed {
            try MetricsRepository.latest(of: organization, integrations: ids, from: from, to: to, sentHere: sentHere, in: $0)
        }
    }

    private func chosen(_ channel: String?, as caller: Caller) async throws -> [Integration]? {
        guard let channel else { return nil }
        return try await channels.fitting([channel], as: caller)
    }

    func integrations(_ channel: String?, as caller: Caller) async throws -> [Integration] {
        if let chosen = try await chosen(channel, as: caller) { return chosen }
        let organization = caller.organizationId
        return try await database.readDelayed { try IntegrationRepository.list(of: organization, in: $0) }
    }

    private func posts(_ rows: [MetricsRow], on channels: [Integration], as caller: Caller) async throws -> [TopPost] {
        let organization = caller.organizationId
        let ids = Array(Set(rows.map(\.postId)))
        let (contents, clicks) = try await database.readDelayed { transaction in
            (
                try ids.reduce(into: [PostID: PostContent]()) { $0[$1] = try PostRepository.find($1, of: organization, in: transaction)?.content },
                try ShortLinkRepository.clicks(of: rows.map(\.publicationId), in: organization, in: transaction)
            )
        }
        let known = Dictionary(channels.map { ($0.id, $0) }) { first, _ in first }
        return rows.compactMap { row in
            guard let content = contents[row.postId], let publishedAt = row.publishedAt else { return nil }
            let (channel, figures) = (known[row.integrationId], row.figures ?? [:])
            return TopPost(
                postId: row.postId, content: content.parts(for: row.integrationId).first?.text ?? "", platform: channel?.platform ?? "removed",
                channel: channel?.displayName ?? "Removed channel", publishedAt: publishedAt, url: row.url, figures: figures,
                engagementRate: Figures.engagementRate(figures), linkClicks: clicks[row.publicationId])
        }
    }

    private func byDayAndPlatform(_ rows: [MetricsRow], _ channels: [Integration], zone: Zone) -> [AnalyticsOverview.PlatformDay] {
        struct Key: Hashable {
            let day: String
            let platform: PlatformID
        }
        let platforms = Dictionary(channels.map { ($0.id, $0.platform) }) { first, _ in first }
        let dated = rows.compactMap { row in
            row.publishedAt.map { (key: Key(day: WallTime($0, in: zone).dayText, platform: platforms[row.integrationId] ?? "removed"), row: row) }
        }
        return Dictionary(grouping: dated, by: \.key).map { key, rows in
            AnalyticsOverview.PlatformDay(
                day: key.day, platform: key.platform, published: rows.count, figures: Figures.sum(rows.compactMap(\.row.figures)))
        }.sorted { ($0.day, $0.platform) < ($1.day, $1.platform) }
    }

    private func missing(on channels: [Integration]) -> [AnalyticsOverview.Missing] {
        Set(channels.map(\.platform)).sorted().compactMap { id in
            guard let given = platforms[id]?.descriptor.analytics else { return nil }
            let absent = Metric.allCases.filter { !given.contains($0) }
            return absent.isEmpty ? nil : AnalyticsOverview.Missing(platform: id, metrics: absent)
        }
    }
}
