import Foundation
import HTTPTypes
import NIOCore

extension Facebook {
    var films: [Operation] {
        [
            Operation("facebook.openUpload", .post, "/v{version}/{id}/uploads", limits: Self.limits, handler: graph(openUpload)),
            Operation("facebook.uploadOffset", .get, "/v{version}/upload:{id}", handler: graph(uploadOffset)),
            Operation("facebook.upload", .post, "/v{version}/upload:{id}", body: .streamed, handler: receiveUpload),
            Operation("facebook.createVideo", .post, "/v{version}/{id}/videos", limits: Self.limits, body: .streamed, handler: createVideo),
            Operation("facebook.reel", .post, "/v{version}/{id}/video_reels", limits: Self.limits, handler: graph(reel)),
            Operation("facebook.videoStory", .post, "/v{version}/{id}/video_stories", limits: Self.limits, handler: graph(reel)),
            Operation("facebook.inviteCollaborator", .post, "/v{version}/{id}/collaborators", limits: Self.limits, handler: graph(invite)),
            Operation("facebook.addCaptions", .post, "/v{version}/{id}/captions", limits: Self.limits, body: .streamed, handler: addCaptions),
            Operation("facebook.uploadReel", .post, "/video-upload/v{version}/{id}", body: .streamed, handler: receiveReel),
        ]
    }

    // MARK: Resumable uploads

    private func openUpload(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let caller = try authenticate(parameters, call, state)
        guard call.parameter("id") == caller.grant.appID else { throw GraphFailure.unknown(call.parameter("id")).refusal }
        if state.isOn("uploadsNeedPageToken"), caller.page == nil {
            throw GraphFailure(200, "(#200) Requires a page access token", status: 403).refusal
        }
        guard let length = parameters["file_length"].flatMap(Int.init), length > 0 else { throw GraphFailure.missing("file_length").refusal }
        guard parameters["file_type"]?.hasPrefix("video/") == true else { throw GraphFailure.invalid("file_type", "must be a video").refusal }
        let id = "upload:" + Encoding.token("MTphd", bytes: 18)
        state.media[id] = MediaItem(
            id: id, owner: caller.person.id, kind: .video, contentType: parameters["file_type"] ?? "", announcedBytes: length,
            createdAt: call.now)
        return .json(["id": .string("\(id)?sig=\(Encoding.token("AR", bytes: 12))")])
    }

    private func session(_ parameters: GraphParameters, _ call: Call, _ state: PlatformState) throws -> MediaItem {
        let caller = try authenticate(parameters, call, state)
        let id = "upload:" + call.parameter("id")
        guard call.query("sig") != nil, let item = state.media[id], item.owner == caller.person.id else { throw GraphFailure.unknown(id).refusal }
        return item
    }

    private func uploadOffset(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let item = try session(parameters, call, state)
        return .json(["id": .string(item.id), "file_offset": .int(item.parts.byteCount)])
    }

    private func receiveUpload(_ call: Call) async throws -> Reply {
        let item = try store.update { try session(GraphParameters(call.query), call, $0) }
        guard call.header("file_offset").flatMap(Int.init) == item.parts.byteCount else {
            throw GraphFailure.invalid("file_offset", "must be \(item.parts.byteCount)").refusal
        }
        try await receive(call, into: item)
        return try store.update { state in
            guard let whole = state.media[item.id], whole.parts.byteCount == whole.announcedBytes else {
                throw GraphFailure(100, "The file is shorter than was announced").refusal
            }
            let handle = "4:" + Encoding.token("ZmlsbQ", bytes: 24)
            state.media[handle] = whole
            state.files.rename(item.id, to: handle)
            return .json(["h": .string(handle)])
        }
    }

    /// Keeps what arrives, also of a body that breaks off.
    private func receive(_ call: Call, into item: MediaItem) async throws {
        var sink = MediaSink(continuing: item.parts.position)
        func keep() {
            store.update { state in
                guard var item = state.media[item.id] else { return }
                let (index, part) = (item.parts.sizes.count, sink.finish())
                item.parts.add(index, part)
                state.media[item.id] = item
                state.files.put(item.id, part: index, contentType: "video/mp4", bytes: part.kept)
            }
        }
        do {
            for try await chunk in call.request.body { sink.write(chunk) }
        } catch {
            keep()
            throw error
        }
        keep()
    }

    // MARK: Videos

    private func createVideo(_ call: Call) async throws -> Reply {
        let page = call.parameter("id")
        let (parameters, file) = try await upload(call)
        _ = try store.update { try authenticate(parameters, call, as: page, scope: "pages_manage_posts", $0) }
        var part = file
        if part == nil, let address = parameters["file_url"] {
            do {
                part = try await RemoteFile.fetch(address).received
            } catch {
                throw GraphFailure(389, "(#389) Unable to fetch video file from URL.").refusal
            }
        }
        return try store.update { state in
            let id = Self.newID(in: &state, now: call.now)
            var item = MediaItem(id: id, owner: page, kind: .video, contentType: "video/mp4", createdAt: call.now)
            if let part {
                item.parts.add(0, part)
                state.files.put(id, contentType: "video/mp4", bytes: part.kept)
            } else if let handle = parameters["fbuploader_video_file_chunk"], let known = state.media[handle], known.attachedTo == nil {
                item.parts = known.parts
                state.files.rename(handle, to: id)
                state.media[handle]?.attachedTo = id
            } else {
                throw GraphFailure(352, "(#352) The video file you selected is in a format that we don't support.").refusal
            }
            item.announcedBytes = item.parts.byteCount
            try addFilm(item, kind: "reel", parameters, &state, call)
            return Reply.json(["id": .string(id)]).creating(id)
        }
    }

