import Application
import Domain
import Messaging
import Persistence
import PlatformSimulator
import TestSupport
import Testing

@Suite("Review: what a draft-only key writes")
struct ReviewTests {
    @Test("is stored with its time and waits; approved, it goes out at that time", arguments: TestDatabase.all)
    func scheduled(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let events = world.world.workspace.events.events(of: world.person.organizationId)
            let time = world.time.now + .hours(1)
            let post = try await world.posts.create(
                PostDraft(content: "Please", platforms: [channel.text], scheduledFor: time.description), as: world.draftOnly)
            #expect(post.status == .inReview)
            #expect(post.scheduledFor == time)
            #expect(post.publications.map(\.status) == [.draft])
            #expect(await types(events, count: 2) == [.postCreated, .postInReview])

            let approved = try await world.posts.approve(post.id, as: world.person)
            #expect(approved.status == .scheduled)
            try await world.turn(after: .hours(1))
            #expect(world.published() == ["Please"])
        }
    }

    @Test("does not go out unapproved, not even for now; approved, it goes out at once", arguments: TestDatabase.all)
    func now(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.posts.create(
                PostDraft(content: "Now", platforms: [try await world.mastodon().text], schedule: .now), as: world.draftOnly)
            #expect(post.status == .inReview)
            #expect(post.scheduledFor == world.time.now)
            try await world.turn(after: .hours(2))
            #expect(world.published().isEmpty)
            #expect(try await world.posts.approve(post.id, as: world.person).status == .publishing)
            try await world.turn()
            #expect(world.published() == ["Now"])
        }
    }

    @Test("may be edited in review after its time has passed, and without a time becomes a draft", arguments: TestDatabase.all)
    func edited(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon().text
            let late = try await world.posts.create(PostDraft(content: "a", platforms: [channel], schedule: .now), as: world.draftOnly)
            world.time.advance(by: .hours(3))
            let edited = try await world.posts.update(late.id, PostChange(content: "b"), as: world.draftOnly)
            #expect(edited.status == .inReview)
            #expect(edited.content == "b")
            let past = PostChange(scheduledFor: (world.time.now - .hours(1)).description)
            try await refused(.timeInPast) { try await world.posts.update(late.id, past, as: world.draftOnly) }
            let timeless = try await world.posts.create(
                PostDraft(content: "c", platforms: [channel], status: .inReview), as: world.draftOnly)
            #expect(try await world.posts.approve(timeless.id, as: world.person).status == .draft)
        }
    }

    @Test("leaves alone what a person has planned, cancelled or sees failed", arguments: TestDatabase.all)
    func whatPeoplePlanned(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (channel, key) = (try await world.mastodon(), world.draftOnly)
            let planned = try await world.schedule(["Planned"], on: [channel])
            let cancelled = try await world.schedule(["Cancelled"], on: [channel])
            _ = try await world.posts.cancel(cancelled.id, as: world.person)
            let failed = try await world.world.workspace.addPost(on: [channel], status: .failed, publications: .failed)
            let later = (world.time.now + .hours(2)).description
            for post in [planned.id, cancelled.id, failed] {
                let before = try await world.posts.get(post, as: world.person)
                var whole = PostDraft(before)
                whole.parts = [PartDraft(text: "Other")]
                let replacement = whole
                try await refused(.forbidden) { try await world.posts.update(post, PostChange(content: "Other"), as: key) }
                try await refused(.forbidden) { try await world.posts.preview(post, PostChange(content: "Other"), as: key) }
                try await refused(.forbidden) { try await world.posts.replace(post, with: replacement, as: key) }
                try await refused(.forbidden) { try await world.posts.reschedule(post, to: later, timeZone: nil, as: key) }
                try await refused(.forbidden) { try await world.posts.cancel(post, as: key) }
                try await refused(.forbidden) { try await world.posts.remove(post, as: key) }
                #expect(try await world.posts.get(post, as: world.person) == before)
            }
            try await world.turn(after: .hours(1))
            #expect(world.published() == ["Planned"])
        }
    }

    @Test("takes back what it planned itself while nobody has approved it", arguments: TestDatabase.all)
    func itsOwnProposals(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (channel, key) = (try await world.mastodon().text, world.draftOnly)
            let review = try await world.posts.create(PostDraft(content: "a", platforms: [channel], schedule: .now), as: key)
            #expect(try await world.posts.cancel(review.id, as: key).status == .cancelled)
        }
    }

    @Test("is not sent by any other way", arguments: TestDatabase.all)
    func refusals(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let key = world.draftOnly
            let review = try await world.posts.create(PostDraft(content: "a", platforms: [channel.text], schedule: .now), as: key)
            let planned = try await world.schedule(["Planned"], on: [channel])
            try await refused(.forbidden) { try await world.posts.publishNow(review.id, as: key) }
            try await refused(.forbidden) { try await world.posts.retry(review.id, as: key) }
            try await refused(.forbidden) { try await world.posts.approve(review.id, as: key) }
            try await refused(.forbidden) {
                try await world.posts.resolve(review.publications[0].id, of: review.id, outcome: .sendAgain, url: nil, as: key)
            }
            try await refused(.forbidden) {
                try await world.posts.resolve(review.publications[0].id, of: review.id, outcome: .published, url: nil, as: key)
            }
            try await refused(.forbidden) { try await world.posts.remove(planned.id, as: key) }
            try await world.posts.remove(review.id, as: key)
        }
    }

    @Test("stays away when it restores a planned post from the trash", arguments: TestDatabase.all)
    func restored(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["Trashed"], on: [try await world.mastodon()])
            try await world.posts.remove(post.id, as: world.person)
            #expect(try await world.posts.restore(post.id, as: world.draftOnly).status == .inReview)
            try await world.turn(after: .hours(1))
            #expect(world.published().isEmpty)
        }
    }

    @Test("a person who may not approve changes what was approved: it waits once more", arguments: TestDatabase.all)
    func changedAfterApproval(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let drafter = Caller(
                organizationId: world.person.organizationId, identity: world.person.identity, role: .drafter, origin: .web)
            let time = (world.time.now + .hours(1)).description
            let post = try await world.posts.create(
                PostDraft(content: "First", platforms: [try await world.mastodon().text], scheduledFor: time), as: drafter)
            #expect(post.status == .inReview)
            #expect(try await world.posts.approve(post.id, as: world.person).status == .scheduled)
            try await refused(.forbidden) { try await world.posts.publishNow(post.id, as: drafter) }
            let changed = try await world.posts.update(post.id, PostChange(content: "Second"), as: drafter)
            #expect(changed.status == .inReview && changed.publications.map(\.status) == [.draft])
            try await world.turn(after: .hours(2))
            #expect(world.published().isEmpty)
            #expect(try await world.posts.approve(post.id, as: world.person).status == .publishing)
            try await world.turn(after: .minutes(1))
            #expect(world.published() == ["Second"])
        }
    }

    @Test("is approved by administrators only, and not when it could not go out any more", arguments: TestDatabase.all)
    func approval(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let time = (world.time.now + .hours(1)).description
            let post = try await world.posts.create(
                PostDraft(content: "a", platforms: [channel.text], scheduledFor: time), as: world.draftOnly)
            let member = Caller(
                organizationId: world.person.organizationId, identity: world.person.identity, role: .user, origin: .web)
            try await refused(.forbidden) { try await world.posts.approve(post.id, as: member) }
            try await world.world.workspace.database.write { transaction in
                var stored = try #require(
                    try PostRepository.find(post.id, of: member.organizationId, lock: true, in: transaction))
                stored.content.parts = [PostPart(text: String(repeating: "a", count: 501))]
                #expect(try PostRepository.update(stored, basedOn: stored.revision, in: transaction))
            }
            try await refused(.postInvalid) { try await world.posts.approve(post.id, as: world.person) }
            #expect(try await world.posts.get(post.id, as: world.person).status == .inReview)
            let drafted = try await world.posts.create(PostDraft(content: "b", platforms: [channel.text]), as: world.draftOnly)
            try await refused(.conflict) { try await world.posts.approve(drafted.id, as: world.person) }
        }
    }

    @Test("goes out only as it was looked at", arguments: TestDatabase.all)
    func unseenChanges(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon().text
            let time = (world.time.now + .hours(1)).description
            let seen = try await world.posts.create(PostDraft(content: "Harmless", platforms: [channel], scheduledFor: time), as: world.draftOnly)
            let changed = try await world.posts.update(seen.id, PostChange(content: "Something else"), as: world.draftOnly)
            try await refused(.conflict) { try await world.posts.approve(seen.id, revision: seen.revision, as: world.person) }
            try await refused(.conflict) { try await world.posts.publishNow(seen.id, revision: seen.revision, as: world.person) }
            try await world.turn(after: .hours(2))
            #expect(world.published().isEmpty)
            #expect(try await world.posts.approve(seen.id, revision: changed.revision, as: world.person).status == .publishing)
        }
    }

    private func types(_ events: AsyncStream<LiveEvent>, count: Int) async -> [EventType] {
        var types: [EventType] = []
        for await case .event(let event) in events {
            types.append(event.type)
            if types.count == count { break }
        }
        return types
    }
}
