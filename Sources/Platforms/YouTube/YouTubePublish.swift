import Domain
import Foundation

extension YouTube {
    /// What a file of the post becomes.
    private enum Piece: Sendable {
        case film(YouTubeFilm, YouTubeUpload)
        case thumbnail(OutgoingMedia)
    }

    func publish(_ request: PublishRequest, journal: any StepJournal) async throws -> PublishOutcome {
        try await request.publish { media, step in
            guard media.media.kind == .video else { return Piece.thumbnail(media) }
            let film = YouTubeFilm(media: media, step: step, request: request, journal: journal)
            return Piece.film(film, try await upload(film))
        } commit: { index, pieces, earlier in
            if let video = earlier.first?.id {
                let comment = request.parts[index].text
                return try await journal.commit("part-\(index)") { intent in
                    try await find(comment, below: video, request.account, intent)
                } _: { _ in
                    try await self.comment(comment, below: video, request.account)
                }
            }
            return try await video(pieces, request, journal)
        }
    }

    private func video(_ pieces: [Piece], _ request: PublishRequest, _ journal: any StepJournal) async throws -> PublishedPart {
        let films = pieces.compactMap { if case .film(let film, let upload) = $0 { (film, upload) } else { nil } }
        guard let (film, upload) = films.first else {
            throw PlatformError(
                .invalidContent, code: "YOUTUBE_VIDEO_MISSING", message: "YouTube takes videos only, and the post has none. Add one.")
        }
        var part = try await journal.commit("part-0") { intent in
            try await find(film, intent)
        } _: { intent in
            let resumed = intent.mayHaveHappened ? try await resume(film).state : .open(upload)
            guard case .open(let upload) = resumed else { return try published(resumed, request) }
            return try published(.finished(try await finish(upload, of: film)), request)
        }
        for case .thumbnail(let picture) in pieces { part.note(try await setThumbnail(picture, of: part.id, request, journal)) }
        for captions in film.media.captions { part.note(try await addCaptions(captions, to: part.id, request.account.credentials, journal)) }
        part.note(try await addToPlaylist(part.id, request, journal))
        let id = part.id
        _ = try await journal.step("processed") {
            try await context.awaitReady { try await state(of: id, request.account.credentials) }
            return true
        }
        return part
    }

    /// What became of an upload whose last answer was lost: its session tells, and when that is lost, the channel's uploads.
    private func find(_ film: YouTubeFilm, _ intent: CommitIntent) async throws -> Finding<PublishedPart> {
        let (state, lost) = try await resume(film)
        if case .finished = state { return .found(try published(state, film.request)) }
        guard lost else { return .safeToSend }
        let part = try await findUpload(film.request, since: intent.earliest).map { PublishedPart(id: $0, url: address(of: $0, film.request)) }
        return context.finding(part, complete: true, intent)
    }

    private func published(_ state: UploadState, _ request: PublishRequest) throws -> PublishedPart {
        guard case .finished(let video) = state, let id = video["id"]?.string else {
            throw api.unknown("did not say which video it made", answer: nil)
        }
        var part = PublishedPart(id: id, url: address(of: id, request))
        let (wanted, given) = (request.setting("type") ?? "public", video["status"]?["privacyStatus"]?.string)
        if let given, given != wanted {
            part.note(
                "YouTube made the video \(given) instead of \(wanted): it locks what comes from projects whose use of the API it has not audited.")
        }
        return part
    }

    private func address(of id: String, _ request: PublishRequest) -> String {
        hosts.url(request.kind == "short" ? "https://www.youtube.com/shorts/\(id)" : "https://www.youtube.com/watch?v=\(id)")
    }

