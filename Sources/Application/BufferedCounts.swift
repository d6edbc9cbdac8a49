import Domain
import Logging
import NIOConcurrencyHelpers
import Persistence

/// Counts in memory and adds to the database's counts every few seconds, so that what happens often writes no more than what happens once. A
/// process that is killed loses those seconds' counts.
final class BufferedCounts<Key: Hashable & Comparable & Sendable, Count: Sendable>: Sendable {
    private struct State {
        var counts: [Key: Count] = [:]
        var isFlushPlanned = false
    }

    private let what: String
    private let patience = Duration.seconds(3)
    private let database: any Database
    private let time: any TimeSource
    private let logger: Logger
    private let add: @Sendable (Key, Count, any Transaction) throws -> Void
    private let state = NIOLockedValueBox(State())

    /// `what` is counted, for the log. `add` adds to what the database has.
    init(
        _ what: String, database: any Database, time: any TimeSource, logger: Logger,
        add: @escaping @Sendable (Key, Count, any Transaction) throws -> Void
    ) {
        self.what = what
        self.database = database
        self.time = time
        self.logger = logger
        self.add = add
    }

    /// Counts one of `key`; `next` is told the count so far.
    func note(_ key: Key, _ next: (Count?) -> Count) {
        let isFirst = state.withLockedValue { state in
            state.counts[key] = next(state.counts[key])
            defer { state.isFlushPlanned = true }
            return !state.isFlushPlanned
        }
        guard isFirst else { return }
        let end = time.now + patience
        Task {
            // Nobody cancels this task.
            try? await time.sleep(until: end)
            await flush()
        }
    }

    func flush() async {
        let counts = state.withLockedValue { state in
            state.isFlushPlanned = false
            defer { state.counts = [:] }
            return state.counts
        }
        guard !counts.isEmpty else { return }
        do {
            try await database.write { transaction in
                // In one order everywhere, so that two processes do not wait for each other's rows.
                for (key, count) in counts.sorted(by: { $0.key < $1.key }) { try self.add(key, count, transaction) }
            }
        } catch {
            logger.warning("not counted", metadata: ["what": .string(what), "error": "\(error)"])
        }
    }
}
