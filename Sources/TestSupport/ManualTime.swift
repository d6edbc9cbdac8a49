import Domain
import Foundation
import NIOConcurrencyHelpers

/// Time that stands still until a test moves it.
public final class ManualTime: TimeSource {
    private struct Sleeper {
        let wakesAt: Timestamp
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: Timestamp
        var sleepers: [UUID: Sleeper] = [:]
        /// Sleepers that were cancelled before they fell asleep.
        var cancelled: Set<UUID> = []
    }

    private let state: NIOLockedValueBox<State>

    public init(_ now: Timestamp = Timestamp(milliseconds: 1_795_435_200_000)) { state = NIOLockedValueBox(State(now: now)) }

    public var now: Timestamp { state.withLockedValue(\.now) }

    /// How many tasks sleep; a test waits for them with `eventually` before it moves the time.
    public var sleeperCount: Int { state.withLockedValue(\.sleepers.count) }

    /// Moves the time and wakes those whose instant has come, the earliest first.
    public func advance(by duration: Duration) {
        let woken = state.withLockedValue { state in
            state.now = state.now + duration
            let woken = state.sleepers.filter { $0.value.wakesAt <= state.now }
            woken.keys.forEach { state.sleepers[$0] = nil }
            return woken.values.sorted { $0.wakesAt < $1.wakesAt }
        }
        woken.forEach { $0.continuation.resume() }
    }

    public func sleep(until instant: Timestamp) async throws {
        let id = UUID()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isDone = state.withLockedValue { state -> Result<Void, any Error>? in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if instant <= state.now { return .success(()) }
                    state.sleepers[id] = Sleeper(wakesAt: instant, continuation: continuation)
                    return nil
                }
                if let isDone { continuation.resume(with: isDone) }
            }
        } onCancel: {
            let sleeper = state.withLockedValue { state in
                let sleeper = state.sleepers.removeValue(forKey: id)
                if sleeper == nil { state.cancelled.insert(id) }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
