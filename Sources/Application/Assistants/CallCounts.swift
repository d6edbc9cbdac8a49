import Domain
import Logging
import NIOConcurrencyHelpers
import Persistence

/// Counts calls in memory and adds them to the database's counts every few seconds. A process that is killed loses those seconds' counts.
final class CallCounts: Sendable {
    private static let patience = Duration.seconds(3)

    private struct Key: Hashable {
        let owner: SessionOwner
        let tool: String
    }
    private struct Count {
        var calls = 0
        var client: String?
        var last: Timestamp
    }
    private struct State {
        var counts: [Key: Count] = [:]
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

    func note(_ owner: SessionOwner, client: String?, tool: String) {
        let now = time.now
        let isFirst = state.withLockedValue { state in
            var count = state.counts[Key(owner: owner, tool: tool)] ?? Count(last: now)
            count.calls += 1
            count.client = client ?? count.client
            count.last = now
            state.counts[Key(owner: owner, tool: tool)] = count
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
        let uses = counts.map { key, count in
            (
                owner: key.owner,
                use: ToolUse(subject: key.owner.subject, tool: key.tool, client: count.client, calls: count.calls, lastCallAt: count.last)
            )
        }
        do {
            try await database.write { transaction in
                // In one order everywhere, so that two processes do not wait for each other's rows.
                for (owner, use) in uses.sorted(by: { ($0.owner.subject, $0.use.tool) < ($1.owner.subject, $1.use.tool) }) {
                    try MCPActivityRepository.add(use, of: owner, in: transaction)
                }
            }
        } catch {
            logger.warning("calls of assistants not counted", metadata: ["error": "\(error)"])
        }
    }
}
