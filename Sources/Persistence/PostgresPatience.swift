import Foundation
import Logging
import NIOConcurrencyHelpers

/// How long a `PostgresDatabase` waits, and how long it keeps what nobody needs.
public struct PostgresLimits: Sendable {
    /// For what a sound server answers at once: a greeting, a `BEGIN`. A pooler lets both wait until one of its connections is free.
    public var opening = Duration.seconds(10)
    /// For a statement: a little more than `statement_timeout`.
    public var statement = Duration.seconds(35)
    /// For anything, once the process stops; until somebody waited so long in vain.
    public var stopping = Duration.seconds(2)
    /// A connection that nobody used for so long is closed: a pooler lends its server connection to somebody else.
    public var idle = Duration.seconds(60)
    /// For a connection, in whole seconds.
    public var connecting = 5
    /// Whether work that a lost connection or the server interrupted is run again. Not where somebody else can be asked.
    public var repeats = true
    /// The variable that says how many connections there are.
    public var setting = "DATABASE_CONNECTIONS"

    public init() {}
}

/// What is waited for.
enum PostgresWait {
    case opening
    case statement
    /// Several statements at once, each of which the server limits.
    case script
}

/// How long the connections of a database wait for the server. When the process stops, hardly at all.
final class PostgresPatience: Sendable {
    /// Milliseconds between two looks whether it is time to give up.
    static let glance: Int32 = 250
    private static let betweenComplaints = Duration.seconds(10)

    private struct State {
        var stoppingSince: ContinuousClock.Instant?
        /// Since the process stops, somebody waited in vain: nobody else waits.
        var isHopeless = false
        var complainedAt: ContinuousClock.Instant?
    }
    let limits: PostgresLimits
    private let state = NIOLockedValueBox(State())
    private let logger: Logger

    init(_ limits: PostgresLimits, logger: Logger) {
        self.limits = limits
        self.logger = logger
    }

    var isStopping: Bool { state.withLockedValue { $0.stoppingSince != nil } }

    func stop() { state.withLockedValue { $0.stoppingSince = $0.stoppingSince ?? .now } }

    /// Whether a connection is worth trying.
    var mayConnect: Bool { state.withLockedValue { !$0.isHopeless } }

    /// A connection that was tried since `start` could not be made.
    func couldNotConnect(since start: ContinuousClock.Instant) {
        // A refusal comes at once, and may not be the next one's answer.
        guard ContinuousClock.now - start >= limits.stopping / 2 else { return }
        state.withLockedValue { if $0.stoppingSince != nil { $0.isHopeless = true } }
    }

    /// Whether somebody who waits since `start` has waited long enough.
    func isExhausted(since start: ContinuousClock.Instant, for wait: PostgresWait) -> Bool {
        let now = ContinuousClock.now
        if let longest = longest(wait), now - start >= longest { return true }
        return state.withLockedValue { state in
            guard let stopping = state.stoppingSince else { return false }
            if now - max(start, stopping) >= limits.stopping { state.isHopeless = true }
            return state.isHopeless
        }
    }

    private func longest(_ wait: PostgresWait) -> Duration? {
        switch wait {
        case .opening: limits.opening
        case .statement: limits.statement
        case .script: nil
        }
    }

    /// Tells the operator, at most every ten seconds.
    func complain(_ words: String) {
        let now = ContinuousClock.now
        let isDue = state.withLockedValue { state in
            if let last = state.complainedAt, now - last < Self.betweenComplaints { return false }
            state.complainedAt = now
            return true
        }
        if isDue { logger.warning("\(words)") }
    }
}
