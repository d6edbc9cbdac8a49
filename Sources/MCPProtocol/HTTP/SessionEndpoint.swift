import Domain
import HTTPTypes
import Hummingbird
import NIOConcurrencyHelpers

/// Streamable HTTP of the revisions that begin with a handshake: sessions that outlive connections and processes.
struct SessionEndpoint: Sendable {
    let shared: Shared
    let streams: SessionStreams

    init(_ shared: Shared) {
        self.shared = shared
        streams = SessionStreams(shared)
    }

    func post(_ message: Message, _ request: Request, _ peer: Peer, _ accepted: AcceptedTypes) async throws -> Response {
        if case .request(let call) = message, call.method == "initialize" { return try await initialize(call, request, peer) }
        let session = try await session(of: request, peer)
        guard case .request(let call) = message else {
            await streams.receive(message, in: session.id, peer)
            return .accepted
        }
        return try await answer(call, session, request, peer, accepted)
    }

    private func initialize(_ call: Message.Request, _ request: Request, _ peer: Peer) async throws -> Response {
        let handshake = Handshake(dispatcher: shared.dispatcher(for: peer))
        if let id = request.headers[.sessionId], let known = try await find(id, peer) {
            let conversation = StoredConversation(session: known, peer: peer, shared: shared, streams: streams)
            return try .outcome(await handshake.answer(call, in: conversation, Silence()), to: call, stateless: false, headers: [.sessionId: id])
        }
        try await shared.requireRoom(for: peer)
        let now = shared.time.now
        let conversation = NewConversation(MCPSession(id: RandomName.make(), transport: .streamableHTTP, createdAt: now, lastSeenAt: now))
        let outcome = await handshake.answer(call, in: conversation, Silence())
        guard case .result = outcome else { return try .outcome(outcome, to: call, stateless: false) }
        try await conversation.update { $0.nameProgram(by: request.headers[.userAgent]) }
        try await peer.sessions.create(conversation.session)
        return try .outcome(outcome, to: call, stateless: false, headers: [.sessionId: conversation.session.id])
    }

    private func answer(
        _ request: Message.Request, _ session: MCPSession, _ http: Request, _ peer: Peer, _ accepted: AcceptedTypes
    ) async throws -> Response {
        do { try shared.calls.enter(peer.id, limit: shared.configuration.maximumCalls) } catch {
            return try .outcome(.error(error), to: request, stateless: false)
        }
        let reader = shared.reader(for: peer)
        let stream = ResumableStream(
            id: SessionStreams.callPrefix + RandomName.make(), of: session.id, in: peer.sessions, logger: shared.logger, reader: reader)
        let call = Call(request, on: stream, reader: reader) { [streams] in await streams.begin(stream, of: session, peer, $0) }
        shared.calls.add(call, of: session.id)
        if !accepted.json { await call.becomeStream() }
        let stopWatching = shared.watch(call, accepted)
        let channel = HandshakeChannel(request, in: session, shared.questions, speak: call.voice(accepted)) { await call.closeStream() }
        let conversation = StoredConversation(session: session, peer: peer, shared: shared, streams: streams)
        let handshake = Handshake(dispatcher: shared.dispatcher(for: peer))
        call.start {
            await handshake.answer(request, in: conversation, channel)
        } whenDone: { [shared, streams] in
            stopWatching()
            streams.end(stream, of: session.id)
            shared.calls.remove(call, of: session.id)
            shared.calls.leave(peer.id)
        }
        return try await shared.response(to: call, http, stateless: false)
    }

