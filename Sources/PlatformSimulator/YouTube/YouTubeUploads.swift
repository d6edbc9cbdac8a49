import Foundation
import HTTPTypes
import NIOCore

extension YouTube {
    /// Pieces of a resumable upload are multiples of this, but for the last.
    private static let block = 256 << 10

    var uploads: [Operation] {
        [
            Operation(
                "youtube.startUpload", .post, "/upload/youtube/v3/videos", limits: [RateLimit("uploads", 100, .day)],
                handler: api(Self.uploading, start)),
            Operation("youtube.createVideo", .put, "/upload/youtube/v3/videos", body: .streamed, handler: receive),
            Operation("youtube.insertCaption", .post, "/upload/youtube/v3/captions", body: .streamed, handler: insertCaption),
            Operation("youtube.setThumbnail", .post, "/upload/youtube/v3/thumbnails/set", body: .streamed, handler: setThumbnail),
        ]
    }

    private func start(_ state: inout PlatformState, _ channel: Account, _ call: Call) throws -> Reply {
        if state.isOn("noChannel") { throw Self.signupRequired }
        guard call.query("uploadType") == "resumable" else {
            throw GoogleProblem(400, "mediaBodyRequired", "Only resumable uploads are simulated.").refusal
        }
        if state.isOn("uploadLimit") {
            throw GoogleProblem(
                400, "uploadLimitExceeded", "The user has exceeded the number of videos they may upload.", domain: "youtube.video"
            ).refusal
        }
        let type = call.header("x-upload-content-type") ?? "application/octet-stream"
        guard type.hasPrefix("video/") || type == "application/octet-stream" else {
            throw GoogleProblem(400, "badContent", "Media type '\(type)' is not supported. Valid media types: [video/*, application/octet-stream]")
                .refusal
        }
        let size = call.header("x-upload-content-length").flatMap(Int.init)
        guard size ?? 1 <= 256 << 30 else { throw GoogleProblem(413, "uploadTooLarge", "The file is too large.").refusal }
        guard size != 0 else { throw GoogleProblem(400, "mediaBodyRequired", "The request does not include the video content.").refusal }
        let resource = try VideoRules.checked(call.json, parts: call.query("part") ?? "")
        let id = Encoding.token("AHmUCY", bytes: 40)
        state.media[id] = MediaItem(id: id, owner: channel.id, kind: .video, contentType: type, announcedBytes: size, createdAt: call.now)
        state.records["upload:\(id)"] = resource
        let address = Encoding.adding([("uploadType", "resumable"), ("upload_id", id)], to: call.address)
        return .empty(200, headers: [("location", address), ("x-guploader-uploadid", id)])
    }

    static let signupRequired = GoogleProblem(401, "youtubeSignupRequired", "Unauthorized", domain: "youtube.header").refusal

    // MARK: Receiving

    private func receive(_ call: Call) async throws -> Reply {
        let id = call.query("upload_id") ?? ""
        let item = try store.update { state -> MediaItem in
            if call.header("authorization") != nil { _ = try authenticate(call, Self.uploading, state) }
            guard let item = state.media[id], state.records["upload:\(id)"] != nil, !state.isOn("sessionsEnd") || item.parts.byteCount == 0
            else {
                throw Refusal(Reply(status: 404, body: ByteBuffer(string: "Not Found")))
            }
            return item
        }
        let length = call.header("content-length").flatMap(Int.init) ?? 0
        let range = try ContentRange(call.header("content-range"), length: length)
        if let total = range.total, let announced = item.announcedBytes, total != announced { throw Self.badRange }
        guard let first = range.first, item.state == .waitingForUpload else { return try progress(of: id, call) }
        let total = range.total ?? item.announcedBytes ?? length
        guard first == item.parts.byteCount, first + length <= total, first + length == total || length.isMultiple(of: Self.block) else {
            throw Self.badRange
        }
        try await swallow(call, into: item, upTo: store.update { $0.number("acceptBytes") })
        return try progress(of: id, call, total: total)
    }

    static let badRange = Refusal(
        Reply(status: 400, headers: [("content-type", "text/plain")], body: ByteBuffer(string: "Failed to parse Content-Range header.")))

    /// Keeps what arrives in whole blocks, even when the connection breaks.
    private func swallow(_ call: Call, into item: MediaItem, upTo limit: Int) async throws {
        var sink = MediaSink(continuing: item.parts.position)
        var (count, kept, pending) = (0, 0, ByteBuffer())
        func keep(_ bytes: ByteBuffer) {
            guard limit == 0 || kept + bytes.readableBytes <= max(limit, Self.block) else { return }
            kept += bytes.readableBytes
            sink.write(bytes)
        }
        func store() {
            guard kept > 0 else { return }
            self.store.update { state in
                let number = state.media[item.id]?.parts.sizes.count ?? 0
                let part = sink.finish()
                state.media[item.id]?.parts.add(number, part)
                state.files.put(item.id, part: number, contentType: item.contentType, bytes: part.kept)
            }
        }
        do {
            for try await var chunk in call.request.body {
                count += chunk.readableBytes
                pending.writeBuffer(&chunk)
                while pending.readableBytes >= Self.block, let block = pending.readSlice(length: Self.block) { keep(block) }
                pending.discardReadBytes()
            }
            if pending.readableBytes > 0 { keep(pending) }
            store()
        } catch {
            store()
            throw error
        }
    }

