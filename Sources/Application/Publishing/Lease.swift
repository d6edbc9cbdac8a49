import Domain
import Logging
import NIOConcurrencyHelpers

/// Keeps for one process what others may take when its lease is over, while work goes on under it.
struct Lease: Sendable {
    let duration: Duration
    let time: any TimeSource
    let logger: Logger

    /// Work under a lease stops so long before its end: by that much the clocks of two machines may differ.
    private var margin: Duration { duration / 3 }

    /// Whether a lease that was taken or extended at `start` still holds, for every clock. What was on its way to the database and back may have
    /// taken longer than the lease.
    func holds(since start: Timestamp) -> Bool { time.now < start + duration - margin }

    /// Whether a lease that was taken at `start` need not be extended yet.
    func isYoung(since start: Timestamp) -> Bool { time.now < start + margin }

    private enum Event<Value: Sendable>: Sendable {
        case done(Value)
        case grownOld
        case lost
    }

    /// Runs `work` under a lease taken at `start` and has `extend` prolong it beside that. Nil when the lease was lost, by the word of `extend`
    /// or because the database did not answer in time; the work is cancelled then. Throws `CancellationError` when the task is cancelled.
    func held<Value: Sendable>(
        since start: Timestamp, extend: @escaping @Sendable () async throws -> Bool, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        let extended = NIOLockedValueBox(start)
        return try await withThrowingTaskGroup(of: Event<Value>.self) { group in
            defer { group.cancelAll() }
            group.addTask { .done(try await work()) }
            // Nearly all work is over before its lease need be extended.
            group.addTask { await slept(until: min(time.now + margin, start + duration - margin)) ? .grownOld : .lost }
            while let event = try await group.next() {
                switch event {
                case .done(let value): return value
                case .lost:
                    // Or told to stop, and then the caller gives back what it holds.
                    try Task.checkCancellation()
                    return nil
                case .grownOld:
                    group.addTask {
                        await keep(extended, extend)
                        return .lost
                    }
                    group.addTask {
                        // Beside the extension, which may wait for long.
                        await expiry(of: extended)
                        return .lost
                    }
                }
            }
            return nil
        }
    }

    /// Until the lease is lost or the task cancelled.
    private func keep(_ extended: NIOLockedValueBox<Timestamp>, _ extend: @Sendable () async throws -> Bool) async {
        var pause = margin
        repeat {
            let now = time.now
            do {
                guard try await extend() else { return }
                extended.withLockedValue { $0 = now }
                pause = margin
            } catch {
                // The database may be back before the lease is over.
                logger.warning("lease not extended", metadata: ["error": "\(error)"])
                pause = min(margin, .seconds(1))
            }
        } while await slept(until: time.now + pause)
    }

    private func expiry(of extended: NIOLockedValueBox<Timestamp>) async {
        while case let start = extended.withLockedValue({ $0 }), holds(since: start) {
            guard await slept(until: start + duration - margin) else { return }
        }
    }

    /// False when the task was cancelled.
    private func slept(until instant: Timestamp) async -> Bool {
        do {
            try await time.sleep(until: instant)
            return true
        } catch {
            return false
        }
    }
}
