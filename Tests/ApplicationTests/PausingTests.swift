import Application
import Domain
import Foundation
import Messaging
import Persistence
import PlatformSimulator
import TestSupport
import Testing

@Suite("Pausing", .timeLimit(.minutes(5)))
struct PausingTests {
    /// What can be paused, and how.
    enum Switch: CaseIterable {
        case channel, workspace, instance

        func set(_ paused: Bool, _ channel: IntegrationID, in world: PublishingWorld) async throws {
            switch self {
            case .channel:
                _ =
                    paused
                    ? try await world.world.channels.pause(channel, as: world.person)
                    : try await world.world.channels.resume(channel, as: world.person)
            case .workspace, .instance:
                let (scope, caller) = (self == .workspace ? PauseScope.workspace : .instance, world.operatorOfInstance)
                _ = paused ? try await world.pausing.pause(scope, as: caller) : try await world.pausing.resume(scope, as: caller)
            }
        }

        var hold: Hold {
            switch self {
            case .channel: .channelPaused
            case .workspace: .workspacePaused
            case .instance: .instancePaused
            }
        }
    }

    @Test(
        "What is paused waits, untried, and goes out after the resumption, oldest first",
        arguments: Switch.allCases, TestDatabase.all)
    func waits(_ paused: Switch, on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let second = try await world.schedule(["Second"], on: [channel], in: .hours(2))
            let first = try await world.schedule(["First"], on: [channel], in: .hours(1))
            try await paused.set(true, channel, in: world)
            try await world.turn(after: .hours(3))
            #expect(world.published().isEmpty)
            for post in [first, second] {
                let held = try await world.publication(of: post.id)
                #expect(held.status == .onHold)
                #expect(held.error?.code == paused.hold.rawValue)
                #expect(held.attempts == 0)
                #expect(try await world.posts.attempts(post.id, as: world.person).isEmpty)
                #expect(try await world.posts.get(post.id, as: world.person).status == .scheduled)
            }
            #expect(try await world.pausing.state(as: world.person).held == 2)

            try await paused.set(false, channel, in: world)
            try await world.turn()
            #expect(world.published() == ["First", "Second"])
            #expect(try await world.pausing.state(as: world.person).held == 0)
        }
    }

    @Test("What is sent at once while all is paused waits, too", arguments: Switch.allCases, TestDatabase.all)
    func atOnce(_ paused: Switch, on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            try await paused.set(true, channel, in: world)
            let post = try await world.posts.create(
                PostDraft(content: "Now", platforms: [channel.text], schedule: .now), as: world.person)
            try await world.turn()
            #expect(try await world.publication(of: post.id).status == .onHold)
            #expect(world.published().isEmpty)
            try await paused.set(false, channel, in: world)
            try await world.turn()
            #expect(world.published() == ["Now"])
        }
    }

    @Test("A thread that is public in part is finished in spite of a pause; one of which nothing is out waits", arguments: TestDatabase.all)
    func halfOut(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let thread = try await world.schedule(["One", "Two"], on: [channel])
            _ = try world.simulator.add(
                Fault(.status, platform: "mastodon", path: "mastodon.createStatus", status: 429, times: 1, skip: 1))
            try await world.turn(after: .hours(1))
            #expect(world.published() == ["One"])
            let waiting = try await world.schedule(["Later"], on: [channel], in: .seconds(1))
            try await Switch.workspace.set(true, channel, in: world)
            try await world.turn(after: .hours(1))
            #expect(world.published() == ["One", "Two"])
            #expect(try await world.publication(of: thread.id).status == .published)
            #expect(try await world.publication(of: waiting.id).status == .onHold)
        }
    }

    @Test("What waited longer than the late-posting limit is missed", arguments: TestDatabase.all)
    func missed(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let post = try await world.schedule(["Too late"], on: [channel])
            try await Switch.instance.set(true, channel, in: world)
            try await world.turn(after: .hours(2))
            try await world.turn(after: .hours(25))
            try await Switch.instance.set(false, channel, in: world)
            try await world.turn()
            #expect(try await world.publication(of: post.id).error?.code == "MISSED")
            #expect(world.published().isEmpty)
        }
    }

    @Test("One pause ends, another holds on", arguments: TestDatabase.all)
    func several(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let post = try await world.schedule(["Held twice"], on: [channel])
            try await Switch.instance.set(true, channel, in: world)
            try await Switch.channel.set(true, channel, in: world)
            try await world.turn(after: .hours(1))
            try await Switch.channel.set(false, channel, in: world)
            try await world.turn()
            #expect(try await world.publication(of: post.id).error?.code == Hold.instancePaused.rawValue)
            try await Switch.instance.set(false, channel, in: world)
            try await world.turn()
            #expect(world.published() == ["Held twice"])
        }
    }

    @Test("What was put aside at the moment at which a pause ended is found again", arguments: TestDatabase.all)
    func forgotten(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["Found"], on: [try await world.mastodon()])
            try await world.world.workspace.database.write {
                try $0.execute(
                    "UPDATE publications SET status = 'ON_HOLD', error_code = 'CHANNEL_PAUSED' WHERE post_id = $1", post.id)
            }
            world.time.advance(by: .hours(1))
            try await world.publishing.reconciler.reconcile()
            try await world.turn()
            #expect(world.published() == ["Found"])
        }
    }

    @Test("Workers that claim while a pause begins and ends lose nothing and send nothing twice", arguments: TestDatabase.all)
    func raced(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            for number in 0..<20 { _ = try await world.schedule(["\(number)"], on: [channel], in: .seconds(Int64(number + 1))) }
            world.time.advance(by: .minutes(1))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<10 {
                        try await Switch.workspace.set(true, channel, in: world)
                        try await Switch.workspace.set(false, channel, in: world)
                    }
                }
                group.addTask { for _ in 0..<10 { try await world.turn() } }
                try await group.waitForAll()
            }
            for _ in 0..<3 {
                try await world.publishing.reconciler.reconcile()
                try await world.turn(after: .minutes(1))
            }
            #expect(world.published().sorted() == (0..<20).map(String.init).sorted())
        }
    }

    @Test("Who may pause what", arguments: TestDatabase.all)
    func permissions(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let owner = world.person
            try await refused(.forbidden) { try await world.pausing.pause(.instance, as: owner) }
            try await refused(.forbidden) { try await world.pausing.pause(.workspace, as: world.draftOnlyWithChannels) }
            let state = try await world.pausing.pause(.workspace, as: owner)
            #expect(state.pausedAt == world.time.now)
            let again = try await world.pausing.pause(.workspace, as: owner)
            #expect(again == state, "a second pause changes nothing")
            #expect(try await world.pausing.state(as: world.world.workspace.stranger).pausedAt == nil)
            let audit = AuditLog(database: world.world.workspace.database, time: world.time)
            #expect(try await audit.list(as: owner, action: "workspace.").map(\.action) == ["workspace.paused"])
        }
    }
}

extension PublishingWorld {
    var pausing: Pausing {
        Pausing(
            database: world.workspace.database, audit: AuditLog(database: world.workspace.database, time: time), events: world.workspace.events,
            alarm: publishing.alarm, time: time)
    }

    /// The person, as an administrator of the instance.
    var operatorOfInstance: Caller {
        Caller(
            organizationId: person.organizationId, identity: person.identity, role: .owner, instanceRole: .admin, origin: .web,
            timeZone: person.timeZone)
    }

    var draftOnlyWithChannels: Caller {
        Caller(
            organizationId: person.organizationId, identity: .key(APIKeyID(), user: nil), role: .owner, scopes: [.channelsWrite], origin: .api,
            draftOnly: true)
    }
}
