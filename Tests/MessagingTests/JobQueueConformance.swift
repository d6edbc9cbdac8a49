import Domain
import Logging
import Messaging
import Persistence
import TestSupport
import Testing

/// What every queue must do, run against each implementation.
@Suite("Job queue")
struct JobQueueConformance {
    private let start = Timestamp(milliseconds: 1_800_000_000_000)

    /// A database, with or without a Redis beside it.
    struct Setting: Sendable, CustomStringConvertible {
        let database: TestDatabase
        let redis: RedisProgram?

        static let all = TestDatabase.all.flatMap { database in
            [Setting(database: database, redis: nil)] + RedisProgram.all.map { Setting(database: database, redis: $0) }
        }
        var description: String { redis.map { "\(database) with \($0)" } ?? "\(database)" }
    }

    private func withQueue(on setting: Setting, _ body: (any JobQueue, any Database, ManualTime) async throws -> Void) async throws {
        try await setting.database.withDatabase(schema) { database in
            let time = ManualTime(start)
            let base = DatabaseJobQueue(database: database, time: time)
            guard let redis = setting.redis else { return try await body(base, database, time) }
            try await redis.withServer { server in
                let client = try await server.client()
                try await body(
                    RedisJobQueue(base: base, redis: client, prefix: "test", time: time, logger: Logger(label: "test")), database, time)
                await client.close()
            }
        }
    }

    private func enqueue(_ jobs: [NewJob], on queue: any JobQueue, _ database: any Database) async throws {
        try await database.write { try queue.enqueue(jobs, in: $0) }
        await queue.announce(Set(jobs.map(\.kind)))
    }

    private func job(_ payload: String, key: String? = nil, priority: Int = 0, after delay: Duration = .zero) -> NewJob {
        NewJob(kind: "test", payload: payload, uniqueKey: key, priority: priority, runAt: start + delay)
    }

    private func claim(_ queue: any JobQueue, limit: Int = 10, lease: Duration = .seconds(30)) async throws -> [Job] {
        try await queue.claim(kind: "test", limit: limit, lease: lease, patience: .zero)
    }

    @Test("gives ready jobs by priority, then by time, and only of the kind asked for", arguments: Setting.all)
    func order(on setting: Setting) async throws {
        try await withQueue(on: setting) { queue, database, time in
            let other = NewJob(kind: "other", payload: "other", runAt: start)
            try await enqueue(
                [job("late", after: .seconds(2)), job("early", after: .seconds(1)), job("urgent", priority: -1, after: .seconds(3)), other],
                on: queue,
                database)
            time.advance(by: .seconds(5))
            #expect(try await claim(queue).map(\.payload) == ["urgent", "early", "late"])
        }
    }

    @Test("keeps a job until its time", arguments: Setting.all)
    func notBefore(on setting: Setting) async throws {
        try await withQueue(on: setting) { queue, database, time in
            try await enqueue([job("later", after: .minutes(1))], on: queue, database)
            #expect(try await claim(queue).isEmpty)
            time.advance(by: .minutes(1))
            #expect(try await claim(queue).count == 1)
        }
    }

    @Test("does not queue a second job with the key of one that waits or runs, but does when that is done", arguments: Setting.all)
    func uniqueKey(on setting: Setting) async throws {
        try await withQueue(on: setting) { queue, database, _ in
            try await enqueue([job("first", key: "k"), job("second", key: "k")], on: queue, database)
            let claimed = try await claim(queue)
            #expect(claimed.map(\.payload) == ["first"])
            try await enqueue([job("third", key: "k")], on: queue, database)
            #expect(try await claim(queue).isEmpty)
            try await queue.complete(claimed)
            try await enqueue([job("fourth", key: "k")], on: queue, database)
            #expect(try await claim(queue).map(\.payload) == ["fourth"])
        }
    }

    @Test("gives each of 200 jobs to exactly one of eight claimers", arguments: Setting.all)
    func exclusive(on setting: Setting) async throws {
        try await withQueue(on: setting) { queue, database, _ in
            try await enqueue((0..<200).map { job("\($0)") }, on: queue, database)
            let payloads = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var mine: [String] = []
                        while case let jobs = try await claim(queue, limit: 7), !jobs.isEmpty { mine += jobs.map(\.payload) }
                        return mine
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            // A claimer that finds rows locked by others may stop early, so the rest is taken here.
            var all = payloads
            while case let jobs = try await claim(queue, limit: 50), !jobs.isEmpty { all += jobs.map(\.payload) }
            #expect(all.count == 200)
            #expect(Set(all).count == 200)
        }
    }

    @Test("gives a job to another worker when its lease ran out, and the first one can no longer end it", arguments: Setting.all)
    func lostLease(on setting: Setting) async throws {
        try await withQueue(on: setting) { queue, database, time in
            try await enqueue([job("work")], on: queue, database)
            let first = try #require(try await claim(queue, lease: .seconds(10)).first)
            time.advance(by: .seconds(11))
            let second = try #require(try await claim(queue).first)
            #expect(second.fence > first.fence)
            #expect(second.attempts == 1)
            #expect(try await queue.heartbeat(first, lease: .seconds(10)) == false)
            try await queue.complete([first])
            #expect(try await queue.counts().running == 1)
            try await queue.complete([second])
            #expect(try await queue.counts() == JobCounts(ready: 0, waiting: 0, running: 0, buried: 0))
        }
    }

    @Test("extends a lease by heartbeat", arguments: Setting.all)
    func heartbeat(on setting: Setting) async throws {
        try await withQueue(on: setting) { queue, database, time in
            try await enqueue([job("work")], on: queue, database)
            let held = try #require(try await claim(queue, lease: .seconds(10)).first)
            time.advance(by: .seconds(8))
            #expect(try await queue.heartbeat(held, lease: .seconds(10)))
            time.advance(by: .seconds(8))
            #expect(try await claim(queue).isEmpty)
        }
    }

