import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// How posts and channels did: figures beside those of the time before, by day, by hour and by tag, and every post with its own.
struct AnalyticsPage {
    /// Days to look back on.
    static let spans = [7, 28, 90, 365]
    private static let usualSpan = 28
    private static let shownPosts = 50
    /// The columns of the posts' table.
    static let columns: [Metric] = [.impressions, .likes, .shares, .comments, .clicks]

    /// What is looked at, as the address says.
    private struct Choice {
        let days: Int
        let channel: IntegrationID?
        let metric: Metric?
        let from: Timestamp
        let to: Timestamp

        init(_ visit: Visit, withoutChannel: Bool = false) {
            let asked = Int(visit.query.text("days"))
            days = asked.flatMap { AnalyticsPage.spans.contains($0) ? $0 : nil } ?? AnalyticsPage.usualSpan
            channel = withoutChannel ? nil : visit.query.given("channel").flatMap(IntegrationID.init)
            metric = visit.query.given("sort").flatMap(Metric.init)
            to = visit.services.time.now
            from = to - .days(Int64(days))
        }

        func address(_ path: String = "/analytics", sort: Metric?) -> String {
            link(path, ["days": days == usualSpan ? nil : "\(days)", "channel": channel?.text, "sort": sort?.rawValue])
        }
    }

    func show(_ visit: Visit) async throws -> Response {
        if let begun = try await visit.begun(at: .analytics) { return begun }
        let menu = try await ViewMenu(at: .analytics, visit)
        let choice = Choice(visit, withoutChannel: menu.gone.contains(.channel))
        let analytics = visit.services.analytics
        async let channels = visit.services.channels.list(as: visit.caller)
        async let overview = analytics.overview(
            channel: choice.channel?.text, from: choice.from, to: choice.to, comparePrevious: true, topPosts: Self.shownPosts, by: choice.metric,
            as: visit.caller)
        async let patterns = analytics.patterns(channel: choice.channel?.text, from: choice.from, to: choice.to, as: visit.caller)
        async let accounts = analytics.accounts(channel: choice.channel?.text, from: choice.from, to: choice.to, as: visit.caller)
        let (figures, series) = (try await overview, try await accounts)
        let words = visit.words
        let countsLinks = figures.topPosts.contains { $0.linkClicks != nil }
        let model: Model = [
            "viewMenu": menu.model,
            "spans": Self.spans.map {
                ["value": "\($0)", "label": words("analytics_days", ["count": "\($0)"]), "selected": $0 == choice.days] as Model
            },
            "channelOptions": options(try await channels, chosen: choice.channel, words),
            "csv": choice.address("/analytics.csv", sort: choice.metric),
            "sort": choice.metric?.rawValue, "tiles": tiles(figures, series, choice, visit), "charts": charts(figures, series, choice, visit),
            "hours": hours(try await patterns, visit), "tags": tags(try await patterns, visit), "hasTags": !(try await patterns.tags.isEmpty),
            "impressionsHeading": visit.heading("metric_impressions"),
            "posts": figures.topPosts.map { row($0, countsLinks, visit) }, "hasPosts": !figures.topPosts.isEmpty, "headings": headings(choice, visit),
            "linkHeading": countsLinks ? words("analytics_shortLinks") : nil,
            "read": figures.fetchedAt.map { words("analytics_read", ["time": visit.time.moment($0)]) }, "missing": missing(figures, visit),
        ]
        return try await visit.site.page("pages/analytics", title: words("analytics"), model, for: visit)
    }

    private func options(_ channels: [ChannelView], chosen: IntegrationID?, _ words: Words) -> [Model] {
        [["value": "", "label": words("anyChannel")]]
            + channels.map { ["value": $0.id.text, "label": "\($0.platformName) \($0.handle)", "selected": $0.id == chosen] as Model }
    }

    // MARK: In all

    private func tiles(_ overview: AnalyticsOverview, _ accounts: [AccountSeries], _ choice: Choice, _ visit: Visit) -> [Model] {
        let (now, before) = (overview.summary, overview.previous)
        func tile(_ key: String, _ value: Int?, _ earlier: Int?) -> Model? {
            value.map { ["label": visit.heading(key), "value": visit.number($0), "change": change($0, earlier, choice, visit)] }
        }
        let followers = accounts.compactMap { $0.latest[AccountMetric.followers.rawValue] }
        let gained = accounts.compactMap { $0.change[AccountMetric.followers.rawValue] }
        var tiles = [
            tile("analytics_published", now.published, before?.published),
            tile("metric_impressions", now.totals[Metric.impressions.rawValue], before?.totals[Metric.impressions.rawValue]),
            tile("analytics_engagements", Figures.engagements(now.totals), before.map { Figures.engagements($0.totals) }),
        ].compactMap(\.self)
        if let rate = now.engagementRate {
            tiles.append(["label": visit.words("analytics_rate"), "value": visit.share(rate)])
        }
        if !followers.isEmpty {
            let sum = followers.reduce(0, &+)
            tiles.append([
                "label": visit.heading("metric_followers"), "value": visit.number(sum),
                "change": change(sum, gained.isEmpty ? nil : sum &- gained.reduce(0, &+), choice, visit),
            ])
        }
        return tiles
    }

