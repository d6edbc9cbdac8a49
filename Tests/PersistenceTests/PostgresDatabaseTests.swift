import Foundation
import Persistence
import TestSupport
import Testing

@Suite(.enabled(if: !TestDatabase.postgresIfAny.isEmpty))
struct PostgresDatabaseTests {
    private func backend(of database: PostgresDatabase) async throws -> Int {
        try await database.read { try $0.query("SELECT pg_backend_pid() AS pid")[0].int("pid") }
    }

    private func terminate(_ pid: Int, in database: PostgresDatabase) async throws {
        _ = try await database.read { try $0.query("SELECT pg_terminate_backend(CAST($1 AS INTEGER), 5000)", pid) }
    }

    @Test func workGoesOnWhenAnIdleConnectionWasKilled() async throws {
        try await TestDatabase.withPostgres(connections: 1) { database in
            try await Migrator.migrate(database, sampleMigrations)
            try await TestDatabase.withPostgres(connections: 1) { other in
                let first = try await backend(of: database)
                try await terminate(first, in: other)
                let second = try await backend(of: database)
                #expect(second != first)
                try await terminate(second, in: other)
                try await database.write { try $0.execute("INSERT INTO parents (id) VALUES (1)") }
                let stored = try await database.read { try $0.query("SELECT id FROM parents").count }
                #expect(stored == 1)
            }
        }
    }

    @Test func workUnderWhichTheConnectionIsKilledRunsAgainFromItsStart() async throws {
        try await TestDatabase.withPostgres(connections: 1) { database in
            try await Migrator.migrate(database, sampleMigrations)
            // A sequence is not rolled back, so it counts the attempts.
            try await database.write { try $0.script("CREATE SEQUENCE attempts") }
            try await database.write { transaction in
                try transaction.execute("INSERT INTO parents (id) VALUES (1)")
                let attempt = try transaction.query("SELECT nextval('attempts') AS attempt")[0].int("attempt")
                if attempt == 1 { _ = try transaction.query("SELECT pg_terminate_backend(pg_backend_pid())") }
            }
            let stored = try await database.read { try $0.query("SELECT id FROM parents").count }
            #expect(stored == 1)
        }
    }

    @Test(arguments: [false, true])
    func conflictingTransactionsAreRunAgain(whenTheyOnlySend sends: Bool) async throws {
        try await TestDatabase.withPostgres(connections: 4) { database in
            try await Migrator.migrate(database, sampleMigrations)
            try await database.write { try $0.execute("INSERT INTO counters (name, value) VALUES ('a', 0), ('b', 0)") }
            try await withThrowingTaskGroup { group in
                for index in 1...20 {
                    group.addTask {
                        // Two rows locked in opposite orders: a deadlock that the server breaks.
                        let names = index.isMultiple(of: 2) ? ["a", "b"] : ["b", "a"]
                        try await database.write { transaction in
                            try transaction.execute("SET LOCAL deadlock_timeout = '10ms'")
                            let count = "UPDATE counters SET value = value + 1 WHERE name = $1"
                            try transaction.execute(count, names[0])
                            // With the commit.
                            if sends { try transaction.send(count, names[1]) } else { try transaction.execute(count, names[1]) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let values = try await database.read { try $0.query("SELECT value FROM counters").map { try $0.int("value") } }
            #expect(values == [20, 20])
        }
    }

    @Test func aSchemaChangeDoesNotBreakPreparedStatements() async throws {
        try await TestDatabase.withPostgres(connections: 1) { database in
            try await Migrator.migrate(database, sampleMigrations)
            try await database.write { try $0.execute("INSERT INTO parents (id) VALUES (1)") }
            _ = try await database.read { try $0.query("SELECT * FROM parents") }
            try await database.write { try $0.script("ALTER TABLE parents ADD COLUMN name TEXT") }
            let row = try await database.read { try $0.query("SELECT * FROM parents")[0] }
            #expect(try row.optionalText("name") == nil)
        }
    }

    @Test func anUnreachableServerIsUnavailableAndThePasswordIsNotTold() async throws {
        let database = try PostgresDatabase(url: "postgres://postiz:hunter2@127.0.0.1:1/hunter2", connections: 1)
        do {
            try await database.ping()
            Issue.record("a server on port 1 answered")
        } catch DatabaseError.unavailable(let words) {
            #expect(words.contains("127.0.0.1"))
            #expect(!words.contains("hunter2"))
        }
        await database.close()
        #expect(throws: DatabaseError.failed("the PostgreSQL address cannot be read")) {
            _ = try PostgresDatabase(url: "postgres://postiz:hunter2@[", connections: 1)
        }
    }

    @Test func aFullDiskIsToldApartUntilAWriteFindsRoom() async throws {
        try await TestDatabase.withPostgres(connections: 1) { database in
            // In the server's own words for ENOSPC.
            let refusal = "DO $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
            await #expect(throws: DatabaseError.full("could not extend file: No space left on device")) {
                try await database.write { try $0.script(refusal) }
            }
            #expect(database.isFull)
            try await database.write { try $0.script("CREATE TABLE room (id BIGINT)") }
            #expect(!database.isFull)
        }
    }

    @Test func aListenerHearsItsChannelAndLooksAgainAfterAnInterruption() async throws {
        try await TestDatabase.withPostgres(connections: 2) { database in
            let channel = "news of \"today\""
            var heard = database.notifications(on: channel).makeAsyncIterator()
            #expect(await heard.next() == .listening)
            try await database.write { transaction in
                try transaction.execute("SELECT pg_notify($1, $2)", "another channel", "not for us")
                try transaction.execute("SELECT pg_notify($1, $2)", channel, "grüße")
            }
            #expect(await heard.next() == .payload("grüße"))
            _ = try await database.read {
                try $0.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
            }
            #expect(await heard.next() == .listening)
            try await database.write { try $0.execute("SELECT pg_notify($1, $2)", channel, "again") }
            #expect(await heard.next() == .payload("again"))
        }
    }

    @Test func aDroppedListenerGivesItsConnectionBack() async throws {
        try await TestDatabase.withPostgres(connections: 2) { database in
            func listeners() async throws -> Int {
                try await database.read {
                    try $0.query(
                        "SELECT COUNT(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
                    )[0].int("count")
                }
            }
            let reader = Task { for await _ in database.notifications(on: "news") {} }
            try await eventually("the listener is connected") { try await listeners() == 1 }
            reader.cancel()
            try await eventually("the listener is gone") { try await listeners() == 0 }
        }
    }
}
