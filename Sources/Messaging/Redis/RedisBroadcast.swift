import Domain
import Logging
import NIOConcurrencyHelpers

/// Messages between the processes that share a Redis server, over its channels.
///
/// One connection a process listens, from `open` or the first listener on, and connects again when it is lost. What is sent before it hears,
/// or hears again, is missed, and every listener is told so by an empty message; so are those elsewhere when what was sent here was lost.
/// Sending never waits for the server: messages gather while some are on their way, and the next ones go together.
public final class RedisBroadcast: Broadcast {
    private static let largestBatch = 200
    /// Messages that wait while the server does not answer; beyond that the oldest are dropped.
    private static let mostWaiting = 10_000
    /// A server that answers nothing for so long, and then not in time either, is gone.
    private static let silence = Duration.seconds(5)

    private struct State {
        /// Topic and payload, the oldest first.
        var waiting: [(topic: String, payload: String)] = []
        /// Some were lost, and who listens elsewhere does not know.
        var owesGap = false
        var sending: Task<Void, Never>?
        var listening: Task<Void, Never>?
        var isConnected = false
        var isClosed = false
    }

    private let redis: RedisClient
    private let channel: String
    private let logger: Logger
    private let sender = "\(Identifier<RedisBroadcast>())"
    private let listeners = TopicListeners()
    private let state = NIOLockedValueBox(State())

    /// `prefix` begins the name of the channel; channels do not belong to one database of a server, so installations need different ones.
    public init(redis: RedisClient, prefix: String, logger: Logger) {
        self.redis = redis
        self.logger = logger
        channel = "\(prefix):broadcast"
    }

    deinit { state.withLockedValue { $0.listening?.cancel() } }

    /// Whether messages of other processes arrive.
    package var isConnected: Bool { state.withLockedValue(\.isConnected) }

    public func send(_ payload: String, to topic: String) async {
        listeners.deliver(payload, to: topic)
        state.withLockedValue { state in
            guard !state.isClosed else { return }
            state.waiting.append((topic, payload))
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
            while !redis.isConnected, !state.withLockedValue(\.isClosed) { try? await Task.sleep(for: RedisPause.longest / 20) }
            let messages = takeBatch()
            if messages.isEmpty { return }
            do throws(RedisError) {
                let answers = try await redis.send(messages.map { RedisCommand("PUBLISH", channel, $0) })
                for case .error(let refusal) in answers { throw .refused(refusal) }
            } catch {
                logger.debug("other processes miss messages", metadata: ["count": "\(messages.count)", "error": "\(error)"])
                if case .unavailable = error { state.withLockedValue { $0.owesGap = true } }
            }
        }
    }

    /// Sender, topic and payload, a line each but the last. Empty: nothing waits, and the next message begins anew.
    private func takeBatch() -> [String] {
        state.withLockedValue { state in
            var batch = state.waiting.prefix(Self.largestBatch).map { "\(sender)\n\($0.topic)\n\($0.payload)" }
            state.waiting.removeFirst(batch.count)
            if state.owesGap, !state.isClosed {
                batch.insert("\(sender)\n\n", at: 0)
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
            state.listening = Task { [weak self, connector = redis.connector, channel] in
                var pause = RedisPause()
                while !Task.isCancelled {
                    // A failure to connect and a lost connection are answered alike: wait, connect again, say that some may have been missed.
                    try? await Self.listen(to: channel, connector) { [weak self] in self }
                    if self?.takeDisconnected() == true { pause = RedisPause() }
                    try? await Task.sleep(for: pause.next())  // Cancelled: the loop ends.
                }
            }
        }
    }

    /// Until the connection is lost or the task cancelled.
    private static func listen(to channel: String, _ connector: RedisConnector, for broadcast: @Sendable () -> RedisBroadcast?) async throws {
        let (messages, continuation) = AsyncStream.makeStream(of: String?.self, bufferingPolicy: .bufferingNewest(4096))
        let connection = try await connector.connect { value in
            guard let words = value.array, words.count == 3, let message = words[2].text else { return }
            if case .dropped = continuation.yield(message) { continuation.yield(nil) }
        }
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    // The connection's end ends the stream, and with it everything here.
                    await connection.untilClosed()
                    continuation.finish()
                }
                guard (try? await connection.call(RedisCommand("SUBSCRIBE", channel), patience: RedisConnector.patience)) != nil else {
                    return connection.close()
                }
                broadcast()?.hears()
                group.addTask { await watch(connection) }
                for await message in messages { broadcast()?.receive(message) }
                group.cancelAll()
            }
        } onCancel: {
            connection.close()
        }
    }

    /// A connection that the network has forgotten looks like one on which nobody speaks.
    private static func watch(_ connection: RedisConnection) async {
        while connection.isOpen, !Task.isCancelled {
            do {
                try await Task.sleep(for: silence)
                _ = try await connection.call(RedisCommand("PING"), patience: RedisConnector.patience)
            } catch {
                return connection.close()
            }
        }
    }

    private func hears() {
        listeners.deliverGap()
        state.withLockedValue { state in
            state.isConnected = true
            if state.owesGap { startSending(&state) }
        }
    }

    /// Whether it was connected.
    private func takeDisconnected() -> Bool {
        state.withLockedValue { state in
            defer { state.isConnected = false }
            return state.isConnected
        }
    }

    /// nil: some came faster than they were read.
    private func receive(_ message: String?) {
        guard let message else { return listeners.deliverGap() }
        let parts = message.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
        // A process hears its own messages too; its listeners have had them.
        guard parts.count == 3, parts[0] != sender else { return }
        if parts[1].isEmpty { listeners.deliverGap() } else { listeners.deliver(String(parts[2]), to: String(parts[1])) }
    }
}
