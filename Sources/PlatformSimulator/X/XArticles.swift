import HTTPTypes

extension X {
    private static let blockTypes: Set = [
        "unstyled", "header-one", "header-two", "header-three", "unordered-list-item", "ordered-list-item", "blockquote", "atomic",
    ]

    var articles: [Operation] {
        let scopes = ["tweet.write"]
        return [
            Operation("x.draftArticle", .post, "/2/articles/draft", handler: user(scopes, writes: true, draft)),
            Operation("x.publishArticle", .post, "/2/articles/{id}/publish", handler: user(scopes, writes: true, publish)),
        ]
    }

    private func draft(_ state: inout PlatformState, _ author: Account, _ call: Call) throws -> Reply {
        guard let body = call.json, let title = body["title"]?.string, !title.isEmpty else {
            throw XProblem.invalid("title", "", "title is required").refusal
        }
        let blocks = body["content_state"]?["blocks"]?.array ?? []
        guard !blocks.isEmpty, blocks.allSatisfy({ Self.blockTypes.contains($0["type"]?.string ?? "") && $0["text"]?.string != nil }) else {
            throw XProblem.invalid("content_state.blocks", "", "At least one block of a known type is required").refusal
        }
        if blocks.contains(where: { $0["type"]?.string == "header-three" }) {
            throw XProblem(status: 503, title: "Service Unavailable").refusal
        }
        if let cover = body["cover_media"]?["media_id"]?.string, state.media[cover]?.owner != author.id {
            throw XProblem.invalid("cover_media.media_id", cover, "Unknown media id.").refusal
        }
        let id = Self.newID(in: &state, now: call.now)
        let words = blocks.compactMap { $0["text"]?.string }.joined(separator: "\n\n")
        state.drafts[id] = Publication(
            id: id, author: author.id, text: title + "\n\n" + words,
            attachments: (body["cover_media"]?["media_id"]?.string).flatMap { state.media[$0] }.map { [$0.attachment] } ?? [],
            createdAt: call.now, details: ["article": body])
        return .json(["data": ["id": .string(id), "title": .string(title)]], status: 201)
    }

    private func publish(_ state: inout PlatformState, _ author: Account, _ call: Call) throws -> Reply {
        let id = call.parameter("id")
        guard let draft = state.drafts[id], draft.author == author.id else {
            throw XProblem(status: 404, title: "Not Found Error", detail: "No article draft \(id).", kind: "resource-not-found").refusal
        }
        state.drafts[id] = nil
        let postID = Self.newID(in: &state, now: call.now)
        state.timeline.add(
            Publication(
                id: postID, author: author.id, text: draft.text, attachments: draft.attachments, createdAt: call.now, details: draft.details
            ))
        return Reply.json(["data": ["post_id": .string(postID)]]).creating(postID)
    }
}
