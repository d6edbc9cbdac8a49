import Domain
import Foundation

/// One step of the schema, written in PostgreSQL's words (`Dialect.schema` translates).
public struct Migration: Sendable, Equatable {
    /// Steps run in the order of their numbers; a number is never used twice.
    public let number: Int
    public let name: String
    public let sql: String

    public init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }
}

/// Why the schema was not brought up to date. Nothing is half done.
public enum MigrationError: Error, Equatable, Sendable {
    /// A newer program has changed the schema (step `found`); this one knows steps up to `known` and must not touch the data.
    case newerSchema(found: Int, known: Int)
    /// A step failed and was undone; those before it stay.
    case failed(number: Int, name: String, reason: DatabaseError)
}

extension MigrationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .newerSchema(let found, let known):
            "A newer version of the product has used this database (its schema is at step \(found), this version knows steps up to \(known))."
        case .failed(let number, let name, let reason): "Step \(number) of the schema (\(name)) failed and was undone: \(reason)."
        }
    }
}

/// Brings databases up to the schema of this version.
public enum Migrator {
    /// How many copies of an SQLite file from before earlier migrations are kept.
    private static let copiesKept = 3

    /// Brings the schema up to date, each step in a transaction of its own, and returns the steps that were applied. Processes that start
    /// together may all call it: one applies a step, the others find it done. An SQLite file that holds a schema is copied first, to
    /// `<file>.before-<number>`.
    ///
    /// Throws `MigrationError`, or `DatabaseError` when the database cannot be read or the copy cannot be written.
    @discardableResult
    public static func migrate(
        _ database: any Database, _ migrations: [Migration], at now: Timestamp = .now
    ) async throws -> [Migration] {
        let steps = migrations.sorted { $0.number < $1.number }
        let done = try await database.write { transaction in
            try lock(transaction)
            return try appliedNumbers(transaction)
        }
        if let found = done.max(), let known = steps.last?.number, found > known {
            throw MigrationError.newerSchema(found: found, known: known)
        }
        let missing = steps.filter { !done.contains($0.number) }
        if let first = missing.first, !done.isEmpty, let database = database as? SQLiteDatabase {
            try await database.copy(to: "\(database.path).before-\(first.number)")
            try await SQLiteDatabase.onFileThread { try removeOldCopies(of: database.path) }
        }
        var applied: [Migration] = []
        for step in missing where try await apply(step, to: database, at: now) { applied.append(step) }
        return applied
    }

    /// The last step that was applied; nil when the database is empty.
    public static func step(of database: any Database) async throws -> Int? {
        try await database.read { transaction in
            let found =
                transaction.dialect == .sqlite
                ? "SELECT 1 AS one FROM sqlite_master WHERE name = 'schema_migrations'"
                : "SELECT 1 AS one WHERE to_regclass('schema_migrations') IS NOT NULL"
            guard try !transaction.query(found).isEmpty else { return nil }
            return try transaction.query("SELECT MAX(number) AS last FROM schema_migrations")[0].optionalInt("last")
        }
    }

    /// The steps that `migrate` would apply. Changes nothing. Throws as `migrate`.
    public static func missing(_ database: any Database, _ migrations: [Migration]) async throws -> [Migration] {
        guard let found = try await step(of: database) else { return migrations.sorted { $0.number < $1.number } }
        if let known = migrations.map(\.number).max(), found > known { throw MigrationError.newerSchema(found: found, known: known) }
        let done = try await database.read { try appliedNumbers($0, creating: false) }
        return migrations.filter { !done.contains($0.number) }.sorted { $0.number < $1.number }
    }

    /// False when another process has applied the step meanwhile.
    private static func apply(_ step: Migration, to database: any Database, at now: Timestamp) async throws -> Bool {
        do {
            return try await database.write { transaction in
                try lock(transaction)
                guard try !appliedNumbers(transaction).contains(step.number) else { return false }
                try transaction.script(transaction.dialect.schema(step.sql))
                try transaction.execute(
                    "INSERT INTO schema_migrations (number, name, applied_at) VALUES ($1, $2, $3)", step.number, step.name, now)
                return true
            }
        } catch let reason as DatabaseError {
            throw MigrationError.failed(number: step.number, name: step.name, reason: reason)
        }
    }

    /// One migrating process at a time, until the end of the transaction. SQLite has one writer anyway.
    private static func lock(_ transaction: any Transaction) throws {
        guard transaction.dialect == .postgres else { return }
        // A step may take long, and so may waiting for another process's step.
        try transaction.script("SET LOCAL statement_timeout = 0")
        // The number only has to differ from other programs' locks in the same database.
        try transaction.script("SELECT pg_advisory_xact_lock(7651190421)")
    }

    private static func appliedNumbers(_ transaction: any Transaction, creating: Bool = true) throws -> Set<Int> {
        let table = "schema_migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL){strict}"
        if creating { try transaction.script(transaction.dialect.schema("CREATE TABLE IF NOT EXISTS \(table)")) }
        return Set(try transaction.query("SELECT number FROM schema_migrations").map { try $0.int("number") })
    }

    private static func removeOldCopies(of path: String) throws {
        let file = URL(fileURLWithPath: path)
        let folder = file.deletingLastPathComponent()
        let prefix = file.lastPathComponent + ".before-"
        let copies = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix(prefix) }
        for partial in copies where partial.hasSuffix(".partial") {
            let abandoned = folder.appendingPathComponent(partial)
            // Gone already: another process was quicker.
            let written = try? abandoned.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate
            if let written, written.timeIntervalSinceNow < -3600 { try FileManager.default.removeItem(at: abandoned) }
        }
        let numbers = copies.compactMap { Int($0.dropFirst(prefix.count)) }
        for number in numbers.sorted(by: >).dropFirst(copiesKept) {
            try FileManager.default.removeItem(at: folder.appendingPathComponent("\(prefix)\(number)"))
        }
    }
}
