import Foundation
import HTTPTypes

extension X {
    var reads: [Operation] {
        let read = ["tweet.read", "users.read"]
        func limit(_ bucket: String, _ count: Int) -> [RateLimit] { [RateLimit(bucket, count, .seconds(900))] }
        return [
            Operation("x.me", .get, "/2/users/me", limits: limit("me", 75), handler: user(["users.read"], me)),
            Operation(
                "x.userByName", .get, "/2/users/by/username/{name}", limits: limit("userByName", 900), handler: user(read, userByName)),
            Operation("x.timeline", .get, "/2/users/{id}/tweets", limits: limit("timeline", 900), handler: user(read, timeline)),
            Operation("x.analytics", .get, "/2/tweets/analytics", limits: limit("analytics", 300), handler: user(read, analytics)),
            Operation("x.readPosts", .get, "/2/tweets", limits: limit("readPosts", 5000), handler: user(read, readPosts)),
            Operation("x.readPost", .get, "/2/tweets/{id}", limits: limit("readPost", 900), handler: user(read, readPost)),
            Operation(
                "x.likingUsers", .get, "/2/tweets/{id}/liking_users", limits: limit("likingUsers", 75), handler: user(read, likingUsers)),
        ]
    }

    private func me(_ state: inout PlatformState, _ caller: Account, _ call: Call) -> Reply {
        .json(["data": userJSON(caller, call, state, isSelf: true)])
    }

    private func userByName(_ state: inout PlatformState, _ caller: Account, _ call: Call) -> Reply {
        guard let found = state.accounts.find(call.parameter("name")) else {
            return .json(["errors": [XProblem.notFound("user", "username", call.parameter("name"))]])
        }
        return .json(["data": userJSON(found, call, state, isSelf: found.id == caller.id)])
    }

    private func userJSON(_ account: Account, _ call: Call, _ state: PlatformState, isSelf: Bool) -> JSON {
        let followers = state.followers(of: account.id)
        let all: [String: JSON] = [
            "verified": .bool(account.verified), "verified_type": account.verified ? "blue" : "none",
            "profile_image_url": .string("\(call.base)/_media/avatar-\(account.id)"),
            "created_at": .string(Encoding.iso8601(account.createdAt)),
            "subscription_type": account.verified ? "Premium" : "None",
            "public_metrics": [
                "followers_count": .int(followers), "following_count": .int(followers / 3), "listed_count": 0,
                "tweet_count": .int(state.timeline.count(author: account.id)),
            ],
        ]
        let wanted = fields(call, "user.fields")
        var user: [String: JSON] = ["id": .string(account.id), "name": .string(account.name), "username": .string(account.username)]
        for (name, value) in all where wanted.contains(name) && (name != "subscription_type" || isSelf) { user[name] = value }
        return .object(user)
    }

    private func timeline(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        guard let owner = state.accounts[call.parameter("id")] else {
            return .json(["errors": [XProblem.notFound("user", "id", call.parameter("id"))]])
        }
        let count = Int(call.query("max_results") ?? "10") ?? 0
        guard (5...100).contains(count) else {
            throw XProblem.invalid(
                "max_results", call.query("max_results") ?? "", "The `max_results` query parameter value is not between 5 and 100"
            )
            .refusal
        }
        let visible = call.now.addingTimeInterval(-state.seconds("timelineLag"))
        let start = try date(call, "start_time")
        let end = try date(call, "end_time")
        let excluded = fields(call, "exclude")
        let before = call.query("pagination_token") ?? call.query("until_id")
        var found: [Publication] = []
        var isMore = false
        for post in state.timeline.by(author: owner.id) {
            if let start, post.createdAt < start { break }
            if let since = call.query("since_id"), !isOlder(since, than: post.id) { break }
            if post.createdAt > visible || end.map({ post.createdAt >= $0 }) ?? false { continue }
            if let before, !isOlder(post.id, than: before) { continue }
            if excluded.contains("replies"), post.parent != nil { continue }
            if found.count == count {
                isMore = true
                break
            }
            found.append(post)
        }
        var meta: [String: JSON] = ["result_count": .int(found.count)]
        guard let newest = found.first, let oldest = found.last else { return .json(["meta": .object(meta)]) }
        meta["newest_id"] = .string(newest.id)
        meta["oldest_id"] = .string(oldest.id)
        if isMore { meta["next_token"] = .string(oldest.id) }
        return .json(["data": .array(found.map { postJSON($0, caller, call, state) }), "meta": .object(meta)])
    }

