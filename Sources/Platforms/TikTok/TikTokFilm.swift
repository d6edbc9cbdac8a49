import Domain
import Foundation

extension TikTok {
    /// A piece of an upload: TikTok takes 5 to 64 MB, and as the last one what is left with it.
    private static let pieceSize = 10_000_000
    private static let uploadGone = "TIKTOK_UPLOAD_GONE"

    /// Nothing is public before the last byte has arrived: until then the upload may be begun again. Nil when it has to be.
    func sendFilm(
        _ film: OutgoingMedia, _ request: PublishRequest, _ disabled: [String], _ suffix: String, _ journal: any StepJournal
    ) async throws -> Sent? {
        let credentials = request.account.credentials
        let upload = try await journal.secretStep("film\(suffix)") { try await begin(film, request, disabled) }
        do {
            return try await journal.commit("part-0\(suffix)") { _ in
                let status = try await status(of: upload.publishId, credentials)
                let isMissing = status.status == "PROCESSING_UPLOAD" && status.uploadedBytes ?? 0 < film.media.size
                return isMissing ? .safeToSend : .found(Sent(publishId: upload.publishId))
            } _: { _ in
                try await transmit(film, upload, credentials)
                return Sent(publishId: upload.publishId)
            }
        } catch let error as PlatformError where error.code == Self.uploadGone {
            return nil
        }
    }

    private struct Upload: Codable, Sendable {
        let publishId: String
        let address: String

        enum CodingKeys: String, CodingKey {
            case publishId = "publish_id"
            case address = "upload_url"
        }
    }

    private func begin(_ film: OutgoingMedia, _ request: PublishRequest, _ disabled: [String]) async throws -> Upload {
        let pieces = Self.pieces(of: film.media.size)
        var body: [String: JSONValue] = [
            "source_info": [
                "source": "FILE_UPLOAD", "video_size": .number(Double(film.media.size)),
                "chunk_size": .number(Double(pieces.count > 1 ? Self.pieceSize : film.media.size)),
                "total_chunk_count": .number(Double(pieces.count)),
            ]
        ]
        if !request.isDraft {
            var info = info(request, disabled: disabled, allows: ["comment", "duet", "stitch"])
            info["title"] = .string(request.text)
            info["is_aigc"] = .bool(request.toggle("video_made_with_ai"))
            if let cover = request.setting("video_cover_timestamp_ms").flatMap(Int.init) { info["video_cover_timestamp_ms"] = .number(Double(cover)) }
            body["post_info"] = .object(info)
        }
        let path = request.isDraft ? "post/publish/inbox/video/init/" : "post/publish/video/init/"
        let upload: Upload = try await ask("POST", path, request.account.credentials, body: .object(body))
        _ = try api.uploadAddress(upload.address, at: hosts, Self.uploadDomains)
        return upload
    }

    /// All pieces are of one size, but the last takes the rest with it.
    static func pieces(of size: Int) -> [Range<Int>] {
        let count = max(1, size / pieceSize)
        return (0..<count).map { $0 * pieceSize..<($0 == count - 1 ? size : ($0 + 1) * pieceSize) }
    }

    /// Goes on where TikTok says that the upload stands.
    private func transmit(_ film: OutgoingMedia, _ upload: Upload, _ credentials: Credentials) async throws {
        let size = film.media.size
        let stored = try await status(of: upload.publishId, credentials).uploadedBytes ?? 0
        for piece in Self.pieces(of: size) where piece.upperBound > stored {
            let call = HTTPCall(
                "PUT", upload.address, headers: [("Content-Range", "bytes \(piece.lowerBound)-\(piece.upperBound - 1)/\(size)")],
                body: .media(film, range: piece), effect: piece.upperBound == size ? .creates : .harmless)
            let answer = try await api.send(call, accepting: [403, 404, 416])
            if answer.status == 416 {
                throw PlatformError(
                    .transient, code: "TIKTOK_UPLOAD_POSITION", message: "TikTok has another part of the video than was thought.",
                    platformAnswer: Redaction.platformAnswer(answer.text, secrets: []))
            }
            guard answer.isSuccess else {
                throw PlatformError(.transient, code: Self.uploadGone, message: "TikTok's address for the upload has ended; it is asked anew.")
            }
        }
    }
}
