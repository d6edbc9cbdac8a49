import Domain
import HTTPTypes
import Hummingbird
import NIOConcurrencyHelpers

/// The streams of sessions in this process: those of calls, and the one a session may have for what belongs to no call.
final class SessionStreams: Sendable {
    static let callPrefix = "call-"
    static let feedPrefix = "feed-"

    /// How long a feed waits for a reader whose connection broke.
    private static let linger = Duration.seconds(60)
    /// How long a reader is held on a call of another process that says nothing, and how often that is looked after.
    private static let patienceWithOthers = Duration.minutes(10)
    private static let otherProcessPeriod = Duration.seconds(1)

    /// How long a reader waits before it comes back: to an answer at once; to a feed so long that the two tries after which the official
    /// clients give up for good outlast a restart.
    private static let callPause = Duration.seconds(1)
    private static let feedPause = Duration.seconds(10)

    private struct Key: Hashable {
        let session: String
        let stream: String
    }

    private struct State {
        var calls: [Key: (stream: ResumableStream, listening: Task<Void, Never>)] = [:]
        var feeds: [String: SessionFeed] = [:]
    }

    private let shared: Shared
    private let state = NIOLockedValueBox(State())

    init(_ shared: Shared) { self.shared = shared }

    // MARK: - Streams of calls

    /// Makes the stream of a call one that can be resumed, and listens to what other processes get for it.
    func begin(_ stream: ResumableStream, of session: MCPSession, _ peer: Peer, _ reader: OpenStream) async {
        let relayed = peer.sessions.relayed(to: session.id)
        let listening = Task { [self] in
            for await text in relayed {
                if case .one(let message)? = try? Message.read(text.utf8) { _ = receiveHere(message, in: session.id) }
            }
        }
        state.withLockedValue { $0.calls[Key(session: session.id, stream: stream.id)] = (stream, listening) }
        guard session.spoken >= .november2025 else { return reader.send(EventText.opening) }
        await stream.begin()
        reader.send(EventText.priming(stream.id, retry: Self.callPause))
    }

    /// What a stream said is still in the store.
    func end(_ stream: ResumableStream, of session: String) {
        state.withLockedValue { $0.calls.removeValue(forKey: Key(session: session, stream: stream.id)) }?.listening.cancel()
    }

    // MARK: - What clients send

    /// Takes an answer or a cancellation to whoever waits for it, in any process.
    func receive(_ message: Message, in session: String, _ peer: Peer) async {
        guard !receiveHere(message, in: session), let text = message.relayed else { return }
        await peer.sessions.relay(text, to: session)
    }

    private func receiveHere(_ message: Message, in session: String) -> Bool {
        switch message {
        case .response(let id, let answer): return shared.questions.resolve(id, in: session, answer)
        case .notification("notifications/cancelled", let params):
            guard let id = RequestID(params["requestId"]) else { return true }
            return shared.calls.cancel(id, of: session)
        case .notification, .request: return true
        }
    }

    // MARK: - Opening

    /// Answers a GET: continues the stream that the client names, or opens the session's feed.
    func open(_ request: Request, _ session: MCPSession, _ peer: Peer) async throws -> Response {
        let reader = shared.reader(for: peer)
        guard let (stream, number) = Self.place(request.headers[.lastEventId] ?? "") else {
            return await openFeed(request, session, peer, reader)
        }
        if let live = state.withLockedValue({ $0.calls[Key(session: session.id, stream: stream)]?.stream }) {
            await live.resume(reader, after: number)
            reader.whenOver { live.leave(reader) }
            return reader.response(to: request) { reader.finish() }
        }
        guard let missed = try await peer.sessions.events(of: session.id, stream: stream, after: number) else {
            return await openFeed(request, session, peer, reader)
        }
        if stream.hasPrefix(Self.feedPrefix) {
            return await openFeed(request, session, peer, reader, continuing: (stream, number, missed.last?.number ?? number))
        }
        let past = ResumableStream(id: stream, of: session.id, in: peer.sessions, logger: shared.logger)
        reader.send(EventText.opening)
        past.deliver(missed, to: reader)
        if !ResumableStream.hasEnded(missed) { follow(past, after: missed.last?.number ?? number, of: session.id, peer, reader) }
        return reader.response(to: request) { reader.finish() }
    }

