/// A unit of work on one SQLite connection, used only inside the closure that received it.
final class SQLiteTransaction: Transaction {
    private let connection: SQLiteConnection
    private let isWriting: Bool
    private var failure: DatabaseError?
    private var followers: [@Sendable () -> Void] = []

    /// Runs `work`, inside the transaction or savepoint that the caller has opened.
    static func run<Value>(_ work: (any Transaction) throws -> Value, on connection: SQLiteConnection, writing: Bool) throws -> Value {
        try runForCommit(work, on: connection, writing: writing).value
    }

    /// As `run`, with what is to be called once the caller has committed.
    static func runForCommit<Value>(
        _ work: (any Transaction) throws -> Value, on connection: SQLiteConnection, writing: Bool
    ) throws -> (value: Value, followers: [@Sendable () -> Void]) {
        let transaction = SQLiteTransaction(connection: connection, isWriting: writing)
        let value = try work(transaction)
        if let failure = transaction.failure { throw failure }
        return (value, transaction.followers)
    }

    private init(connection: SQLiteConnection, isWriting: Bool) {
        self.connection = connection
        self.isWriting = isWriting
    }

    var dialect: Dialect { .sqlite }

    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
        try run(sql) {
            var rows: [SQLRow] = []
            try connection.run(sql, parameters) { rows.append(SQLRow(columns: $0.columns, values: $0.values)) }
            return rows
        }
    }

    func forEach(_ sql: String, _ parameters: [SQLValue], _ body: (inout SQLCursor) throws -> Void) throws {
        try run(sql) {
            _ = try connection.run(sql, parameters) { statement in
                var cursor = SQLCursor(.sqlite(statement.handle))
                try body(&cursor)
            }
        }
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        try run(sql) { try connection.run(sql, parameters) }
    }

    func script(_ sql: String) throws {
        try run("a script") { try connection.script(sql) }
    }

    func afterCommit(_ act: @escaping @Sendable () -> Void) { followers.append(act) }

    /// After a statement has failed the transaction is lost, as in PostgreSQL: what follows fails alike and nothing is stored.
    private func run<Value>(_ sql: String, _ statement: () throws -> Value) throws -> Value {
        if let failure { throw failure }
        do {
            return try statement()
        } catch {
            var failure = (error as? DatabaseError) ?? .failed("\(error) in \(sql)")
            if let error = error as? SQLiteError { failure = DatabaseError(error, while: sql) }
            if !isWriting, failure == .unavailable("the database file is read-only") { failure = .failed("a write inside a read: \(sql)") }
            self.failure = failure
            throw failure
        }
    }
}
