import Domain
import Hummingbird
import Logging

/// The protocol over HTTP: Streamable HTTP in both eras, and HTTP+SSE of 2024-11-05. One value serves all peers of a process.
///
/// Requests must come with the body as the server made it: a stream ends when its connection closes, and that is seen there.
public struct MCPTransports: Sendable {
    /// `secret` authenticates what is given to clients to be brought back; all processes of an installation share it.
    public init(configuration: MCPTransportConfiguration, secret: [UInt8], time: any TimeSource, logger: Logger) {
    }

    /// Answers a request of any method to an endpoint of Streamable HTTP.
    ///
    /// Throws `MCPError.insufficientScope` when nothing was written yet, to be answered with 403 and a challenge.
    public func streamable(_ request: Request, as peer: Peer) async throws -> Response { throw HTTPError(.notImplemented) }

    /// Answers a request of any method to an endpoint of HTTP+SSE: `GET` opens the stream, which tells to post to `messagesPath`.
    public func openSSE(_ request: Request, as peer: Peer, messagesPath: String) async throws -> Response { throw HTTPError(.notImplemented) }

    /// Takes a message for the stream of `sessionId`, which may be open in another process.
    public func postSSE(_ request: Request, sessionId: String?, as peer: Peer) async throws -> Response { throw HTTPError(.notImplemented) }
}
