import Foundation
import HTTPTypes

extension Facebook {
    var reading: [Operation] {
        [
            Operation("facebook.feed", .get, "/v{version}/{id}/feed", limits: Self.limits, handler: graph(listPosts)),
            Operation("facebook.publishedPosts", .get, "/v{version}/{id}/published_posts", limits: Self.limits, handler: graph(listPosts)),
            Operation("facebook.videos", .get, "/v{version}/{id}/videos", limits: Self.limits, handler: graph(listFilms)),
            Operation("facebook.reels", .get, "/v{version}/{id}/video_reels", limits: Self.limits, handler: graph(listFilms)),
            Operation("facebook.stories", .get, "/v{version}/{id}/stories", limits: Self.limits, handler: either(listMedia(true), listStories)),
            Operation(
                "facebook.comments", .get, "/v{version}/{id}/comments", limits: Self.limits, handler: either(listInstagramComments, listComments)),
        ]
    }

    /// One thing by its id: whatever it is.
    var nodes: [Operation] {
        [
            Operation("facebook.node", .get, "/v{version}/{id}", limits: Self.limits, handler: either(readInstagram, readNode)),
            Operation("facebook.editPost", .post, "/v{version}/{id}", limits: Self.limits, handler: either(changeInstagram, editNode)),
            Operation("facebook.deletePost", .delete, "/v{version}/{id}", limits: Self.limits, handler: either(removeInstagram, deleteNode)),
        ]
    }

    private func listPosts(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let page = call.parameter("id")
        _ = try authenticate(parameters, call, as: page, scope: "pages_read_engagement", state)
        let posts = state.timeline.latest(600, by: page) { $0.parent == nil && $0.details["kind"]?.string != "story" }
        return Self.page(try posts.map { try postNode($0, parameters, call, &state) }, parameters, call)
    }

    private func listFilms(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let page = call.parameter("id")
        _ = try authenticate(parameters, call, as: page, scope: "pages_read_engagement", state)
        let films = state.timeline.latest(600, by: page) { $0.details["kind"]?.string == "reel" }
        return Self.page(try films.map { try node(of: $0, parameters, call, &state) }, parameters, call)
    }

    private func listStories(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let page = call.parameter("id")
        _ = try authenticate(parameters, call, as: page, scope: "pages_read_engagement", state)
        let stories = state.timeline.latest(100, by: page) { $0.details["kind"]?.string == "story" }
        let entries: [JSON] = stories.map { story in
            [
                "post_id": .string(story.id), "status": "PUBLISHED",
                "creation_time": .string(String(Int(story.createdAt.timeIntervalSince1970))),
                "media_type": story.attachments.first?.kind == .video ? "video" : "photo",
                "media_id": .string(story.attachments.first?.id ?? ""), "url": .string("\(call.base)/stories/\(story.id)"),
            ]
        }
        return Self.page(entries, parameters, call)
    }

    private func listComments(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        _ = try authenticate(parameters, call, scope: "pages_read_engagement", state)
        guard let post = Self.resolve(call.parameter("id"), state) else { throw GraphFailure.unknown(call.parameter("id")).refusal }
        let comments = state.timeline.replies(to: post.id)
        let ordered = parameters["order"] == "reverse_chronological" ? comments.reversed() : comments
        return Self.page(try ordered.map { try node(of: $0, parameters, call, &state) }, parameters, call)
    }

    // MARK: Nodes

    private func readNode(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let caller = try authenticate(parameters, call, state)
        let id = call.parameter("id")
        if id == caller.person.id { return .json(try personNode(caller, &state, parameters, call)) }
        if state.accounts[id].map(Self.isPage) == true { return .json(try pageNode(id, caller, &state, parameters, call)) }
        if let post = Self.resolve(id, state) { return .json(try node(of: post, parameters, call, &state, asked: id)) }
        guard let item = state.media[id] else { throw GraphFailure.unknown(id).refusal }
        if item.kind == .video {
            let status = status(ofFilm: id, &state)
            return .json(
                try Self.select(
                    ["id": .string(id), "status": status, "post_id": nil, "permalink_url": nil, "description": nil], type: "Video", parameters))
        }
        return .json(
            try Self.select(
                ["id": .string(id), "created_time": Self.time(item.createdAt), "name": nil, "link": nil, "images": []], type: "Photo", parameters,
                usual: ["id", "created_time"]))
    }

