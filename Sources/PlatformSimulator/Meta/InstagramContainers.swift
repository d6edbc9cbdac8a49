import Foundation
import HTTPTypes
import NIOCore

/// Containers: made, filled, and published once.
extension InstagramPlatform {
    private static var imageLimit: Int { 8 << 20 }

    func createContainer(_ call: Call) async throws -> Reply {
        let parameters = try await GraphParameters.read(call)
        let account = try store.update { try instagram(call.parameter("id"), "content_publish", parameters, call, $0) }
        let wish = try ContainerWish(parameters)
        if let address = parameters["cover_url"] {
            guard wish.type == "REELS" else { throw GraphFailure.invalid("cover_url", "is for reels only").refusal }
            let cover = try await fetch(address)
            try store.update { try checkPicture(cover.received, $0) }
        }
        if wish.type == "CAROUSEL" { return try createCarousel(wish, account, call) }
        if parameters["upload_type"] == "resumable" {
            guard wish.isFilm else { throw GraphFailure.invalid("upload_type", "resumable is for videos").refusal }
            return store.update { state in
                let id = add(wish, account, part: nil, &state, call)
                return .json(["id": .string(id), "uri": .string("\(call.base)/ig-api-upload/v\(call.parameter("version"))/\(id)")])
            }
        }
        guard let address = parameters[wish.isFilm ? "video_url" : "image_url"] else {
            throw GraphFailure.missing(wish.isFilm ? "video_url" : "image_url").refusal
        }
        let file = try await fetch(address)
        return try store.update { state in
            if !wish.isFilm { try checkPicture(file.received, state) }
            return .json(["id": .string(add(wish, account, part: file.received, &state, call))])
        }
    }

    private func fetch(_ address: String) async throws -> RemoteFile {
        do {
            return try await RemoteFile.fetch(address, limit: 300 << 20)
        } catch {
            throw GraphFailure(9004, "The media could not be fetched from this URI: \(address)", subcode: 2_207_052).refusal
        }
    }

    private func checkPicture(_ part: ReceivedPart, _ state: PlatformState) throws {
        guard part.byteCount <= Self.imageLimit else { throw GraphFailure(36_000, "The image is too large.", subcode: 2_207_004).refusal }
        let head = part.kept?.getBytes(at: 0, length: min(2, part.byteCount)) ?? [0xFF, 0xD8]
        guard head == [0xFF, 0xD8] || !state.isOn("onlyJPEG") else {
            throw GraphFailure(36_001, "The image format is not supported.", subcode: 2_207_005).refusal
        }
    }

    private func add(_ wish: ContainerWish, _ account: Account, part: ReceivedPart?, _ state: inout PlatformState, _ call: Call) -> String {
        let id = Self.instagramNumber(&state, call)
        var item = MediaItem(
            id: id, owner: account.id, kind: wish.isFilm ? .video : .image, contentType: wish.isFilm ? "video/mp4" : "image/jpeg",
            createdAt: call.now)
        item.altText = wish.parameters["alt_text"] ?? ""
        if let part {
            item.parts.add(0, part)
            finish(&item, state)
            state.files.put(id, contentType: item.contentType, bytes: part.kept)
        }
        state.media[id] = item
        let kept = [
            "caption", "location_id", "collaborators", "share_to_feed", "thumb_offset", "audio_name", "trial_params", "audio_configuration",
            "is_ai_generated", "user_tags", "cover_url",
        ]
        var details: [String: JSON] = [:]
        for name in kept { details[name] = wish.parameters[name].map { .string($0) } }
        details["media_type"] = .string(wish.type)
        details["is_carousel_item"] = .bool(wish.isChild)
        state.records["container:\(id)"] = .object(details)
        return id
    }

    private func finish(_ item: inout MediaItem, _ state: PlatformState) {
        item.finish(polls: state.number("containerPolls"), failing: false)
    }