    private func readPosts(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        let ids = (call.query("ids") ?? "").split(separator: ",").map(String.init)
        guard (1...100).contains(ids.count) else {
            throw XProblem.invalid("ids", call.query("ids") ?? "", "Between 1 and 100 ids.").refusal
        }
        let found = ids.compactMap { state.timeline[$0] }
        let missing = ids.filter { state.timeline[$0] == nil }.map { XProblem.notFound("tweet", "ids", $0) }
        var answer: [String: JSON] = [:]
        if !found.isEmpty { answer["data"] = .array(found.map { postJSON($0, caller, call, state) }) }
        if !missing.isEmpty { answer["errors"] = .array(missing) }
        return .json(.object(answer))
    }

    private func readPost(_ state: inout PlatformState, _ caller: Account, _ call: Call) -> Reply {
        guard let post = state.timeline[call.parameter("id")] else {
            return .json(["errors": [XProblem.notFound("tweet", "id", call.parameter("id"))]])
        }
        var answer: [String: JSON] = ["data": postJSON(post, caller, call, state)]
        let wantsPrivate = !postFields(call).isDisjoint(with: ["non_public_metrics", "organic_metrics"])
        if wantsPrivate, !seesPrivateMetrics(caller, post, call.now) {
            answer["errors"] = [
                [
                    "title": "Field Authorization Error", "detail": "Sorry, you are not authorized to access the field on the Tweet.",
                    "resource_type": "tweet", "resource_id": .string(post.id),
                    "type": "https://api.x.com/2/problems/not-authorized-for-field",
                ]
            ]
        }
        return .json(.object(answer))
    }

    private func likingUsers(_ state: inout PlatformState, _ caller: Account, _ call: Call) -> Reply {
        guard let post = state.timeline[call.parameter("id")] else {
            return .json(["errors": [XProblem.notFound("tweet", "id", call.parameter("id"))]])
        }
        let count = min(100, popularity(post, call.now).likes)
        let users = (0..<count).map { index -> JSON in
            ["id": .string("9000\(index)"), "name": "Reader \(index)", "username": "reader\(index)"]
        }
        return .json(.compact(["data": users.isEmpty ? nil : .array(users), "meta": ["result_count": .int(count)]]))
    }

    private func analytics(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        let ids = (call.query("ids") ?? "").split(separator: ",").map(String.init)
        guard (1...100).contains(ids.count), let end = try date(call, "end_time"), let start = try date(call, "start_time"), start < end,
            ["hourly", "daily", "weekly", "total"].contains(call.query("granularity") ?? "")
        else { throw XProblem.invalid("ids", call.query("ids") ?? "", "ids, start_time, end_time and granularity are required.").refusal }
        let steps: [String: Double] = ["hourly": 3600, "daily": 86_400, "weekly": 604_800]
        let step = steps[call.query("granularity") ?? ""] ?? end.timeIntervalSince(start)
        let data = ids.compactMap { state.timeline[$0] }.filter { $0.author == caller.id }.map { post -> JSON in
            let points = stride(from: start.timeIntervalSince1970, to: end.timeIntervalSince1970, by: step).prefix(1000).map {
                from -> JSON in
                let until = min(from + step, end.timeIntervalSince1970)
                let before = popularity(post, Date(timeIntervalSince1970: from))
                let after = popularity(post, Date(timeIntervalSince1970: until))
                return [
                    "timestamp": .string(Encoding.iso8601(Date(timeIntervalSince1970: from))),
                    "metrics": [
                        "impressions": .int(after.impressions - before.impressions), "likes": .int(after.likes - before.likes),
                        "retweets": .int(after.shares - before.shares), "url_clicks": .int(after.clicks - before.clicks),
                        "bookmarks": .int(after.saves - before.saves),
                        "engagements": .int(after.likes + after.clicks + after.shares - before.likes - before.clicks - before.shares),
                    ],
                ]
            }
            return ["id": .string(post.id), "timestamped_metrics": .array(Array(points))]
        }
        return .json(["data": .array(data)])
    }

    // MARK: A post as JSON

    /// What is asked for of posts, by the names of today (`post.fields`, with what they refer to among the expansions) or by the older ones.
    private func postFields(_ call: Call) -> Set<String> {
        fields(call, "post.fields").union(fields(call, "tweet.fields")).union(fields(call, "expansions").intersection(["referenced_posts"]))
    }

