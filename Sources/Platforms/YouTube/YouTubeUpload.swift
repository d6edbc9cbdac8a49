import Domain
import Foundation

/// A film on its way: the session's address is the handle by which YouTube knows the upload, whatever is interrupted. No video exists before
/// its last byte has arrived.
struct YouTubeUpload: Codable, Sendable {
    let session: String
    /// How many bytes YouTube has.
    var offset: Int
}

/// What is uploaded: a film with the step in whose name its sessions are remembered.
struct YouTubeFilm: Sendable {
    let media: OutgoingMedia
    let step: String
    let request: PublishRequest
    let journal: any StepJournal

    var size: Int { media.media.size }
    var credentials: Credentials { request.account.credentials }
}

extension YouTube {
    enum UploadState: Sendable {
        case open(YouTubeUpload)
        case finished(JSONValue)
        /// YouTube does not know the session any more.
        case gone
    }

    /// What one request carries: a multiple of 256 KiB, as all pieces but the last must be.
    static let pieceSize = 8 << 20
    /// Sessions last about a week.
    private static let mostSessions = 5
    private static let uploadDomains = ["googleapis.com"]

    /// Begins the upload and sends all of the film but its last piece.
    func upload(_ film: YouTubeFilm) async throws -> YouTubeUpload {
        let first = YouTubeUpload(session: try await session(1, of: film), offset: 0)
        guard film.size > Self.pieceSize else { return first }
        return try await film.journal.secretStep("\(film.step)-bytes") {
            switch try await resume(film).state {
            case .open(let upload): try await send(upload, of: film, keepingLast: true).upload
            case .finished, .gone: YouTubeUpload(session: first.session, offset: film.size)
            }
        }
    }

    /// Sends what is left, and gives the video that comes of it.
    func finish(_ upload: YouTubeUpload, of film: YouTubeFilm) async throws -> JSONValue {
        let (upload, video) = try await send(upload, of: film, keepingLast: false)
        guard let video else { throw noProgress(upload) }
        return video
    }

    /// Asks for the film's sessions from the first on how far they are; begins a new one where all are lost. `lost`: there was one.
    func resume(_ film: YouTubeFilm) async throws -> (state: UploadState, lost: Bool) {
        for number in 1...Self.mostSessions {
            let upload = YouTubeUpload(session: try await session(number, of: film), offset: film.size)
            let state = try await put(upload, of: film, count: 0)
            if case .gone = state { continue }
            return (state, number > 1)
        }
        throw PlatformError(
            .transient, code: "YOUTUBE_UPLOAD_LOST", message: "YouTube lost the upload \(Self.mostSessions) times. It is tried again later.",
            retryAfter: .hours(1))
    }

    private func send(
        _ upload: YouTubeUpload, of film: YouTubeFilm, keepingLast: Bool
    ) async throws -> (upload: YouTubeUpload, video: JSONValue?) {
        var upload = upload
        while true {
            let left = film.size - upload.offset
            if keepingLast, left <= Self.pieceSize { return (upload, nil) }
            var state = try await put(upload, of: film, count: min(left, Self.pieceSize))
            if case .gone = state { state = try await resume(film).state }
            switch state {
            case .finished(let video): return (upload, video)
            case .open(let next) where next.offset != upload.offset || next.session != upload.session: upload = next
            case .open, .gone: throw noProgress(upload)
            }
        }
    }

    /// One piece from where the upload stands; with `count` 0 only the question how far it is. The answer to the last byte is the video.
    private func put(_ upload: YouTubeUpload, of film: YouTubeFilm, count: Int) async throws -> UploadState {
        let (size, start) = (film.size, upload.offset)
        let isLast = count > 0 && start + count == size
        var call = signed(
            "PUT", upload.session, film.credentials,
            headers: [(name: "Content-Range", value: count == 0 ? "bytes */\(size)" : "bytes \(start)-\(start + count - 1)/\(size)")],
            body: count == 0 ? nil : .media(film.media, range: start..<start + count), effect: isLast ? .creates : .harmless)
        // Whoever has the address can go on with the upload.
        call.secrets.append(upload.session)
        let answer = try await api.send(call, accepting: [308, 404, 410])
        switch answer.status {
        case 308: return .open(YouTubeUpload(session: upload.session, offset: Self.received(answer)))
        case 404, 410: return .gone
        default: return .finished(try api.decode(answer, to: call))
        }
    }

