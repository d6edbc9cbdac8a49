import Foundation
import HTTPTypes

extension TikTok {
    var reads: [Operation] {
        func limit(_ bucket: String) -> [RateLimit] { [RateLimit(bucket, 600, .seconds(60))] }
        return [
            Operation("tiktok.userInfo", .get, "/v2/user/info", limits: limit("userInfo"), handler: user("user.info.basic", userInfo)),
            Operation("tiktok.list", .post, "/v2/video/list", limits: limit("list"), handler: user("video.list", list)),
            Operation("tiktok.query", .post, "/v2/video/query", limits: limit("query"), handler: user("video.list", query)),
        ]
    }

    private static func fields(_ call: Call) -> [String] { (call.query("fields") ?? "").split(separator: ",").map(String.init) }

    private static func chosen(_ members: [String: JSON], _ call: Call) throws -> JSON {
        let fields = fields(call)
        guard !fields.isEmpty, fields.allSatisfy({ members[$0] != nil }) else {
            throw refusal(400, "invalid_params", "Please check the request fields")
        }
        return .object(members.filter { fields.contains($0.key) })
    }

    private func userInfo(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let followers = Popularity.followers(account.id)
        let user = try Self.chosen(
            [
                "open_id": .string(account.id), "union_id": .string("u\(account.id)"), "display_name": .string(account.name),
                "username": .string(account.username), "avatar_url": .string("\(call.base)/_media/avatar-\(account.id)"),
                "bio_description": "", "profile_deep_link": .string(call.base + profilePath(account)), "is_verified": false,
                "follower_count": .int(followers), "following_count": .int(followers / 3), "likes_count": .int(followers * 4),
                "video_count": .int(state.timeline.count(author: account.id)),
            ], call)
        return Self.reply(["user": user])
    }

    private func video(_ post: Publication, _ author: Account, _ call: Call) throws -> JSON {
        let figures = Popularity(id: post.id, age: call.now.timeIntervalSince(post.createdAt))
        return try Self.chosen(
            [
                "id": .string(post.id), "create_time": .int(Int(post.createdAt.timeIntervalSince1970)), "title": .string(post.text),
                "video_description": .string(post.text), "share_url": .string(call.base + postPath(post, author: author)),
                "view_count": .int(figures.impressions), "like_count": .int(figures.likes), "comment_count": .int(figures.saves),
                "share_count": .int(figures.shares), "duration": 10, "cover_image_url": "",
            ], call)
    }

    /// Public posts, the newest first.
    private func list(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let body = try Self.body(call)
        let count = body["max_count"]?.int ?? 10
        guard (1...20).contains(count) else { throw Self.refusal(400, "invalid_params", "max_count must be 1 to 20") }
        let before = body["cursor"]?.int.map { Date(timeIntervalSince1970: Double($0) / 1000) } ?? .distantFuture
        let found = state.timeline.latest(count + 1, by: account.id) { Self.isPublic($0) && $0.createdAt < before }
        let videos = try found.prefix(count).map { try video($0, account, call) }
        let cursor = found.prefix(count).last.map { Int($0.createdAt.timeIntervalSince1970 * 1000) } ?? 0
        return Self.reply(["videos": .array(videos), "cursor": .int(cursor), "has_more": .bool(found.count > count)])
    }

    private func query(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let ids = try Self.body(call)["filters"]?["video_ids"]?.strings ?? []
        guard (1...20).contains(ids.count) else { throw Self.refusal(400, "invalid_params", "video_ids must be 1 to 20") }
        let posts = ids.compactMap { state.timeline[$0] }.filter { $0.author == account.id && Self.isPublic($0) }
        return Self.reply(["videos": .array(try posts.map { try video($0, account, call) })])
    }
}
