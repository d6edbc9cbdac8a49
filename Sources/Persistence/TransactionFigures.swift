import Domain
import Metrics

/// How long transactions take, with the wait for a connection or for the writer's turn.
enum TransactionFigures {
    /// What takes longer is counted as slow.
    private static let slow = Duration.milliseconds(500)

    /// Asked for once: there are several transactions to a call.
    private static let timers = Dictionary(
        uniqueKeysWithValues: ["read", "write"].map {
            ($0, Metrics.Timer(label: "postiz_database_transaction_duration_seconds", dimensions: [("kind", $0)]))
        })

    static func measuring<Value>(_ kind: String, _ transaction: () async throws -> Value) async throws -> Value {
        let start = ContinuousClock.now
        defer {
            let duration = ContinuousClock.now - start
            let (seconds, rest) = duration.components
            timers[kind]?.recordNanoseconds(seconds * 1_000_000_000 + rest / 1_000_000_000)
            if duration > slow { Counter(label: "postiz_database_slow_transactions_total", dimensions: [("kind", kind)]).increment() }
        }
        return try await transaction()
    }
}
