import Domain
import Hummingbird
import NIOCore

/// Reads a multipart body part by part while it arrives: memory stays constant whatever its size.
///
///     while let part = try await reader.nextPart() { … for try await chunk in PartBody(reader) … }
public actor MultipartReader<Body: AsyncSequence & Sendable> where Body.Element == ByteBuffer {
    private var iterator: Body.AsyncIterator
    /// Nil until the boundary is known.
    private var parser: MultipartParser?
    private var opening = ByteBuffer()
    private var insidePart = false

    public init(_ body: Body, boundary: String) {
        iterator = body.makeAsyncIterator()
        parser = MultipartParser(boundary: boundary)
    }

    /// Of a body whose `Content-Type` hides what it is: the boundary is taken from its first line (RFC 2046 §5.1.1).
    public init(tellingBoundaryItself body: Body) {
        iterator = body.makeAsyncIterator()
    }

    /// Skips what is left of the current part. Nil after the last one. Throws `UPLOAD_INCOMPLETE` when the body ends too early.
    public func nextPart() async throws -> MultipartPart? {
        while try await nextChunk() != nil {}
        guard case .part(let part)? = try await nextEvent() else { return nil }
        insidePart = true
        return part
    }

    /// The next bytes of the current part; nil at its end.
    public func nextChunk() async throws -> ByteBuffer? {
        guard insidePart else { return nil }
        if case .data(let chunk)? = try await nextEvent() { return chunk }
        insidePart = false
        return nil
    }

    /// The current part as text. Throws `TOO_LARGE` beyond `limit` bytes.
    public func text(limit: Int = 64 * 1024) async throws -> String {
        var text = ByteBuffer()
        while let chunk = try await nextChunk() {
            guard text.readableBytes + chunk.readableBytes <= limit else {
                throw ProblemReport(.tooLarge, "A field of the form is longer than \(limit) bytes.")
            }
            text.writeImmutableBuffer(chunk)
        }
        return String(buffer: text)
    }

    private func nextEvent() async throws -> MultipartEvent? {
        while true {
            if let event = try parser?.next() { return event }
            if parser?.isFinished ?? false { return nil }
            var iterator = iterator
            let next = try await iterator.next(isolation: self)
            self.iterator = iterator
            guard let chunk = next else {
                throw ProblemReport(.uploadIncomplete, "The upload broke off before its end. Send it again.")
            }
            try feed(chunk)
        }
    }

    private func feed(_ chunk: ByteBuffer) throws {
        guard parser == nil else {
            parser?.feed(chunk)
            return
        }
        opening.writeImmutableBuffer(chunk)
        let line = opening.readableBytesView.prefix(while: { $0 != UInt8(ascii: "\r") })
        guard "--".utf8.starts(with: line.prefix(2)), line.count <= Self.longestBoundary + 2 else {
            throw ProblemReport(.badRequest, "The body is no form with a file. Send multipart/form-data with a part \"file\".")
        }
        guard line.count > 2, line.count < opening.readableBytes else { return }
        parser = MultipartParser(boundary: String(decoding: line.dropFirst(2), as: UTF8.self))
        parser?.feed(opening)
        opening.clear()
    }

    static var longestBoundary: Int { 200 }
}

/// The bytes of the reader's current part.
public struct PartBody<Body: AsyncSequence & Sendable>: AsyncSequence, Sendable where Body.Element == ByteBuffer {
    public typealias Element = ByteBuffer
    let reader: MultipartReader<Body>

    public init(_ reader: MultipartReader<Body>) { self.reader = reader }

    public func makeAsyncIterator() -> Iterator { Iterator(reader: reader) }

    public struct Iterator: AsyncIteratorProtocol {
        let reader: MultipartReader<Body>
        public mutating func next() async throws -> ByteBuffer? { try await reader.nextChunk() }
    }
}

extension Request {
    /// A reader of this request's `multipart/form-data` body; nil when it has another content type.
    public func multipart() -> MultipartReader<RequestBody>? {
        guard mediaType == "multipart/form-data", let boundary = HeaderParameters(headers[.contentType] ?? "")["boundary"],
            (1...MultipartReader<RequestBody>.longestBoundary).contains(boundary.utf8.count)
        else { return nil }
        return MultipartReader(body, boundary: boundary)
    }
}
