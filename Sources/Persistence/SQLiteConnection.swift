import CSQLite

/// One connection to a SQLite file with the statements it has prepared. Its calls block, so they belong on a thread of ours.
///
/// `@unchecked Sendable`: it is used by one thread at a time, the one that opened it or took it from the list of `SQLiteDatabase`, whose lock
/// orders the hand-over.
final class SQLiteConnection: @unchecked Sendable {
    enum Access {
        /// Write-ahead mode, and a commit is on the disk before it is answered.
        case writing
        /// What would change something is refused.
        case reading
        /// The file as it is, for what is done to a copy.
        case plain
    }

    private static let largestStatementCount = 256

    private let handle: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]
    /// Counts statements run: tells which was used last.
    private var clock = 0
    private var isOpen = true

    /// Opens the file, and creates it for writing. Throws what SQLite complains of.
    init(path: String, access: Access) throws(SQLiteError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (access == .writing ? SQLITE_OPEN_CREATE : 0)
        guard sqlite3_open_v2(path, &opened, flags, nil) == SQLITE_OK, let opened else {
            defer { sqlite3_close_v2(opened) }
            throw SQLiteError(of: opened)
        }
        handle = opened
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, 5000)
        postiz_sqlite_refuse_quoted_texts(handle)
        try addLowerCase()
        try script("PRAGMA foreign_keys = ON")
        switch access {
        case .writing: try script("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        case .reading: try script("PRAGMA query_only = ON")
        case .plain: break
        }
    }

    deinit { close() }

    /// Lets go of the file; nothing may use the connection afterwards. The last one to close moves what was written ahead into the file.
    func close() {
        guard isOpen else { return }
        isOpen = false
        statements = [:]
        sqlite3_close_v2(handle)
    }

    /// Whether a transaction is open. SQLite undoes one itself after some errors, such as a full disk.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs one statement, hands out its rows one after the other, and returns how many rows it changed.
    @discardableResult
    func run(_ sql: String, _ parameters: [SQLValue] = [], each: (SQLiteStatement) throws -> Void = { _ in }) throws -> Int {
        let statement = try statement(sql)
        let before = sqlite3_total_changes64(handle)
        statement.isRunning = true
        defer { statement.reset() }
        try statement.bind(parameters, on: handle)
        return try SlowStatements.watching(sql) {
            while true {
                switch sqlite3_step(statement.handle) {
                case SQLITE_ROW: try each(statement)
                // `changes` is the last change's until there is another.
                case SQLITE_DONE: return sqlite3_total_changes64(handle) == before ? 0 : Int(sqlite3_changes64(handle))
                default: throw SQLiteError(of: handle)
                }
            }
        }
    }

    /// Runs statements separated by semicolons. They may change the schema, so what was prepared for the old one is forgotten.
    func script(_ sql: String) throws(SQLiteError) {
        statements = [:]
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw SQLiteError(of: handle) }
    }

    /// The first value of the first row, as text.
    func value(_ sql: String) throws -> String? {
        var found: String?
        try run(sql) { found = SQLCursor(.sqlite($0.handle)).optionalText(0) }
        return found
    }

    /// A statement that nobody is running: work inside one may run the same text again.
    private func statement(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        clock += 1
        if let known = statements[sql], !known.isRunning {
            known.lastUse = clock
            return known
        }
        let made = try SQLiteStatement(sql, on: handle)
        made.lastUse = clock
        if statements.count >= Self.largestStatementCount, let oldest = statements.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            statements[oldest.key] = nil
        }
        statements[sql] = made
        return made
    }

    /// SQLite's own LOWER knows ASCII only.
    private func addLowerCase() throws(SQLiteError) {
        let lower: @convention(c) (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Void = { context, _, values in
            guard let value = values?[0], sqlite3_value_type(value) == SQLITE_TEXT, let text = sqlite3_value_text(value) else {
                return sqlite3_result_value(context, values?[0])
            }
            var lowered = String(decoding: UnsafeBufferPointer(start: text, count: Int(sqlite3_value_bytes(value))), as: UTF8.self).lowercased()
            lowered.withUTF8 { utf8 in
                utf8.withMemoryRebound(to: CChar.self) { sqlite3_result_text(context, $0.baseAddress, Int32($0.count), SQLiteStatement.copied) }
            }
        }
        let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC
        guard sqlite3_create_function_v2(handle, "LOWER", 1, flags, nil, lower, nil, nil, nil) == SQLITE_OK else { throw SQLiteError(of: handle) }
    }
}

/// A prepared statement.
final class SQLiteStatement {
    /// Tells SQLite to keep a copy of what it is given.
    static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    let handle: OpaquePointer
    var isRunning = false
    var lastUse = 0
    /// For each parameter of SQLite, which value it takes: SQLite takes `$1` as a name and numbers names by their first appearance.
    private let places: [Int]
    private var knownColumns: [String: Int] = [:]