    /// How many bytes are there: `Range: bytes=0-499` means 500; without it none.
    private static func received(_ answer: HTTPAnswer) -> Int {
        guard let last = answer.headers["range"]?.wholeMatch(of: /bytes=0-(\d+)/).flatMap({ Int($0.output.1) }) else { return 0 }
        return last + 1
    }

    private func noProgress(_ upload: YouTubeUpload) -> PlatformError {
        PlatformError(
            .transient, code: "YOUTUBE_UPLOAD_STUCK",
            message: "YouTube took no more of the film after \(upload.offset) bytes. It goes on from there later.")
    }

    /// The session's address, asked for once and remembered: what is wrong with title, description or settings shows here.
    private func session(_ number: Int, of film: YouTubeFilm) async throws -> String {
        try await film.journal.secretStep(number == 1 ? film.step : "\(film.step)-session-\(number)") {
            let resource = VideoResource(film.request)
            var call = signed(
                "POST",
                hosts.url("https://youtube.googleapis.com/upload/youtube/v3/videos") + "?"
                    + FormEncoding.encode([
                        ("uploadType", "resumable"), ("part", resource.parts), ("notifySubscribers", String(resource.notifies)),
                    ]), film.credentials,
                headers: [
                    (name: "X-Upload-Content-Type", value: film.media.media.mimeType), (name: "X-Upload-Content-Length", value: String(film.size)),
                ])
            call.body = .bytes(try JSON.data(resource.body), contentType: "application/json; charset=UTF-8")
            let answer = try await api.send(call)
            return try api.uploadAddress(answer.headers["location"], at: hosts, Self.uploadDomains)
        }
    }
}

/// What is told of a video when it is uploaded.
struct VideoResource: Sendable {
    let title: String
    let parts: String
    let notifies: Bool
    let body: JSONValue

    init(_ request: PublishRequest) {
        title = request.setting("title") ?? ""
        notifies = request.settings["notifySubscribers"]?.bool ?? true
        var snippet: [String: JSONValue] = ["title": .string(title), "description": .string(request.parts.first?.text ?? "")]
        snippet["categoryId"] = request.setting("categoryId").map { .string($0) }
        for name in ["defaultLanguage", "defaultAudioLanguage"] { snippet[name] = request.setting("language").map { .string($0) } }
        let tags = Keywords.list(request.setting("tags") ?? "")
        if !tags.isEmpty { snippet["tags"] = .array(tags.map { .string($0) }) }
        var status: [String: JSONValue] = [
            // Without it YouTube would make the video public.
            "privacyStatus": .string(request.setting("type") ?? "public"),
            "selfDeclaredMadeForKids": .bool(request.setting("selfDeclaredMadeForKids") == "yes"),
        ]
        status["license"] = request.setting("license").map { .string($0) }
        for name in ["embeddable", "publicStatsViewable", "containsSyntheticMedia"] {
            status[name] = request.settings[name]?.bool.map { .bool($0) }
        }
        var resource: [String: JSONValue] = ["snippet": .object(snippet), "status": .object(status)]
        if request.toggle("hasPaidProductPlacement") { resource["paidProductPlacementDetails"] = ["hasPaidProductPlacement": true] }
        if let day = request.setting("recordingDate") { resource["recordingDetails"] = ["recordingDate": .string("\(day)T00:00:00Z")] }
        resource["localizations"] = Self.translations(request, of: title)
        parts = resource.keys.sorted().joined(separator: ",")
        body = .object(resource)
    }

    /// Title and description by language: where one is given, the other is that of the video.
    private static func translations(_ request: PublishRequest, of title: String) -> JSONValue? {
        let titles = byLanguage(request.setting("localizedTitles"))
        let descriptions = byLanguage(request.setting("localizedDescriptions"))
        let languages = Set(titles.keys).union(descriptions.keys).map { language -> (String, JSONValue) in
            let description = descriptions[language] ?? request.parts.first?.text ?? ""
            return (language, ["title": .string(titles[language] ?? title), "description": .string(description)])
        }
        return languages.isEmpty ? nil : .object(Dictionary(uniqueKeysWithValues: languages))
    }

    /// `de: Tee | fr: Thé` by language.
    private static func byLanguage(_ list: String?) -> [String: String] {
        let texts = (list ?? "").split(separator: "|").compactMap { text -> (String, String)? in
            let halves = text.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            return halves.count == 2 ? (halves[0], halves[1]) : nil
        }
        return Dictionary(texts) { $1 }
    }
}
