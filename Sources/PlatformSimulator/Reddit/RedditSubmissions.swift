import Foundation
import HTTPTypes

extension Reddit {
    var submissions: [Operation] {
        [
            Operation("reddit.createPost", .post, "/api/submit", limits: [Self.all], handler: user("submit", submit)),
            Operation("reddit.createGallery", .post, "/api/submit_gallery_post.json", limits: [Self.all], handler: user("submit", gallery)),
            Operation("reddit.createPoll", .post, "/api/submit_poll_post", limits: [Self.all], handler: user("submit", poll)),
        ]
    }

    private typealias Fields = [String: JSON]

    /// A refusal within a success, as an error.
    private static func refused(_ code: String, _ words: String, _ field: String) -> Refusal { Refusal(refusal(code, words, field)) }

    private static func invalid(_ reason: String, _ words: String, _ field: String) -> Refusal {
        Refusal(
            [
                "fields": [.string(field)], "explanation": .string(words), "error_type": "SUBMIT_VALIDATION_ERROR", "message": "Bad Request",
                "reason": .string(reason),
            ], status: 400)
    }

    private func submit(_ state: inout PlatformState, _ author: Account, _ call: Call) throws -> Reply {
        let fields = Self.fields(call)
        let community = try checkedCommunity(fields, state)
        let kind = fields["kind"]?.string ?? ""
        var post = try draft(fields, community, author, call, &state)
        switch kind {
        case "self": if community.type == "link" { throw Self.refused("NO_SELFS", "This community only allows links.", "sr") }
        case "link": try addLink(fields, community, to: &post, state)
        case "image", "video", "videogif": try addFile(fields, kind, community, to: &post, author, &state)
        case "crosspost":
            guard let shared = state.timeline[fields["crosspost_fullname"]?.string ?? ""] else {
                throw Self.refused("INVALID_CROSSPOST_THING", "that isn't a valid crosspost url", "crosspost_fullname")
            }
            post.details = post.details.adding(["crosspost_parent": .string(shared.id)])
        default: throw Self.refused("INVALID_OPTION", "that option is not valid", "kind")
        }
        let isLate = ["image", "video", "videogif"].contains(kind)
        if isLate { post.pendingReads = state.isOn("mediaFailure") ? .max : state.number("mediaPolls") }
        return try finish(post, author, call, &state) {
            isLate
                ? [
                    "user_submitted_page": .string("\(call.base)/user/\(author.username)/submitted/"),
                    "websocket_url": .string("wss://simulator.example.com/\(post.id)"),
                ]
                : [
                    "url": .string(call.base + postPath(post, author: author)), "id": .string(String(post.id.dropFirst(3))),
                    "name": .string(post.id), "drafts_count": 0,
                ]
        }
    }

    private func addLink(_ fields: Fields, _ community: RedditCommunity, to post: inout Publication, _ state: PlatformState) throws {
        if community.type == "self" { throw Self.refused("NO_LINKS", "This community only allows text posts", "sr") }
        guard let url = fields["url"]?.string, !url.isEmpty else { throw Self.refused("NO_URL", "a url is required", "url") }
        guard url.hasPrefix("http"), let host = URL(string: url)?.host(), host.contains(".") else {
            throw Self.refused("BAD_URL", "you should check that url", "url")
        }
        if host.hasSuffix("spam.example.com") { throw Self.refused("DOMAIN_BANNED", "that domain is banned for spamming", "url") }
        let known = state.timeline.all().contains { $0.details["url"]?.string == url && $0.details["subreddit"]?.string == community.name }
        if known, !Self.isTrue(fields["resubmit"]) { throw Self.refused("ALREADY_SUB", "that link has already been submitted", "url") }
        post.details = post.details.adding(["url": .string(url)])
    }

    private func addFile(
        _ fields: Fields, _ kind: String, _ community: RedditCommunity, to post: inout Publication, _ author: Account, _ state: inout PlatformState
    ) throws {
        guard kind == "image" ? community.takesImages : community.takesVideos, community.type != "self" else {
            throw Self.refused("NO_LINKS", "This community does not allow \(kind)s", "sr")
        }
        let address = fields["url"]?.string ?? ""
        guard let item = uploaded(address, by: author, state), (item.kind == .video) == (kind != "image") else {
            throw Self.refused("BAD_URL", "you should check that url", "url")
        }
        if kind != "image" {
            guard let cover = uploaded(fields["video_poster_url"]?.string ?? "", by: author, state), cover.kind == .image else {
                throw Self.refused("NO_URL", "a url is required", "video_poster_url")
            }
        }
        post.attachments = [item.attachment]
    }

    private func gallery(_ state: inout PlatformState, _ author: Account, _ call: Call) throws -> Reply {
        let fields = Self.fields(call)
        let community = try checkedCommunity(fields, state)
        guard community.takesGalleries else { throw Self.refused("GALLERIES_DISABLED", "This community does not allow galleries", "sr") }
        let items = fields["items"]?.array ?? []
        guard (2...20).contains(items.count) else { throw Self.refused("INVALID_OPTION", "galleries need 2 to 20 items", "items") }
        var post = try draft(fields, community, author, call, &state)
        post.attachments = try items.map { item in
            guard let file = uploaded(item["media_id"]?.string ?? "", by: author, state), file.kind == .image else {
                throw Self.refused("BAD_URL", "you should check that url", "items")
            }
            guard item["caption"]?.string?.count ?? 0 <= 180 else { throw Self.refused("TOO_LONG", "this is too long (max: 180)", "items") }
            if let link = item["outbound_url"]?.string, !link.isEmpty, !link.hasPrefix("http") {
                throw Self.refused("BAD_URL", "you should check that url", "items")
            }
            return file.attachment
        }
        post.details = post.details.adding(["gallery": .array(items)])
        return try finish(post, author, call, &state) { direct(post, author, call) }
    }

