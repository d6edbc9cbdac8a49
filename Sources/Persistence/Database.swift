import Domain
import NIOConcurrencyHelpers

/// Where everything is kept. Two drivers, SQLite and PostgreSQL, pass one conformance suite and run one SQL text.
///
/// Work inside a transaction is synchronous: nothing else can be awaited while a row is locked, and the compiler sees to it. A driver runs
/// it on threads of its own, never on the cooperative pool. Cancelling the calling task does not stop it: what has happened in the world
/// must be stored, also by a task that is being cancelled.
public protocol Database: Sendable {
    var dialect: Dialect { get }

    /// Runs `work` on one consistent snapshot. Writing inside it is refused.
    func read<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value

    /// The same where a moment's delay is harmless and nothing is decided by what is found: a replica may answer, should there be one. It
    /// has then everything that was stored when this was called.
    func readDelayed<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value

    /// Runs `work` in one transaction: committed (and on disk) when this returns, rolled back when `work` throws. `work` may run again from
    /// its start when the database asks for a retry (a serialization failure, a busy file), so it must touch nothing but its transaction.
    @discardableResult
    func write<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value

    /// Whether the last write was refused because there was no room for it.
    var isFull: Bool { get }

    /// Lets go of files, connections and threads; calls after this throw `DatabaseError.closed`.
    func close() async
}

extension Database {
    /// Returns when the database answers; throws `DatabaseError.unavailable` with its words.
    public func ping() async throws {
        _ = try await read { try $0.query("SELECT 1 AS one") }
    }
}

/// What a unit of work may do. Not `Sendable`: it lives and dies inside its closure. Once a statement has failed the transaction is lost:
/// further statements throw the same error and nothing is stored, even when the work passes over it (use `ON CONFLICT` instead).
public protocol Transaction {
    var dialect: Dialect { get }

    /// Runs one prepared statement with `$1`, `$2`, … bound to `parameters` and returns its rows.
    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow]

    /// Runs one prepared statement and hands out its rows one after the other, without making values of what nobody reads.
    func forEach(_ sql: String, _ parameters: [SQLValue], _ body: (inout SQLCursor) throws -> Void) throws

    /// Runs one prepared statement and returns how many rows it changed.
    @discardableResult
    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int

    /// Runs one prepared statement of which nothing need be known. It may travel with the next one, or with the commit, which fail when it does.
    func send(_ sql: String, _ parameters: [SQLValue]) throws

    /// Runs several statements separated by semicolons, without parameters: migrations only.
    func script(_ sql: String) throws

    /// Calls `act` when the transaction has been committed, before `write` returns; never when it is rolled back. It must not block.
    func afterCommit(_ act: @escaping @Sendable () -> Void)
}

extension Transaction {
    public func query(_ sql: String, _ parameters: any SQLConvertible...) throws -> [SQLRow] {
        try query(sql, parameters.map(\.sqlValue))
    }

    @discardableResult
    public func execute(_ sql: String, _ parameters: any SQLConvertible...) throws -> Int {
        try execute(sql, parameters.map(\.sqlValue))
    }

    public func send(_ sql: String, _ parameters: any SQLConvertible...) throws {
        try send(sql, parameters.map(\.sqlValue))
    }

    /// Where nothing travels.
    public func send(_ sql: String, _ parameters: [SQLValue]) throws { try execute(sql, parameters) }
}

/// The few places where one SQL text cannot serve both databases.
public enum Dialect: Sendable, Equatable {
    case sqlite
    case postgres

    /// Appended to a `SELECT` whose rows are about to be claimed, so that claimers do not wait for each other. SQLite has one writer.
    public var skipLocked: String { self == .postgres ? " FOR UPDATE SKIP LOCKED" : "" }

    /// Appended to a `SELECT` whose row must not change until the transaction ends.
    public var forUpdate: String { self == .postgres ? " FOR UPDATE" : "" }

    /// Appended to an expression: whether it is one of the elements of the JSON array of text bound to `parameter`. (PostgreSQL takes a table of
    /// elements for a hundred rows, and would rather read all of a table that has a few thousand than look them up.)
    public func isOne(of parameter: String) -> String {
        self == .postgres
            ? "= ANY(ARRAY(SELECT jsonb_array_elements_text(CAST(\(parameter) AS JSONB))))" : "IN (SELECT value FROM json_each(\(parameter)))"
    }

    /// A table expression `list(value)` of the elements of the JSON array of text bound to `parameter`, such as `$1`.
    public func elements(of parameter: String) -> String {
        self == .postgres
            ? "jsonb_array_elements_text(CAST(\(parameter) AS JSONB)) AS list(value)"
            : "json_each(\(parameter)) AS list"
    }

    /// The number that the JSON document in `column` has under `name`, which must be a plain word.
    func number(_ name: String, in column: String) -> String {
        self == .postgres ? "CAST(\(column) ->> '\(name)' AS BIGINT)" : "CAST(json_extract(\(column), '$.\(name)') AS INTEGER)"
    }

    /// Translates a migration, written in PostgreSQL's words, into this dialect. `{strict}` marks the end of a table: SQLite then checks
    /// the type of every value as PostgreSQL does.
    func schema(_ sql: String) -> String {
        guard self == .sqlite else { return sql.replacing("{strict}", with: "") }
        let words = ["BIGINT": "INTEGER", "BOOLEAN": "INTEGER", "DOUBLE PRECISION": "REAL", "JSONB": "TEXT", "BYTEA": "BLOB", "{strict}": " STRICT"]
        return words.reduce(sql) { $0.replacing($1.key, with: $1.value) }
    }
}

/// What can go wrong below a repository.
public enum DatabaseError: Error, Equatable, Sendable {
    /// A row that must be unique is there already; `constraint` is the index or column as the database names it.
    case uniqueViolation(constraint: String)
    case foreignKeyViolation
    /// The database cannot be reached or is read-only: nothing was stored; the same call may succeed later.
    case unavailable(String)
    /// There is no room for what was to be stored: nothing was; the same call succeeds when somebody has made room.
    case full(String)
    case closed
    /// The database itself is not what it should be: a damaged file, one that is no database. Nothing can be read until it is replaced.
    case damaged(String)
    /// A mistake of ours: wrong SQL, a missing column, a value of another type.
    case failed(String)
}

extension Database {
    public var isFull: Bool { false }

    public func readDelayed<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        try await read(work)
    }

    /// Stores what is only good to know. Where there is no room it is left out: nobody should be kept from reading by it.
    public func writeIfThereIsRoom(_ work: @escaping @Sendable (any Transaction) throws -> Void) async throws {
        do { try await write(work) } catch DatabaseError.full(_) {}
    }
}

/// Remembers whether the last write found room.
final class Room: Sendable {
    private let full = NIOLockedValueBox(false)

    var isGone: Bool { full.withLockedValue { $0 } }

    func noting<Value>(_ write: () async throws -> Value) async throws -> Value {
        do {
            let value = try await write()
            full.withLockedValue { $0 = false }
            return value
        } catch let error as DatabaseError {
            if case .full = error { full.withLockedValue { $0 = true } }
            throw error
        }
    }
}

extension DatabaseError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .uniqueViolation(let constraint): "a row that must be unique is there already (\(constraint))"
        case .foreignKeyViolation: "a row refers to one that is not there"
        case .closed: "the database is closed"
        case .unavailable(let words), .full(let words), .damaged(let words), .failed(let words): words
        }
    }
}
