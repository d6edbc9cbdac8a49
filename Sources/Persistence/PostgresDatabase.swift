import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOPosix

/// A PostgreSQL server through libpq: as many threads as connections, and every unit of work runs on one of them from its first statement
/// to its commit.
public final class PostgresDatabase: Database {
    private static let largestRetryCount = 5
    private static let beginReading = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    private static let beginWriting = "BEGIN"

    private struct State {
        /// The one used last is taken next, so that those that are not needed grow old at the beginning.
        var idle: [(connection: PostgresConnection, since: ContinuousClock.Instant)] = []
        /// How many were opened: one more shows a listener that the server is there.
        var opened = 0
        /// A pooler was met that `DATABASE_POOLER` and the greeting did not tell of.
        var namesFail = false
        /// Whether somebody will look after idle connections that grow old.
        var isWatched = false
        var isClosed = false
    }

    let address: PostgresAddress
    /// For `LISTEN`, which needs a server connection to itself.
    let directAddress: PostgresAddress
    let patience: PostgresPatience
    /// Those that answer `readDelayed` while they are near enough; nil where there are none, and of a replica itself.
    public let replicas: PostgresReplicas?
    private let pooler: PostgresPooler
    private let threads: NIOThreadPool
    private let figures: PoolFigures
    private let state = NIOLockedValueBox(State())
    private let room = Room()

    /// Connects on the first use (`ping` tells whether that works). `url` is anything libpq understands; what it leaves open we set: a
    /// time limit of 5 s for connecting and 30 s for a statement. `directURL` leads past a pooler, for notifications; without it they come by
    /// `url` too. Throws `DatabaseError.failed` when an address cannot be read, also one of `replicas`.
    public init(
        url: String, directURL: String? = nil, connections: Int = 8, pooler: PostgresPooler = .automatic, limits: PostgresLimits = PostgresLimits(),
        replicas: PostgresReplicas? = nil, logger: Logger = Logger(label: "postiz")
    ) throws {
        address = try PostgresAddress(url)
        directAddress = try directURL.map { try PostgresAddress($0) } ?? address
        self.pooler = pooler
        self.replicas = replicas
        patience = PostgresPatience(limits, logger: logger)
        threads = NIOThreadPool(numberOfThreads: max(1, connections))
        figures = PoolFigures(size: max(1, connections), ofReplica: !limits.repeats)
        threads.start()
    }

    deinit {
        // Without `close` the threads still end; nobody is left to hear of it.
        threads.shutdownGracefully { _ in }
    }

    public var dialect: Dialect { .postgres }
    public var isFull: Bool { room.isGone }

