import Domain
import Logging
import NIOConcurrencyHelpers
import Persistence

/// Messages between the processes that share a PostgreSQL server, over `LISTEN` and `NOTIFY`.
///
/// One connection a process listens, from `open` or the first listener on, and connects again when it is lost. What is sent before it hears,
/// or hears again, is missed, and every listener is told so by an empty message.
/// Sending never waits for the server: messages gather while a transaction is under way, and the next one takes all of them.
public final class PostgresBroadcast: Broadcast {
    private static let channel = "postiz_broadcast"
    private static let largestBatch = 200
    /// Long enough for any process that listens to fetch a large message.
    private static let keptFor = Duration.minutes(5)
    /// Messages that wait while the server does not answer; beyond that the oldest are dropped.
    private static let mostWaiting = 10_000

    private struct State {
        var waiting: [Envelope] = []
        var count = 0
        var sending: Task<Void, Never>?
        var listening: Task<Void, Never>?
        var isConnected = false
        var isClosed = false
    }

    private let database: PostgresDatabase
    private let time: any TimeSource
    private let logger: Logger
    private let sender = Identifier<PostgresBroadcast>()
    private let listeners = TopicListeners()
    private let state = NIOLockedValueBox(State())

    public init(database: PostgresDatabase, time: any TimeSource, logger: Logger) {
        self.database = database
        self.time = time
        self.logger = logger
    }

    deinit { state.withLockedValue { $0.listening?.cancel() } }

    /// Whether messages of other processes arrive.
    package var isConnected: Bool { state.withLockedValue(\.isConnected) }

    public func send(_ payload: String, to topic: String) async {
        listeners.deliver(payload, to: topic)
        state.withLockedValue { state in
            guard !state.isClosed else { return }
            state.count += 1
            state.waiting.append(Envelope(sender: sender, number: state.count, topic: topic, payload: payload))
            if state.waiting.count > Self.mostWaiting { state.waiting.removeFirst(Self.mostWaiting / 10) }
            if state.sending == nil { state.sending = Task { await sendWaiting() } }
        }
    }

    public func messages(on topic: String) -> AsyncStream<String> {
        let stream = listeners.listen(to: topic)
        listen()
        return stream
    }

    public func open() async { listen() }

    private func listen() {
        state.withLockedValue { state in
            guard state.listening == nil, !state.isClosed else { return }
            let notifications = database.notifications(on: Self.channel)
            state.listening = Task { [weak self] in
                for await notification in notifications { await self?.receive(notification) }
            }
        }
    }

    public func close() async {
        let (sending, listening) = state.withLockedValue { state in
            state.isClosed = true
            return (state.sending, state.listening)
        }
        await sending?.value
        listening?.cancel()
        await listening?.value
    }

    // MARK: - Sending

    private func sendWaiting() async {
        while case let batch = takeBatch(), !batch.isEmpty {
            do {
                let now = time.now
                try await database.write { transaction in
                    // Whoever listens to messages can do without the last ones before a power failure: the server need not wait for its disk.
                    try BroadcastRepository.doNotWaitForDisk(in: transaction)
                    try BroadcastRepository.notify(try batch.map { try Self.notice($0, at: now, in: transaction) }, on: Self.channel, in: transaction)
                }
            } catch {
                logger.warning("other processes miss messages", metadata: ["count": "\(batch.count)", "error": "\(error)"])
            }
        }
    }

    /// What the notification says: the message itself, or where a large one is.
    private static func notice(_ envelope: Envelope, at now: Timestamp, in transaction: any Transaction) throws -> String {
        let text = try JSON.text(envelope)
        guard text.utf8.count > BroadcastRepository.largestNotification else { return text }
        var notice = envelope
        notice.payload = nil
        // As JSON, which has no NUL characters.
        notice.stored = try BroadcastRepository.keep(
            try JSON.text(envelope.payload), at: now, forgetting: now - keptFor, in: transaction)
        return try JSON.text(notice)
    }

    /// Empty: nothing waits, and the next message begins anew.
    private func takeBatch() -> [Envelope] {
        state.withLockedValue { state in
            let batch = Array(state.waiting.prefix(Self.largestBatch))
            state.waiting.removeFirst(batch.count)
            if batch.isEmpty { state.sending = nil }
            return batch
        }
    }

    // MARK: - Receiving

    private func receive(_ notification: PostgresNotification) async {
        switch notification {
        case .listening:
            listeners.deliverGap()
            state.withLockedValue { $0.isConnected = true }
        case .payload(let text):
            do {
                let envelope: Envelope = try JSON.decode(from: text)
                // A process hears its own notifications too; its listeners have had them.
                guard envelope.sender != sender, listeners.has(envelope.topic), let payload = try await payload(of: envelope) else { return }
                listeners.deliver(payload, to: envelope.topic)
            } catch {
                logger.warning("message of another process not read", metadata: ["error": "\(error)"])
            }
        }
    }

    private func payload(of envelope: Envelope) async throws -> String? {
        guard let stored = envelope.stored else { return envelope.payload }
        return try await database.read { try BroadcastRepository.find(stored, in: $0) }.map { try JSON.decode(from: $0) }
    }
}

/// A message on its way.
private struct Envelope: Codable, Sendable {
    let sender: Identifier<PostgresBroadcast>
    /// Keeps PostgreSQL from taking two equal messages of one transaction for one.
    let number: Int
    let topic: String
    var payload: String?
    var stored: Identifier<StoredMessage>?
}
