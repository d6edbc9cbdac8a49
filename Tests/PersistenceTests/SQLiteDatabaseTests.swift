import Foundation
import Persistence
import TestSupport
import Testing

@Suite struct SQLiteDatabaseTests {
    @Test func commitsAreDurableAndForeignKeysEnforced() async throws {
        try await TestDatabase.withSQLite { database in
            let settings = try await database.write { transaction in
                try ["synchronous", "journal_mode", "foreign_keys"].map { try transaction.query("PRAGMA \($0)")[0].text($0) }
            }
            #expect(settings == ["2", "wal", "1"])
            let reader = try await database.read { try $0.query("PRAGMA foreign_keys")[0].int("foreign_keys") }
            #expect(reader == 1)
        }
    }

    @Test func aFullDiskUndoesTheWriteAndLeavesTheDatabaseUsable() async throws {
        try await TestDatabase.withSQLite { database in
            try await Migrator.migrate(database, sampleMigrations)
            try await database.write { try $0.execute("INSERT INTO parents (id) VALUES (1)") }
            try await limitPages(of: database, to: 60)
            let outcomes = await withTaskGroup(of: DatabaseError?.self) { group in
                for id in 1...8 {
                    group.addTask {
                        do {
                            try await database.write { transaction in
                                try transaction.execute("INSERT INTO jobs (id) VALUES ($1)", id)
                                let size = id == 5 ? 2_000_000 : 10
                                try transaction.execute(
                                    "INSERT INTO samples (id, data) VALUES ($1, $2)", id, Data(repeating: 7, count: size))
                            }
                            return nil
                        } catch {
                            return error as? DatabaseError
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.compactMap { $0 } == [.full("the disk is full")])
            let jobs = try await database.read { try $0.query("SELECT id FROM jobs ORDER BY id").map { try $0.int("id") } }
            #expect(jobs == [1, 2, 3, 4, 6, 7, 8])
            try await limitPages(of: database, to: 1_000_000)
            try await database.write {
                try $0.execute("INSERT INTO samples (id, data) VALUES (5, $1)", Data(repeating: 7, count: 2_000_000))
            }
        }
    }

    private func limitPages(of database: SQLiteDatabase, to count: Int) async throws {
        _ = try await database.write { try $0.query("PRAGMA max_page_count = \(count)") }
    }

    @Test func aReadOnlyFileIsUnavailable() async throws {
        try await TestDatabase.withSQLite { database in
            try await Migrator.migrate(database, sampleMigrations)
            try await database.write { try $0.script("PRAGMA query_only = ON") }
            await #expect(throws: DatabaseError.unavailable("the database file is read-only")) {
                try await database.write { try $0.execute("INSERT INTO parents (id) VALUES (1)") }
            }
        }
    }

    @Test func aFileThatCannotBeOpenedIsNamed() throws {
        do {
            _ = try SQLiteDatabase(path: "/nonexistent/folder/test.sqlite")
            Issue.record("a file in no folder was opened")
        } catch DatabaseError.unavailable(let words) {
            #expect(words.contains("/nonexistent/folder/test.sqlite"))
        }
    }

    @Test func aFileThatIsNoDatabaseIsRefused() async throws {
        try await TestDatabase.withSQLite { database in
            let path = database.path + ".txt"
            try Data(repeating: 65, count: 4096).write(to: URL(fileURLWithPath: path))
            do {
                _ = try SQLiteDatabase(path: path)
                Issue.record("a text was opened as a database")
            } catch DatabaseError.damaged(let words) {
                #expect(words.contains("damaged"))
            }
        }
    }

    @Test func aViolationFoundAtTheCommitFailsOnlyItsOwnWrite() async throws {
        try await TestDatabase.withSQLite { database in
            try await Migrator.migrate(database, sampleMigrations)
            let failed = await withTaskGroup(of: Int?.self) { group in
                for id in 1...40 {
                    group.addTask {
                        do {
                            try await database.write { transaction in
                                try transaction.script("PRAGMA defer_foreign_keys = ON")
                                try transaction.execute("INSERT INTO parents (id) VALUES ($1)", id)
                                let parent = id == 20 ? 99 : id
                                try transaction.execute(
                                    "INSERT INTO children (id, parent_id, slug) VALUES ($1, $2, $3)", id, parent, "\(id)")
                            }
                            return nil
                        } catch {
                            return id
                        }
                    }
                }
                return await group.reduce(into: [Int]()) { if let id = $1 { $0.append(id) } }
            }
            #expect(failed == [20])
            let stored = try await database.read { try $0.query("SELECT COUNT(*) AS count FROM children")[0].int("count") }
            #expect(stored == 39)
        }
    }

    @Test func aCopyIsWholeAndReplacesAnOlderOne() async throws {
        try await TestDatabase.withSQLite { database in
            try await Migrator.migrate(database, sampleMigrations)
            let target = database.path + ".copy"
            for id in 1...2 {
                try await database.write { try $0.execute("INSERT INTO parents (id) VALUES ($1)", id) }
                try await database.copy(to: target)
            }
            let copy = try SQLiteDatabase(path: target)
            #expect(try await copy.read { try $0.query("SELECT id FROM parents").count } == 2)
            await copy.close()
        }
    }
}
