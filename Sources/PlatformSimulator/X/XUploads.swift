import Foundation
import HTTPTypes
import NIOCore

extension X {
    static let uploading = ["media.write"]
    private static let sizeLimits: [MediaKind: Int] = [.image: 5 << 20, .gif: 15 << 20, .video: 512 << 20]
    private static let categories: [String: MediaKind] = [
        "tweet_image": .image, "dm_image": .image, "tweet_gif": .gif, "dm_gif": .gif, "tweet_video": .video, "amplify_video": .video,
        "dm_video": .video, "subtitles": .document,
    ]

    var uploads: [Operation] {
        func limit(_ bucket: String, _ count: Int) -> [RateLimit] { [RateLimit(bucket, count, .seconds(900))] }
        let scopes = Self.uploading
        return [
            Operation(
                "x.initializeUpload", .post, "/2/media/upload/initialize", limits: limit("initializeUpload", 1875),
                handler: user(scopes, writes: true, initialize)),
            Operation(
                "x.appendUpload", .post, "/2/media/upload/{id}/append", limits: limit("appendUpload", 1875), body: .streamed,
                handler: append),
            Operation(
                "x.finalizeUpload", .post, "/2/media/upload/{id}/finalize", limits: limit("finalizeUpload", 1875),
                handler: user(scopes, writes: true, finalize)),
            Operation("x.uploadStatus", .get, "/2/media/upload", limits: limit("uploadStatus", 1000), handler: user(scopes, status)),
            Operation("x.upload", .post, "/2/media/upload", limits: limit("upload", 500), body: .streamed, handler: uploadAtOnce),
            Operation(
                "x.mediaMetadata", .post, "/2/media/metadata", limits: limit("mediaMetadata", 500),
                handler: user(scopes, writes: true, metadata)),
            Operation(
                "x.subtitles", .post, "/2/media/subtitles", limits: limit("subtitles", 100), handler: user(scopes, writes: true, subtitles)),
        ]
    }

    private func initialize(_ state: inout PlatformState, _ owner: Account, _ call: Call) throws -> Reply {
        let body = call.json?.object ?? [:]
        let known: Set = ["media_type", "total_bytes", "media_category", "additional_owners", "shared"]
        for name in body.keys.sorted() where !known.contains(name) {
            throw XProblem.invalid(name, body[name]?.text ?? "", "$.\(name): is not defined in the schema").refusal
        }
        guard let size = body["total_bytes"]?.int, (1...17_179_869_184).contains(size) else {
            throw XProblem.invalid("total_bytes", body["total_bytes"]?.text ?? "", "total_bytes is required").refusal
        }
        let item = try makeItem(
            category: body["media_category"]?.string, type: body["media_type"]?.string, size: size, owner, &state, now: call.now)
        state.media[item.id] = item
        return .json([
            "data": ["id": .string(item.id), "media_key": .string(Self.mediaKey(item.id, item.kind)), "expires_after_secs": 1_295_999]
        ])
    }

    func makeItem(
        category: String?, type: String?, size: Int?, _ owner: Account, _ state: inout PlatformState, now: Date
    ) throws -> MediaItem {
        guard let category, let kind = Self.categories[category] else {
            throw XProblem.invalid("media_category", category ?? "", "media_category is required").refusal
        }
        guard let type, kind == .document || MediaKind(contentType: type) == kind || (kind == .image && type == "image/gif") else {
            throw XProblem.invalid("media_type", type ?? "", "media_type does not fit the media_category").refusal
        }
        let item = MediaItem(
            id: Self.newID(in: &state, now: now), owner: owner.id, kind: kind, contentType: type, announcedBytes: size, createdAt: now)
        if let size { try checkSize(size, kind) }
        return item
    }

    private func checkSize(_ size: Int, _ kind: MediaKind) throws {
        guard size <= Self.sizeLimits[kind] ?? .max else {
            throw XProblem.invalid("total_bytes", String(size), "The file is larger than X takes for this kind.").refusal
        }
    }

