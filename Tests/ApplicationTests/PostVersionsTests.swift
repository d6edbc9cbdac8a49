import Application
import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@Suite("What a post said before", .timeLimit(.minutes(10)))
struct PostVersionsTests {
    private func texts(_ versions: [PostVersion]) -> [String] { versions.map { $0.parts[0].text } }

    @Test("Every change is a version, with who and when; one that changes nothing is none", arguments: TestDatabase.all)
    func versions(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let post = try await world.schedule(["One"], on: [channel])
            #expect(texts(try await world.posts.versions(post.id, as: world.person)) == ["One"])
            for text in ["Two", "Three", "Three"] {
                world.time.advance(by: .minutes(5))
                _ = try await world.posts.update(post.id, PostChange(content: text), as: world.person)
            }
            let found = try await world.posts.versions(post.id, as: world.person)
            #expect(texts(found) == ["Three", "Two", "One"])
            #expect(found.map(\.isCurrent) == [true, false, false])
            #expect(found.map(\.savedAt) == [post.createdAt + .minutes(10), post.createdAt + .minutes(5), post.createdAt])
            let name = try await world.world.workspace.database.read { try UserRepository.find(world.world.workspace.user, in: $0)?.name }
            #expect(found.map(\.savedBy) == [name, name, name] && name != nil)
            let change = try await world.posts.comparison(of: post.id, from: nil, to: found[1].revision, as: world.person)
            #expect(change.texts.map(\.runs) == [[TextRun(.removed, "One"), TextRun(.added, "Two")]])
            try await refused(.notFound) {
                try await world.posts.comparison(of: post.id, from: nil, to: 9_999, as: world.person)
            }
            let stranger = world.world.workspace.stranger
            try await refused(.notFound) { try await world.posts.versions(post.id, as: stranger) }
            try await refused(.notFound) { try await world.posts.restore(post.id, version: 1, as: stranger) }
        }
    }

    @Test("A version comes back whole, as a new one, and so does what it replaced", arguments: TestDatabase.all)
    func restoring(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (x, mastodon) = (try await world.world.connect("x", as: "ada").id, try await world.mastodon())
            let picture = try await world.addPicture()
            let post = try await world.posts.create(
                PostDraft(
                    parts: [PartDraft(text: "One", mediaIds: [picture]), PartDraft(text: "More")], platforms: [x.text, mastodon.text],
                    scheduledFor: (world.time.now + .hours(5)).description, versions: ["mastodon": [PartDraft(text: "Toot")]],
                    settings: ["mastodon": ["visibility": "unlisted"]], tags: ["a"]), as: world.person)
            world.time.advance(by: .minutes(5))
            let changed = try await world.posts.replace(
                post.id, with: PostDraft(content: "Two", platforms: [x.text], scheduledFor: (world.time.now + .hours(9)).description),
                as: world.person)
            world.time.advance(by: .minutes(5))
            let back = try await world.posts.restore(post.id, version: 1, basedOn: changed.revision, as: world.person)
            #expect((back.parts, back.versions, back.settings) == (post.parts, post.versions, post.settings))
            #expect((back.platforms, back.tags, back.scheduledFor, back.status) == (post.platforms, ["a"], post.scheduledFor, .scheduled))
            #expect(Set(back.publications.map(\.integrationId)) == [x, mastodon])
            let found = try await world.posts.versions(post.id, as: world.person)
            #expect(texts(found) == ["One", "Two", "One"] && found[0].restored == 1)

            let undone = try await world.posts.restore(post.id, version: found[1].revision, as: world.person)
            #expect((undone.content, undone.platforms, undone.scheduledFor) == ("Two", [x], changed.scheduledFor))
            try await refused(.conflict) {
                try await world.posts.restore(post.id, version: 1, basedOn: back.revision, as: world.person)
            }
        }
    }

    @Test("A draft stays a draft, a time that passed does not come back, and removed channels stay away", arguments: TestDatabase.all)
    func limits(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (channel, gone) = (try await world.mastodon(), try await world.mastodon(as: "ben"))
            let post = try await world.schedule(["One"], on: [channel, gone], in: .hours(1))
            _ = try await world.posts.update(
                post.id, PostChange(content: "Two", platforms: [channel.text], scheduledFor: (world.time.now + .hours(9)).description),
                as: world.person)
            try await world.world.channels.remove(gone, as: world.person)
            world.time.advance(by: .hours(2))
            let back = try await world.posts.restore(post.id, version: 1, as: world.person)
            #expect((back.content, back.platforms, back.status) == ("One", [channel], .scheduled))
            #expect(back.scheduledFor == world.time.now + .hours(7))

            let draft = try await world.posts.create(PostDraft(content: "a", status: .draft), as: world.person)
            _ = try await world.posts.update(draft.id, PostChange(content: "b"), as: world.person)
            world.time.advance(by: .minutes(3))
            _ = try await world.posts.update(draft.id, PostChange(content: "c"), as: world.person)
            #expect(try await world.posts.restore(draft.id, version: 2, as: world.person).status == .draft)
            try await refused(.forbidden) { try await world.posts.restore(post.id, version: 1, as: world.draftOnly) }
            try await world.turn(after: .hours(8))
            try await refused(.conflict) { try await world.posts.restore(post.id, version: 1, as: world.person) }
        }
    }

    @Test("The last fifty are kept; what a draft saves by itself within two minutes is one", arguments: TestDatabase.all)
    func bounds(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let writer = world.person
            let post = try await world.posts.create(PostDraft(content: "0", status: .draft), as: writer)
            // Begins with a stretch, whenever the test's clock stands.
            world.time.advance(by: .milliseconds(120_000 - world.time.now.milliseconds % 120_000))
            for text in ["1", "2", "3"] {
                _ = try await world.posts.update(post.id, PostChange(content: text), as: writer)
                world.time.advance(by: .seconds(30))
            }
            #expect(texts(try await world.posts.versions(post.id, as: writer)) == ["3", "0"])
            for number in 4...60 {
                world.time.advance(by: .minutes(2))
                _ = try await world.posts.update(post.id, PostChange(content: String(number)), as: writer)
            }
            let found = try await world.posts.versions(post.id, as: writer)
            #expect(texts(found) == (11...60).reversed().map(String.init))
        }
    }

    @Test("Versions go with the post", arguments: TestDatabase.all)
    func end(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.posts.create(PostDraft(content: "a", status: .draft), as: world.person)
            _ = try await world.posts.update(post.id, PostChange(content: "b"), as: world.person)
            try await world.posts.remove(post.id, as: world.person)
            try await refused(.notFound) { try await world.posts.versions(post.id, as: world.person) }
            let (database, organization, now) = (world.world.workspace.database, world.person.organizationId, world.time.now)
            let left = try await database.write { transaction -> Int in
                _ = try TrashRepository.purgePosts(deletedBefore: now + .days(1), of: organization, limit: 10, in: transaction)
                return try transaction.query("SELECT revision FROM post_revisions WHERE post_id = $1", post.id).count
            }
            #expect(left == 0)
        }
    }
}
