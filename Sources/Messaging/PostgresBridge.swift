import Domain
import Logging
import NIOConcurrencyHelpers
import Persistence

extension BridgedBroadcast {
    /// Messages between the processes that share a PostgreSQL server, over `LISTEN` and `NOTIFY`. One connection a process listens.
    public convenience init(database: PostgresDatabase, time: any TimeSource, logger: Logger) {
        self.init(PostgresBridge(database: database, time: time, logger: logger), logger: logger)
    }
}

/// PostgreSQL's notifications: each transaction takes all messages that gathered during the one before.
private struct PostgresBridge: BroadcastBridge {
    private static let channel = "postiz_broadcast"
    /// Long enough for any process that listens to fetch a large message.
    private static let keptFor = Duration.minutes(5)

    let database: PostgresDatabase
    let time: any TimeSource
    let logger: Logger
    private let sender = Identifier<PostgresBridge>()
    private let count = NIOLockedValueBox(0)

    init(database: PostgresDatabase, time: any TimeSource, logger: Logger) {
        (self.database, self.time, self.logger) = (database, time, logger)
    }

    var isReady: Bool { true }

    // MARK: Sending

    func send(_ messages: [BroadcastMessage]) async throws {
        let now = time.now
        let envelopes = messages.map { message in
            let number = count.withLockedValue { count in
                count += 1
                return count
            }
            return Envelope(sender: sender, number: number, topic: message.topic, payload: message.payload)
        }
        try await database.write { transaction in
            // Whoever listens to messages can do without the last ones before a power failure: the server need not wait for its disk.
            try BroadcastRepository.doNotWaitForDisk(in: transaction)
            try BroadcastRepository.notify(try envelopes.map { try Self.notice($0, at: now, in: transaction) }, on: Self.channel, in: transaction)
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

    // MARK: Receiving

    func listen(to wants: @escaping @Sendable (String) -> Bool, _ tell: @escaping @Sendable (BridgeNews) -> Void) async {
        for await notification in database.notifications(on: Self.channel) {
            switch notification {
            case .listening: tell(.listening)
            case .payload(let text):
                do {
                    let envelope: Envelope = try JSON.decode(from: text)
                    // A process hears its own notifications too; its listeners have had them.
                    guard envelope.sender != sender, wants(envelope.topic), let payload = try await payload(of: envelope) else { continue }
                    tell(.message(BroadcastMessage(topic: envelope.topic, payload: payload)))
                } catch {
                    logger.warning("message of another process not read", metadata: ["error": "\(error)"])
                }
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
    let sender: Identifier<PostgresBridge>
    /// Keeps PostgreSQL from taking two equal messages of one transaction for one.
    let number: Int
    let topic: String
    var payload: String?
    var stored: Identifier<StoredMessage>?
}
