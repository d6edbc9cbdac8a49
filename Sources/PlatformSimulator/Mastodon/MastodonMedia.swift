import Foundation
import HTTPTypes

extension Mastodon {
    var media: [Operation] {
        let limits = [Self.all, RateLimit("media", 30, .seconds(1800))]
        let scope = ["write:media"]
        return [
            Operation("mastodon.uploadMedia", .post, "/api/v2/media", limits: limits, body: .streamed) { call in
                try await upload(call, waits: false)
            },
            Operation("mastodon.uploadMediaV1", .post, "/api/v1/media", limits: limits, body: .streamed) { call in
                try await upload(call, waits: true)
            },
            Operation("mastodon.mediaStatus", .get, "/api/v1/media/{id}", limits: [Self.all], handler: user(scope, mediaStatus)),
            Operation("mastodon.updateMedia", .put, "/api/v1/media/{id}", limits: [Self.all], handler: user(scope, updateMedia)),
            Operation("mastodon.deleteMedia", .delete, "/api/v1/media/{id}", limits: [Self.all], handler: user(scope, deleteMedia)),
        ]
    }

    /// `waits`: the older synchronous form, which answers when processing is over.
    private func upload(_ call: Call, waits: Bool) async throws -> Reply {
        let owner = try store.update { state in try authenticate(call, ["write:media"], &state) }
        guard call.isMultipart else { throw Self.error("Validation failed: File can't be blank", 422) }
        let form = try await UploadForm.read(call, fileField: "file")
        guard let file = form.file, file.part.byteCount > 0 else { throw Self.error("Validation failed: File can't be blank", 422) }
        let type = file.contentType?.lowercased() ?? ""
        let server = store.update(\.server)
        if server == .takahe, type.hasPrefix("video/") { throw Refusal(.html("<h1>Server Error (500)</h1>", status: 500)) }
        guard let kind = MediaKind(contentType: type), Self.types.contains(type) else {
            throw Self.error("Validation failed: File content type is invalid, File is invalid", 422)
        }
        let limit = kind == .image ? Self.imageSizeLimit : Self.videoSizeLimit
        guard file.part.byteCount <= limit else {
            throw Self.error("Validation failed: File file size must be less than \(limit / 1_048_576) MB", 422)
        }
        try checkDescription(form.fields["description"])
        try checkFocus(form.fields["focus"])
        return store.update { state in
            var item = MediaItem(
                id: Self.newID(in: &state, now: call.now), owner: owner.id, kind: kind, contentType: type, createdAt: call.now)
            item.altText = form.fields["description"] ?? ""
            item.parts.add(0, file.part)
            item.finish(
                polls: kind == .image || waits || !server.processesInBackground ? 0 : state.number("processingPolls"),
                failing: kind != .image && state.isOn("videoFailure"))
            state.media[item.id] = item
            state.records["focus:\(item.id)"] = form.fields["focus"].map { .string($0) }
            state.files.put(item.id, contentType: type, bytes: file.part.kept)
            let isReady = item.state == .ready
            return .json(attachmentJSON(item.attachment, isReady: isReady, call), status: isReady ? 200 : 202)
        }
    }

    private func checkDescription(_ text: String?) throws {
        guard text?.count ?? 0 <= Self.descriptionLimit else {
            throw Self.error("Validation failed: Description is too long (maximum is \(Self.descriptionLimit) characters)", 422)
        }
    }

    private func checkFocus(_ text: String?) throws {
        guard let text else { return }
        let numbers = text.split(separator: ",").compactMap { Double($0) }
        guard numbers.count == 2, numbers.allSatisfy({ (-1...1).contains($0) }) else {
            throw Self.error("Validation failed: Focus is invalid", 422)
        }
    }

    /// Only unattached files of the caller exist here.
    private func free(_ call: Call, _ owner: Account, _ state: PlatformState) throws -> MediaItem {
        guard let item = state.media[call.parameter("id")], item.owner == owner.id, item.attachedTo == nil else {
            throw Self.error("Record not found", 404)
        }
        return item
    }

    private func mediaStatus(_ state: inout PlatformState, _ owner: Account, _ call: Call) throws -> Reply {
        guard state.server.showsMediaStatus else { throw state.server.notFound() }
        var item = try free(call, owner, state)
        let now = item.poll(failing: state.isOn("videoFailure"))
        state.media[item.id] = item
        switch now {
        case .ready: return .json(attachmentJSON(item.attachment, isReady: true, call))
        case .failed: throw Self.error("Error processing thumbnail for uploaded media", 422)
        case .processing, .waitingForUpload: return .json(attachmentJSON(item.attachment, isReady: false, call), status: 206)
        }
    }

    private func updateMedia(_ state: inout PlatformState, _ owner: Account, _ call: Call) throws -> Reply {
        let item = try free(call, owner, state)
        let body = try Self.parameters(call)
        try checkDescription(body["description"]?.string)
        try checkFocus(body["focus"]?.string)
        if let text = body["description"]?.string { state.media[item.id]?.altText = text }
        let attachment = state.media[item.id]?.attachment ?? item.attachment
        return .json(attachmentJSON(attachment, isReady: item.state == .ready, call))
    }

    private func deleteMedia(_ state: inout PlatformState, _ owner: Account, _ call: Call) throws -> Reply {
        state.media[try free(call, owner, state).id] = nil
        return .json([:])
    }

    func attachmentJSON(_ attachment: Attachment, isReady: Bool, _ call: Call) -> JSON {
        let types: [MediaKind: JSON] = [.image: "image", .video: "video", .gif: "gifv", .audio: "audio"]
        let address: JSON = isReady ? .string("\(call.base)/_media/\(attachment.id)") : .null
        return [
            "id": .string(attachment.id), "type": types[attachment.kind] ?? "unknown", "url": address, "preview_url": address,
            "remote_url": .null, "description": attachment.altText.isEmpty ? .null : .string(attachment.altText), "meta": [:],
            "blurhash": .null,
        ]
    }
}
