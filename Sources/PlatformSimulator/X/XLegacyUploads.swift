import Foundation
import HTTPTypes
import NIOCore

/// Uploads as API v1.1 has them: one address, and a command in each request. Public client libraries still send them.
extension X {
    private static let address = "/1.1/media/upload.json"

    var legacyUploads: [Operation] {
        func limit(_ bucket: String, _ count: Int) -> [RateLimit] { [RateLimit(bucket, count, .seconds(900))] }
        return [
            Operation("x.legacyUpload", .post, Self.address, limits: limit("legacyUpload", 615), body: .streamed, handler: command),
            Operation("x.legacyUploadStatus", .get, Self.address, limits: limit("legacyStatus", 1000), handler: user(Self.uploading, status)),
            Operation(
                "x.legacyMetadata", .post, "/1.1/media/metadata/create.json", limits: limit("legacyMetadata", 615),
                handler: user(Self.uploading, writes: true, metadata)),
        ]
    }

    /// INIT and FINALIZE are forms, whose fields are signed; APPEND and whole files come as multipart.
    private func command(_ call: Call) async throws -> Reply {
        if call.isMultipart { return try await receive(call) }
        var call = call
        call.body = try await call.request.body.collect(upTo: 64 << 10)
        let (form, complete) = (call, call.form("media_id") ?? "")
        return try store.update { state in
            let owner = try authenticate(form, Self.uploading, writes: true, &state)
            switch form.form("command") {
            case "INIT":
                let type = form.form("media_type")
                guard let size = form.form("total_bytes").flatMap(Int.init), size > 0 else { throw Self.refused("total_bytes is missing.") }
                let item = try makeItem(
                    category: form.form("media_category") ?? Self.category(of: type), type: type, size: size, owner, &state, now: form.now)
                state.media[item.id] = item
                return .json(legacyJSON(item, state), status: 202)
            case "FINALIZE": return .json(legacyJSON(try finalize(complete, owner, &state), state), status: 201)
            default: throw Self.refused("command is not one of INIT, APPEND, FINALIZE.")
            }
        }
    }

    private func receive(_ call: Call) async throws -> Reply {
        let owner = try store.update { state in try authenticate(call, Self.uploading, writes: true, &state) }
        let form = try await UploadForm.read(call, fileField: "media")
        guard let file = form.file, let bytes = file.part.kept else { throw Self.refused("media is missing, or larger than one request may be.") }
        guard form.fields["command"] == "APPEND" else {
            return try store.update { state in
                let type = Self.type(of: bytes)
                var item = try makeItem(
                    category: form.fields["media_category"] ?? Self.category(of: type), type: type, size: file.part.byteCount, owner, &state,
                    now: call.now)
                item.parts.add(0, file.part)
                finish(&item, state)
                state.files.put(item.id, contentType: item.contentType, bytes: bytes)
                state.media[item.id] = item
                return .json(legacyJSON(item, state))
            }
        }
        let id = form.fields["media_id"] ?? ""
        guard let index = form.fields["segment_index"].flatMap(Int.init), (0...999).contains(index) else {
            throw Self.refused("segment_index must be 0 to 999.")
        }
        return try store.update { state in
            guard let item = state.media[id], item.owner == owner.id, item.state == .waitingForUpload else { throw Self.refused("Invalid mediaId.") }
            // The segment is hashed once more, behind those that came before it.
            state.media[id]?.parts.add(index, MediaSink.receive(bytes, continuing: item.parts.position))
            state.files.put(id, part: index, contentType: item.contentType, bytes: bytes)
            return .empty(204)
        }
    }

    private func status(_ state: inout PlatformState, _ owner: Account, _ call: Call) throws -> Reply {
        let id = call.query("media_id") ?? ""
        guard call.query("command") == "STATUS", var item = state.media[id], item.owner == owner.id else { throw Self.refused("Invalid mediaId.") }
        _ = item.poll(failing: state.isOn("videoFailure"))
        state.media[id] = item
        return .json(legacyJSON(item, state))
    }

    private func metadata(_ state: inout PlatformState, _ owner: Account, _ call: Call) throws -> Reply {
        let id = call.json?["media_id"].flatMap { $0.string ?? $0.int.map(String.init) } ?? ""
        guard let alt = call.json?["alt_text"]?["text"]?.string, alt.count <= 1000, state.media[id]?.owner == owner.id else {
            throw Self.refused("The metadata is not valid.")
        }
        state.media[id]?.altText = alt
        return .empty(200)
    }

    /// The same, with the id as a number and as a text.
    private func legacyJSON(_ item: MediaItem, _ state: PlatformState) -> JSON {
        var answer = mediaJSON(item, state).object ?? [:]
        answer["id"] = nil
        answer["media_id"] = Int(item.id).map { .int($0) } ?? .null
        answer["media_id_string"] = .string(item.id)
        return .object(answer)
    }

    private static func refused(_ words: String) -> Refusal { Refusal(["request": .string(address), "error": .string(words)], status: 400) }

    /// What the first bytes say: whole files come without a type.
    private static func type(of bytes: ByteBuffer) -> String? {
        let head = Array(bytes.readableBytesView.prefix(4))
        if head.starts(with: [0x89, 0x50]) { return "image/png" }
        return head.starts(with: [0x47, 0x49, 0x46]) ? "image/gif" : head.starts(with: [0xFF, 0xD8]) ? "image/jpeg" : nil
    }

    private static func category(of type: String?) -> String? {
        type.map { $0.hasPrefix("video/") ? "tweet_video" : $0 == "image/gif" ? "tweet_gif" : "tweet_image" }
    }
}
