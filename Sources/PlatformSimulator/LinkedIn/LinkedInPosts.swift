import Foundation
import HTTPTypes

extension LinkedIn {
    private static let write = ["w_member_social", "w_organization_social"]

    var posts: [Operation] {
        let createLimits = [RateLimit("createPost", 150, .day)]
        return [
            Operation(
                "linkedin.createPost", .post, "/rest/posts", limits: createLimits,
                handler: member(anyOf: Self.write, "partnerApiPostsExternal.CREATE", createPost)),
            Operation(
                "linkedin.listPosts", .get, "/rest/posts", handler: member(anyOf: [], "partnerApiPostsExternal.FINDER-author", listPosts)),
            Operation("linkedin.readPost", .get, "/rest/posts/{urn}", handler: member(anyOf: [], "partnerApiPostsExternal.GET", readPost)),
            Operation(
                "linkedin.editPost", .post, "/rest/posts/{urn}",
                handler: member(anyOf: Self.write, "partnerApiPostsExternal.PARTIAL_UPDATE", editPost)),
            Operation(
                "linkedin.deletePost", .delete, "/rest/posts/{urn}",
                handler: member(anyOf: Self.write, "partnerApiPostsExternal.DELETE", deletePost)),
        ]
    }

    private func createPost(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        if state.isOn("throttled") { throw LinkedInError.throttled.refusal }
        guard let body = call.json?.object else { throw LinkedInError(400, "INVALID_REQUEST", "The body must be a JSON object").refusal }
        try LinkedInPostRules.check(body)
        let author = try member.acting(
            as: body["author"]?.string ?? "", field: "author", what: "partnerApiPostsExternal.CREATE", state)
        let source = body["commentary"]?.string ?? ""
        let words = LittleText.render(source)
        let media = try attachments(body["content"], author, &state)
        if let parent = body["reshareContext"]?["parent"]?.string, Self.resolve(parent, state) == nil {
            throw LinkedInError(400, "INVALID_URN_ID", "\(parent) does not exist", field: "reshareContext.parent").refusal
        }
        let key = duplicateKey(body, author, source, media)
        if let known = state.recent.find(key, now: call.now, window: state.seconds("duplicateWindow")) {
            throw LinkedInError(422, "DUPLICATE_POST", "Content is a duplicate of \(known)").refusal
        }
        let isUGC = media.contains { $0.kind == .video } || body["content"]?["poll"] != nil
        let urn = "urn:li:\(isUGC ? "ugcPost" : "share"):" + Self.newID(in: &state, now: call.now)
        var post = Publication(id: urn, author: author.id, text: words.text, attachments: media, createdAt: call.now)
        var details = body
        details["commentary"] = .string(words.raw)
        if words.wasTruncated { details["wasTruncated"] = true }
        post.details = .object(details)
        post.duplicateKey = key
        post.pendingReads = media.contains { $0.kind == .video } ? 1 : 0
        state.timeline.add(post)
        if let parent = body["reshareContext"]?["parent"]?.string.flatMap({ Self.resolve($0, state)?.id }) {
            state.timeline.change(parent) { $0.reposters.append(author.id) }
        }
        state.recent.remember(key, id: urn, now: call.now)
        for item in media { state.media[item.id]?.attachedTo = urn }
        return Reply.empty(201, headers: [("x-restli-id", urn), ("x-linkedin-id", urn)]).creating(urn)
    }

    /// Same author, words and content; files count by their bytes, so a second upload of the same picture changes nothing.
    private func duplicateKey(_ body: [String: JSON], _ author: Account, _ source: String, _ media: [Attachment]) -> String {
        let content = media.isEmpty ? (body["content"] ?? .null).text : media.map { $0.sha256 + $0.altText }.joined(separator: ",")
        return [author.id, source, content, body["reshareContext"]?.text ?? ""].joined(separator: "\n")
    }