    private func createCarousel(_ wish: ContainerWish, _ account: Account, _ call: Call) throws -> Reply {
        let children = (wish.parameters["children"] ?? "").split { ",[]\" ".contains($0) }.map(String.init)
        return try store.update { state in
            guard (2...10).contains(children.count) else {
                throw GraphFailure(100, "A carousel has 2 to 10 children.", subcode: 2_207_028).refusal
            }
            for child in children {
                guard let item = state.media[child], item.owner == account.id, state.records["container:\(child)"]?["is_carousel_item"]?.bool == true
                else { throw GraphFailure(24, "The media with \(child) cannot be found.", subcode: 2_207_006).refusal }
                guard item.state == .ready else {
                    throw GraphFailure(9007, "Media ID is not available", subcode: 2_207_027, words: "The media is not ready.").refusal
                }
            }
            let id = add(wish, account, part: nil, &state, call)
            if var item = state.media[id] {
                finish(&item, state)
                state.media[id] = item
            }
            var details = state.records["container:\(id)"]?.object ?? [:]
            details["children"] = .array(children.map { .string($0) })
            state.records["container:\(id)"] = .object(details)
            return .json(["id": .string(id)])
        }
    }

    func receiveContainer(_ call: Call) async throws -> Reply {
        let id = call.parameter("id")
        func refuse(_ type: String, _ message: String, retriable: Bool = false) -> Reply {
            .json(["debug_info": ["retriable": .bool(retriable), "type": .string(type), "message": .string(message)]], status: 400)
        }
        let item = try store.update { state in
            let caller = try authenticate(GraphParameters(call.query), call, state)
            guard let item = state.media[id], item.kind == .video, acts(caller, for: item.owner, state) else {
                throw GraphFailure.unknown(id).refusal
            }
            return item
        }
        guard item.state == .waitingForUpload, call.header("offset") == "0", let size = call.header("file_size").flatMap(Int.init), size > 0 else {
            return refuse("OffsetInvalidError", "offset and file_size do not fit")
        }
        var sink = MediaSink(continuing: .start)
        for try await chunk in call.request.body { sink.write(chunk) }
        let part = sink.finish()
        guard part.byteCount == size else { return refuse("PartialRequestError", "Partial request", retriable: true) }
        store.update { state in
            guard var item = state.media[id] else { return }
            item.parts.add(0, part)
            finish(&item, state)
            state.media[id] = item
            state.files.put(id, contentType: item.contentType, bytes: part.kept)
        }
        return .json(["success": true, "message": "Upload successful."])
    }

    // MARK: State

    func containerNode(_ id: String, _ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> JSON {
        let caller = try authenticate(parameters, call, state)
        guard var item = state.media[id], acts(caller, for: item.owner, state) else { throw GraphFailure.unknown(id).refusal }
        let status: String
        if item.attachedTo != nil {
            status = "PUBLISHED"
        } else if call.now.timeIntervalSince(item.createdAt) >= state.seconds("containerLife") {
            status = "EXPIRED"
        } else if state.number("containerFailure") != 0 {
            status = "ERROR"
        } else {
            status = item.state == .ready ? "FINISHED" : "IN_PROGRESS"
            _ = item.poll(failing: false)
            state.media[id] = item
        }
        let words = [
            "PUBLISHED": "Published: Media has been successfully published.", "EXPIRED": "Expired: The media was not published within 24 hours.",
            "ERROR": "Error: Media upload has failed with error code \(state.number("containerFailure"))",
            "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
        ]
        return try Self.select(
            ["id": .string(id), "status_code": .string(status), "status": .string(words[status] ?? "In progress: Media is still being processed.")],
            type: "IGContainer", parameters)
    }

    func publishContainer(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let account = try instagram(call.parameter("id"), "content_publish", parameters, call, state)
        let id = parameters["creation_id"] ?? ""
        guard let container = state.records["container:\(id)"], let item = state.media[id], item.owner == account.id,
            container["is_carousel_item"]?.bool != true
        else { throw GraphFailure(24, "The media with \(id) cannot be found.", subcode: 2_207_006).refusal }
        guard item.attachedTo == nil else { throw GraphFailure(100, "The media has been published already").refusal }
        guard call.now.timeIntervalSince(item.createdAt) < state.seconds("containerLife") else {
            throw GraphFailure(24, "The requested resource does not exist", subcode: 2_207_008).refusal
        }
        guard item.state == .ready else {
            throw GraphFailure(9007, "Media ID is not available", subcode: 2_207_027, words: "The media is not ready for publishing.").refusal
        }
        guard quotaUsage(account, call, state) < state.number("publishQuota") else {
            throw GraphFailure(9, "Application request limit reached", subcode: 2_207_042, status: 403).refusal
        }
        let media = Self.instagramNumber(&state, call)
        let children = container["children"]?.strings ?? [id]
        let type = container["media_type"]?.string ?? ""
        var publication = Publication(
            id: media, author: account.id, text: container["caption"]?.string ?? "",
            attachments: children.compactMap { state.media[$0]?.attachment }, createdAt: call.now)
        var details = container.object ?? [:]
        details["instagram"] = true
        // Of a carousel the files have them.
        details["user_tags"] = children.compactMap { state.records["container:\($0)"]?["user_tags"] }.first
        details["media_type"] = .string(type == "CAROUSEL" ? "CAROUSEL_ALBUM" : item.kind == .video ? "VIDEO" : "IMAGE")
        details["media_product_type"] = type == "STORIES" ? "STORY" : type == "REELS" ? "REELS" : "FEED"
        details["is_carousel_item"] = nil
        publication.details = .object(details)
        state.timeline.add(publication)
        for used in children + [id] { state.media[used]?.attachedTo = media }
        return Reply.json(["id": .string(media)]).creating(media)
    }
}

/// What is asked of a container, checked.
private struct ContainerWish {
    let parameters: GraphParameters
    let type: String
    let isChild: Bool

