import Domain
import Foundation

extension X {
    /// A segment of an upload; X takes at most 1,000 of them.
    private static let segmentSize = 4 * 1024 * 1024

    /// Uploads a file in segments and waits until X has processed it; gives its media id.
    func upload(_ media: OutgoingMedia, step: String, request: PublishRequest, journal: any StepJournal) async throws -> String {
        let credentials = request.account.credentials
        let uploaded = try await journal.step(step) { try await send(media, credentials) }
        guard uploaded.needsProcessing else { return uploaded.id }
        // Remembered on its own: when the wait is long, the worker comes back without uploading again.
        return try await journal.step("\(step)-ready") {
            try await context.awaitReady { try await state(of: uploaded.id, credentials) }
            return uploaded.id
        }
    }

    private func send(_ media: OutgoingMedia, _ credentials: Credentials) async throws -> Upload {
        let start: Answer<MediaAnswer> = try await api.value(
            signed(
                "POST", "/2/media/upload/initialize", credentials,
                body: .json(
                    [
                        "media_type": .string(media.media.mimeType), "total_bytes": .number(Double(media.media.size)),
                        "media_category": .string(category(of: media.media.kind)),
                    ] as JSONValue)))
        let id = start.data.id
        let segments = stride(from: 0, to: media.media.size, by: Self.segmentSize)
        for (index, offset) in segments.enumerated() {
            let body = HTTPBody.multipart(
                fields: [("segment_index", String(index))], file: "media", fileName: "media", media: media,
                range: offset..<min(offset + Self.segmentSize, media.media.size))
            _ = try await api.send(signed("POST", "/2/media/upload/\(id)/append", credentials, body: body))
        }
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
