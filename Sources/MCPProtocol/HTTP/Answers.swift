import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// Why a request is answered without having been looked at further.
struct Refusal: Error, Sendable {
    let status: HTTPResponse.Status
    let error: RPCError
    var id: RequestID?
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ error: RPCError, id: RequestID? = nil, headers: HTTPFields = [:]) {
        self.status = status
        self.error = error
        self.id = id
        self.headers = headers
    }

    init(_ status: HTTPResponse.Status, _ message: String, headers: HTTPFields = [:]) {
        self.init(status, RPCError(.invalidRequest, message), headers: headers)
    }

    static func method(allowed: String) -> Refusal {
        Refusal(.methodNotAllowed, "This address takes \(allowed).", headers: [.allow: allowed])
    }

    static let unknownSession = Refusal(.notFound, "This session is not known or has ended: begin again with initialize, without Mcp-Session-Id.")

    var response: Response { .json(Message.text(error, to: id), status: status, headers: headers) }
}

extension Response {
    static func json(_ text: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        let own: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
        return Response(
            status: status, headers: own.adding(headers),
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// The answer to a request that was decided before anything was said. Throws what the layer above has to answer.
    static func outcome(_ outcome: Outcome, to request: Message.Request, stateless: Bool, headers: HTTPFields = [:]) throws -> Response {
        switch outcome {
        case .result, .error:
            var status = HTTPResponse.Status.ok
            var headers = headers
            if case .error(let error) = outcome {
                status = error.status(stateless: stateless)
                if error.code == .tooMuch { headers[.retryAfter] = "1" }
            }
            return .json(outcome.text(to: request) ?? "", status: status, headers: headers)
        case .needsScopes(let scopes): throw MCPError.insufficientScope(scopes)
        case .cancelled:
            // Who cancelled does not wait for an answer: a stream without events is the one that says nothing.
            let own: HTTPFields = [.contentType: "text/event-stream"]
            return Response(status: .ok, headers: own.adding(headers))
        }
    }

    static let accepted = Response(status: .accepted)
}

extension HTTPField.Name {
    static let sessionId = Self("Mcp-Session-Id")!
    static let protocolVersion = Self("MCP-Protocol-Version")!
    static let mcpMethod = Self("Mcp-Method")!
    static let mcpName = Self("Mcp-Name")!
    static let lastEventId = Self("Last-Event-ID")!
    static let referrerPolicy = Self("Referrer-Policy")!
}

/// Which kinds of answer a request accepts.
struct AcceptedTypes {
    let json: Bool
    let stream: Bool

    init(_ request: Request) {
        let header = request.headers[values: .accept].joined(separator: ",")
        guard !header.trimmingBlanks.isEmpty else {
            (json, stream) = (true, true)
            return
        }
        let ranges = header.split(separator: ",").map { range in
            let parts = range.split(separator: ";").map { String($0).trimmingBlanks.lowercased() }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            return (type: parts.first ?? "", quality: quality)
        }
        func accepts(_ type: String, _ family: String) -> Bool {
            // The most exact range decides.
            let match = ranges.first { $0.type == type } ?? ranges.first { $0.type == family } ?? ranges.first { $0.type == "*/*" }
            return (match?.quality ?? 0) > 0
        }
        json = accepts("application/json", "application/*")
        stream = accepts("text/event-stream", "text/*")
    }
}

extension String {
    var trimmingBlanks: String {
        let isText: (UInt8) -> Bool = { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        guard let first = utf8.firstIndex(where: isText), let last = utf8.lastIndex(where: isText) else { return "" }
        return String(self[first..<utf8.index(after: last)])
    }
}

extension Request {
    /// Reads one or several messages. Throws `Refusal`.
    func messages(upTo limit: Int) async throws -> Message.Arrival {
        let bytes = try await jsonBytes(upTo: limit)
        do { return try Message.read(bytes.readableBytesView) } catch { throw Refusal(.badRequest, error.error, id: error.id) }
    }

    /// The body, which has to say that it is JSON. Throws `Refusal`.
    func jsonBytes(upTo limit: Int) async throws -> ByteBuffer {
        let type = headers[.contentType]?.prefix { $0 != ";" }.lowercased() ?? ""
        guard type.trimmingBlanks == "application/json" else {
            throw Refusal(.unsupportedMediaType, "Send the message as Content-Type: application/json.")
        }
        let tooBig = Refusal(.contentTooLarge, "A message has at most \(limit) bytes here. Give large media by URL.")
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooBig }
        do { return try await body.collect(upTo: limit) } catch is NIOTooManyBytesError { throw tooBig }
    }
}
