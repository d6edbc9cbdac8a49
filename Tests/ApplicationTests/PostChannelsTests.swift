import Application
import Domain
import Foundation
import Persistence
import PlatformSimulator
import TestSupport
import Testing

@Suite("Actions on some of a post's channels")
struct PostChannelsTests {
    private static func both(_ world: PublishingWorld) async throws -> (linkedin: IntegrationID, mastodon: IntegrationID) {
        (try await world.world.connect("linkedin", as: "ada").id, try await world.mastodon())
    }

    @Test("publish there and leave the others at their time", arguments: TestDatabase.all)
    func publish(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channels = try await Self.both(world)
            let post = try await world.schedule(["Twice"], on: [channels.linkedin, channels.mastodon])
            let sent = try await world.posts.publishNow(post.id, channels: ["mastodon"], as: world.person)
            #expect(sent.scheduledFor == post.scheduledFor)
            try await world.turn()
            #expect(world.published() == ["Twice"])
            #expect(world.published(on: "linkedin").isEmpty)
            try await world.turn(after: .hours(1))
            #expect(world.published(on: "linkedin") == ["Twice"])
            #expect(world.published() == ["Twice"])
        }
    }

    @Test("cancel there for good: neither an edit, a move nor the trash sends it out there after all", arguments: TestDatabase.all)
    func cancel(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channels = try await Self.both(world)
            let post = try await world.schedule(["Not on LinkedIn"], on: [channels.linkedin, channels.mastodon])
            let cancelled = try await world.posts.cancel(post.id, channels: [channels.linkedin.text], as: world.person)
            #expect(cancelled.status == .scheduled)
            _ = try await world.posts.update(post.id, PostChange(content: "Still not on LinkedIn"), as: world.person)
            _ = try await world.posts.reschedule(post.id, to: (world.time.now + .hours(2)).description, timeZone: nil, as: world.person)
            world.time.advance(by: .milliseconds(1))
            try await world.posts.remove(post.id, as: world.person)
            _ = try await world.posts.restore(post.id, as: world.person)
            try await world.turn(after: .hours(2))
            #expect(world.published() == ["Still not on LinkedIn"])
            #expect(world.published(on: "linkedin").isEmpty)
            // Named, it goes out there.
            _ = try await world.posts.publishNow(post.id, channels: ["linkedin"], as: world.person)
            try await world.turn()
            #expect(world.published(on: "linkedin") == ["Still not on LinkedIn"])
        }
    }

    @Test("publishing all leaves at home what was cancelled on one; a cancelled post goes out whole", arguments: TestDatabase.all)
    func publishRest(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channels = try await Self.both(world)
            let partly = try await world.schedule(["Partly"], on: [channels.linkedin, channels.mastodon])
            _ = try await world.posts.cancel(partly.id, channels: ["linkedin"], as: world.person)
            _ = try await world.posts.publishNow(partly.id, as: world.person)
            let whole = try await world.schedule(["Whole"], on: [channels.linkedin, channels.mastodon])
            _ = try await world.posts.cancel(whole.id, as: world.person)
            _ = try await world.posts.publishNow(whole.id, as: world.person)
            try await world.turn()
            #expect(Set(world.published()) == ["Partly", "Whole"])
            #expect(world.published(on: "linkedin") == ["Whole"])
        }
    }

    @Test("edit there while the post is out elsewhere: only that goes out, and what is public cannot be changed", arguments: TestDatabase.all)
    func amend(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channels = try await Self.both(world)
            let fault = try world.simulator.add(
                Fault(.status, platform: "mastodon", path: "mastodon.createStatus", status: 422, body: #"{"error":"no"}"#))
            let post = try await world.schedule(["Refused there"], on: [channels.linkedin, channels.mastodon])
            try await world.turn(after: .hours(1))
            let partly = try await world.posts.get(post.id, as: world.person)
            #expect(partly.status == .partiallyPublished)
            world.simulator.removeFaults(id: fault)

            func change(_ change: PostChange) async throws -> PostView { try await world.posts.update(post.id, change, as: world.person) }
            let own = [channels.mastodon.text: [PartDraft(text: "Accepted there")]]
            for refused in [
                PostChange(content: "For all", schedule: .now), PostChange(schedule: .now), PostChange(versions: own, status: .draft),
                PostChange(schedule: .now, versions: [channels.linkedin.text: [PartDraft(text: "Other")]]),
                PostChange(platforms: ["mastodon"], schedule: .now, versions: own),
            ] {
                await #expect(throws: ProblemReport.self) { _ = try await change(refused) }
            }
            #expect(try await world.posts.get(post.id, as: world.person).revision == partly.revision)

            let sent = try await change(PostChange(schedule: .now, versions: own))
            #expect(sent.status == .publishing)
            #expect(sent.publications.first { $0.integrationId == channels.linkedin }?.status == .published)
            try await world.turn()
            #expect(world.published() == ["Accepted there"])
            #expect(world.published(on: "linkedin") == ["Refused there"])
            #expect(try await world.posts.get(post.id, as: world.person).status == .published)
        }
    }

    @Test("retry only there", arguments: TestDatabase.all)
    func retry(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channels = try await Self.both(world)
            let faults = try [
                world.simulator.add(Fault(.status, platform: "mastodon", path: "mastodon.createStatus", status: 422, body: #"{"error":"no"}"#)),
                world.simulator.add(Fault(.status, platform: "linkedin", path: "linkedin.createPost", status: 422, body: #"{"message":"no"}"#)),
            ]
            let post = try await world.schedule(["Again"], on: [channels.linkedin, channels.mastodon])
            try await world.turn(after: .hours(1))
            #expect(try await world.posts.get(post.id, as: world.person).status == .failed)
            for fault in faults { world.simulator.removeFaults(id: fault) }
            _ = try await world.posts.retry(post.id, channels: ["linkedin"], as: world.person)
            try await world.turn()
            #expect(world.published(on: "linkedin") == ["Again"])
            #expect(world.published().isEmpty)
        }
    }

    @Test("a name that is not one of the post's channels is refused; cancelling twice is no error", arguments: TestDatabase.all)
    func names(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channels = try await Self.both(world)
            let post = try await world.schedule(["One"], on: [channels.mastodon])
            try await refused(.unknownChannel) { try await world.posts.cancel(post.id, channels: ["linkedin"], as: world.person) }
            try await refused(.validationFailed) { try await world.posts.cancel(post.id, channels: [], as: world.person) }
            #expect(try await world.posts.cancel(post.id, channels: ["ada"], as: world.person).status == .cancelled)
            #expect(try await world.posts.cancel(post.id, as: world.person).status == .cancelled)
            let draft = try await world.posts.create(PostDraft(content: "No channel"), as: world.person)
            try await refused(.conflict) { try await world.posts.cancel(draft.id, as: world.person) }
        }
    }
}