    /// A call of another process: its events come by way of the store.
    private func follow(_ stream: ResumableStream, after number: Int, of session: String, _ peer: Peer, _ reader: OpenStream) {
        // Each of them asks the database every second.
        let place = peer.id + " resumed streams"
        do { try shared.calls.enter(place, limit: shared.configuration.maximumCalls) } catch { return reader.finish() }
        let time = shared.time
        let following = Task { [logger = shared.logger] in
            var number = number
            var lastNews = time.now
            defer { reader.finish() }
            do {
                while time.now - lastNews < Self.patienceWithOthers {
                    try await time.sleep(until: time.now + Self.otherProcessPeriod)
                    guard let events = try await peer.sessions.events(of: session, stream: stream.id, after: number) else { return }
                    if let last = stream.deliver(events, to: reader) { (number, lastNews) = (last, time.now) }
                    if ResumableStream.hasEnded(events) { return }
                }
            } catch is CancellationError {
            } catch {
                logger.error("the stream of another process could not be followed", metadata: ["error": "\(error)"])
            }
        }
        reader.whenOver { [shared] in
            following.cancel()
            shared.calls.leave(place)
        }
    }

    /// `call-….7`: the stream and the last event of it that was seen. Numbers that no stream reaches are none of ours: counting goes on from them.
    private static func place(_ id: String) -> (stream: String, number: Int)? {
        guard let dot = id.lastIndex(of: "."), let number = Int32(id[id.index(after: dot)...]), number >= 0 else { return nil }
        return (String(id[..<dot]), Int(number))
    }

    // MARK: - Feeds

    private func openFeed(
        _ request: Request, _ session: MCPSession, _ peer: Peer, _ reader: OpenStream,
        continuing last: (stream: String, seen: Int, kept: Int)? = nil
    ) async -> Response {
        let waiting = last.flatMap { last in state.withLockedValue { $0.feeds[session.id] }.flatMap { $0.stream.id == last.stream ? $0 : nil } }
        let feed: SessionFeed
        if let waiting {
            feed = waiting
        } else {
            let stream = ResumableStream(
                id: last?.stream ?? Self.feedPrefix + RandomName.make(), after: last?.kept ?? 0, of: session.id, in: peer.sessions,
                logger: shared.logger)
            feed = SessionFeed(stream, session, peer, shared.logger)
            // A network that dropped leaves a feed behind that believes in its reader: the new one replaces it, here and elsewhere.
            state.withLockedValue { $0.feeds.updateValue(feed, forKey: session.id) }?.stop()
            await peer.sessions.relay(SessionFeed.opened(stream.id), to: session.id)
            feed.start { [weak self] in self?.forget(feed, of: session.id) }
            if last == nil, session.spoken >= .november2025 { await stream.begin() }
        }
        reader.send(last == nil && session.spoken >= .november2025 ? EventText.priming(feed.stream.id, retry: Self.feedPause) : EventText.opening)
        await feed.stream.resume(reader, after: last?.seen ?? 0)
        reader.whenOver { [keepAlive = shared.keepAlive] in
            feed.stream.leave(reader)
            keepAlive.after(Self.linger) { _ in if feed.stream.reader == nil { feed.stop() } }
        }
        return reader.response(to: request) { reader.finish() }
    }

    private func forget(_ feed: SessionFeed, of session: String) {
        state.withLockedValue { if $0.feeds[session] === feed { $0.feeds[session] = nil } }
    }

    /// The session wants to hear of other things than before.
    func refresh(_ session: MCPSession, _ peer: Peer) async {
        state.withLockedValue { $0.feeds[session.id] }?.refresh(session)
        await peer.sessions.relay(SessionFeed.changed, to: session.id)
    }

    /// The session has ended.
    func close(_ session: String, _ peer: Peer) async {
        shared.calls.cancelAll(of: session)
        state.withLockedValue { $0.feeds[session] }?.stop()
        await peer.sessions.relay(SessionFeed.ended, to: session)
    }
}

extension Message {
    /// As it travels to another process; nil for what concerns no other.
    fileprivate var relayed: String? {
        switch self {
        case .response(let id, .success(let result)): JSONWriter.text(["jsonrpc": "2.0", "id": id.json, "result": result])
        case .response(let id, .failure(let refused)): Self.text(RPCError(.internalError, refused.message), to: id)
        case .notification(let method, let params): Self.notification(method, params)
        case .request: nil
        }
    }
}
