import Foundation
import HTTPTypes

extension Mastodon {
    private static let visibilities: Set = ["public", "unlisted", "private", "direct"]

    var statuses: [Operation] {
        let create = [Self.all, RateLimit("statuses", 300, .seconds(10_800))]
        let delete = [Self.all, RateLimit("deletes", 30, .seconds(1800))]
        return [
            Operation("mastodon.createStatus", .post, "/api/v1/statuses", limits: create, handler: user(["write:statuses"], createStatus)),
            Operation("mastodon.readStatus", .get, "/api/v1/statuses/{id}", limits: [Self.all], handler: readStatus),
            Operation(
                "mastodon.editStatus", .put, "/api/v1/statuses/{id}", limits: [Self.all], handler: user(["write:statuses"], editStatus)),
            Operation(
                "mastodon.deleteStatus", .delete, "/api/v1/statuses/{id}", limits: delete, handler: user(["write:statuses"], deleteStatus)),
            Operation(
                "mastodon.source", .get, "/api/v1/statuses/{id}/source", limits: [Self.all], handler: user(["read:statuses"], source)),
            Operation("mastodon.context", .get, "/api/v1/statuses/{id}/context", limits: [Self.all], handler: context),
            Operation(
                "mastodon.accountStatuses", .get, "/api/v1/accounts/{id}/statuses", limits: [Self.all], handler: accountStatuses),
            Operation(
                "mastodon.searchAccounts", .get, "/api/v1/accounts/search", limits: [Self.all], handler: user(["read:accounts"], searchAccounts)),
            Operation("mastodon.account", .get, "/api/v1/accounts/{id}", limits: [Self.all], handler: account),
            Operation(
                "mastodon.reblog", .post, "/api/v1/statuses/{id}/reblog", limits: [Self.all], handler: user(["write:statuses"], reblog)),
            Operation(
                "mastodon.scheduled", .get, "/api/v1/scheduled_statuses", limits: [Self.all], handler: user(["read:statuses"], scheduled)),
            Operation(
                "mastodon.cancelScheduled", .delete, "/api/v1/scheduled_statuses/{id}", limits: [Self.all],
                handler: user(["write:statuses"], cancelScheduled)),
        ]
    }

    // MARK: Creating

    private func createStatus(_ state: inout PlatformState, _ author: Account, _ call: Call) throws -> Reply {
        let key = state.isOn("idempotency") ? call.header("idempotency-key").map { author.id + "\n" + $0 } : nil
        if let key, let known = state.recent.find(key, now: call.now, window: state.seconds("idempotencyWindow")) {
            guard let post = state.timeline[known] else { throw Self.error("Record not found", 404) }
            return .json(statusJSON(post, call, state))
        }
        let body = try Self.parameters(call)
        var post = try checked(body, author, call, &state)
        post.idempotencyKey = call.header("idempotency-key")
        for item in post.attachments { state.media[item.id]?.attachedTo = post.id }
        if let time = body["scheduled_at"]?.string { return try schedule(post, at: time, body, call, &state) }
        state.timeline.add(post)
        if let key { state.recent.remember(key, id: post.id, now: call.now) }
        return Reply.json(statusJSON(post, call, state)).creating(post.id)
    }

    /// Applies the rules of a status in the order the server does, and makes the publication.
    private func checked(_ body: JSON, _ author: Account, _ call: Call, _ state: inout PlatformState) throws -> Publication {
        let text = body["status"]?.string ?? ""
        let warning = body["spoiler_text"]?.string ?? ""
        let poll = body["poll"].flatMap { $0.isNull ? nil : $0 }
        let media = try attachments(body["media_ids"]?.strings ?? [], author, state)
        if poll != nil, !media.isEmpty { throw Self.error("Validation failed: Cannot attach media and a poll", 422) }
        if text.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty, media.isEmpty {
            throw Self.error("Validation failed: Text can't be blank", 422)
        }
        if MastodonText.length(text, warning: warning) > Self.maxCharacters {
            throw Self.error("Validation failed: Text character limit of \(Self.maxCharacters) exceeded", 422)
        }
        if let poll { try checkPoll(poll) }
        if let visibility = body["visibility"]?.string, !Self.visibilities.contains(visibility) {
            throw Self.error("Validation failed: Visibility is not included in the list", 422)
        }
        let parent = body["in_reply_to_id"].flatMap { $0.string ?? $0.int.map(String.init) }
        if let parent, state.timeline[parent] == nil { throw Self.error("The post you are trying to reply to does not exist.", 404) }
        return Publication(
            id: Self.newID(in: &state, now: call.now), author: author.id, text: text, attachments: media, parent: parent,
            createdAt: call.now,
            details: .object((body.object ?? [:]).filter { !["status", "media_ids", "in_reply_to_id", "scheduled_at"].contains($0.key) }))
    }