    /// `+12 % on the 28 days before`; nil where there is nothing to compare with.
    private func change(_ value: Int, _ before: Int?, _ choice: Choice, _ visit: Visit) -> Model? {
        guard let before, before > 0 else { return nil }
        let share = Double(value - before) / Double(before)
        let text = share == 0 ? visit.words("analytics_same") : (share > 0 ? "+" : "−") + visit.share(abs(share))
        return [
            "text": visit.words("analytics_change", ["change": text, "count": "\(choice.days)"]),
            "tone": share > 0 ? "positive" : share < 0 ? "danger" : "neutral",
        ]
    }

    // MARK: By day

    private func charts(_ overview: AnalyticsOverview, _ accounts: [AccountSeries], _ choice: Choice, _ visit: Visit) -> [Model] {
        let days = days(choice, visit)
        let byDay = Dictionary(overview.summary.series.map { ($0.day, $0) }) { first, _ in first }
        func posts(_ key: String, _ figure: (AnalyticsSummary.Day) -> Int?) -> Model? {
            chart(key, .bars, days.map { ($0, byDay[$0.dayText].flatMap(figure) ?? 0) }, visit)
        }
        return [
            chart("metric_followers", .line, followers(accounts, days), visit),
            posts("metric_impressions") { $0.figures[Metric.impressions.rawValue] },
            posts("analytics_engagements") { Figures.engagements($0.figures) }, posts("analytics_published") { $0.published },
        ].compactMap(\.self)
    }

    private func days(_ choice: Choice, _ visit: Visit) -> [WallTime] {
        let last = visit.time.wall(choice.to)
        return (0..<choice.days).reversed().map { last.adding(days: -$0) }
    }

    /// Those of all channels together; a day that a channel knows nothing of has what it had before.
    private func followers(_ accounts: [AccountSeries], _ days: [WallTime]) -> [(WallTime, Int?)] {
        let known = accounts.map { account in
            Dictionary(account.series.compactMap { day in day.figures[AccountMetric.followers.rawValue].map { (day.day, $0) } }) { first, _ in first }
        }
        var latest = [Int?](repeating: nil, count: known.count)
        return days.map { day in
            for (index, values) in known.enumerated() { latest[index] = values[day.dayText] ?? latest[index] }
            let counts = latest.compactMap(\.self)
            return (day, counts.isEmpty ? nil : counts.reduce(0, &+))
        }
    }

    private func chart(_ key: String, _ shape: Chart.Shape, _ values: [(WallTime, Int?)], _ visit: Visit) -> Model? {
        guard values.contains(where: { ($0.1 ?? 0) != 0 }) else { return nil }
        let points = values.map { Chart.Point(label: visit.time.shortDay($0.0), value: $0.1) }
        guard var model = Chart(shape: shape, points: points, language: visit.words.language).model else { return nil }
        model["title"] = visit.heading(key)
        model["id"] = key
        model["dayHeading"] = visit.words("analytics_day")
        return model
    }

    // MARK: By hour and tag

    private func hours(_ patterns: AnalyticsPatterns, _ visit: Visit) -> Model? {
        guard let most = patterns.hours.map(\.engagements).max(), most > 0 else { return nil }
        let byHour = Dictionary(patterns.hours.map { ([$0.weekday, $0.hour], $0) }) { first, _ in first }
        let rows = visit.time.week.map { day -> Model in
            let cells = (0..<24).map { hour -> Model in
                guard let sample = byHour[[day.number, hour]] else { return ["level": "0"] }
                let level = max(1, Int((sample.engagements / most * 4).rounded(.up)))
                let words = visit.words.count("analytics_hour", sample.published)
                    .replacing("{engagements}", with: visit.number(Int(sample.engagements.rounded())))
                return ["level": "\(level)", "title": "\(day.long) \(hour):00. \(words)", "value": visit.number(Int(sample.engagements.rounded()))]
            }
            return ["day": day.short, "cells": cells]
        }
        let best = patterns.hours.sorted { $0.engagements > $1.engagements }.prefix(3).map {
            "\(visit.time.weekdays[$0.weekday - 1].long) \($0.hour):00"
        }
        return [
            "rows": rows, "hours": (0..<24).map { ["label": $0.isMultiple(of: 3) ? "\($0)" : "", "spoken": "\($0):00"] as Model },
            "best": visit.words("analytics_best", ["hours": best.joined(separator: ", ")]),
        ]
    }

