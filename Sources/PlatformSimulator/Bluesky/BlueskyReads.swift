import Foundation
import HTTPTypes

/// What the application view shows: people, posts and their figures.
extension Bluesky {
    var reads: [Operation] {
        [
            Operation("bluesky.getProfile", .get, "/xrpc/app.bsky.actor.getProfile", limits: [Self.all], handler: user(getProfile)),
            Operation("bluesky.searchActors", .get, "/xrpc/app.bsky.actor.searchActorsTypeahead", limits: [Self.all], handler: user(searchActors)),
            Operation("bluesky.getPosts", .get, "/xrpc/app.bsky.feed.getPosts", limits: [Self.all], handler: getPosts),
            Operation("bluesky.getAuthorFeed", .get, "/xrpc/app.bsky.feed.getAuthorFeed", limits: [Self.all], handler: getAuthorFeed),
        ]
    }

    private func person(_ account: Account) -> [String: JSON] {
        [
            "did": .string(account.id), "handle": .string(Self.handle(account)), "displayName": .string(account.name),
            "createdAt": .string(Encoding.iso8601(account.createdAt)),
        ]
    }

    private func getProfile(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        guard let account = Self.account(call.query("actor") ?? "", state) else { throw Self.invalid("Profile not found") }
        let figures: [String: JSON] = [
            "followersCount": .int(state.followers(of: account.id)), "followsCount": .int(Popularity.followers(account.username)),
            "postsCount": .int(state.timeline.count(author: account.id)), "avatar": .string("\(call.base)/_media/avatar-\(account.username)"),
        ]
        return .json(.object(person(account).merging(figures) { $1 }))
    }

    private func searchActors(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        let wanted = (call.query("q") ?? call.query("term") ?? "").lowercased()
        let limit = min(100, max(1, Int(call.query("limit") ?? "10") ?? 10))
        let found = state.accounts.people.filter { Self.handle($0).hasPrefix(wanted) || $0.name.lowercased().contains(wanted) }
        return .json(["actors": .array(found.prefix(limit).map { .object(person($0)) })])
    }

    private func getPosts(_ call: Call) throws -> Reply {
        let uris = call.query.filter { $0.0 == "uris" }.map(\.1)
        guard (1...25).contains(uris.count) else { throw Self.invalid("Error: uris must not have more than 25 elements") }
        return store.update { state in .json(["posts": .array(uris.compactMap { state.timeline[$0] }.compactMap { view($0, state, call) })]) }
    }

    private func getAuthorFeed(_ call: Call) throws -> Reply {
        try store.update { state in
            guard let account = Self.account(call.query("actor") ?? "", state) else { throw Self.invalid("Profile not found") }
            let limit = min(100, max(1, Int(call.query("limit") ?? "50") ?? 50))
            let posts = state.timeline.latest(limit, by: account.id).compactMap { view($0, state, call) }
            return .json(["feed": .array(posts.map { ["post": $0] })])
        }
    }

    private func view(_ post: Publication, _ state: PlatformState, _ call: Call) -> JSON? {
        guard let author = state.accounts[post.author], let record = state.records[post.id] else { return nil }
        let popularity = Popularity(id: post.id, age: call.now.timeIntervalSince(post.createdAt))
        func count(_ collection: String) -> Int {
            state.records.count { $0.key.contains("/\(collection)/") && $0.value["subject"]?["uri"]?.string == post.id }
        }
        return [
            "uri": .string(post.id), "cid": .string(ContentID.record(record)), "author": .object(person(author)), "record": record,
            "indexedAt": .string(Encoding.iso8601(post.createdAt)), "replyCount": .int(state.timeline.replies(to: post.id).count),
            "likeCount": .int(popularity.likes + count("app.bsky.feed.like")), "repostCount": .int(popularity.shares + count("app.bsky.feed.repost")),
            "quoteCount": .int(popularity.shares / 3), "bookmarkCount": .int(popularity.saves),
        ]
    }
}