    private func poll(_ state: inout PlatformState, _ author: Account, _ call: Call) throws -> Reply {
        let fields = Self.fields(call)
        let community = try checkedCommunity(fields, state)
        guard community.takesPolls else { throw Self.refused("INVALID_OPTION", "This community does not allow polls", "sr") }
        guard let options = fields["options"]?.strings, (2...6).contains(options.count), let days = fields["duration"]?.int, (1...7).contains(days)
        else { throw Self.refused("INVALID_OPTION", "that option is not valid", "options") }
        var post = try draft(fields, community, author, call, &state)
        post.details = post.details.adding(["options": .array(options.map { .string($0) }), "duration": .int(days)])
        return try finish(post, author, call, &state) { direct(post, author, call) }
    }

    /// Here the id carries its prefix.
    private func direct(_ post: Publication, _ author: Account, _ call: Call) -> JSON {
        ["url": .string(call.base + postPath(post, author: author)), "id": .string(post.id)]
    }

    private func checkedCommunity(_ fields: Fields, _ state: PlatformState) throws -> RedditCommunity {
        if let code = state.switches["refusal"]?.string, !code.isEmpty { throw Self.refused(code, "you can't do that", "sr") }
        guard let name = fields["sr"]?.string, let community = RedditCommunity.find(name, state) else {
            throw Self.refused("SUBREDDIT_NOEXIST", "that subreddit doesn't exist", "sr")
        }
        if community.isClosed { throw Self.refused("SUBREDDIT_NOTALLOWED", "you aren't allowed to post there.", "sr") }
        if community.bans { throw Self.refused("BANNED_FROM_SUBREDDIT", "that user is banned from the subreddit", "sr") }
        return community
    }

    private func draft(
        _ fields: Fields, _ community: RedditCommunity, _ author: Account, _ call: Call, _ state: inout PlatformState
    ) throws -> Publication {
        let title = (fields["title"]?.string ?? "").split { $0.isWhitespace }.joined(separator: " ")
        let text = fields["text"]?.string ?? ""
        guard !title.isEmpty else { throw Self.refused("NO_TEXT", "we need something here", "title") }
        guard title.unicodeScalars.count <= 300 else { throw Self.refused("TOO_LONG", "this is too long (max: 300)", "title") }
        guard text.unicodeScalars.count <= 40_000 else { throw Self.refused("TOO_LONG", "this is too long (max: 40000)", "text") }
        let flair = fields["flair_id"]?.string.map { id in RedditCommunity.flairs.first { $0["id"]?.string == id } }
        if let flair, flair == nil || !community.hasFlairs { throw Self.refused("BAD_FLAIR_TEMPLATE_ID", "that flair does not exist", "flair") }
        if Self.isTrue(fields["validate_on_submit"]) {
            if community.wantsFlair, flair == nil {
                throw Self.invalid("SUBMIT_VALIDATION_FLAIR_REQUIRED", "Your post must contain post flair.", "flair")
            }
            if let word = community.refused.first(where: { title.lowercased().contains($0) }) {
                throw Self.invalid("SUBMIT_VALIDATION_TITLE_BLACKLISTED_STRING", "This community does not allow \"\(word)\" in titles.", "title")
            }
        }
        let chosen: JSON? = flair ?? nil
        let flairText = chosen?["text_editable"]?.bool == true ? fields["flair_text"] ?? chosen?["text"] : chosen?["text"]
        let slug = String(title.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }.prefix(50))
        return Publication(
            id: Self.newID("t3_", in: &state, now: call.now), author: author.id, text: text, createdAt: call.now,
            details: .compact([
                "title": .string(title), "subreddit": .string(community.name), "slug": .string(slug),
                "kind": fields["kind"], "nsfw": .bool(Self.isTrue(fields["nsfw"])), "spoiler": .bool(Self.isTrue(fields["spoiler"])),
                "sendreplies": .bool(Self.isTrue(fields["sendreplies"])), "flair_id": fields["flair_id"],
                "flair_text": flairText,
            ]))
    }

    private func finish(
        _ post: Publication, _ author: Account, _ call: Call, _ state: inout PlatformState, _ data: () -> JSON
    ) throws -> Reply {
        let limit = state.switches["postingLimit"]?.string ?? ""
        let words = "Looks like you've been doing that a lot. Take a break for 11 minutes before trying again."
        if ["refuse", "words"].contains(limit) {
            return Self.refusal("RATELIMIT", words, "ratelimit", ratelimit: limit == "refuse" ? .double(706.7) : nil)
        }
        state.timeline.add(post)
        for file in post.attachments { state.media[file.id]?.attachedTo = post.id }
        if limit == "created" { return Self.refusal("RATELIMIT", words, "ratelimit", ratelimit: .double(706.7), data: data()).creating(post.id) }
        return Reply.json(["json": ["errors": [], "data": data()]]).creating(post.id)
    }
}

extension JSON {
    /// An object with more members.
    fileprivate func adding(_ members: [String: JSON]) -> JSON { .object((object ?? [:]).merging(members) { $1 }) }
}