    /// The media of a post: theirs, uploaded and processed.
    private func attachments(_ content: JSON?, _ author: Account, _ state: inout PlatformState) throws -> [Attachment] {
        let single = content?["media"].map { [$0] } ?? []
        let several = content?["multiImage"]?["images"]?.array ?? []
        let thumbnail = content?["article"]?["thumbnail"].map { [JSON.object(["id": $0])] } ?? []
        return try (single + several + thumbnail).map { entry in
            let urn = entry["id"]?.string ?? ""
            guard var item = state.media[urn] else {
                throw LinkedInError(400, "INVALID_URN_ID", "\(urn) does not exist", field: "content").refusal
            }
            guard item.owner == author.urn else {
                throw LinkedInError.invalid("content", "\(urn) is not owned by \(author.urn)").refusal
            }
            let before = item.state
            if item.kind != .video { _ = item.poll(failing: false) }
            item.altText = entry["altText"]?.string ?? ""
            state.media[urn] = item
            switch before {
            case .ready: return item.attachment
            case .failed: throw LinkedInError(400, "MEDIA_ASSET_PROCESSING_FAILED", "Processing of \(urn) failed").refusal
            case .waitingForUpload, .processing:
                throw LinkedInError(400, "MEDIA_ASSET_WAITING_UPLOAD", "\(urn) is not AVAILABLE yet").refusal
            }
        }
    }

    // MARK: Reading

    private func mayRead(_ author: Account, _ member: Member, _ state: PlatformState) -> Bool {
        if member.scopes.contains("r_organization_social"), member.administered(author.urn, state) != nil { return true }
        return author.id == member.account.id && (state.isOn("memberCanListPosts") || member.scopes.contains("r_member_social"))
    }

    private func readPost(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        let urn = try RestLi.urn(call)
        guard let post = Self.resolve(urn, state), let author = state.accounts[post.author] else { return failure(status: 404) }
        // A member may read a post of his own by its URN, though not list them.
        guard author.id == member.account.id || mayRead(author, member, state) else {
            throw LinkedInError.denied("partnerApiPostsExternal.GET").refusal
        }
        let isPending = post.pendingReads > 0
        state.timeline.change(post.id) { $0.pendingReads = max(0, $0.pendingReads - 1) }
        return .json(postJSON(post, author, state: isPending ? "PUBLISH_REQUESTED" : "PUBLISHED"))
    }

    private func listPosts(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        guard call.query("q") == "author" else { throw LinkedInError(400, "ILLEGAL_ARGUMENT", "q must be author").refusal }
        let urn = try RestLi.urn(call, query: "author")
        let author = state.accounts[String(urn.split(separator: ":").last ?? "")]
        guard let author, author.urn == urn, mayRead(author, member, state) else {
            throw LinkedInError.denied("partnerApiPostsExternal.FINDER-author").refusal
        }
        let start = max(0, Int(call.query("start") ?? "0") ?? 0)
        let count = min(100, max(1, Int(call.query("count") ?? "10") ?? 10))
        let posts = state.timeline.latest(start + count, by: author.id) { $0.parent == nil }.dropFirst(start)
        return .json([
            "elements": .array(posts.map { postJSON($0, author, state: "PUBLISHED") }),
            "paging": ["start": .int(start), "count": .int(count), "links": []],
        ])
    }

    private func postJSON(_ post: Publication, _ author: Account, state: JSON) -> JSON {
        let created: JSON = .int(Int(post.createdAt.timeIntervalSince1970 * 1000))
        let edited: JSON = post.editedAt.map { .int(Int($0.timeIntervalSince1970 * 1000)) } ?? created
        var members = post.details.object ?? [:]
        members["wasTruncated"] = nil
        members["id"] = .string(post.id)
        members["author"] = .string(author.urn)
        members["lifecycleState"] = state
        members["createdAt"] = created
        members["publishedAt"] = created
        members["lastModifiedAt"] = edited
        members["lifecycleStateInfo"] = ["isEditedByAuthor": .bool(post.editedAt != nil)]
        return .object(members)
    }