    private func tags(_ patterns: AnalyticsPatterns, _ visit: Visit) -> [Model] {
        patterns.tags.prefix(20).map { tag in
            [
                "tag": tag.tag, "href": link("/posts", ["tag": tag.tag]), "published": visit.number(tag.published),
                "impressions": tag.figures[Metric.impressions.rawValue].map(visit.number) ?? "–",
                "engagements": visit.number(Figures.engagements(tag.figures)),
            ]
        }
    }

    // MARK: By post

    private func headings(_ choice: Choice, _ visit: Visit) -> [Model] {
        let figures = Self.columns.map { metric -> Model in
            [
                "label": visit.heading("metric_\(metric.rawValue)"), "href": choice.address(sort: metric),
                "sorted": choice.metric == metric ? "descending" : nil,
            ]
        }
        return figures + [
            ["label": visit.words("analytics_engagements"), "href": choice.address(sort: nil), "sorted": choice.metric == nil ? "descending" : nil]
        ]
    }

    private func row(_ post: TopPost, _ countsLinks: Bool, _ visit: Visit) -> Model {
        let opening = PostWords.line(post.content, length: 200) ?? visit.words("noText")
        let labels =
            Self.columns.map { visit.heading("metric_\($0.rawValue)") } + ["analytics_engagements", "analytics_shortLinks"].map { visit.words($0) }
        let cells =
            Self.columns.map { post.figures[$0.rawValue].map(visit.number) ?? "–" }
            + [post.figures.isEmpty ? "–" : visit.number(Figures.engagements(post.figures))]
            + (countsLinks ? [post.linkClicks.map(visit.number) ?? "–"] : [])
        return [
            "href": "/posts/\(post.postId)", "words": opening, "channel": post.channel, "platform": post.platform.rawValue, "url": post.url,
            "mark": visit.services.platforms[post.platform]?.descriptor.mark ?? "–",
            "when": visit.time.moment(post.publishedAt), "instant": post.publishedAt.description,
            "cells": zip(labels, cells).map { ["label": $0, "value": $1] as Model },
        ]
    }

    private func missing(_ overview: AnalyticsOverview, _ visit: Visit) -> String? {
        guard !overview.missing.isEmpty else { return nil }
        return overview.missing.map { absent in
            let name = visit.services.platforms[absent.platform]?.descriptor.name ?? absent.platform.rawValue
            return "\(name): \(absent.metrics.map { visit.words("metric_\($0.rawValue)") }.joined(separator: ", "))"
        }.joined(separator: " · ")
    }

    // MARK: As a file

    func csv(_ visit: Visit) async throws -> Response {
        let choice = Choice(visit)
        let overview = try await visit.services.analytics.overview(
            channel: choice.channel?.text, from: choice.from, to: choice.to, comparePrevious: false, topPosts: Analytics.mostTopPosts,
            by: choice.metric, as: visit.caller)
        let metrics = Metric.allCases
        let rows = overview.topPosts.map { post in
            [visit.time.wall(post.publishedAt).minuteText, post.platform.rawValue, post.channel, post.content, post.url ?? ""]
                + metrics.map { post.figures[$0.rawValue].map(String.init) ?? "" } + [post.linkClicks.map(String.init) ?? ""]
        }
        let table = DelimitedText.file([["published_at", "platform", "channel", "text", "url"] + metrics.map(\.rawValue) + ["link_clicks"]] + rows)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8",
                .contentDisposition: "attachment; filename=\"analytics-\(visit.time.date(choice.to))-\(choice.days)-days.csv\"",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: table)))
    }
}

extension Visit {
    /// Words that begin a line of their own.
    fileprivate func heading(_ key: String) -> String {
        let text = words(key)
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    /// As the reader's language writes it.
    func number(_ number: Int) -> String { number.formatted(.number.locale(Locale(identifier: words.language))) }

    /// `3.2 %`
    func share(_ share: Double) -> String {
        share.formatted(.percent.precision(.fractionLength(0...1)).locale(Locale(identifier: words.language)))
    }
}
