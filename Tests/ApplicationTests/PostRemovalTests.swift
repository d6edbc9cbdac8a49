import Application
import Domain
import Persistence
import PlatformSimulator
import TestSupport
import Testing

@Suite("Removing from platforms", .timeLimit(.minutes(10)))
struct PostRemovalTests {
    /// Publishes at once: X refuses signatures from an hour that it does not have yet.
    private func publish(_ texts: [String], on channels: [IntegrationID], _ world: PublishingWorld) async throws -> PostView {
        let draft = PostDraft(parts: texts.map { PartDraft(text: $0) }, platforms: channels.map(\.text), schedule: .now)
        let post = try await world.posts.create(draft, as: world.person)
        try await world.turn()
        return post
    }

    @Test("A thread is taken away from the channel that is named, and later from all", arguments: TestDatabase.all)
    func oneThenAll(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let x = try await world.world.connect("x", as: "ada")
            let post = try await publish(["One", "Two"], on: [x.id, try await world.mastodon()], world)
            #expect(world.published().count == 2)

            let first = try await world.posts.removeFromPlatforms(post.id, channels: ["mastodon"], as: world.person)
            #expect(first.map(\.removed) == [true])
            #expect(first[0].message == "It is removed from Mastodon with all its 2 parts.")
            #expect(world.published().isEmpty)
            #expect(world.published(on: "x") == ["One", "Two"])
            let view = try await world.posts.get(post.id, as: world.person)
            #expect(view.status == .published, "what was published stays known")
            let removed = view.publications.filter { $0.removedAt != nil }
            #expect(removed.map(\.platform) == ["mastodon"])

            // What happens in the same millisecond has no order in the audit log.
            world.time.advance(by: .milliseconds(1))
            let second = try await world.posts.removeFromPlatforms(post.id, channels: nil, as: world.person)
            #expect(second.map(\.removed) == [true, true])
            #expect(second.contains { $0.integrationId == removed[0].integrationId && $0.message.contains("already") })
            #expect(world.published(on: "x").isEmpty)

            let noted = try await AuditLog(database: world.world.workspace.database, time: world.time)
                .list(as: world.person, action: "post.removed-from-platform")
            #expect(noted.map(\.detail["platform"]) == ["x", "mastodon"], "once each, although it was asked for twice")
            #expect(noted.allSatisfy { $0.target == post.id.text && $0.subject == world.person.subject && $0.detail["parts"] == 2 })
            #expect(
                noted.map(\.detail["url"]?.string) == ["x", "mastodon"].map { name in view.publications.first { $0.platform.rawValue == name }?.url })
        }
    }

    @Test("Half a thread is taken away, its publication is cancelled, and publishing begins anew", arguments: TestDatabase.all)
    func halfAThread(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let x = try await world.world.connect("x", as: "ada")
            _ = try world.simulator.add(Fault(.status, platform: "x", path: "x.createPost", status: 400, times: 1, skip: 2))
            let post = try await publish(["One", "Two", "Three"], on: [x.id], world)
            #expect(try await world.publication(of: post.id).status == .failed)
            #expect(world.published(on: "x") == ["One", "Two"])

            let results = try await world.posts.removeFromPlatforms(post.id, channels: nil, as: world.person)
            #expect(results.map(\.removed) == [true])
            #expect(world.published(on: "x").isEmpty)
            #expect(try await world.publication(of: post.id).status == .cancelled)

            _ = try await world.posts.publishNow(post.id, as: world.person)
            try await world.turn()
            #expect(world.published(on: "x") == ["One", "Two", "Three"])
            #expect(try await world.publication(of: post.id).removedAt == nil)
        }
    }

    @Test("A platform that fails is named, and nothing is noted as removed", arguments: TestDatabase.all)
    func failingPlatform(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["Stays"], on: [try await world.mastodon()])
            try await world.turn(after: .hours(1))
            let fault = try world.simulator.add(Fault(.status, platform: "mastodon", path: "mastodon.deleteStatus", status: 503))
            let failed = try await world.posts.removeFromPlatforms(post.id, channels: nil, as: world.person)
            #expect(failed.map(\.removed) == [false])
            #expect(failed[0].message.contains("not available"))
            #expect(try await world.publication(of: post.id).removedAt == nil)
            world.simulator.removeFaults(id: fault)
            let done = try await world.posts.removeFromPlatforms(post.id, channels: nil, as: world.person)
            #expect(done.map(\.removed) == [true])
        }
    }

    @Test("What a person removed there themselves counts as removed, and figures are asked for no more", arguments: TestDatabase.all)
    func goneAlready(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["Gone"], on: [try await world.mastodon()])
            try await world.turn(after: .hours(1))
            let (channels, database, time) = (world.world.channels, world.world.workspace.database, world.time)
            let analytics = Analytics(database: database, channels: channels, platforms: world.world.platforms, time: time)
            #expect(try await analytics.fetchDue(limit: 10) == 1)
            let publication = try await world.publication(of: post.id)
            let (_, account) = try await channels.connectedAccount(publication.integrationId)
            let id = try #require(publication.platformPostId)
            try await world.world.platforms["mastodon"]?.remove(.init(partIds: [id]), account: account)
            #expect(try await world.posts.removeFromPlatforms(post.id, channels: nil, as: world.person).map(\.removed) == [true])
            time.advance(by: .hours(2))
            #expect(try await analytics.fetchDue(limit: 10) == 0)
        }
    }

    @Test("Only what is public can be removed, only by its own workspace, and only with the right to write", arguments: TestDatabase.all)
    func refusals(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let other = try await world.world.connect("x", as: "ada")
            let post = try await world.schedule(["Plan"], on: [channel])
            try await refused(.conflict) { try await world.posts.removeFromPlatforms(post.id, channels: nil, as: world.person) }
            let named = try await world.posts.removeFromPlatforms(post.id, channels: ["mastodon"], as: world.person)
            #expect(named.map(\.message) == ["Nothing of it is public there."])
            try await world.turn(after: .hours(1))
            try await refused(.unknownChannel) { try await world.posts.removeFromPlatforms(post.id, channels: [other.id.text], as: world.person) }
            try await refused(.unknownChannel) { try await world.posts.removeFromPlatforms(post.id, channels: ["nobody"], as: world.person) }
            let stranger = world.world.workspace.stranger
            try await refused(.notFound) { try await world.posts.removeFromPlatforms(post.id, channels: nil, as: stranger) }
            let reader = Caller(
                organizationId: world.person.organizationId, identity: .system, role: .owner, scopes: [.postsRead], origin: .api)
            try await refused(.forbiddenScope) { try await world.posts.removeFromPlatforms(post.id, channels: nil, as: reader) }
            let drafter = Caller(organizationId: world.person.organizationId, identity: .system, role: .owner, origin: .mcp, draftOnly: true)
            try await refused(.forbidden) { try await world.posts.removeFromPlatforms(post.id, channels: nil, as: drafter) }
            #expect(world.published() == ["Plan"])
        }
    }

    @Test("A post in doubt is not removed before somebody says whether it is there", arguments: TestDatabase.all)
    func inDoubt(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.world.connect("linkedin", as: "ada").id
            let post = try await world.schedule(["Post", "Comment"], on: [channel])
            _ = try world.simulator.add(Fault(.dropAfter, platform: "linkedin", path: "linkedin.comment", times: 1))
            try await world.turn(after: .hours(1))
            try await world.turn(after: .minutes(10))
            let doubt = try await world.publication(of: post.id)
            #expect(doubt.status == .unconfirmed)
            let early = try await world.posts.removeFromPlatforms(post.id, channels: nil, as: world.person)
            #expect(early.map(\.removed) == [false])
            _ = try await world.posts.resolve(doubt.id, of: post.id, outcome: .published, url: nil, as: world.person)
            try await world.turn()
            // The comment's id is not known; it goes with the post.
            let late = try await world.posts.removeFromPlatforms(post.id, channels: nil, as: world.person)
            #expect(late.map(\.removed) == [true])
            #expect(world.published(on: "linkedin").isEmpty)
        }
    }
}
