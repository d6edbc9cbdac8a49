import Foundation
import GRDB

/// A unit of work on one SQLite connection, used only inside the closure that received it.
final class SQLiteTransaction: Transaction {
    private let connection: GRDB.Database
    private let isWriting: Bool
    private var failure: DatabaseError?
    private var followers: [@Sendable () -> Void] = []

    /// Runs `work`, inside the transaction or savepoint that the caller has opened.
    static func run<Value>(_ work: (any Transaction) throws -> Value, on connection: GRDB.Database, writing: Bool) throws -> Value {
        try runForCommit(work, on: connection, writing: writing).value
    }

    /// As `run`, with what is to be called once the caller has committed.
    static func runForCommit<Value>(
        _ work: (any Transaction) throws -> Value, on connection: GRDB.Database, writing: Bool
    ) throws -> (value: Value, followers: [@Sendable () -> Void]) {
        let transaction = SQLiteTransaction(connection: connection, isWriting: writing)
        let value = try work(transaction)
        if let failure = transaction.failure { throw failure }
        return (value, transaction.followers)
    }

    private init(connection: GRDB.Database, isWriting: Bool) {
        self.connection = connection
        self.isWriting = isWriting
    }

    var dialect: Dialect { .sqlite }

    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
        try run(sql) {
            let statement = try connection.cachedStatement(sql: sql)
            let cursor = try Row.fetchCursor(statement, arguments: Self.arguments(parameters))
            let columns = Dictionary(statement.columnNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            var rows: [SQLRow] = []
            while let row = try cursor.next() {
                rows.append(SQLRow(columns: columns, values: row.databaseValues.map(SQLValue.init)))
            }
            return rows
        }
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        try run(sql) {
            let before = connection.totalChangesCount
            try connection.cachedStatement(sql: sql).execute(arguments: Self.arguments(parameters))
            // `changesCount` is the last change's until there is another.
            return connection.totalChangesCount == before ? 0 : connection.changesCount
        }
    }

    func script(_ sql: String) throws {
        try run("a script") {
            try connection.execute(sql: sql)
            connection.clearSchemaCache()
        }
    }

    func afterCommit(_ act: @escaping @Sendable () -> Void) { followers.append(act) }

    /// After a statement has failed the transaction is lost, as in PostgreSQL: what follows fails alike and nothing is stored.
    private func run<Value>(_ sql: String, _ statement: () throws -> Value) throws -> Value {
        if let failure { throw failure }
        do {
            return try statement()
        } catch {
            var failure = (error as? DatabaseError) ?? .failed("\(error) in \(sql)")
            if let error = error as? GRDB.DatabaseError {
                let isOurMistake = error.resultCode == .SQLITE_READONLY && !isWriting
                failure = isOurMistake ? .failed("a write inside a read: \(sql)") : DatabaseError(error, while: sql)
            }
            self.failure = failure
            throw failure
        }
    }

    /// SQLite takes `$1` as a name and numbers names by their first appearance, so values are bound by name.
    private static func arguments(_ parameters: [SQLValue]) throws -> StatementArguments {
        var values: [String: (any DatabaseValueConvertible)?] = [:]
        for (index, parameter) in parameters.enumerated() {
            try parameter.refuseNUL()
            values[String(index + 1)] = parameter.databaseValue
        }
        return StatementArguments(values)
    }
}

extension SQLValue {
    fileprivate init(_ value: DatabaseValue) {
        self =
            switch value.storage {
            case .null: .null
            case .int64(let number): .integer(number)
            case .double(let number): .real(number)
            case .string(let text): .text(text)
            case .blob(let data): .bytes(Array(data))
            }
    }

    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .bool(let flag): (flag ? 1 : 0).databaseValue
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        }
    }
}

extension DatabaseError {
    /// What GRDB threw, in our words; any other error as it is.
    static func translate(_ error: any Error) -> any Error {
        (error as? GRDB.DatabaseError).map { DatabaseError($0, while: $0.sql ?? "a transaction") } ?? error
    }

    /// Parameters are never part of the words: they may be secrets.
    init(_ error: GRDB.DatabaseError, while doing: String) {
        let words = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        self =
            switch (error.extendedResultCode, error.resultCode) {
            case (.SQLITE_CONSTRAINT_UNIQUE, _), (.SQLITE_CONSTRAINT_PRIMARYKEY, _), (.SQLITE_CONSTRAINT_ROWID, _):
                .uniqueViolation(constraint: words.replacing("UNIQUE constraint failed: ", with: ""))
            case (.SQLITE_CONSTRAINT_FOREIGNKEY, _): .foreignKeyViolation
            case (_, .SQLITE_FULL): .full("the disk is full")
            case (_, .SQLITE_IOERR): .unavailable("the disk reported an error: \(words)")
            case (_, .SQLITE_READONLY): .unavailable("the database file is read-only")
            case (_, .SQLITE_CANTOPEN), (_, .SQLITE_PERM), (_, .SQLITE_AUTH):
                .unavailable("the database file cannot be opened: \(words), \(doing)")
            case (_, .SQLITE_BUSY), (_, .SQLITE_LOCKED): .unavailable("the database file is busy")
            case (_, .SQLITE_CORRUPT), (_, .SQLITE_NOTADB): .damaged("the database file is damaged: \(words)")
            case (_, .SQLITE_MISUSE) where words.contains("closed"): .closed
            default: .failed("\(words) in \(doing)")
            }
    }
}
