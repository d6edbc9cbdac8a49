import Domain
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import Messaging

extension RedisServer {
    /// Two ends of one broadcast, each with connections of its own; both listen already.
    func withTwoProcesses(_ body: (BridgedBroadcast, BridgedBroadcast) async throws -> Void) async throws {
        let clients = [try await client(), try await client()]
        let ends = clients.map { BridgedBroadcast(redis: $0, prefix: "test", logger: Logger(label: "test")) }
        for end in ends { await end.open() }
        try await eventually("both processes listen") { ends.allSatisfy(\.isConnected) }
        try await body(ends[0], ends[1])
        for end in ends { await end.close() }
        for client in clients { await client.close() }
    }
}

@Suite("Broadcast over Redis", .enabled(if: RedisProgram.isAny))
struct RedisBroadcastTests {
    @Test("tells every listener that something may have been missed, once it hears again", arguments: RedisProgram.all)
    func gap(on program: RedisProgram) async throws {
        try await program.withServer { server in
            try await server.withTwoProcesses { here, there in
                var far = there.messages(on: "a").makeAsyncIterator()
                await here.send("before", to: "a")
                #expect(await far.next() == "before")
                try await server.kill()
                try await eventually("the loss is noticed") { !there.isConnected }
                await here.send("meanwhile", to: "b")
                try await server.start()
                #expect(await far.next() == "")
                let heard = NIOLockedValueBox<String?>(nil)
                let reader = Task { for await message in there.messages(on: "a") { heard.withLockedValue { $0 = message } } }
                try await eventually("a message arrives again") {
                    await here.send("after", to: "a")
                    return heard.withLockedValue { $0 } == "after"
                }
                reader.cancel()
            }
        }
    }

    @Test("keeps what is sent while the server is away, and brings it to those who hear again", arguments: RedisProgram.one)
    func absence(on program: RedisProgram) async throws {
        try await program.withServer { server in
            let sender = try await server.client()
            let here = BridgedBroadcast(redis: sender, prefix: "test", logger: Logger(label: "test"))
            try await server.kill()
            try await eventually("the loss is noticed") { !sender.isConnected }
            // Somebody listens elsewhere before the sender is back: it connects by itself, and only once there is a server.
            await here.send("meanwhile", to: "a")
            try await server.start()
            let listener = try await server.client()
            let there = BridgedBroadcast(redis: listener, prefix: "test", logger: Logger(label: "test"))
            let messages = there.messages(on: "a")
            try await eventually("it listens") { there.isConnected }
            await here.send("after", to: "a")
            // Either in its order, or a word that some may have been missed.
            var received: [String] = []
            for await message in messages {
                received.append(message)
                if message == "after" { break }
            }
            #expect(received.contains("meanwhile") || received.contains(""))
            await here.close()
            await there.close()
            await sender.close()
            await listener.close()
        }
    }

    @Test("tells a listener of a server that hangs that it may miss something, when that goes on", arguments: RedisProgram.one)
    func frozen(on program: RedisProgram) async throws {
        try await program.withServer { server in
            try await server.withTwoProcesses { _, there in
                var far = there.messages(on: "a").makeAsyncIterator()
                server.freeze()
                try await eventually("the silence is noticed") { !there.isConnected }
                server.thaw()
                #expect(await far.next() == "")
            }
        }
    }

    @Test("is no business of another installation on the same server", arguments: RedisProgram.one)
    func prefixes(on program: RedisProgram) async throws {
        try await program.withServer { server in
            let client = try await server.client()
            let ends = ["one", "two"].map { BridgedBroadcast(redis: client, prefix: $0, logger: Logger(label: "test")) }
            var messages = ends[1].messages(on: "a").makeAsyncIterator()
            try await eventually("it listens") { ends[1].isConnected }
            #expect(await messages.next() == "")
            await ends[0].send("of one", to: "a")
            // Answered after that one was taken.
            try await client.call("PING")
            await ends[1].send("of two", to: "a")
            #expect(await messages.next() == "of two")
            for end in ends { await end.close() }
            await client.close()
        }
    }

    @Test("sends what waits before it closes", arguments: RedisProgram.one)
    func closing(on program: RedisProgram) async throws {
        try await BroadcastConformance.Kind.redis(program).withEnds { here, there in
            let far = there.messages(on: "a")
            for number in 1...250 { await here.send("\(number)", to: "a") }
            await here.close()
            await here.send("too late", to: "a")
            var received: [String] = []
            for await message in far {
                received.append(message)
                if message == "250" { await there.send("end", to: "a") }
                if message == "end" { break }
            }
            #expect(received == (1...250).map(String.init) + ["end"])
        }
    }
}

@Suite("Rate limiter on Redis", .enabled(if: RedisProgram.isAny))
struct RedisRateLimiterTests {
    @Test("counts for all processes, refuses beyond the limit, takes back, and begins anew when the window ends", arguments: RedisProgram.all)
    func window(on program: RedisProgram) async throws {
        try await program.withServer { server in
            let clients = [try await server.client(), try await server.client()]
            let limiters = clients.map { RedisRateLimiter(redis: $0, prefix: "test", time: SystemTime()) }
            for left in [2, 1, 0] {
                let decision = await limiters[left % 2].take("key:ä", limit: 3, window: .minutes(1))
                #expect(decision.allowed && decision.remaining == left)
            }
            let refused = await limiters[0].take("key:ä", limit: 3, window: .minutes(1))
            #expect(!refused.allowed && refused.remaining == 0 && refused.reset > .zero && refused.reset <= .minutes(1))
            #expect(await limiters[0].take("key:b", limit: 3, window: .minutes(1)).allowed)
            await limiters[1].giveBack("key:ä")
            await limiters[1].giveBack("key:ä")
            #expect(await limiters[0].take("key:ä", limit: 3, window: .minutes(1)).allowed)
            // Never below nothing.
            await limiters[0].giveBack("never counted")
            #expect(await limiters[0].take("never counted", limit: 1, window: .minutes(1)).remaining == 0)
            #expect(await limiters[0].take("short", limit: 1, window: .milliseconds(1)).allowed)
            try await eventually("its window ends") { try await clients[0].call("EXISTS", "test:rate:short") == .integer(0) }
            #expect(await limiters[0].take("short", limit: 1, window: .minutes(1)).allowed)
            for client in clients { await client.close() }
        }
    }

    @Test("counts within the process while the server is away", arguments: RedisProgram.one)
    func away(on program: RedisProgram) async throws {
        try await program.withServer { server in
            let client = try await server.client()
            let limiter = RedisRateLimiter(redis: client, prefix: "test", time: ManualTime())
            try await server.kill()
            #expect(await limiter.take("a", limit: 1, window: .minutes(1)).allowed)
            #expect(await !limiter.take("a", limit: 1, window: .minutes(1)).allowed)
            await limiter.giveBack("a")
            await limiter.giveBack("a")
            #expect(await limiter.take("a", limit: 1, window: .minutes(1)).allowed)
            await client.close()
        }
    }
}
