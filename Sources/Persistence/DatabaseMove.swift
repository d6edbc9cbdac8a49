import Domain

/// Takes every row of one database into another of the same schema, from SQLite to PostgreSQL or back, and leaves a mark in the old one so
/// that nobody goes on with it: two that publish the same posts would publish them twice.
///
/// Both must be at the same step of the schema, and no process may use them meanwhile. A move that was broken off is begun anew.
public struct DatabaseMove: Sendable {
    /// Why nothing was moved. The old database is as it was.
    public enum Refusal: Error, Equatable, Sendable {
        case sameKind
        /// The rows of the old one were moved elsewhere before.
        case leftBefore
        /// A move into the old one was never finished.
        case sourceIncomplete
        /// There is nobody in the old one: it cannot be the one that is meant.
        case sourceEmpty
        case targetInUse(table: String)
        case othersConnected(Int)
        /// Somebody wrote to the old one while it was read.
        case changedMeanwhile(table: String)
        /// What stands in the new one is not what was read.
        case differs(table: String)
    }

    /// What an unfinished or finished move leaves in a database; nil in one that may be used.
    public enum Mark: String, Sendable {
        /// Rows are on their way into this one.
        case incomplete = "INCOMPLETE"
        /// All rows are here, and the old one is about to be told so.
        case verified = "VERIFIED"
        /// The rows live elsewhere now.
        case left = "LEFT"

        static let name = "move"

        /// Throws `DatabaseError`.
        public static func of(_ database: any Database) async throws -> Mark? {
            try await database.read { try InstanceRepository.value(name, in: $0) }.flatMap(Mark.init)
        }

        fileprivate static func set(_ mark: Mark?, in transaction: any Transaction) throws {
            try transaction.execute("DELETE FROM instance_values WHERE name = $1", name)
            if let mark { try transaction.execute("INSERT INTO instance_values (name, value) VALUES ($1, $2)", name, mark.rawValue) }
        }
    }

    public struct Count: Sendable, Equatable, Codable {
        public let table: String
        public let rows: Int
    }

    private static let batch = 200
    private let source: any Database
    private let target: any Database
    private let tables: [MovedTable]

    /// Throws `Refusal.sameKind`, `DatabaseError`.
    public init(from source: any Database, to target: any Database) async throws {
        guard source.dialect != target.dialect else { throw Refusal.sameKind }
        let (file, server) = source.dialect == .sqlite ? (source, target) : (target, source)
        self.source = source
        self.target = target
        tables = try await MovedTable.all(in: file, typed: server)
    }

    /// Moves and compares. `progress` is told how many rows of a table are there, again and again.
    ///
    /// Throws `Refusal`, `DatabaseError`, and what `progress` throws: then a part is there, and the next move begins anew.
    public func run(progress: @Sendable (String, Int) async throws -> Void) async throws -> [Count] {
        if try await Mark.of(source) == .left, try await Mark.of(target) == .verified { return try await finish() }
        try await check()
        try await target.write { transaction in
            try unlimited(transaction)
            for table in tables.reversed() { try transaction.execute("DELETE FROM \(table.quotedName)") }
            try Mark.set(.incomplete, in: transaction)
        }
        for table in tables {
            let read = try await copy(table, progress)
            guard try await digest(of: table, in: source) == read else { throw Refusal.changedMeanwhile(table: table.name) }
            guard try await digest(of: table, in: target) == read else { throw Refusal.differs(table: table.name) }
        }
        try await target.write { try Mark.set(.verified, in: $0) }
        return try await finish()
    }

    private func finish() async throws -> [Count] {
        try await source.write { try Mark.set(.left, in: $0) }
        try await target.write { try Mark.set(nil, in: $0) }
        return try await target.read { transaction in
            try unlimited(transaction)
            return try tables.map {
                Count(table: $0.name, rows: try transaction.query("SELECT COUNT(*) AS count FROM \($0.quotedName)")[0].int("count"))
            }
        }
    }

    private func check() async throws {
        switch try await Mark.of(source) {
        case nil: break
        case .left: throw Refusal.leftBefore
        case .incomplete, .verified: throw Refusal.sourceIncomplete
        }
        // What a database that was left still holds is not given up for nothing.
        guard try await !source.read({ try $0.query("SELECT 1 AS one FROM users LIMIT 1") }).isEmpty else { throw Refusal.sourceEmpty }
        for database in [source, target] where database.dialect == .postgres {
            let others = try await database.read { transaction in
                try transaction.query(
                    """
                    SELECT COUNT(*) AS count FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'postiz' AND pid <> pg_backend_pid()
                    """)[0].int("count")
            }
            if others > 0 { throw Refusal.othersConnected(others) }
        }
        // What a broken move left, or one that has moved on, is ours to clear away.
        guard try await Mark.of(target) == nil else { return }
        let used = try await target.read { transaction in
            try tables.first { table in
                try table.name != MovedTable.seeded && !transaction.query("SELECT 1 AS one FROM \(table.quotedName) LIMIT 1").isEmpty
            }
        }
        if let used { throw Refusal.targetInUse(table: used.name) }
    }

    private func copy(_ table: MovedTable, _ progress: @Sendable (String, Int) async throws -> Void) async throws -> TableDigest {
        var digest = TableDigest()
        try await progress(table.name, 0)
        for try await rows in pages(of: table, in: source) {
            for row in rows { digest.add(try table.canonical(row)) }
            let values = try rows.map { try table.values($0, for: target.dialect) }
            guard !values.isEmpty else { continue }
            try await target.write { transaction in
                try transaction.execute(table.insertion(of: values.count), values.flatMap(\.self))
            }
            try await progress(table.name, digest.rows)
        }
        return digest
    }

    private func digest(of table: MovedTable, in database: any Database) async throws -> TableDigest {
        var digest = TableDigest()
        for try await rows in pages(of: table, in: database) {
            for row in rows { digest.add(try table.canonical(row)) }
        }
        return digest
    }

    /// The rows in the order of their key, so many at a time.
    private func pages(of table: MovedTable, in database: any Database) -> AsyncThrowingStream<[SQLRow], any Error> {
        let place = Place()
        return AsyncThrowingStream {
            guard let after = await place.next else { return nil }
            let rows = try await database.read { try $0.query(table.page(after: after, limit: Self.batch), after) }
            let last = try table.key.isEmpty || rows.count < Self.batch ? nil : rows.last.map { row in try table.key.map { try row.value($0) } }
            await place.move(to: last)
            return rows.isEmpty ? nil : rows.filter { !table.isMark($0) }
        }
    }

    /// Where reading goes on: behind this key; nil at the end.
    private actor Place {
        private(set) var next: [SQLValue]? = []
        func move(to key: [SQLValue]?) { next = key }
    }

    /// Emptying and counting a large table may take long.
    private func unlimited(_ transaction: any Transaction) throws {
        if transaction.dialect == .postgres { try transaction.script("SET LOCAL statement_timeout = 0") }
    }
}