    public func read<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        try await TransactionFigures.measuring(patience.limits.repeats ? "read" : "replica") {
            try await onThread { try self.transact(Self.beginReading, work) }
        }
    }

    @discardableResult
    public func write<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        try await TransactionFigures.measuring("write") {
            try await room.noting { try await onThread { try self.transact(Self.beginWriting, work) } }
        }
    }

    /// Runs a statement that PostgreSQL refuses inside a transaction, such as `CREATE DATABASE`.
    package func runOutsideTransaction(_ sql: String) async throws {
        try await onThread {
            try self.withConnection { connection in
                do throws(PostgresError) { try connection.run(sql) } catch { throw self.translate(error, while: sql) }
            }
        }
    }

    /// From now on waits for the server hardly at all: the process stops, and a server or pooler that does not answer must not hold it.
    public func hurry() {
        patience.stop()
        replicas?.hurry()
    }

    public func close() async {
        hurry()
        state.withLockedValue { $0.isClosed = true }
        await withCheckedContinuation { continuation in
            threads.shutdownGracefully { _ in continuation.resume() }
        }
        state.withLockedValue { $0.idle = [] }
        await replicas?.close()
    }

    var isClosed: Bool { state.withLockedValue(\.isClosed) }

    var openedConnections: Int { state.withLockedValue(\.opened) }

    func translate(_ error: PostgresError, while doing: String) -> DatabaseError {
        switch error.databaseError(while: doing) {
        case .unavailable(let words): .unavailable(address.redact(words))
        case let other: other
        }
    }

    func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let start = ContinuousClock.now
        figures.waits()
        return try await withCheckedThrowingContinuation { continuation in
            threads.submit { [patience, figures] state in
                if ContinuousClock.now - start >= patience.limits.opening {
                    let setting = patience.limits.setting
                    patience.complain("Work waited for one of this process's own connections: are \(setting) too few, or statements slow?")
                }
                let result = figures.using { Result { if state == .active { try work() } else { throw DatabaseError.closed } } }
                continuation.resume(with: result)
            }
        }
    }

    /// One unit of work, again and again while the server asks for that.
    private func transact<Value>(_ begin: String, _ work: (any Transaction) throws -> Value) throws -> Value {
        var connection = try lease()
        var retries = 0
        var mayReconnect = true
        while true {
            let transaction = PostgresTransaction(connection, begin: begin, isWriting: begin == Self.beginWriting, translate: translate)
            let outcome = Result {
                let value = try work(transaction)
                try transaction.commit()
                return value
            }
            transaction.rollBackIfOpen()
            if let failure = transaction.failure {
                let mayRepeat = patience.limits.repeats || failure.isStaleStatement
                if mayRepeat, failure.asksForRetry, !(failure.isStaleStatement && transaction.isCommitting), retries < Self.largestRetryCount {
                    retries += 1
                    Thread.sleep(forTimeInterval: .random(in: 0.001...0.01) * Double(retries))
                    if failure.isForeignStatement { state.withLockedValue { $0.namesFail = true } }
                    if failure.isStaleStatement || !connection.isReusable { connection = try connect() }
                    continue
                }
                // A connection that died while it was idle, or under work that was not committed: nothing was stored.
                if mayRepeat, failure.isLoss, mayReconnect, !patience.isStopping, begin == Self.beginReading || !transaction.isCommitting {
                    mayReconnect = false
                    connection = try connect()
                    continue
                }
                if failure.isProtocolFault { return try outcome.get() }  // Nobody can tell what the connection will answer next.
            }
            release(connection)
            return try outcome.get()
        }
    }

    func withConnection<Value>(_ work: (PostgresConnection) throws -> Value) throws -> Value {
        let connection = try lease()
        defer { release(connection) }
        return try work(connection)
    }

    private func lease() throws -> PostgresConnection {
        while let idle = state.withLockedValue({ $0.idle.popLast() }) {
            if idle.connection.isQuiet { return idle.connection }
        }
        return try connect()
    }

    private func connect() throws -> PostgresConnection {
        let pooler = state.withLockedValue { $0.namesFail ? .transaction : self.pooler }
        let connection = try PostgresConnection(address, pooler: pooler, patience: patience)
        state.withLockedValue { $0.opened += 1 }
        return connection
    }

    /// Keeps a sound connection for the next work; any other is closed when its last reference goes.
    private func release(_ connection: PostgresConnection) {
        let mustWatch = state.withLockedValue { state in
            guard connection.isReusable, !state.isClosed else { return false }
            state.idle.append((connection, .now))
            defer { state.isWatched = true }
            return !state.isWatched
        }
        if mustWatch { watchIdle(after: patience.limits.idle) }
    }

    /// On a queue of the system, because saying goodbye may block.
    private func watchIdle(after delay: Duration) {
        DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + delay / .seconds(1)) { [weak self] in self?.giveBackIdle() }
    }

    private func giveBackIdle() {
        let (now, longest) = (ContinuousClock.now, patience.limits.idle)
        let (old, rest) = state.withLockedValue { state in
            let old = Array(state.idle.prefix { now - $0.since >= longest })
            state.idle.removeFirst(old.count)
            state.isWatched = !state.idle.isEmpty
            return (old, state.idle.first.map { longest - (now - $0.since) })
        }
        if let rest { watchIdle(after: rest) }
        _ = old  // Closed here, outside the lock.
    }
}
