import Domain

extension Bluesky {
    private static let postsPerCall = 25

    func metrics(of posts: [PublishedPost], account: ConnectedAccount) async throws -> PostReadings {
        var result = PostReadings()
        for group in posts.groups(of: Self.postsPerCall) {
            let uris = group.map { ("uris", $0.platformPostId) }
            let found: Posts = try await query("app.bsky.feed.getPosts", uris, account.credentials)
            for post in found.posts {
                var figures = [Metric: Int]()
                figures[.likes] = post.likeCount
                figures[.comments] = post.replyCount
                figures[.quotes] = post.quoteCount
                figures[.saves] = post.bookmarkCount
                if let reposts = post.repostCount { figures[.shares] = reposts + (post.quoteCount ?? 0) }
                result[post.uri] = figures
            }
        }
        return result
    }

    func figures(of account: ConnectedAccount, since earliest: Timestamp) async throws -> AccountFigures {
        let told: JSONValue = try await query("app.bsky.actor.getProfile", [("actor", account.account.id)], account.credentials)
        return AccountFigures(now: told.figures([.followers: "followersCount", .posts: "postsCount"]))
    }

    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        let server = server(of: account.credentials)
        return try await post.removeFromLast { number in
            guard let address = RecordAddress(post.parts[number].id), address.repository == account.account.id, post.hasOwnID(number) else {
                return false
            }
            // What is not there is no error.
            for collection in [address.collection] + (number == 0 ? [Self.threadgate, Self.postgate] : []) {
                let body: JSONValue = [
                    "repo": .string(address.repository), "collection": .string(collection), "rkey": .string(address.key),
                ]
                _ = try await api(server).send(
                    xrpc("POST", "com.atproto.repo.deleteRecord", at: server, token: account.credentials.accessToken, body: try .json(body)))
            }
            return true
        }
    }

    func options(field: String, query: String?, account: ConnectedAccount) async throws -> [ChannelOption] {
        guard field == Self.mention.name else { return descriptor.options(of: field, matching: query) }
        let name = (query ?? "").trimmingPrefix("@")
        guard !name.isEmpty else { return [] }
        let found: People = try await self.query(
            "app.bsky.actor.searchActorsTypeahead", [("q", String(name)), ("limit", "20")], account.credentials)
        return found.actors.map { person in
            ChannelOption(
                value: "@\(person.handle)", label: person.displayName.flatMap { $0.isEmpty ? nil : $0 } ?? person.handle, hint: "@\(person.handle)")
        }
    }

    private struct People: Decodable {
        struct Person: Decodable {
            let handle: String
            let displayName: String?
        }
        let actors: [Person]
    }
}
