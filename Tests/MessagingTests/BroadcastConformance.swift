import Dispatch
import Domain
import Logging
import Messaging
import NIOConcurrencyHelpers
import Persistence
import TestSupport
import Testing

/// What every broadcast must do, run against each implementation.
@Suite("Broadcast")
struct BroadcastConformance {
    enum Kind: Sendable, CustomStringConvertible {
        case local
        case postgres
        case redis(RedisProgram)

        static var all: [Kind] { [.local] + TestDatabase.postgresIfAny.map { _ in .postgres } + RedisProgram.all.map { .redis($0) } }
        var description: String {
            switch self {
            case .local: "local"
            case .postgres: "postgres"
            case .redis(let program): "\(program)"
            }
        }

        /// Two ends of one broadcast, each of a process of its own where processes can be bridged; both listen already.
        func withEnds(_ body: (any Broadcast, any Broadcast) async throws -> Void) async throws {
            switch self {
            case .local:
                let broadcast = LocalBroadcast()
                try await body(broadcast, broadcast)
            case .postgres:
                try await TestDatabase.withPostgres { database in
                    try await Migrator.migrate(database, schema)
                    try await BroadcastConformance.withTwoProcesses(on: database, body)
                }
            case .redis(let program):
                try await program.withServer { try await $0.withTwoProcesses(body) }
            }
        }
    }

    fileprivate static func withTwoProcesses(
        on database: PostgresDatabase, _ body: (BridgedBroadcast, BridgedBroadcast) async throws -> Void
    ) async throws {
        let ends = (0..<2).map { _ in BridgedBroadcast(database: database, time: SystemTime(), logger: Logger(label: "test")) }
        for end in ends { await end.open() }
        try await eventually("both processes listen") { ends.allSatisfy(\.isConnected) }
        try await body(ends[0], ends[1])
        for end in ends { await end.close() }
    }

    @Test("brings a message to every listener of its topic, here and there, and to no other", arguments: Kind.all)
    func topics(of kind: Kind) async throws {
        try await kind.withEnds { here, there in
            var (first, second) = (here.messages(on: "a").makeAsyncIterator(), there.messages(on: "a").makeAsyncIterator())
            var other = there.messages(on: "b").makeAsyncIterator()
            await here.send("for a", to: "a")
            await here.send("for b", to: "b")
            #expect(await first.next() == "for a")
            #expect(await second.next() == "for a")
            #expect(await other.next() == "for b")
        }
    }

    @Test("keeps the order and every one of equal messages, and brings each once", arguments: Kind.all)
    func order(of kind: Kind) async throws {
        try await kind.withEnds { here, there in
            var (near, far) = (here.messages(on: "a").makeAsyncIterator(), there.messages(on: "a").makeAsyncIterator())
            let sent = (0..<50).map { "\($0 / 2)" }
            for message in sent { await here.send(message, to: "a") }
            await here.send("end", to: "a")
            for message in sent + ["end"] {
                #expect(await near.next() == message)
                #expect(await far.next() == message)
            }
        }
    }

    @Test("carries any text of any length", arguments: Kind.all)
    func texts(of kind: Kind) async throws {
        try await kind.withEnds { here, there in
            var far = there.messages(on: "a topic: with words").makeAsyncIterator()
            let texts = ["", "grüße 👋🏽\n\t\"quoted\" \\ ' $1", "nul \0 inside", String(repeating: "ü\0", count: 200_000), "after a large one"]
            for text in texts { await here.send(text, to: "a topic: with words") }
            for text in texts {
                let received = await far.next()
                #expect(received == text, "\(text.count) characters")
            }
        }
    }

    @Test("drops the oldest messages of a listener that does not keep up, and says so", arguments: Kind.all)
    func slowListener(of kind: Kind) async throws {
        try await kind.withEnds { here, _ in
            let stream = here.messages(on: "a")
            for number in 0...256 { await here.send("\(number)", to: "a") }
            var received: [String] = []
            for await message in stream {
                received.append(message)
                if message.isEmpty { break }
            }
            #expect(received == (2...256).map(String.init) + [""])
        }
    }

    @Test("does not wait for the server to send", .enabled(if: !TestDatabase.postgresIfAny.isEmpty))
    func sending() async throws {
        try await TestDatabase.withPostgres(connections: 1) { database in
            try await Migrator.migrate(database, schema)
            try await Self.withTwoProcesses(on: database) { here, there in
                let far = there.messages(on: "a")
                let gate = DispatchSemaphore(value: 0)
                // The only connection is taken until the gate opens, which is after everything was sent.
                async let busy: Void = database.write { _ in gate.wait() }
                for number in 1...250 { await here.send("\(number)", to: "a") }
                gate.signal()
                try await busy
                var received: [String] = []
                for await message in far {
                    received.append(message)
                    if message == "250" { break }
                }
                #expect(received == (1...250).map(String.init))
            }
        }
    }

    @Test("hears again after its connection was lost", .enabled(if: !TestDatabase.postgresIfAny.isEmpty))
    func lostConnection() async throws {
        try await TestDatabase.withPostgres { database in
            try await Migrator.migrate(database, schema)
            try await Self.withTwoProcesses(on: database) { here, there in
                var far = there.messages(on: "a").makeAsyncIterator()
                await here.send("before", to: "a")
                #expect(await far.next() == "before")
                let killed = try await database.read {
                    try $0.query(
                        """
                        SELECT pg_terminate_backend(pid, 5000) AS done FROM pg_stat_activity
                        WHERE datname = current_database() AND query LIKE 'LISTEN%'
                        """
                    ).count
                }
                #expect(killed == 2)
                let heard = NIOLockedValueBox<String?>(nil)
                let reader = Task { for await message in there.messages(on: "b") { heard.withLockedValue { $0 = message } } }
                try await eventually("a message arrives again") {
                    await here.send("after", to: "b")
                    return heard.withLockedValue { $0 } == "after"
                }
                reader.cancel()
            }
        }
    }

    @Test(
        "tells whoever listened before it heard other processes that something may have been missed",
        .enabled(if: !TestDatabase.postgresIfAny.isEmpty))
    func gapAtTheStart() async throws {
        try await TestDatabase.withPostgres { database in
            let broadcast = BridgedBroadcast(database: database, time: SystemTime(), logger: Logger(label: "test"))
            var messages = broadcast.messages(on: "a").makeAsyncIterator()
            #expect(await messages.next() == "")
            await broadcast.close()
        }
    }

    @Test("tells every listener that something may have been missed, once it hears again", .enabled(if: !TestDatabase.postgresIfAny.isEmpty))
    func gap() async throws {
        try await TestDatabase.withPostgres { database in
            try await Migrator.migrate(database, schema)
            try await Self.withTwoProcesses(on: database) { _, there in
                let bus = BroadcastEventBus(broadcast: there, logger: Logger(label: "test"))
                var (first, second) = (bus.events(of: OrganizationID()).makeAsyncIterator(), bus.events(of: OrganizationID()).makeAsyncIterator())
                let bell = Bell(rings: there.messages(on: "jobs"))
                _ = try await database.read {
                    try $0.query(
                        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
                }
                #expect(await first.next() == .resync)
                #expect(await second.next() == .resync)
                // Time stands still: only a ring ends the wait.
                await bell.wait(until: Timestamp(milliseconds: 1), time: ManualTime(Timestamp(milliseconds: 0)))
            }
        }
    }

    @Test("sends what waits before it closes", .enabled(if: !TestDatabase.postgresIfAny.isEmpty))
    func closing() async throws {
        try await Kind.postgres.withEnds { here, there in
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
