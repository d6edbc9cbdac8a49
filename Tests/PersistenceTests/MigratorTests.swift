import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@Suite struct MigratorTests {
    private static let first = Migration(number: 1, name: "notes", sql: "CREATE TABLE notes (id BIGINT PRIMARY KEY, body TEXT){strict}")
    private static let second = Migration(
        number: 2, name: "titles",
        sql: "ALTER TABLE notes ADD COLUMN title TEXT; UPDATE notes SET title = body; CREATE INDEX notes_title ON notes(title)")
    private static let third = Migration(number: 3, name: "ready", sql: "ALTER TABLE notes ADD COLUMN ready BOOLEAN")

    @Test(arguments: TestDatabase.all)
    func missingStepsAreAppliedInOrderAndOnce(_ kind: TestDatabase) async throws {
        try await kind.withDatabase { database in
            #expect(try await Migrator.migrate(database, [Self.first]) == [Self.first])
            try await database.write { try $0.execute("INSERT INTO notes (id, body) VALUES (1, 'hello')") }
            let steps = [Self.third, Self.first, Self.second]
            #expect(try await Migrator.migrate(database, steps) == [Self.second, Self.third])
            #expect(try await Migrator.migrate(database, steps).isEmpty)
            let row = try await database.read { try $0.query("SELECT title, ready FROM notes")[0] }
            #expect(try row.text("title") == "hello")
            #expect(try row.optionalBool("ready") == nil)
        }
    }

    @Test(arguments: TestDatabase.all)
    func aNewerSchemaIsLeftAlone(_ kind: TestDatabase) async throws {
        try await kind.withDatabase([Self.first, Self.second, Self.third]) { database in
            _ = await #expect(throws: MigrationError.newerSchema(found: 3, known: 2)) {
                try await Migrator.migrate(database, [Self.first, Self.second])
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func aFailingStepIsUndoneWholeAndEarlierOnesStay(_ kind: TestDatabase) async throws {
        try await kind.withDatabase { database in
            let broken = Migration(number: 2, name: "broken", sql: "CREATE TABLE extra (id BIGINT); INSERT INTO nowhere VALUES (1)")
            do {
                try await Migrator.migrate(database, [Self.first, broken])
                Issue.record("a broken step was applied")
            } catch MigrationError.failed(let number, let name, _) {
                #expect(number == 2)
                #expect(name == "broken")
            }
            try await database.write { try $0.execute("INSERT INTO notes (id) VALUES (1)") }
            await #expect(throws: DatabaseError.self) { try await database.read { try $0.query("SELECT * FROM extra") } }
            let mended = Migration(number: 2, name: "mended", sql: "CREATE TABLE extra (id BIGINT)")
            #expect(try await Migrator.migrate(database, [Self.first, mended]) == [mended])
        }
    }

    @Test(arguments: TestDatabase.all)
    func processesThatStartTogetherApplyEachStepOnce(_ kind: TestDatabase) async throws {
        try await kind.withDatabase(connections: 8) { database in
            let steps = [Self.first, Self.second, Self.third]
            let applied = try await withThrowingTaskGroup(of: [Migration].self) { group in
                for _ in 1...6 { group.addTask { try await Migrator.migrate(database, steps) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied.map(\.number).sorted() == [1, 2, 3])
        }
    }

    @Test(arguments: TestDatabase.all)
    func theProductsSchemaIsAccepted(_ kind: TestDatabase) async throws {
        try await kind.withDatabase(schema) { database in
            let again = try await Migrator.migrate(database, schema)
            #expect(again.isEmpty)
        }
    }

    @Test func anSQLiteFileIsCopiedBeforeItChangesAndThreeCopiesAreKept() async throws {
        try await TestDatabase.withSQLite { database in
            let steps = (1...6).map { Migration(number: $0, name: "t\($0)", sql: "CREATE TABLE t\($0) (id BIGINT)") }
            for count in 1...6 { try await Migrator.migrate(database, Array(steps.prefix(count))) }
            let file = URL(fileURLWithPath: database.path)
            let files = try FileManager.default.contentsOfDirectory(atPath: file.deletingLastPathComponent().path)
            let copies = files.filter { $0.contains("before") }.sorted()
            #expect(copies == [4, 5, 6].map { "\(file.lastPathComponent).before-\($0)" })
            let copy = try SQLiteDatabase(path: database.path + ".before-6")
            let newest = try await copy.read { try $0.query("SELECT MAX(number) AS newest FROM schema_migrations")[0].int("newest") }
            #expect(newest == 5)
            await copy.close()
        }
    }
}
