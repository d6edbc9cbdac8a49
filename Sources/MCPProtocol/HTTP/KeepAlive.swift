import Domain
import NIOConcurrencyHelpers

/// One clock for everything that happens now and then on open streams: a thousand of them cost one task, not a thousand.
final class KeepAlive: Sendable {
    /// Things happen up to this much late.
    private static let step = Duration.seconds(1)

    private struct Entry {
        var due: Timestamp
        /// Nil: once.
        let period: Duration?
        let action: @Sendable (Timestamp) -> Void
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        var lastToken = 0
        var isTicking = false
    }

    let time: any TimeSource
    private let state = NIOLockedValueBox(State())

    init(time: any TimeSource) { self.time = time }

    /// Calls `action` every `period` until the token is given back.
    func every(_ period: Duration, _ action: @escaping @Sendable (Timestamp) -> Void) -> Int {
        add(Entry(due: time.now + period, period: period, action: action))
    }

    /// Calls `action` once, unless the token is given back before.
    @discardableResult
    func after(_ delay: Duration, _ action: @escaping @Sendable (Timestamp) -> Void) -> Int {
        add(Entry(due: time.now + delay, period: nil, action: action))
    }

    func cancel(_ token: Int) { state.withLockedValue { $0.entries[token] = nil } }

    private func add(_ entry: Entry) -> Int {
        let (token, mustStart) = state.withLockedValue { state in
            state.lastToken += 1
            state.entries[state.lastToken] = entry
            defer { state.isTicking = true }
            return (state.lastToken, !state.isTicking)
        }
        if mustStart { Task { await tick() } }
        return token
    }

    /// Runs while there is anything to wait for.
    private func tick() async {
        repeat {
            // Only a cancelled task is woken early, and no one cancels this one.
            try? await time.sleep(until: time.now + Self.step)
            let now = time.now
            due(at: now).forEach { $0(now) }
        } while state.withLockedValue { state in
            state.isTicking = !state.entries.isEmpty
            return state.isTicking
        }
    }

    private func due(at now: Timestamp) -> [@Sendable (Timestamp) -> Void] {
        state.withLockedValue { state in
            let due = state.entries.filter { $0.value.due <= now }
            for (token, entry) in due { state.entries[token]?.due = now + (entry.period ?? .zero) }
            for (token, entry) in due where entry.period == nil { state.entries[token] = nil }
            return due.values.map(\.action)
        }
    }
}
