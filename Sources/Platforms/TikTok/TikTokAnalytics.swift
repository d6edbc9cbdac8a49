import Domain
import Foundation

extension TikTok {
    private static let postsPerCall = 20

    /// A post whose own id was not told yet is known by TikTok's name for its publishing, which is asked again.
    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings {
        var known = [String: String]()
        for stored in posts.map(\.platformPostId) {
            if let id = try await postId(stored, account) { known[id] = stored }
        }
        var result = PostReadings()
        let ids = known.keys.sorted()
        let fields = FormEncoding.escape("id,like_count,comment_count,share_count,view_count")
        for group in ids.groups(of: Self.postsPerCall) {
            let ids = group.map { JSONValue.string($0) }
            let answer: JSONValue = try await ask(
                "POST", "video/query/?fields=\(fields)", account.credentials, body: ["filters": ["video_ids": .array(ids)]])
            for video in answer["videos"]?.array ?? [] {
                guard let stored = video["id"]?.string.flatMap({ known[$0] }) else { continue }
                result[stored] = video.figures([
                    .views: "view_count", .likes: "like_count", .comments: "comment_count", .shares: "share_count",
                ])
            }
        }
        return result
    }

    private func postId(_ stored: String, _ account: ConnectedAccount) async throws -> String? {
        if !stored.isEmpty, stored.allSatisfy(\.isWholeNumber) { return stored }
        do {
            return try await status(of: stored, account.credentials).postIds.first
        } catch let error as PlatformError where error.kind == .invalidContent {
            return nil  // TikTok does not keep these names for ever.
        }
    }

    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        let fields = FormEncoding.escape("follower_count,video_count")
        let answer: JSONValue = try await ask("GET", "user/info/?fields=\(fields)", account.credentials)
        return AccountFigures(now: answer["user"]?.figures([.followers: "follower_count", .posts: "video_count"]) ?? [:])
    }
}
