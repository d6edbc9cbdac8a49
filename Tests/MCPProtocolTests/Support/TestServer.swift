import AsyncHTTPClient
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOConcurrencyHelpers
import NIOCore
import TestSupport

@testable import MCPProtocol

/// An installation of one or several processes that offers a `TestContext` at `/mcp` and `/sse`. The header `X-Peer` says who asks.
struct TestServer: Sendable {
    let context: TestContext
    let sessions: MemorySessions
    let ports: [Int]

    static let origin = "https://social.example.com"

    /// Starts `processes` servers that share what is stored, and stops them after `body`.
    static func run(
        processes: Int = 1, time: any TimeSource = SystemTime(), _ adjust: (inout MCPTransportConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        var configuration = MCPTransportConfiguration(origins: OriginPolicy(origins: [origin], hosts: ["127.0.0.1", "localhost"]))
        adjust(&configuration)
        let server = TestServer(context: TestContext(), sessions: MemorySessions(), ports: [])
        try await start(processes, server, configuration, time, ports: []) { ports in
            defer { server.context.release() }
            try await body(TestServer(context: server.context, sessions: server.sessions, ports: ports))
        }
    }

    private static func start(
        _ count: Int, _ server: TestServer, _ configuration: MCPTransportConfiguration, _ time: any TimeSource, ports: [Int],
        _ body: @escaping @Sendable ([Int]) async throws -> Void
    ) async throws {
        guard count > 0 else { return try await body(ports) }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let transports = MCPTransports(configuration: configuration, secret: Array("secret".utf8), time: time, logger: logger)
        let app = Application(
            router: server.router(transports), configuration: .init(address: .hostname("127.0.0.1", port: 0)), logger: logger)
        try await app.test(.live) { client in
            try await start(count - 1, server, configuration, time, ports: ports + [client.port ?? 0], body)
        }
    }

    private func router(_ transports: MCPTransports) -> Router<BasicRequestContext> {
        let router = Router()
        for method in [HTTPRequest.Method.get, .post, .delete, .put] {
            router.on("mcp", method: method) { request, _ in
                do {
                    return try await transports.streamable(request, as: peer(request))
                } catch MCPError.insufficientScope(let scopes) {
                    return Response(status: .forbidden, headers: [.wwwAuthenticate: scopes.joined(separator: " ")])
                }
            }
            router.on("sse", method: method) { request, _ in
                try await transports.openSSE(request, as: peer(request), messagesPath: "/messages")
            }
            router.on("messages", method: method) { request, _ in
                let id = request.uri.queryParameters["sessionId"].map { String($0) }
                return try await transports.postSSE(request, sessionId: id, as: peer(request))
            }
        }
        return router
    }

    private func peer(_ request: Request) -> Peer {
        let id = request.headers[.init("X-Peer")!] ?? "key:1"
        return Peer(id: id, context: context, sessions: sessions.store(for: id))
    }
}

/// What came back.
struct Answer {
    let status: Int
    let headers: [String: String]
    let body: String

    var json: JSONValue { get throws { try JSON.decode(JSONValue.self, from: body) } }
    var result: JSONValue { get throws { try json["result"] ?? .null } }
    var code: Int? { get throws { try json["error"]?["code"]?.int } }
}

extension TestServer {
    /// Patient, because all suites run at the same time; lives as long as the tests.
    private static let client = HTTPClient(configuration: .init(timeout: .init(connect: .minutes(5))))

    static let both = "application/json, text/event-stream"

    /// Sends a request and reads the whole answer.
    func send(
        _ method: String = "POST", _ path: String = "/mcp", body: String? = nil, _ headers: [String: String] = [:], process: Int = 0
    ) async throws -> Answer {
        let response = try await Self.client.execute(request(method, path, body, headers, process), timeout: .seconds(60))
        let body = String(buffer: try await response.body.collect(upTo: 1 << 24))
        let fields = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { $0 + "," + $1 }
        return Answer(status: Int(response.status.code), headers: fields, body: body)
    }

    func send(_ method: String, _ headers: [String: String]) async throws -> Answer { try await send(method, "/mcp", headers) }

    /// Opens a stream; read it with the reader's methods.
    func open(
        _ method: String = "GET", _ path: String = "/mcp", body: String? = nil, _ headers: [String: String] = [:], process: Int = 0
    ) async throws -> EventReader {
        let response = try await Self.client.execute(request(method, path, body, headers, process), timeout: .seconds(60))
        return EventReader(response)
    }

    func open(_ method: String, _ headers: [String: String], process: Int = 0) async throws -> EventReader {
        try await open(method, "/mcp", headers, process: process)
    }