    /// A post, a film or a comment.
    func node(
        of publication: Publication, _ parameters: GraphParameters, _ call: Call, _ state: inout PlatformState, asked: String? = nil
    ) throws -> JSON {
        if publication.parent != nil { return try commentNode(publication, parameters, call, state) }
        // A film goes by its own id, and by that of the post in which it is shown.
        if publication.id == publication.attachments.first?.id, asked?.contains("_") != true {
            return try filmNode(publication, parameters, call, &state)
        }
        return try postNode(publication, parameters, call, &state)
    }

    private func from(_ publication: Publication, _ state: PlatformState) -> JSON {
        ["id": .string(publication.author), "name": .string(state.accounts[publication.author]?.name ?? "")]
    }

    private func address(_ publication: Publication, _ call: Call, _ state: PlatformState) -> JSON? {
        state.accounts[publication.author].map { .string(call.base + postPath(publication, author: $0)) }
    }

    private func postNode(
        _ post: Publication, _ parameters: GraphParameters, _ call: Call, _ state: inout PlatformState
    ) throws -> JSON {
        let isFilm = post.details["kind"]?.string == "reel"
        let figures = Popularity(id: post.id, age: call.now.timeIntervalSince(post.createdAt))
        let files: [JSON] = post.attachments.map { ["target": ["id": .string($0.id)], "type": $0.kind == .video ? "video_inline" : "photo"] }
        let attachments: JSON? =
            files.isEmpty ? nil : ["data": files.count > 1 ? [["type": "album", "subattachments": ["data": .array(files)]]] : .array(files)]
        return try Self.select(
            [
                "id": .string(isFilm ? "\(post.author)_\(post.id)" : post.id), "message": post.text.isEmpty ? nil : .string(post.text),
                "created_time": Self.time(post.createdAt), "permalink_url": address(post, call, state), "from": from(post, state),
                "is_published": true, "attachments": attachments, "shares": figures.shares > 0 ? ["count": .int(figures.shares)] : nil,
                "comments": ["data": [], "summary": ["total_count": .int(state.timeline.replies(to: post.id).count)]],
                "reactions": ["data": [], "summary": ["total_count": .int(figures.likes)]],
            ], type: "Post", parameters, usual: ["id"])
    }

    private func filmNode(_ film: Publication, _ parameters: GraphParameters, _ call: Call, _ state: inout PlatformState) throws -> JSON {
        let wantsStatus = parameters["fields"].map { GraphParameters.names($0).contains("status") } ?? false
        return try Self.select(
            [
                "id": .string(film.id), "description": .string(film.text), "title": film.details["title"],
                "created_time": Self.time(film.createdAt), "updated_time": Self.time(film.createdAt),
                "permalink_url": .string("/reel/\(film.id)/"),
                "post_id": .string(film.details["kind"]?.string == "story" ? film.id : "\(film.author)_\(film.id)"), "from": from(film, state),
                "status": wantsStatus ? status(ofFilm: film.id, &state) : nil, "published": true,
            ], type: "Video", parameters, usual: ["id", "description", "updated_time"])
    }

    private func commentNode(_ comment: Publication, _ parameters: GraphParameters, _ call: Call, _ state: PlatformState) throws -> JSON {
        try Self.select(
            [
                "id": .string(comment.id), "message": .string(comment.text), "created_time": Self.time(comment.createdAt),
                "from": from(comment, state), "permalink_url": address(comment, call, state), "can_remove": true,
                "parent": comment.parent.map { ["id": .string($0)] },
                "attachment": comment.attachments.first.map { ["type": "photo", "target": ["id": .string($0.id)]] },
            ], type: "Comment", parameters, usual: ["id", "message", "created_time", "from"])
    }

    private func own(_ parameters: GraphParameters, _ call: Call, _ state: PlatformState) throws -> Publication {
        let caller = try authenticate(parameters, call, scope: "pages_manage_posts", state)
        guard let post = Self.resolve(call.parameter("id"), state), post.author == caller.page else {
            throw GraphFailure.unknown(call.parameter("id")).refusal
        }
        return post
    }

    private func editNode(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let post = try own(parameters, call, state)
        guard let text = parameters["message"] else { throw GraphFailure.missing("message").refusal }
        state.timeline.change(post.id) { post in
            post.text = text
            post.editedAt = call.now
        }
        return .json(["success": true])
    }

    /// Its comments go with it.
    private func deleteNode(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let post = try own(parameters, call, state)
        for comment in state.timeline.replies(to: post.id) {
            for answer in state.timeline.replies(to: comment.id) { state.timeline.delete(answer.id) }
            state.timeline.delete(comment.id)
        }
        state.timeline.delete(post.id)
        return .json(["success": true])
    }
}
