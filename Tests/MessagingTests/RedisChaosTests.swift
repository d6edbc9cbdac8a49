import Domain
import Logging
import NIOConcurrencyHelpers
import Persistence
import TestSupport
import Testing

@testable import Messaging

/// A thousand jobs while Redis is killed, emptied, stopped, frozen, and comes back with what it knew before.
@Suite("Job queue while Redis fails", .enabled(if: RedisProgram.isAny))
struct RedisChaosTests {
    static let count = 1000

    enum Fault: String, CaseIterable, Sendable, CustomTestStringConvertible {
        /// With the snapshot of before: acknowledged hints are back, new ones gone.
        case killedAndBackWithOldState
        case killedAndBackEmpty
        case flushed
        case away
        case frozen

        var testDescription: String { rawValue }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let database: TestDatabase
        let program: RedisProgram
        let fault: Fault
        var testDescription: String { "\(database), \(program), \(fault.rawValue)" }

        /// Every server on SQLite, and one on PostgreSQL.
        static let all =
            RedisProgram.all.flatMap { program in Fault.allCases.map { Case(database: .sqlite, program: program, fault: $0) } }
            + TestDatabase.postgresIfAny.flatMap { database in
                RedisProgram.one.flatMap { program in Fault.allCases.map { Case(database: database, program: program, fault: $0) } }
            }
    }

    @Test("loses nothing, does nothing twice, and never stands still", arguments: Case.all)
    func chaos(_ test: Case) async throws {
        try await test.database.withDatabase(schema) { database in
            try await test.program.withServer { server in
                let clients = [try await server.client(), try await server.client(), try await server.client()]
                let queues = clients.map { client in
                    RedisJobQueue(
                        base: DatabaseJobQueue(database: database, time: SystemTime()), redis: client, prefix: "test", time: SystemTime(),
                        logger: Logger(label: "test"))
                }
                let done = Done()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for queue in queues.dropFirst() { group.addTask { try await work(queue, done) } }
                    // A stream of work that goes on through it all.
                    group.addTask { try await enqueue(on: queues[0], database) }
                    try await eventually("half is queued and a quarter done") { done.count > Self.count / 4 }
                    let before = done.count
                    try await befall(test.fault, server, clients[0]) {
                        try await eventually("work goes on meanwhile") { done.count > min(before + 100, Self.count - 1) }
                    }
                    try await eventually("all is done") { done.count == Self.count }
                    group.cancelAll()
                    do { try await group.waitForAll() } catch is CancellationError {}
                }
                #expect(done.doubled.isEmpty)
                #expect(try await queues[0].counts() == JobCounts(ready: 0, waiting: 0, running: 0, buried: 0))
                for client in clients { await client.close() }
            }
        }
    }

    private func befall(_ fault: Fault, _ server: RedisServer, _ client: RedisClient, meanwhile: () async throws -> Void) async throws {
        switch fault {
        case .killedAndBackWithOldState:
            try await client.call("SAVE")
            try await meanwhile()
            try await server.kill()
            try await server.start()
        case .killedAndBackEmpty:
            try await server.kill()
            try await server.start(["--save", ""])
        case .flushed:
            try await client.call("FLUSHALL")
        case .away:
            try await server.stop()
            try await meanwhile()
            try await server.start()
        case .frozen:
            server.freeze()
            try await meanwhile()
            server.thaw()
        }
    }

    private func enqueue(on queue: RedisJobQueue, _ database: any Database) async throws {
        for start in stride(from: 0, to: Self.count, by: 10) {
            let jobs = (start..<start + 10).map { number in
                // Some have a moment to wait.
                NewJob(kind: "test", payload: "\(number)", runAt: Timestamp.now + .milliseconds(number % 5 == 0 ? 200 : 0))
            }
            try await database.write { try queue.enqueue(jobs, in: $0) }
            await queue.announce(["test"])
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private func work(_ queue: RedisJobQueue, _ done: Done) async throws {
        while !Task.isCancelled {
            let jobs = try await queue.claim(kind: "test", limit: 5, lease: .seconds(60), patience: .seconds(1))
            for job in jobs where job.attempts == 0 && job.payload.hasSuffix("7") {
                try await queue.retry(job, at: Timestamp.now + .milliseconds(50), error: "the first time it fails")
            }
            let finished = jobs.filter { $0.attempts > 0 || !$0.payload.hasSuffix("7") }
            for job in finished { done.add(job.payload) }
            try await queue.complete(finished)
        }
    }

    private final class Done: Sendable {
        private let times = NIOLockedValueBox<[String: Int]>([:])

        var count: Int { times.withLockedValue(\.count) }
        var doubled: [String] { times.withLockedValue { $0.filter { $0.value > 1 }.map(\.key) } }
        func add(_ payload: String) { times.withLockedValue { $0[payload, default: 0] += 1 } }
    }
}
