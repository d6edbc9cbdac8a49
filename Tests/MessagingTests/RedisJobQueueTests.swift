import Domain
import Logging
import NIOConcurrencyHelpers
import Persistence
import TestSupport
import Testing

@testable import Messaging

/// What becomes of the hints in Redis, by the rules that its versions differ in.
@Suite("Job queue with Redis", .enabled(if: RedisProgram.isAny))
struct RedisJobQueueTests {
    private let start = Timestamp(milliseconds: 1_800_000_000_000)

    private struct World {
        let server: RedisServer
        let client: RedisClient
        let database: any Database
        let time: ManualTime
        let queue: RedisJobQueue
        /// Straight at the hints.
        var stream: RedisJobStream { RedisJobStream(redis: client, prefix: "test", kind: "test", reader: "other") }

        func another() -> RedisJobQueue {
            RedisJobQueue(
                base: DatabaseJobQueue(database: database, time: time), redis: client, prefix: "test", time: time, logger: Logger(label: "test"))
        }

        func enqueue(_ payloads: [String], after delay: Duration = .zero, announced: Bool = true) async throws {
            let (queue, runAt) = (queue, time.now + delay)
            try await database.write { try queue.enqueue(payloads.map { NewJob(kind: "test", payload: $0, runAt: runAt) }, in: $0) }
            if announced { await queue.announce(["test"]) }
        }

        func claim(limit: Int = 10, patience: Duration = .zero) async throws -> [String] {
            try await queue.claim(kind: "test", limit: limit, lease: .seconds(30), patience: patience).map(\.payload)
        }

        func pending() async throws -> Int { try await client.call("XPENDING", "test:jobs:test", "workers").array?.first?.integer ?? -1 }

        func blockedClients(_ count: Int) async throws {
            try await eventually("\(count) readers wait") {
                try await client.call("INFO", "clients").text?.contains("blocked_clients:\(count)\r\n") == true
            }
        }
    }

    private func withWorld(on program: RedisProgram, _ settings: [String] = [], _ body: (World) async throws -> Void) async throws {
        try await TestDatabase.sqlite.withDatabase(schema) { database in
            try await program.withServer(settings) { server in
                let (client, time) = (try await server.client(), ManualTime(start))
                let queue = RedisJobQueue(
                    base: DatabaseJobQueue(database: database, time: time), redis: client, prefix: "test", time: time,
                    logger: Logger(label: "test"))
                try await body(World(server: server, client: client, database: database, time: time, queue: queue))
                await client.close()
            }
        }
    }

    @Test("wakes a waiting worker, and leaves nothing of the hint behind", arguments: RedisProgram.all)
    func wakes(on program: RedisProgram) async throws {
        try await withWorld(on: program) { world in
            async let claimed = world.claim(patience: .hours(1))
            try await world.blockedClients(1)
            try await world.enqueue(["now"])
            let payloads = try await claimed
            #expect(payloads == ["now"])
            #expect(try await world.stream.count() == 0)
            #expect(try await world.pending() == 0)
        }
    }

