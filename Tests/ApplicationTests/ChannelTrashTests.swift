import Application
import Domain
import Foundation
import Persistence
import PlatformSimulator
import TestSupport
import Testing

@Suite("Channels in the trash", .timeLimit(.minutes(10)))
struct ChannelTrashTests {
    private func trash(of world: PublishingWorld) -> Trash {
        let database = world.world.workspace.database
        return Trash(
            database: database, channels: world.world.channels, media: world.media, audit: AuditLog(database: database, time: world.time),
            time: world.time, keeps: .days(30))
    }

    private func revocations(_ world: PublishingWorld) -> Int { world.simulator.log(platform: "mastodon", operation: "mastodon.revoke").count }

    @Test("A removed channel holds what is planned, says why, and goes on where it was when it is restored", arguments: TestDatabase.all)
    func comesBack(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (channels, person) = (world.world.channels, world.person)
            let id = try await world.mastodon()
            _ = try await channels.setSlots(id, [Slot(minute: 540, timeZone: "UTC")], as: person)
            let (soon, later) = (try await world.schedule(["Soon"], on: [id]), try await world.schedule(["Later"], on: [id], in: .hours(9)))
            try await channels.remove(id, as: person)
            #expect(try await channels.list(as: person).isEmpty)
            try await refused(.notFound) { try await channels.get(id, as: person) }
            let there = try await channels.inTrash(as: person)
            #expect(there.map(\.id) == [id] && there[0].deletedAt == world.time.now && there[0].scheduledCount == 2)
            try await world.turn(after: .hours(2))
            #expect(world.published().isEmpty)
            for post in [soon, later] {
                let held = try await world.publication(of: post.id)
                #expect((held.status, held.error?.code) == (.onHold, Hold.channelInTrash.rawValue))
                #expect(try await world.posts.get(post.id, as: person).status == .scheduled)
            }
            #expect(revocations(world) == 0)

            let back = try await channels.restore(id, as: person)
            #expect((back.deletedAt, back.status, back.slots.count) == (nil, .active, 1))
            try await world.turn()
            #expect(world.published() == ["Soon"])
            #expect(try await world.publication(of: later.id).status == .scheduled)
            try await world.turn(after: .hours(8))
            #expect(world.published() == ["Soon", "Later"])
            try await refused(.notFound) { try await channels.restore(id, as: person) }
            let noted = try await AuditLog(database: world.world.workspace.database, time: world.time).list(as: person, action: "channel.")
            #expect(Set(noted.map(\.action)).isSuperset(of: ["channel.trashed", "channel.restored"]))
        }
    }

    @Test("What is too late when its channel comes back is a draft, and did not fail meanwhile", arguments: TestDatabase.all)
    func tooLate(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (channels, person) = (world.world.channels, world.person)
            let (id, other) = (try await world.mastodon(), try await world.mastodon(as: "ben"))
            let alone = try await world.schedule(["Alone"], on: [id])
            let both = try await world.schedule(["Both"], on: [id, other])
            try await channels.remove(id, as: person)
            try await world.turn(after: .days(5))
            try await world.turn()
            #expect(try await world.publication(of: alone.id).status == .onHold)
            _ = try await channels.restore(id, as: person)
            #expect(try await world.posts.get(alone.id, as: person).status == .draft)
            let mixed = try await world.posts.get(both.id, as: person)
            #expect(Set(mixed.publications.map(\.status)).contains(.draft))
            try await world.turn(after: .hours(1))
            #expect(!world.published().contains("Alone"))
        }
    }

    @Test("Sending a held post again while its channel is in the trash does not send it", arguments: TestDatabase.all)
    func staysHeld(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let id = try await world.mastodon()
            let post = try await world.schedule(["Now"], on: [id])
            try await world.world.channels.remove(id, as: world.person)
            _ = try? await world.posts.publishNow(post.id, as: world.person)
            try await world.turn(after: .minutes(1))
            #expect(world.published().isEmpty)
            #expect([.onHold, .scheduled].contains(try await world.publication(of: post.id).status))
        }
    }

    @Test("Connecting the same account again is restoring it", arguments: TestDatabase.all)
    func connectedAgain(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (channels, person) = (world.world.channels, world.person)
            let id = try await world.mastodon()
            let post = try await world.schedule(["Hello"], on: [id])
            try await channels.remove(id, as: person)
            #expect(try await world.mastodon() == id)
            #expect(try await channels.inTrash(as: person).isEmpty)
            try await world.turn(after: .hours(1))
            #expect(try await world.publication(of: post.id).status == .published)
        }
    }

    @Test(
        "When its time is over, or for good at once, its tokens end here and at the platform, and its posts are cancelled",
        arguments: TestDatabase.all)
    func ends(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (channels, person, bin) = (world.world.channels, world.person, trash(of: world))
            let (old, atOnce) = (try await world.mastodon(), try await world.mastodon(as: "ben"))
            let post = try await world.schedule(["Never"], on: [old])
            try await channels.remove(old, as: person)
            try await channels.remove(atOnce, as: person)
            try await channels.remove(atOnce, forGood: true, as: person)
            #expect(revocations(world) == 1)
            world.time.advance(by: .days(29))
            #expect(try await bin.removeOld() == .init(posts: 0, files: 0))
            world.time.advance(by: .days(2))
            #expect(try await bin.removeOld() == .init(posts: 0, files: 0, channels: 1))
            #expect(revocations(world) == 2)
            #expect(try await world.publication(of: post.id).status == .cancelled)
            try await refused(.notFound) { try await channels.restore(old, as: person) }
            let sealed = try await world.world.workspace.database.read {
                try $0.query("SELECT credentials FROM integrations WHERE id = $1", old)[0].bytes("credentials")
            }
            #expect(sealed == Data([0]))
            #expect(try await world.mastodon() != old)
        }
    }

    @Test("Emptying the trash takes channels where the caller may change them")
    func emptying() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let (channels, person) = (world.world.channels, world.person)
            let id = try await world.mastodon()
            try await channels.remove(id, as: person)
            let key = Caller(
                organizationId: person.organizationId, identity: person.identity, role: .owner,
                scopes: [.postsRead, .postsWrite, .mediaWrite], origin: .api, timeZone: person.timeZone)
            #expect(try await trash(of: world).empty(as: key).channels == 0)
            #expect(try await trash(of: world).empty(as: person).channels == 1)
        }
    }

    @Test("No other workspace sees or restores it, and nobody who may not change channels")
    func rights() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let (channels, person) = (world.world.channels, world.person)
            let id = try await world.mastodon()
            try await channels.remove(id, as: person)
            let stranger = world.world.workspace.stranger
            #expect(try await channels.inTrash(as: stranger).isEmpty)
            try await refused(.notFound) { try await channels.restore(id, as: stranger) }
            try await refused(.notFound) { try await channels.remove(id, forGood: true, as: stranger) }
            for role in [Role.viewer, .drafter, .user] {
                let member = Caller(
                    organizationId: person.organizationId, identity: person.identity, role: role, origin: .api, timeZone: person.timeZone)
                if member.may(Scope.channelsWrite) { continue }
                await #expect(throws: ProblemReport.self) { try await channels.restore(id, as: member) }
                await #expect(throws: ProblemReport.self) { try await channels.remove(id, forGood: true, as: member) }
            }
        }
    }
}
