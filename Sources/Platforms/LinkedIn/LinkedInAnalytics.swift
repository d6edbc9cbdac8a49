import Domain
import Foundation

extension LinkedIn {
    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings {
        switch kind {
        case .member: try await memberMetrics(posts, account)
        case .page: try await pageMetrics(posts, account)
        }
    }

    private static let postsPerCall = 20

    /// Lifetime figures. A post without any is left out of the answer: its figures are zero.
    private func pageMetrics(_ posts: [PublishedPost], _ account: ConnectedAccount) async throws -> PostReadings {
        let page = FormEncoding.escape(author(account.account))
        var result = PostReadings()
        for (list, field, prefix) in [("shares", "share", "urn:li:share:"), ("ugcPosts", "ugcPost", "urn:li:ugcPost:")] {
            let urns = posts.map(\.platformPostId).filter { $0.hasPrefix(prefix) }
            for group in urns.groups(of: Self.postsPerCall) {
                let names = group.map(FormEncoding.escape).joined(separator: ",")
                let query = "q=organizationalEntity&organizationalEntity=\(page)&\(list)=List(\(names))"
                let answer: JSONValue = try await api.value(
                    call("GET", "/rest/organizationalEntityShareStatistics?\(query)", account.credentials))
                for urn in group { result[urn] = Self.figures(.null) }
                for element in answer["elements"]?.array ?? [] {
                    if let urn = element[field]?.string { result[urn] = Self.figures(element["totalShareStatistics"] ?? .null) }
                }
            }
        }
        return result
    }

    private static func figures(_ statistics: JSONValue) -> [Metric: Int] {
        let names: [(Metric, String)] = [
            (.impressions, "impressionCount"), (.reach, "uniqueImpressionsCount"), (.clicks, "clickCount"), (.likes, "likeCount"),
            (.comments, "commentCount"), (.shares, "shareCount"),
        ]
        return Dictionary(uniqueKeysWithValues: names.map { ($0.0, statistics[$0.1]?.int ?? 0) })
    }

    /// One figure per call, and only with a permission that few apps have.
    private func memberMetrics(_ posts: [PublishedPost], _ account: ConnectedAccount) async throws -> PostReadings {
        guard account.credentials.scopes.contains("r_member_postAnalytics") else { return PostReadings() }
        let types: [(Metric, String)] = [
            (.impressions, "IMPRESSION"), (.reach, "MEMBERS_REACHED"), (.shares, "RESHARE"), (.likes, "REACTION"), (.comments, "COMMENT"),
            (.saves, "POST_SAVE"),
        ]
        var result = PostReadings()
        for post in posts {
            let entity = post.platformPostId.hasPrefix("urn:li:ugcPost:") ? "ugc" : "share"
            for (metric, type) in types {
                let answer: JSONValue = try await api.value(
                    call(
                        "GET",
                        "/rest/memberCreatorPostAnalytics?q=entity&entity=(\(entity):\(FormEncoding.escape(post.platformPostId)))"
                            + "&queryType=\(type)&aggregation=TOTAL", account.credentials))
                result[post.platformPostId, default: [:]][metric] = answer["elements"]?[0]?["count"]?.int ?? 0
            }
        }
        return result
    }
}
