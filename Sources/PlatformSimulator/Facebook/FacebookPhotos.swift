import Foundation
import HTTPTypes
import NIOCore

extension Facebook {
    /// What the API's own refusal asks for.
    private static let photoLimit = 4_000_000
    private static let types: [([UInt8], String)] = [
        ([0xFF, 0xD8], "image/jpeg"), ([0x89, 0x50, 0x4E, 0x47], "image/png"), (Array("GIF8".utf8), "image/gif"), (Array("BM".utf8), "image/bmp"),
    ]

    var photos: [Operation] {
        [
            Operation(
                "facebook.uploadPhoto", .post, "/v{version}/{id}/photos", limits: Self.limits, body: .streamed, handler: uploadPhoto),
            Operation(
                "facebook.createPhotoStory", .post, "/v{version}/{id}/photo_stories", limits: Self.limits, handler: graph(createPhotoStory)),
        ]
    }

    private func uploadPhoto(_ call: Call) async throws -> Reply {
        let page = call.parameter("id")
        let (parameters, file) = try await upload(call)
        _ = try store.update { try authenticate(parameters, call, as: page, scope: "pages_manage_posts", $0) }
        var part = file
        if part == nil {
            guard let address = parameters["url"] else { throw GraphFailure.missing("url").refusal }
            do {
                part = try await RemoteFile.fetch(address, limit: Self.photoLimit + 1).received
            } catch {
                throw GraphFailure(324, "(#324) Missing or invalid image file", subcode: 2_069_019).refusal
            }
        }
        guard let part, let type = Self.type(of: part) else {
            throw GraphFailure(324, "(#324) Missing or invalid image file", subcode: 2_069_019).refusal
        }
        guard part.byteCount < Self.photoLimit else {
            throw GraphFailure(
                100, "Invalid parameter", subcode: 1_366_046, words: "Photos should be smaller than 4 MB and saved as JPG, PNG, GIF or TIFF."
            ).refusal
        }
        return try store.update { state in
            var item = MediaItem(
                id: Self.newID(in: &state, now: call.now), owner: page, kind: .image, contentType: type, createdAt: call.now)
            item.altText = parameters["alt_text_custom"] ?? ""
            item.parts.add(0, part)
            item.finish(polls: 0, failing: false)
            state.media[item.id] = item
            state.files.put(item.id, contentType: type, bytes: part.kept)
            guard parameters.bool("published") ?? true else { return .json(["id": .string(item.id)]) }
            let post = try publish(
                page, text: parameters["caption"] ?? parameters["message"] ?? "", [item.attachment], [:], &state, now: call.now)
            state.media[item.id]?.attachedTo = post
            return Reply.json(["id": .string(item.id), "post_id": .string(post)]).creating(post)
        }
    }

    /// The parameters of a call whose body may hold a file, and the file.
    func upload(_ call: Call, _ field: String = "source") async throws -> (GraphParameters, ReceivedPart?) {
        var parameters = GraphParameters(call.query)
        guard call.isMultipart else {
            var whole = call
            whole.body = try await call.request.body.collect(upTo: 16 << 20)
            return (try await GraphParameters.read(whole), nil)
        }
        let form = try await UploadForm.read(call, fileField: field)
        parameters.merge(form.fields)
        return (parameters, form.file?.part)
    }

    private static func type(of part: ReceivedPart) -> String? {
        guard let bytes = part.kept?.getBytes(at: 0, length: min(4, part.byteCount)) else {
            return part.byteCount > MediaSink.keepLimit ? "image/jpeg" : nil
        }
        return types.first { bytes.starts(with: $0.0) }?.1
    }

    private func createPhotoStory(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let page = call.parameter("id")
        _ = try authenticate(parameters, call, as: page, scope: "pages_manage_posts", state)
        guard let id = parameters["photo_id"] else { throw GraphFailure.missing("photo_id").refusal }
        let photo = try unusedPhotos([id], page, state)[0]
        let story = try publish(
            page, text: "", [photo.attachment], ["kind": "story"], &state, now: call.now, id: Self.newID(in: &state, now: call.now))
        state.media[id]?.attachedTo = story
        return Reply.json(["success": true, "post_id": .string(story)]).creating(story)
    }

    /// Photos of the page that are in no post yet.
    func unusedPhotos(_ ids: [String], _ page: String, _ state: PlatformState) throws -> [MediaItem] {
        try ids.map { id in
            guard let photo = state.media[id], photo.owner == page, photo.kind == .image else { throw GraphFailure.unknown(id).refusal }
            guard photo.attachedTo == nil else {
                throw GraphFailure(100, "Photos were already posted", subcode: 1_366_051, words: "These photos were already posted.").refusal
            }
            return photo
        }
    }
}
