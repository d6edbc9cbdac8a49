import NIOConcurrencyHelpers

/// Lets a few through at a time. The others wait, each for the turn of its key: keys take turns, and among those of one key the first goes
/// first, so that somebody with a thousand keeps nobody with one waiting for long.
final class Turnstile<Key: Hashable & Sendable>: Sendable {
    private struct State {
        var free: Int
        /// In the order of their turns.
        var keys: [Key] = []
        var waiting: [Key: [CheckedContinuation<Void, Never>]] = [:]

        mutating func wait(_ key: Key, _ continuation: CheckedContinuation<Void, Never>) {
            if waiting[key] == nil { keys.append(key) }
            waiting[key, default: []].append(continuation)
        }

        mutating func next() -> CheckedContinuation<Void, Never>? {
            guard !keys.isEmpty else { return nil }
            let key = keys.removeFirst()
            var line = waiting.removeValue(forKey: key) ?? []
            guard !line.isEmpty else { return next() }
            let first = line.removeFirst()
            if !line.isEmpty {
                waiting[key] = line
                keys.append(key)
            }
            return first
        }
    }

    private let state: NIOLockedValueBox<State>

    /// How many stand in the line.
    var waiting: Int { state.withLockedValue { $0.waiting.values.reduce(0) { $0 + $1.count } } }

    init(places: Int) { state = NIOLockedValueBox(State(free: places)) }

    func pass<Value: Sendable>(_ key: Key, _ work: () async -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            let isFree = state.withLockedValue { state in
                guard state.free > 0 else {
                    state.wait(key, continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
        defer { leave() }
        return await work()
    }

    private func leave() {
        let next = state.withLockedValue { state in
            let next = state.next()
            if next == nil { state.free += 1 }
            return next
        }
        next?.resume()
    }
}
