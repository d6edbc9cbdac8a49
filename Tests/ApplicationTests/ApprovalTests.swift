import Application
import Domain
import Foundation
import PlatformSimulator
import TestSupport
import Testing

@Suite("What was looked at is what goes out")
struct ApprovalTests {
    private static let before = "A cat on a bicycle"
    private static let after = "Buy at example.com"

    /// A key of the person for these scopes that is not bound to drafts.
    private func key(_ scopes: Set<Scope>, in world: PublishingWorld) -> Caller {
        Caller(organizationId: world.person.organizationId, identity: .key(APIKeyID(), user: nil), role: .owner, scopes: scopes, origin: .api)
    }

    private func draft(_ picture: MediaID, on channel: IntegrationID, in world: PublishingWorld) -> PostDraft {
        PostDraft(
            content: "Look", platforms: [channel.text], scheduledFor: (world.time.now + .hours(1)).description, mediaIds: [picture])
    }

    private func shown(in world: PublishingWorld) -> [String] {
        world.simulator.publications(platform: "mastodon").flatMap(\.media).map(\.altText)
    }

    private func isRefusedToOthers(_ picture: MediaID, in world: PublishingWorld) async throws {
        let words = Self.after
        for (caller, code) in [(world.draftOnly, ProblemReport.Code.forbidden), (key([.mediaWrite], in: world), .forbiddenScope)] {
            try await refused(code) { try await world.media.update(picture, altText: words, name: nil, as: caller) }
            try await refused(code) { try await world.media.update(picture, altText: "", name: nil, as: caller) }
            try await refused(code) { try await world.media.update(picture, altText: nil, name: "other.png", as: caller) }
        }
    }

    @Test("The words of a picture do not change after the approval", arguments: TestDatabase.all)
    func afterApproval(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (channel, picture) = (try await world.mastodon(), try await world.upload(altText: Self.before))
            let post = try await world.posts.create(draft(picture, on: channel, in: world), as: world.draftOnly)
            _ = try await world.posts.approve(post.id, revision: post.revision, as: world.person)
            try await isRefusedToOthers(picture, in: world)
            try await world.turn(after: .hours(1))
            #expect(shown(in: world) == [Self.before])
        }
    }

    @Test("Words that change between look and approval have to be looked at again", arguments: TestDatabase.all)
    func betweenLookAndApproval(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (channel, picture) = (try await world.mastodon(), try await world.upload(altText: Self.before))
            let seen = try await world.posts.create(draft(picture, on: channel, in: world), as: world.draftOnly)
            world.time.advance(by: .seconds(1))
            _ = try await world.media.update(picture, altText: Self.after, name: nil, as: world.draftOnly)
            try await refused(.conflict) { try await world.posts.approve(seen.id, revision: seen.revision, as: world.person) }
            try await refused(.conflict) { try await world.posts.publishNow(seen.id, revision: seen.revision, as: world.person) }
            let stale = PostChange(content: "New", expectedUpdatedAt: seen.updatedAt)
            try await refused(.conflict) { try await world.posts.update(seen.id, stale, as: world.person) }
            let again = try await world.posts.get(seen.id, as: world.person)
            #expect(again.revision > seen.revision)
            // The same words as before are no change.
            _ = try await world.media.update(picture, altText: Self.after, name: nil, as: world.draftOnly)
            #expect(try await world.posts.approve(seen.id, revision: again.revision, as: world.person).status == .scheduled)
        }
    }

    @Test("The words of a person's own planned post are changed by who may change the post, and go out corrected", arguments: TestDatabase.all)
    func plannedByAPerson(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (channel, picture) = (try await world.mastodon(), try await world.upload(altText: Self.before))
            let post = try await world.posts.create(draft(picture, on: channel, in: world), as: world.person)
            try await isRefusedToOthers(picture, in: world)
            _ = try await world.media.update(
                picture, altText: "A cat on a red bicycle", name: nil, as: key([.mediaWrite, .postsWrite], in: world))
            #expect(try await world.posts.get(post.id, as: world.person).revision == post.revision + 1)
            try await world.turn(after: .hours(1))
            #expect(shown(in: world) == ["A cat on a red bicycle"])
            // What is out is out: nothing of it depends on the library any more.
            _ = try await world.media.update(picture, altText: "A cat", name: nil, as: world.draftOnly)
        }
    }

    @Test("Nor do those of a post that may yet go out: failed, cancelled, in the trash", arguments: TestDatabase.all)
    func mayYetGoOut(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            for status in [PostStatus.failed, .cancelled, .partiallyPublished, .publishing] {
                let picture = try await world.upload(altText: Self.before)
                try await world.world.workspace.addPost(on: [channel], status: status, publications: .failed, media: [picture])
                try await isRefusedToOthers(picture, in: world)
            }
            let picture = try await world.upload(altText: Self.before)
            let post = try await world.posts.create(draft(picture, on: channel, in: world), as: world.person)
            try await world.posts.remove(post.id, as: world.person)
            try await isRefusedToOthers(picture, in: world)
        }
    }

    @Test("A channel's default settings are those of the time at which a post was written", arguments: TestDatabase.all)
    func defaults(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (channel, channels) = (try await world.mastodon(), world.world.channels)
            _ = try await channels.update(channel, ChannelChange(settings: ["visibility": "unlisted"]), as: world.person)
            let post = try await world.schedule(["Quietly"], on: [channel])
            #expect(post.settings[channel]?["visibility"] == "unlisted")
            _ = try await channels.update(channel, ChannelChange(settings: ["visibility": "public"]), as: world.person)
            #expect(try await world.posts.get(post.id, as: world.person).settings == post.settings)
            let own = try await world.posts.create(
                PostDraft(content: "Own", platforms: [channel.text], settings: [channel.text: ["visibility": "private"]]), as: world.person)
            #expect(own.settings[channel]?["visibility"] == "private")
        }
    }

    @Test("A draft-only key does not decide what or whether a channel publishes", arguments: TestDatabase.all)
    func channels(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (channel, channels) = (try await world.mastodon(), world.world.channels)
            let key = Caller(
                organizationId: world.person.organizationId, identity: .key(APIKeyID(), user: nil), role: .owner,
                scopes: [.postsRead, .postsWrite, .channelsWrite], origin: .api, draftOnly: true)
            let post = try await world.schedule(["Planned"], on: [channel])
            let hidden = ChannelChange(settings: ["visibility": "private"])
            try await refused(.forbidden) { try await channels.update(channel, hidden, as: key) }
            try await refused(.forbidden) { try await channels.update(channel, ChannelChange(active: false), as: key) }
            try await refused(.forbidden) { try await channels.pause(channel, as: key) }
            try await refused(.forbidden) { try await channels.resume(channel, as: key) }
            try await refused(.forbidden) { try await channels.remove(channel, as: key) }
            // Nor whose people see what goes out there, and by which rules.
            try await refused(.forbidden) { try await channels.update(channel, ChannelChange(customer: "Example"), as: key) }
            try await world.turn(after: .hours(1))
            #expect(try await world.posts.get(post.id, as: world.person).status == .published)
        }
    }
}
