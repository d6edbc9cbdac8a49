import Application
import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@Suite("Arranging the queue")
struct QueueArrangingTests {
    /// Posts named by letters, an hour after the other.
    private func plan(_ names: [String], on channels: [IntegrationID], in world: PublishingWorld) async throws -> [String: PostID] {
        var posts: [String: PostID] = [:]
        for (index, name) in names.enumerated() { posts[name] = try await world.schedule([name], on: channels, in: .hours(Int64(index) + 1)).id }
        return posts
    }

    /// What goes out on a channel, in the order of time.
    private func order(on channel: IntegrationID, in world: PublishingWorld) async throws -> [String] {
        try await world.posts.queue(channel: channel.text, days: 7, as: world.person).flatMap(\.items).map(\.text)
    }

    @Test("posts exchange their times, and all is taken back as one", arguments: TestDatabase.all)
    func moved(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let posts = try await plan(["a", "b", "c", "d"], on: [channel], in: world)
            let times = Set(try await world.posts.queue(channel: nil, days: 7, as: world.person).flatMap(\.items).map(\.at))
            func move(_ name: String, _ move: QueueMove) async throws -> QueueArrangement {
                try await world.posts.move(QueueStep(post: try #require(posts[name]), channel: channel.text, to: move), as: world.person)
            }
            let first = try await move("d", .first)
            #expect(try await order(on: channel, in: world) == ["d", "a", "b", "c"] && first.items.count == 4)
            _ = try await move("a", .later)
            #expect(try await order(on: channel, in: world) == ["d", "b", "a", "c"])
            #expect(try await move("c", .last) == QueueArrangement(id: nil, items: []))
            // What was moved since cannot be taken back over it.
            try await refused(.conflict) { try await world.posts.undo(try #require(first.id), as: world.person) }
            let shuffled = try await world.posts.shuffle(QueueShuffle(channel: channel.text), as: world.person)
            #expect(try await order(on: channel, in: world) != ["d", "b", "a", "c"])
            _ = try await world.posts.undo(try #require(shuffled.id), as: world.person)
            #expect(try await order(on: channel, in: world) == ["d", "b", "a", "c"])
            let asked = try ["c", "a"].map { try #require(posts[$0]) }
            let arranged = try await world.posts.arrange(QueueSequence(asked), as: world.person)
            #expect(arranged.items.map(\.postId) == asked)
            #expect(try await order(on: channel, in: world) == ["d", "b", "c", "a"])
            #expect(Set(try await world.posts.queue(channel: nil, days: 7, as: world.person).flatMap(\.items).map(\.at)) == times)
            let log = try await world.world.workspace.database.read { [organization = world.person.organizationId] in
                try AuditRepository.list(of: organization, actions: ["queue.arranged"], before: nil, limit: 9, in: $0)
            }
            #expect(log.count == 5)
        }
    }

    @Test("a post has one time: it moves on all of its channels, with the clocks by which it was planned", arguments: TestDatabase.all)
    func severalChannels(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (mastodon, linkedin) = (try await world.mastodon(), try await world.world.connect("linkedin", as: "ada").id)
            let day = WallTime(world.time.now + .days(3), offset: 0).dayText
            let both = try await world.posts.create(
                PostDraft(content: "both", platforms: [mastodon.text, linkedin.text], scheduledFor: "\(day)T09:00", timeZone: "Asia/Tokyo"),
                as: world.person)
            let one = try await world.posts.create(
                PostDraft(content: "one", platforms: [mastodon.text], scheduledFor: "\(day)T17:00", timeZone: "Europe/Paris"), as: world.person)
            _ = try await world.posts.move(QueueStep(post: one.id, channel: mastodon.text, to: .earlier), as: world.person)
            let (movedBoth, movedOne) = (
                try await world.posts.get(both.id, as: world.person), try await world.posts.get(one.id, as: world.person)
            )
            #expect(movedBoth.scheduledFor == one.scheduledFor && movedBoth.timeZone == "Europe/Paris" && movedBoth.wallTime == one.wallTime)
            #expect(movedOne.scheduledFor == both.scheduledFor && movedOne.timeZone == "Asia/Tokyo" && movedOne.revision == one.revision + 1)
            #expect(Set(movedBoth.publications.map(\.dueAt)) == [one.scheduledFor])
            #expect(try await world.posts.versions(one.id, as: world.person).count == 2)
        }
    }

    @Test("what is no plan any more, or was changed since, moves nothing", arguments: TestDatabase.all)
    func refusals(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let posts = try await plan(["a", "b", "c"], on: [channel], in: world)
            let (a, b, c) = (try #require(posts["a"]), try #require(posts["b"]), try #require(posts["c"]))
            let draft = try await world.posts.create(PostDraft(content: "draft", platforms: [channel.text]), as: world.person).id
            func arrange(_ sequence: QueueSequence, as caller: Caller? = nil) async throws {
                _ = try await world.posts.arrange(sequence, as: caller ?? world.person)
            }
            try await refused(.conflict) { try await arrange(QueueSequence([b, draft])) }
            try await refused(.notFound) { try await arrange(QueueSequence([b, PostID()])) }
            try await refused(.validationFailed) { try await arrange(QueueSequence([b, b])) }
            try await refused(.validationFailed) { try await arrange(QueueSequence([b])) }
            try await refused(.forbidden) { try await arrange(QueueSequence([c, b]), as: world.draftOnly) }
            var stale = QueueSequence([c, b])
            stale.posts[1].revision = 7
            try await refused(.conflict) { [stale] in try await arrange(stale) }
            // One that a worker has taken, and one whose time has come.
            try await world.world.workspace.database.write { _ = try $0.execute("UPDATE publications SET status = 'QUEUED' WHERE post_id = $1", a) }
            try await refused(.conflict) { try await arrange(QueueSequence([c, a])) }
            try await refused(.conflict) { _ = try await world.posts.move(QueueStep(post: a, channel: channel.text, to: .last), as: world.person) }
            _ = try await world.posts.shuffle(QueueShuffle(channel: channel.text), as: world.person)
            #expect(try await world.posts.get(a, as: world.person).scheduledFor == world.time.now + .hours(1))
            #expect(try await world.posts.get(c, as: world.person).scheduledFor == world.time.now + .hours(2))
            world.time.advance(by: .hours(2))
            try await refused(.conflict) { try await arrange(QueueSequence([b, c])) }
        }
    }

    @Test("a moved post of a series no longer follows it")
    func series() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let channel = try await world.mastodon()
            let day = WallTime(world.time.now + .days(1), offset: 0).dayText
            _ = try await world.posts.create(
                PostDraft(
                    content: "again", platforms: [channel.text], scheduledFor: "\(day)T09:00", timeZone: "UTC", recurrence: "FREQ=DAILY;COUNT=2"),
                as: world.person)
            let other = try await world.posts.create(
                PostDraft(content: "other", platforms: [channel.text], scheduledFor: "\(day)T12:00", timeZone: "UTC"), as: world.person)
            _ = try await world.posts.move(QueueStep(post: other.id, channel: channel.text, to: .first), as: world.person)
            #expect(try await order(on: channel, in: world) == ["other", "again", "again"])
            let series = try #require(try await world.posts.allSeries(as: world.person).first)
            let times = try await world.posts.series(series.id, as: world.person).next
            #expect(times.map(\.isChanged) == [true, false])
        }
    }
}
