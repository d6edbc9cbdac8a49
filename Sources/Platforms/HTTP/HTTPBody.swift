import Domain
import Foundation
import NIOConcurrencyHelpers
import NIOCore

/// A request body of known length, made of bytes and of pieces of media files that are read while they are sent.
public struct HTTPBody: Sendable {
    enum Piece: Sendable {
        case bytes(Data)
        /// `length` bytes that `read` gives: up to `count` of them from `offset`.
        case source(length: Int, read: @Sendable (_ offset: Int, _ count: Int) async throws -> Data)
        /// A whole file in base 64 (RFC 4648 §4).
        case base64(OutgoingMedia)

        var length: Int {
            switch self {
            case .bytes(let data): data.count
            case .base64(let media): (media.media.size + 2) / 3 * 4
            case .source(let length, _): length
            }
        }
    }

    let contentType: String
    let pieces: [Piece]
    public var length: Int { pieces.reduce(0) { $0 + $1.length } }

    init(contentType: String, pieces: [Piece]) {
        self.contentType = contentType
        self.pieces = pieces.filter { $0.length > 0 }
    }

    public static func bytes(_ data: Data, contentType: String) -> HTTPBody { HTTPBody(contentType: contentType, pieces: [.bytes(data)]) }

    /// Throws `EncodingError` for values that JSON cannot hold.
    public static func json(_ value: some Encodable) throws -> HTTPBody {
        .bytes(try JSON.data(value), contentType: "application/json")
    }

    /// JSON in which each text that is a key of `files` stands for that file in base 64, read while it is sent.
    static func json(_ value: some Encodable, files: [String: OutgoingMedia]) throws -> HTTPBody {
        var pieces: [Piece] = []
        var rest = Substring(try JSON.text(value))
        while let next = files.keys.compactMap({ rest.firstRange(of: $0) }).min(by: { $0.lowerBound < $1.lowerBound }),
            let media = files[String(rest[next])]
        {
            pieces += [.bytes(Data(rest[..<next.lowerBound].utf8)), .base64(media)]
            rest = rest[next.upperBound...]
        }
        return HTTPBody(contentType: "application/json", pieces: pieces + [.bytes(Data(rest.utf8))])
    }

    public static func form(_ fields: [(String, String)]) -> HTTPBody {
        .bytes(Data(FormEncoding.encode(fields).utf8), contentType: "application/x-www-form-urlencoded")
    }

    /// `range` of a file, or all of it.
    public static func media(_ media: OutgoingMedia, range: Range<Int>? = nil, contentType: String? = nil) -> HTTPBody {
        HTTPBody(contentType: contentType ?? media.media.mimeType, pieces: [.media(media, range ?? 0..<media.media.size)])
    }

    /// `length` bytes that are read while they are sent: up to `count` of them from `offset`, at least one.
    public static func reading(
        _ length: Int, contentType: String, _ read: @escaping @Sendable (_ offset: Int, _ count: Int) async throws -> Data
    ) -> HTTPBody {
        HTTPBody(contentType: contentType, pieces: [.source(length: length, read: read)])
    }

    /// A file within a form.
    struct FormFile: Sendable {
        let field: String
        let name: String
        let media: OutgoingMedia
        var range: Range<Int>?
    }

    /// `multipart/form-data` (RFC 7578) with one file, read while it is sent.
    static func multipart(
        fields: [(String, String)], file name: String, fileName: String, media: OutgoingMedia, range: Range<Int>? = nil
    ) -> HTTPBody {
        multipart(fields: fields, files: [FormFile(field: name, name: fileName, media: media, range: range)])
    }