    /// 308 with what is there, or the video.
    private func progress(of id: String, _ call: Call, total: Int? = nil) throws -> Reply {
        try store.update { state in
            guard var item = state.media[id] else { throw Refusal(Reply(status: 404)) }
            if item.state != .waitingForUpload {
                guard let video = item.attachedTo.flatMap({ state.timeline[$0] }) else { throw Refusal(Reply(status: 410)) }
                return .json(resource(video, parts: ["snippet", "status"], state, call))
            }
            let count = item.parts.byteCount
            guard let whole = item.announcedBytes ?? total, count == whole else {
                return .empty(308, headers: (count > 0 ? [("range", "bytes=0-\(count - 1)")] : []) + [("x-guploader-uploadid", id)])
            }
            item.finish(polls: state.number("processingPolls"), failing: false)
            let video = publish(&item, state.records["upload:\(id)"] ?? [:], &state, now: call.now)
            state.media[id] = item
            return .json(resource(video, parts: ["snippet", "status"], state, call)).creating(video.id)
        }
    }

    private func publish(_ item: inout MediaItem, _ given: JSON, _ state: inout PlatformState, now: Date) -> Publication {
        var details = given.object ?? [:]
        if state.isOn("unaudited") {
            var status = details["status"]?.object ?? [:]
            status["privacyStatus"] = "private"
            details["status"] = .object(status)
        }
        let id = Encoding.token(bytes: 8)
        details["upload"] = .string(item.id)
        let video = Publication(
            id: id, author: item.owner, text: details["snippet"]?["description"]?.string ?? "", attachments: [item.attachment], createdAt: now,
            details: .object(details))
        item.attachedTo = id
        state.timeline.add(video)
        return video
    }

    // MARK: Thumbnail

    private func setThumbnail(_ call: Call) async throws -> Reply {
        let id = call.query("videoId") ?? ""
        try store.update { state in
            let channel = try authenticate(call, Self.uploading, state)
            guard state.timeline[id]?.author == channel.id else { throw GoogleProblem.noVideo().refusal }
            guard state.isOn("phoneVerified") else {
                throw GoogleProblem(
                    403, "forbidden", "The authenticated user doesn't have permissions to upload and set custom video thumbnails.",
                    domain: "youtube.thumbnail"
                ).refusal
            }
        }
        var sink = MediaSink(continuing: .start)
        for try await chunk in call.request.body { sink.write(chunk) }
        let part = sink.finish()
        guard part.byteCount > 0 else { throw GoogleProblem(400, "mediaBodyRequired", "The request does not include the image content.").refusal }
        guard part.byteCount <= 50 << 20 else { throw GoogleProblem(400, "failedPrecondition", "The provided thumbnail is too large.").refusal }
        guard ["image/jpeg", "image/png", "application/octet-stream"].contains(call.contentType), let bytes = part.kept else {
            throw GoogleProblem(400, "invalidImage", "The provided image content is invalid.", domain: "youtube.thumbnail").refusal
        }
        return store.update { state in
            let picture = "thumbnail-\(id)"
            state.files.put(picture, contentType: call.contentType, bytes: bytes)
            state.timeline.change(id) { video in
                video.attachments.removeAll { $0.id == picture }
                video.attachments.append(
                    Attachment(id: picture, kind: .image, altText: "", contentType: call.contentType, byteCount: part.byteCount, sha256: part.tag))
            }
            let url: JSON = ["url": .string("\(call.base)/_media/\(picture)")]
            return .json(["kind": "youtube#thumbnailSetResponse", "items": [["default": url, "medium": url, "high": url]]])
        }
    }
}

/// `Content-Range: bytes 0-99/200`, or `bytes */200` for the question how far the upload is.
struct ContentRange {
    /// Nil: nothing is sent.
    var first: Int?
    var total: Int?

    init(_ header: String?, length: Int) throws {
        guard let header else {
            first = 0
            return
        }
        guard let match = header.wholeMatch(of: /bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)/) else { throw YouTube.badRange }
        total = Int(match.output.3)
        guard let start = match.output.1.flatMap({ Int($0) }), let end = match.output.2.flatMap({ Int($0) }) else {
            guard length == 0 else { throw YouTube.badRange }
            return
        }
        guard end >= start, end - start + 1 == length else { throw YouTube.badRange }
        first = start
    }
}
