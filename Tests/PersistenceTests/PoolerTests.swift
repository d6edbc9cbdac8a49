import Persistence
import TestSupport
import Testing

/// The rules for PostgreSQL with somebody in between. They hold without a pooler too, so all but the last ones run everywhere.
@Suite(.enabled(if: !TestDatabase.postgresIfAny.isEmpty))
struct PoolerTests {
    @Test(arguments: PostgresPooler.allCases)
    func aStatementMayTakeThirtySecondsInEveryTransaction(_ pooler: PostgresPooler) async throws {
        try await TestDatabase.withPostgres(pooler: pooler) { database in
            for _ in 0..<2 {
                let limit = try await database.read { try $0.query("SHOW statement_timeout")[0].text("statement_timeout") }
                #expect(limit == "30s")
            }
            let inScript = try await database.write { transaction in
                try transaction.script("SELECT 1")
                return try transaction.query("SHOW statement_timeout")[0].text("statement_timeout")
            }
            #expect(inScript == "30s")
        }
    }

    @Test func noStatementIsPreparedByNameWhereNamesDoNotHold() async throws {
        try await TestDatabase.withPostgres(connections: 1, pooler: .transaction) { database in
            let names = try await database.read { try $0.query("SELECT name FROM pg_prepared_statements").count }
            #expect(names == 0)
        }
    }

    @Test(.enabled(if: TestDatabase.pooledURL == nil))
    func namesOfStatementsAreUniqueAmongConnections() async throws {
        try await TestDatabase.withPostgres(connections: 1) { first in
            try await TestDatabase.withPostgres(connections: 1) { second in
                func names(_ database: PostgresDatabase) async throws -> Set<String> {
                    _ = try await database.read { try $0.query("SELECT 1") }
                    return Set(try await database.read { try $0.query("SELECT name FROM pg_prepared_statements").map { try $0.text("name") } })
                }
                let (ours, theirs) = (try await names(first), try await names(second))
                #expect(ours.isEmpty == false)
                #expect(ours.isDisjoint(with: theirs))
            }
        }
    }

    @Test func workGoesOnWhenItsPreparedStatementsAreGone() async throws {
        try await TestDatabase.withPostgres(connections: 1, pooler: .session) { database in
            try await Migrator.migrate(database, sampleMigrations)
            let sql = "INSERT INTO parents (id) VALUES ($1)"
            try await database.write { try $0.execute(sql, 1) }
            // What a client before us did to our server connection.
            try await database.runOutsideTransaction("DEALLOCATE ALL")
            try await database.write { try $0.execute(sql, 2) }
            let stored = try await database.read { try $0.query("SELECT id FROM parents").count }
            #expect(stored == 2)
        }
    }

    @Test func aProtocolFaultIsNotRepeated() async throws {
        try await TestDatabase.withPostgres(connections: 1) { database in
            try await database.write { try $0.script("CREATE SEQUENCE attempts") }
            await #expect(throws: DatabaseError.self) {
                try await database.write { transaction in
                    _ = try transaction.query("SELECT nextval('attempts') AS attempt")
                    try transaction.script("DO $$ BEGIN RAISE EXCEPTION 'bind message supplies 2' USING ERRCODE = '08P01'; END $$")
                }
            }
            let attempts = try await database.read { try $0.query("SELECT last_value FROM attempts")[0].int("last_value") }
            #expect(attempts == 1)
        }
    }

    @Test func itHearsItselfAndFindsOutWhetherAPoolerStandsBetween() async throws {
        try await TestDatabase.withPostgres { database in
            #expect(try await database.hearsItself())
            let isPooled = try await database.isBehindPooler()
            #expect(isPooled == (TestDatabase.pooledURL != nil))
        }
    }

    // MARK: - Over pgbouncer

    @Test(.enabled(if: TestDatabase.pooledURL != nil))
    func aHundredClientsOnFewServerConnectionsGetTheirOwnAnswers() async throws {
        try await TestDatabase.withPostgres(connections: 12) { database in
            try await Migrator.migrate(database, sampleMigrations)
            let wrong = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<300 {
                    group.addTask {
                        // Each kind has another text and another number of values, as prepared statements that are mistaken have.
                        let sum = try await database.read { transaction in
                            let values = (0...(number % 5)).map { number + $0 }
                            let terms = values.indices.map { "CAST($\($0 + 1) AS BIGINT)" }.joined(separator: " + ")
                            return try transaction.query("SELECT \(terms) AS sum", values.map { .integer(Int64($0)) })[0].int("sum")
                        }
                        return sum != (0...(number % 5)).reduce(0) { $0 + number + $1 }
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(wrong == 0)
        }
    }
}