    /// Makes a film public under its own id.
    private func addFilm(
        _ film: MediaItem, kind: JSON, _ parameters: GraphParameters, _ state: inout PlatformState, _ call: Call
    ) throws {
        var film = film
        let failure = state.number("videoFailure")
        film.finish(polls: state.number("processingPolls"), failing: false)
        if failure == 0 {
            film.attachedTo = film.id
            var details = try told(parameters, ["title", "place"], hasLink: true)
            details["kind"] = kind
            _ = try publish(
                film.owner, text: parameters["description"] ?? "", [film.attachment], details, &state, now: call.now, id: film.id)
        } else {
            film.state = .failed(String(failure))
        }
        state.media[film.id] = film
    }

    // MARK: Reels and stories in phases

    private func reel(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let page = call.parameter("id")
        _ = try authenticate(parameters, call, as: page, scope: "pages_manage_posts", state)
        let isStory = call.path.hasSuffix("video_stories")
        switch parameters["upload_phase"]?.lowercased() {
        case "start":
            let id = Self.newID(in: &state, now: call.now)
            state.media[id] = MediaItem(id: id, owner: page, kind: .video, contentType: "video/mp4", createdAt: call.now)
            return .json(["video_id": .string(id), "upload_url": .string("\(call.base)/video-upload/v\(call.parameter("version"))/\(id)")])
        case "finish":
            guard let id = parameters["video_id"], let film = state.media[id], film.owner == page, film.kind == .video else {
                throw GraphFailure.invalid("video_id", "must be a video of the page").refusal
            }
            guard film.attachedTo == nil else { throw GraphFailure(100, "The video has been published already").refusal }
            guard let size = film.announcedBytes, film.parts.byteCount == size else {
                throw GraphFailure(6000, "There was a problem uploading your video file. Please try again.").refusal
            }
            if !isStory {
                guard let video = parameters["video_state"], ["PUBLISHED", "SCHEDULED", "DRAFT"].contains(video) else {
                    throw GraphFailure.missing("video_state").refusal
                }
            }
            try addFilm(film, kind: isStory ? "story" : "reel", parameters, &state, call)
            return Reply.json(["success": true, "post_id": .string(isStory ? id : "\(page)_\(id)")]).creating(id)
        default: throw GraphFailure.missing("upload_phase").refusal
        }
    }

    private func receiveReel(_ call: Call) async throws -> Reply {
        let id = call.parameter("id")
        var item = try store.update { state in
            let caller = try authenticate(GraphParameters(call.query), call, state)
            guard let item = state.media[id], item.owner == caller.page else { throw GraphFailure.unknown(id).refusal }
            return item
        }
        if let address = call.header("file_url") {
            guard let file = try? await RemoteFile.fetch(address) else {  // whatever the reason, Meta says the same
                return .json(
                    ["debug_info": ["retriable": false, "type": "ProcessingFailedError", "message": "Failed to fetch the file"]], status: 400)
            }
            item.parts.add(0, file.received)
            item.announcedBytes = file.received.byteCount
            store.update { [item] state in
                state.media[id] = item
                state.files.put(id, contentType: "video/mp4", bytes: file.received.kept)
            }
            return .json(["success": true])
        }
        guard let size = call.header("file_size").flatMap(Int.init), let offset = call.header("offset").flatMap(Int.init) else {
            return .json(
                ["debug_info": ["retriable": false, "type": "NotAuthorizedError", "message": "offset and file_size are needed"]], status: 400)
        }
        guard offset == item.parts.byteCount, size > 0, item.announcedBytes ?? size == size else {
            return .json(["debug_info": ["retriable": true, "type": "OffsetInvalidError", "message": "The offset is wrong"]], status: 400)
        }
        store.update { $0.media[id]?.announcedBytes = size }
        item.announcedBytes = size
        try await receive(call, into: item)
        let received = store.update { $0.media[id]?.parts.byteCount ?? 0 }
        guard received == size else {
            return .json(["debug_info": ["retriable": true, "type": "PartialRequestError", "message": "Partial request"]], status: 400)
        }
        return .json(["success": true])
    }

    /// How far Facebook is with a film; each look brings it further.
    func status(ofFilm id: String, _ state: inout PlatformState) -> JSON? {
        guard var film = state.media[id], film.kind == .video else { return nil }
        let isWhole = film.announcedBytes.map { film.parts.byteCount == $0 } ?? false
        let uploading: JSON = [
            "status": isWhole ? "complete" : film.parts.byteCount > 0 ? "in_progress" : "not_started",
            "bytes_transfered": .int(film.parts.byteCount),
        ]
        let before = film.state
        _ = film.poll(failing: false)
        state.media[id] = film
        var words: JSON = "ready"
        var processing: JSON = ["status": "complete"]
        switch before {
        case .waitingForUpload:
            words = isWhole ? "upload_complete" : "processing"
            processing = ["status": "not_started"]
        case .processing:
            words = "processing"
            processing = ["status": "in_progress"]
        case .failed(let code):
            words = "error"
            let error: JSON = ["code": .int(Int(code) ?? 0), "message": "The video could not be processed."]
            processing = ["status": "error", "errors": [error]]
        case .ready: break
        }
        var publishing: JSON = ["status": "not_started"]
        if film.attachedTo != nil {
            publishing = before == .ready ? ["status": "complete", "publish_status": "published"] : ["status": "in_progress"]
        }
        return [
            "video_status": words, "uploading_phase": uploading, "processing_phase": processing, "publishing_phase": publishing,
        ]
    }
}
