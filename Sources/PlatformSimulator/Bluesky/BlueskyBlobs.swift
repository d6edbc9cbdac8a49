import Foundation
import HTTPTypes
import NIOCore

extension Bluesky {
    var blobs: [Operation] {
        [
            Operation(
                "bluesky.uploadBlob", .post, "/xrpc/com.atproto.repo.uploadBlob", limits: [Self.all, RateLimit("blobs", 1000, .seconds(86_400))],
                body: .streamed, handler: uploadBlob)
        ]
    }

    private func uploadBlob(_ call: Call) async throws -> Reply {
        let (owner, limit) = try store.update { state in (try authenticate(call, state), state.number("blobLimit")) }
        guard !call.contentType.isEmpty else { throw Self.invalid("Request encoding (Content-Type) required but not provided") }
        let part = try await Self.receive(call)
        guard part.byteCount <= limit else { return failure(status: 413) }
        return store.update { state in
            let type = Self.sniff(part.kept) ?? call.contentType.lowercased()
            let item = Self.item(part, type: type, kind: MediaKind(contentType: type) ?? .document, owner: owner, now: call.now)
            state.media[item.id] = item
            keep(part, as: item, &state)
            return .json(["blob": Self.blob(item)])
        }
    }

    /// What the bytes are goes before what the call says: many clients say `*/*`.
    private static func sniff(_ bytes: ByteBuffer?) -> String? {
        guard let start = bytes?.readableBytesView.prefix(12), start.count == 12 else { return nil }
        let text = String(decoding: start, as: UTF8.self)
        if start.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "image/png" }
        if start.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if text.hasPrefix("GIF8") { return "image/gif" }
        if text.hasPrefix("RIFF"), text.hasSuffix("WEBP") { return "image/webp" }
        return start.dropFirst(4).starts(with: Array("ftyp".utf8)) ? "video/mp4" : nil
    }

    static func receive(_ call: Call) async throws -> ReceivedPart {
        var sink = MediaSink(continuing: .start)
        for try await chunk in call.request.body { sink.write(chunk) }
        return sink.finish()
    }

    /// Named by its bytes: the same file is the same blob.
    static func item(_ part: ReceivedPart, type: String, kind: MediaKind, owner: Account, now: Date) -> MediaItem {
        var item = MediaItem(id: ContentID.blob(sha256: part.tag), owner: owner.id, kind: kind, contentType: type, createdAt: now)
        item.parts.add(0, part)
        item.state = .ready
        return item
    }

    func keep(_ part: ReceivedPart, as item: MediaItem, _ state: inout PlatformState) {
        state.files.put(item.id, contentType: item.contentType, bytes: part.kept)
    }

    static func blob(_ item: MediaItem) -> JSON {
        [
            "$type": "blob", "ref": ["$link": .string(item.id)], "mimeType": .string(item.contentType), "size": .int(item.parts.byteCount),
        ]
    }

    // MARK: Films

    var videos: [Operation] {
        [
            Operation("bluesky.uploadVideo", .post, "/xrpc/app.bsky.video.uploadVideo", body: .streamed, handler: uploadVideo),
            Operation("bluesky.videoStatus", .get, "/xrpc/app.bsky.video.getJobStatus", handler: videoStatus),
            Operation("bluesky.videoLimits", .get, "/xrpc/app.bsky.video.getUploadLimits") { call in
                try store.update { state in
                    _ = try authenticate(call, for: "app.bsky.video.getUploadLimits", state)
                    let left = state.number("videosLeft")
                    return .json(
                        .compact([
                            "canUpload": .bool(left > 0), "remainingDailyVideos": .int(left), "remainingDailyBytes": .int(left * 300_000_000),
                            "message": left > 0 ? nil : "Daily upload limit reached",
                        ]))
                }
            },
        ]
    }

    private func uploadVideo(_ call: Call) async throws -> Reply {
        let owner = try store.update { state in try authenticate(call, for: "com.atproto.repo.uploadBlob", state) }
        guard call.query("did") == owner.id, call.query("name")?.hasSuffix(".mp4") == true, call.contentType == "video/mp4" else {
            throw Self.invalid("did, name and a video/mp4 body are required")
        }
        let part = try await Self.receive(call)
        guard part.byteCount <= 300_000_000 else { return failure(status: 413) }
        return store.update { state in
            var job = Self.item(part, type: "video/mp4", kind: .video, owner: owner, now: call.now)
            let jobID = "job-" + job.id.suffix(20)
            if let known = state.media[jobID], state.switches["videoFailure"]?.string?.isEmpty != false {
                // In practice without the wrapper.
                var answer = jobJSON(jobID, known).object ?? [:]
                answer["error"] = "already_exists"
                answer["message"] = "Video already processed"
                return .json(.object(answer), status: 409)
            }
            job.finish(polls: state.number("processingPolls"), failing: false)
            state.media[jobID] = job
            keep(part, as: job, &state)
            if job.state == .ready { state.media[job.id] = job }
            return .json(["jobStatus": jobJSON(jobID, job)])
        }
    }

    private func videoStatus(_ call: Call) throws -> Reply {
        try store.update { state in
            let id = call.query("jobId") ?? ""
            guard var job = state.media[id], id.hasPrefix("job-") else { throw Self.invalid("Job not found") }
            let failure = state.switches["videoFailure"]?.string ?? ""
            _ = job.poll(failing: !failure.isEmpty)
            if case .failed = job.state { job.state = .failed(failure) }
            state.media[id] = job
            if job.state == .ready { state.media[job.id] = job }
            return .json(["jobStatus": jobJSON(id, job)])
        }
    }

    private func jobJSON(_ id: String, _ job: MediaItem) -> JSON {
        var answer: [String: JSON] = ["jobId": .string(id), "did": .string(job.owner)]
        switch job.state {
        case .ready:
            answer["state"] = "JOB_STATE_COMPLETED"
            answer["blob"] = Self.blob(job)
        case .failed(let code):
            answer["state"] = "JOB_STATE_FAILED"
            answer["failureCode"] = .string(code)
            answer["message"] = "The video could not be processed"
        case .processing(let left):
            answer["state"] = left > 1 ? "JOB_STATE_ENCODING" : "JOB_STATE_SCANNING"
            answer["progress"] = .int(max(0, 90 - left * 10))
        case .waitingForUpload: answer["state"] = "JOB_STATE_CREATED"
        }
        return .object(answer)
    }
}