    /// Opens a stream that no one reads, until `readAll`.
    func openUnread(body: String, _ headers: [String: String]) async throws -> UnreadStream {
        UnreadStream(response: try await Self.client.execute(request("POST", "/mcp", body, headers, 0), timeout: .seconds(60)))
    }

    /// Every event that was kept.
    var kept: [MCPStreamEvent] { sessions.all.flatMap { sessions.events(of: $0.id) } }

    private func request(_ method: String, _ path: String, _ body: String?, _ headers: [String: String], _ process: Int) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(ports[process])\(path)")
        request.method = .RAW(value: method)
        var fields = ["Accept": method == "GET" ? "text/event-stream" : Self.both]
        if body != nil { fields["Content-Type"] = "application/json" }
        for (name, value) in fields.merging(headers, uniquingKeysWith: { $1 }) where !value.isEmpty { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        return request
    }

    /// A request of JSON-RPC as text.
    static func rpc(_ method: String, _ params: JSONValue = [:], id: JSONValue = 1) -> String {
        JSONWriter.text(["jsonrpc": "2.0", "id": id, "method": .string(method), "params": params])
    }

    /// Shakes hands and returns the headers that later requests carry.
    func begin(_ revision: Revision = .november2025, capabilities: JSONValue = [:], peer: String = "key:1", process: Int = 0) async throws -> [String:
        String]
    {
        let params: JSONValue = [
            "protocolVersion": .string(revision.rawValue), "capabilities": capabilities, "clientInfo": ["name": "test", "version": "1"],
        ]
        let answer = try await send(body: Self.rpc("initialize", params), ["X-Peer": peer], process: process)
        return ["Mcp-Session-Id": answer.headers["mcp-session-id"] ?? "", "MCP-Protocol-Version": revision.rawValue, "X-Peer": peer]
    }

    static func call(_ tool: String, _ arguments: JSONValue = [:], id: JSONValue = 1, token: JSONValue? = nil) -> String {
        rpc("tools/call", ["name": .string(tool), "arguments": arguments, "_meta": token.map { ["progressToken": $0] } ?? .null], id: id)
    }
}

struct UnreadStream: Sendable {
    let response: HTTPClientResponse

    /// Throws when the response ends before it is complete.
    func readAll() async throws { for try await _ in response.body {} }
}

/// Reads server-sent events as they come.
final class EventReader: Sendable {
    struct Event: Equatable {
        var id: String?
        var name: String?
        var data: String?
        var comment: String?
        var retry: String?

        var json: JSONValue { (try? JSON.decode(JSONValue.self, from: data ?? "")) ?? .null }
    }

    let status: Int
    let headers: [String: String]
    private let reading: Task<Void, Never>
    private let state = NIOLockedValueBox<(events: [Event], isOver: Bool)>(([], false))

    init(_ response: HTTPClientResponse) {
        status = Int(response.status.code)
        headers = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { $0 + "," + $1 }
        reading = Task { [state] in
            var text = ""
            do {
                for try await chunk in response.body {
                    text += String(buffer: chunk)
                    while let end = text.firstRange(of: "\n\n") {
                        let event = Self.event(text[..<end.lowerBound])
                        text.removeSubrange(..<end.upperBound)
                        state.withLockedValue { $0.events.append(event) }
                    }
                }
            } catch {}
            state.withLockedValue { $0.isOver = true }
        }
    }

    private static func event(_ text: Substring) -> Event {
        var event = Event()
        for line in text.split(separator: "\n") {
            if let value = line.value(of: "id: ") { event.id = value }
            if let value = line.value(of: "event: ") { event.name = value }
            if let value = line.value(of: "retry: ") { event.retry = value }
            if let value = line.value(of: "data: ") { event.data = value }
            if let value = line.value(of: ": ") { event.comment = value }
        }
        return event
    }

    var events: [Event] { state.withLockedValue(\.events) }
    var isOver: Bool { state.withLockedValue(\.isOver) }
    /// What was said, without comments and priming.
    var messages: [Event] { events.filter { $0.data?.isEmpty == false } }
    var comments: [String] { events.compactMap(\.comment) }

    /// Waits for as many messages.
    func wait(for count: Int, within limit: Duration = .seconds(30)) async throws -> [Event] {
        try await eventually(within: limit, "\(count) messages, not \(messages)") { messages.count >= count }
        return messages
    }

    func waitForEnd() async throws { try await eventually("the end of the stream") { isOver } }

    /// Drops the connection.
    func drop() { reading.cancel() }
}

extension Substring {
    fileprivate func value(of field: String) -> String? { hasPrefix(field) ? String(dropFirst(field.count)) : nil }
}
