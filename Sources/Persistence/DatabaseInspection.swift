import Domain
import Foundation

/// What an operator should know of a database. Looking changes nothing in it.
public struct DatabaseInspection: Sendable {
    /// `SQLite` or `PostgreSQL`.
    public let product: String
    /// Such as `3.40.1`.
    public let version: String
    /// The settings on which durability and consistency rest.
    public let settings: [String: String]
    /// What is damaged, in the database's own words; nil when nothing is, or when the database looks after that itself.
    public let damage: String?
    /// The numbers of the schema's steps that were applied.
    public let appliedMigrations: Set<Int>

    /// Throws `DatabaseError`.
    public static func of(_ database: any Database) async throws -> DatabaseInspection {
        switch database.dialect {
        case .sqlite: try await ofSQLite(database)
        case .postgres: try await ofPostgres(database)
        }
    }

    /// What the database's own clock shows; nil where it has none but that of this process. Throws `DatabaseError`.
    public static func clock(of database: any Database) async throws -> Timestamp? {
        guard database.dialect == .postgres else { return nil }
        return try await database.read { transaction in
            try transaction.query("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now")[0].time("now")
        }
    }

    private static func ofSQLite(_ database: any Database) async throws -> DatabaseInspection {
        // The writer's settings are meant; looking for damage takes its time and must not keep the writer.
        let settings = try await database.write { try values(of: ["journal_mode", "synchronous", "foreign_keys"], by: "PRAGMA", $0) }
        return try await database.read { transaction in
            let check = try value("PRAGMA quick_check(1)", transaction)
            let known = try transaction.query("SELECT 1 AS one FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'")
            return DatabaseInspection(
                product: "SQLite", version: try value("SELECT sqlite_version()", transaction), settings: settings,
                damage: check == "ok" ? nil : check, appliedMigrations: known.isEmpty ? [] : try appliedMigrations(transaction))
        }
    }

    private static func ofPostgres(_ database: any Database) async throws -> DatabaseInspection {
        try await database.read { transaction in
            let known = try transaction.query("SELECT 1 AS one WHERE to_regclass('schema_migrations') IS NOT NULL")
            // Packagers add words behind the number.
            let version = try value("SHOW server_version", transaction).prefix { $0.isNumber || $0 == "." }
            return DatabaseInspection(
                product: "PostgreSQL", version: String(version),
                settings: try values(of: ["max_connections", "fsync", "full_page_writes", "server_encoding"], by: "SHOW", transaction),
                damage: nil, appliedMigrations: known.isEmpty ? [] : try appliedMigrations(transaction))
        }
    }

    private static func appliedMigrations(_ transaction: any Transaction) throws -> Set<Int> {
        Set(try transaction.query("SELECT number FROM schema_migrations").map { try $0.int("number") })
    }

    private static func values(of names: [String], by verb: String, _ transaction: any Transaction) throws -> [String: String] {
        Dictionary(uniqueKeysWithValues: try names.map { ($0, try value("\(verb) \($0)", transaction)) })
    }

    /// The one value of a one-row answer, whatever its column is called.
    private static func value(_ sql: String, _ transaction: any Transaction) throws -> String {
        guard let row = try transaction.query(sql).first, let column = row.columns.keys.first else { return "" }
        return try row.optionalText(column) ?? ""
    }
}
