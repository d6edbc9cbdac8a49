import Application
import Domain
import Logging
import Messaging
import Persistence
import TestSupport
import Testing

@Suite("Sessions of assistants")
struct AssistantSessionsTests {
    private struct World {
        let workspace: Workspace
        let assistants: AssistantSessions
        let key: Caller
        let otherKey: Caller

        init(_ workspace: Workspace) {
            self.workspace = workspace
            assistants = AssistantSessions(
                database: workspace.database, broadcast: workspace.broadcast, time: workspace.time, logger: Logger(label: "test"))
            key = Self.key(of: workspace.organization, user: workspace.user)
            otherKey = Self.key(of: workspace.organization, user: nil)
        }

        var time: ManualTime { workspace.time }
        var store: BoundSessions { assistants.store(for: key) }

        func session(_ id: String, client: String? = "Example Client") -> MCPSession {
            MCPSession(
                id: id, transport: .streamableHTTP, revision: "2025-06-18", clientName: client, clientVersion: "1.2",
                capabilities: ["roots": ["listChanged": true], "odd": "\0"], logLevel: nil, subscriptions: [],
                createdAt: time.now, lastSeenAt: time.now)
        }

        func event(_ number: Int, stream: String = "s") -> MCPStreamEvent {
            MCPStreamEvent(stream: stream, number: number, message: "{\"n\":\(number)}")
        }

        static func key(of organization: OrganizationID, user: UserID?) -> Caller {
            Caller(organizationId: organization, identity: .key(APIKeyID(), user: user), role: .user, origin: .mcp)
        }

