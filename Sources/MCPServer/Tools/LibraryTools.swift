import Application
import Domain
import NIOCore

struct UploadMediaInput: ToolInput {
    let url: String?
    let data: String?
    let filename: String?
    let altText: String?

    static let descriptions = [
        "url": "A web address from which the file is fetched. Either this or data.",
        "data": "The file itself in base64 (a data: URL is fine too). For large files give url.",
        "filename": "What the file is to be called, such as sunset.jpg; with data.",
        "alt_text": "What the picture shows, for people who cannot see it.",
    ]
}

/// A file as tools show it.
struct MediaCard: Codable, Sendable {
    let id: MediaID
    let name: String
    let kind: MediaKind
    let mimeType: String
    let sizeBytes: Int
    let width: Int?
    let height: Int?
    let durationSeconds: Double?
    let altText: String?
    /// Only for who is signed in.
    let url: String
    let createdAt: Timestamp
}

struct UploadedMedia: ToolOutput {
    struct Acceptance: Codable, Sendable {
        let channel: String
        let id: IntegrationID
        let accepted: Bool
        /// Why not.
        let reason: String?
    }

    let message: String
    let url: String
    let media: MediaCard
    let channels: [Acceptance]
}

struct ConvertMediaInput: ToolInput {
    let media: MediaID
    let channel: String
    let kind: String?

    static let descriptions = [
        "media": "The file's id.", "channel": "The channel that it is for.",
        "kind": "What it becomes there, where the channel takes several kinds.",
    ]
}

struct ConvertedMedia: ToolOutput {
    let message: String
    let url: String
    let state: FilmConversion.State
}

struct ListMediaInput: ToolInput {
    let search: String?
    let type: MediaKind?
    let unused: Bool?
    let limit: Int?
    let cursor: String?

    static let descriptions = [
        "search": "Only files whose name or alternative text contains this.",
        "type": "Only files of this kind.",
        "unused": "true: only files that no post uses.",
        "limit": "How many at most, 1 to 50; the standard is 20.",
        "cursor": "Continues a list: next_cursor of the page before.",
    ]
}

struct MediaList: ToolOutput {
    let message: String
    let url: String
    let media: [MediaCard]
    let nextCursor: String?
}

extension MediaCard {
    init(_ view: MediaView, _ pages: Pages) {
        self.init(
            id: view.id, name: view.name, kind: view.kind, mimeType: view.mimeType, sizeBytes: view.size, width: view.width,
            height: view.height, durationSeconds: view.duration, altText: view.altText, url: pages.absolute(view.url),
            createdAt: view.createdAt)
    }
}

enum LibraryTools {
    static func upload(_ input: UploadMediaInput, _ call: Invocation) async throws -> UploadedMedia {
        let view = try await take(input, call)
        let channels = call.caller.may(.postsRead) ? try await acceptance(view.id, call) : []
        let refusing = channels.filter { !$0.accepted }.map(\.channel)
        let hint = refusing.isEmpty ? "" : " \(refusing.joined(separator: ", ")) cannot take it; channels tells why."
        return UploadedMedia(
            message: "\(view.name) is in the library: name its id in media of create_post.\(hint)", url: call.pages.media,
            media: MediaCard(view, call.pages), channels: channels)
    }

    private static func take(_ input: UploadMediaInput, _ call: Invocation) async throws -> MediaView {
        switch (input.url, input.data) {
        case (let url?, nil): return try await call.services.media.fromURL(url, altText: input.altText, as: call.caller)
        case (nil, let data?):
            return try await call.services.media.upload(
                name: input.filename ?? "file", altText: input.altText, expectedBytes: nil, body: Base64Body(data), as: call.caller)
        default: throw ProblemReport.invalid("url", "Give either url or data (base64).")
        }
    }

    static func convert(_ input: ConvertMediaInput, _ call: Invocation) async throws -> ConvertedMedia {
        let view = try await call.services.convert(input.media, for: input.channel, kind: input.kind, as: call.caller)
        guard let asked = view.conversions.last else { throw ProblemReport.notFound("file") }
        let message =
            switch asked.state {
            case .ready: "It is there: posts to this channel use it."
            case .waiting: "It is being made. Posts to this channel wait for it; validate_post tells when it is there."
            case .failed: "It could not be made."
            }
        return ConvertedMedia(message: message, url: call.pages.media, state: asked.state)
    }

