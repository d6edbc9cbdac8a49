import Foundation
import HTTPTypes

extension Reddit {
    var comments: [Operation] {
        [
            Operation("reddit.comment", .post, "/api/comment", limits: [Self.all], handler: user("submit", comment)),
            Operation("reddit.edit", .post, "/api/editusertext", limits: [Self.all], handler: user("edit", edit)),
            Operation("reddit.deletePost", .post, "/api/del", limits: [Self.all], handler: user("edit", delete)),
        ]
    }

    var reading: [Operation] {
        [
            Operation("reddit.submitted", .get, "/user/{username}/submitted", limits: [Self.all], handler: user("history", submitted)),
            Operation("reddit.comments", .get, "/comments/{id}", limits: [Self.all], handler: user("read", thread)),
            Operation("reddit.info", .get, "/api/info", limits: [Self.all], handler: user("read", info)),
        ]
    }

    private func comment(_ state: inout PlatformState, _ author: Account, _ call: Call) throws -> Reply {
        if let code = state.switches["refusal"]?.string, !code.isEmpty { return Self.refusal(code, "you can't do that", "parent") }
        let text = call.form("text") ?? ""
        guard !text.isEmpty else { return Self.refusal("NO_TEXT", "we need something here", "text") }
        guard text.unicodeScalars.count <= 10_000 else { return Self.refusal("TOO_LONG", "this is too long (max: 10000)", "text") }
        guard let parent = state.timeline[call.form("thing_id") ?? ""] else {
            return Self.refusal("DELETED_COMMENT", "that comment has been deleted", "parent")
        }
        let details = parent.details
        let comment = Publication(
            id: Self.newID("t1_", in: &state, now: call.now), author: author.id, text: text, parent: parent.id, createdAt: call.now,
            details: .compact(["post": details["post"] ?? .string(parent.id), "subreddit": details["subreddit"], "slug": details["slug"]]))
        state.timeline.add(comment)
        let things: [JSON] = state.isOn("tellsComments") ? [["kind": "t1", "data": commentJSON(comment, call, state)]] : []
        return Reply.json(["json": ["errors": [], "data": ["things": .array(things)]]]).creating(comment.id)
    }

    private func edit(_ state: inout PlatformState, _ author: Account, _ call: Call) throws -> Reply {
        guard let thing = state.timeline[call.form("thing_id") ?? ""], thing.author == author.id else { throw Self.plain(403, "Forbidden") }
        state.timeline.change(thing.id) { change in
            change.text = call.form("text") ?? ""
            change.editedAt = call.now
        }
        let edited = state.timeline[thing.id] ?? thing
        let told: JSON =
            edited.id.hasPrefix("t1_")
            ? ["kind": "t1", "data": commentJSON(edited, call, state)] : ["kind": "t3", "data": postJSON(edited, call, state)]
        return .json(["json": ["errors": [], "data": ["things": [told]]]])
    }

    /// Yes to everything of one's own, also when it is gone already.
    private func delete(_ state: inout PlatformState, _ author: Account, _ call: Call) throws -> Reply {
        let id = call.form("id") ?? ""
        if let thing = state.timeline[id] {
            guard thing.author == author.id else { throw Self.plain(403, "Forbidden") }
            state.timeline.delete(id)
        }
        return .json([:])
    }

    // MARK: Lists

    /// The author's posts, newest first. Posts of files come late.
    private func submitted(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        guard let author = state.accounts.find(call.parameter("username")) else { throw Self.plain(404, "Not Found") }
        let limit = min(100, max(1, Int(call.query("limit") ?? "25") ?? 25))
        var posts = state.timeline.latest(1000, by: author.id) { $0.id.hasPrefix("t3_") }
        for post in posts where post.pendingReads > 0 && post.pendingReads < .max { state.timeline.change(post.id) { $0.pendingReads -= 1 } }
        posts = posts.filter { $0.pendingReads == 0 }
        if let after = call.query("after"), let index = posts.firstIndex(where: { $0.id == after }) { posts = Array(posts[(index + 1)...]) }
        let page = posts.prefix(limit)
        return .json(
            Self.listing(page.map { ["kind": "t3", "data": postJSON($0, call, state)] }, after: posts.count > limit ? page.last?.id : nil))
    }

