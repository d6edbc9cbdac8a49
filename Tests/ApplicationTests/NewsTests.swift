import Domain
import Logging
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("What people are told of")
struct NewsTests {
    private struct World {
        let workspace: Workspace
        let log: EventLog
        let bus: RecordingEventBus
        let news: News

        var ada: Caller { workspace.person }
        var time: ManualTime { workspace.time }

        /// A member who has just been here.
        func member(_ name: String, _ role: Role) async throws -> Caller {
            let caller = Caller(
                organizationId: workspace.organization, identity: .user(UserID(), session: SessionID()), role: role, origin: .web,
                timeZone: "Europe/Paris")
            let user = User(
                id: try #require(caller.userId), email: "\(name)@example.com", name: name, role: .user, timeZone: "Europe/Paris", locale: "en",
                createdAt: time.now)
            try await workspace.database.write { try UserRepository.insert(user, passwordHash: "", in: $0) }
            try await join(caller)
            return caller
        }

        func join(_ caller: Caller) async throws {
            let (user, now) = (try #require(caller.userId), time.now)
            let membership = Membership(userId: user, organizationId: caller.organizationId, role: caller.role)
            try await workspace.database.write { try OrganizationRepository.insert(membership, at: now, in: $0) }
            _ = try await news.standing(visiting: true, as: caller)
        }

        func happens(_ type: EventType, _ data: JSONValue = [:]) async throws {
            await bus.publish(ProductEvent(type, organizationId: workspace.organization, at: time.now, data: data))
            try await log.flush()
        }

        func unread(_ caller: Caller) async throws -> Int { try await news.standing(as: caller).unread }
        func told(_ caller: Caller) async throws -> [EventType] { try await news.list(limit: 50, as: caller).map(\.type) }
    }

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        try await Workspace.with(kind) { workspace in
            let log = EventLog(database: workspace.database, time: workspace.time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let world = World(
                workspace: workspace, log: log, bus: RecordingEventBus(base: workspace.events, log: log),
                news: News(database: workspace.database, log: log, time: workspace.time))
            try await world.happens(.postFailed)
            try await world.join(world.ada)
            try await body(world)
        }
    }

    @Test("what happens is unread until one has looked, for each person alone; what was before them is no news", arguments: TestDatabase.all)
    func unread(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let bob = try await world.member("Bob", .user)
            #expect(try await world.unread(world.ada) == 0)
            #expect(try await world.unread(bob) == 0)
            for type: EventType in [.postFailed, .postPublished, .postScheduled, .postCreated, .postPartiallyPublished] {
                try await world.happens(type)
            }
            #expect(try await world.unread(world.ada) == 2)
            #expect(try await world.unread(bob) == 2)
            let entries = try await world.news.list(limit: 50, as: world.ada)
            #expect(entries.map(\.type) == [.postPartiallyPublished, .postFailed, .postFailed])
            #expect(entries.map(\.isUnread) == [true, true, false])
            let older = try await world.news.list(before: entries[0].position, limit: 1, as: world.ada)
            #expect(older.map(\.position) == [entries[1].position])

            try await world.news.markSeen(upTo: entries[1].position, as: world.ada)
            #expect(try await world.unread(world.ada) == 1)
            #expect(try await world.unread(bob) == 2)
            try await world.news.markSeen(upTo: entries[0].position, as: world.ada)
            try await world.news.markSeen(upTo: entries[1].position, as: world.ada)
            #expect(try await world.unread(world.ada) == 0, "an older page takes nothing back")
            #expect(try await !world.news.list(limit: 50, as: world.ada).contains(where: \.isUnread))
            let stranger = world.workspace.stranger
            #expect(try await world.told(stranger).isEmpty)
            #expect(try await world.unread(stranger) == 0)
            let key = Caller(organizationId: world.workspace.organization, identity: .key(APIKeyID(), user: nil), role: .owner, origin: .api)
            try await refused(.forbidden) { try await world.news.standing(as: key) }
        }
    }

    @Test("nobody is told of their own deeds, and each of what is theirs to know", arguments: TestDatabase.all)
    func concerns(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (bob, cleo) = (try await world.member("Bob", .user), try await world.member("Cleo", .viewer))
            let (adas, bobs) = (try #require(world.ada.userId).text, try #require(bob.userId).text)
            let post = JSONValue.string(try await world.workspace.addPost(on: [], status: .draft, publications: .draft).text)
            try await world.happens(.postCommented, ["postId": post, "commentId": .string(PostCommentID().text), "by": .string(bobs)])
            try await world.happens(.postCommented, ["postId": post])
            try await world.happens(.postUpdated, ["postId": post])
            try await world.happens(
                .postUpdated, ["postId": post, "author": .string(bobs), "by": .string(adas), "decision": "APPROVED"])
            try await world.happens(.postInReview, ["postId": post])
            try await world.happens(.integrationNeedsReconnect)
            try await world.happens(.memberJoined, ["userId": .string(bobs), "role": "USER"])
            try await world.happens(.memberJoined, ["userId": .string(adas), "role": "OWNER"])

            #expect(try await world.told(world.ada) == [.memberJoined, .integrationNeedsReconnect, .postInReview, .postCommented, .postFailed])
            #expect(try await world.told(bob) == [.integrationNeedsReconnect, .postUpdated, .postFailed])
            #expect(try await world.told(cleo) == [.postCommented, .postFailed])
            #expect(try await world.unread(world.ada) == 4)
            #expect(try await world.unread(bob) == 2)
            #expect(try await world.unread(cleo) == 1)
            let approval = try #require(try await world.news.list(kinds: [.postUpdated], limit: 5, as: bob).first)
            #expect(approval.isApproval && approval.person == "Ada" && approval.opening == "Hello")
            #expect(try await world.news.list(limit: 1, as: world.ada).first?.person == "Bob")
        }
    }

    @Test("who comes back after an hour was away since they were here last, until they know", arguments: TestDatabase.all)
    func absence(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            func visit() async throws -> Timestamp? { try await world.news.standing(visiting: true, as: world.ada).awaySince }
            let first = world.time.now
            world.time.advance(by: .minutes(50))
            #expect(try await visit() == nil)
            let last = world.time.now
            world.time.advance(by: .hours(9))
            #expect(try await world.news.standing(as: world.ada).awaySince == nil, "a page that draws itself anew is no visit")
            #expect(try await visit() == last)
            #expect(last != first)
            world.time.advance(by: .minutes(30))
            #expect(try await visit() == last, "as long as they are here")
            try await world.news.forgetAbsence(as: world.ada)
            #expect(try await visit() == nil)
            world.time.advance(by: .days(90))
            #expect(try await visit() == world.time.now - .days(30), "older events are not kept")
        }
    }
}
