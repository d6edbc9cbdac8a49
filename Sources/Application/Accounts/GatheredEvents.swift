import Domain
import Logging
import NIOConcurrencyHelpers
import Persistence

/// Events of the audit log that gather in memory and are stored together: calls that only read come by the thousand.
final class GatheredEvents: Sendable {
    private static let patience = Duration.seconds(1)
    /// More are not kept in memory.
    private static let most = 1_000

    private struct State {
        var events: [(event: AuditEvent, organization: OrganizationID)] = []
        var isFlushPlanned = false
    }

    private let database: any Database
    private let time: any TimeSource
    private let state = NIOLockedValueBox(State())

    init(database: any Database, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    func add(_ event: AuditEvent, of organization: OrganizationID) {
        let now = time.now
        let (isFirst, isFull) = state.withLockedValue { state in
            state.events.append((event, organization))
            defer { state.isFlushPlanned = true }
            return (!state.isFlushPlanned, state.events.count == Self.most)
        }
        guard isFirst || isFull else { return }
        Task {
            // Nobody cancels this task.
            if !isFull { try? await time.sleep(until: now + Self.patience) }
            await flush()
        }
    }

    func flush() async {
        let events = state.withLockedValue { state in
            state.isFlushPlanned = false
            defer { state.events = [] }
            return state.events
        }
        guard !events.isEmpty else { return }
        do {
            try await database.write { transaction in
                for (event, organization) in events { try AuditRepository.insert(event, of: organization, in: transaction) }
            }
        } catch {
            // The calls are done: their answers matter more than their record.
            Logger(label: "postiz").error("calls of assistants not recorded", metadata: ["count": "\(events.count)", "error": "\(error)"])
        }
    }
}
