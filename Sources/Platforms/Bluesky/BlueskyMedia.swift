import Domain
import Foundation

extension Bluesky {
    /// How often a film is sent again when the video service failed through no fault of the film's.
    private static let videoTries = 3

    /// Uploads a file; gives the blob as the record has to name it.
    func upload(_ media: OutgoingMedia, step: String, request: PublishRequest, journal: any StepJournal) async throws -> JSONValue {
        let credentials = request.account.credentials
        guard media.media.kind == .video else { return try await journal.step(step) { try await uploadBlob(.media(media), credentials) } }
        for number in 1...Self.videoTries {
            let step = number == 1 ? step : "\(step)-again-\(number)"
            let job = try await journal.step(step) { try await sendVideo(media, name: "\(request.publicationId)-\(step).mp4", request.account) }
            let finished = try await journal.step("\(step)-ready") { try await self.processed(job) }
            if let blob = finished.blob { return try await captioned(blob, media, step, credentials, journal) }
        }
        throw PlatformError(
            .invalidContent, code: "BLUESKY_MEDIA_PROCESSING_FAILED",
            message: "Bluesky's video service failed \(Self.videoTries) times with this film. Send the post again later, or encode the film again.")
    }

    /// The film's blob with the blobs of its captions beside it: `BlueskyRecord` puts them where they belong.
    private func captioned(
        _ film: JSONValue, _ media: OutgoingMedia, _ step: String, _ credentials: Credentials, _ journal: any StepJournal
    ) async throws -> JSONValue {
        guard !media.captions.isEmpty, var blob = film.object else { return film }
        var tracks: [JSONValue] = []
        for captions in media.captions.prefix(Self.mostCaptions) {
            let file = Data(captions.vtt.utf8)
            guard file.count <= Self.captionLimit else {
                throw PlatformError(
                    .invalidContent, code: "BLUESKY_CAPTIONS_TOO_LONG",
                    message:
                        "The captions in \(captions.languageName) have \(file.count) bytes of the \(Self.captionLimit) that Bluesky takes. Shorten or remove them."
                )
            }
            let track = try await journal.step("\(step)-captions-\(captions.language)") {
                try await uploadBlob(.bytes(file, contentType: "text/vtt"), credentials)
            }
            tracks.append(["lang": .string(captions.language), "file": track])
        }
        blob[Self.captionsKey] = .array(tracks)
        return .object(blob)
    }

    /// app.bsky.embed.video
    private static let mostCaptions = 20
    private static let captionLimit = 20_000
    static let captionsKey = "captions"

    /// The same bytes give the same blob: repeating it does no harm.
    func uploadBlob(_ body: HTTPBody, _ credentials: Credentials) async throws -> JSONValue {
        let server = server(of: credentials)
        let answer: Uploaded = try await api(server).value(
            xrpc("POST", "com.atproto.repo.uploadBlob", at: server, token: credentials.accessToken, body: body))
        return answer.blob
    }

    private struct Uploaded: Decodable {
        let blob: JSONValue
    }

    // MARK: Films

    private func sendVideo(_ media: OutgoingMedia, name: String, _ account: ConnectedAccount) async throws -> VideoJob {
        try await checkVideoQuota(account.credentials)
        // The service puts the film into the account's own server, so the permission is made out to that.
        let token = try await serviceToken(
            for: Self.identity(of: server(of: account.credentials)), method: "com.atproto.repo.uploadBlob", account.credentials)
        let api = api(videoService)
        let call = xrpc(
            "POST", "app.bsky.video.uploadVideo", at: videoService, query: [("did", account.account.id), ("name", name)], token: token,
            body: .media(media, contentType: "video/mp4"))
        // 409: the service has these bytes already and names the job.
        let answer = try await api.send(call, accepting: [409])
        guard let job = try VideoJob(api.decode(answer, to: call)) else { throw api.unreadable(answer, to: call) }
        return job
    }

