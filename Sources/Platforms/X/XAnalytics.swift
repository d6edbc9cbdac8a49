import Domain
import Foundation

extension X {
    private static let postsPerCall = 100
    /// Only for posts this young does X tell the author about clicks.
    private static let clicksAge = Duration.days(30)

    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> [String: [Metric: Int]] {
        if context.configuration.flag("DISABLE_X_ANALYTICS") { return [:] }
        let young = context.time.now - Self.clicksAge
        var result = [String: [Metric: Int]]()
        for (fields, group) in [
            ("public_metrics,non_public_metrics", posts.filter { $0.publishedAt > young }),
            ("public_metrics", posts.filter { $0.publishedAt <= young }),
        ] {
            for start in stride(from: 0, to: group.count, by: Self.postsPerCall) {
                let ids = group[start...].prefix(Self.postsPerCall).map(\.platformPostId).joined(separator: ",")
                let query = FormEncoding.encode([("ids", ids), ("post.fields", fields)])
                let answer: Figures = try await api.value(signed("GET", "/2/tweets?\(query)", account.credentials))
                for post in answer.data ?? [] { result[post.id] = post.metrics }
            }
        }
        return result
    }

    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        if context.configuration.flag("DISABLE_X_ANALYTICS") { return AccountFigures() }
        let user: Answer<Counted> = try await api.value(signed("GET", "/2/users/me?user.fields=public_metrics", account.credentials))
        var now = [AccountMetric: Int]()
        now[.followers] = user.data.metrics?["followers_count"]
        now[.posts] = user.data.metrics?["tweet_count"]
        return AccountFigures(now: now)
    }

    private struct Counted: Decodable {
        let metrics: [String: Int]?

        enum CodingKeys: String, CodingKey { case metrics = "public_metrics" }
    }

    /// Posts that were deleted are absent from `data`.
    private struct Figures: Decodable {
        struct Post: Decodable {
            let id: String
            let open: [String: Int]?
            let own: [String: Int]?

            enum CodingKeys: String, CodingKey {
                case id
                case open = "public_metrics"
                case own = "non_public_metrics"
            }

            var metrics: [Metric: Int] {
                let open = open ?? [:]
                var result = [Metric: Int]()
                result[.impressions] = open["impression_count"] ?? own?["impression_count"]
                result[.likes] = open["like_count"]
                result[.comments] = open["reply_count"]
                result[.saves] = open["bookmark_count"]
                result[.quotes] = open["quote_count"]
                // Reposts are called by both names.
                if let reposts = open["repost_count"] ?? open["retweet_count"] { result[.shares] = reposts + (open["quote_count"] ?? 0) }
                result[.clicks] = own?["url_link_clicks"]
                return result
            }
        }
        let data: [Post]?
    }
}
