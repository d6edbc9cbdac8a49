import Domain
import Logging
import NIOConcurrencyHelpers
import Persistence

/// Counts clicks in memory and adds them to the database's counts every few seconds: a link that everybody follows writes no more than one that
/// nobody does. A process that is killed loses those seconds' counts.
final class ClickCounts: Sendable {
    private static let patience = Duration.seconds(3)

    private struct Key: Hashable {
        let code: String
        let day: String
    }
    private struct State {
        var counts: [Key: ClickCount] = [:]
        var isFlushPlanned = false
    }

    private let database: any Database
    private let time: any TimeSource
    private let logger: Logger
    private let state = NIOLockedValueBox(State())

    init(database: any Database, time: any TimeSource, logger: Logger) {
        self.database = database
        self.time = time
        self.logger = logger
    }

    func note(_ code: String, isBot: Bool) {
        let now = time.now
        let key = Key(code: code, day: WallTime(now, offset: 0).dayText)
        let isFirst = state.withLockedValue { state in
            state.counts[key] = (state.counts[key] ?? ClickCount()) + (isBot ? ClickCount(bots: 1) : ClickCount(people: 1))
            defer { state.isFlushPlanned = true }
            return !state.isFlushPlanned
        }
        guard isFirst else { return }
        Task {
            // Nobody cancels this task.
            try? await time.sleep(until: now + Self.patience)
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
                for (key, count) in counts.sorted(by: { ($0.key.code, $0.key.day) < ($1.key.code, $1.key.day) }) {
                    try ShortLinkRepository.add(count, to: key.code, on: key.day, in: transaction)
                }
            }
        } catch {
            logger.warning("clicks not counted", metadata: ["error": "\(error)"])
        }
    }
}
