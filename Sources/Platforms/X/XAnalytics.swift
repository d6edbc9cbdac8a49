import Domain
import Foundation

extension X {
    private static let postsPerCall = 100
    /// Only for posts this young does X tell the author about clicks.
    private static let clicksAge = Duration.days(30)

    /// Posts that were deleted are absent.
    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings {
        if context.configuration.flag("DISABLE_X_ANALYTICS") { return PostReadings() }
        let young = context.time.now - Self.clicksAge
        var result = PostReadings()
        for (fields, posts) in [
            ("public_metrics,non_public_metrics", posts.filter { $0.publishedAt > young }),
            ("public_metrics", posts.filter { $0.publishedAt <= young }),
        ] {
            for group in posts.groups(of: Self.postsPerCall) {
                let query = FormEncoding.encode([("ids", group.map(\.platformPostId).joined(separator: ",")), ("post.fields", fields)])
                let answer: JSONValue = try await api.value(signed("GET", "/2/tweets?\(query)", account.credentials))
                for post in answer["data"]?.array ?? [] {
                    if let id = post["id"]?.string { result[id] = Self.figures(post["public_metrics"] ?? .null, own: post["non_public_metrics"]) }
                }
            }
        }
        return result
    }

    private static func figures(_ open: JSONValue, own: JSONValue?) -> [Metric: Int] {
        var result: [Metric: Int] = open.figures([
            .impressions: "impression_count", .likes: "like_count", .comments: "reply_count", .saves: "bookmark_count", .quotes: "quote_count",
        ])
        if result[.impressions] == nil { result[.impressions] = own?["impression_count"]?.int }
        // Reposts are called by both names.
        if let reposts = (open["repost_count"] ?? open["retweet_count"])?.int { result[.shares] = reposts + (result[.quotes] ?? 0) }
        result[.clicks] = own?["url_link_clicks"]?.int
        return result
    }

    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        if context.configuration.flag("DISABLE_X_ANALYTICS") { return AccountFigures() }
        let user: JSONValue = try await api.value(signed("GET", "/2/users/me?user.fields=public_metrics", account.credentials))
        let told = user["data"]?["public_metrics"] ?? .null
        return AccountFigures(now: told.figures([.followers: "followers_count", .posts: "tweet_count"]))
    }
}
