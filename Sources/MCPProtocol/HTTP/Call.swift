import Domain
import Hummingbird
import NIOConcurrencyHelpers

/// One request under way over Streamable HTTP. Its answer is an object if it comes soon and nothing is said before; otherwise the response
/// becomes a stream.
final class Call: Sendable {
    enum Decision: Sendable {
        case answer(Outcome)
        case stream
    }

    let request: Message.Request
    let reader: OpenStream
    private let sink: any MessageSink
    private let opening: @Sendable (OpenStream) async -> Void
    private let decision = Promise<Decision>()
    /// Turns the response into a stream once, before anything is sent on it.
    private let gate = SerialGate()
    private let work = NIOLockedValueBox<(task: Task<Void, Never>?, isCancelled: Bool)>((nil, false))

    /// `opening` begins the stream.
    init(_ request: Message.Request, on sink: any MessageSink, reader: OpenStream, opening: @escaping @Sendable (OpenStream) async -> Void) {
        self.request = request
        self.sink = sink
        self.reader = reader
        self.opening = opening
    }

    /// Does the work on a task of its own: it goes on when the connection breaks. `whenDone` is called after the last message.
    func start(_ work: @escaping @Sendable () async -> Outcome, whenDone: @escaping @Sendable () -> Void) {
        let task = Task {
            let outcome = await work()
            await finish(self.work.withLockedValue(\.isCancelled) ? .cancelled : outcome)
            whenDone()
        }
        let isCancelled = self.work.withLockedValue { state in
            state.task = task
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    /// Says something before the answer.
    func speak(_ message: String) async {
        await becomeStream()
        await sink.send(message)
    }

    /// What says something before the answer; nil where the client takes no stream.
    func voice(_ accepted: AcceptedTypes) -> (@Sendable (String) async -> Void)? {
        guard accepted.stream else { return nil }
        return { await self.speak($0) }
    }

    func becomeStream() async {
        await gate {
            guard !self.decision.isFulfilled else { return }
            await self.opening(self.reader)
            self.decision.fulfil(.stream)
        }
    }

    /// Ends what the client reads, but not the request: the client comes back for the rest.
    func closeStream() async {
        await becomeStream()
        reader.finish()
    }

    /// Stops the work; it is answered by nothing.
    func cancel() {
        let task = work.withLockedValue { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
    }

    private func finish(_ outcome: Outcome) async {
        let isFirst = await gate { self.decision.fulfil(.answer(outcome)) }
        if isFirst { return }
        if let text = outcome.text(to: request) { await sink.send(text) }
        await sink.end()
    }

    /// What the response is to be; nil when the waiting task was cancelled.
    func decided() async -> Decision? { await decision.value() }
}

/// The requests of all peers that are under way in this process, and the limit of each peer.
final class Calls: Sendable {
    private struct Key: Hashable {
        let session: String
        let id: RequestID
    }

    private struct State {
        var calls: [Key: Call] = [:]
        var counts: [String: Int] = [:]
    }

    private let state = NIOLockedValueBox(State())

    /// Takes one of a peer's places; `leave` gives it back. Throws when all are taken.
    func enter(_ peer: String, limit: Int) throws(RPCError) {
        let isFree = state.withLockedValue { state in
            guard state.counts[peer, default: 0] < limit else { return false }
            state.counts[peer, default: 0] += 1
            return true
        }
        guard isFree else { throw RPCError(.tooMuch, "\(limit) requests of this key are under way. Wait for some to end.") }
    }

    func leave(_ peer: String) {
        state.withLockedValue { state in
            let left = state.counts[peer, default: 1] - 1
            state.counts[peer] = left > 0 ? left : nil
        }
    }

    func add(_ call: Call, of session: String) { state.withLockedValue { $0.calls[Key(session: session, id: call.request.id)] = call } }

    func remove(_ call: Call, of session: String) {
        let key = Key(session: session, id: call.request.id)
        state.withLockedValue { if $0.calls[key] === call { $0.calls[key] = nil } }
    }

    /// Tells whether the request was under way in this process.
    @discardableResult
    func cancel(_ id: RequestID, of session: String) -> Bool {
        let call = state.withLockedValue { $0.calls[Key(session: session, id: id)] }
        call?.cancel()
        return call != nil
    }

    /// Cancels everything that a session has under way in this process.
    func cancelAll(of session: String) {
        state.withLockedValue { $0.calls.filter { $0.key.session == session }.values }.forEach { $0.cancel() }
    }
}
