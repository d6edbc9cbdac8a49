import Foundation
import HTTPTypes

extension LinkedIn {
    private static let write = ["w_member_social", "w_organization_social"]
    static let partSize = 4 << 20
    private static let documentLimit = 100 << 20
    private static let videoSizes = 75_000...(500 << 20)

    var uploads: [Operation] {
        [
            Operation(
                "linkedin.initializeImage", .post, "/rest/images",
                handler: member(anyOf: Self.write, "images.ACTION", initializeStill(.image))),
            Operation(
                "linkedin.initializeDocument", .post, "/rest/documents",
                handler: member(anyOf: Self.write, "documents.ACTION", initializeStill(.document))),
            Operation("linkedin.videoAction", .post, "/rest/videos", handler: member(anyOf: Self.write, "videos.ACTION", videoAction)),
            Operation("linkedin.upload", .put, "/dms-uploads/{id}/{part}", body: .streamed, handler: upload),
            Operation("linkedin.imageStatus", .get, "/rest/images/{urn}", handler: member(anyOf: Self.write, "images.GET", status)),
            Operation(
                "linkedin.documentStatus", .get, "/rest/documents/{urn}", handler: member(anyOf: Self.write, "documents.GET", status)),
            Operation("linkedin.videoStatus", .get, "/rest/videos/{urn}", handler: member(anyOf: Self.write, "videos.GET", status)),
        ]
    }

    private func owner(_ request: JSON, _ member: Member, _ what: String, _ state: PlatformState) throws -> Account {
        guard let owner = request["owner"]?.string else { throw LinkedInError.missing("owner").refusal }
        return try member.acting(as: owner, field: "owner", what: what, state)
    }

    private func start(_ kind: MediaKind, _ owner: Account, bytes: Int?, _ call: Call, _ state: inout PlatformState) -> (
        id: String, urn: String
    ) {
        let types: [MediaKind: String] = [.image: "image/jpeg", .video: "video/mp4"]
        let id = Encoding.token("D4E", bytes: 12).replacingOccurrences(of: "_", with: "-")
        let urn = "urn:li:\(kind.rawValue):\(id)"
        state.media[urn] = MediaItem(
            id: urn, owner: owner.urn, kind: kind, contentType: types[kind] ?? "application/pdf", announcedBytes: bytes, createdAt: call.now
        )
        return (id, urn)
    }

    private func expiry(_ call: Call) -> JSON { .int(Int((call.now.timeIntervalSince1970 + 86_400) * 1000)) }

    private func initializeStill(_ kind: MediaKind) -> @Sendable (inout PlatformState, Member, Call) throws -> Reply {
        { state, member, call in
            guard call.query("action") == "initializeUpload", let request = call.json?["initializeUploadRequest"] else {
                throw LinkedInError.missing("initializeUploadRequest").refusal
            }
            let owner = try owner(request, member, "\(kind.rawValue)s.ACTION-initializeUpload", state)
            let (id, urn) = start(kind, owner, bytes: nil, call, &state)
            return .json([
                "value": [
                    "uploadUrl": .string("\(call.base)/dms-uploads/\(kind.rawValue)-\(id)/0"), "uploadUrlExpiresAt": expiry(call),
                    kind.rawValue: .string(urn),
                ]
            ])
        }
    }

    private func videoAction(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        switch call.query("action") {
        case "initializeUpload": return try initializeVideo(&state, member, call)
        case "finalizeUpload": return try finalizeVideo(&state, member, call)
        default: throw LinkedInError(400, "ILLEGAL_ARGUMENT", "Unknown action").refusal
        }
    }

    private func initializeVideo(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        guard let request = call.json?["initializeUploadRequest"] else { throw LinkedInError.missing("initializeUploadRequest").refusal }
        let owner = try owner(request, member, "videos.ACTION-initializeUpload", state)
        guard let size = request["fileSizeBytes"]?.int else { throw LinkedInError.missing("fileSizeBytes").refusal }
        guard Self.videoSizes.contains(size) else {
            throw LinkedInError.invalid("fileSizeBytes", "Video size must be between 75 KB and 500 MB").refusal
        }
        let (id, urn) = start(.video, owner, bytes: size, call, &state)
        let parts = stride(from: 0, to: size, by: Self.partSize).enumerated().map { index, first -> JSON in
            [
                "uploadUrl": .string("\(call.base)/dms-uploads/video-\(id)/\(index)"), "firstByte": .int(first),
                "lastByte": .int(min(first + Self.partSize, size) - 1),
            ]
        }
        return .json([
            "value": [
                "video": .string(urn), "uploadToken": "", "uploadUrlsExpireAt": expiry(call), "uploadInstructions": .array(parts),
            ]
        ])
    }

