import Domain
import Metrics

/// How long transactions take, with the wait for a connection or for the writer's turn.
enum TransactionFigures {
    /// Asked for once: there are several transactions to a call.
    private static let timers = Dictionary(
        uniqueKeysWithValues: ["read", "write", "replica"].map {
            ($0, Metrics.Timer(label: "postiz_database_transaction_duration_seconds", dimensions: [("kind", $0)]))
        })

    static func measuring<Value>(_ kind: String, _ transaction: () async throws -> Value) async throws -> Value {
        let start = ContinuousClock.now
        defer {
            let duration = ContinuousClock.now - start
            let (seconds, rest) = duration.components
            timers[kind]?.recordNanoseconds(seconds * 1_000_000_000 + rest / 1_000_000_000)
            if duration > SlowStatements.limit { Counter(label: "postiz_database_slow_transactions_total", dimensions: [("kind", kind)]).increment() }
        }
        return try await transaction()
    }
}

/// How many connections of this process's pool are in use, and how much work waits for one. Of SQLite those that read: writers take turns.
struct PoolFigures: Sendable {
    private let busy: Meter
    private let waiting: Meter

    /// `size`: how many there may be. `ofReplica`: to a replica.
    init(size: Int, ofReplica: Bool = false) {
        if ofReplica {
            busy = Meter(label: "postiz_database_replica_pool_busy")
            waiting = Meter(label: "postiz_database_replica_pool_waiting")
            Meter(label: "postiz_database_replica_pool_size").set(size)
        } else {
            busy = Meter(label: "postiz_database_pool_busy")
            waiting = Meter(label: "postiz_database_pool_waiting")
            Meter(label: "postiz_database_pool_size").set(size)
        }
    }

    func waits() { waiting.increment() }

    /// Work that waited has a connection until `work` returns.
    func using<Value>(_ work: () throws -> Value) rethrows -> Value {
        waiting.decrement()
        busy.increment()
        defer { busy.decrement() }
        return try work()
    }
}