    private func checkVideoQuota(_ credentials: Credentials) async throws {
        let token = try await serviceToken(
            for: Self.identity(of: "https://video.bsky.app"), method: "app.bsky.video.getUploadLimits", credentials)
        let quota: Quota = try await api(videoService).value(
            xrpc("GET", "app.bsky.video.getUploadLimits", at: videoService, token: token))
        guard !quota.canUpload else { return }
        let reason = quota.message ?? quota.error ?? "no reason is given"
        let isUsedUp = quota.remainingDailyVideos == 0 || quota.remainingDailyBytes == 0
        throw PlatformError(
            isUsedUp ? .rateLimited : .invalidContent, code: isUsedUp ? "BLUESKY_VIDEO_QUOTA" : "BLUESKY_VIDEO_NOT_ALLOWED",
            message: isUsedUp
                ? "Bluesky takes no more films from this account today: \(reason)."
                : "Bluesky takes no films from this account: \(reason). Often the account's e-mail address has to be confirmed first.",
            retryAfter: isUsedUp ? .hours(1) : nil)
    }

    private struct Quota: Decodable {
        let canUpload: Bool
        let remainingDailyVideos: Int?
        let remainingDailyBytes: Int?
        let message: String?
        let error: String?
    }

    private func serviceToken(for audience: String, method: String, _ credentials: Credentials) async throws -> String {
        let end = context.time.now.milliseconds / 1000 + 29 * 60
        let answer: ServiceToken = try await query(
            "com.atproto.server.getServiceAuth", [("aud", audience), ("lxm", method), ("exp", String(end))], credentials)
        return answer.token
    }

    private struct ServiceToken: Decodable {
        let token: String
    }

    /// The identity that a server has by its name (did:web).
    static func identity(of server: String) -> String {
        let parts = URLComponents(string: server)
        return "did:web:\(parts?.host ?? "")\(parts?.port.map { "%3A\($0)" } ?? "")"
    }

    /// Waits for a film; without a blob where sending it again is worth a try.
    private func processed(_ job: VideoJob) async throws -> VideoJob {
        let last = LatestJob(job)
        try await context.awaitReady {
            if await last.job.isOver { return .ready }
            let api = api(videoService)
            let call = xrpc("GET", "app.bsky.video.getJobStatus", at: videoService, query: [("jobId", job.id)])
            let answer = try await api.send(call)
            guard let now = try VideoJob(api.decode(answer, to: call)) else { throw api.unreadable(answer, to: call) }
            await last.set(now)
            return now.isOver ? .ready : .processing(checkAfter: .seconds(2))
        }
        let end = await last.job
        guard end.blob == nil, !end.isWorthAnotherTry else { return end }
        throw PlatformError(
            .invalidContent, code: "BLUESKY_MEDIA_PROCESSING_FAILED",
            message: end.failure == "pds_upload_unsupported_blob_size"
                ? "The film is larger than the account's server takes. Make it smaller."
                : "Bluesky could not process the film\(end.message.map { ": \($0)" } ?? ""). Encode it again (MP4, H.264, AAC).")
    }

    private actor LatestJob {
        private(set) var job: VideoJob

        init(_ job: VideoJob) { self.job = job }

        func set(_ job: VideoJob) { self.job = job }
    }
}

/// A film at the video service (app.bsky.video.defs#jobStatus).
struct VideoJob: Codable, Sendable {
    let id: String
    let state: String?
    let blob: JSONValue?
    let failure: String?
    let message: String?

    /// The service answers with the object, and with the object inside `jobStatus`; nil when it is neither.
    init?(_ answer: JSONValue) {
        let job = answer["jobStatus"] ?? answer
        guard let id = job["jobId"]?.string else { return nil }
        self.id = id
        state = job["state"]?.string
        blob = job["blob"]
        failure = job["failureCode"]?.string
        message = (job["message"] ?? job["error"])?.string
    }

    var isOver: Bool { blob != nil || state == "JOB_STATE_FAILED" }
    var isWorthAnotherTry: Bool { blob == nil && (failure == "pds_upload_failure" || failure == "generic_failure") }
}
