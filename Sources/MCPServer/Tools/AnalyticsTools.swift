import Application
import Domain

struct GetAnalyticsInput: ToolInput {
    enum Extent: String, Codable, Sendable, CaseIterable { case post, channel, summary }

    let scope: Extent
    let post: String?
    let channel: String?
    let since: String?
    let until: String?
    let metrics: [Metric]?
    let comparePrevious: Bool?
    let topPosts: Int?

    static let descriptions = [
        "scope": "post: the one in post; channel: the channel or platform in channel; summary: everything.",
        "post": "The post: its id or its address; for scope post.",
        "channel": "The channel, by id or name, or a platform such as x for all its channels; for scope channel.",
        "since": "From this time. Left out: 30 days ago.",
        "until": "Until this time. Left out: now.",
        "metrics": "Only these figures. Left out: all.",
        "compare_previous": "true: also the span before, of the same length.",
        "top_posts": "Posts to list, best first, 0 to 50. Left out: 5.",
    ]
    static let aliases = Span.aliases
}

struct AnalyticsReport: ToolOutput {
    struct Sample: Codable, Sendable {
        let fetchedAt: Timestamp
        let figures: [String: Int]
    }

    struct OnChannel: Codable, Sendable {
        let channel: String
        let id: IntegrationID
        let figures: [String: Int]
        let engagementRate: Double?
        /// How often people followed its short links; null where it has none.
        let linkClicks: Int?
        let fetchedAt: Timestamp?
        /// The latest readings, oldest first.
        let samples: [Sample]
    }

    struct Account: Codable, Sendable {
        let channel: String
        let id: IntegrationID
        let platform: PlatformID
        /// How many there were last, such as followers.
        let latest: [String: Int]
        /// How many more, or fewer, than on the first day known of the span.
        let change: [String: Int]
        /// Sums over the span of what is counted by day, such as views.
        let totals: [String: Int]
        /// The last days known, at most 31, oldest first; of one channel only.
        let days: [AccountSeries.Day]?
    }

    struct Span: Codable, Sendable {
        let from: Timestamp
        let to: Timestamp
        let published: Int
        let totals: [String: Int]
        let engagementRate: Double?
    }

    let message: String
    let url: String
    let post: PostID?
    /// The post's figures on each channel.
    let ofPost: [OnChannel]?
    let current: Span?
    let previous: Span?
    let byDay: [AnalyticsSummary.Day]?
    let byChannel: [AnalyticsSummary.Channel]?
    let byDayAndPlatform: [AnalyticsOverview.PlatformDay]?
    /// How the channels' accounts fared in the span: followers, and what the platform counts by day.
    let accounts: [Account]?
    let topPosts: [TopPost]?
    /// The last posts published, newest first.
    let recentPosts: [TopPost]?
    /// Figures that platforms do not tell.
    let missing: [AnalyticsOverview.Missing]?
    let fetchedAt: Timestamp?
}

enum AnalyticsTools {
    static func analytics(_ input: GetAnalyticsInput, _ call: Invocation) async throws -> AnalyticsReport {
        switch input.scope {
        case .post:
            guard let post = input.post else { throw ProblemReport.invalid("post", "scope post needs post: an id or address.") }
            return try await ofPost(try call.postId(post), input, call)
        case .channel:
            guard let channel = input.channel else { throw ProblemReport.invalid("channel", "scope channel needs channel: an id or name.") }
            return try await overview(channel, input, call)
        case .summary: return try await overview(input.channel, input, call)
        }
    }