    private func attachments(_ ids: [String], _ author: Account, _ state: PlatformState) throws -> [Attachment] {
        guard ids.count <= Self.maxAttachments else { throw Self.error("Validation failed: Cannot attach more than 4 files", 422) }
        let items = ids.compactMap { state.media[$0] }.filter { $0.owner == author.id && $0.attachedTo == nil }
        guard items.count == ids.count else {
            let missing = ids.filter { id in !items.contains { $0.id == id } }
            throw Self.error("Validation failed: Media with IDs \(missing.joined(separator: ", ")) not found or already attached", 422)
        }
        guard items.allSatisfy({ $0.state == .ready }) else {
            throw Self.error("Validation failed: Cannot attach files that have not finished processing. Try again in a moment!", 422)
        }
        if items.count > 1, items.contains(where: { $0.kind != .image }) {
            throw Self.error("Validation failed: Cannot attach a video to a post that already contains images", 422)
        }
        return items.map(\.attachment)
    }

    private func checkPoll(_ poll: JSON) throws {
        let options = poll["options"]?.strings ?? []
        let seconds = poll["expires_in"].flatMap { $0.int ?? $0.string.flatMap(Int.init) } ?? 0
        guard (2...4).contains(options.count) else { throw Self.error("Validation failed: Options must be between 2 and 4", 422) }
        guard options.allSatisfy({ (1...50).contains($0.count) }), Set(options).count == options.count else {
            throw Self.error("Validation failed: Options can't be longer than 50 characters each, blank or duplicated", 422)
        }
        guard seconds >= 300 else { throw Self.error("Validation failed: Expires at is too soon", 422) }
        guard seconds <= 2_629_746 else { throw Self.error("Validation failed: Expires at is too far into the future", 422) }
    }

    // MARK: Scheduling on the server

    private func schedule(_ post: Publication, at text: String, _ body: JSON, _ call: Call, _ state: inout PlatformState) throws -> Reply {
        guard let time = Encoding.date(text), time.timeIntervalSince(call.now) >= 300 else {
            throw Self.error("Validation failed: Scheduled at The scheduled date must be in the future", 422)
        }
        var draft = Publication(
            id: post.id, author: post.author, text: post.text, attachments: post.attachments, parent: post.parent, createdAt: time,
            details: post.details)
        draft.idempotencyKey = post.idempotencyKey
        state.drafts[post.id] = draft
        return .json(scheduledJSON(draft))
    }

    private func scheduledJSON(_ draft: Publication) -> JSON {
        [
            "id": .string(draft.id), "scheduled_at": .string(Encoding.iso8601(draft.createdAt)),
            "params": ["text": .string(draft.text), "in_reply_to_id": .optional(draft.parent)], "media_attachments": [],
        ]
    }

    /// Scheduled statuses whose time has come go public the next time anybody asks the server something.
    func publishDue(_ state: inout PlatformState, now: Date) {
        if state.drafts.isEmpty { return }
        for draft in state.drafts.values.filter({ $0.createdAt <= now }).sorted(by: { $0.createdAt < $1.createdAt }) {
            state.drafts[draft.id] = nil
            state.timeline.add(draft)
        }
    }

    private func scheduled(_ state: inout PlatformState, _ caller: Account, _ call: Call) -> Reply {
        .json(.array(state.drafts.values.filter { $0.author == caller.id }.sorted { $0.id < $1.id }.map(scheduledJSON)))
    }

    private func cancelScheduled(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        let id = call.parameter("id")
        guard state.drafts[id]?.author == caller.id else { throw Self.error("Record not found", 404) }
        state.drafts[id] = nil
        return .json([:])
    }

    // MARK: Reading, changing, deleting

    private func readStatus(_ call: Call) throws -> Reply {
        try store.update { state in
            publishDue(&state, now: call.now)
            return .json(statusJSON(try visible(call, state), call, state))
        }
    }

    /// Public and unlisted statuses need no token; the others only show to their author with a read scope.
    private func visible(_ call: Call, _ state: PlatformState) throws -> Publication {
        guard let post = state.timeline[call.parameter("id")] else { throw Self.error("Record not found", 404) }
        if ["private", "direct"].contains(post.details["visibility"]?.string) {
            guard let token = call.bearer, case .valid(let grant, let account) = state.check(token: token, now: call.now),
                account.id == post.author, !grant.scopes.isDisjoint(with: ["read", "read:statuses"])
            else { throw Self.error("Record not found", 404) }
        }
        return post
    }