    /// Which channels could publish the file: what a post with nothing else would be refused for.
    private static func acceptance(_ id: MediaID, _ call: Invocation) async throws -> [UploadedMedia.Acceptance] {
        let channels = try await call.services.channels.list(as: call.caller).filter { $0.status != .disabled }
        guard !channels.isEmpty else { return [] }
        let draft = PostDraft(content: "-", platforms: channels.map(\.id.text), mediaIds: [id])
        let problems = try await call.services.posts.validate(draft, as: call.caller)
        return channels.map { channel in
            let reason = problems.first { $0.integrationId == channel.id && $0.mediaId == id && $0.severity == .error }
            let other = problems.first { $0.integrationId == channel.id && $0.severity == .error && mediaCodes.contains($0.code) }
            return .init(
                channel: channel.displayName, id: channel.id, accepted: reason == nil && other == nil, reason: (reason ?? other)?.message)
        }
    }

    private static let mediaCodes: Set<Problem.Code> = [
        .mediaNotAllowed, .tooManyMedia, .mediaType, .mediaTooLarge, .mediaTooSmall, .mediaShape,
        .mediaFormat, .mediaDuration,
    ]

    static func list(_ input: ListMediaInput, _ call: Invocation) async throws -> MediaList {
        let limit = try input.limit.within(1...50, standard: 20, "limit")
        let page = try await call.services.media.list(
            as: call.caller, search: input.search, kind: input.type, used: input.unused == true ? false : nil, cursor: input.cursor, limit: limit)
        let rest = page.nextCursor == nil ? "" : " Call again with cursor next_cursor for the rest."
        return MediaList(
            message: page.items.isEmpty ? "No file fits." : "\(page.items.count) file(s), newest first.\(rest)", url: call.pages.media,
            media: page.items.map { MediaCard($0, call.pages) }, nextCursor: page.nextCursor)
    }
}

/// Base64 as the bytes it stands for, decoded piece by piece while they are stored.
struct Base64Body: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    /// Characters at a time.
    private static let piece = 256 * 1024

    private let text: Substring

    /// Takes plain base64, its URL-safe form, and `data:` URLs; blanks and line breaks are skipped.
    init(_ text: String) {
        guard text.hasPrefix("data:"), let comma = text.firstIndex(of: ",") else {
            self.text = text[...]
            return
        }
        self.text = text[text.index(after: comma)...]
    }

    func makeAsyncIterator() -> Iterator { Iterator(rest: text.utf8) }

    struct Iterator: AsyncIteratorProtocol {
        var rest: Substring.UTF8View
        /// Bits that wait for their byte to be full.
        private var bits: UInt32 = 0
        private var count = 0
        private var ended = false

        init(rest: Substring.UTF8View) { self.rest = rest }

        /// Throws `VALIDATION_FAILED` for what is not base64.
        mutating func next() async throws -> ByteBuffer? {
            while !rest.isEmpty {
                let piece = rest.prefix(Base64Body.piece)
                rest = rest.dropFirst(piece.count)
                let bytes = try decode(piece)
                if !bytes.isEmpty { return ByteBuffer(bytes: bytes) }
            }
            return nil
        }

        private mutating func decode(_ piece: Substring.UTF8View) throws -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(piece.count * 3 / 4 + 1)
            for character in piece {
                if character == UInt8(ascii: "=") {
                    ended = true
                } else if let value = Self.value(character) {
                    guard !ended else { throw Self.mistake }
                    bits = bits << 6 | UInt32(value)
                    count += 6
                    if count >= 8 {
                        count -= 8
                        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                    }
                } else if ![UInt8(ascii: " "), 9, 10, 13].contains(character) {
                    throw Self.mistake
                }
            }
            return bytes
        }

        private static func value(_ character: UInt8) -> UInt8? {
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): character - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): character + 4
            case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
            default: nil
            }
        }

        private static let mistake = ProblemReport.invalid(
            "data", "data is not base64. Encode the file's bytes in base64, or give a web address in url.")
    }
}
