import Foundation
import Logging
import NIOConcurrencyHelpers

/// How long the connections of a database wait for the server. When the process stops, hardly at all.
final class PostgresPatience: Sendable {
    /// For what a sound server answers at once: a greeting, a `BEGIN`. A pooler lets both wait until one of its connections is free.
    static let forOpening = Duration.seconds(10)
    /// For a statement: a little more than `statement_timeout`.
    static let forStatement = Duration.seconds(35)
    /// For anything, once the process stops.
    static let whenStopping = Duration.seconds(2)
    /// Milliseconds between two looks whether it is time to give up.
    static let glance: Int32 = 250

    private struct State {
        var stoppingSince: ContinuousClock.Instant?
        var complainedAt: ContinuousClock.Instant?
    }
    private let state = NIOLockedValueBox(State())
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    var isStopping: Bool { state.withLockedValue { $0.stoppingSince != nil } }

    func stop() { state.withLockedValue { $0.stoppingSince = $0.stoppingSince ?? .now } }

    /// Whether somebody who waits since `start` has waited long enough.
    func isExhausted(since start: ContinuousClock.Instant, longest: Duration) -> Bool {
        let now = ContinuousClock.now
        if now - start >= longest { return true }
        guard let stopping = state.withLockedValue(\.stoppingSince) else { return false }
        return now - max(start, stopping) >= Self.whenStopping
    }

    /// Tells the operator, at most every ten seconds.
    func complain(_ words: String) {
        let now = ContinuousClock.now
        let isDue = state.withLockedValue { state in
            if let last = state.complainedAt, now - last < .seconds(10) { return false }
            state.complainedAt = now
            return true
        }
        if isDue { logger.warning("\(words)") }
    }
}
