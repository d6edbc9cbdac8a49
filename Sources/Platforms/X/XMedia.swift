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
        guard uploaded.needsProcessing else { return uploaded.id }
        // Remembered on its own: when the wait is long, the worker comes back without uploading again.
        return try await journal.step("\(step)-ready") {
            try await context.awaitReady { try await state(of: uploaded.id, credentials) }
            return uploaded.id
        }
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

    private func sendAtOnce(_ media: OutgoingMedia, _ segments: Int, _ credentials: Credentials) async throws -> Upload {
        let id = try await begin(media, credentials)
        try await append(0..<segments, of: media, to: id, credentials)
        return try await finish(media, id, credentials)
    }

    private func begin(_ media: OutgoingMedia, _ credentials: Credentials) async throws -> String {
        let start: Answer<MediaAnswer> = try await api.value(
            signed(
                "POST", "/2/media/upload/initialize", credentials,
                body: .json(
                    [
                        "media_type": .string(media.media.mimeType), "total_bytes": .number(Double(media.media.size)),
                        "media_category": .string(category(of: media.media.kind)),
                    ] as JSONValue)))
        return start.data.id
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
        let end: Answer<MediaAnswer> = try await api.value(signed("POST", "/2/media/upload/\(id)/finalize", credentials))
        // X has alternative text for pictures and GIFs only.
        if let altText = media.media.altText, !altText.isEmpty, media.media.kind != .video {
            let metadata: JSONValue = ["id": .string(id), "metadata": ["alt_text": ["text": .string(altText)]]]
            _ = try await api.send(signed("POST", "/2/media/metadata", credentials, body: .json(metadata)))
        }
        return Upload(id: id, needsProcessing: end.data.processing != nil)
    }

    private func state(of id: String, _ credentials: Credentials) async throws -> MediaState {
        let answer: Answer<MediaAnswer> = try await api.value(signed("GET", "/2/media/upload?command=STATUS&media_id=\(id)", credentials))
        guard let processing = answer.data.processing, processing.state != "succeeded" else { return .ready }
        guard processing.state != "failed" else {
            throw PlatformError(
                .invalidContent, code: "X_MEDIA_PROCESSING_FAILED",
                message: "X could not process the file\(processing.error?.text.map { ": \($0)" } ?? ""). Encode it again (MP4, H.264, AAC)."
            )
        }
        return .processing(checkAfter: .seconds(max(1, processing.checkAfter ?? 5)))
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

    private struct MediaAnswer: Decodable, Sendable {
        let id: String
        let processing: Processing?

        enum CodingKeys: String, CodingKey {
            case id
            case processing = "processing_info"
        }

        struct Processing: Decodable {
            struct Failure: Decodable {
                let name: String?
                let message: String?
                var text: String? { message ?? name }
            }
            let state: String
            /// Seconds.
            let checkAfter: Int64?
            let error: Failure?

            enum CodingKeys: String, CodingKey {
                case state, error
                case checkAfter = "check_after_secs"
            }
        }
    }
}
