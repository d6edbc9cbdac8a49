import Dispatch
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import Persistence

/// How long PostgreSQL is waited for, what is said then, and what is given back.
@Suite(.enabled(if: !TestDatabase.postgresIfAny.isEmpty))
struct PostgresPatienceTests {
    @Test func stoppingDoesNotWaitForAServerThatIsStuck() async throws {
        try await TestDatabase.withPostgres(connections: 1) { other in
            func sleeping() async throws -> Int {
                let sql = "SELECT COUNT(*) AS count FROM pg_stat_activity WHERE query LIKE '%pg_sleep(25)%' AND pid <> pg_backend_pid()"
                return try await other.read { try $0.query(sql)[0].int("count") }
            }
            try await TestDatabase.withPostgres(connections: 2) { database in
                let stuck = [
                    Task { try await database.write { _ = try $0.query("SELECT CAST(pg_sleep(25) AS TEXT)") } },
                    Task { try await database.write { try $0.script("DO $$ BEGIN PERFORM pg_sleep(25); END $$") } },
                ]
                try await eventually("both connections are stuck") { try await sleeping() == 2 }
                await database.close()
                #expect(try await sleeping() == 2, "the server was waited for")
                for task in stuck { await #expect(throws: DatabaseError.self) { try await task.value } }
            }
        }
    }

    @Test(.enabled(if: TestDatabase.pooledURL == nil))
    func connectionsThatNobodyUsesAreGivenBackWithoutFurtherWork() async throws {
        try await withDatabase(connections: 3, { $0.idle = .milliseconds(100) }) { database, _ in
            let name = try await database.read { try $0.query("SELECT current_database() AS name")[0].text("name") }
            try await TestDatabase.withPostgres(connections: 1) { other in
                func open() async throws -> Int {
                    try await other.read { try $0.query("SELECT COUNT(*) AS count FROM pg_stat_activity WHERE datname = $1", name)[0].int("count") }
                }
                let held = hold(database, 3)
                try await eventually("three are at work") { held.count == 3 }
                #expect(try await open() == 3)
                try await held.release()
                try await eventually("all are given back") { try await open() == 0 }
            }
        }
    }

    @Test func itIsSaidWhenAProcessHasTooFewConnectionsOfItsOwn() async throws {
        try await withDatabase(connections: 1, { $0.opening = .seconds(1) }) { database, log in
            let held = hold(database, 1)
            try await eventually("its connection is taken") { held.count == 1 }
            let asked = NIOLockedValueBox<ContinuousClock.Instant?>(nil)
            let waiting = Task {
                asked.withLockedValue { $0 = .now }
                try await database.ping()
            }
            try await eventually("it waits for longer than it should") {
                asked.withLockedValue { $0.map { .now - $0 > .milliseconds(1500) } ?? false }
            }
            try await held.release()
            try await waiting.value
            #expect(log.lines.count == 1)
            #expect(log.lines.first?.contains("are DATABASE_CONNECTIONS too few") == true)
        }
    }

    /// A server connection that takes the greeting and no more: what a pooler does whose pool is too small.
    @Test(.enabled(if: TestDatabase.pooledURL != nil))
    func itIsSaidWhenThePoolIsTooSmallAndTheWorkIsNotRepeated() async throws {
        try await TestDatabase.withPostgresAddresses { addresses in
            let greedy = try PostgresDatabase(url: addresses.url, connections: Self.poolSize)
            let held = hold(greedy, Self.poolSize)
            try await eventually("every connection of the pool is taken") { held.count == Self.poolSize }
            let log = KeptLog()
            var limits = PostgresLimits()
            limits.opening = .seconds(1)
            let late = try PostgresDatabase(url: addresses.url, connections: 1, limits: limits, logger: log.logger)
            let words = "PostgreSQL took the connection but does not answer: is the pool too small?"
            await #expect(throws: DatabaseError.unavailable(words)) { try await late.ping() }
            #expect(log.lines.count == 1)
            #expect(log.lines.first?.hasPrefix(words) == true)
            try await held.release()
            await greedy.close()
            try await eventually("the pool has room") { (try? await late.ping()) != nil }
            await late.close()
        }
    }

    @Test func aMigrationWaitsForThatOfAnotherProcessHoweverLongItTakes() async throws {
        // It goes on once the gate is open.
        let slow = [Migration(number: 1, name: "slow", sql: "CREATE TABLE slow (id BIGINT){strict}; SELECT pg_advisory_xact_lock(4711);")]
        try await TestDatabase.withPostgresAddresses { addresses in
            var limits = PostgresLimits()
            limits.statement = .milliseconds(200)
            let keeper = try PostgresDatabase(url: addresses.url, connections: 1)
            let first = try PostgresDatabase(url: addresses.url, connections: 2)
            let second = try PostgresDatabase(url: addresses.url, connections: 1, limits: limits)
            /// How many have waited for a lock for longer than a second with a statement like that.
            func waiting(_ statement: String) async throws -> Int {
                let sql = """
                    SELECT COUNT(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                    AND query_start < clock_timestamp() - interval '1 second' AND query LIKE $1
                    """
                return try await first.read { try $0.query(sql, statement)[0].int("count") }
            }
            let (gate, isShut) = (DispatchSemaphore(value: 0), NIOLockedValueBox(false))
            let keeping = Task {
                try await keeper.write { transaction in
                    _ = try transaction.query("SELECT CAST(pg_advisory_xact_lock(4711) AS TEXT)")
                    isShut.withLockedValue { $0 = true }
                    gate.wait()
                }
            }
            try await eventually(within: .seconds(120), "the gate is shut") { isShut.withLockedValue { $0 } }
            let (one, other): (Task<[Migration], any Error>, Task<[Migration], any Error>)
            one = Task { try await Migrator.migrate(first, slow) }
            try await eventually(within: .seconds(120), "the first process migrates") { try await waiting("%lock(4711)%") == 1 }
            other = Task { try await Migrator.migrate(second, slow) }
            try await eventually(within: .seconds(120), "the second waits longer than a statement may") {
                try await waiting("%lock(7651190421)%") == 1
            }
            gate.signal()
            #expect(try await other.value == [])
            #expect(try await one.value == slow)
            try await keeping.value
            for database in [keeper, first, second] { await database.close() }
        }
    }

    @Test func aListenersPauseGrowsToTwoSecondsAndNoFurther() {
        var pause = ListenerPause()
        #expect((0..<8).map { _ in pause.next() } == [0.1, 0.2, 0.4, 0.8, 1.6, 2, 2, 2])
    }

    // MARK: -

    /// As bin/test-pgbouncer sets it: pgbouncer's default.
    private static let poolSize = 20

    /// Connections at work until they are released.
    private struct Held: Sendable {
        let gate = DispatchSemaphore(value: 0)
        let taken = NIOLockedValueBox(0)
        var work = Task<Void, any Error> {}

        var count: Int { taken.withLockedValue { $0 } }

        func release() async throws {
            for _ in 0..<count { gate.signal() }
            try await work.value
        }
    }

    /// Takes `count` connections at once.
    private func hold(_ database: PostgresDatabase, _ count: Int) -> Held {
        var held = Held()
        held.work = Task { [gate = held.gate, taken = held.taken] in
            try await withThrowingTaskGroup { group in
                for _ in 0..<count {
                    group.addTask {
                        try await database.read { transaction in
                            _ = try transaction.query("SELECT 1")
                            taken.withLockedValue { $0 += 1 }
                            gate.wait()
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        return held
    }

    private func withDatabase(
        connections: Int, _ change: (inout PostgresLimits) -> Void, _ body: (PostgresDatabase, KeptLog) async throws -> Void
    ) async throws {
        try await TestDatabase.withPostgresAddresses { addresses in
            var limits = PostgresLimits()
            change(&limits)
            let log = KeptLog()
            let database = try PostgresDatabase(
                url: addresses.url, directURL: addresses.directURL, connections: connections, limits: limits, logger: log.logger)
            let result: Result<Void, any Error>
            do { result = .success(try await body(database, log)) } catch { result = .failure(error) }
            await database.close()
            try result.get()
        }
    }
}

/// Keeps what was said at warning and above.
private final class KeptLog: Sendable {
    private let kept = NIOLockedValueBox<[String]>([])

    var lines: [String] { kept.withLockedValue { $0 } }

    var logger: Logger { Logger(label: "test") { [kept] _ in Handler(kept: kept) } }

    private struct Handler: LogHandler {
        let kept: NIOLockedValueBox<[String]>
        var logLevel = Logger.Level.warning
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { kept.withLockedValue { $0.append(event.message.description) } }
    }
}