    private static func ofPost(_ id: PostID, _ input: GetAnalyticsInput, _ call: Invocation) async throws -> AnalyticsReport {
        let figures = try await call.services.analytics.post(id, as: call.caller)
        let view = try await call.services.posts.get(id, as: call.caller.reading)
        let names = Dictionary(view.publications.map { ($0.integrationId, $0.channel) }) { first, _ in first }
        let clicks = try await call.services.shortLinks.clicks(of: id, as: call.caller).channels
        let channels = figures.publications.map { channel in
            AnalyticsReport.OnChannel(
                channel: names[channel.integrationId] ?? "", id: channel.integrationId, figures: chosen(channel.figures, input),
                engagementRate: channel.engagementRate,
                linkClicks: clicks.first { $0.integrationId == channel.integrationId }?.people, fetchedAt: channel.fetchedAt,
                samples: channel.history.suffix(30).map { .init(fetchedAt: $0.fetchedAt, figures: chosen($0.figures, input)) })
        }
        let known = channels.contains { !$0.figures.isEmpty }
        return AnalyticsReport(
            message: known ? "The latest figures of the post on each channel." : "No platform has told figures of this post yet.",
            url: call.pages.post(id), post: id, ofPost: channels, current: nil, previous: nil, byDay: nil, byChannel: nil,
            byDayAndPlatform: nil, accounts: nil, topPosts: nil, recentPosts: nil, missing: nil, fetchedAt: channels.compactMap(\.fetchedAt).max())
    }

    private static func overview(_ channel: String?, _ input: GetAnalyticsInput, _ call: Invocation) async throws -> AnalyticsReport {
        let to = try call.local.instant(input.until, "until") ?? call.now
        let from = try call.local.instant(input.since, "since") ?? to - .days(30)
        let count = try input.topPosts.within(0...50, standard: 5, "top_posts")
        let overview = try await call.services.analytics.overview(
            channel: channel, from: from, to: to, comparePrevious: input.comparePrevious ?? false, topPosts: count, as: call.caller)
        let recent = channel == nil ? nil : try await call.services.analytics.recentPosts(channel: channel, limit: max(count, 1), as: call.caller)
        let accounts = try await call.services.analytics.accounts(channel: channel, from: from, to: to, as: call.caller)
            .filter { !$0.series.isEmpty }
        let rate = overview.summary.engagementRate.map { " Engagement rate \(percent($0))." } ?? ""
        let followers = accounts.count == 1 ? accounts[0].followersInWords : ""
        return AnalyticsReport(
            message: "\(overview.summary.published) publication(s) from \(call.local.text(from)) to \(call.local.text(to)).\(rate)\(followers)",
            url: call.pages.posts, post: nil, ofPost: nil, current: span(overview.summary, input),
            previous: overview.previous.map { span($0, input) }, byDay: overview.summary.series, byChannel: overview.summary.channels,
            byDayAndPlatform: overview.byDayAndPlatform, accounts: accounts.map { .init($0, withDays: accounts.count == 1) },
            topPosts: overview.topPosts,
            recentPosts: recent, missing: overview.missing,
            fetchedAt: overview.fetchedAt)
    }

    private static func span(_ summary: AnalyticsSummary, _ input: GetAnalyticsInput) -> AnalyticsReport.Span {
        AnalyticsReport.Span(
            from: summary.from, to: summary.to, published: summary.published, totals: chosen(summary.totals, input),
            engagementRate: summary.engagementRate)
    }

    private static func chosen(_ figures: [String: Int], _ input: GetAnalyticsInput) -> [String: Int] {
        guard let metrics = input.metrics, !metrics.isEmpty else { return figures }
        let names = Set(metrics.map(\.rawValue))
        return figures.filter { names.contains($0.key) }
    }

    private static func percent(_ rate: Double) -> String { "\((rate * 1000).rounded() / 10) %" }
}

extension AnalyticsReport.Account {
    init(_ series: AccountSeries, withDays: Bool) {
        self.init(
            channel: series.name, id: series.integrationId, platform: series.platform, latest: series.latest, change: series.change,
            totals: series.totals, days: withDays ? series.series.suffix(31) : nil)
    }
}

extension AccountSeries {
    /// ` 120 followers, 20 more.`
    fileprivate var followersInWords: String {
        let name = AccountMetric.followers.rawValue
        guard let now = latest[name] else { return "" }
        guard let change = change[name] else { return " \(now) follower(s)." }
        return " \(now) follower(s), \(change < 0 ? "\(-change) fewer" : "\(change) more")."
    }
}
