import Domain
import Foundation

extension Threads {
    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings {
        var result = PostReadings()
        for post in posts {
            let path = "\(FormEncoding.escape(post.platformPostId))/insights"
            do {
                let answer = try await graph.get(
                    path, [("metric", "views,likes,replies,reposts,quotes,shares")], token: account.credentials.accessToken)
                result[post.platformPostId] = Self.figures(answer["data"]?.array ?? [])
            } catch let error as PlatformError where ["THREADS_\(Self.notFoundCode)", "THREADS_PERMISSION_MISSING"].contains(error.code) {
                continue  // Deleted, or the app may not read figures: nothing is told of it.
            }
        }
        return result
    }

    private static func figures(_ insights: [JSONValue]) -> [Metric: Int] {
        func value(_ name: String) -> Int? { insights.first { $0["name"]?.string == name }.flatMap(total) }
        var result = [Metric: Int]()
        for (metric, name) in [(Metric.impressions, "views"), (.likes, "likes"), (.comments, "replies"), (.quotes, "quotes")] {
            result[metric] = value(name)
        }
        let passedOn = ["reposts", "quotes", "shares"].compactMap(value)
        if !passedOn.isEmpty { result[.shares] = passedOn.reduce(0, +) }
        return result
    }

    /// Some figures come as a list by day, some as one sum.
    private static func total(_ insight: JSONValue) -> Int? {
        insight["total_value"]?["value"]?.int ?? insight["values"]?[0]?["value"]?.int
    }

    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        let token = account.credentials.accessToken
        let range = [("since", String(earliest.milliseconds / 1000)), ("until", String(context.time.now.milliseconds / 1000))]
        let views = try await graph.get("me/threads_insights", [("metric", "views")] + range, token: token)
        var figures = AccountFigures()
        for value in views["data"]?[0]?["values"]?.array ?? [] {
            // A day is told by its end.
            guard let end = GraphAPI.time(value["end_time"]?.string), let count = value["value"]?.int else { continue }
            figures.days[String((end - .days(1)).description.prefix(10)), default: [:]][.views] = count
        }
        let followers = try await graph.get("me/threads_insights", [("metric", "followers_count")], token: token)
        figures.now[.followers] = followers["data"]?[0].flatMap(Self.total)
        return figures
    }

    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        try await post.removeParts { id, _ in
            do {
                _ = try await quotaAware(account, of: [.removals]) {
                    try await graph.api.send(graph.call("DELETE", FormEncoding.escape(id), token: account.credentials.accessToken))
                }
            } catch let error as PlatformError where Self.saysGone.contains(error.code) {}
        }
    }

    /// How Threads says that a post does not exist.
    private static let saysGone = ["THREADS_\(notFoundCode)", "THREADS_\(notReadyCode)"]
}