    init(_ sql: String, on connection: OpaquePointer) throws(SQLiteError) {
        var prepared: OpaquePointer?
        let (code, isWhole) = sql.withCString { start in
            var rest: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(connection, start, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, &rest)
            return (code, rest.map { String(cString: $0).allSatisfy(\.isWhitespace) } ?? true)
        }
        guard code == SQLITE_OK else { throw SQLiteError(of: connection) }
        guard let prepared, isWhole else {
            sqlite3_finalize(prepared)
            throw SQLiteError(code: SQLITE_MISUSE, message: "not one statement")
        }
        handle = prepared
        places = (0..<sqlite3_bind_parameter_count(prepared)).map { index in
            sqlite3_bind_parameter_name(prepared, index + 1).flatMap { Int(String(cString: $0 + 1)) } ?? 0
        }
    }

    deinit { sqlite3_finalize(handle) }

    /// Where each column of the result is, by its name. A schema that changed may have made them more.
    var columns: [String: Int] {
        let count = sqlite3_column_count(handle)
        if knownColumns.count != count {
            let names = (0..<count).map { String(cString: sqlite3_column_name(handle, $0)) }
            knownColumns = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        }
        return knownColumns
    }

    /// The values of the row at which it stands.
    var values: [SQLValue] {
        (0..<sqlite3_column_count(handle)).map { column in
            switch sqlite3_column_type(handle, column) {
            case SQLITE_INTEGER: .integer(sqlite3_column_int64(handle, column))
            case SQLITE_FLOAT: .real(sqlite3_column_double(handle, column))
            case SQLITE_TEXT:
                .text(
                    String(
                        decoding: UnsafeBufferPointer(
                            start: sqlite3_column_text(handle, column), count: Int(sqlite3_column_bytes(handle, column))), as: UTF8.self))
            case SQLITE_BLOB:
                .bytes(Array(UnsafeRawBufferPointer(start: sqlite3_column_blob(handle, column), count: Int(sqlite3_column_bytes(handle, column)))))
            default: .null
            }
        }
    }

    func bind(_ values: [SQLValue], on connection: OpaquePointer) throws {
        for (index, place) in places.enumerated() {
            guard values.indices.contains(place - 1) else { throw SQLiteError(code: SQLITE_RANGE, message: "no value for $\(place)") }
            guard try bind(values[place - 1], at: Int32(index + 1)) == SQLITE_OK else { throw SQLiteError(of: connection) }
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) throws -> Int32 {
        try value.refuseNUL()
        return switch value {
        case .null: sqlite3_bind_null(handle, index)
        case .bool(let flag): sqlite3_bind_int64(handle, index, flag ? 1 : 0)
        case .integer(let number): sqlite3_bind_int64(handle, index, number)
        case .real(let number): sqlite3_bind_double(handle, index, number)
        case .text(let text): sqlite3_bind_text64(handle, index, text, UInt64(text.utf8.count), Self.copied, UInt8(SQLITE_UTF8))
        case .bytes(let bytes) where bytes.isEmpty: sqlite3_bind_zeroblob(handle, index, 0)
        case .bytes(let bytes): sqlite3_bind_blob64(handle, index, bytes, UInt64(bytes.count), Self.copied)
        }
    }

    /// Lets go of its locks and of its values.
    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
        isRunning = false
    }
}

/// What SQLite answered: an extended result code (sqlite.org/rescode.html) and its words.
struct SQLiteError: Error {
    let code: Int32
    let message: String

    init(code: Int32, message: String) { (self.code, self.message) = (code, message) }

    /// The last error of a connection; nil is one that there was no memory for.
    init(of connection: OpaquePointer?) {
        code = sqlite3_extended_errcode(connection)
        message = String(cString: sqlite3_errmsg(connection))
    }

    /// The code without what extends it.
    var primaryCode: Int32 { code & 0xFF }

    static let uniqueViolations: Set<Int32> = Set([6, 8, 10].map { SQLITE_CONSTRAINT | $0 << 8 })  // primary key, unique, row id
    static let foreignKeyViolation = SQLITE_CONSTRAINT | 3 << 8
}

extension DatabaseError {
    /// What SQLite answered, in our words; any other error as it is.
    static func translate(_ error: any Error) -> any Error {
        (error as? SQLiteError).map { DatabaseError($0, while: "a transaction") } ?? error
    }

    /// Parameters are never part of the words: they may be secrets.
    init(_ error: SQLiteError, while doing: String) {
        let words = error.message
        self =
            switch (error.code, error.primaryCode) {
            case (let code, _) where SQLiteError.uniqueViolations.contains(code):
                .uniqueViolation(constraint: words.replacing("UNIQUE constraint failed: ", with: ""))
            case (SQLiteError.foreignKeyViolation, _): .foreignKeyViolation
            case (_, SQLITE_FULL): .full("the disk is full")
            case (_, SQLITE_IOERR): .unavailable("the disk reported an error: \(words)")
            case (_, SQLITE_READONLY): .unavailable("the database file is read-only")
            case (_, SQLITE_CANTOPEN), (_, SQLITE_PERM), (_, SQLITE_AUTH):
                .unavailable("the database file cannot be opened: \(words), \(doing)")
            case (_, SQLITE_BUSY), (_, SQLITE_LOCKED): .unavailable("the database file is busy")
            case (_, SQLITE_CORRUPT), (_, SQLITE_NOTADB): .damaged("the database file is damaged: \(words)")
            default: .failed("\(words) in \(doing)")
            }
    }
}
