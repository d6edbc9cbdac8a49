import Foundation

/// What the instance shows: statuses, lists, threads, people.
extension Mastodon {
    func context(_ call: Call) throws -> Reply {
        try store.update { state in
            let post = try visible(call, state)
            var ancestors: [Publication] = []
            var above = post.parent
            while let parent = above.flatMap({ state.timeline[$0] }) {
                ancestors.insert(parent, at: 0)
                above = parent.parent
            }
            var descendants: [Publication] = []
            var open = [post.id]
            while let id = open.popLast() {
                let replies = state.timeline.replies(to: id)
                descendants += replies
                open += replies.reversed().map(\.id)
            }
            return .json([
                "ancestors": .array(ancestors.map { statusJSON($0, call, state) }),
                "descendants": .array(descendants.map { statusJSON($0, call, state) }),
            ])
        }
    }

    func account(_ call: Call) throws -> Reply {
        try store.update { state in
            guard let account = state.accounts[call.parameter("id")] else { throw Self.error("Record not found", 404) }
            return .json(accountJSON(account, call, state))
        }
    }

    /// Accounts whose name or handle contains `q`.
    func searchAccounts(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        let wanted = (call.query("q") ?? "").lowercased().trimmingCharacters(in: CharacterSet(charactersIn: "@ "))
        guard !wanted.isEmpty else { throw Self.error("Validation failed: q can't be blank", 422) }
        let limit = min(80, max(1, Int(call.query("limit") ?? "40") ?? 40))
        let found = state.accounts.people.filter { $0.username.lowercased().contains(wanted) || $0.name.lowercased().contains(wanted) }
        return .json(.array(found.prefix(limit).map { accountJSON($0, call, state) }))
    }

    func accountStatuses(_ call: Call) throws -> Reply {
        try store.update { state in
            publishDue(&state, now: call.now)
            let id = call.parameter("id")
            guard state.accounts[id] != nil else { throw Self.error("Record not found", 404) }
            let mayReadAll = call.bearer.flatMap { state.grants[$0] }.map {
                $0.accountID == id && !$0.isRevoked && !$0.scopes.isDisjoint(with: ["read", "read:statuses"])
            }
            let limit = min(40, max(1, Int(call.query("limit") ?? "20") ?? 20))
            let posts = state.timeline.latest(limit, by: id) { post in
                if let max = call.query("max_id"), (post.id.count, post.id) >= (max.count, max) { return false }
                if call.query("exclude_replies") == "true", post.parent != nil { return false }
                if state.server.hides(post.details["visibility"]?.string) { return false }
                return mayReadAll ?? false || !["private", "direct"].contains(post.details["visibility"]?.string)
            }
            // WordPress puts replies first.
            let order = state.server == .wordpress ? posts.filter { $0.parent != nil } + posts.filter { $0.parent == nil } : posts
            var reply = Reply.json(.array(order.map { statusJSON($0, call, state) }))
            if state.server == .mastodon, posts.count == limit, let last = posts.last {
                reply.headers.append(("link", "<\(call.address)?max_id=\(last.id)>; rel=\"next\""))
            }
            return reply
        }
    }

    func statusJSON(_ post: Publication, _ call: Call, _ state: PlatformState) -> JSON {
        guard let author = state.accounts[post.author] else { return .null }
        let figures = Popularity(id: post.id, age: call.now.timeIntervalSince(post.createdAt))
        let parent = post.parent.flatMap { state.timeline[$0] }
        var poll: JSON = .null
        if let options = post.details["poll"]?["options"]?.strings {
            poll = ["id": .string(post.id), "options": .array(options.map { ["title": .string($0), "votes_count": 0] }), "votes_count": 0]
        }
        let server = state.server
        let quoted = server == .mastodon ? post.details["quoted_status_id"] ?? .null : .null
        return [
            "id": .string(post.id), "quote": quoted == .null ? .null : ["state": "accepted", "quoted_status": ["id": quoted]],
            "uri": .string(uri(of: post, author, call, state)),
            "url": server == .wordpress ? .null : .string(call.base + postPath(post, author: author)),
            "created_at": .string(Encoding.iso8601(post.createdAt)),
            "edited_at": .optional(post.editedAt.map(Encoding.iso8601)), "content": .string(server.html(post.text)),
            "visibility": server.shownVisibility(post.details["visibility"]), "language": server.shownLanguage(post.details["language"]),
            "spoiler_text": server == .wordpress ? "" : post.details["spoiler_text"] ?? "",
            "sensitive": .bool([true, "true"].contains(post.details["sensitive"])), "in_reply_to_id": .optional(post.parent),
            "in_reply_to_account_id": .optional(parent?.author), "poll": poll, "card": .null, "reblog": .null, "tags": [], "mentions": [],
            "media_attachments": .array(post.attachments.map { attachmentJSON($0, isReady: true, call) }),
            "favourites_count": .int(figures.likes + post.likes), "reblogs_count": .int(figures.shares + post.reposters.count), "quotes_count": 0,
            "replies_count": .int(state.timeline.replies(to: post.id).count), "account": accountJSON(author, call, state),
        ]
    }

    /// The address by which the server itself names a status.
    private func uri(of post: Publication, _ author: Account, _ call: Call, _ state: PlatformState) -> String {
        switch state.server {
        case .mastodon: return "\(call.base)/users/\(author.username)/statuses/\(post.id)"
        case .snac: return "\(call.base)/\(author.username)/p/\(post.id.prefix(10)).\(post.id.dropFirst(10))"
        case .takahe: return "\(call.base)/@\(author.username)/posts/\(post.id)/"
        case .wordpress:
            let thread = thread(of: post, state)
            return "\(call.base)/@\(author.username)/\(thread.root)" + (post.parent == nil ? "" : "#comment-\(thread.number)")
        }
    }
}
