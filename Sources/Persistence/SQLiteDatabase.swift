import Domain
import Foundation
import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// One SQLite file in write-ahead mode: readers see a snapshot and never wait, writers share commits (`SQLiteGroupCommit`), and a commit
/// that was answered survives a power failure.
public final class SQLiteDatabase: Database {
    /// As many reads run at once; each has a connection with a cache of its own. More than there are cores take turns on them, and a fifth of
    /// the rate goes into that; one alone would let everybody wait for a long read.
    private static let readerCount = min(max(2, System.coreCount), 8)

    public let path: String
    private let commits: SQLiteGroupCommit
    private let threads: NIOThreadPool
    /// Reading connections that are not in use. The one used last is taken next: its cache is the freshest.
    private let idle = NIOLockedValueBox<[SQLiteConnection]>([])
    private let figures = PoolFigures(size: SQLiteDatabase.readerCount)
    private let room = Room()

    /// Opens or creates the file. Blocks for as long as opening takes, so it belongs to the start of the program.
    ///
    /// Throws `DatabaseError.unavailable` when the file cannot be opened or written.
    public init(path: String) throws {
        self.path = path
        let writer = try Self.connect(path, .writing)
        try Self.demandDurability(writer)
        commits = SQLiteGroupCommit(connection: writer)
        threads = NIOThreadPool(numberOfThreads: Self.readerCount)
        threads.start()
    }

    deinit {
        // Without `close` the threads still end; nobody is left to hear of it.
        threads.shutdownGracefully { _ in }
    }

    public var dialect: Dialect { .sqlite }
    public var isFull: Bool { room.isGone }

    public func read<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        guard !commits.isClosed else { throw DatabaseError.closed }
        return try await TransactionFigures.measuring("read") {
            figures.waits()
            return try await withCheckedThrowingContinuation { continuation in
                threads.submit { [figures] state in
                    let value = figures.using { Result { if state == .active { try self.readOnThread(work) } else { throw DatabaseError.closed } } }
                    continuation.resume(with: value.mapError(DatabaseError.translate))
                }
            }
        }
    }

    private func readOnThread<Value>(_ work: (any Transaction) throws -> Value) throws -> Value {
        let connection = try idle.withLockedValue { $0.popLast() } ?? Self.connect(path, .reading)
        try connection.run("BEGIN")
        let value = Result { try SQLiteTransaction.run(work, on: connection, writing: false) }
        // An error may have ended it. A connection on which this fails is closed.
        if connection.isInTransaction { try connection.run("COMMIT") }
        idle.withLockedValue { $0.append(connection) }
        return try value.get()
    }

    @discardableResult
    public func write<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        try await TransactionFigures.measuring("write") { try await room.noting { try await commits.write(work) } }
    }

    /// Writes a consistent copy of the database to `target`, which it replaces, and which knows that it is one (`CopyRepository`). Throws
    /// `DatabaseError.full` when the disk is.
    public func copy(to target: String, at now: Timestamp = .now) async throws {
        guard !commits.isClosed else { throw DatabaseError.closed }
        // A copy that was cut off must not look like a whole one, and another process may be copying, too.
        let partial = "\(target).\(UUID().uuidString).partial"
        let path = path
        try await Self.onFileThread {
            do {
                // A connection of its own copies its snapshot, so neither readers nor writers need wait.
                try SQLiteConnection(path: path, access: .plain).run("VACUUM INTO $1", [.text(partial)])
                try Self.mark(partial, at: now)
            } catch let error as SQLiteError {
                try Self.removeFile(partial)
                throw DatabaseError(error, while: "copying to \(target)")
            }
        }
        try await Self.onFileThread {
            guard rename(partial, target) == 0 else {
                let reason = String(cString: strerror(errno))
                try Self.removeFile(partial)
                throw DatabaseError.unavailable("The copy \(target) cannot be put in place: \(reason).")
            }
        }
    }

    public func close() async {
        await commits.close {
            await withCheckedContinuation { continuation in threads.shutdownGracefully { _ in continuation.resume() } }
            idle.withLockedValue { $0 = [] }
        }
    }

    static func onFileThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(work)
    }

    private static func mark(_ path: String, at now: Timestamp) throws {
        let copy = try SQLiteConnection(path: path, access: .plain)
        let hasPlace = try copy.value("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'instance_values'") == "1"
        if hasPlace { try copy.script(CopyRepository.mark(at: now)) }
    }

    private static func removeFile(_ path: String) throws {
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
    }

    private static func connect(_ path: String, _ access: SQLiteConnection.Access) throws -> SQLiteConnection {
        do throws(SQLiteError) {
            return try SQLiteConnection(path: path, access: access)
        } catch {
            throw DatabaseError(error, while: "opening \(path)")
        }
    }

    /// SQLite leaves a setting as it was where it cannot change it, so all are read back.
    private static func demandDurability(_ connection: SQLiteConnection) throws {
        let settings = try ["synchronous", "foreign_keys", "journal_mode"].map { try connection.value("PRAGMA \($0)") }
        guard settings == ["2", "1", "wal"] else {
            throw DatabaseError.failed("SQLite refused write-ahead logging with full synchronisation and foreign keys: \(settings)")
        }
    }
}
