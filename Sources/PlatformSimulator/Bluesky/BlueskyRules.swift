import Foundation

/// What a post's record must be (the lexicons of app.bsky.feed.post and its embeds).
extension Bluesky {
    func check(_ writing: Writing, _ author: Account, _ state: PlatformState) throws {
        let record = writing.value
        func refuse(_ reason: String) -> Refusal { Self.invalid("Invalid \(writing.collection) record: \(reason)") }
        let isTime = record["createdAt"]?.string?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/) != nil
        guard isTime || writing.collection.hasSuffix("profile") else {
            throw refuse("Record/createdAt must be a valid atproto datetime (both RFC-3339 and ISO-8601)")
        }
        if writing.collection == "app.bsky.feed.repost" {
            guard record["subject"]?["uri"]?.string?.hasPrefix("at://") == true, record["subject"]?["cid"]?.string != nil else {
                throw refuse("Record/subject must be an object")
            }
        }
        guard writing.collection == Self.post else { return }
        guard let text = record["text"]?.string else { throw refuse("Record must have the property \"text\"") }
        if text.utf8.count > 3000 { throw refuse("Record/text must not be longer than 3000 characters") }
        if text.count > 300 { throw refuse("Record/text must not be longer than 300 graphemes") }
        let properties: Set = ["$type", "text", "createdAt", "facets", "embed", "reply", "langs", "labels", "tags", "entities", "via"]
        if let other = record.object?.keys.sorted().first(where: { !properties.contains($0) }) {
            throw refuse("Record has the unknown property \(other)")
        }
        let languages = record["langs"]?.strings ?? []
        guard languages.count <= 3 else { throw refuse("Record/langs must not have more than 3 elements") }
        let tags = record["tags"]?.strings ?? []
        guard tags.count <= 8, tags.allSatisfy({ $0.count <= 64 && $0.utf8.count <= 640 }) else {
            throw refuse("Record/tags must not have more than 8 elements of 64 graphemes")
        }
        try checkFacets(record["facets"]?.array ?? [], text, refuse)
        if let reply = record["reply"] {
            for name in ["root", "parent"] {
                guard let uri = reply[name]?["uri"]?.string, let cid = reply[name]?["cid"]?.string else {
                    throw refuse("Record/reply/\(name) must be an object")
                }
                guard let target = state.records[uri], ContentID.record(target) == cid else { throw refuse("Record/reply/\(name) does not exist") }
            }
        }
        if let embed = record["embed"] { try checkEmbed(embed, author, state, refuse) }
    }

    /// Ranges of whole characters in the UTF-8 text that do not overlap.
    private func checkFacets(_ facets: [JSON], _ text: String, _ refuse: (String) -> Refusal) throws {
        let bytes = Array(text.utf8)
        func isBoundary(_ offset: Int) -> Bool { offset == bytes.count || bytes.indices.contains(offset) && bytes[offset] & 0xC0 != 0x80 }
        var end = 0
        let ranges = try facets.map { facet -> (Int, Int) in
            guard let start = facet["index"]?["byteStart"]?.int, let end = facet["index"]?["byteEnd"]?.int, start < end, isBoundary(start),
                isBoundary(end)
            else { throw refuse("Record/facets/index is no range of the text") }
            for feature in facet["features"]?.array ?? [] { try checkFeature(feature, refuse) }
            return (start, end)
        }
        for (start, last) in ranges.sorted(by: { $0.0 < $1.0 }) {
            guard start >= end else { throw refuse("Record/facets overlap") }
            end = last
        }
    }

    private func checkFeature(_ feature: JSON, _ refuse: (String) -> Refusal) throws {
        switch feature["$type"]?.string {
        case "app.bsky.richtext.facet#link":
            guard let uri = feature["uri"]?.string, URL(string: uri)?.scheme != nil else { throw refuse("Record/facets/features/uri must be a uri") }
        case "app.bsky.richtext.facet#mention":
            guard feature["did"]?.string?.hasPrefix("did:") == true else { throw refuse("Record/facets/features/did must be a valid did") }
        case "app.bsky.richtext.facet#tag":
            guard let tag = feature["tag"]?.string, tag.count <= 64, !tag.hasPrefix("#") else {
                throw refuse("Record/facets/features/tag is too long")
            }
        default: throw refuse("Record/facets/features has an unknown $type")
        }
    }

    // MARK: Embeds

    private func checkEmbed(_ embed: JSON, _ author: Account, _ state: PlatformState, _ refuse: (String) -> Refusal) throws {
        switch embed["$type"]?.string {
        case "app.bsky.embed.images":
            let images = embed["images"]?.array ?? []
            guard images.count <= 4 else { throw refuse("Record/embed/images must not have more than 4 elements") }
            for image in images { try checkImage(image, state, refuse) }
        case "app.bsky.embed.gallery":
            let items = embed["items"]?.array ?? []
            guard items.count <= 20 else { throw refuse("Record/embed/items must not have more than 20 elements") }
            for item in items {
                guard item["aspectRatio"]?["width"]?.int ?? 0 > 0 else { throw refuse("Record/embed/items must have the property \"aspectRatio\"") }
                try checkImage(item, state, refuse)
            }
        case "app.bsky.embed.video":
            try checkBlob(embed["video"], "video/mp4", 300_000_000, state, refuse)
            let tracks = embed["captions"]?.array ?? []
            guard tracks.count <= 20 else { throw refuse("Record/embed/captions must not have more than 20 elements") }
            for track in tracks {
                guard track["lang"]?.string?.isEmpty == false else { throw refuse("Record/embed/captions must have the property \"lang\"") }
                try checkBlob(track["file"], "text/vtt", 20_000, state, refuse)
            }
        case "app.bsky.embed.external":
            guard let card = embed["external"], card["uri"]?.string != nil, card["title"]?.string != nil, card["description"]?.string != nil else {
                throw refuse("Record/embed/external must have uri, title and description")
            }
            if let thumb = card["thumb"] { try checkBlob(thumb, "image/", 1_000_000, state, refuse) }
        case "app.bsky.embed.record": try checkReference(embed["record"], refuse)
        case "app.bsky.embed.recordWithMedia":
            try checkReference(embed["record"]?["record"], refuse)
            guard let media = embed["media"] else { throw refuse("Record/embed must have the property \"media\"") }
            try checkEmbed(media, author, state, refuse)
        default: return
        }
    }

    private func checkReference(_ reference: JSON?, _ refuse: (String) -> Refusal) throws {
        guard reference?["uri"]?.string?.hasPrefix("at://") == true, reference?["cid"]?.string != nil else {
            throw refuse("Record/embed/record must have uri and cid")
        }
    }

    private func checkImage(_ image: JSON, _ state: PlatformState, _ refuse: (String) -> Refusal) throws {
        guard image["alt"]?.string != nil else { throw refuse("Record/embed/images must have the property \"alt\"") }
        try checkBlob(image["image"], "image/", 2_000_000, state, refuse)
    }

    private func checkBlob(_ blob: JSON?, _ type: String, _ limit: Int, _ state: PlatformState, _ refuse: (String) -> Refusal) throws {
        guard let cid = blob?["ref"]?["$link"]?.string, blob?["$type"]?.string == "blob", let size = blob?["size"]?.int else {
            throw refuse("Record/embed must be a blob ref")
        }
        guard let item = state.media[cid], item.state == .ready else { throw Self.error("BlobNotFound", "Could not find blob: \(cid)") }
        guard item.contentType.hasPrefix(type), item.contentType == blob?["mimeType"]?.string else {
            throw Self.error("InvalidMimeType", "Wrong mimetype of blob: \(item.contentType)")
        }
        guard size == item.parts.byteCount, size <= limit else {
            throw Self.error("InvalidSize", "This file is too large. It is \(size) but the maximum size is \(limit).")
        }
    }

    /// The names of all blobs in a record.
    static func blobs(in value: JSON) -> [String] {
        switch value {
        case .object(let members):
            if members["$type"] == "blob", let cid = members["ref"]?["$link"]?.string { return [cid] }
            return members.values.flatMap(blobs)
        case .array(let elements): return elements.flatMap(blobs)
        default: return []
        }
    }

    static func attachments(_ embed: JSON?, _ state: PlatformState) -> [Attachment] {
        let media = embed?["media"] ?? embed
        let items = media?["images"]?.array ?? media?["items"]?.array ?? (media?["video"] == nil ? [] : [media ?? .null])
        return items.compactMap { item in
            guard let cid = (item["image"] ?? item["video"])?["ref"]?["$link"]?.string, var found = state.media[cid] else { return nil }
            found.altText = item["alt"]?.string ?? ""
            return found.attachment
        }
    }
}
