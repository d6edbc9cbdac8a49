import Domain
import Foundation
import Hummingbird
import NIOCore

/// The fields of a query or of a submitted form (`application/x-www-form-urlencoded`), in the order they came.
public struct FormFields: Sendable, Equatable {
    public let pairs: [Pair]
    public struct Pair: Sendable, Equatable {
        public let name: String
        public let value: String
    }

    /// Throws `VALIDATION_FAILED` for text that no database can hold: bytes that are not UTF-8, or the character U+0000.
    public init(_ text: String) throws {
        pairs = try text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return Pair(name: try Self.decoded(parts[0]), value: try Self.decoded(parts.count == 2 ? parts[1] : ""))
        }
    }

    public init(queryOf request: Request) throws { try self.init(request.uri.query ?? "") }

    /// The value of the first field called `name`.
    public subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }
    public func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    private static func decoded(_ text: String) throws -> String {
        // Most names and values are plain: Foundation would make three texts of each.
        if !text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") || $0 == 0 }) { return text }
        guard let value = text.replacing("+", with: " ").removingPercentEncoding, !value.unicodeScalars.contains("\0") else {
            throw ProblemReport(.validationFailed, "A field holds bytes that are not UTF-8 text, or the character U+0000. Remove them.")
        }
        return value
    }
}

extension Request {
    /// Reads the body as a form and puts it back, so that it can be read again. Throws `TOO_LARGE` beyond 2 MB.
    public mutating func form() async throws -> FormFields {
        try FormFields(String(buffer: try await keptBody(upTo: Call.largestBody)))
    }

    /// Reads the body. Throws `TOO_LARGE` when it is announced as longer than `limit` bytes, before anything is read, or turns out to be.
    public func wholeBody(upTo limit: Int) async throws -> ByteBuffer {
        var request = self
        return try await request.keptBody(upTo: limit)
    }

    /// The same, and puts it back.
    mutating func keptBody(upTo limit: Int) async throws -> ByteBuffer {
        let tooLarge = ProblemReport.bodyTooLarge(limit)
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        do { return try await collectBody(upTo: limit) } catch is NIOTooManyBytesError { throw tooLarge }
    }

    public var isForm: Bool { mediaType == "application/x-www-form-urlencoded" }
    /// The content type without its parameters, in lower case.
    public var mediaType: String? {
        headers[.contentType].map { $0.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased() }
    }
    /// Whether this is a browser going to a page rather than a program asking for data.
    public var wantsPage: Bool { headers[.accept]?.contains("text/html") ?? false }
}
