import Domain

/// The records that a post is made of (app.bsky.feed.post, …threadgate, …postgate).
extension Bluesky {
    static let threadgate = "app.bsky.feed.threadgate"
    static let postgate = "app.bsky.feed.postgate"

    func record(_ draft: Draft, _ request: PublishRequest) -> JSONValue {
        let part = request.parts[draft.index]
        var record: [String: JSONValue] = [
            "$type": .string(RecordAddress.post), "text": .string(part.text), "createdAt": time(draft),
        ]
        let facets = facets(part.text, draft.plan)
        if !facets.isEmpty { record["facets"] = .array(facets) }
        record["embed"] = embed(draft, request)
        if let root = draft.earlier.first?.reference, let parent = draft.earlier.last?.reference {
            record["reply"] = ["root": root.json, "parent": parent.json]
        }
        let languages = (request.setting("languages") ?? "").split(separator: ",").map { $0.filter { !$0.isWhitespace } }
        if !languages.isEmpty { record["langs"] = .array(languages.map { .string($0) }) }
        let tags = Keywords.list(request.setting("tags") ?? "").map { $0.drop { $0 == "#" } }
        if draft.index == 0, !tags.isEmpty { record["tags"] = .array(tags.map { .string(String($0)) }) }
        var labels = [request.setting("content_label")].compactMap { $0 }.filter { $0 != "none" }
        if request.toggle("signed_in_only") { labels.append("!no-unauthenticated") }
        if !labels.isEmpty {
            record["labels"] = ["$type": "com.atproto.label.defs#selfLabels", "values": .array(labels.map { ["val": .string($0)] })]
        }
        return .object(record)
    }

    /// Parts of a thread that were made at one time keep their order.
    private func time(_ draft: Draft) -> JSONValue { .string("\(draft.plan.createdAt + .milliseconds(Int64(draft.index)))") }

    private func facets(_ text: String, _ plan: Plan) -> [JSONValue] {
        RichText.facets(in: text).compactMap { facet in
            let feature: JSONValue
            switch facet.feature {
            case .link(let uri): feature = ["$type": "app.bsky.richtext.facet#link", "uri": .string(uri)]
            case .tag(let tag): feature = ["$type": "app.bsky.richtext.facet#tag", "tag": .string(tag)]
            case .mention(let handle):
                guard let did = plan.people[handle] else { return nil }
                feature = ["$type": "app.bsky.richtext.facet#mention", "did": .string(did)]
            }
            let index: JSONValue = ["byteStart": .number(Double(facet.bytes.lowerBound)), "byteEnd": .number(Double(facet.bytes.upperBound))]
            return ["index": index, "features": [feature]]
        }
    }

    // MARK: What stands below the text

    private func embed(_ draft: Draft, _ request: PublishRequest) -> JSONValue? {
        let media = media(draft, request)
        guard draft.index == 0, let quote = draft.plan.quote else { return media }
        let record: JSONValue = ["$type": "app.bsky.embed.record", "record": quote.json]
        guard let media else { return record }
        return ["$type": "app.bsky.embed.recordWithMedia", "record": record, "media": media]
    }

    private func media(_ draft: Draft, _ request: PublishRequest) -> JSONValue? {
        let files = Array(zip(request.parts[draft.index].media.map(\.media), draft.blobs))
        guard let (first, blob) = files.first else { return draft.card?.json }
        if first.kind == .video {
            var film = blob.object ?? [:]
            let captions = film.removeValue(forKey: Self.captionsKey)
            var video: [String: JSONValue] = ["$type": "app.bsky.embed.video", "video": .object(film)]
            video["captions"] = captions
            if let altText = first.altText, !altText.isEmpty { video["alt"] = .string(altText) }
            video["aspectRatio"] = Self.ratio(of: first)
            if request.toggle("loop_video") { video["presentation"] = "gif" }
            return .object(video)
        }
        let isGallery = files.count > Self.plainImages
        let images = files.map { file, blob -> JSONValue in
            var image: [String: JSONValue] = ["image": blob, "alt": .string(file.altText ?? "")]
            image["aspectRatio"] = Self.ratio(of: file)
            if isGallery {
                image["$type"] = "app.bsky.embed.gallery#image"
                // Here it must not be missing.
                if image["aspectRatio"] == nil { image["aspectRatio"] = ["width": 1, "height": 1] }
            }
            return .object(image)
        }
        return isGallery
            ? ["$type": "app.bsky.embed.gallery", "items": .array(images)] : ["$type": "app.bsky.embed.images", "images": .array(images)]
    }

    private static func ratio(of media: Media) -> JSONValue? {
        guard let width = media.width, let height = media.height, width > 0, height > 0 else { return nil }
        return ["width": .number(Double(width)), "height": .number(Double(height))]
    }

    // MARK: Who may answer

    /// The records beside the first post, by collection: who may reply, and that nobody may quote. They bear the post's key.
    func gates(_ draft: Draft, _ request: PublishRequest) -> [(collection: String, record: JSONValue)] {
        var gates = [(collection: String, record: JSONValue)]()
        let post = JSONValue.string(draft.address.description)
        if let replies = request.setting("who_can_reply"), replies != "everyone" {
            let rules = ["mentioned": "mentionRule", "following": "followingRule", "followers": "followerRule"]
            let allow = rules[replies].map { [["$type": .string("\(Self.threadgate)#\($0)")] as JSONValue] } ?? []
            gates.append(
                (Self.threadgate, ["$type": .string(Self.threadgate), "post": post, "allow": .array(allow), "createdAt": time(draft)]))
        }
        if request.toggle("no_quotes") {
            let rule: JSONValue = ["$type": .string("\(Self.postgate)#disableRule")]
            gates.append(
                (Self.postgate, ["$type": .string(Self.postgate), "post": post, "embeddingRules": [rule], "createdAt": time(draft)]))
        }
        return gates
    }
}

extension PublishedPart {
    var reference: RecordReference? { cid.map { RecordReference(uri: id, cid: $0) } }
}
