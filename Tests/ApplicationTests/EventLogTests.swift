import Application
import Domain
import Logging
import Messaging
import NIOConcurrencyHelpers
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("The event log")
struct EventLogTests {
    private static func with(
        _ kind: TestDatabase, _ body: (Workspace, EventLog, RecordingEventBus) async throws -> Void
    ) async throws {
        try await Workspace.with(kind) { workspace in
            let log = EventLog(database: workspace.database, time: workspace.time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await body(workspace, log, RecordingEventBus(base: workspace.events, log: log))
        }
    }

    private static func event(_ type: EventType, in workspace: Workspace, _ data: JSONValue = [:]) -> ProductEvent {
        ProductEvent(type, organizationId: workspace.organization, at: workspace.time.now, data: data)
    }

    @Test("keeps what is worth it in its order, and continues from a cursor or a time", arguments: TestDatabase.all)
    func order(on kind: TestDatabase) async throws {
        try await Self.with(kind) { workspace, log, bus in
            let kept: [EventType] = [.postCreated, .postScheduled, .postPublished, .postDeleted]
            for type in [.publicationUpdated, .mediaReady, .postPublishing] + kept {
                await bus.publish(Self.event(type, in: workspace))
                workspace.time.advance(by: .seconds(1))
            }
            let all = try await log.list(since: nil, as: workspace.person)
            #expect(all.items.map(\.type) == kept)
            #expect(try await log.list(since: nil, limit: 2, as: workspace.person).items.map(\.type) == [.postPublished, .postDeleted])

            let first = try await log.list(since: .time(all.items[1].at), limit: 2, as: workspace.person)
            #expect(first.items.map(\.type) == [.postScheduled, .postPublished])
            let cursor = try #require(first.nextCursor)
            let rest = try await log.list(since: .cursor(cursor), as: workspace.person)
            #expect(rest.items.map(\.type) == [.postDeleted])
            let end = try #require(rest.nextCursor)
            let none = try await log.list(since: .cursor(end), as: workspace.person)
            #expect(none.items.isEmpty)
            #expect(none.nextCursor == end, "the cursor works later, too")
            await bus.publish(Self.event(.postFailed, in: workspace))
            #expect(try await log.list(since: .cursor(end), as: workspace.person).items.map(\.type) == [.postFailed])
            #expect(try await log.list(since: nil, types: [.postFailed, .postCreated], as: workspace.person).items.count == 2)
            try await refused(.validationFailed) { try await log.list(since: .cursor("x"), as: workspace.person) }
        }
    }

    @Test("tells in a sentence what happened to which post and channel", arguments: TestDatabase.all)
    func sentences(on kind: TestDatabase) async throws {
        try await Self.with(kind) { workspace, log, bus in
            let post = try await workspace.addPost(on: [], status: .draft, publications: .draft)
            await bus.publish(Self.event(.postPublished, in: workspace, ["postId": .string(post.text)]))
            await bus.publish(Self.event(.postDeleted, in: workspace, ["postId": .string(PostID().text)]))
            let channel = IntegrationID()
            await bus.publish(
                Self.event(.integrationNeedsReconnect, in: workspace, ["integrationId": .string(channel.text), "username": "ada"]))
            let records = try await log.list(since: nil, as: workspace.person).items
            #expect(records[0].message == "The post \"Hello\" is public on all of its channels.")
            #expect(records[0].postId == post)
            #expect(records[1].message == "A post was deleted.")
            #expect(records[2].message == "ada must be connected again; its posts wait until then.")
            #expect(records[2].integrationId == channel)
        }
    }

    @Test("is each workspace's own, and needs the scope to read", arguments: TestDatabase.all)
    func isolation(on kind: TestDatabase) async throws {
        try await Self.with(kind) { workspace, log, bus in
            await bus.publish(Self.event(.postCreated, in: workspace))
            #expect(try await log.list(since: nil, as: workspace.stranger).items.isEmpty)
            #expect(try await log.list(since: .cursor("0"), as: workspace.stranger).items.isEmpty)
            let writer = Caller(
                organizationId: workspace.organization, identity: .key(APIKeyID(), user: nil), role: .user, scopes: [.postsWrite], origin: .api)
            try await refused(.forbiddenScope) { try await log.list(since: nil, as: writer) }
        }
    }

    @Test("is written beside those who publish, and once more when the process ends", arguments: TestDatabase.all)
    func writer(on kind: TestDatabase) async throws {
        try await Self.with(kind) { workspace, log, bus in
            func written() async throws -> Int {
                try await workspace.database.read { try $0.query("SELECT COUNT(*) AS count FROM product_events")[0].int("count") }
            }
            let writing = Task { try await log.writer.run() }
            await bus.publish(Self.event(.postCreated, in: workspace))
            try await eventually("the writer collects") { workspace.time.sleeperCount == 1 }
            await bus.publish(Self.event(.postUpdated, in: workspace))
            #expect(try await written() == 0)
            workspace.time.advance(by: EventLog.pause)
            try await eventually("both are written") { try await written() == 2 }
            await bus.publish(Self.event(.postDeleted, in: workspace))
            writing.cancel()
            try await writing.value
            #expect(try await written() == 3)
        }
    }

    @Test("several processes write positions in the order of their commits", arguments: TestDatabase.all)
    func processes(on kind: TestDatabase) async throws {
        try await Self.with(kind) { workspace, _, _ in
            let organization = workspace.organization
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...8 {
                    group.addTask {
                        let log = EventLog(database: workspace.database, time: workspace.time, logger: Logger(label: "test"))
                        for _ in 1...5 {
                            log.note(ProductEvent(.postUpdated, organizationId: organization, at: .now, data: [:]))
                            try await log.flush()
                        }
                    }
                }
                try await group.waitForAll()
            }
            let positions = try await workspace.database.read { transaction in
                try transaction.query("SELECT position FROM product_events ORDER BY position").map { try $0.int("position") }
            }
            #expect(positions == Array(1...40))
        }
    }

    @Test("keeps events while the database is away, and forgets them after thirty days", arguments: TestDatabase.all)
    func troubles(on kind: TestDatabase) async throws {
        try await Self.with(kind) { workspace, _, _ in
            let away = AwayDatabase(base: workspace.database)
            let log = EventLog(database: away, time: workspace.time, logger: Logger(label: "test"))
            log.note(Self.event(.postCreated, in: workspace))
            away.isAway.withLockedValue { $0 = true }
            await #expect(throws: DatabaseError.unavailable("away")) { try await log.flush() }
            log.note(Self.event(.postUpdated, in: workspace))
            away.isAway.withLockedValue { $0 = false }
            #expect(try await log.list(since: nil, as: workspace.person).items.map(\.type) == [.postCreated, .postUpdated])
            workspace.time.advance(by: .days(30))
            log.note(Self.event(.postDeleted, in: workspace))
            try await log.flush()
            workspace.time.advance(by: .seconds(1))
            try await log.removeOld()
            #expect(try await log.list(since: nil, as: workspace.person).items.map(\.type) == [.postDeleted])
        }
    }
}

/// A database that can be out of reach.
private struct AwayDatabase: Database {
    let base: any Database
    let isAway = NIOLockedValueBox(false)

    var dialect: Dialect { base.dialect }

    func read<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        try await base.read(work)
    }

    func write<Value: Sendable>(_ work: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        if isAway.withLockedValue({ $0 }) { throw DatabaseError.unavailable("away") }
        return try await base.write(work)
    }

    func close() async { await base.close() }
}
