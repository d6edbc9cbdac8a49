import Foundation
import HTTPTypes

extension X {
    var posts: [Operation] {
        [
            Operation(
                "x.createPost", .post, "/2/tweets", limits: [RateLimit("createPost", 100, .seconds(900))],
                handler: user(["tweet.read", "tweet.write", "users.read"], writes: true, createPost)),
            Operation(
                "x.deletePost", .delete, "/2/tweets/{id}", limits: [RateLimit("deletePost", 50, .seconds(900))],
                handler: user(["tweet.write"], writes: true, deletePost)),
            Operation(
                "x.repost", .post, "/2/users/{id}/retweets", limits: [RateLimit("repost", 50, .seconds(900))],
                handler: user(["tweet.write"], writes: true, repost)),
        ]
    }

    private func createPost(_ state: inout PlatformState, _ author: Account, _ call: Call) throws -> Reply {
        guard case .object(let body)? = call.json else {
            throw XProblem.invalid("body", String(buffer: call.body).prefix(80).description, "The body must be a JSON object.").refusal
        }
        try XPostRules.check(body)
        let text = body["text"]?.string ?? ""
        let parent = body["reply"]?["in_reply_to_tweet_id"]?.string
        let media = try attachments(body["media"]?["media_ids"]?.strings ?? [], author, state, now: call.now)
        try checkText(text, author)
        if let parent { try checkReply(to: parent, author, state) }
        if body["quote_tweet_id"] != nil, state.isOn("selfServe") { throw XProblem.quoteNotAllowed.refusal }
        let duplicateKey = [author.id, parent ?? "", text].joined(separator: "\n")
        if !text.isEmpty, state.recent.find(duplicateKey, now: call.now, window: state.seconds("duplicateWindow")) != nil {
            throw XProblem.duplicate.refusal
        }

        let id = Self.newID(in: &state, now: call.now)
        var post = Publication(id: id, author: author.id, text: text, attachments: media, parent: parent, createdAt: call.now)
        var details = body.filter { !["text", "media", "reply"].contains($0.key) }
        details["tagged"] = body["media"]?["tagged_user_ids"]
        details["captions"] = media.compactMap { state.records["captions:\($0.id)"] }.first
        post.details = .object(details)
        post.duplicateKey = duplicateKey
        state.timeline.add(post)
        state.recent.remember(duplicateKey, id: id, now: call.now)
        for item in media { state.media[item.id]?.attachedTo = id }
        let shown = shown(post, author, base: call.base, state)
        return Reply.json(
            ["data": ["id": .string(id), "text": .string(shown.text), "edit_history_post_ids": [.string(id)]]], status: 201
        ).creating(id)
    }

    private func checkText(_ text: String, _ author: Account) throws {
        if XText.hasForbiddenCharacter(text) { throw XProblem.invalid("text", text, "The text contains invalid characters.").refusal }
        if XText.weightedLength(text) > (author.verified ? 25_000 : 280) { throw XProblem.notPermitted.refusal }
        if XText.cashtagCount(text) > 1 { throw XProblem.forbidden("Posts are limited to a maximum of one cashtag.").refusal }
    }

    private func checkReply(to parent: String, _ author: Account, _ state: PlatformState) throws {
        guard let post = state.timeline[parent] else {
            throw XProblem.forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.").refusal
        }
        let isMentioned = post.text.lowercased().contains("@" + author.username.lowercased())
        if state.isOn("selfServe"), post.author != author.id, !isMentioned { throw XProblem.replyNotAllowed.refusal }
    }

    private func attachments(_ ids: [String], _ author: Account, _ state: PlatformState, now: Date) throws -> [Attachment] {
        let items = ids.compactMap { state.media[$0] }
        guard items.count == ids.count, Set(ids).count == ids.count,
            items.allSatisfy({ $0.owner == author.id && $0.state == .ready && now.timeIntervalSince($0.createdAt) < 86_400 })
        else { throw XProblem.invalid("media.media_ids", ids.joined(separator: ","), "Your media IDs are invalid.").refusal }
        let moving = items.filter { $0.kind != .image }
        guard moving.isEmpty || items.count == 1 else {
            throw XProblem.invalid(
                "media.media_ids", ids.joined(separator: ","), "Your media IDs are invalid: a video or GIF must be alone."
            )
            .refusal
        }
        return items.map(\.attachment)
    }