    /// The channel's own list of uploads has private videos too, newest first.
    private func findUpload(_ request: PublishRequest, since earliest: Timestamp) async throws -> String? {
        let (credentials, title) = (request.account.credentials, VideoResource(request).title)
        let channel = try await get("/youtube/v3/channels", [("part", "contentDetails"), ("id", request.account.account.id)], credentials)
        guard let uploads = channel["items"]?[0]?["contentDetails"]?["relatedPlaylists"]?["uploads"]?.string else { return nil }
        let list = try await get(
            "/youtube/v3/playlistItems", [("part", "snippet,contentDetails"), ("playlistId", uploads), ("maxResults", "50")], credentials)
        let found = (list["items"]?.array ?? []).first { item in
            let snippet = item["snippet"]
            let made = snippet?["publishedAt"]?.string.flatMap { Timestamp($0) }
            return snippet?["title"]?.string == title && made.map { $0 >= earliest } == true
        }
        return found?["contentDetails"]?["videoId"]?.string ?? found?["snippet"]?["resourceId"]?["videoId"]?.string
    }

    // MARK: When the video is there

    private func state(of id: String, _ credentials: Credentials) async throws -> MediaState {
        let list = try await get("/youtube/v3/videos", [("part", "status,processingDetails"), ("id", id)], credentials)
        guard let video = list["items"]?[0] else {
            throw PlatformError(
                .invalidContent, code: "YOUTUBE_\(Self.notFoundCode)", message: "YouTube does not show the video: it was deleted.",
                patience: ErrorRule.visibility)
        }
        let (status, processing) = (video["status"], video["processingDetails"])
        switch status?["uploadStatus"]?.string {
        case "processed": return .ready
        case "failed": throw notProcessed(status?["failureReason"]?.string ?? processing?["processingFailureReason"]?.string)
        case "rejected": throw rejected(status?["rejectionReason"]?.string)
        case "deleted":
            throw PlatformError(.invalidContent, code: "YOUTUBE_DELETED", message: "The video was deleted at YouTube while it was processed.")
        default:
            let left = processing?["processingProgress"]?["timeLeftMs"]?.count ?? 10_000
            return .processing(checkAfter: .milliseconds(min(max(left, 5_000), 60_000)))
        }
    }

    private func notProcessed(_ reason: String?) -> PlatformError {
        let cause =
            switch reason {
            case "emptyFile": "the file is empty"
            case "tooSmall": "the file is too small"
            case "codec": "it does not know the film's encoding"
            case "invalidFile": "the file is no film that it can read"
            case "uploadAborted": "the upload broke off"
            default: "it could not convert it"
            }
        return PlatformError(
            .invalidContent, code: "YOUTUBE_PROCESSING_FAILED",
            message:
                "YouTube could not process the video: \(cause). Delete it in YouTube Studio, encode the film again (MP4, H.264, AAC) and post it anew."
        )
    }

    private func rejected(_ reason: String?) -> PlatformError {
        let cause =
            switch reason {
            case "duplicate": "it was uploaded before"
            case "length": "it is too long for this channel, which must be verified by phone for more than 15 minutes (youtube.com/verify)"
            case "copyright", "claim", "trademark": "somebody else has rights in it (\(reason ?? ""))"
            case "uploaderAccountSuspended", "uploaderAccountClosed": "the channel is suspended or closed"
            case let reason?: "it breaks YouTube's rules (\(reason))"
            case nil: "no reason is given"
            }
        return PlatformError(
            .invalidContent, code: "YOUTUBE_REJECTED", message: "YouTube rejected the video: \(cause). YouTube Studio tells more.")
    }

    /// Setting it again does no harm. The video is there whatever YouTube says of the picture: a refusal is a note.
    private func setThumbnail(
        _ picture: OutgoingMedia, of id: String, _ request: PublishRequest, _ journal: any StepJournal
    ) async throws -> String? {
        let done = try await journal.step("thumbnail") {
            let url = hosts.url("https://youtube.googleapis.com/upload/youtube/v3/thumbnails/set")
            let query = FormEncoding.encode([("videoId", id), ("uploadType", "media")])
            return try await Extra.refused("The video is published without its thumbnail") {
                _ = try await api.send(signed("POST", "\(url)?\(query)", request.account.credentials, body: .media(picture)))
            }
        }
        return done.note
    }
}
