import Foundation

/// What a container may be.
enum ThreadsRules {
    private static let known: Set = [
        "media_type", "text", "image_url", "video_url", "alt_text", "is_carousel_item", "children", "reply_to_id", "quote_post_id",
        "reply_control", "topic_tag", "link_attachment", "poll_attachment", "text_attachment", "gif_attachment", "location_id",
        "allowlisted_country_codes", "is_spoiler_media", "text_entities", "is_ghost_post", "enable_reply_approvals", "crossreshare_to_ig",
        "auto_publish_text", "access_token",
    ]
    private static let shown = known.subtracting(["text", "image_url", "video_url", "alt_text", "children", "reply_to_id", "access_token"])
    private static let onlyText = ["link_attachment", "poll_attachment", "text_attachment", "gif_attachment", "is_ghost_post"]

    static func container(_ call: Call, _ account: Account, _ state: inout PlatformState) throws -> Publication {
        let fields = Dictionary(call.query + call.form) { $1 }
        if let missing = state.switches["featureMissing"]?.string, fields[missing] != nil {
            throw ThreadsFailure(400, 10, "THREADS_API__FEATURE_NOT_AVAILABLE").refusal
        }
        if let unknown = fields.keys.sorted().first(where: { !known.contains($0) }) {
            throw ThreadsFailure.invalid("(#100) Param \(unknown) is not known").refusal
        }
        let type = fields["media_type"] ?? ""
        var container = Publication(
            id: Threads.newID(in: &state, now: call.now), author: account.id, text: fields["text"] ?? "", createdAt: call.now)
        try check(text: container.text)
        try check(type: type, fields)
        try check(settings: fields, state)
        if let hidden = fields["text_entities"] { try check(hidden: hidden, in: container.text) }
        container.parent = fields["reply_to_id"]
        if let parent = container.parent, state.timeline[parent] == nil { throw ThreadsFailure.missing(parent).refusal }
        if type == "CAROUSEL" { container.attachments = try children(fields["children"] ?? "", account, &state, call.now) }
        container.details = .object(fields.filter { shown.contains($0.key) }.mapValues { .string($0) })
        container.pendingReads = state.number("processingPolls")
        return container
    }

    private static func check(type: String, _ fields: [String: String]) throws {
        let files = ["IMAGE": "image_url", "VIDEO": "video_url", "CAROUSEL": "children"]
        guard type == "TEXT" || files[type] != nil else {
            throw ThreadsFailure.invalid("(#100) Param media_type must be one of {TEXT, IMAGE, VIDEO, CAROUSEL}").refusal
        }
        for (name, field) in files where (fields[field] != nil) != (name == type) {
            throw ThreadsFailure.invalid("(#100) Param \(field) is required for \(name) and for nothing else").refusal
        }
        if type == "TEXT", fields["text"]?.isEmpty ?? true { throw ThreadsFailure.invalid("(#100) Param text is required").refusal }
        if fields["is_carousel_item"] == "true", type == "TEXT" || type == "CAROUSEL" || fields["text"] != nil {
            throw ThreadsFailure.invalid("(#100) A carousel item is a picture or a video without text").refusal
        }
        if fields["alt_text"]?.count ?? 0 > 1000 || type == "TEXT" && fields["alt_text"] != nil {
            throw ThreadsFailure.invalid("(#100) Param alt_text must be at most 1000 characters and belongs to a file").refusal
        }
        let extras = onlyText.filter { fields[$0] != nil }
        guard extras.isEmpty || type == "TEXT" && extras.count == 1 else {
            throw ThreadsFailure.invalid("(#100) \(extras.joined(separator: ", ")) can only be used alone and with TEXT").refusal
        }
    }

