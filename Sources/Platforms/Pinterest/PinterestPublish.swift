import Domain
import Foundation

extension Pinterest {
    /// Pinterest's own place for uploads.
    private static let uploadDomains = ["pinterest-media-upload.s3-accelerate.amazonaws.com", "pinterest.com"]
    /// A film that failed may succeed when it is sent once more.
    private static let filmTries = 2

    /// What a file of the pin becomes: films are sent before, pictures go into the pin itself.
    private enum Piece: Sendable {
        case film(mediaId: String, altText: String?)
        case picture(OutgoingMedia)

        var picture: OutgoingMedia? { if case .picture(let media) = self { media } else { nil } }
    }

    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome {
        guard let board = request.setting("board") else {
            throw PlatformError(.invalidContent, code: "PINTEREST_BOARD_MISSING", message: "The pin has no board. Choose one.")
        }
        return try await request.publish { media, step in
            guard media.media.kind == .video else { return Piece.picture(media) }
            let id = try await upload(media, step: step, request.account.credentials, journal)
            return Piece.film(mediaId: id, altText: media.media.altText)
        } commit: { index, pieces, _ in
            let pin = try pin(request.parts[index].text, pieces, on: board, request)
            return try await journal.commit("part-\(index)") { intent in
                try await find(pin.fields, on: board, request.account.credentials, intent)
            } _: { _ in
                let body = try HTTPBody.json(JSONValue.object(pin.fields), files: pin.files)
                let call = call("POST", "/pins", request.account.credentials, body: body, effect: .creates)
                return part(try await api.made(call, at: "id").id)
            }
        }
    }

    private func part(_ id: String) -> PublishedPart { PublishedPart(id: id, url: hosts.url("https://www.pinterest.com/pin/\(id)/")) }

