import Foundation
import NIOConcurrencyHelpers
import NIOPosix

/// A PostgreSQL server through libpq: as many threads as connections, and every unit of work runs on one of them from its first statement
/// to its commit.
public final class PostgresDatabase: Database {
    private static let largestRetryCount = 5
    private static let beginReading = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    private static let beginWriting = "BEGIN"

    private struct State {
        var idle: [PostgresConnection] = []
        var isClosed = false
    }

    let address: PostgresAddress
    private let threads: NIOThreadPool
    private let state = NIOLockedValueBox(State())
    private let room = Room()

    /// Connects on the first use (`ping` tells whether that works). `url` is anything libpq understands; what it leaves open we set: a
    /// time limit of 5 s for connecting and 30 s for a statement. Throws `DatabaseError.failed` when it cannot be read.
    public init(url: String, connections: Int = 8) throws {
        address = try PostgresAddress(url)
        threads = NIOThreadPool(numberOfThreads: max(1, connections))
        threads.start()
    }

    deinit {
        // Without `close` the threads still end; nobody is left to hear of it.
        threads.shutdownGracefully { _ in }
    }

    public var dialect: Dialect { .postgres }
    public var isFull: Bool { room.isGone }

    /// Returns when the server answers; throws `DatabaseError.unavailable` with its words.
    public func ping() async throws {
        _ = try await read { try $0.query("SELECT 1") }
    }

    public func read<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        try await onThread { try self.transact(Self.beginReading, work) }
    }

    @discardableResult
    public func write<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        try await room.noting { try await onThread { try self.transact(Self.beginWriting, work) } }
    }

    /// Runs a statement that PostgreSQL refuses inside a transaction, such as `CREATE DATABASE`.
    package func runOutsideTransaction(_ sql: String) async throws {
        try await onThread {
            let connection = try self.lease()
            defer { self.release(connection) }
            do throws(PostgresError) { try connection.run(sql) } catch { throw self.translate(error, while: sql) }
        }
    }

    public func close() async {
        state.withLockedValue { $0.isClosed = true }
        await withCheckedContinuation { continuation in
            threads.shutdownGracefully { _ in continuation.resume() }
        }
        state.withLockedValue { $0.idle = [] }
    }

    var isClosed: Bool { state.withLockedValue(\.isClosed) }

    func translate(_ error: PostgresError, while doing: String) -> DatabaseError {
        switch error.databaseError(while: doing) {
        case .unavailable(let words): .unavailable(address.redact(words))
        case let other: other
        }
    }

    private func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            threads.submit { state in
                continuation.resume(with: Result { if state == .active { try work() } else { throw DatabaseError.closed } })
            }
        }
    }

    /// One unit of work, again and again while the server asks for that.
    private func transact<Value>(_ begin: String, _ work: (any Transaction) throws -> Value) throws -> Value {
        var connection = try lease()
        var retries = 0
        var mayReconnect = true
        while true {
            let transaction = PostgresTransaction(connection, begin: begin, translate: translate)
            let outcome = Result {
                let value = try work(transaction)
                try transaction.commit()
                return value
            }
            transaction.rollBackIfOpen()
            if let failure = transaction.failure {
                if failure.asksForRetry, retries < Self.largestRetryCount {
                    retries += 1
                    Thread.sleep(forTimeInterval: .random(in: 0.001...0.01) * Double(retries))
                    if failure.isStaleStatement || !connection.isReusable { connection = try PostgresConnection(address) }
                    continue
                }
                // A connection that died while it was idle, or under work that was not committed: nothing was stored.
                if failure.isLoss, mayReconnect, begin == Self.beginReading || !transaction.isCommitting {
                    mayReconnect = false
                    connection = try PostgresConnection(address)
                    continue
                }
            }
            release(connection)
            return try outcome.get()
        }
    }

    private func lease() throws -> PostgresConnection {
        try state.withLockedValue { $0.idle.popLast() } ?? PostgresConnection(address)
    }

    /// Keeps a sound connection for the next work; any other is closed when its last reference goes.
    private func release(_ connection: PostgresConnection) {
        guard connection.isReusable else { return }
        state.withLockedValue { if !$0.isClosed { $0.idle.append(connection) } }
    }
}
