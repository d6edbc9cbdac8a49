import Domain
import Logging
import Messaging
import NIOConcurrencyHelpers
import Persistence
import ServiceLifecycle

/// What happened in a workspace, kept for thirty days: for those who were not listening. Events are written a moment after they happened,
/// many at once; a crash loses that moment.
public final class EventLog: Sendable {
    static let memory = Duration.days(30)
    /// How long events are collected before they are written.
    static let pause = Duration.milliseconds(200)
    static let pauseAfterFailure = Duration.seconds(5)
    /// How many are written in one transaction: others wait for it.
    private static let batchSize = 500
    /// How many wait at most while the database cannot be reached; the oldest go.
    private static let capacity = 20_000

    private let database: any Database
    private let time: any TimeSource
    private let logger: Logger
    private let webhooks: WebhookOutbox?
    private let waiting = NIOLockedValueBox<[ProductEvent]>([])
    private let flushing = NIOLockedValueBox<Task<Void, any Error>?>(nil)
    private let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    /// With a queue, webhooks are told what the log keeps.
    public init(database: any Database, queue: (any JobQueue)? = nil, time: any TimeSource, logger: Logger) {
        self.database = database
        self.time = time
        self.logger = logger
        webhooks = queue.map { WebhookOutbox(queue: $0, time: time) }
        (bell, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Collects an event that is worth keeping. Returns at once.
    func note(_ event: ProductEvent) {
        guard event.type.isKept else { return }
        waiting.withLockedValue { waiting in
            waiting.append(event)
            if waiting.count > Self.capacity { waiting.removeFirst(waiting.count - Self.capacity) }
        }
        ring.yield()
    }

    /// Writes what has been collected, and waits for what is being written. Throws when the database cannot be reached; the events are then
    /// kept for the next time.
    public func flush() async throws {
        // One after the other: events stay in their order, and whoever flushes finds everything written.
        let task = flushing.withLockedValue { current in
            let task = Task { [previous = current] in
                _ = await previous?.result
                try await writeWaiting()
            }
            current = task
            return task
        }
        try await task.value
    }

    private func writeWaiting() async throws {
        while case let batch = waiting.withLockedValue({ $0.takeFirst(Self.batchSize) }), !batch.isEmpty {
            do {
                let isToBeTold = try await database.write { [webhooks] transaction in
                    try ProductEventRepository.insert(batch, in: transaction)
                    return try webhooks?.add(batch, in: transaction) ?? false
                }
                if isToBeTold { await webhooks?.queue.announce([WebhookOutbox.jobKind]) }
            } catch let error as DatabaseError {
                // What the database will never take must not stand in the way of the rest.
                if case .failed = error {} else { waiting.withLockedValue { $0.insert(contentsOf: batch, at: 0) } }
                throw error
            }
        }
    }

    /// Forgets what is older than thirty days. Run now and then.
    public func removeOld() async throws {
        let oldest = time.now - Self.memory
        try await database.write { try ProductEventRepository.removeOld(before: oldest, in: $0) }
    }

    /// Writes what is collected for as long as the process runs, and once more at its end.
    public var writer: Writer { Writer(log: self) }

    public struct Writer: Service {
        let log: EventLog

        public func run() async throws {
            var pause = EventLog.pause
            for await _ in log.bell.cancelOnGracefulShutdown() {
                // Cancelled: what has been collected is written all the same.
                try? await log.time.sleep(until: log.time.now + pause)
                pause = await log.flushOrSay() ? EventLog.pause : EventLog.pauseAfterFailure
            }
            _ = await log.flushOrSay()
        }
    }

    private func flushOrSay() async -> Bool {
        do {
            try await flush()
            return true
        } catch {
            logger.error("events not written to the log; trying again", metadata: ["error": "\(error)"])
            ring.yield()
            return false
        }
    }
}

/// Where in the event log to begin.
public enum EventPosition: Sendable, Equatable {
    case time(Timestamp)
    /// The `nextCursor` of an earlier page.
    case cursor(String)
}

extension EventLog {
    /// What happened since `since`, oldest first; without it the last `limit` events. `nextCursor` continues behind the last event given, now
    /// or later: an empty page means that nothing has happened since. No types: all. Throws `VALIDATION_FAILED` for a cursor that is not ours.
    public func list(
        since: EventPosition?, types: [EventType] = [], limit: Int = 50, as caller: Caller
    ) async throws -> Page<EventRecord> {
        try caller.require(.postsRead)
        guard (1...200).contains(limit) else { throw ProblemReport.invalid("limit", "limit is a number from 1 to 200.") }
        var (position, start): (Int?, Timestamp?) = (nil, nil)
        switch since {
        case .cursor(let text):
            guard let number = Int(text), number >= 0 else {
                throw ProblemReport.invalid("cursor", "This cursor is not from the event log. Use nextCursor as it was given.")
            }
            position = number
        case .time(let time): start = time
        case nil: break
        }
        // Whoever asks sees what they did just now; where there is no room to store it, what was stored.
        do { try await flush() } catch DatabaseError.full(_) {}
        let (organization, after, earliest) = (caller.organizationId, position, start)
        let (entries, records) = try await database.read { transaction in
            let entries = try ProductEventRepository.list(
                of: organization, after: after, since: earliest, types: types, limit: limit, in: transaction)
            return (entries, try EventRecord.list(of: entries.map(\.event), of: organization, in: transaction))
        }
        return Page(items: records, nextCursor: (entries.last?.position ?? position).map(String.init))
    }
}

extension [ProductEvent] {
    fileprivate mutating func takeFirst(_ count: Int) -> [ProductEvent] {
        let first = Array(prefix(count))
        removeFirst(first.count)
        return first
    }
}
