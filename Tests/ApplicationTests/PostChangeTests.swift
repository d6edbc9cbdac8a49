import Application
import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@Suite("Changing only what is given")
struct PostChangeTests {
    @Test("leaves everything else as it is", arguments: TestDatabase.all)
    func rest(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (x, mastodon) = (try await world.world.connect("x", as: "ada").id, try await world.mastodon())
            let post = try await world.posts.create(
                PostDraft(
                    parts: [PartDraft(text: "One"), PartDraft(text: "Two")], platforms: [x.text, mastodon.text],
                    scheduledFor: (world.time.now + .hours(5)).description, versions: ["mastodon": [PartDraft(text: "Toot")]],
                    settings: ["mastodon": ["visibility": "unlisted", "language": "en"]], tags: ["a"]), as: world.person)
            let changed = try await world.posts.update(post.id, PostChange(content: "Uno"), as: world.person)
            #expect(changed.parts.map(\.text) == ["Uno", "Two"])
            #expect(changed.versions == post.versions)
            #expect(changed.settings == post.settings)
            #expect(changed.tags == ["a"])
            #expect(changed.scheduledFor == post.scheduledFor)
            #expect(changed.status == .scheduled)

            let change = PostChange(
                versions: ["x": [PartDraft(text: "Tweet")]], settings: ["mastodon": ["visibility": "private", "language": .null]])
            let merged = try await world.posts.update(post.id, change, as: world.person)
            #expect(merged.versions.mapValues { $0.map(\.text) } == [x: ["Tweet"], mastodon: ["Toot"]])
            #expect(merged.settings == [mastodon: ["visibility": "private"]])
            let bare = try await world.posts.update(post.id, PostChange(versions: [mastodon.text: []]), as: world.person)
            #expect(Set(bare.versions.keys) == [x])
            let narrowed = try await world.posts.update(post.id, PostChange(platforms: ["mastodon"], tags: []), as: world.person)
            #expect(narrowed.platforms == [mastodon])
            #expect(narrowed.versions.isEmpty)
            #expect(narrowed.tags.isEmpty)
        }
    }

    @Test("keeps a part's media unless media are given", arguments: TestDatabase.all)
    func media(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (first, second) = (try await world.addPicture(), try await world.addPicture())
            let draft = PostDraft(parts: [PartDraft(text: "a", mediaIds: [first]), PartDraft(text: "b", mediaIds: [second])])
            let post = try await world.posts.create(draft, as: world.person)
            let retold = try await world.posts.update(
                post.id, PostChange(parts: [PartDraft(text: "c"), PartDraft(text: "d", mediaIds: [])]), as: world.person)
            #expect(retold.parts.map(\.mediaIds) == [[first], []])
            let pictured = try await world.posts.update(post.id, PostChange(mediaIds: [second]), as: world.person)
            #expect(pictured.parts.map(\.mediaIds) == [[second], []])
        }
    }

    @Test("keeps drafts drafts, cancelled posts at home, and plans what gets a time or is told to", arguments: TestDatabase.all)
    func statuses(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let later = (world.time.now + .hours(2)).description
            let draft = try await world.posts.create(PostDraft(content: "a", platforms: [channel.text]), as: world.person)
            #expect(try await world.posts.update(draft.id, PostChange(scheduledFor: later), as: world.person).status == .draft)
            #expect(try await world.posts.update(draft.id, PostChange(status: .scheduled), as: world.person).status == .scheduled)
            _ = try await world.posts.cancel(draft.id, as: world.person)
            #expect(try await world.posts.update(draft.id, PostChange(content: "b"), as: world.person).status == .draft)
            _ = try await world.posts.cancel(draft.id, as: world.person)
            #expect(try await world.posts.update(draft.id, PostChange(scheduledFor: later), as: world.person).status == .scheduled)
            #expect(try await world.posts.update(draft.id, PostChange(status: .draft), as: world.person).status == .draft)
            #expect(try await world.posts.update(draft.id, PostChange(schedule: .now), as: world.person).status == .publishing)
            try await world.turn()
            #expect(world.published() == ["b"])
            try await refused(.conflict) { try await world.posts.update(draft.id, PostChange(content: "c"), as: world.person) }
            try await refused(.conflict) { try await world.posts.preview(draft.id, PostChange(content: "c"), as: world.person) }
        }
    }

    @Test("refuses what is based on an older reading, and what is said twice", arguments: TestDatabase.all)
    func readings(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["a"], on: [try await world.mastodon()])
            world.time.advance(by: .milliseconds(5))
            let change = PostChange(content: "b", expectedUpdatedAt: post.updatedAt, revision: post.revision)
            let changed = try await world.posts.update(post.id, change, as: world.person)
            try await refused(.conflict) { try await world.posts.update(post.id, change, as: world.person) }
            try await refused(.conflict) {
                try await world.posts.update(post.id, PostChange(content: "c", expectedUpdatedAt: post.updatedAt), as: world.person)
            }
            let twice = PostChange(content: "c", parts: [PartDraft(text: "d")], expectedUpdatedAt: changed.updatedAt)
            try await refused(.validationFailed) { try await world.posts.update(post.id, twice, as: world.person) }
            try await refused(.notFound) {
                try await world.posts.update(post.id, PostChange(content: "d"), as: world.world.workspace.stranger)
            }
            #expect(try await world.posts.get(post.id, as: world.person).content == "b")
        }
    }

    @Test("can be tried without being done", arguments: TestDatabase.all)
    func preview(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["a"], on: [try await world.mastodon()])
            let long = PostChange(content: String(repeating: "a", count: 501))
            #expect(try await world.posts.preview(post.id, long, as: world.person).map(\.code) == [.textTooLong])
            #expect(try await world.posts.preview(post.id, PostChange(content: "b"), as: world.person).isEmpty)
            #expect(try await world.posts.get(post.id, as: world.person) == post)
        }
    }
}