    private func append(_ call: Call) async throws -> Reply {
        let id = call.parameter("id")
        let item = try store.update { state in try own(id, call, &state) }
        guard item.state == .waitingForUpload else { throw XProblem.invalid("id", id, "The upload was finalized.").refusal }
        let part: ReceivedPart
        let index: Int?
        if call.isMultipart {
            let form = try await UploadForm.read(call, fileField: "media", continuing: item.parts.position)
            guard let file = form.file else { throw XProblem.invalid("media", "", "media is required").refusal }
            part = file.part
            index = form.fields["segment_index"].flatMap(Int.init)
        } else {
            let json = try JSON.parse(await call.request.body.collect(upTo: 16 << 20))
            guard let bytes = json["media"]?.string.flatMap({ Data(base64Encoded: $0) }) else {
                throw XProblem.invalid("media", "", "media is required").refusal
            }
            part = MediaSink.receive(ByteBuffer(bytes: bytes), continuing: item.parts.position)
            index = json["segment_index"]?.int
        }
        guard let index, (0...999).contains(index) else {
            throw XProblem.invalid("segment_index", index.map(String.init) ?? "", "segment_index must be 0 to 999").refusal
        }
        store.update { state in
            state.media[id]?.parts.add(index, part)
            state.files.put(item.id, part: index, contentType: item.contentType, bytes: part.kept)
        }
        return .json(["data": ["expires_at": .int(Int(call.now.timeIntervalSince1970) + 86_400)]])
    }

    /// Authenticates an upload call and finds its item.
    private func own(_ id: String, _ call: Call, _ state: inout PlatformState) throws -> MediaItem {
        let caller = try authenticate(call, Self.uploading, writes: true, &state)
        guard let item = state.media[id], item.owner == caller.id else { throw XProblem.invalid("id", id, "Unknown media id.").refusal }
        return item
    }

    private func finalize(_ state: inout PlatformState, _ owner: Account, _ call: Call) throws -> Reply {
        .json(["data": mediaJSON(try finalize(call.parameter("id"), owner, &state), state)])
    }

    /// The upload is complete when all its bytes are there.
    func finalize(_ id: String, _ owner: Account, _ state: inout PlatformState) throws -> MediaItem {
        guard var item = state.media[id], item.owner == owner.id else { throw XProblem.invalid("id", id, "Unknown media id.").refusal }
        if item.state == .waitingForUpload {
            guard item.parts.isGapless, item.parts.byteCount == item.announcedBytes else {
                throw XProblem.invalid("id", id, "Segments do not add up to provided total file size.").refusal
            }
            finish(&item, state)
            state.media[id] = item
        }
        return item
    }

    func finish(_ item: inout MediaItem, _ state: PlatformState) {
        let isMoving = item.kind == .video || item.kind == .gif
        item.finish(polls: isMoving ? state.number("processingPolls") : 0, failing: isMoving && state.isOn("videoFailure"))
    }

    private func status(_ state: inout PlatformState, _ owner: Account, _ call: Call) throws -> Reply {
        guard call.query("command") == "STATUS" else {
            throw XProblem.invalid("command", call.query("command") ?? "", "command must be STATUS").refusal
        }
        let id = call.query("media_id") ?? ""
        guard var item = state.media[id], item.owner == owner.id else {
            throw XProblem.invalid("media_id", id, "Unknown media id.").refusal
        }
        _ = item.poll(failing: state.isOn("videoFailure"))
        state.media[id] = item
        return .json(["data": mediaJSON(item, state)])
    }