    /// The pin's fields, with names in place of the files.
    private func pin(
        _ text: String, _ pieces: [Piece], on board: String, _ request: PublishRequest
    ) throws -> (fields: [String: JSONValue], files: [String: OutgoingMedia]) {
        var files: [String: OutgoingMedia] = [:]
        func image(_ media: OutgoingMedia) -> [String: JSONValue] {
            let name = "file-\(UUID().uuidString)"
            files[name] = media
            return ["content_type": .string(media.media.mimeType), "data": .string(name)]
        }
        var fields: [String: JSONValue] = ["board_id": .string(board)]
        if !text.isEmpty { fields["description"] = .string(text) }
        for (name, setting) in [("title", "title"), ("link", "link"), ("dominant_color", "dominant_color"), ("board_section_id", "section")] {
            fields[name] = request.setting(setting).map { .string($0) }
        }
        let pictures = pieces.compactMap(\.picture)
        let texts = try texts(of: pictures.count, request)
        var altTexts = pictures.map(\.media.altText)
        if case .film(let mediaId, let altText)? = pieces.first(where: { $0.picture == nil }) {
            altTexts = [altText]
            var source: [String: JSONValue] = ["source_type": "video_id", "media_id": .string(mediaId)]
            if let cover = pictures.first.map(image) {
                source["cover_image_content_type"] = cover["content_type"]
                source["cover_image_data"] = cover["data"]
            } else {
                source["cover_image_key_frame_time"] = .number(Double(request.setting("cover_time") ?? "") ?? 0)
            }
            fields["media_source"] = .object(source)
        } else if let first = pictures.first {
            fields["media_source"] =
                pictures.count == 1
                ? .object(image(first).merging(["source_type": "image_base64"]) { $1 })
                : [
                    "source_type": "multiple_image_base64",
                    "items": .array(zip(pictures, texts).map { .object(image($0).merging($1) { $1 }) }),
                ]
        } else {
            throw PlatformError(.invalidContent, code: "PINTEREST_FILE_MISSING", message: "A pin needs a picture or a video. Add one.")
        }
        // There is one alternative text for the whole pin.
        let altText = altTexts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: "; ")
        if !altText.isEmpty { fields["alt_text"] = .string(String(altText.prefix(Self.altTextLimit))) }
        return (fields, files)
    }

    /// What each picture of a carousel says, in their order.
    private func texts(of pictures: Int, _ request: PublishRequest) throws -> [[String: JSONValue]] {
        var texts = Array(repeating: [String: JSONValue](), count: pictures)
        for (field, setting) in [("title", "carousel_titles"), ("description", "carousel_descriptions"), ("link", "carousel_links")] {
            for (number, value) in try api.values(of: setting, in: request, forEachOf: pictures).enumerated() {
                texts[number][field] = value.map { .string($0) }
            }
        }
        return texts
    }

    // MARK: Films

    private func upload(_ media: OutgoingMedia, step: String, _ credentials: Credentials, _ journal: any StepJournal) async throws -> String {
        for number in 1...Self.filmTries {
            let step = number == 1 ? step : "\(step)-again-\(number)"
            let id = try await journal.step(step) { try await send(media, credentials) }
            let isReady = try await journal.step("\(step)-ready") { try await isProcessed(id, credentials) }
            if isReady { return id }
        }
        throw api.notProcessed("the video", because: nil, mend: "Encode it again (MP4, H.264, AAC, 4 seconds to 15 minutes).")
    }

    private func send(_ media: OutgoingMedia, _ credentials: Credentials) async throws -> String {
        let registered: JSONValue = try await api.value(
            call("POST", "/media", credentials, body: .json(["media_type": "video"] as JSONValue)))
        let address = try api.uploadAddress(registered["upload_url"]?.string, at: hosts, Self.uploadDomains)
        guard let id = registered["media_id"]?.string, let parameters = registered["upload_parameters"]?.object else {
            throw PlatformError(
                .transient, code: "PINTEREST_UPLOAD_ADDRESS", message: "Pinterest did not say what the upload needs; nothing was sent.")
        }
        // The store's rule: the file is the last field, and the token is not for it.
        let fields = parameters.sorted { $0.key < $1.key }.compactMap { name, value in value.string.map { (name, $0) } }
        let body = HTTPBody.multipart(fields: fields, file: "file", fileName: "video", media: media)
        _ = try await api.send(HTTPCall("POST", address, body: body, secrets: fields.map(\.1)))
        return id
    }

    /// Waits for a film; false when it failed.
    private func isProcessed(_ id: String, _ credentials: Credentials) async throws -> Bool {
        let failed = FailureMark()
        try await context.awaitReady {
            let media = try await get("/media/\(FormEncoding.escape(id))", [], credentials)
            switch media["status"]?.string {
            case "succeeded": return .ready
            case "failed":
                await failed.set()
                return .ready
            default: return .processing(checkAfter: .seconds(5))
            }
        }
        return await !failed.isSet
    }

    private actor FailureMark {
        private(set) var isSet = false
        func set() { isSet = true }
    }

    // MARK: Looking for a pin

    /// Pinterest has no key against repetition: the board is read, and title, description and link are compared.
    private func find(
        _ fields: [String: JSONValue], on board: String, _ credentials: Credentials, _ intent: CommitIntent
    ) async throws -> Finding<PublishedPart> {
        var found: PublishedPart?
        let complete = try await pages(of: "/boards/\(FormEncoding.escape(board))/pins", credentials) { pins in
            let times = pins.compactMap { Self.instant($0["created_at"]) }
            let match = pins.first { pin in
                ["title", "description", "link"].allSatisfy { Self.comparable(pin[$0]) == Self.comparable(fields[$0]) }
                    && Self.instant(pin["created_at"]).map { $0 >= intent.earliest } == true
            }
            found = match?["id"]?.string.map(part)
            // That the newest come first is not documented: it is believed where a page shows it.
            let isOrdered = times.count > 1 && times == times.sorted(by: >)
            return found != nil || isOrdered && times.last.map { $0 < intent.earliest } == true
        }
        return context.finding(found, complete: complete, intent)
    }

    private static func comparable(_ value: JSONValue?) -> String {
        (value?.string ?? "").comparable
    }

    /// Pinterest writes the time without a zone, too: then it is UTC.
    private static func instant(_ value: JSONValue?) -> Timestamp? {
        value?.string.flatMap { Timestamp($0) ?? Timestamp("\($0)Z") }
    }

    func remove(_ post: PublishedRef, account: ConnectedAccount) async throws -> [Int] {
        try await post.removeParts { id, _ in
            _ = try await api.send(call("DELETE", "/pins/\(FormEncoding.escape(id))", account.credentials), accepting: [404])
        }
    }
}