    init(_ parameters: GraphParameters) throws {
        self.parameters = parameters
        isChild = parameters.bool("is_carousel_item") ?? false
        type = parameters["media_type"] ?? "IMAGE"
        guard ["IMAGE", "VIDEO", "REELS", "STORIES", "CAROUSEL"].contains(type) else {
            throw GraphFailure.invalid("media_type", "must be one of IMAGE, REELS, STORIES, VIDEO, CAROUSEL").refusal
        }
        if type == "VIDEO", !isChild { throw GraphFailure.invalid("media_type", "VIDEO is for carousel items only: use REELS").refusal }
        let caption = parameters["caption"] ?? ""
        guard caption.count <= 2200, caption.filter({ $0 == "#" }).count <= 30 else {
            throw GraphFailure(36_004, "The caption was too long.", subcode: 2_207_010).refusal
        }
        if isChild || type == "STORIES", parameters["caption"] != nil { throw GraphFailure.invalid("caption", "is not allowed here").refusal }
        try checkPeople()
        try checkTags()
        if type != "REELS", parameters["trial_params"] != nil || parameters["audio_configuration"] != nil {
            throw GraphFailure.invalid("trial_params", "is for reels only").refusal
        }
    }

    private func checkPeople() throws {
        guard parameters["collaborators"] != nil else { return }
        if isChild || type == "STORIES" { throw GraphFailure(100, "(#100) The param collaborators is not allowed").refusal }
        guard let names = parameters.json("collaborators")?.strings, names.count <= 3 else {
            throw GraphFailure.invalid("collaborators", "must be a list of three names at most").refusal
        }
    }

    private func checkTags() throws {
        guard parameters["user_tags"] != nil else { return }
        guard type != "CAROUSEL", type != "STORIES", let tags = parameters.json("user_tags")?.array, tags.count <= 20 else {
            throw GraphFailure.invalid("user_tags", "must be a list of 20 people at most, of a picture or a video").refusal
        }
        func isShare(_ value: JSON?) -> Bool { value?.double.map { (0...1).contains($0) } ?? false }
        for tag in tags where tag["username"]?.string?.isEmpty ?? true || !isFilm && !(isShare(tag["x"]) && isShare(tag["y"])) {
            throw GraphFailure.invalid("user_tags", "needs username, and x and y between 0 and 1 on a picture").refusal
        }
    }

    var isFilm: Bool { ["VIDEO", "REELS"].contains(type) || parameters["video_url"] != nil || parameters["upload_type"] == "resumable" }
}