    @Test("brings a job back at the time it is given back for, and sets buried ones aside", arguments: Setting.all)
    func retryAndBury(on setting: Setting) async throws {
        try await withQueue(on: setting) { queue, database, time in
            try await enqueue([job("again"), job("hopeless", key: "h")], on: queue, database)
            let jobs = try await claim(queue)
            try await queue.retry(try #require(jobs.first { $0.payload == "again" }), at: time.now + .minutes(1), error: "busy")
            try await queue.bury(try #require(jobs.first { $0.payload == "hopeless" }), error: "no use")
            #expect(try await queue.counts() == JobCounts(ready: 0, waiting: 1, running: 0, buried: 1))
            time.advance(by: .minutes(1))
            #expect(try await claim(queue).map(\.payload) == ["again"])
            try await enqueue([job("hopeless", key: "h")], on: queue, database)
            #expect(try await claim(queue).map(\.payload) == ["hopeless"])
        }
    }

    @Test("takes a job with its transaction: rolled back, it never was", arguments: Setting.all)
    func transactional(on setting: Setting) async throws {
        struct Undo: Error {}
        try await withQueue(on: setting) { queue, database, _ in
            await #expect(throws: Undo.self) {
                try await database.write { transaction in
                    try queue.enqueue([job("ghost")], in: transaction)
                    throw Undo()
                }
            }
            let jobs = try await claim(queue)
            #expect(jobs.isEmpty)
        }
    }

    @Test("wakes a waiting worker of the same process at once", arguments: TestDatabase.all)
    func announcement(on kind: TestDatabase) async throws {
        try await withQueue(on: Setting(database: kind, redis: nil)) { queue, database, time in
            // Time stands still, so only the announcement can wake the claim.
            async let claimed = queue.claim(kind: "test", limit: 1, lease: .seconds(30), patience: .hours(1))
            try await eventually("the worker waits") { time.sleeperCount > 0 }
            try await enqueue([job("now")], on: queue, database)
            let payloads = try await claimed.map(\.payload)
            #expect(payloads == ["now"])
        }
    }

    @Test("wakes a waiting worker of another process", .enabled(if: !TestDatabase.postgresIfAny.isEmpty))
    func announcementElsewhere() async throws {
        try await TestDatabase.withPostgres { database in
            try await Migrator.migrate(database, schema)
            let time = ManualTime(start)
            let ends = (0..<2).map { _ in BridgedBroadcast(database: database, time: SystemTime(), logger: Logger(label: "test")) }
            let queues = ends.map { DatabaseJobQueue(database: database, broadcast: $0, time: time) }
            async let claimed = queues[1].claim(kind: "test", limit: 1, lease: .seconds(30), patience: .hours(1))
            try await eventually("the worker listens and waits") { ends[1].isConnected && time.sleeperCount > 0 }
            try await enqueue([job("now")], on: queues[0], database)
            let payloads = try await claimed.map(\.payload)
            #expect(payloads == ["now"])
            for end in ends { await end.close() }
        }
    }

    @Test("counts the workers that died under a job, and not those that gave it back", arguments: Setting.all)
    func crashes(on setting: Setting) async throws {
        try await withQueue(on: setting) { queue, database, time in
            try await enqueue([job("work")], on: queue, database)
            for crashes in 0..<3 {
                let held = try #require(try await claim(queue, lease: .seconds(10)).first)
                #expect(held.crashes == crashes)
                time.advance(by: .seconds(11))
            }
            let held = try #require(try await claim(queue).first)
            #expect(held.crashes == 3)
            try await queue.retry(held, at: time.now, error: "busy")
            #expect(try await claim(queue).map(\.crashes) == [3])
            try await queue.releaseOrphans()
            #expect(try await claim(queue).map(\.crashes) == [4])
            #expect(try await queue.troubled(crashes: 5, limit: 10).isEmpty)
            #expect(try await queue.troubled(crashes: 4, limit: 10).map(\.payload) == ["work"])
        }
    }

    @Test("lets those run alone under which workers die, so that what stood beside the one that kills goes on", arguments: Setting.all)
    func suspects(on setting: Setting) async throws {
        try await withQueue(on: setting) { queue, database, time in
            try await enqueue(["a", "killer", "c", "d"].map { job($0) }, on: queue, database)
            var (done, claims): (Set<String>, [String: Int]) = ([], [:])
            // A worker takes what it gets, dies when the killer is among it, and does it otherwise.
            for _ in 0..<40 where done.count < 3 || claims["killer", default: 0] < 6 {
                let jobs = try await claim(queue, lease: .seconds(10))
                for job in jobs { claims[job.payload, default: 0] += 1 }
                if !jobs.contains(where: { $0.payload == "killer" }) {
                    try await queue.complete(jobs)
                    done.formUnion(jobs.map(\.payload))
                }
                time.advance(by: .seconds(11))
            }
            #expect(done == ["a", "c", "d"])
            #expect(done.allSatisfy { claims[$0, default: 0] <= 3 }, "each died with it twice at most: \(claims)")
            #expect(claims["killer", default: 0] >= 6)
        }
    }

    @Test("gives back every claim when it is known that no worker lives", arguments: Setting.all)
    func orphans(on setting: Setting) async throws {
        try await withQueue(on: setting) { queue, database, _ in
            try await enqueue([job("work")], on: queue, database)
            _ = try await claim(queue)
            #expect(try await claim(queue).isEmpty)
            try await queue.releaseOrphans()
            #expect(try await claim(queue).count == 1)
        }
    }
}
