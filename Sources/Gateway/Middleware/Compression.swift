import CZlib
import HTTPTypes
import Hummingbird
import NIOCore

/// Gzip for text of some length, except live events.
struct Compression: RouterMiddleware {
    typealias Context = AppRequestContext
    /// Shorter bodies fit into one packet anyway.
    static let smallest = 1024

    func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard Self.compressible(response) else { return response }
        response.headers[values: .vary].append("Accept-Encoding")
        guard request.method != .head, Self.accepted(request.headers[.acceptEncoding] ?? "") else { return response }
        let body = response.body
        response.body = ResponseBody { writer in
            try await body.write(CompressingWriter(parent: writer))
        }
        response.headers[.contentEncoding] = "gzip"
        // The bytes differ from those the strong tag names.
        if let tag = response.headers[.eTag], !tag.hasPrefix("W/") { response.headers[.eTag] = "W/" + tag }
        return response
    }

    static func compressible(_ response: Response) -> Bool {
        guard response.status != .partialContent, response.status != .notModified, !response.headers.contains(.contentEncoding) else {
            return false
        }
        if let length = response.body.contentLength, length < smallest { return false }
        let type = response.headers[.contentType]?.prefix { $0 != ";" }.lowercased() ?? ""
        // Of a stream every event has to be there at once, in whatever way a client or proxy reads it.
        if type == "text/event-stream" { return false }
        return type.hasPrefix("text/")
            || ["application/json", "application/javascript", "application/manifest+json", "image/svg+xml"].contains(type)
    }

    /// Whether an `Accept-Encoding` names gzip (or anything) without refusing it by `q=0`.
    static func accepted(_ header: String) -> Bool {
        let offers = header.lowercased().split(separator: ",").map { offer in
            let parts = offer.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            return (name: parts.first ?? "", quality: quality)
        }
        return (offers.first { $0.name == "gzip" } ?? offers.first { $0.name == "*" }).map { $0.quality > 0 } ?? false
    }
}

/// Compresses what is written to it.
private struct CompressingWriter: ResponseBodyWriter {
    var parent: any ResponseBodyWriter
    let deflater: Deflater

    init(parent: any ResponseBodyWriter) throws {
        self.parent = parent
        deflater = try Deflater()
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        try await parent.write(try deflater.deflate(buffer, Z_SYNC_FLUSH))
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await parent.write(try deflater.deflate(ByteBuffer(), Z_FINISH))
        try await parent.finish(trailingHeaders)
    }
}

/// One gzip stream.
final class Deflater {
    struct Failure: Error { let code: Int32 }
    private var stream = z_stream()

    init() throws {
        // 16 more than the window size asks for a gzip header.
        let code = deflateInit2_(
            &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw Failure(code: code) }
    }

    deinit { deflateEnd(&stream) }

    func deflate(_ input: ByteBuffer, _ flush: Int32) throws -> ByteBuffer {
        var output = ByteBuffer()
        try input.withUnsafeReadableBytes { bytes in
            // zlib never writes through its input pointer.
            stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(bytes.count)
            repeat {
                try output.writeWithUnsafeMutableBytes(minimumWritableBytes: 16 * 1024) { room in
                    stream.next_out = room.bindMemory(to: UInt8.self).baseAddress
                    stream.avail_out = UInt32(room.count)
                    let code = CZlib.deflate(&stream, flush)
                    guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { throw Failure(code: code) }
                    return room.count - Int(stream.avail_out)
                }
            } while stream.avail_out == 0
        }
        return output
    }
}