    // MARK: Changing, deleting

    private func own(_ call: Call, _ member: Member, _ what: String, _ state: PlatformState) throws -> Publication? {
        guard let post = Self.resolve(try RestLi.urn(call), state), let author = state.accounts[post.author] else { return nil }
        _ = try member.acting(as: author.urn, field: "author", what: what, state)
        return post
    }

    private func editPost(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        guard call.header("x-restli-method")?.uppercased() == "PARTIAL_UPDATE" else {
            throw LinkedInError(400, "ILLEGAL_ARGUMENT", "X-RestLi-Method must be PARTIAL_UPDATE").refusal
        }
        guard let post = try own(call, member, "partnerApiPostsExternal.PARTIAL_UPDATE", state) else { return failure(status: 404) }
        let set = call.json?["patch"]?["$set"]?.object ?? [:]
        let known: Set = ["commentary", "contentCallToActionLabel", "contentLandingPage", "lifecycleState", "adContext"]
        guard !set.isEmpty, known.isSuperset(of: set.keys) else {
            throw LinkedInError.invalid("patch", "Only commentary can be changed").refusal
        }
        if let source = set["commentary"]?.string {
            try LinkedInPostRules.checkCommentary(source)
            let words = LittleText.render(source)
            state.timeline.change(post.id) { post in
                post.text = words.text
                post.editedAt = call.now
                post.details = .object((post.details.object ?? [:]).merging(["commentary": .string(words.raw)]) { $1 })
            }
        }
        return .empty(204)
    }

    private func deletePost(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        guard let post = try own(call, member, "partnerApiPostsExternal.DELETE", state) else { return .empty(204) }
        // Its comments go with it.
        for comment in state.timeline.replies(to: post.id) {
            for answer in state.timeline.replies(to: comment.id) { state.timeline.delete(answer.id) }
            state.timeline.delete(comment.id)
        }
        state.timeline.delete(post.id)
        if let key = post.duplicateKey { state.recent.forget(key) }
        return .empty(204)
    }
}

/// The schema of a post: required fields, enums, lengths, and one kind of content.
enum LinkedInPostRules {
    private static let members: Set = [
        "author", "commentary", "visibility", "distribution", "lifecycleState", "isReshareDisabledByAuthor", "reshareContext", "content",
        "container", "adContext", "contentLandingPage", "contentCallToActionLabel",
    ]
    private static let contentKinds: Set = ["media", "multiImage", "article", "poll"]

    static func check(_ body: [String: JSON]) throws {
        if let unknown = body.keys.sorted().first(where: { !members.contains($0) }) {
            throw LinkedInError(
                422, "UNPROCESSABLE_ENTITY", "ERROR :: /\(unknown) :: unrecognized field found but not allowed", field: unknown
            )
            .refusal
        }
        for field in ["author", "commentary", "visibility", "distribution", "lifecycleState"] where body[field] == nil {
            throw LinkedInError.missing(field).refusal
        }
        try checkEnum(body["visibility"], ["PUBLIC", "CONNECTIONS", "LOGGED_IN", "CONTAINER"], "visibility")
        try checkEnum(body["lifecycleState"], ["PUBLISHED"], "lifecycleState")
        try checkEnum(body["distribution"]?["feedDistribution"], ["MAIN_FEED", "NONE"], "distribution.feedDistribution")
        for target in body["distribution"]?["targetEntities"]?.array ?? [] {
            guard body["author"]?.string?.hasPrefix("urn:li:organization:") == true,
                target["geoLocations"]?.strings?.allSatisfy({ $0.wholeMatch(of: /urn:li:geo:[0-9]+/) != nil }) ?? true
            else { throw LinkedInError.invalid("distribution.targetEntities", "Only pages have targets, which are URNs").refusal }
        }
        guard let commentary = body["commentary"]?.string else {
            throw LinkedInError.invalid("commentary", "commentary must be text").refusal
        }
        try checkCommentary(commentary)
        if let content = body["content"] { try checkContent(content) }
        if commentary.isEmpty, body["content"] == nil, body["reshareContext"] == nil {
            throw LinkedInError.invalid("commentary", "A post needs words or content").refusal
        }
    }

