import Domain
import Foundation

extension Facebook {
    /// A file that Facebook has, not public yet.
    enum Upload: Sendable {
        /// An unpublished photo.
        case photo(id: String)
        /// The handle of a film for a post.
        case film(handle: String)
        /// The film of a reel or of a story, which has its id before it is public.
        case reel(id: String)

        var photo: String? { if case .photo(let id) = self { id } else { nil } }
    }

    func upload(_ media: OutgoingMedia, step: String, request: PublishRequest, journal: any StepJournal) async throws -> Upload {
        let account = request.account
        guard media.media.kind == .video else { return .photo(id: try await journal.step(step) { try await sendPhoto(media, account) }) }
        switch request.kind {
        case Kind.reel: return try await uploadReel(media, step, "video_reels", account, journal)
        case Kind.story:
            let film = try await uploadReel(media, step, "video_stories", account, journal)
            if case .reel(let id) = film {
                _ = try await context.awaitReady(step, journal, giving: true) { try await state(of: id, account, live: false) }
            }
            return film
        default: return .film(handle: try await uploadFilm(media, step, account, journal))
        }
    }

    /// Unpublished photos vanish by themselves: sending one again does no harm.
    private func sendPhoto(_ media: OutgoingMedia, _ account: ConnectedAccount) async throws -> String {
        var fields = [("published", "false")]
        if let text = media.media.altText, !text.isEmpty { fields.append(("alt_text_custom", text)) }
        let body = HTTPBody.multipart(fields: fields, file: "source", fileName: media.media.name, media: media)
        return try await graph.made(graph.call("POST", "\(account.account.id)/photos", token: token(account), body: body)).id
    }

    // MARK: Films of posts (Resumable Upload API)

    private struct Session: Codable, Sendable {
        let id: String
        let isPersons: Bool
    }

    private func uploadFilm(_ media: OutgoingMedia, _ step: String, _ account: ConnectedAccount, _ journal: any StepJournal) async throws -> String {
        let session = try await journal.secretStep("\(step)-session") { try await openSession(media, account) }
        return try await journal.step(step) {
            let token = session.isPersons ? account.credentials.accessToken : token(account)
            func call(_ method: String, _ body: HTTPBody?, _ headers: [(String, String)]) -> HTTPCall {
                graph.call(method, session.id, token: token, body: body, scheme: "OAuth", headers: headers)
            }
            // Where an earlier try broke, it goes on.
            let known: JSONValue = try await graph.api.value(call("GET", nil, []))
            let offset = min(max(known["file_offset"]?.int ?? 0, 0), media.media.size)
            let body = HTTPBody.media(media, range: offset..<media.media.size, contentType: "application/octet-stream")
            let send = call("POST", body, [("file_offset", String(offset))])
            let answer = try await graph.api.send(send)
            let document: JSONValue = try graph.api.decode(answer, to: send)
            guard let handle = document["h"]?.string else { throw graph.api.unreadable(answer, to: send) }
            return handle
        }
    }

    /// Uploads belong to the app and are documented with a person's token, which ends after two months; a page's does not.
    private func openSession(_ media: OutgoingMedia, _ account: ConnectedAccount) async throws -> Session {
        let form = [("file_name", media.media.name), ("file_length", String(media.media.size)), ("file_type", media.media.mimeType)]
        func open(_ token: String) async throws -> String {
            try await graph.made(graph.posting(form, to: "\(login.appId)/uploads", token: token)).id
        }
        do {
            return Session(id: try await open(account.credentials.accessToken), isPersons: true)
        } catch let error as PlatformError where error.kind == .authentication && account.credentials.accessToken != token(account) {
            return Session(id: try await open(token(account)), isPersons: false)
        }
    }

    // MARK: Reels and stories

    private struct Reel: Codable, Sendable {
        let id: String
        let address: String
    }

    private func uploadReel(
        _ media: OutgoingMedia, _ step: String, _ edge: String, _ account: ConnectedAccount, _ journal: any StepJournal
    ) async throws -> Upload {
        let reel = try await journal.secretStep("\(step)-start") {
            let call = graph.posting([("upload_phase", "start")], to: "\(account.account.id)/\(edge)", token: token(account))
            let answer = try await graph.api.send(call)
            let document: JSONValue = try graph.api.decode(answer, to: call)
            guard let id = document["video_id"]?.string, let address = document["upload_url"]?.string else {
                throw graph.api.unreadable(answer, to: call)
            }
            return Reel(id: id, address: address)
        }
        _ = try await journal.step(step) {
            let status = try await status(of: reel.id, account)["uploading_phase"]
            // Facebook's own spelling, and the one that it may mend to.
            let offset = (status?["bytes_transfered"] ?? status?["bytes_transferred"])?.int ?? 0
            try await graph.sendFilm(media, to: reel.address, from: max(offset, 0), token: token(account))
            return true
        }
        return .reel(id: reel.id)
    }

    func status(of film: String, _ account: ConnectedAccount) async throws -> JSONValue {
        try await graph.get(film, [("fields", "status")], token: token(account))["status"] ?? .null
    }

    /// How far Facebook is with a film; `live`: until it is public, else until it can be published.
    func state(of film: String, _ account: ConnectedAccount, live: Bool) async throws -> MediaState {
        let status = try await status(of: film, account)
        let faults = status["processing_phase"]?["errors"]?.array ?? []
        if !faults.isEmpty || ["error", "expired"].contains(status["video_status"]?.string) {
            let code = faults.first?["code"]?.int ?? 0
            let reason = Self.reelProblems[code] ?? faults.first?["message"]?.string.map { "Facebook could not process the video: \($0)" }
            throw PlatformError(
                .invalidContent, code: "FACEBOOK_MEDIA_PROCESSING_FAILED",
                message: reason ?? "Facebook could not process the video. Encode it again (MP4, H.264, AAC).",
                platformAnswer: try? GraphAPI.json(status))
        }
        if live { return Self.isLive(status) ? .ready : .processing(checkAfter: .seconds(10)) }
        return ["upload_complete", "ready"].contains(status["video_status"]?.string) ? .ready : .processing(checkAfter: .seconds(5))
    }

    static func isLive(_ status: JSONValue) -> Bool { status["publishing_phase"]?["publish_status"]?.string == "published" }
}
