import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// The server's end of the bridge: its address, the key, and the ways to reach it.
struct BridgeWire: Sendable {
    /// Where a conversation stands at the server.
    struct Place: Equatable, Sendable {
        var session: String?
        var revision: String?

        var headers: [(String, String)] {
            [("Mcp-Session-Id", session), ("MCP-Protocol-Version", revision)].compactMap { name, value in value.map { (name, $0) } }
        }
    }

    let endpoint: String
    private let key: String?
    private let client: HTTPClient

    /// A server without a path is asked at `/mcp`.
    init(server: String, key: String?) throws {
        guard let url = URL(string: server), let scheme = url.scheme, ["http", "https"].contains(scheme), url.host()?.isEmpty == false else {
            throw StartProblem("--url must be an address such as https://posts.example.com.")
        }
        let bare = server.hasSuffix("/") ? String(server.dropLast()) : server
        endpoint = url.path.isEmpty || url.path == "/" ? bare + "/mcp" : bare
        guard key != nil || url.path.contains("/api/mcp/") else {
            throw StartProblem("The server wants a key: set POSTIZ_API_KEY to one that its Settings made under API keys.")
        }
        self.key = key
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            // Streams say something every 15 seconds.
            timeout: .init(connect: .seconds(10), read: .seconds(90), write: .seconds(90)))
        configuration.connectionPool.idleTimeout = .seconds(20)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func post(_ text: String, headers: [(String, String)]) async throws -> HTTPClientResponse {
        var request = request(.POST, headers + [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")])
        request.body = .bytes(ByteBuffer(string: text))
        return try await client.execute(request, deadline: .distantFuture)
    }

    /// A stream: the general one, or what is left of the one that broke after `event`.
    func listen(at place: Place, after event: String? = nil) async throws -> HTTPClientResponse {
        let resumption = event.map { [("Last-Event-ID", $0)] } ?? []
        return try await client.execute(
            request(.GET, place.headers + resumption + [("Accept", "text/event-stream")]), deadline: .distantFuture)
    }

    /// Tells the server that nobody comes back to a session.
    func end(_ place: Place) async throws {
        guard place.session != nil else { return }
        _ = try await client.execute(request(.DELETE, place.headers), deadline: .now() + .seconds(2))
    }

    func shutdown() async throws { try await client.shutdown() }

    private func request(_ method: HTTPMethod, _ headers: [(String, String)]) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: endpoint)
        request.method = method
        request.headers.add(name: "User-Agent", value: "Postiz/\(Version.current) (bridge)")
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        return request
    }
}

/// Answers of the server that the client cannot read as they are, as words for the person behind it.
struct BridgeRefusal: Error {
    let status: UInt
    let words: String
    var retryAfter: Int?

    /// `said`: what the server's own error says.
    init(_ response: HTTPClientResponse, said: String? = nil) {
        status = response.status.code
        retryAfter = response.headers.first(name: "Retry-After").flatMap(Int.init)
        words =
            switch status {
            case 401:
                "The server refuses the key. Check POSTIZ_API_KEY; keys are made in its Settings under API keys."
            case 404, 405:
                "There is no MCP server at the address that --url names."
            case 413:
                "The message is larger than the server takes. Upload media by URL instead."
            case 429, 503:
                "The server is busy. Try again\(retryAfter.map { " in \($0) seconds" } ?? " later")."
            case 300..<400:
                "The server redirects elsewhere. Give --url the address it redirects to."
            default: said ?? "The server answered \(status)."
            }
    }

    init(words: String, status: UInt = 0) {
        (self.status, self.words) = (status, words)
    }
}