    private func deletePost(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        let id = call.parameter("id")
        guard let post = state.timeline[id] else {
            throw XProblem(
                status: 404, title: "Not Found Error", detail: "Could not find tweet with id: [\(id)].", kind: "resource-not-found"
            ).refusal
        }
        guard post.author == caller.id else {
            throw XProblem(
                status: 403, title: "Forbidden", detail: "You are not authorized to delete this Tweet.", kind: "not-authorized-for-resource"
            ).refusal
        }
        state.timeline.delete(id)
        if let key = post.duplicateKey { state.recent.forget(key) }
        return .json(["data": ["deleted": true]])
    }

    private func repost(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        guard call.parameter("id") == caller.id else {
            throw XProblem.invalid("id", call.parameter("id"), "The `id` must be the authenticated user's.").refusal
        }
        let id = call.json?["tweet_id"]?.string ?? ""
        guard let post = state.timeline[id] else { throw XProblem.invalid("tweet_id", id, "The post does not exist.").refusal }
        guard !post.reposters.contains(caller.id) else { throw XProblem.forbidden("You have already retweeted this Tweet.").refusal }
        state.timeline.change(id) { $0.reposters.append(caller.id) }
        return Reply.json(["data": ["retweeted": true, "rest_id": .string(Self.newID(in: &state, now: call.now))]])
    }
}

/// The schema of a create request: unknown members, wrong types, bounds and exclusions are refused with 400.
enum XPostRules {
    private static let members: [String: @Sendable (JSON) -> Bool] = [
        "text": { $0.string != nil }, "media": { $0.object != nil }, "poll": { $0.object != nil }, "reply": { $0.object != nil },
        "quote_tweet_id": isID, "reply_settings": { ["following", "mentionedUsers", "subscribers", "verified"].contains($0.string) },
        "community_id": isID, "share_with_followers": isBool, "made_with_ai": isBool, "paid_partnership": isBool,
        "for_super_followers_only": isBool, "nullcast": isBool, "geo": { $0["place_id"]?.string != nil }, "card_uri": { $0.string != nil },
        "direct_message_deep_link": { $0.string != nil }, "edit_options": { $0["previous_post_id"].map(isID) ?? false },
    ]
    private static let inner: [String: [String: @Sendable (JSON) -> Bool]] = [
        "media": [
            "media_ids": { (1...4).contains($0.strings?.count ?? 0) && ($0.strings ?? []).allSatisfy(isNumber) },
            "tagged_user_ids": { ($0.strings?.count ?? 11) <= 10 },
        ],
        "poll": [
            "options": { (2...4).contains($0.strings?.count ?? 0) && ($0.strings ?? []).allSatisfy { (1...25).contains($0.count) } },
            "duration_minutes": { (5...10_080).contains($0.int ?? 0) },
        ],
        "reply": [
            "in_reply_to_tweet_id": isID, "exclude_reply_user_ids": { $0.strings != nil }, "auto_populate_reply_metadata": isBool,
        ],
    ]
    private static let required = ["media": ["media_ids"], "poll": ["options", "duration_minutes"], "reply": ["in_reply_to_tweet_id"]]

    static func check(_ body: [String: JSON]) throws {
        try check(body, members, at: "")
        for (name, rules) in inner {
            guard let object = body[name]?.object else { continue }
            try check(object, rules, at: name + ".")
            for member in required[name] ?? [] where object[member] == nil {
                throw XProblem.invalid(name + "." + member, "", "$.\(name).\(member): is missing but it is required").refusal
            }
        }
        let exclusive = ["media", "poll", "quote_tweet_id"].filter { body[$0] != nil }
        if exclusive.count > 1 {
            throw XProblem.invalid(exclusive.joined(separator: ","), "", "media, poll and quote_tweet_id exclude each other.").refusal
        }
        let hasContent = ["media", "quote_tweet_id", "card_uri"].contains { body[$0] != nil }
        if body["text"]?.string?.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty ?? true, !hasContent {
            throw XProblem.invalid("text", body["text"]?.string ?? "", "A post needs text or media.").refusal
        }
    }

    private static func check(_ object: [String: JSON], _ rules: [String: @Sendable (JSON) -> Bool], at path: String) throws {
        for (name, value) in object.sorted(by: { $0.key < $1.key }) {
            guard let isValid = rules[name] else {
                throw XProblem.invalid(
                    path + name, value.text,
                    "$.\(path)\(name): is not defined in the schema and the schema does not allow additional properties"
                ).refusal
            }
            guard isValid(value) else { throw XProblem.invalid(path + name, value.text, "$.\(path)\(name): is not valid").refusal }
        }
    }

    private static func isNumber(_ text: String) -> Bool { (1...19).contains(text.count) && text.allSatisfy(\.isWholeNumber) }
    @Sendable private static func isID(_ value: JSON) -> Bool { value.string.map(isNumber) ?? false }
    @Sendable private static func isBool(_ value: JSON) -> Bool { value.bool != nil }
}