    private func source(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        let post = try own(call, caller, state)
        return .json(["id": .string(post.id), "text": .string(post.text), "spoiler_text": post.details["spoiler_text"] ?? ""])
    }

    private func editStatus(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        let post = try own(call, caller, state)
        let body = try Self.parameters(call)
        let text = body["status"]?.string ?? post.text
        if MastodonText.length(text, warning: body["spoiler_text"]?.string ?? "") > Self.maxCharacters {
            throw Self.error("Validation failed: Text character limit of \(Self.maxCharacters) exceeded", 422)
        }
        state.timeline.change(post.id) { post in
            post.text = text
            post.editedAt = call.now
        }
        return .json(statusJSON(state.timeline[post.id] ?? post, call, state))
    }

    private func deleteStatus(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        let post = try own(call, caller, state)
        var answer = statusJSON(post, call, state).object ?? [:]
        answer["text"] = .string(post.text)
        state.timeline.delete(post.id)
        return .json(.object(answer))
    }

    private func own(_ call: Call, _ caller: Account, _ state: PlatformState) throws -> Publication {
        guard let post = state.timeline[call.parameter("id")], post.author == caller.id else { throw Self.error("Record not found", 404) }
        return post
    }

    private func reblog(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        let post = try visible(call, state)
        if !post.reposters.contains(caller.id) { state.timeline.change(post.id) { $0.reposters.append(caller.id) } }
        return .json(statusJSON(state.timeline[post.id] ?? post, call, state))
    }

    private func context(_ call: Call) throws -> Reply {
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

    private func account(_ call: Call) throws -> Reply {
        try store.update { state in
            guard let account = state.accounts[call.parameter("id")] else { throw Self.error("Record not found", 404) }
            return .json(accountJSON(account, call, state))
        }
    }

    /// Accounts whose name or handle contains `q`.
    private func searchAccounts(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        let wanted = (call.query("q") ?? "").lowercased().trimmingCharacters(in: CharacterSet(charactersIn: "@ "))
        guard !wanted.isEmpty else { throw Self.error("Validation failed: q can't be blank", 422) }
        let limit = min(80, max(1, Int(call.query("limit") ?? "40") ?? 40))
        let found = state.accounts.people.filter { $0.username.lowercased().contains(wanted) || $0.name.lowercased().contains(wanted) }
        return .json(.array(found.prefix(limit).map { accountJSON($0, call, state) }))
    }

    private func accountStatuses(_ call: Call) throws -> Reply {
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
                return mayReadAll ?? false || !["private", "direct"].contains(post.details["visibility"]?.string)
            }
            return .json(.array(posts.map { statusJSON($0, call, state) }))
        }
    }

    private func statusJSON(_ post: Publication, _ call: Call, _ state: PlatformState) -> JSON {
        guard let author = state.accounts[post.author] else { return .null }
        let figures = Popularity(id: post.id, age: call.now.timeIntervalSince(post.createdAt))
        let parent = post.parent.flatMap { state.timeline[$0] }
        var poll: JSON = .null
        if let options = post.details["poll"]?["options"]?.strings {
            poll = ["id": .string(post.id), "options": .array(options.map { ["title": .string($0), "votes_count": 0] }), "votes_count": 0]
        }
        return [
            "id": .string(post.id), "uri": .string("\(call.base)/users/\(author.username)/statuses/\(post.id)"),
            "url": .string(call.base + postPath(post, author: author)), "created_at": .string(Encoding.iso8601(post.createdAt)),
            "edited_at": .optional(post.editedAt.map(Encoding.iso8601)), "content": .string(MastodonText.html(post.text)),
            "visibility": post.details["visibility"] ?? "public",
            "language": post.details["language"] ?? "en", "spoiler_text": post.details["spoiler_text"] ?? "",
            "sensitive": .bool([true, "true"].contains(post.details["sensitive"])), "in_reply_to_id": .optional(post.parent),
            "in_reply_to_account_id": .optional(parent?.author), "poll": poll, "card": .null, "reblog": .null, "tags": [], "mentions": [],
            "media_attachments": .array(post.attachments.map { attachmentJSON($0, isReady: true, call) }),
            "favourites_count": .int(figures.likes), "reblogs_count": .int(figures.shares + post.reposters.count), "quotes_count": 0,
            "replies_count": .int(state.timeline.replies(to: post.id).count), "account": accountJSON(author, call, state),
        ]
    }
}
