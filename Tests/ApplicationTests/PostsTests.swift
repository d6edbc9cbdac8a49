import Application
import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@Suite("Posts")
struct PostsTests {
    @Test("Names work where ids do; a platform's settings reach its channels", arguments: TestDatabase.all)
    func names(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            // A summer of the coming years: wall time in Paris is then two hours ahead.
            let year = Calendar(identifier: .gregorian).component(.year, from: world.time.now.date) + 1
            let view = try await world.posts.create(
                PostDraft(
                    content: "Hello", platforms: ["mastodon"], scheduledFor: "\(year)-07-01T09:00", timeZone: "Europe/Paris",
                    settings: ["mastodon": ["visibility": "unlisted"]], tags: ["b", "a", "b"]), as: world.person)
            #expect(view.platforms == [channel])
            #expect(view.scheduledFor == Timestamp("\(year)-07-01T07:00:00Z"))
            #expect(view.settings[channel]?["visibility"] == "unlisted")
            #expect(view.tags == ["a", "b"])
        }
    }

    @Test("What cannot go out is refused whole, and nothing is stored", arguments: TestDatabase.all)
    func refused(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon().text
            let long = String(repeating: "a", count: 501)
            for (draft, code) in [
                (PostDraft(content: long, platforms: [channel], schedule: .now), ProblemReport.Code.postInvalid),
                (PostDraft(content: " ", platforms: [channel], schedule: .now), .postInvalid),
                (PostDraft(content: "a", platforms: [], schedule: .now), .postInvalid),
                (PostDraft(content: "a", platforms: ["nobody"], schedule: .now), .unknownChannel),
                (PostDraft(content: "a", platforms: [channel], scheduledFor: "2020-01-01T00:00:00Z"), .timeInPast),
                (PostDraft(content: "a", platforms: [channel], scheduledFor: "2030-01-01T00:00", timeZone: "Mars/Base"), .invalidTimeZone),
                (PostDraft(content: "a", platforms: [channel], mediaIds: [MediaID()]), .postInvalid),
                (PostDraft(), .postInvalid),
            ] {
                try await ApplicationTests.refused(code) { try await world.posts.create(draft, as: world.person) }
            }
            #expect(try await world.posts.list(PostQuery(), as: world.person).items.isEmpty)
        }
    }

    @Test("Somebody else's posts and channels do not exist", arguments: TestDatabase.all)
    func isolation(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let post = try await world.schedule(["Mine"], on: [channel])
            let stranger = world.world.workspace.stranger
            try await ApplicationTests.refused(.notFound) { try await world.posts.get(post.id, as: stranger) }
            try await ApplicationTests.refused(.notFound) { try await world.posts.cancel(post.id, as: stranger) }
            try await ApplicationTests.refused(.notFound) { try await world.posts.remove(post.id, as: stranger) }
            try await ApplicationTests.refused(.unknownChannel) {
                try await world.posts.create(PostDraft(content: "a", platforms: [channel.text]), as: stranger)
            }
        }
    }

    @Test("A change based on an older reading is refused", arguments: TestDatabase.all)
    func revisions(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["First"], on: [try await world.mastodon()])
            var draft = PostDraft(post)
            draft.parts = [PartDraft(text: "Second")]
            let changed = try await world.posts.replace(post.id, with: draft, as: world.person)
            #expect(changed.content == "Second")
            #expect(changed.revision == post.revision + 1)
            try await ApplicationTests.refused(.conflict) { try await world.posts.replace(post.id, with: draft, as: world.person) }
            try await world.turn(after: .hours(1))
            #expect(world.published() == ["Second"])
            draft.revision = nil
            draft.scheduledFor = (world.time.now + .hours(1)).description
            try await ApplicationTests.refused(.conflict) { try await world.posts.replace(post.id, with: draft, as: world.person) }
        }
    }

    @Test("A change under a key is made once, and its repetition gets the post as it stands", arguments: TestDatabase.all)
    func repeatedChange(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let post = try await world.posts.create(PostDraft(content: "First", status: .draft), as: world.person)
            let draft = PostDraft(content: "Second", platforms: [channel.text], schedule: .now, revision: post.revision)
            let changed = try await world.posts.replace(post.id, with: draft, key: "k-1", as: world.person)
            #expect(try await world.posts.replace(post.id, with: draft, key: "k-1", as: world.person) == changed)
            try await ApplicationTests.refused(.conflict) {
                try await world.posts.replace(post.id, with: draft, key: "k-2", as: world.person)
            }
            var other = draft
            other.content = "Third"
            try await ApplicationTests.refused(.idempotencyMismatch) {
                try await world.posts.replace(post.id, with: other, key: "k-1", as: world.person)
            }
            try await ApplicationTests.refused(.validationFailed) {
                try await world.posts.replace(post.id, with: draft, key: "with blank", as: world.person)
            }
            try await world.turn()
            #expect(try await world.posts.replace(post.id, with: draft, key: "k-1", as: world.person).status == .published)
            #expect(world.published() == ["Second"])
        }
    }

    @Test("A change whose key is known stays refused to others' workspaces, and is forgotten with the next change", arguments: TestDatabase.all)
    func repeatedChangeEnds(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.posts.create(PostDraft(content: "First", status: .draft), as: world.person)
            let draft = PostDraft(content: "Second", status: .draft, revision: post.revision)
            let changed = try await world.posts.replace(post.id, with: draft, key: "k-1", as: world.person)
            try await ApplicationTests.refused(.notFound) {
                try await world.posts.replace(post.id, with: draft, key: "k-1", as: world.world.workspace.stranger)
            }
            let next = PostDraft(content: "Third", status: .draft, revision: changed.revision)
            _ = try await world.posts.replace(post.id, with: next, as: world.person)
            try await ApplicationTests.refused(.conflict) {
                try await world.posts.replace(post.id, with: draft, key: "k-1", as: world.person)
            }
        }
    }

    @Test("Cancelled stays home; out of the trash it is planned again", arguments: TestDatabase.all)
    func cancelAndTrash(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let cancelled = try await world.schedule(["Cancelled"], on: [channel])
            #expect(try await world.posts.cancel(cancelled.id, as: world.person).status == .cancelled)
            let trashed = try await world.schedule(["Trashed"], on: [channel])
            try await world.posts.remove(trashed.id, as: world.person)
            let restored = try await world.schedule(["Restored"], on: [channel])
            try await world.posts.remove(restored.id, as: world.person)
            try await ApplicationTests.refused(.notFound) { try await world.posts.get(restored.id, as: world.person) }
            #expect(try await world.posts.restore(restored.id, as: world.person).status == .scheduled)
            try await world.turn(after: .hours(1))
            #expect(world.published() == ["Restored"])
        }
    }

    @Test("The list is paged in the order of time, filtered and searched without regard to case", arguments: TestDatabase.all)
    func list(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            for number in 1...5 { _ = try await world.schedule(["Ünique \(number)"], on: [channel], in: .hours(Int64(number))) }
            var query = PostQuery(limit: 2, newestFirst: false)
            var texts: [String] = []
            repeat {
                let page = try await world.posts.list(query, as: world.person)
                texts += page.items.map(\.content)
                query.cursor = page.nextCursor
            } while query.cursor != nil
            #expect(texts == (1...5).map { "Ünique \($0)" })
            #expect(try await world.posts.list(PostQuery(text: "ÜNIQUE 3"), as: world.person).items.map(\.content) == ["Ünique 3"])
            #expect(try await world.posts.list(PostQuery(text: "%"), as: world.person).items.isEmpty)
            #expect(try await world.posts.list(PostQuery(platform: "x"), as: world.person).items.isEmpty)
            try await ApplicationTests.refused(.validationFailed) { try await world.posts.list(PostQuery(cursor: "?"), as: world.person) }
        }
    }

    @Test("A request repeated with its key makes one post, whoever has lost the answer", arguments: TestDatabase.all)
    func repeated(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let draft = PostDraft(content: "Once", platforms: [try await world.mastodon().text])
            let first = try await world.posts.create(draft, key: "k-1", as: world.person)
            #expect(try await world.posts.create(draft, key: "k-1", as: world.person).id == first.id)
            #expect(try await world.posts.create(draft, key: "k-2", as: world.person).id != first.id)
            world.time.advance(by: .days(2))
            #expect(try await world.posts.create(draft, key: "k-1", as: world.person).id != first.id)
        }
    }

    @Test("The next slot is one at which the channel is free", arguments: TestDatabase.all)
    func nextSlot(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            _ = try await world.world.channels.setSlots(channel, [Slot(minute: 9 * 60, timeZone: "Europe/Paris")], as: world.person)
            let draft = PostDraft(content: "Slot", platforms: [channel.text], schedule: .nextSlot)
            let first = try #require(try await world.posts.create(draft, as: world.person).scheduledFor)
            let second = try #require(try await world.posts.create(draft, as: world.person).scheduledFor)
            #expect(first > world.time.now)
            #expect((23...25).contains((second - first).components.seconds / 3600))
        }
    }

    @Test("A key without the scope may not write, and one that may write sees what it wrote", arguments: TestDatabase.all)
    func scopes(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon().text
            func key(_ scopes: Set<Scope>) -> Caller {
                Caller(
                    organizationId: world.person.organizationId, identity: .key(APIKeyID(), user: nil), role: .owner, scopes: scopes, origin: .api)
            }
            let draft = PostDraft(content: "By key", platforms: [channel])
            try await ApplicationTests.refused(.forbiddenScope) { try await world.posts.create(draft, as: key([.postsRead])) }
            #expect(try await world.posts.create(draft, as: key([.postsWrite, .channelsWrite])).content == "By key")
        }
    }
}
