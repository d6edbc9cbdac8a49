import Logging
import NIOConcurrencyHelpers

/// A message on its way between processes. One without a topic says that some were lost.
struct BroadcastMessage: Sendable {
    let topic: String
    let payload: String

    static let gap = BroadcastMessage(topic: "", payload: "")
}

/// What a process hears of the others.
enum BridgeNews: Sendable {
    /// It hears from now on; what was sent before, or since it last heard, was missed.
    case listening
    case message(BroadcastMessage)
    /// It hears no longer, and tries again.
    case lost
}

/// What carries messages from process to process.
protocol BroadcastBridge: Sendable {
    /// Whether it is worth sending. Until then messages wait.
    var isReady: Bool { get }
    /// Sends messages of this process, in order. Throws when some may not have left.
    func send(_ messages: [BroadcastMessage]) async throws
    /// Tells what others send, until it is cancelled, and connects again when the connection is lost. `wants` says which topics matter.
    func listen(to wants: @escaping @Sendable (String) -> Bool, _ tell: @escaping @Sendable (BridgeNews) -> Void) async
}

/// Messages between processes, over PostgreSQL's notifications or Redis' channels.
///
/// A process listens from `open` or the first listener on. What is sent before it hears, or hears again, is missed, and every listener is told
/// so by an empty message; so are those elsewhere when what was sent here was lost. Sending never waits for the server: messages gather while some
/// are on their way, and the next ones go together.
public final class BridgedBroadcast: Broadcast {
    private static let largestBatch = 200
    /// Messages that wait while the server does not answer; beyond that the oldest are dropped.
    private static let mostWaiting = 10_000
    /// How often it is asked whether the bridge is ready, and how long one that failed is left alone.
    private static let (glance, pause) = (Duration.milliseconds(100), Duration.seconds(1))

    private struct State {
        /// The oldest first.
        var waiting: [BroadcastMessage] = []
        /// Some were lost, and who listens elsewhere does not know.
        var owesGap = false
        var sending: Task<Void, Never>?
        var listening: Task<Void, Never>?
        var isConnected = false
        var isClosed = false
    }

    private let bridge: any BroadcastBridge
    private let logger: Logger
    private let listeners = TopicListeners()
    private let state = NIOLockedValueBox(State())

    init(_ bridge: any BroadcastBridge, logger: Logger) {
        self.bridge = bridge
        self.logger = logger
    }

    deinit { state.withLockedValue { $0.listening?.cancel() } }

    /// Whether messages of other processes arrive.
    package var isConnected: Bool { state.withLockedValue(\.isConnected) }

    public func send(_ payload: String, to topic: String) async {
        listeners.deliver(payload, to: topic)
        state.withLockedValue { state in
            guard !state.isClosed else { return }
            state.waiting.append(BroadcastMessage(topic: topic, payload: payload))
            if state.waiting.count > Self.mostWaiting {
                state.waiting.removeFirst(Self.mostWaiting / 10)
                state.owesGap = true
            }
            startSending(&state)
        }
    }

    public func messages(on topic: String) -> AsyncStream<String> {
        let stream = listeners.listen(to: topic)
        listen()
        return stream
    }

    public func open() async { listen() }

    public func close() async {
        let (sending, listening) = state.withLockedValue { state in
            state.isClosed = true
            return (state.sending, state.listening)
        }
        await sending?.value
        listening?.cancel()
        await listening?.value
    }

    // MARK: Sending

    private func startSending(_ state: inout State) {
        if state.sending == nil { state.sending = Task { await sendWaiting() } }
    }

    private func sendWaiting() async {
        while true {
            // What is sent meanwhile waits, as far as there is room.
            while !bridge.isReady, !state.withLockedValue(\.isClosed) { try? await Task.sleep(for: Self.glance) }
            let batch = takeBatch()
            if batch.isEmpty { return }
            do {
                try await bridge.send(batch)
            } catch {
                logger.warning("other processes miss messages", metadata: ["count": "\(batch.count)", "error": "\(error)"])
                state.withLockedValue { $0.owesGap = true }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// Empty: nothing waits, and the next message begins anew.
    private func takeBatch() -> [BroadcastMessage] {
        state.withLockedValue { state in
            var batch = Array(state.waiting.prefix(Self.largestBatch))
            state.waiting.removeFirst(batch.count)
            if state.owesGap, !state.isClosed {
                batch.insert(.gap, at: 0)
                state.owesGap = false
            }
            if batch.isEmpty { state.sending = nil }
            return batch
        }
    }

    // MARK: Receiving

    private func listen() {
        state.withLockedValue { state in
            guard state.listening == nil, !state.isClosed else { return }
            state.listening = Task { [weak self, bridge, listeners] in
                await bridge.listen(to: { $0.isEmpty || listeners.has($0) }) { [weak self] news in self?.hear(news) }
            }
        }
    }

    private func hear(_ news: BridgeNews) {
        switch news {
        case .listening:
            listeners.deliverGap()
            state.withLockedValue { $0.isConnected = true }
        case .lost: state.withLockedValue { $0.isConnected = false }
        case .message(let message) where message.topic.isEmpty: listeners.deliverGap()
        case .message(let message): listeners.deliver(message.payload, to: message.topic)
        }
    }
}
