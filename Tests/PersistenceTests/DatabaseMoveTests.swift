import Domain
import Foundation
import TestSupport
import Testing

@testable import Persistence

@Suite struct DatabaseMoveTests {
    private struct BrokenOff: Error {}

    /// Both kinds, with the product's schema; nothing where PostgreSQL is left out on purpose.
    private func withBoth(_ body: (_ file: any Database, _ server: any Database) async throws -> Void) async throws {
        guard !TestDatabase.postgresIfAny.isEmpty else { return }
        try await TestDatabase.sqlite.withDatabase(schema) { file in
            try await TestDatabase.postgres.withDatabase(schema) { server in try await body(file, server) }
        }
    }

    /// Puts rows of every column's type into every table. Those of one number refer to each other.
    private func fill(_ file: any Database, typed server: any Database, rows: Int) async throws {
        for table in try await MovedTable.all(in: file, typed: server) where table.name != MovedTable.seeded {
            try await file.write { transaction in
                let parents = Dictionary(
                    uniqueKeysWithValues: try transaction.query(
                        "SELECT \"from\" AS own, \"table\" || '.' || \"to\" AS parent FROM pragma_foreign_key_list($1)", table.name
                    )
                    .map { (try $0.text("own"), try $0.text("parent")) })
                let types = Dictionary(
                    uniqueKeysWithValues: try transaction.query("SELECT name, type FROM pragma_table_info($1)", table.name)
                        .map { (try $0.text("name"), try $0.text("type")) })
                for number in 1...rows {
                    let values = table.columns.map { column -> SQLValue in
                        switch (column.kind, types[column.name]) {
                        case (.truth, _): .bool(number.isMultiple(of: 2))
                        case (.document, _): .text(#"{"zone": [1, 2.5, null, 9007199254740991], "a": "Grüße \#(number) 😀\n", "": {}}"#)
                        case (_, "INTEGER"): .integer(Int64(number) * 1_000_000_000_007)
                        case (_, "REAL"): .real(Double(number) / 3)
                        case (_, "BLOB"): .bytes([0, 255, UInt8(number % 256), 10])
                        // As much as makes more than one page, and what text files stumble over.
                        default: .text("\(parents[column.name] ?? "\(table.name).\(column.name)") \\ ' \" ü \(number)")
                        }
                    }
                    try transaction.execute(table.insertion(of: 1), values)
                }
            }
        }
    }

    private func contents(of database: any Database, _ tables: [MovedTable]) async throws -> [String: Set<[UInt8]>] {
        try await database.read { transaction in
            try Dictionary(
                uniqueKeysWithValues: tables.map { table in
                    let rows = try transaction.query(table.page(after: [], limit: 10_000), [])
                    return (table.name, Set(try rows.map { try table.canonical($0) }))
                })
        }
    }

    @Test("Every row of every table arrives on PostgreSQL and comes back to SQLite as it was")
    func thereAndBack() async throws {
        try await withBoth { file, server in
            try await fill(file, typed: server, rows: 450)
            let tables = try await MovedTable.all(in: file, typed: server)
            let before = try await contents(of: file, tables)
            #expect(before.count > 30)
            #expect(before.values.allSatisfy { !$0.isEmpty })
            let counts = try await DatabaseMove(from: file, to: server).run { _, _ in }
            #expect(counts.first { $0.table == "posts" }?.rows == 450)
            #expect(try await contents(of: server, tables) == before)
            #expect(try await DatabaseMove.Mark.of(file) == .left)
            #expect(try await DatabaseMove.Mark.of(server) == nil)

            try await server.write { try $0.execute("UPDATE posts SET status = 'CHANGED'") }
            let changed = try await contents(of: server, tables)
            _ = try await DatabaseMove(from: server, to: file).run { _, _ in }
            #expect(try await contents(of: file, tables) == changed)
            #expect(try await DatabaseMove.Mark.of(file) == nil)
            #expect(try await DatabaseMove.Mark.of(server) == .left)
        }
    }

    @Test("A database that holds something is not written over, and one that was left is not moved again")
    func refusals() async throws {
        try await withBoth { file, server in
            await #expect(throws: DatabaseMove.Refusal.sourceEmpty) { try await DatabaseMove(from: file, to: server).run { _, _ in } }
            try await fill(file, typed: server, rows: 1)
            try await server.write {
                try $0.execute("INSERT INTO organizations (id, name, time_zone, created_at) VALUES ('o', 'Other', 'UTC', 1)")
            }
            await #expect(throws: DatabaseMove.Refusal.targetInUse(table: "organizations")) {
                try await DatabaseMove(from: file, to: server).run { _, _ in }
            }
            #expect(try await server.read { try $0.query("SELECT name FROM organizations") }.count == 1)
            try await server.write { try $0.execute("DELETE FROM organizations") }
            _ = try await DatabaseMove(from: file, to: server).run { _, _ in }
            await #expect(throws: DatabaseMove.Refusal.leftBefore) { try await DatabaseMove(from: file, to: server).run { _, _ in } }
        }
    }

    @Test("A move that was broken off leaves the old database in use, and the next one begins anew")
    func brokenOff() async throws {
        try await withBoth { file, server in
            try await fill(file, typed: server, rows: 3)
            await #expect(throws: BrokenOff.self) {
                try await DatabaseMove(from: file, to: server).run { table, rows in if table == "posts", rows > 0 { throw BrokenOff() } }
            }
            #expect(try await DatabaseMove.Mark.of(file) == nil)
            #expect(try await DatabaseMove.Mark.of(server) == .incomplete)
            await #expect(throws: DatabaseMove.Refusal.sourceIncomplete) { try await DatabaseMove(from: server, to: file).run { _, _ in } }
            let counts = try await DatabaseMove(from: file, to: server).run { _, _ in }
            #expect(counts.first { $0.table == "posts" }?.rows == 3)
        }
    }

    @Test("What changes while it is read is noticed, and the old database stays in use")
    func changedMeanwhile() async throws {
        try await withBoth { file, server in
            try await fill(file, typed: server, rows: 2)
            await #expect(throws: DatabaseMove.Refusal.changedMeanwhile(table: "users")) {
                try await DatabaseMove(from: file, to: server).run { table, rows in
                    if table == "users", rows > 0 { try await file.write { try $0.execute("UPDATE users SET name = 'Ada'") } }
                }
            }
            #expect(try await DatabaseMove.Mark.of(file) == nil)
            #expect(try await file.read { try $0.query("SELECT id FROM users") }.count == 2)
        }
    }
}