    private func uploadAtOnce(_ call: Call) async throws -> Reply {
        let owner = try store.update { state in try authenticate(call, Self.uploading, writes: true, &state) }
        let part: ReceivedPart
        let category: String?
        let type: String?
        if call.isMultipart {
            let form = try await UploadForm.read(call, fileField: "media")
            guard let file = form.file else { throw XProblem.invalid("media", "", "media is required").refusal }
            (part, category, type) = (file.part, form.fields["media_category"], form.fields["media_type"] ?? file.contentType)
        } else {
            let json = try JSON.parse(await call.request.body.collect(upTo: 16 << 20))
            guard let bytes = json["media"]?.string.flatMap({ Data(base64Encoded: $0) }) else {
                throw XProblem.invalid("media", "", "media is required").refusal
            }
            part = MediaSink.receive(ByteBuffer(bytes: bytes))
            (category, type) = (json["media_category"]?.string, json["media_type"]?.string)
        }
        return try store.update { state in
            var item = try makeItem(
                category: category, type: type ?? (category == "tweet_image" ? "image/jpeg" : nil), size: part.byteCount, owner, &state,
                now: call.now)
            item.parts.add(0, part)
            finish(&item, state)
            state.files.put(item.id, part: 0, contentType: item.contentType, bytes: part.kept)
            state.media[item.id] = item
            return .json(["data": mediaJSON(item, state)])
        }
    }

    private func metadata(_ state: inout PlatformState, _ owner: Account, _ call: Call) throws -> Reply {
        let id = call.json?["id"]?.string ?? ""
        guard state.media[id]?.owner == owner.id else { throw XProblem.invalid("id", id, "Unknown media id.").refusal }
        guard let alt = call.json?["metadata"]?["alt_text"]?["text"]?.string, alt.count <= 1000 else {
            throw XProblem.invalid("metadata.alt_text.text", "", "alt text of up to 1000 characters is required").refusal
        }
        state.media[id]?.altText = alt
        return .json(["data": ["id": .string(id), "associated_metadata": ["alt_text": ["text": .string(alt)]]]])
    }

    /// Ties a file of captions to a film.
    private func subtitles(_ state: inout PlatformState, _ owner: Account, _ call: Call) throws -> Reply {
        let (id, wanted) = (call.json?["id"]?.string ?? "", call.json?["subtitles"])
        guard let film = state.media[id], film.owner == owner.id, film.kind == .video else {
            throw XProblem.invalid("id", id, "Unknown media id.").refusal
        }
        guard ["TweetVideo", "AmplifyVideo"].contains(call.json?["media_category"]?.string) else {
            throw XProblem.invalid("media_category", call.json?["media_category"]?.text ?? "", "$.media_category: is not valid").refusal
        }
        guard let language = wanted?["language_code"]?.string, language.wholeMatch(of: /[A-Z]{2}/) != nil,
            let name = wanted?["display_name"]?.string, !name.isEmpty
        else { throw XProblem.invalid("subtitles.language_code", "", "$.subtitles.language_code: is not valid").refusal }
        let file = wanted?["id"]?.string ?? ""
        guard let track = state.media[file], track.owner == owner.id, track.kind == .document, track.state == .ready else {
            throw XProblem.invalid("subtitles.id", file, "Unknown media id.").refusal
        }
        state.records["captions:\(id)"] = .object((state.records["captions:\(id)"]?.object ?? [:]).merging([language: .string(name)]) { $1 })
        return .json(["data": ["id": .string(id), "media_category": "TweetVideo", "associated_subtitles": wanted ?? [:]]])
    }

    func mediaJSON(_ item: MediaItem, _ state: PlatformState) -> JSON {
        var processing: JSON?
        let wait: JSON = .int(state.number("checkAfterSeconds"))
        switch item.state {
        case .processing(let left) where left >= state.number("processingPolls"):
            processing = ["state": "pending", "check_after_secs": wait]
        case .processing(let left):
            let total = max(1, state.number("processingPolls"))
            processing = ["state": "in_progress", "check_after_secs": wait, "progress_percent": .int(100 * (total - left) / total)]
        case .failed(let name):
            processing = [
                "state": "failed", "progress_percent": 12,
                "error": ["code": 1, "name": .string(name), "message": "Unsupported video format"],
            ]
        case .ready where item.kind == .video || item.kind == .gif: processing = ["state": "succeeded", "progress_percent": 100]
        case .ready, .waitingForUpload: processing = nil
        }
        return .compact([
            "id": .string(item.id), "media_key": .string(Self.mediaKey(item.id, item.kind)), "size": .int(item.parts.byteCount),
            "expires_after_secs": 86_400, "processing_info": processing,
        ])
    }
}
