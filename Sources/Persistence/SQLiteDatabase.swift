import Domain
import Foundation
import GRDB
import Glibc
import NIOConcurrencyHelpers
import NIOPosix

/// One SQLite file in write-ahead mode: readers see a snapshot and never wait, writers share commits (`SQLiteGroupCommit`), and a commit
/// that was answered survives a power failure.
public final class SQLiteDatabase: Database {
    public let path: String
    private let pool: DatabasePool
    private let commits: SQLiteGroupCommit
    private let figures: PoolFigures
    private let room = Room()

    /// Opens or creates the file. Blocks for as long as opening takes, so it belongs to the start of the program.
    ///
    /// Throws `DatabaseError.unavailable` when the file cannot be opened or written.
    public init(path: String) throws {
        self.path = path
        do {
            pool = try DatabasePool(path: path, configuration: Self.configuration)
            try pool.writeWithoutTransaction(Self.demandDurability)
        } catch let error as GRDB.DatabaseError {
            throw DatabaseError(error, while: "opening \(path)")
        }
        commits = SQLiteGroupCommit(pool: pool)
        figures = PoolFigures(size: Self.configuration.maximumReaderCount)
    }

    public var dialect: Dialect { .sqlite }
    public var isFull: Bool { room.isGone }

    public func read<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        guard !commits.isClosed else { throw DatabaseError.closed }
        return try await TransactionFigures.measuring("read") {
            figures.waits()
            return try await withCheckedThrowingContinuation { continuation in
                pool.asyncRead { [figures] connection in
                    let value = figures.using { Result { try SQLiteTransaction.run(work, on: connection.get(), writing: false) } }
                    continuation.resume(with: value.mapError(DatabaseError.translate))
                }
            }
        }
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
        do {
            // A reader copies its snapshot, so writers need not wait. `VACUUM` refuses to run in a transaction.
            try await pool.unsafeRead { try $0.execute(sql: "VACUUM INTO ?", arguments: [partial]) }
            try await Self.onFileThread { try Self.mark(partial, at: now) }
        } catch let error as GRDB.DatabaseError {
            try await Self.onFileThread { try Self.removeFile(partial) }
            throw DatabaseError(error, while: "copying to \(target)")
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
        guard await commits.close() else { return }
        await withCheckedContinuation { continuation in
            NIOThreadPool.singleton.submit { [pool] _ in
                // Nothing is running any more; a file that cannot be closed is closed by the end of the process.
                try? pool.close()
                continuation.resume()
            }
        }
    }

    static func onFileThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(work)
    }

    private static func mark(_ path: String, at now: Timestamp) throws {
        let copy = try DatabaseQueue(path: path)
        try copy.write { connection in
            guard try connection.tableExists("instance_values") else { return }
            try connection.execute(sql: CopyRepository.mark(at: now))
        }
        try copy.close()
    }

    private static func removeFile(_ path: String) throws {
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { $0.add(function: lower) }
        return configuration
    }

    /// SQLite's own LOWER knows ASCII only.
    private static let lower = DatabaseFunction("LOWER", argumentCount: 1, pure: true) { values in
        if case .string(let text) = values[0].storage { text.lowercased() } else { values[0] }
    }

    /// The pool sets `synchronous` to NORMAL while it opens, which may lose the last commits on a power failure; so it is set, and read
    /// back, afterwards.
    private static func demandDurability(_ connection: GRDB.Database) throws {
        try connection.execute(sql: "PRAGMA synchronous = FULL")
        let settings = try ["synchronous", "foreign_keys", "journal_mode"].map { try String.fetchOne(connection, sql: "PRAGMA \($0)") }
        guard settings == ["2", "1", "wal"] else {
            throw DatabaseError.failed("SQLite refused write-ahead logging with full synchronisation and foreign keys: \(settings)")
        }
    }
}