    private func finalizeVideo(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        guard let request = call.json?["finalizeUploadRequest"], let urn = request["video"]?.string else {
            throw LinkedInError.missing("finalizeUploadRequest.video").refusal
        }
        guard var item = state.media[urn], item.kind == .video, item.owner == member.urn || member.administered(item.owner, state) != nil
        else {
            throw LinkedInError(400, "INVALID_VIDEO_ID", "\(urn) is not a video of yours").refusal
        }
        guard request["uploadToken"]?.string == "" else { throw LinkedInError.invalid("uploadToken", "The upload token is wrong").refusal }
        let tags = (request["uploadedPartIds"]?.strings ?? []).map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "\"")) }
        let expected = item.parts.tags.sorted { $0.key < $1.key }.map { Self.tag($0.value) }
        guard item.parts.isGapless, item.parts.byteCount == item.announcedBytes else {
            throw LinkedInError.invalid("uploadedPartIds", "Not all parts of the video were uploaded").refusal
        }
        guard tags == expected else { throw LinkedInError.invalid("uploadedPartIds", "Part ids are wrong or not in order").refusal }
        if item.state == .waitingForUpload {
            item.finish(polls: state.number("processingPolls"), failing: state.isOn("videoFailure"))
            state.media[urn] = item
        }
        return .empty(200)
    }

    private static func tag(_ digest: String) -> String { "/ambry-video/signedId/" + digest }

    // MARK: Bytes

    private func upload(_ call: Call) async throws -> Reply {
        let parts = call.parameter("id").split(separator: "-", maxSplits: 1).map(String.init)
        let urn = parts.count == 2 ? "urn:li:\(parts[0]):\(parts[1])" : ""
        let item = try store.update { state in
            guard let item = state.media[urn] else { throw LinkedInError(404, "RESOURCE_NOT_FOUND", "No such upload").refusal }
            if item.kind != .video { _ = try authenticate(call, state) }
            return item
        }
        guard call.now.timeIntervalSince(item.createdAt) < 86_400 else {
            throw LinkedInError(400, "EXPIRED_UPLOAD_URL", "The upload URL has expired").refusal
        }
        guard let index = Int(call.parameter("part")), index >= 0 else { return failure(status: 404) }
        var sink = MediaSink(continuing: item.parts.position)
        for try await chunk in call.request.body { sink.write(chunk) }
        let part = sink.finish()
        try checkSize(part.byteCount, of: item, index: index)
        return try store.update { state in
            guard var item = state.media[urn] else { return failure(status: 404) }
            if item.kind == .video {
                guard item.state == .waitingForUpload else { throw LinkedInError(400, "INVALID_VIDEO_ID", "Already finalized").refusal }
                item.parts.add(index, part)
            } else {
                item.parts = ReceivedParts()
                item.parts.add(0, part)
                item.contentType = Self.sniff(part) ?? item.contentType
                item.kind = item.contentType == "image/gif" ? .gif : item.kind
                item.finish(polls: state.number("stillProcessingPolls"), failing: false)
            }
            state.files.put(urn, part: item.kind == .video ? index : 0, contentType: item.contentType, bytes: part.kept)
            state.media[urn] = item
            return item.kind == .video ? .empty(200, headers: [("etag", Self.tag(part.tag))]) : .empty(201)
        }
    }

    private func checkSize(_ size: Int, of item: MediaItem, index: Int) throws {
        guard size > 0 else { throw LinkedInError(400, "INVALID_REQUEST", "The upload is empty").refusal }
        if let total = item.announcedBytes {
            let expected = min(Self.partSize, total - index * Self.partSize)
            guard size == expected else {
                throw LinkedInError(400, "INVALID_REQUEST", "Part \(index) must have \(expected) bytes but has \(size)").refusal
            }
        }
        if item.kind == .document, size > Self.documentLimit {
            throw LinkedInError(413, "PAYLOAD_TOO_LARGE", "Documents end at 100 MB").refusal
        }
    }

    /// What the first bytes say: LinkedIn takes JPG, PNG and GIF pictures.
    private static func sniff(_ part: ReceivedPart) -> String? {
        guard let bytes = part.kept?.getBytes(at: 0, length: min(4, part.byteCount)) else { return nil }
        if bytes.starts(with: [0xFF, 0xD8]) { return "image/jpeg" }
        if bytes.starts(with: [0x89, 0x50]) { return "image/png" }
        if bytes.starts(with: Array("GIF8".utf8)) { return "image/gif" }
        return nil
    }

    // MARK: Status

    private func status(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        let urn = try RestLi.urn(call)
        guard var item = state.media[urn] else { return failure(status: 404) }
        let isAdministered = member.administered(item.owner, state) != nil
        if item.kind != .video, !isAdministered {
            throw LinkedInError.denied("Accessing this \(item.kind == .document ? "document" : "image") resource is forbidden").refusal
        }
        guard item.owner == member.urn || isAdministered else { throw LinkedInError.denied("media.GET").refusal }
        _ = item.poll(failing: item.kind == .video && state.isOn("videoFailure"))
        state.media[urn] = item
        var words: JSON = "AVAILABLE"
        var reason: JSON?
        switch item.state {
        case .waitingForUpload: words = "WAITING_UPLOAD"
        case .processing: words = "PROCESSING"
        case .failed:
            words = "PROCESSING_FAILED"
            reason = "MEDIA_FORMAT_NOT_SUPPORTED"
        case .ready: break
        }
        return .json(.compact(["id": .string(urn), "owner": .string(item.owner), "status": words, "processingFailureReason": reason]))
    }
}