    private func thread(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        guard let post = state.timeline["t3_" + call.parameter("id")] else { throw Self.plain(404, "Not Found") }
        let limit = min(500, max(1, Int(call.query("limit") ?? "200") ?? 200))
        let replies = state.timeline.replies(to: post.id)
        let sorted = call.query("sort") == "new" ? Array(replies.reversed()) : replies
        var children: [JSON] = sorted.prefix(limit).map { ["kind": "t1", "data": commentJSON($0, call, state)] }
        if sorted.count > limit {
            let more = sorted.dropFirst(limit).map { JSON.string(String($0.id.dropFirst(3))) }
            children.append(["kind": "more", "data": ["count": .int(more.count), "children": .array(more), "parent_id": .string(post.id)]])
        }
        return .json([Self.listing([["kind": "t3", "data": postJSON(post, call, state)]]), Self.listing(children)])
    }

    private func info(_ state: inout PlatformState, _ caller: Account, _ call: Call) -> Reply {
        let ids = (call.query("id") ?? "").split(separator: ",").prefix(100).map(String.init)
        let things = ids.compactMap { state.timeline[$0] }.map { thing -> JSON in
            thing.id.hasPrefix("t1_")
                ? ["kind": "t1", "data": commentJSON(thing, call, state)] : ["kind": "t3", "data": postJSON(thing, call, state)]
        }
        return .json(Self.listing(things))
    }

    // MARK: Things

    func postJSON(_ post: Publication, _ call: Call, _ state: PlatformState) -> JSON {
        let author = state.accounts[post.author]
        let figures = Popularity(id: post.id, age: call.now.timeIntervalSince(post.createdAt))
        let details = post.details
        let path = author.map { postPath(post, author: $0) } ?? ""
        let file = post.attachments.first.map { "\(call.base)/_media/\($0.id)" }
        return [
            "id": .string(String(post.id.dropFirst(3))), "name": .string(post.id), "author": .optional(author?.username),
            "title": details["title"] ?? "", "selftext": .string(written(post.text, call)), "subreddit": details["subreddit"] ?? "",
            "subreddit_name_prefixed": .string("r/\(details["subreddit"]?.string ?? "")"), "permalink": .string(path),
            "url": details["url"] ?? .string(file ?? call.base + path), "is_self": .bool(details["url"] == nil && file == nil),
            "is_video": .bool(post.attachments.first?.kind == .video), "is_gallery": .bool(post.attachments.count > 1),
            "created_utc": .double(post.createdAt.timeIntervalSince1970), "edited": post.editedAt.map { .double($0.timeIntervalSince1970) } ?? false,
            "score": .int(figures.likes), "ups": .int(figures.likes), "upvote_ratio": .double(0.93), "num_crossposts": .int(figures.shares),
            "num_comments": .int(state.timeline.replies(to: post.id).count), "total_awards_received": 0, "view_count": .null,
            "removed_by_category": state.switches["removal"]?.string.flatMap { $0.isEmpty ? nil : .string($0) } ?? .null,
            "over_18": details["nsfw"] ?? false, "spoiler": details["spoiler"] ?? false,
            "crosspost_parent": details["crosspost_parent"] ?? .null, "link_flair_text": details["flair_text"] ?? .null,
            "link_flair_template_id": details["flair_id"] ?? .null,
        ]
    }

    func commentJSON(_ comment: Publication, _ call: Call, _ state: PlatformState) -> JSON {
        let author = state.accounts[comment.author]
        return [
            "id": .string(String(comment.id.dropFirst(3))), "name": .string(comment.id), "author": .optional(author?.username),
            "body": .string(written(comment.text, call)), "parent_id": .optional(comment.parent), "link_id": comment.details["post"] ?? .null,
            "subreddit": comment.details["subreddit"] ?? "", "permalink": .string(author.map { postPath(comment, author: $0) } ?? ""),
            "created_utc": .double(comment.createdAt.timeIntervalSince1970), "score": 1, "ups": 1, "replies": "",
        ]
    }

    /// Without `raw_json=1` three characters are escaped, as it was ever.
    private func written(_ text: String, _ call: Call) -> String {
        if call.query("raw_json") == "1" { return text }
        return text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
