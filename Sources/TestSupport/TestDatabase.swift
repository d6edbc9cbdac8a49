import Foundation
import Persistence

/// The two kinds of database that every test of stored things runs against: `@Test(arguments: TestDatabase.all)`.
public enum TestDatabase: String, Sendable, CaseIterable, CustomStringConvertible {
    case sqlite
    case postgres

    /// Both kinds; SQLite alone when `POSTIZ_TEST_WITHOUT_POSTGRES=1` says that leaving PostgreSQL out is meant.
    public static var all: [TestDatabase] {
        ProcessInfo.processInfo.environment["POSTIZ_TEST_WITHOUT_POSTGRES"] == "1" ? [.sqlite] : allCases
    }

    /// Enough for a test of a kind that exists for PostgreSQL alone.
    public static var postgresIfAny: [TestDatabase] { all.filter { $0 == .postgres } }

    public var description: String { rawValue }

    /// Calls `body` with a new database that holds `migrations`, and removes it afterwards. `connections` bounds PostgreSQL's.
    public func withDatabase<Value>(
        _ migrations: [Migration] = [], connections: Int = 4, _ body: (any Database) async throws -> Value
    ) async throws -> Value {
        switch self {
        case .sqlite:
            try await Self.withSQLite { database in
                try await Migrator.migrate(database, migrations)
                return try await body(database)
            }
        case .postgres:
            try await Self.withPostgres(connections: connections) { database in
                try await Migrator.migrate(database, migrations)
                return try await body(database)
            }
        }
    }

    /// An SQLite file in a folder of its own, both removed afterwards.
    public static func withSQLite<Value>(_ body: (SQLiteDatabase) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("postiz-test-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let database = try SQLiteDatabase(path: folder.appendingPathComponent("test.sqlite").path)
        let result: Result<Value, any Error>
        do { result = .success(try await body(database)) } catch { result = .failure(error) }
        await database.close()
        try FileManager.default.removeItem(at: folder)
        return try result.get()
    }

    /// Where a pooler in front of the server of `TEST_DATABASE_URL` listens: `bin/test-pgbouncer` starts one.
    public static var pooledURL: String? { ProcessInfo.processInfo.environment["TEST_POOLED_URL"] }

    /// A database on the server of `TEST_DATABASE_URL`, reached through the pooler where there is one, and dropped afterwards. Throws
    /// `MissingServer` when the variable is not set.
    public static func withPostgres<Value>(
        connections: Int = 4, pooler: PostgresPooler = .automatic, _ body: (PostgresDatabase) async throws -> Value
    ) async throws -> Value {
        try await withPostgresAddresses { addresses in
            let database = try PostgresDatabase(
                url: addresses.url, directURL: addresses.directURL, connections: connections, pooler: pooler)
            let result: Result<Value, any Error>
            do { result = .success(try await body(database)) } catch { result = .failure(error) }
            await database.close()
            return try result.get()
        }
    }

    /// Where a database is: through the pooler, where there is one, and past it.
    public struct Addresses: Sendable {
        public let url: String
        public let directURL: String
    }

    /// As `withPostgres`, for tests that open the database themselves.
    public static func withPostgresAddresses<Value>(_ body: (Addresses) async throws -> Value) async throws -> Value {
        guard let url = ProcessInfo.processInfo.environment["TEST_DATABASE_URL"], var address = URLComponents(string: url) else {
            throw MissingServer()
        }
        let name = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
        address.path = "/" + name
        let server = try PostgresDatabase(url: url, connections: 1)
        let result: Result<Value, any Error>
        do {
            try await server.runOutsideTransaction("CREATE DATABASE \(name)")
            var pooled = pooledURL.flatMap { URLComponents(string: $0) } ?? address
            pooled.path = address.path
            do {
                result = .success(try await body(Addresses(url: pooled.string ?? url, directURL: address.string ?? url)))
            } catch {
                result = .failure(error)
            }
            try await server.runOutsideTransaction("DROP DATABASE \(name) WITH (FORCE)")
        } catch {
            await server.close()
            throw error
        }
        await server.close()
        return try result.get()
    }

    public struct MissingServer: Error, CustomStringConvertible {
        public var description: String {
            """
            TEST_DATABASE_URL is not set: it names a PostgreSQL server on which tests may create databases. `bin/test-postgres swift test` \
            starts one; POSTIZ_TEST_WITHOUT_POSTGRES=1 leaves PostgreSQL out.
            """
        }
    }
}
