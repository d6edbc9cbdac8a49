import Domain
import Hummingbird
import NIOConcurrencyHelpers

/// HTTP+SSE of 2024-11-05: everything the server says goes out on one stream, and everything the client says is posted beside it, at
/// whichever process it reaches. The session lives as long as the stream.
final class SSEEndpoint: Sendable {
    private struct Line: Sendable {
        let peer: String
        let server: LineServer
    }

    private let shared: Shared
    private let lines = NIOLockedValueBox<[String: Line]>([:])

    init(_ shared: Shared) { self.shared = shared }

    func open(_ request: Request, as peer: Peer, messagesPath: String) async throws -> Response {
        guard request.method == .get else { throw Refusal.method(allowed: "GET") }
        guard AcceptedTypes(request).stream else { throw Refusal(.notAcceptable, "This is a stream: accept text/event-stream.") }
        try await shared.requireRoom(for: peer)
        let now = shared.time.now
        let session = MCPSession(id: RandomName.make(), transport: .sse, createdAt: now, lastSeenAt: now)
        try await peer.sessions.create(session)
        let reader = shared.reader(for: peer)
        let server = LineServer(
            peer: peer.id, context: peer.context, states: shared.states, questions: shared.questions,
            conversation: LineConversation(session) { try await peer.sessions.save($0) }, speaksStateless: false, logger: shared.logger
        ) { reader.send(EventText.message($0)) }
        reader.send("event: endpoint\ndata: \(shared.configuration.messagesBase ?? "")\(messagesPath)?sessionId=\(session.id)\n\n")
        lines.withLockedValue { $0[session.id] = Line(peer: peer.id, server: server) }
        let relayed = peer.sessions.relayed(to: session.id)
        let receiving = Task { for await message in relayed { await server.receive(message) } }
        reader.whenOver { [self] in
            receiving.cancel()
            Task { await close(session.id, peer) }
        }
        return reader.response(to: request) { reader.finish() }
    }

    func post(_ request: Request, sessionId: String?, as peer: Peer) async throws -> Response {
        guard request.method == .post else { throw Refusal.method(allowed: "POST") }
        guard let id = sessionId else { throw Refusal(.badRequest, "sessionId is missing: post to the address that the stream names first.") }
        let line = lines.withLockedValue { $0[id] }.flatMap { $0.peer == peer.id ? $0 : nil }
        if line == nil {
            guard try await peer.sessions.find(id)?.transport == .sse else {
                throw Refusal(.notFound, "The stream of this session is closed or was never open: open one, and post to the address it names.")
            }
        }
        let text = try await request.checkedText(upTo: shared.configuration.maximumBodyBytes)
        if let line { await line.server.receive(text) } else { await peer.sessions.relay(text, to: id) }
        return .accepted
    }

    private func close(_ id: String, _ peer: Peer) async {
        let line = lines.withLockedValue { $0.removeValue(forKey: id) }
        await line?.server.close()
        do { try await peer.sessions.remove(id) } catch {
            shared.logger.error("a session that ended could not be removed", metadata: ["error": "\(error)"])
        }
    }
}

extension Request {
    /// A body that is one or several messages, as it was written. Throws `Refusal`.
    fileprivate func checkedText(upTo limit: Int) async throws -> String {
        let bytes = try await jsonBytes(upTo: limit)
        do { _ = try Message.read(bytes.readableBytesView) } catch { throw Refusal(.badRequest, error.error, id: error.id) }
        return String(buffer: bytes)
    }
}
