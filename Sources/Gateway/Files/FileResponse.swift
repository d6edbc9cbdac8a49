import Application
import Crypto
import Domain
import Foundation
import Hummingbird
import NIOCore

/// A stored file or bytes in memory as an answer, with entity tag, conditional requests and ranges (RFC 9110 §13, §14).
public struct FileResponse: Sendable {
    public enum Content: Sendable {
        case stored(MediaFile)
        case bytes(ByteBuffer)

        var size: Int {
            switch self {
            case .stored(let file): file.size
            case .bytes(let buffer): buffer.readableBytes
            }
        }
    }

    let content: Content
    let mimeType: String
    /// Changes whenever the bytes do.
    let entityTag: String
    var headers: HTTPFields

    /// `tag` is any text without quotes that changes whenever the bytes do, such as their digest.
    public init(_ content: Content, mimeType: String, tag: String, cacheControl: String) {
        self.content = content
        self.mimeType = mimeType
        entityTag = "\"\(tag)\""
        headers = [.eTag: entityTag, .cacheControl: cacheControl, .acceptRanges: "bytes"]
    }

    /// Bytes in memory, named by their own digest.
    public init(_ bytes: ByteBuffer, mimeType: String, cacheControl: String) {
        let digest = SHA256.hash(data: bytes.readableBytesView).prefix(16).hexadecimal
        self.init(.bytes(bytes), mimeType: mimeType, tag: digest, cacheControl: cacheControl)
    }

    /// A file that somebody uploaded: it never becomes a page of ours, whatever is in it.
    public static func upload(_ file: MediaFile, tag: String? = nil) -> FileResponse {
        var response = FileResponse(.stored(file), mimeType: file.mimeType, tag: tag ?? file.tag, cacheControl: "private, max-age=86400")
        response.headers[.contentSecurityPolicy] = "default-src 'none'; sandbox"
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.contentDisposition] = disposition(
            file.name, shown: ["image", "video", "audio"].contains(file.mimeType.prefix { $0 != "/" }))
        return response
    }

    /// Throws `RANGE_NOT_SATISFIABLE` for a range beyond the end.
    public func response(to request: Request) async throws -> Response {
        var headers = headers
        if let tags = request.headers[.ifNoneMatch], Self.matches(tags, entityTag) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = mimeType
        switch range(of: request) {
        case .whole:
            return Response(status: .ok, headers: headers, body: try await body(0..<content.size, of: request))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(content.size)"
            return Response(status: .partialContent, headers: headers, body: try await body(Range(range), of: request))
        case .unsatisfiable:
            throw AnsweredProblem(
                ProblemReport(.rangeNotSatisfiable, "The file has only \(content.size) bytes."),
                headers: [.contentRange: "bytes */\(content.size)"])
        }
    }

    /// A range counts for GET only, and not when the file has changed since the first part was fetched.
    private func range(of request: Request) -> ByteRange {
        guard request.method == .get else { return .whole }
        if let condition = request.headers[.ifRange], condition != entityTag { return .whole }
        return ByteRange(request.headers[.range], size: content.size)
    }

    private func body(_ range: Range<Int>, of request: Request) async throws -> ResponseBody {
        guard !range.isEmpty else { return ResponseBody() }
        switch content {
        case .bytes(let buffer):
            return ResponseBody(byteBuffer: buffer.getSlice(at: buffer.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer())
        case .stored(let file):
            // Nothing is fetched for a body that is not sent.
            guard request.method != .head else { return ResponseBody(contentLength: range.count) { writer in try await writer.finish(nil) } }
            let bytes = try await file.bytes(range)
            return ResponseBody(contentLength: range.count) { writer in
                for try await buffer in bytes { try await writer.write(buffer) }
                try await writer.finish(nil)
            }
        }
    }

    /// Weak comparison, as `If-None-Match` wants it: compression has made the tag weak on the way out.
    private static func matches(_ list: String, _ tag: String) -> Bool {
        list.split(separator: ",").map(\.trimmed).contains { $0 == "*" || $0 == tag || $0 == "W/\(tag)" }
    }

    /// `inline` or `attachment` with the name twice: plain ASCII for old clients, UTF-8 for the others (RFC 6266).
    static func disposition(_ name: String, shown: Bool) -> String {
        let plain = String(
            name.unicodeScalars.map { $0.isASCII && $0.value >= 32 && $0.value < 127 && !"\"\\%;".unicodeScalars.contains($0) ? Character($0) : "_" })
        let unreserved = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        let encoded = name.addingPercentEncoding(withAllowedCharacters: unreserved) ?? plain
        return "\(shown ? "inline" : "attachment"); filename=\"\(plain)\"; filename*=UTF-8''\(encoded)"
    }
}
