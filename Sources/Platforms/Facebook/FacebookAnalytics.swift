import Domain
import Foundation

extension Facebook {
    /// Posts that are gone are absent.
    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings {
        var result = PostReadings()
        for post in posts {
            do {
                result[post.platformPostId] = try await figures(ofPost: post.platformPostId, account)
            } catch let error as PlatformError where error.code == "FACEBOOK_\(Self.notFoundCode)" {}
        }
        return result
    }

    private func figures(ofPost id: String, _ account: ConnectedAccount) async throws -> [Metric: Int] {
        let token = token(account)
        // Films go by an id of their own; the figures are their posts'.
        let isFilm = !id.contains("_")
        let number = isFilm ? try await graph.get(id, [("fields", "post_id")], token: token)["post_id"]?.string : id
        let post = number.map { $0.contains("_") ? $0 : "\(account.account.id)_\($0)" } ?? id
        var result = [Metric: Int]()
        let fields = "comments.limit(0).summary(true),reactions.limit(0).summary(true),shares"
        let counts = try await graph.get(post, [("fields", fields)], token: token)
        result[.comments] = counts["comments"]?["summary"]?["total_count"]?.int
        result[.likes] = counts["reactions"]?["summary"]?["total_count"]?.int
        result[.shares] = counts["shares"]?["count"]?.int ?? 0
        guard account.credentials.scopes.contains("read_insights") else { return result }
        let names: [(Metric, String)] = [
            (.impressions, "post_media_view"), (.reach, "post_total_media_view_unique"), (.clicks, "post_clicks"),
        ]
        let insights = try await insights(of: post, names.map(\.1), [], token)
        for (metric, name) in names { result[metric] = insights[name]?.last.map { GraphAPI.sum($0["value"]) } }
        return result
    }

    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        let (id, token, now) = (account.account.id, token(account), context.time.now)
        var figures = AccountFigures()
        figures.now[.followers] = try await graph.get(id, [("fields", "followers_count")], token: token)["followers_count"]?.int
        guard account.credentials.scopes.contains("read_insights") else { return figures }
        let names: [(AccountMetric, String)] = [
            (.reach, "page_total_media_view_unique"), (.views, "page_media_view"), (.interactions, "page_post_engagements"),
            (.profileVisits, "page_views_total"),
        ]
        // A window is ninety days at most.
        let since = max(earliest, now - .days(90))
        let window = [
            ("period", "day"), ("since", String(since.milliseconds / 1000)), ("until", String(now.milliseconds / 1000)),
        ]
        let insights = try await insights(of: id, names.map(\.1), window, token)
        for (metric, name) in names {
            for value in insights[name] ?? [] {
                // Days end at midnight of California, which is the next morning by UTC.
                guard let end = GraphAPI.time(value["end_time"]?.string) else { continue }
                let day = String((end - .days(1)).date.formatted(Date.ISO8601FormatStyle()).prefix(10))
                figures.days[day, default: [:]][metric] = GraphAPI.sum(value["value"])
            }
        }
        return figures
    }

    /// The values by metric. One that Facebook has given up spoils the whole call: then they are asked for one by one.
    private func insights(
        of node: String, _ metrics: [String], _ window: [(String, String)], _ token: String
    ) async throws -> [String: [JSONValue]] {
        func ask(_ metrics: [String]) async throws -> [String: [JSONValue]] {
            let answer = try await graph.get("\(node)/insights", [("metric", metrics.joined(separator: ","))] + window, token: token)
            let pairs = (answer["data"]?.array ?? []).compactMap { entry in entry["name"]?.string.map { ($0, entry["values"]?.array ?? []) } }
            return Dictionary(pairs) { first, _ in first }
        }
        do {
            return try await ask(metrics)
        } catch let error as PlatformError where error.code == "FACEBOOK_REFUSED" {
            var result = [String: [JSONValue]]()
            for metric in metrics {
                do {
                    result.merge(try await ask([metric])) { first, _ in first }
                } catch let error as PlatformError where error.code == "FACEBOOK_REFUSED" {}
            }
            return result
        }
    }
}
