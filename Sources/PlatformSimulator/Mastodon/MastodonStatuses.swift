import Foundation
import HTTPTypes

extension Mastodon {
    private static let notDetails: Set = ["status", "media_ids", "in_reply_to_id", "scheduled_at"]
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
        let key =
            state.isOn("idempotency") && state.server.honoursIdempotencyKeys ? call.header("idempotency-key").map { author.id + "\n" + $0 } : nil
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
        return Reply.json(created(post, call, state)).creating(post.id)
    }

    /// WordPress answers a reply to a post with the post's id, and a reply to a reply with the comment's number, which names another object.
    private func created(_ post: Publication, _ call: Call, _ state: PlatformState) -> JSON {
        let status = statusJSON(post, call, state)
        guard state.server == .wordpress, let parent = post.parent, var answer = status.object else { return status }
        let isReplyToReply = state.timeline[parent]?.parent != nil
        let other = state.timeline.all().first { $0.author == post.author && $0.parent == nil && $0.id != thread(of: post, state).root }
        answer["id"] = .string(isReplyToReply ? other?.id ?? "7" : parent)
        return .object(answer)
    }

    /// The post that a reply stands below in the end, and the reply's number among all.
    func thread(of post: Publication, _ state: PlatformState) -> (root: String, number: Int) {
        var root = post
        while let parent = root.parent.flatMap({ state.timeline.byID[$0] }) { root = parent }
        return (root.id, state.timeline.order.firstIndex(of: post.id) ?? state.timeline.order.count)
    }

    /// Applies the rules of a status in the order the server does, and makes the publication.
    private func checked(_ body: JSON, _ author: Account, _ call: Call, _ state: inout PlatformState) throws -> Publication {
        let text = body["status"]?.string ?? ""
        let warning = body["spoiler_text"]?.string ?? ""
        let poll = state.isOn("polls") ? body["poll"].flatMap { $0.isNull ? nil : $0 } : nil
        let media = try attachments(body["media_ids"]?.strings ?? [], author, state)
        if poll != nil, !media.isEmpty { throw Self.error("Validation failed: Cannot attach media and a poll", 422) }
        if text.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty, media.isEmpty, state.server != .snac {
            throw Self.error("Validation failed: Text can't be blank", 422)
        }
        try checkLength(text, warning: warning, state)
        if let poll { try checkPoll(poll) }
        if state.server == .mastodon { try checkQuote(body, hasOther: poll != nil || !media.isEmpty, state) }
        if let visibility = body["visibility"]?.string, !Self.visibilities.contains(visibility), state.server != .snac {
            throw Self.error("Validation failed: Visibility is not included in the list", 422)
        }
        let parent = body["in_reply_to_id"].flatMap { $0.string ?? $0.int.map(String.init) }
        if let parent, state.timeline[parent] == nil, state.server.checksParents {
            throw Self.error("The post you are trying to reply to does not exist.", 404)
        }
        return Publication(
            id: Self.newID(in: &state, now: call.now), author: author.id, text: text, attachments: media, parent: parent,
            createdAt: call.now,
            details: .object((body.object ?? [:]).filter { !Self.notDetails.contains($0.key) && ($0.key != "poll" || poll != nil) }))
    }

    private func checkLength(_ text: String, warning: String, _ state: PlatformState) throws {
        let server = state.server
        guard let limit = server.maxCharacters, MastodonText.length(text, warning: warning, linkCost: server.linkCost) > limit else { return }
        throw Self.error("Validation failed: Text character limit of \(limit) exceeded", 422)
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

    /// Mastodon 4.5.
    private func checkQuote(_ body: JSON, hasOther: Bool, _ state: PlatformState) throws {
        if let policy = body["quote_approval_policy"]?.string, !["public", "followers", "nobody"].contains(policy) {
            throw Self.error("Validation failed: Quote approval policy is not included in the list", 422)
        }
        guard let quoted = body["quoted_status_id"].flatMap({ $0.string ?? $0.int.map(String.init) }) else { return }
        guard state.timeline[quoted] != nil else { throw Self.error("The post you are trying to quote does not exist.", 404) }
        if hasOther { throw Self.error("Validation failed: Quotes cannot be combined with media or polls", 422) }
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
    func visible(_ call: Call, _ state: PlatformState) throws -> Publication {
        guard let post = kept(call, state) else { throw state.server.notFound() }
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
        try checkLength(text, warning: body["spoiler_text"]?.string ?? "", state)
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
        guard let post = kept(call, state), post.author == caller.id else { throw state.server.notFound() }
        return post
    }

    private func kept(_ call: Call, _ state: PlatformState) -> Publication? {
        let id = call.parameter("id")
        return state.server.keepsTrash ? state.timeline.byID[id] : state.timeline[id]
    }

    private func reblog(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        let post = try visible(call, state)
        if !post.reposters.contains(caller.id) { state.timeline.change(post.id) { $0.reposters.append(caller.id) } }
        return .json(statusJSON(state.timeline[post.id] ?? post, call, state))
    }
}
