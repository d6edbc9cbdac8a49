import Domain
import Foundation

extension Pinterest {
    /// How far back Pinterest tells.
    private static let reach = Duration.days(89)

    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings {
        var result = PostReadings()
        for post in posts {
            let query = [
                ("start_date", day(of: post.publishedAt)), ("end_date", Self.day(context.time.now)),
                ("metric_types", "IMPRESSION,OUTBOUND_CLICK,PIN_CLICK,SAVE,TOTAL_COMMENTS,TOTAL_REACTIONS"),
            ]
            let path = "/pins/\(FormEncoding.escape(post.platformPostId))/analytics"
            do {
                let answer = try await get(path, query, account.credentials)
                result[post.platformPostId] = Self.metrics(answer["all"])
            } catch let error as PlatformError where error.code == "PINTEREST_\(Self.notFoundCode)" {
                continue  // A pin that was deleted has no figures.
            }
        }
        return result
    }

    private static func metrics(_ all: JSONValue?) -> [Metric: Int] {
        func count(_ name: String) -> Int? { all?["summary_metrics"]?[name]?.number.map { Int($0) } }
        func total(_ name: String) -> Int? { all?["lifetime_metrics"]?[name]?.number.map { Int($0) } }
        var result = [Metric: Int]()
        result[.impressions] = count("IMPRESSION")
        result[.saves] = count("SAVE")
        let clicks = ["PIN_CLICK", "OUTBOUND_CLICK"].compactMap(count)
        result[.clicks] = clicks.isEmpty ? nil : clicks.reduce(0, +)
        result[.likes] = total("TOTAL_REACTIONS")
        result[.comments] = total("TOTAL_COMMENTS")
        return result
    }

    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        let profile = try await get("/user_account", [], account.credentials)
        var figures = AccountFigures(now: profile.figures([.followers: "follower_count", .posts: "pin_count"]))
        let query = [("start_date", day(of: earliest)), ("end_date", Self.day(context.time.now))]
        let days = try await get("/user_account/analytics", query, account.credentials)["all"]?["daily_metrics"]?.array ?? []
        // What is not ready yet may still change, and comes again with the next look.
        for entry in days where entry["data_status"]?.string == "READY" {
            guard let day = entry["date"]?.string, let metrics = entry["metrics"] else { continue }
            func count(_ name: String) -> Int? { metrics[name]?.number.map { Int($0) } }
            let clicks = ["PIN_CLICK", "OUTBOUND_CLICK"].compactMap(count)
            var values = [AccountMetric: Int]()
            values[.views] = count("IMPRESSION")
            values[.interactions] = count("ENGAGEMENT")
            values[.clicks] = clicks.isEmpty ? nil : clicks.reduce(0, +)
            figures.days[day] = values
        }
        return figures
    }

    /// The day of `instant`, or the first that Pinterest still tells about.
    private func day(of instant: Timestamp) -> String { Self.day(max(instant, context.time.now - Self.reach)) }
    private static func day(_ instant: Timestamp) -> String { String(instant.description.prefix(10)) }
}
