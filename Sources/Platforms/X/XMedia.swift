import Domain
import Foundation

extension X {
    /// A segment of an upload; X takes at most 1,000 of them.
    private static let segmentSize = 4 * 1024 * 1024
    /// So many segments are remembered together, and sent again together after a crash: one that comes twice replaces itself.
    private static let rememberedSegments = 16

    /// Uploads a file in segments and waits until X has processed it; gives its media id.
    func upload(_ media: OutgoingMedia, step: String, request: PublishRequest, journal: any StepJournal) async throws -> String {
        let credentials = request.account.credentials
        let uploaded = try await journal.step(step) { try await send(media, step, credentials, journal) }
        if uploaded.needsProcessing {
            _ = try await context.awaitReady(step, journal, giving: uploaded.id) { try await state(of: uploaded.id, credentials) }
        }
        for captions in media.captions {
            _ = try await journal.step("\(step)-captions-\(captions.language)") {
                try await add(captions, to: uploaded.id, credentials)
                return true
            }
        }
        return uploaded.id
    }

    /// A file of its own, which is then tied to the film. Neither shows before the post does.
    private func add(_ captions: Captions, to film: String, _ credentials: Credentials) async throws {
        let code = captions.baseLanguage.uppercased()
        guard code.count == 2 else {
            throw PlatformError(
                .invalidContent, code: "X_CAPTION_LANGUAGE",
                message: "X takes captions of languages with a code of two letters only: \(captions.language) has none. Remove them for X.")
        }
        let file = captions.file(named: "captions.srt", type: "text/srt", captions.srt)
        let id = try await sendAtOnce(file, 1, credentials, as: "subtitles").id
        let body: JSONValue = [
            "id": .string(film), "media_category": "TweetVideo",
            "subtitles": ["id": .string(id), "language_code": .string(code), "display_name": .string(captions.languageName)],
        ]
        _ = try await api.send(signed("POST", "/2/media/subtitles", credentials, body: .json(body)))
    }

    private func send(_ media: OutgoingMedia, _ step: String, _ credentials: Credentials, _ journal: any StepJournal) async throws -> Upload {
        let segments = (media.media.size + Self.segmentSize - 1) / Self.segmentSize
        guard segments > Self.rememberedSegments else { return try await sendAtOnce(media, segments, credentials) }
        do {
            let id = try await journal.step("\(step)-begun") { try await begin(media, credentials) }
            for first in stride(from: 0, to: segments, by: Self.rememberedSegments) {
                _ = try await journal.step("\(step)-from-\(first)") {
                    try await append(first..<min(first + Self.rememberedSegments, segments), of: media, to: id, credentials)
                    return true
                }
            }
            return try await finish(media, id, credentials)
        } catch let error as PlatformError where error.kind == .invalidContent {
            // X forgets what was begun a day ago: once more from the beginning.
            return try await sendAtOnce(media, segments, credentials)
        }
    }

    private func sendAtOnce(
        _ media: OutgoingMedia, _ segments: Int, _ credentials: Credentials, as category: String? = nil
    ) async throws -> Upload {
        let id = try await begin(media, credentials, as: category)
        try await append(0..<segments, of: media, to: id, credentials)
        return try await finish(media, id, credentials)
    }

    private func begin(_ media: OutgoingMedia, _ credentials: Credentials, as wanted: String? = nil) async throws -> String {
        let body: JSONValue = [
            "media_type": .string(media.media.mimeType), "total_bytes": .number(Double(media.media.size)),
            "media_category": .string(wanted ?? category(of: media.media.kind)),
        ]
        return try await api.made(signed("POST", "/2/media/upload/initialize", credentials, body: .json(body)), at: "data", "id").id
    }

    private func append(_ segments: Range<Int>, of media: OutgoingMedia, to id: String, _ credentials: Credentials) async throws {
        for index in segments {
            let offset = index * Self.segmentSize
            let body = HTTPBody.multipart(
                fields: [("segment_index", String(index))], file: "media", fileName: "media", media: media,
                range: offset..<min(offset + Self.segmentSize, media.media.size))
            _ = try await api.send(signed("POST", "/2/media/upload/\(id)/append", credentials, body: body))
        }
    }

    private func finish(_ media: OutgoingMedia, _ id: String, _ credentials: Credentials) async throws -> Upload {
        let end: JSONValue = try await api.value(signed("POST", "/2/media/upload/\(id)/finalize", credentials))
        // X has alternative text for pictures and GIFs only.
        if let altText = media.media.altText, !altText.isEmpty, media.media.kind != .video {
            let metadata: JSONValue = ["id": .string(id), "metadata": ["alt_text": ["text": .string(altText)]]]
            _ = try await api.send(signed("POST", "/2/media/metadata", credentials, body: .json(metadata)))
        }
        return Upload(id: id, needsProcessing: end["data"]?["processing_info"] != nil)
    }

    private func state(of id: String, _ credentials: Credentials) async throws -> MediaState {
        let call = signed("GET", "/2/media/upload?command=STATUS&media_id=\(id)", credentials)
        let answer: JSONValue = try await api.value(call)
        guard let processing = answer["data"]?["processing_info"] else { return .ready }
        switch processing["state"]?.string {
        case "succeeded": return .ready
        case "failed":
            let fault = processing["error"]
            throw api.notProcessed(because: (fault?["message"] ?? fault?["name"])?.string, mend: "Encode it again (MP4, H.264, AAC).")
        default: return .processing(checkAfter: .seconds(max(1, processing["check_after_secs"]?.int ?? 5)))
        }
    }

    private func category(of kind: MediaKind) -> String {
        switch kind {
        case .video: "tweet_video"
        case .animation: "tweet_gif"
        default: "tweet_image"
        }
    }

    private struct Upload: Codable, Sendable {
        let id: String
        let needsProcessing: Bool
    }
}
