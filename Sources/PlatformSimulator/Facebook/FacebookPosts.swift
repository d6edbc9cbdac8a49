import Foundation
import HTTPTypes

extension Facebook {
    static let textLimit = 63_206
    /// Meta publishes no list of backgrounds.
    private static let presets: Set = [
        "106018623298955", "204187940028597", "301029513638534", "217761075370932", "1881421442117417", "175493843120364", "249307305544279",
        "219266485227663",
    ]

    var posts: [Operation] {
        [
            Operation("facebook.createPost", .post, "/v{version}/{id}/feed", limits: Self.limits, handler: graph(createPost)),
            Operation(
                "facebook.comment", .post, "/v{version}/{id}/comments", limits: Self.limits, handler: either(commentOnInstagram, createComment)),
        ]
    }

    private func createPost(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let page = call.parameter("id")
        _ = try authenticate(parameters, call, as: page, scope: "pages_manage_posts", state)
        let text = parameters["message"] ?? ""
        guard text.utf16.count <= Self.textLimit else {
            throw GraphFailure(100, "(#100) Param message is too long", words: "The text of the post is too long.").refusal
        }
        let photos = try (parameters.json("attached_media")?.array ?? []).map { entry in
            guard let id = entry["media_fbid"]?.string else { throw GraphFailure.invalid("attached_media", "needs media_fbid").refusal }
            return id
        }
        guard !text.isEmpty || !photos.isEmpty || parameters["link"] != nil else {
            throw GraphFailure(197, "(#197) The post is empty. Please enter a message to share.").refusal
        }
        try checkLink(parameters["link"])
        try checkPlace(parameters)
        try checkPreset(parameters["text_format_preset_id"], state)
        let items = try unusedPhotos(photos, page, state)
        try checkRepetition(text, items, parameters, page, state)
        var details = try told(parameters, ["link", "place", "tags", "backdated_time"], hasLink: parameters["link"] != nil)
        if photos.isEmpty, text.count <= 130 { details["text_format_preset_id"] = parameters["text_format_preset_id"].map { .string($0) } }
        let id = try publish(page, text: text, items.map(\.attachment), details, &state, now: call.now)
        for photo in photos { state.media[photo]?.attachedTo = id }
        guard let post = state.timeline[id] else { throw GraphFailure.unknown(id).refusal }
        return Reply.json(try node(of: post, parameters, call, &state)).creating(id)
    }

    /// Adds a publication and gives its id: `{page}_{number}` but for films and stories.
    func publish(
        _ page: String, text: String, _ attachments: [Attachment], _ details: [String: JSON?], _ state: inout PlatformState, now: Date,
        id: String? = nil
    ) throws -> String {
        let id = id ?? "\(page)_\(Self.newID(in: &state, now: now))"
        var post = Publication(id: id, author: page, text: text, attachments: attachments, createdAt: now)
        post.details = .compact(details)
        state.timeline.add(post)
        return id
    }

    private func checkLink(_ link: String?) throws {
        guard let link else { return }
        guard let url = URL(string: link), let host = url.host(), ["http", "https"].contains(url.scheme) else {
            throw GraphFailure(100, "(#100) link URL is not properly formatted", subcode: 1_609_005).refusal
        }
        if host.hasSuffix("facebook.com") { throw GraphFailure(100, "Invalid parameter", subcode: 1_609_008).refusal }
    }

    private func checkPlace(_ parameters: GraphParameters) throws {
        if let place = parameters["place"], place.isEmpty || !place.allSatisfy(\.isWholeNumber) {
            throw GraphFailure.invalid("place", "must be a valid page id").refusal
        }
        guard parameters["tags"] != nil else { return }
        guard parameters["place"] != nil else { throw GraphFailure.invalid("tags", "needs a place").refusal }
        guard let people = parameters.json("tags")?.array, people.allSatisfy({ $0.int != nil }) else {
            throw GraphFailure.invalid("tags", "must be a list of user ids").refusal
        }
    }

    private func checkPreset(_ preset: String?, _ state: PlatformState) throws {
        guard let preset else { return }
        if state.switches["retiredPreset"]?.string == preset {
            throw GraphFailure(1, "An unknown error occurred", status: 500).refusal
        }
        guard Self.presets.contains(preset) else {
            throw GraphFailure.invalid("text_format_preset_id", "must be a valid text format preset id").refusal
        }
    }

    /// The same directly after the same.
    private func checkRepetition(
        _ text: String, _ items: [MediaItem], _ parameters: GraphParameters, _ page: String, _ state: PlatformState
    ) throws {
        guard state.isOn("refuseDuplicates"), let last = state.timeline.latest(1, by: page, where: { $0.parent == nil }).first,
            last.text == text, !text.isEmpty, last.attachments.map(\.sha256) == items.map(\.attachment.sha256),
            last.details["link"]?.string == parameters["link"]
        else { return }
        throw GraphFailure(
            506, "(#506) Duplicate status message", subcode: 1_455_006,
            words: "This content is no longer available, or the same post was just shared."
        ).refusal
    }

    private func createComment(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let caller = try authenticate(parameters, call, scope: "pages_manage_engagement", state)
        guard let page = caller.page else {
            throw GraphFailure(190, "This method must be called with a Page Access Token", subcode: 2_069_032).refusal
        }
        guard let parent = Self.resolve(call.parameter("id"), state) else { throw GraphFailure.unknown(call.parameter("id")).refusal }
        let text = parameters["message"] ?? ""
        let photos = try unusedPhotos(parameters["attachment_id"].map { [$0] } ?? [], page, state)
        guard !text.isEmpty || !photos.isEmpty else { throw GraphFailure.missing("message").refusal }
        guard text.utf16.count <= 8000 else { throw GraphFailure(100, "(#100) Param message is too long").refusal }
        let root = parent.id.split(separator: "_").last ?? ""
        let comment = Publication(
            id: "\(root)_\(Self.newID(in: &state, now: call.now))", author: page, text: text, attachments: photos.map(\.attachment),
            parent: parent.id,
            createdAt: call.now)
        state.timeline.add(comment)
        for photo in photos { state.media[photo.id]?.attachedTo = comment.id }
        return Reply.json(try node(of: comment, parameters, call, &state)).creating(comment.id)
    }

    /// A post by its id, or a film by that of its post.
    static func resolve(_ id: String, _ state: PlatformState) -> Publication? {
        state.timeline[id] ?? id.split(separator: "_").last.flatMap { state.timeline[String($0)] }
    }
}