    /// `multipart/form-data` (RFC 7578) with files, read while they are sent.
    static func multipart(fields: [(String, String)], files: [FormFile]) -> HTTPBody {
        let boundary = "postiz-\(UUID().uuidString)"
        var head = ""
        for (field, value) in fields {
            head += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"\r\n\r\n\(value)\r\n"
        }
        var pieces = [Piece]()
        for file in files {
            head += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(file.field)\"; filename=\"\(quoted(file.name))\"\r\n"
            head += "Content-Type: \(file.media.media.mimeType)\r\n\r\n"
            pieces += [.bytes(Data(head.utf8)), .media(file.media, file.range ?? 0..<file.media.media.size)]
            head = "\r\n"
        }
        return HTTPBody(
            contentType: "multipart/form-data; boundary=\(boundary)", pieces: pieces + [.bytes(Data("\(head)--\(boundary)--\r\n".utf8))])
    }

    /// A file name as it may stand between quotes: what could end the header is replaced.
    private static func quoted(_ name: String) -> String {
        String(name.map { $0 == "\"" || $0 == "\\" || $0.isNewline ? "_" : $0 })
    }
}

extension HTTPBody.Piece {
    /// `range` of a file.
    static func media(_ media: OutgoingMedia, _ range: Range<Int>) -> HTTPBody.Piece {
        .source(length: range.count) { offset, count in try await media.read(range.lowerBound + offset, count) }
    }
}

/// Notes whether the connection has begun to take the body.
///
/// The body is asked for only when the connection stands and the head is out. While nobody has asked, the other side cannot have
/// acted on a request whose body is not empty: that is how "not sent for certain" is told from "may have been acted on".
final class SendProgress: Sendable {
    private let began = NIOLockedValueBox(false)
    var hasBegun: Bool { began.withLockedValue { $0 } }
    func begin() { began.withLockedValue { $0 = true } }
}

/// The bytes of a small body, which note that the connection takes them.
struct NotingBytes: RandomAccessCollection, Sendable {
    let data: [UInt8]
    let progress: SendProgress

    var startIndex: Int { 0 }
    var endIndex: Int { data.count }

    subscript(index: Int) -> UInt8 {
        progress.begin()
        return data[index]
    }

    func withContiguousStorageIfAvailable<Value>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Value) rethrows -> Value? {
        progress.begin()
        return try data.withContiguousStorageIfAvailable(body)
    }
}

/// The bytes of a body in chunks, each read when the connection asks for it.
struct BodyChunks: AsyncSequence, Sendable {
    static let chunkSize = 256 * 1024
    let body: HTTPBody
    let progress: SendProgress

    func makeAsyncIterator() -> Iterator { Iterator(pieces: body.pieces[...], progress: progress) }

    struct Iterator: AsyncIteratorProtocol {
        var pieces: ArraySlice<HTTPBody.Piece>
        var offset = 0
        let progress: SendProgress

        mutating func next() async throws -> ByteBuffer? {
            progress.begin()
            guard let piece = pieces.first else { return nil }
            let chunk: Data
            switch piece {
            case .bytes(let data):
                chunk = data.dropFirst(offset).prefix(BodyChunks.chunkSize)
            case .source(let length, let read):
                chunk = try await read(offset, Swift.min(BodyChunks.chunkSize, length - offset))
                guard !chunk.isEmpty, chunk.count <= length - offset else { throw UnreadableMedia() }
            case .base64(let media):
                // Chunks are whole groups of four signs, which stand for three bytes each.
                chunk = try await Self.read(media, from: offset / 4 * 3, count: BodyChunks.chunkSize / 4 * 3).base64EncodedData()
            }
            offset += chunk.count
            if offset >= piece.length {
                pieces = pieces.dropFirst()
                offset = 0
            }
            return ByteBuffer(bytes: chunk)
        }

        /// `count` bytes, fewer at the end of the file only.
        private static func read(_ media: OutgoingMedia, from start: Int, count: Int) async throws -> Data {
            var bytes = Data()
            let wanted = Swift.min(count, media.media.size - start)
            while bytes.count < wanted {
                let more = try await media.read(start + bytes.count, wanted - bytes.count)
                guard !more.isEmpty, more.count <= wanted - bytes.count else { throw UnreadableMedia() }
                bytes += more
            }
            return bytes
        }
    }
}

/// A media file ended before its size was reached.
struct UnreadableMedia: Error {}