    private static func check(settings fields: [String: String], _ state: PlatformState) throws {
        let controls = ["everyone", "accounts_you_follow", "mentioned_only", "parent_post_author_only", "followers_only"]
        if let control = fields["reply_control"], !controls.contains(control) {
            throw ThreadsFailure.invalid("(#100) Param reply_control must be one of {\(controls.joined(separator: ", "))}").refusal
        }
        if let tag = fields["topic_tag"], !(1...50).contains(tag.count) || tag.contains(where: { ".&".contains($0) }) {
            throw ThreadsFailure.invalid("(#100) Param topic_tag must have 1 to 50 characters without . and &").refusal
        }
        if let quoted = fields["quote_post_id"], state.timeline[quoted] == nil { throw ThreadsFailure.missing(quoted).refusal }
        if let poll = fields["poll_attachment"] {
            let options = object(poll)
            let texts = ["option_a", "option_b", "option_c", "option_d"].map { options[$0]?.string }
            let isGapless = texts[2] != nil || texts[3] == nil
            guard texts[0] != nil, texts[1] != nil, isGapless, texts.allSatisfy({ (1...25).contains($0?.count ?? 1) }) else {
                throw ThreadsFailure.invalid("(#100) Param poll_attachment must have 2 to 4 options of 1 to 25 characters").refusal
            }
        }
        if let gif = fields["gif_attachment"], object(gif)["gif_id"]?.string == nil || object(gif)["provider"] != "GIPHY" {
            throw ThreadsFailure.invalid("(#100) Param gif_attachment must name a gif_id and the provider GIPHY").refusal
        }
        if let long = fields["text_attachment"], !(1...10_000).contains(object(long)["plaintext"]?.string?.count ?? 0) {
            throw ThreadsFailure.invalid("(#100) Param text_attachment must have a plaintext of at most 10000 characters").refusal
        }
        if let link = fields["link_attachment"], !link.hasPrefix("http") {
            throw ThreadsFailure.invalid("(#100) Param link_attachment must be an address").refusal
        }
    }

    /// Ranges of the text, none of them beside itself.
    private static func check(hidden list: String, in text: String) throws {
        let entities = (try? JSON.parse(.init(string: list)))?.array ?? []
        var end = 0
        for entity in entities.sorted(by: { $0["offset"]?.int ?? 0 < $1["offset"]?.int ?? 0 }) {
            guard let offset = entity["offset"]?.int, let length = entity["length"]?.int, length > 0, offset >= end,
                offset + length <= text.utf16.count, entity["entity_type"]?.string?.lowercased() == "spoiler"
            else { throw ThreadsFailure.invalid("(#100) Param text_entities must name ranges of the text").refusal }
            end = offset + length
        }
        guard (1...10).contains(entities.count) else {
            throw ThreadsFailure.invalid("(#100) Param text_entities must have 1 to 10 entities").refusal
        }
    }

    private static func object(_ text: String) -> [String: JSON] { (try? JSON.parse(.init(string: text)))?.object ?? [:] }

    private static func check(text: String) throws {
        guard length(text) <= 500 else { throw ThreadsFailure.invalid("(#100) Param text must be at most 500 characters long.").refusal }
        if Set(text.matches(of: /https?:\/\/\S+/).map { String($0.output) }).count > 5 {
            throw ThreadsFailure(400, 100, "THREADS_API__LINK_LIMIT_EXCEEDED").refusal
        }
    }

    /// Emoji count by their bytes.
    static func length(_ text: String) -> Int {
        text.reduce(0) { sum, sign in
            let scalars = sign.unicodeScalars
            let isDrawn = scalars.first?.properties.isEmojiPresentation == true || scalars.contains("\u{FE0F}")
            return sum + (isDrawn ? sign.utf8.count : scalars.count)
        }
    }

    private static func children(_ list: String, _ account: Account, _ state: inout PlatformState, _ now: Date) throws -> [Attachment] {
        let ids = list.split(separator: ",").map(String.init)
        guard (2...20).contains(ids.count) else { throw ThreadsFailure.invalid("(#100) Param children must have 2 to 20 items").refusal }
        return try ids.map { id in
            guard let child = state.drafts[id], child.author == account.id, child.details["is_carousel_item"] != nil,
                let file = child.attachments.first
            else { throw ThreadsFailure.missing(id).refusal }
            let age = now.timeIntervalSince(child.createdAt)
            guard child.pendingReads == 0, child.details["error"] == nil, age < state.seconds("containerSeconds") else {
                throw ThreadsFailure(400, 24, "A carousel item is not ready", subcode: 4_279_004).refusal
            }
            return file
        }
    }
}
