import NIOConcurrencyHelpers

/// Brings short messages to everyone who listens at that moment, in all processes. Nothing is kept: who must not miss anything looks into
/// the database as well.
public protocol Broadcast: Sendable {
    /// Returns at once; listeners of this process have the message then, those of other processes within a moment.
    func send(_ payload: String, to topic: String) async
    /// What is sent to `topic` from now on, in the order in which each process sent it. A listener that does not keep up loses the oldest
    /// (at most 256 are kept for it). An empty one says that some may have been missed, of other processes or by this listener: look into the
    /// database.
    func messages(on topic: String) -> AsyncStream<String>
    /// Begins to hear other processes; otherwise that begins, a moment late, with the first listener.
    func open() async
    /// Sends what waits and lets go of connections. What is sent afterwards reaches this process alone.
    func close() async
}

/// Messages within one process.
public struct LocalBroadcast: Broadcast {
    private let listeners = TopicListeners()

    public init() {}

    package var listenerCount: Int { listeners.count }

    public func send(_ payload: String, to topic: String) async { listeners.deliver(payload, to: topic) }
    public func messages(on topic: String) -> AsyncStream<String> { listeners.listen(to: topic) }
    public func open() async {}
    public func close() async {}
}

/// The listeners of this process.
final class TopicListeners: Sendable {
    private static let mostKept = 256

    private struct State {
        var nextListener = 0
        var listeners: [String: [Int: AsyncStream<String>.Continuation]] = [:]
    }
    private let state = NIOLockedValueBox(State())

    var count: Int { state.withLockedValue { $0.listeners.values.reduce(0) { $0 + $1.count } } }

    func has(_ topic: String) -> Bool { state.withLockedValue { $0.listeners[topic] != nil } }

    func deliver(_ payload: String, to topic: String) {
        let listeners = state.withLockedValue { Array(($0.listeners[topic] ?? [:]).values) }
        for listener in listeners {
            if case .dropped = listener.yield(payload) { listener.yield("") }
        }
    }

    /// Tells every listener that something may have been missed.
    func deliverGap() {
        let listeners = state.withLockedValue { $0.listeners.values.flatMap(\.values) }
        for listener in listeners { listener.yield("") }
    }

    func listen(to topic: String) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(Self.mostKept))
        let id = state.withLockedValue { state in
            state.nextListener += 1
            state.listeners[topic, default: [:]][state.nextListener] = continuation
            return state.nextListener
        }
        continuation.onTermination = { [weak self] _ in self?.remove(id, from: topic) }
        return stream
    }

    private func remove(_ id: Int, from topic: String) {
        state.withLockedValue { state in
            state.listeners[topic]?[id] = nil
            if state.listeners[topic]?.isEmpty == true { state.listeners[topic] = nil }
        }
    }
}
