import Domain
import Foundation
import Hummingbird
import NIOCore

/// One call of a route, as its handler sees it.
public struct Call: Sendable {
    /// Bytes of a JSON or form body; files are uploaded as streams and have their own limit.
    static let largestBody = 2 * 1024 * 1024

    public let request: Request
    public let context: AppRequestContext
    private let query: FormFields
    /// Nil for a route without a JSON body.
    private let body: RequestSchema?

    /// Throws `VALIDATION_FAILED` for a query parameter that `route` does not declare.
    init(_ request: Request, _ context: AppRequestContext, of route: Route, body: RequestSchema?) throws {
        self.request = request
        self.context = context
        self.body = body
        query = try FormFields(queryOf: request)
        try route.checkNames(of: query)
    }

    /// Who calls. Throws `UNAUTHENTICATED` for an anonymous request.
    public var caller: Caller { get throws { try context.requireCaller() } }

    /// What a client calls this request by, to be able to repeat it.
    public var idempotencyKey: String? { request.headers[.idempotencyKey] }

    /// The value of a declared query parameter; nil when it is absent.
    public subscript<Value>(field: QueryField<Value>) -> Value? {
        get throws {
            let values = query.all(field.parameter.name)
            return values.isEmpty ? nil : try field.read(values)
        }
    }

    /// All query parameters, for calls that pass them on; of those given twice the first.
    public var queryValues: [String: String] { Dictionary(query.pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }) }

    /// A piece of the path. Throws `NOT_FOUND` when it is not text.
    public func path(_ name: String) throws -> String {
        guard let value = context.parameters.get(name)?.removingPercentEncoding, !value.unicodeScalars.contains("\0") else {
            throw ProblemReport.notFound("address")
        }
        return value
    }

    /// An id in the path. Throws `NOT_FOUND` when it is not a UUID: then nothing can have it.
    public func id<Owner>(_ name: String = "id", of what: String) throws -> Identifier<Owner> {
        guard let id = Identifier<Owner>(try path(name)) else { throw ProblemReport.notFound(what) }
        return id
    }

    /// Reads the body as JSON. Throws `UNSUPPORTED_MEDIA`, `INVALID_JSON`, `VALIDATION_FAILED` or `TOO_LARGE`.
    public func read<Input: Decodable>(_ type: Input.Type) async throws -> Input {
        guard let schema = body else { throw SchemaError(type: "A route that declares no JSON body reads \(type)") }
        let body = try await request.wholeBody(upTo: Self.largestBody)
        if let mediaType = request.mediaType, mediaType != "application/json", !mediaType.hasSuffix("+json") {
            throw ProblemReport(.unsupportedMedia, "Send JSON: Content-Type: application/json.")
        }
        guard body.readableBytes > 0 else { throw ProblemReport(.invalidJSON, "The body is empty. Send a JSON object.") }
        try Self.checkJSON(body.readableBytesView)
        let data = Data(body.readableBytesView)
        let given = try JSON.decode(JSONValue.self, from: data)
        let meant = try schema.normalized(given)
        return try JSON.decode(type, from: meant == given ? data : try JSON.data(meant))
    }

    /// The body as it is, for calls whose shapes are not ours; its content type is not looked at. Throws `INVALID_JSON`, `VALIDATION_FAILED`
    /// or `TOO_LARGE`.
    public func json() async throws -> JSONValue {
        let body = try await request.wholeBody(upTo: Self.largestBody)
        guard body.readableBytes > 0 else { throw ProblemReport(.invalidJSON, "The body is empty. Send a JSON object.") }
        try Self.checkJSON(body.readableBytesView)
        return try JSON.decode(JSONValue.self, from: Data(body.readableBytesView))
    }

    static let deepestJSON = 64

    /// Refuses JSON that a decoder or database would choke on: nested without end, or with U+0000 in a text. (A bare one is not JSON.)
    static func checkJSON(_ json: ByteBufferView) throws {
        var (depth, inText, escaped) = (0, false, false)
        for (position, byte) in zip(json.indices, json) {
            if escaped {
                escaped = false
                if byte == UInt8(ascii: "u"), json[position...].starts(with: "u0000".utf8) {
                    throw ProblemReport(.validationFailed, "A text holds the character U+0000, which cannot be stored. Remove it.")
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\\") where inText: escaped = true
            case UInt8(ascii: "\""): inText.toggle()
            case UInt8(ascii: "{") where !inText, UInt8(ascii: "[") where !inText:
                depth += 1
                guard depth <= deepestJSON else {
                    throw ProblemReport(.validationFailed, "The JSON is nested deeper than \(deepestJSON) levels.")
                }
            case UInt8(ascii: "}") where !inText, UInt8(ascii: "]") where !inText: depth -= 1
            default: break
            }
        }
    }
}
