import Domain
import Logging
import NIOConcurrencyHelpers

/// A conversation over a pair of ordered channels, one message a line: standard input and output, or a stream with posts beside it.
/// It speaks both eras; each request says which one it belongs to.
public final class LineServer: Sendable {
    /// Requests that are answered at the same time.
    private static let maximumCalls = 64
    /// They change the session, so that what comes after them must wait for them.
    private static let sessionMethods: Set<String> = ["initialize", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"]

    private struct State {
        var calls: [RequestID: Task<Void, Never>] = [:]
        /// Stay open until they are cancelled.
        var subscriptions: [RequestID: Task<Void, Never>] = [:]
        var telling: Task<Void, Never>?
        var isClosed = false
    }

    private let peer: String
    private let dispatcher: Dispatcher
    private let states: RequestState
    private let questions: Questions
    private let conversation: LineConversation
    private let speaksStateless: Bool
    private let send: @Sendable (String) async -> Void
    /// One message after the other.
    private let gate = SerialGate()
    private let state = NIOLockedValueBox(State())

    /// `send` is called with one message at a time, without line break, in the order in which they go out.
    public convenience init(
        context: any ModelContext, secret: [UInt8], time: any TimeSource, logger: Logger, send: @escaping @Sendable (String) async -> Void
    ) {
        let session = MCPSession(id: RandomName.make(), transport: .sse, createdAt: time.now, lastSeenAt: time.now)
        self.init(
            peer: "line", context: context, states: RequestState(secret: secret, time: time),
            questions: Questions(time: time, limit: .minutes(10)), conversation: LineConversation(session) { _ in }, speaksStateless: true,
            logger: logger, send: send)
    }

    init(
        peer: String, context: any ModelContext, states: RequestState, questions: Questions, conversation: LineConversation,
        speaksStateless: Bool, logger: Logger, send: @escaping @Sendable (String) async -> Void
    ) {
        self.peer = peer
        dispatcher = Dispatcher(context: context, logger: logger)
        self.states = states
        self.questions = questions
        self.conversation = conversation
        self.speaksStateless = speaksStateless
        self.send = send
    }

    /// Takes one message. Returns when it is understood: requests are answered later, several at a time.
    public func receive(_ message: String) async {
        do {
            switch try Message.read(message.utf8) {
            case .one(let message): await receive(message)
            case .batch(let messages): await receive(messages)
            }
        } catch {
            await say(error.text)
        }
    }

    private func receive(_ message: Message) async {
        switch message {
        case .response(let id, let answer): _ = questions.resolve(id, in: conversation.session.id, answer)
        case .notification("notifications/cancelled", let params): if let id = RequestID(params["requestId"]) { cancel(id) }
        case .notification: break
        case .request(let request) where RequestClaims.names(request.params): await receiveStateless(request)
        case .request(let request) where Self.sessionMethods.contains(request.method):
            listen()
            await say(await handshake.answer(request, in: conversation, Silence()).text(to: request))
        case .request(let request):
            listen()
            let channel = HandshakeChannel(request, in: conversation.session, questions, speak: { [weak self] in await self?.say($0) })
            start(request) { [handshake, conversation] in await handshake.answer(request, in: conversation, channel) }
        }
    }

    private func receive(_ messages: [Result<Message, Message.Malformed>]) async {
        guard conversation.session.spoken == .march2025 else {
            return await say(Message.text(RPCError(.invalidRequest, "Send one message at a time."), to: nil))
        }
        let batch = Batch(handshake: handshake, questions: questions)
        await say(await batch.answer(messages, in: conversation) { [self] in await receive($0) })
    }

    private var handshake: Handshake { Handshake(dispatcher: dispatcher) }

    // MARK: - The stateless era

    private func receiveStateless(_ request: Message.Request) async {
        let claims: RequestClaims
        do {
            claims = try RequestClaims(request.params)
            guard speaksStateless else { throw RPCError.unknownMethod(request.method) }
            try claims.checkRevision()
        } catch {
            return await say(Message.text(error as? RPCError ?? .internalError, to: request.id))
        }
        guard request.method != "subscriptions/listen" else { return await subscribe(request) }
        let era = Stateless(dispatcher: dispatcher, states: states, peer: peer)
        let speak: @Sendable (String) async -> Void = { [weak self] in await self?.say($0) }
        start(request) { await era.answer(request, claims, speak: speak) }
    }

    private func subscribe(_ request: Message.Request) async {
        let subscription: Subscription
        do { subscription = try Subscription(request) } catch { return await say(Message.text(error, to: request.id)) }
        let changes = dispatcher.context.changes()
        await say(subscription.acknowledgement)
        let telling = Task { [weak self] in
            for await change in changes {
                for message in subscription.messages(about: change) { await self?.say(message) }
            }
        }
        state.withLockedValue { $0.subscriptions.updateValue(telling, forKey: request.id) }?.cancel()
    }

    // MARK: - Requests under way

    private func start(_ request: Message.Request, _ work: @escaping @Sendable () async -> Outcome) {
        let isFree = state.withLockedValue { state in
            guard !state.isClosed, state.calls.count < Self.maximumCalls else { return false }
            state.calls[request.id] = Task { [weak self] in
                let outcome = await work()
                // A request that was cancelled is not answered.
                if !Task.isCancelled { await self?.say(outcome.text(to: request)) }
                self?.state.withLockedValue { $0.calls[request.id] = nil }
            }
            return true
        }
        guard !isFree else { return }
        Task { await say(Message.text(RPCError(.tooMuch, "\(Self.maximumCalls) requests are under way. Wait for some to end."), to: request.id)) }
    }

    private func cancel(_ id: RequestID) {
        state.withLockedValue { $0.calls[id] ?? $0.subscriptions.removeValue(forKey: id) }?.cancel()
    }

    /// Begins to tell the session what it wants to know (handshake era).
    private func listen() {
        state.withLockedValue { state in
            guard state.telling == nil, !state.isClosed else { return }
            let changes = dispatcher.context.changes()
            state.telling = Task { [weak self] in
                for await change in changes { await self?.tell(change) }
            }
        }
    }

    private func tell(_ change: Change) async {
        // Before the handshake nobody knows what the client can bear.
        guard conversation.session.revision != nil else { return }
        for message in conversation.session.messages(about: change) { await say(message) }
    }

    private func say(_ message: String?) async {
        guard let message else { return }
        await gate {
            if !self.state.withLockedValue(\.isClosed) { await self.send(message) }
        }
    }

    // MARK: - The end

    /// Waits until all requests are answered, except subscriptions, which stay open.
    public func drain() async {
        while let call = state.withLockedValue({ $0.calls.values.first }) { await call.value }
    }

    /// Ends the conversation: cancels what runs and sends nothing any more.
    public func close() async {
        let tasks = state.withLockedValue { state in
            state.isClosed = true
            return Array(state.calls.values) + Array(state.subscriptions.values) + [state.telling].compactMap { $0 }
        }
        tasks.forEach { $0.cancel() }
    }
}

/// A session that lives with its conversation. `whenChanged` is told what it has become.
final class LineConversation: Conversation {
    private let state: NIOLockedValueBox<MCPSession>
    private let whenChanged: @Sendable (MCPSession) async throws -> Void

    init(_ session: MCPSession, whenChanged: @escaping @Sendable (MCPSession) async throws -> Void) {
        state = NIOLockedValueBox(session)
        self.whenChanged = whenChanged
    }

    var session: MCPSession { state.withLockedValue { $0 } }

    func update(_ change: @escaping @Sendable (inout MCPSession) -> Void) async throws {
        try await whenChanged(
            state.withLockedValue { session in
                change(&session)
                return session
            })
    }
}
