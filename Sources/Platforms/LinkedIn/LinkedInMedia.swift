import Domain
import Foundation

extension LinkedIn {
    /// Uploads a file and gives its URN once LinkedIn has processed it.
    func upload(_ media: OutgoingMedia, step: String, request: PublishRequest, journal: any StepJournal) async throws -> Attachment {
        let account = request.account
        let urn = try await journal.step(step) {
            media.media.kind == .video ? try await sendVideo(media, account) : try await sendFile(media, account)
        }
        // LinkedIn lets members look at their videos only: for their other files the create call says when it is too early.
        if kind == .page || media.media.kind == .video {
            _ = try await context.awaitReady(step, journal, giving: true) { try await state(of: urn, media.media.kind, account.credentials) }
        }
        return Attachment(urn: urn, media: media.media)
    }

    struct Attachment: Sendable {
        let urn: String
        let media: Media
    }

    private func collection(_ kind: MediaKind) -> String {
        switch kind {
        case .video: "videos"
        case .document: "documents"
        default: "images"
        }
    }

    private func initialize(_ media: OutgoingMedia, _ account: ConnectedAccount, _ more: [String: JSONValue] = [:]) async throws
        -> JSONValue
    {
        let owner: [String: JSONValue] = ["owner": .string(author(account.account))]
        let answer: JSONValue = try await api.value(
            call(
                "POST", "/rest/\(collection(media.media.kind))?action=initializeUpload", account.credentials,
                json: ["initializeUploadRequest": .object(owner.merging(more) { first, _ in first })]))
        return answer["value"] ?? .null
    }

    private func sendFile(_ media: OutgoingMedia, _ account: ConnectedAccount) async throws -> String {
        let start = try await initialize(media, account)
        guard let url = start["uploadUrl"]?.string, let urn = (start["image"] ?? start["document"])?.string else { throw noUpload() }
        _ = try await put(.media(media), to: url, account.credentials)
        return urn
    }

    private func sendVideo(_ media: OutgoingMedia, _ account: ConnectedAccount) async throws -> String {
        let start = try await initialize(
            media, account, ["fileSizeBytes": .number(Double(media.media.size)), "uploadCaptions": false, "uploadThumbnail": false])
        guard let urn = start["video"]?.string, let instructions = start["uploadInstructions"]?.array else { throw noUpload() }
        var parts = [JSONValue]()
        for instruction in instructions {
            guard let url = instruction["uploadUrl"]?.string, let first = instruction["firstByte"]?.int,
                let last = instruction["lastByte"]?.int,
                0 <= first, first <= last, last < media.media.size
            else { throw noUpload() }
            let body = HTTPBody.media(media, range: first..<(last + 1), contentType: "application/octet-stream")
            let answer = try await put(body, to: url, account.credentials)
            guard let tag = answer.headers["etag"] else { throw noUpload() }
            parts.append(.string(tag))
        }
        _ = try await api.send(
            call(
                "POST", "/rest/videos?action=finalizeUpload", account.credentials,
                json: [
                    "finalizeUploadRequest": [
                        "video": .string(urn), "uploadToken": start["uploadToken"] ?? "", "uploadedPartIds": .array(parts),
                    ]
                ]))
        return urn
    }

    private func put(_ body: HTTPBody, to url: String, _ credentials: Credentials) async throws -> HTTPAnswer {
        try await api.send(.bearer(credentials.accessToken, "PUT", api.uploadAddress(url, at: hosts, Self.uploadDomains), body: body))
    }

    private func state(of urn: String, _ kind: MediaKind, _ credentials: Credentials) async throws -> MediaState {
        let answer: JSONValue = try await api.value(call("GET", "/rest/\(collection(kind))/\(FormEncoding.escape(urn))", credentials))
        switch answer["status"]?.string {
        case "AVAILABLE": return .ready
        case "PROCESSING_FAILED":
            throw api.notProcessed(
                kind == .video ? "the video" : "the file", because: answer["processingFailureReason"]?.string, mend: "Use another file.")
        default: return .processing(checkAfter: .seconds(kind == .video ? 3 : 1))
        }
    }

    private func noUpload() -> PlatformError {
        PlatformError(.transient, code: "LINKEDIN_UNREADABLE_ANSWER", message: "LinkedIn did not say where the file goes.")
    }
}
