import Domain
import NIOCore

/// What a multipart body (RFC 7578) consists of, in order.
enum MultipartEvent: Equatable {
    case part(MultipartPart)
    case data(ByteBuffer)
    case partEnd
}

/// The head of one part.
public struct MultipartPart: Sendable, Equatable {
    public let name: String
    /// Nil for a plain field.
    public let fileName: String?
    public let contentType: String?
}

/// Takes a multipart body apart as it arrives, whatever the chunks. Holds one chunk and the length of a delimiter.
struct MultipartParser {
    private enum State { case preamble, delimiterTail, headers, body, finished }

    static let largestHead = 16 * 1024
    static let mostParts = 100

    private var state = State.preamble
    private var buffer = ByteBuffer()
    private let delimiter: [UInt8]
    private var parts = 0

    init(boundary: String) {
        delimiter = Array("\r\n--\(boundary)".utf8)
        // The first delimiter has no line before it; with this it looks like the others.
        buffer.writeString("\r\n")
    }

    var isFinished: Bool { state == .finished }

    mutating func feed(_ chunk: ByteBuffer) {
        buffer.discardReadBytes()
        buffer.writeImmutableBuffer(chunk)
    }

    /// The next event; nil when more bytes are needed, or at the end. Throws `BAD_REQUEST` for what is not multipart.
    mutating func next() throws -> MultipartEvent? {
        while true {
            switch state {
            case .finished: return nil
            case .preamble:
                guard try skipPreamble() else { return nil }
            case .delimiterTail:
                guard try readDelimiterTail() else { return nil }
            case .headers:
                return try readHead().map { .part($0) }
            case .body:
                return readBody()
            }
        }
    }

    private mutating func skipPreamble() throws -> Bool {
        if let position = buffer.offset(of: delimiter) {
            buffer.moveReaderIndex(forwardBy: position + delimiter.count)
            state = .delimiterTail
            return true
        }
        // What could not be the beginning of a delimiter is of no interest.
        buffer.moveReaderIndex(forwardBy: max(0, buffer.readableBytes - delimiter.count + 1))
        return false
    }

    /// What follows a delimiter: `--` after the last part, otherwise blanks and the end of the line, which stays for `readHead`.
    private mutating func readDelimiterTail() throws -> Bool {
        let tail = Array(buffer.readableBytesView.prefix(Self.largestHead))
        if tail.starts(with: "--".utf8) {
            state = .finished
            return true
        }
        let blanks = tail.prefix { $0 == 32 || $0 == 9 }.count
        guard tail.count >= blanks + 2 else {
            if blanks > 256 { throw Self.malformed }
            return false
        }
        guard tail[blanks] == 13, tail[blanks + 1] == 10 else { throw Self.malformed }
        buffer.moveReaderIndex(forwardBy: blanks)
        parts += 1
        guard parts <= Self.mostParts else {
            throw ProblemReport(.badRequest, "The upload has more than \(Self.mostParts) parts. Send one file a request.")
        }
        state = .headers
        return true
    }

    private mutating func readHead() throws -> MultipartPart? {
        // A part without headers is an empty line right after the delimiter's.
        guard let end = buffer.offset(of: Array("\r\n\r\n".utf8)) else {
            guard buffer.readableBytes <= Self.largestHead else { throw Self.malformed }
            return nil
        }
        guard end <= Self.largestHead, let text = buffer.readString(length: end) else { throw Self.malformed }
        buffer.moveReaderIndex(forwardBy: 4)
        state = .body
        return MultipartPart(head: text)
    }

    private mutating func readBody() -> MultipartEvent? {
        if let position = buffer.offset(of: delimiter) {
            if position > 0, let data = buffer.readSlice(length: position) { return .data(data) }
            buffer.moveReaderIndex(forwardBy: delimiter.count)
            state = .delimiterTail
            return .partEnd
        }
        let safe = buffer.readableBytes - delimiter.count + 1
        guard safe > 0, let data = buffer.readSlice(length: safe) else { return nil }
        return .data(data)
    }

    private static let malformed = ProblemReport(
        .badRequest, "The upload is not well-formed multipart/form-data. Send it as a browser or curl -F does.")
}

extension ByteBuffer {
    /// Where `pattern` begins, counted from the reader index. Linear in all practical cases: candidates are found by their first byte.
    fileprivate func offset(of pattern: [UInt8]) -> Int? {
        withUnsafeReadableBytes { bytes in
            guard let first = pattern.first else { return 0 }
            let last = bytes.count - pattern.count
            var position = 0
            while position <= last {
                guard let candidate = bytes[position...last].firstIndex(of: first) else { return nil }
                if bytes[candidate..<(candidate + pattern.count)].elementsEqual(pattern) { return candidate }
                position = candidate + 1
            }
            return nil
        }
    }
}

extension MultipartPart {
    /// Reads the headers of a part; unknown ones are ignored.
    init(head: String) {
        var fields: [String: String] = [:]
        for line in head.split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[parts[0].lowercased()] = parts[1].trimmed }
        }
        let disposition = HeaderParameters(fields["content-disposition"] ?? "")
        name = disposition["name"] ?? ""
        fileName = disposition.extended("filename")
        contentType = fields["content-type"]
    }
}

extension Substring {
    var trimmed: String {
        var text = drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
