import Domain
import NIOConcurrencyHelpers

/// Limits within one process: a fixed window per subject, forgotten when it ends.
public final class LocalRateLimiter: RateLimiter {
    private struct Window {
        var endsAt: Timestamp
        var count: Int
    }
    private struct State {
        var windows: [String: Window] = [:]
        var sweepAt = Timestamp(milliseconds: 0)
    }
    private let state = NIOLockedValueBox(State())
    private let time: any TimeSource

    public init(time: any TimeSource) { self.time = time }

    public func take(_ subject: String, limit: Int, window: Duration) async -> RateDecision {
        let now = time.now
        return state.withLockedValue { state in
            if state.sweepAt <= now {
                state.windows = state.windows.filter { $0.value.endsAt > now }
                state.sweepAt = now + .seconds(60)
            }
            var current = state.windows[subject] ?? Window(endsAt: now + window, count: 0)
            if current.endsAt <= now { current = Window(endsAt: now + window, count: 0) }
            current.count += 1
            state.windows[subject] = current
            return RateDecision(
                allowed: current.count <= limit, limit: limit, remaining: max(0, limit - current.count), reset: current.endsAt - now)
        }
    }

    public func giveBack(_ subject: String) async {
        state.withLockedValue { state in
            guard let window = state.windows[subject], window.count > 0 else { return }
            state.windows[subject]?.count = window.count - 1
        }
    }
}