        static func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
            try await Workspace.with(kind) { try await body(World($0)) }
        }
    }

    @Test("keeps everything of a session and what changes in it", arguments: TestDatabase.all)
    func roundTrip(on kind: TestDatabase) async throws {
        try await World.with(kind) { world in
            var session = world.session("one")
            try await world.store.create(session)
            #expect(try await world.store.find("one") == session)
            session.subscriptions = ["postiz://posts", "postiz://channels"]
            session.logLevel = "warning"
            session.clientName = nil
            world.time.advance(by: .seconds(10))
            try await world.store.save(session)
            session.lastSeenAt = world.time.now
            #expect(try await world.store.find("one") == session)
            #expect(try await world.store.count() == 1)
            try await world.store.remove("one")
            #expect(try await world.store.find("one") == nil)
            #expect(try await world.store.count() == 0)
        }
    }

    @Test("goes on with an assistant that was allowed more, and with no other", arguments: TestDatabase.all)
    func adopted(on kind: TestDatabase) async throws {
        try await World.with(kind) { world in
            let (organization, user, now) = (world.workspace.organization, world.workspace.user, world.time.now)
            func store(_ client: String) async throws -> BoundSessions {
                let grant = Grant(
                    id: GrantID(), organizationId: organization, userId: user, clientId: client, clientName: "Example", redirectHost: "localhost",
                    scopes: [.postsRead], draftOnly: false, createdAt: now, expiresAt: now + .days(30))
                let record = GrantRecord(grant: grant, resource: "https://postiz.example.com/mcp")
                try await world.workspace.database.write { try GrantRepository.insert(record, in: $0) }
                return world.assistants.store(
                    for: Caller(organizationId: organization, identity: .grant(grant.id, user: user), role: .user, origin: .mcp))
            }
            let (before, after, stranger) = (try await store("ptc_one"), try await store("ptc_one"), try await store("ptc_two"))
            try await before.create(world.session("one"))
            try await before.keep(world.event(1), of: "one")
            for other in [stranger, world.store] { #expect(try await other.find("one") == nil) }
            #expect(try await after.find("one")?.id == "one")
            #expect(try await after.events(of: "one", stream: "s", after: 0)?.map(\.number) == [1])
            #expect(try await after.count() == 1)
            #expect(try await before.count() == 0)
        }
    }

    @Test("shows a session to the credential that opened it and to no other", arguments: TestDatabase.all)
    func bound(on kind: TestDatabase) async throws {
        try await World.with(kind) { world in
            try await world.store.create(world.session("mine"))
            try await world.store.keep(world.event(1), of: "mine")
            var impostor = world.key
            impostor = Caller(organizationId: OrganizationID(), identity: impostor.identity, role: .owner, origin: .mcp)
            for caller in [world.otherKey, impostor] {
                let store = world.assistants.store(for: caller)
                var stolen = world.session("mine")
                stolen.clientName = "Somebody else"
                try await store.save(stolen)
                try await store.keep(world.event(2), of: "mine")
                try await store.remove("mine")
                #expect(try await store.find("mine") == nil)
                #expect(try await store.count() == 0)
                #expect(try await store.events(of: "mine", stream: "s", after: 0) == nil)
            }
            #expect(try await world.store.find("mine")?.clientName == "Example Client")
            #expect(try await world.store.events(of: "mine", stream: "s", after: 0) == [world.event(1)])
        }
    }

    @Test("brings a relayed message to the session's stream and to no stream of another credential")
    func relay() async throws {
        try await World.with(.sqlite) { world in
            var mine = world.store.relayed(to: "one").makeAsyncIterator()
            var theirs = world.assistants.store(for: world.otherKey).relayed(to: "one").makeAsyncIterator()
            await world.store.relay("first", to: "two")
            await world.store.relay("second", to: "one")
            await world.assistants.store(for: world.otherKey).relay("third", to: "one")
            #expect(await mine.next() == "second")
            #expect(await theirs.next() == "third")
        }
    }

    @Test("ends a session that nobody used for seven days, and notes its use no oftener than once a minute", arguments: TestDatabase.all)
    func idle(on kind: TestDatabase) async throws {
        try await World.with(kind) { world in
            let start = world.time.now
            try await world.store.create(world.session("one"))
            world.time.advance(by: .seconds(59))
            #expect(try await world.store.find("one")?.lastSeenAt == start)
            world.time.advance(by: .days(6))
            #expect(try await world.store.find("one")?.lastSeenAt == world.time.now)
            world.time.advance(by: .days(6))
            #expect(try await world.store.find("one") != nil)
            world.time.advance(by: .days(7) + .milliseconds(1))
            #expect(try await world.store.count() == 0)
            #expect(try await world.store.find("one") == nil)
            try await world.assistants.removeOld()
            let rows = try await world.workspace.database.read { try $0.query("SELECT id FROM mcp_sessions").count }
            #expect(rows == 0)
        }
    }

    @Test("keeps 200 events a stream for ten minutes, and tells a stream it does not know from one without news", arguments: TestDatabase.all)
    func events(on kind: TestDatabase) async throws {
        try await World.with(kind) { world in
            try await world.store.create(world.session("one"))
            for number in 1...203 { try await world.store.keep(world.event(number), of: "one") }
            try await world.store.keep(world.event(1, stream: "other"), of: "one")
            try await world.store.keep(world.event(1), of: "unknown")
            let kept = try await world.store.events(of: "one", stream: "s", after: 0)
            #expect(kept?.map(\.number) == Array(4...203))
            let some = try await world.store.events(of: "one", stream: "s", after: 201)
            #expect(some == [world.event(202), world.event(203)])
            #expect(try await world.store.events(of: "one", stream: "s", after: 203) == [])
            #expect(try await world.store.events(of: "one", stream: "never", after: 0) == nil)
            #expect(try await world.store.events(of: "unknown", stream: "s", after: 0) == nil)

            world.time.advance(by: .minutes(10) + .milliseconds(1))
            #expect(try await world.store.events(of: "one", stream: "s", after: 0) == nil)
            try await world.assistants.removeOld()
            let rows = try await world.workspace.database.read { try $0.query("SELECT number FROM mcp_events").count }
            #expect(rows == 0)
        }
    }

    @Test("tells what each credential has open and called: everyone's to administrators, their own to others", arguments: TestDatabase.all)
    func activity(on kind: TestDatabase) async throws {
        try await World.with(kind) { world in
            try await world.store.create(world.session("one"))
            world.time.advance(by: .minutes(5))
            for tool in ["create_post", "create_post", nil] {
                world.assistants.noteCall(as: world.otherKey, client: tool == nil ? nil : "Other Client", tool: tool)
            }
            await world.assistants.flush()
            world.assistants.noteCall(as: world.otherKey, client: nil, tool: "create_post")
            await world.assistants.flush()

            let all = try await world.assistants.activity(as: world.workspace.person)
            #expect(all.map(\.subject) == [world.otherKey.subject, world.key.subject])
            #expect(all.first?.tools == ["create_post": 3])
            #expect(all.first?.client == "Other Client")
            #expect(all.first?.lastCallAt == world.time.now)
            #expect(all.last?.sessions.map(\.client) == ["Example Client"])
            #expect(all.last?.sessions.map(\.revision) == ["2025-06-18"])
            #expect(all.last?.lastCallAt == nil)

            let member = Caller(
                organizationId: world.workspace.organization, identity: .user(world.workspace.user, session: SessionID()), role: .user,
                origin: .web)
            #expect(try await world.assistants.activity(as: member).map(\.subject) == [world.key.subject])
            #expect(try await world.assistants.activity(as: world.workspace.stranger).isEmpty)
        }
    }

    @Test("stores counts by itself, a few seconds after the first call and not before")
    func flushing() async throws {
        try await World.with(.sqlite) { world in
            func stored() async throws -> Int? { try await world.assistants.activity(as: world.workspace.person).first?.tools["list_posts"] }
            for round in 1...2 {
                for _ in 0..<10 { world.assistants.noteCall(as: world.key, client: nil, tool: "list_posts") }
                try await eventually("a flush is planned") { world.time.sleeperCount == 1 }
                let before = try await stored() ?? 0
                #expect(before == (round - 1) * 10)
                world.time.advance(by: .seconds(3))
                try await eventually("the counts are stored") { try await stored() == round * 10 }
            }
        }
    }
}
