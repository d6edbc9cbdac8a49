import Foundation
import NIOCore

/// A multipart body that cannot be read.
struct MalformedUpload: Error {}

/// The head of one part of a multipart body.
struct MultipartPart {
    let name: String
    let fileName: String?
    let contentType: String?
}

/// Reads `multipart/form-data` as it arrives and holds one chunk at most.
struct MultipartReader<Chunks: AsyncIteratorProtocol> where Chunks.Element == ByteBuffer {
    enum Event {
        case part(MultipartPart)
        case data(ByteBuffer)
    }

    private enum State { case betweenParts, inPart, finished }

    private let headerLimit = 16 << 10
    private var chunks: Chunks
    private let delimiter: [UInt8]
    // The first boundary has no line break before it: pretend there was one.
    private var buffer = ByteBuffer(string: "\r\n")
    private var state = State.betweenParts

    init(_ chunks: Chunks, boundary: String) {
        self.chunks = chunks
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    /// The next part's head or a piece of its data; nil after the last boundary.
    mutating func next() async throws -> Event? {
        while true {
            switch state {
            case .finished: return nil
            case .betweenParts:
                guard let head = try partHead() else {
                    if state != .finished { try await more() }
                    continue
                }
                state = .inPart
                return .part(head)
            case .inPart:
                if let data = takeData() { return .data(data) }
                if state == .inPart { try await more() }
            }
        }
    }

    private mutating func more() async throws {
        guard var chunk = try await chunks.next() else { throw MalformedUpload() }
        buffer.discardReadBytes()
        buffer.writeBuffer(&chunk)
    }

    /// Consumes a boundary and the part's headers once all of them are there.
    private mutating func partHead() throws -> MultipartPart? {
        guard let start = find(delimiter) else {
            if buffer.readableBytes > headerLimit { throw MalformedUpload() }
            return nil
        }
        let afterDelimiter = start + delimiter.count
        guard let ending = buffer.getString(at: afterDelimiter, length: 2) else { return nil }
        if ending == "--" {
            state = .finished
            return nil
        }
        guard ending == "\r\n" else { throw MalformedUpload() }
        guard let end = find(Array("\r\n\r\n".utf8), from: afterDelimiter) else {
            if buffer.readableBytes > headerLimit { throw MalformedUpload() }
            return nil
        }
        let headers = buffer.getString(at: afterDelimiter, length: end - afterDelimiter) ?? ""
        buffer.moveReaderIndex(to: end + 4)
        return try Self.part(headers)
    }

    /// Data that surely belongs to the part; nil when more bytes are needed or the part has ended.
    private mutating func takeData() -> ByteBuffer? {
        if let end = find(delimiter) {
            let length = end - buffer.readerIndex
            if length == 0 {
                state = .betweenParts
                return nil
            }
            return buffer.readSlice(length: length)
        }
        let safe = buffer.readableBytes - delimiter.count + 1
        return safe > 0 ? buffer.readSlice(length: safe) : nil
    }

    private func find(_ needle: [UInt8], from start: Int? = nil) -> Int? {
        let base = buffer.readerIndex
        return buffer.withUnsafeReadableBytes { bytes in
            guard let address = bytes.baseAddress else { return nil }
            var index = (start ?? base) - base
            while index + needle.count <= bytes.count {
                guard let hit = memchr(address + index, Int32(needle[0]), bytes.count - needle.count + 1 - index) else { return nil }
                let at = UnsafeRawPointer(hit) - address
                if memcmp(address + at, needle, needle.count) == 0 { return base + at }
                index = at + 1
            }
            return nil
        }
    }

    private static func part(_ headers: String) throws -> MultipartPart {
        var disposition = ""
        var contentType: String?
        for line in headers.components(separatedBy: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2 else { continue }
            switch parts[0].lowercased() {
            case "content-disposition": disposition = parts[1]
            case "content-type": contentType = parts[1]
            default: break
            }
        }
        guard let name = attribute("name", of: disposition) else { throw MalformedUpload() }
        return MultipartPart(name: name, fileName: attribute("filename", of: disposition), contentType: contentType)
    }

    private static func attribute(_ name: String, of disposition: String) -> String? {
        disposition.components(separatedBy: ";").lazy.map { $0.trimmingCharacters(in: .whitespaces) }
            .first { $0.lowercased().hasPrefix(name + "=") }
            .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: CharacterSet(charactersIn: "\"")) }
    }
}

/// A whole upload form: small fields as text, the file swallowed by a `MediaSink`.
struct UploadForm {
    var fields: [String: String] = [:]
    var file: (field: String, name: String?, contentType: String?, part: ReceivedPart)?

    private static let fieldLimit = 64 << 10

    /// `fileField`: the name of the part that is the file; `position`: where its hash goes on.
    static func read(_ call: Call, fileField: String, continuing position: HashPosition? = .start) async throws -> UploadForm {
        guard let range = call.contentType.range(of: "boundary=") else { throw MalformedUpload() }
        let value = call.contentType[range.upperBound...].prefix { $0 != ";" }.trimmingCharacters(in: CharacterSet(charactersIn: "\" "))
        guard !value.isEmpty else { throw MalformedUpload() }
        return try await read(chunks: call.request.body, boundary: value, fileField: fileField, continuing: position)
    }

    static func read<Chunks: AsyncSequence>(
        chunks: Chunks, boundary: String, fileField: String, continuing position: HashPosition? = .start
    ) async throws -> UploadForm where Chunks.Element == ByteBuffer {
        var form = UploadForm()
        var reader = MultipartReader(chunks.makeAsyncIterator(), boundary: boundary)
        var part: MultipartPart?
        var text = ByteBuffer()
        var sink: MediaSink?

        func close() {
            guard let ended = part else { return }
            if let whole = sink {
                form.file = (ended.name, ended.fileName, ended.contentType, whole.finish())
            } else {
                form.fields[ended.name] = String(buffer: text)
            }
        }
        while let event = try await reader.next() {
            switch event {
            case .part(let head):
                close()
                part = head
                text.clear()
                sink = head.name == fileField ? MediaSink(continuing: position) : nil
            case .data(let chunk):
                if sink != nil {
                    sink?.write(chunk)
                } else {
                    guard text.readableBytes + chunk.readableBytes <= fieldLimit else { throw MalformedUpload() }
                    text.writeImmutableBuffer(chunk)
                }
            }
        }
        close()
        return form
    }
}
