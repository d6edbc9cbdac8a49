/// A unit of work on one connection. `BEGIN` travels with the first statement, and what is only sent with the one after it.
final class PostgresTransaction: Transaction {
    private let connection: PostgresConnection
    private let translate: (PostgresError, String) -> DatabaseError
    private var begin: String?
    private let isWriting: Bool
    /// The first error of a statement. The transaction is lost with it, even when the work went on.
    private(set) var failure: PostgresError?
    /// Whether `COMMIT` was sent: from then on a lost connection leaves open what became of the work.
    private(set) var isCommitting = false
    private var followers: [@Sendable () -> Void] = []

    init(_ connection: PostgresConnection, begin: String, isWriting: Bool, translate: @escaping (PostgresError, String) -> DatabaseError) {
        self.connection = connection
        self.begin = begin
        self.isWriting = isWriting
        self.translate = translate
    }

    var dialect: Dialect { .postgres }

    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] { try run(sql, parameters).rows }

    func forEach(_ sql: String, _ parameters: [SQLValue], _ body: (inout SQLCursor) throws -> Void) throws {
        try run(sql, parameters).forEachRow(body)
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int { try run(sql, parameters).changes }

    func send(_ sql: String, _ values: [SQLValue]) throws {
        // A read ends without waiting for answers.
        guard isWriting else { return _ = try run(sql, values) }
        let parameters = try PostgresParameters(values)
        try attempt(sql) { () throws(PostgresError) in
            defer { begin = nil }
            try connection.send(sql, parameters, opening: begin)
        }
    }

    func script(_ sql: String) throws {
        try attempt("a script") { () throws(PostgresError) in
            if let begin { try connection.begin(begin) }
            begin = nil
            try connection.script(sql)
        }
    }

    func afterCommit(_ act: @escaping @Sendable () -> Void) { followers.append(act) }

    /// Throws what went wrong in a statement before, should the work have passed over it.
    func commit() throws {
        try attempt("COMMIT") { () throws(PostgresError) in
            guard begin == nil else { return }
            guard isWriting else { return try connection.commitReading() }
            isCommitting = true
            do throws(PostgresError) {
                try connection.run("COMMIT")
            } catch {
                isCommitting = !error.keptLastFromRunning
                guard error.isLoss else { throw error }
                throw PostgresError(state: error.state, message: "the connection was lost during COMMIT: \(error.message)")
            }
        }
        for follower in followers { follower() }
    }

    func rollBackIfOpen() {
        // A connection on which this fails is not reusable, so it is closed, and the server rolls back.
        if connection.isInTransaction { _ = try? connection.run("ROLLBACK") }
    }

    private func run(_ sql: String, _ values: [SQLValue]) throws -> PostgresResult {
        let parameters = try PostgresParameters(values)
        return try attempt(sql) { () throws(PostgresError) in
            defer { begin = nil }
            return try connection.run(sql, parameters, opening: begin)
        }
    }

    private func attempt<Value>(_ sql: String, _ statement: () throws(PostgresError) -> Value) throws(DatabaseError) -> Value {
        do throws(PostgresError) {
            if let failure { throw failure }
            return try statement()
        } catch {
            if failure == nil { failure = error }
            throw translate(error, sql)
        }
    }
}