    @Test("pushes no hint of what was rolled back, nor of what is queued already", arguments: RedisProgram.one)
    func rolledBack(on program: RedisProgram) async throws {
        struct Undo: Error {}
        try await withWorld(on: program) { world in
            let queue = world.queue
            await #expect(throws: Undo.self) {
                try await world.database.write { transaction in
                    try queue.enqueue([NewJob(kind: "test", payload: "ghost", runAt: start)], in: transaction)
                    throw Undo()
                }
            }
            for _ in 0..<2 {
                try await world.database.write {
                    try queue.enqueue([NewJob(kind: "test", payload: "one", uniqueKey: "k", runAt: start)], in: $0)
                }
                await queue.announce(["test"])
            }
            #expect(try await world.stream.count() == 1)
        }
    }

    @Test("gives out the hints that were pushed before there was a group", arguments: RedisProgram.all)
    func groupFromTheBeginning(on program: RedisProgram) async throws {
        try await withWorld(on: program) { world in
            try await world.stream.push([("early", start)], now: start)
            await #expect(throws: RedisError.self) { try await world.stream.look(limit: 10, now: start) }
            try await world.stream.makeGroup()
            try await world.stream.makeGroup()
            #expect(try await world.stream.look(limit: 10, now: start).hints.map(\.job) == ["early"])
        }
    }

    @Test("goes on after FLUSHALL with a reader waiting, and puts back what the stream forgot", arguments: RedisProgram.all)
    func flushed(on program: RedisProgram) async throws {
        try await withWorld(on: program) { world in
            async let first = world.claim(limit: 1, patience: .hours(1))
            try await world.blockedClients(1)
            try await world.client.call("FLUSHALL")
            try await world.enqueue(["a"])
            let payloads = try await first
            #expect(payloads == ["a"])
            try await world.enqueue((0..<20).map { "\($0)" })
            try await world.client.call("FLUSHALL")
            // Somebody who looks and waits notices.
            var taken = try await world.claim(limit: 1, patience: .hours(1))
            while case let more = try await world.claim(limit: 3), !more.isEmpty { taken += more }
            #expect(Set(taken).count == 20 && taken.count == 20)
        }
    }

    @Test("puts hints back for jobs that the stream does not know, also while there is always one to take", arguments: RedisProgram.all)
    func restores(on program: RedisProgram) async throws {
        try await withWorld(on: program) { world in
            try await world.enqueue(["lost"], announced: false)
            world.time.advance(by: .seconds(1))
            let queue = world.another()
            let jobs = (0..<10).map { NewJob(kind: "test", payload: "\($0)", runAt: world.time.now) }
            try await world.database.write { try queue.enqueue(jobs, in: $0) }
            await queue.announce(["test"])
            try await world.stream.makeGroup()
            // The first claim of a process compares; it has taken one of ten.
            #expect(try await world.claim(limit: 1) == ["0"])
            #expect(try await world.stream.count() == 10)
            world.time.advance(by: .seconds(20))
            #expect(try await world.claim(limit: 1) == ["1"])
            #expect(try await world.stream.count() == 9, "nothing is missing: nothing is added")
        }
    }

    @Test("takes up what a reader left behind, also of entries that are gone", arguments: RedisProgram.all)
    func stalled(on program: RedisProgram) async throws {
        try await withWorld(on: program) { world in
            try await world.stream.makeGroup()
            try await world.enqueue(["a", "b", "c"])
            // A process takes hints and dies; one of the entries is deleted by somebody.
            let taken = try await world.stream.look(limit: 10, now: start).hints
            #expect(taken.count == 3)
            try await world.client.call("XDEL", "test:jobs:test", taken[1].entry)
            #expect(try await world.stream.forgetStalled() == 0, "not while it may still be at work")
            for hint in taken {
                // As if they had been taken a minute ago. Redis 7 forgets a deleted one here.
                try await world.client.call("XCLAIM", "test:jobs:test", "workers", "dead", "0", hint.entry, "IDLE", "60000", "JUSTID")
            }
            _ = try await world.stream.forgetStalled()
            #expect(try await world.pending() == 0)
            #expect(try await world.stream.count() == 0)
            #expect(Set(try await world.claim()) == ["a", "b", "c"])
        }
    }

    @Test("passes over hints that are not ours, of jobs that are done, and doubled ones", arguments: RedisProgram.one)
    func strangeHints(on program: RedisProgram) async throws {
        try await withWorld(on: program) { world in
            try await world.enqueue(["a"])
            try await world.client.call("XADD", "test:jobs:test", "*", "something", "else", "of", "others")
            try await world.client.call("XADD", "test:jobs:test", "*", "id", "no id at all ' ü")
            let ids = try await world.database.read { try $0.query("SELECT id FROM jobs").map { try $0.text("id") } }
            try await world.stream.push([(ids[0], start), (ids[0], start)], now: start)
            #expect(try await world.claim() == ["a"])
            #expect(try await world.claim().isEmpty)
            #expect(try await world.stream.count() == 0)
            #expect(try await world.pending() == 0)
        }
    }

    @Test("keeps hints of later until their time, to the millisecond", arguments: RedisProgram.all)
    func delayed(on program: RedisProgram) async throws {
        try await withWorld(on: program) { world in
            try await world.stream.makeGroup()
            try await world.stream.push((0..<250).map { ("job \($0)", start + .milliseconds(5)) }, now: start)
            var look = try await world.stream.look(limit: 1000, now: start + .milliseconds(4))
            #expect(look.hints.isEmpty && look.next == start + .milliseconds(5))
            var jobs: [String] = []
            for _ in 0..<3 {
                look = try await world.stream.look(limit: 1000, now: start + .milliseconds(5))
                jobs += look.hints.map(\.job)
            }
            #expect(Set(jobs).count == 250 && jobs.count == 250 && look.next == nil)
        }
    }

    @Test("leaves a key that somebody else has replaced alone, complains, and goes on from the database", arguments: RedisProgram.all)
    func wrongType(on program: RedisProgram) async throws {
        try await withWorld(on: program) { world in
            try await world.client.call("SET", "test:jobs:test", "not yours")
            try await world.enqueue(["a"])
            #expect(try await world.claim() == ["a"])
            #expect(try await world.client.call("GET", "test:jobs:test") == .text("not yours"))
            #expect(await world.client.complaint()?.contains("WRONGTYPE") == true)
        }
    }

    @Test("goes on from the database while the memory of Redis is full", arguments: RedisProgram.one)
    func fullMemory(on program: RedisProgram) async throws {
        try await withWorld(on: program) { world in
            try await world.client.call("CONFIG", "SET", "maxmemory", "1")
            try await world.enqueue(["a"])
            #expect(try await world.claim() == ["a"])
        }
    }

    @Test("removes the names of processes that are long gone, but none that has hints pending", arguments: RedisProgram.all)
    func readers(on program: RedisProgram) async throws {
        try await withWorld(on: program) { world in
            try await world.stream.makeGroup()
            try await world.enqueue(["a"])
            _ = try await world.stream.look(limit: 1, now: start)
            try await world.client.call("XGROUP", "CREATECONSUMER", "test:jobs:test", "workers", "fresh")
            try await world.stream.forgetReaders()
            let names = try await world.client.call("XINFO", "CONSUMERS", "test:jobs:test", "workers").array?.compactMap { $0.array?[1].text }
            #expect(Set(names ?? []) == ["fresh", "other"])
            try await world.stream.forgetReaders(idleFor: .zero - .milliseconds(1))
            let left = try await world.client.call("XINFO", "CONSUMERS", "test:jobs:test", "workers").array?.compactMap { $0.array?[1].text }
            #expect(left == ["other"], "it still has a hint")
        }
    }

    @Test("lets go of a waiting claim that is cancelled, and hands nothing to it", arguments: RedisProgram.all)
    func cancelled(on program: RedisProgram) async throws {
        try await withWorld(on: program) { world in
            let waiting = Task { try await world.claim(patience: .hours(1)) }
            try await world.blockedClients(1)
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            try await world.blockedClients(0)
            try await world.enqueue(["a"])
            #expect(try await world.claim() == ["a"])
            #expect(try await world.pending() == 0)
        }
    }
}
