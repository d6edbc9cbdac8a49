import Domain
import HTTPTypes
import Hummingbird
import Logging

/// The protocol over HTTP: Streamable HTTP in both eras, and HTTP+SSE of 2024-11-05. One value serves all peers of a process.
///
/// Requests must come with the body as the server made it: a stream ends when its connection closes, and that is seen there.
public struct MCPTransports: Sendable {
    private let shared: Shared
    private let http: StreamableHTTP
    private let sse: SSEEndpoint

    /// `secret` authenticates what is given to clients to be brought back; all processes of an installation share it.
    public init(configuration: MCPTransportConfiguration, secret: [UInt8], time: any TimeSource, logger: Logger) {
        shared = Shared(configuration: configuration, secret: secret, time: time, logger: logger)
        http = StreamableHTTP(shared)
        sse = SSEEndpoint(shared)
    }

    /// Answers a request of any method to an endpoint of Streamable HTTP.
    ///
    /// Throws `MCPError.insufficientScope` when nothing was written yet, to be answered with 403 and a challenge.
    public func streamable(_ request: Request, as peer: Peer) async throws -> Response {
        try await answer(request) { try await http.respond(to: request, as: peer) }
    }

    /// Answers a request of any method to an endpoint of HTTP+SSE: `GET` opens the stream, which tells to post to `messagesPath`.
    public func openSSE(_ request: Request, as peer: Peer, messagesPath: String) async throws -> Response {
        try await answer(request) { try await sse.open(request, as: peer, messagesPath: messagesPath) }
    }

    /// Takes a message for the stream of `sessionId`, which may be open in another process.
    public func postSSE(_ request: Request, sessionId: String?, as peer: Peer) async throws -> Response {
        try await answer(request) { try await sse.post(request, sessionId: sessionId, as: peer) }
    }

    private func answer(_ request: Request, _ work: () async throws -> Response) async throws -> Response {
        var response: Response
        do {
            if let status = shared.configuration.origins.refusal(of: request) {
                throw Refusal(status, status == .forbidden ? "Web pages of this origin may not talk to this server." : "This server has other names.")
            }
            response = try await work()
        } catch let refusal as Refusal {
            response = refusal.response
        }
        // The address may hold a key.
        response.headers[.referrerPolicy] = "no-referrer"
        return response
    }
}