    static func checkCommentary(_ source: String) throws {
        if LittleText.unescaped(source).count > 3000 { throw LinkedInError.tooLong("commentary", 3000).refusal }
    }

    private static func checkEnum(_ value: JSON?, _ allowed: Set<String>, _ field: String) throws {
        guard let text = value?.string else { throw LinkedInError.missing(field).refusal }
        guard allowed.contains(text) else { throw LinkedInError.invalid(field, "\(text) is not a valid \(field)").refusal }
    }

    private static func checkContent(_ content: JSON) throws {
        let kinds = content.object?.keys.sorted() ?? []
        guard kinds.count == 1, let kind = kinds.first, contentKinds.contains(kind), let value = content[kind] else {
            throw LinkedInError.invalid("content", "content takes exactly one of media, multiImage, article and poll").refusal
        }
        switch kind {
        case "media": try checkMedia(value)
        case "multiImage":
            guard let images = value["images"]?.array, (2...20).contains(images.count) else {
                throw LinkedInError.invalid("content.multiImage.images", "multiImage takes 2 to 20 images").refusal
            }
            for image in images {
                guard image["id"]?.string?.hasPrefix("urn:li:image:") ?? false else {
                    throw LinkedInError(400, "INVALID_URN_TYPE", "multiImage takes images", field: "content.multiImage.images").refusal
                }
                try checkAlt(image)
            }
        case "article": try checkArticle(value)
        default: try checkPoll(value)
        }
    }

    private static func checkMedia(_ media: JSON) throws {
        guard let urn = media["id"]?.string else { throw LinkedInError.missing("content.media.id").refusal }
        let kinds = ["urn:li:image:", "urn:li:video:", "urn:li:document:"]
        guard kinds.contains(where: urn.hasPrefix) else {
            throw LinkedInError(400, "INVALID_URN_TYPE", "\(urn) is not a medium", field: "content.media.id").refusal
        }
        if urn.hasPrefix("urn:li:document:"), media["title"]?.string?.isEmpty ?? true {
            throw LinkedInError.missing("content.media.title").refusal
        }
        try checkAlt(media)
    }

    private static func checkAlt(_ media: JSON) throws {
        if media["altText"]?.string?.count ?? 0 > 4086 { throw LinkedInError.tooLong("altText", 4086).refusal }
    }

    private static func checkArticle(_ article: JSON) throws {
        guard let source = article["source"]?.string, source.hasPrefix("http") else {
            throw LinkedInError.missing("content.article.source").refusal
        }
        guard let title = article["title"]?.string, !title.isEmpty else { throw LinkedInError.missing("content.article.title").refusal }
        if title.count > 400 { throw LinkedInError.tooLong("content.article.title", 400).refusal }
        if article["description"]?.string?.count ?? 0 > 4086 { throw LinkedInError.tooLong("content.article.description", 4086).refusal }
    }

    private static func checkPoll(_ poll: JSON) throws {
        guard let question = poll["question"]?.string, !question.isEmpty else {
            throw LinkedInError.missing("content.poll.question").refusal
        }
        if question.count > 140 { throw LinkedInError.tooLong("content.poll.question", 140).refusal }
        let options = (poll["options"]?.array ?? []).compactMap { $0["text"]?.string }
        guard (2...4).contains(options.count), options.count == poll["options"]?.array?.count else {
            throw LinkedInError.invalid("content.poll.options", "A poll takes 2 to 4 options").refusal
        }
        if options.contains(where: { $0.count > 30 }) { throw LinkedInError.tooLong("content.poll.options", 30).refusal }
        try checkEnum(
            poll["settings"]?["duration"], ["ONE_DAY", "THREE_DAYS", "SEVEN_DAYS", "FOURTEEN_DAYS"], "content.poll.settings.duration")
    }
}