    private func postJSON(_ post: Publication, _ caller: Account, _ call: Call, _ state: PlatformState) -> JSON {
        let wanted = postFields(call)
        let author = state.accounts[post.author] ?? caller
        let shown = shown(post, author, base: call.base, state)
        var out: [String: JSON] = [
            "id": .string(post.id), "text": .string(shown.text),
            call.query("post.fields") == nil ? "edit_history_tweet_ids" : "edit_history_post_ids": [.string(post.id)],
        ]
        if wanted.contains("created_at") { out["created_at"] = .string(Encoding.iso8601(post.createdAt)) }
        if wanted.contains("author_id") { out["author_id"] = .string(post.author) }
        if wanted.contains("conversation_id") { out["conversation_id"] = .string(root(of: post, state)) }
        if wanted.contains("reply_settings") { out["reply_settings"] = post.details["reply_settings"] ?? "everyone" }
        if wanted.contains("entities"), !shown.urls.isEmpty { out["entities"] = ["urls": .array(shown.urls)] }
        if wanted.contains("attachments"), !post.attachments.isEmpty {
            out["attachments"] = ["media_keys": .array(post.attachments.map { .string(Self.mediaKey($0.id, $0.kind)) })]
        }
        if let parent = post.parent {
            for name in ["referenced_posts", "referenced_tweets"] where wanted.contains(name) {
                out[name] = [["type": "replied_to", "id": .string(parent)]]
            }
            if wanted.contains("in_reply_to_user_id") { out["in_reply_to_user_id"] = .optional(state.timeline[parent]?.author) }
        }
        let figures = popularity(post, call.now)
        if wanted.contains("public_metrics") { out["public_metrics"] = publicMetrics(post, figures, state) }
        if seesPrivateMetrics(caller, post, call.now) {
            let own: JSON = [
                "impression_count": .int(figures.impressions), "url_link_clicks": .int(figures.clicks),
                "user_profile_clicks": .int(figures.clicks / 3), "engagements": .int(figures.likes + figures.clicks + figures.shares),
            ]
            for name in ["non_public_metrics", "organic_metrics"] where wanted.contains(name) { out[name] = own }
        }
        return .object(out)
    }

    private func publicMetrics(_ post: Publication, _ figures: Popularity, _ state: PlatformState) -> JSON {
        [
            "impression_count": .int(figures.impressions), "like_count": .int(figures.likes),
            "retweet_count": .int(figures.shares + post.reposters.count), "quote_count": 0, "bookmark_count": .int(figures.saves),
            "reply_count": .int(state.timeline.replies(to: post.id).count),
        ]
    }

    /// The text and link entities as X gives them back.
    func shown(_ post: Publication, _ author: Account, base: String, _ state: PlatformState) -> (text: String, urls: [JSON]) {
        let keys = post.attachments.map { Self.mediaKey($0.id, $0.kind) }
        let kind = post.attachments.first?.kind == .image ? "photo" : "video"
        let link: (address: String, keys: [String])? =
            keys.isEmpty || !state.isOn("mediaLinksInText") ? nil : ("\(base)/\(author.username)/status/\(post.id)/\(kind)/1", keys)
        return XText.shortened(post.text, id: post.id, media: link)
    }

    static func mediaKey(_ id: String, _ kind: MediaKind) -> String {
        switch kind {
        case .video: "13_" + id
        case .gif: "16_" + id
        default: "3_" + id
        }
    }

    private func root(of post: Publication, _ state: PlatformState) -> String {
        var post = post
        while let parent = post.parent.flatMap({ state.timeline[$0] }) { post = parent }
        return post.id
    }

    private func popularity(_ post: Publication, _ now: Date) -> Popularity {
        Popularity(id: post.id, age: now.timeIntervalSince(post.createdAt))
    }

    /// Only the owner, for posts up to 30 days old.
    private func seesPrivateMetrics(_ caller: Account, _ post: Publication, _ now: Date) -> Bool {
        caller.id == post.author && now.timeIntervalSince(post.createdAt) <= 30 * 86_400
    }

    /// Ids are numbers of growing length.
    private func isOlder(_ id: String, than other: String) -> Bool { (id.count, id) < (other.count, other) }

    private func fields(_ call: Call, _ name: String) -> Set<String> {
        Set((call.query(name) ?? "").split(separator: ",").map(String.init))
    }

    private func date(_ call: Call, _ name: String) throws -> Date? {
        guard let text = call.query(name) else { return nil }
        guard let date = Encoding.date(text) else { throw XProblem.invalid(name, text, "The `\(name)` must be ISO 8601.").refusal }
        return date
    }
}