    /// A batch, which only 2025-03-26 knows. Nothing can be said before its answers.
    func post(_ messages: [Result<Message, Message.Malformed>], _ request: Request, _ peer: Peer) async throws -> Response {
        guard StreamableHTTP.namesHandshake(request), let id = request.headers[.sessionId] else {
            throw Refusal(.badRequest, "Send one message at a time.")
        }
        guard let session = try await find(id, peer) else { throw Refusal.unknownSession }
        guard session.spoken == .march2025 else { throw Refusal(.badRequest, "Send one message at a time: this revision knows no batches.") }
        do { try shared.calls.enter(peer.id, limit: shared.configuration.maximumCalls) } catch {
            throw Refusal(.tooManyRequests, error, headers: [.retryAfter: "1"])
        }
        defer { shared.calls.leave(peer.id) }
        let conversation = StoredConversation(session: session, peer: peer, shared: shared, streams: streams)
        let batch = Batch(handshake: Handshake(dispatcher: shared.dispatcher(for: peer)), questions: shared.questions)
        let answer = await batch.answer(messages, in: conversation) { await streams.receive($0, in: session.id, peer) }
        return answer.map { .json($0) } ?? .accepted
    }

    func open(_ request: Request, _ peer: Peer) async throws -> Response {
        guard AcceptedTypes(request).stream else { throw Refusal(.notAcceptable, "This is a stream: accept text/event-stream.") }
        return try await streams.open(request, try await session(of: request, peer), peer)
    }

    func delete(_ request: Request, _ peer: Peer) async throws -> Response {
        let session = try await session(of: request, peer)
        try await peer.sessions.remove(session.id)
        await streams.close(session.id, peer)
        return Response(status: .noContent)
    }

    // MARK: - Sessions

    /// Throws 400 when none is named, 404 when it is not this peer's.
    private func session(of request: Request, _ peer: Peer) async throws -> MCPSession {
        guard let id = request.headers[.sessionId] else {
            throw Refusal(.badRequest, "Mcp-Session-Id is missing: begin with initialize, and send the id that its answer carries.")
        }
        guard let session = try await find(id, peer) else { throw Refusal.unknownSession }
        return session
    }

    private func find(_ id: String, _ peer: Peer) async throws -> MCPSession? {
        let session = try await peer.sessions.find(id)
        return session?.transport == .streamableHTTP ? session : nil
    }
}

extension MCPSession {
    /// Most programs keep the name that the official library gives them, `mcp`: their User-Agent, such as `google-adk/2.13.0`, tells more.
    mutating func nameProgram(by userAgent: String?) {
        guard clientName == "mcp", let product = userAgent?.split(separator: " ").first?.split(separator: "/", maxSplits: 1), product.count == 2
        else { return }
        (clientName, clientVersion) = (String(product[0].prefix(100)), String(product[1].prefix(50)))
    }
}

/// A session in the store.
struct StoredConversation: Conversation {
    let session: MCPSession
    let peer: Peer
    let shared: Shared
    /// Told of the change.
    let streams: SessionStreams

    func update(_ change: @escaping @Sendable (inout MCPSession) -> Void) async throws {
        let gate = shared.gate(of: session.id)
        let changed = try await gate { [self] in
            guard var current = try await peer.sessions.find(session.id) else { return nil as MCPSession? }
            change(&current)
            try await peer.sessions.save(current)
            return current
        }
        if let changed { await streams.refresh(changed, peer) }
    }
}

/// A session that is not stored yet.
final class NewConversation: Conversation {
    private let state: NIOLockedValueBox<MCPSession>

    init(_ session: MCPSession) { state = NIOLockedValueBox(session) }

    var session: MCPSession { state.withLockedValue { $0 } }
    func update(_ change: @escaping @Sendable (inout MCPSession) -> Void) async throws { state.withLockedValue { change(&$0) } }
}

/// Where nothing can be said before the answer.
struct Silence: ExchangeChannel {
    func progress(_ done: Double, of total: Double?, _ message: String?) async {}
    func log(_ level: LogLevel, logger: String?, _ data: JSONValue) async {}
    func ask(_ question: Question, key: String) async throws -> JSONValue { throw UnsupportedByClient(capability: question.method.capability) }
    func closeStream() async {}
}
