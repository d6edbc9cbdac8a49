import Domain
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("Posts that go out again and again", .timeLimit(.minutes(10)))
struct EvergreenTests {
    private struct World {
        let publishing: PublishingWorld
        let evergreen: Evergreen
        let ada: IntegrationID
        var person: Caller { publishing.person }
        var time: ManualTime { publishing.time }

        func posts() async throws -> [PostView] {
            var posts: [PostView] = []
            for item in try await publishing.posts.queue(channel: nil, days: 31, as: person).flatMap(\.items) {
                posts.append(try await publishing.posts.get(item.postId, as: person))
            }
            return posts
        }

        func add(_ texts: [String], everyDays: Int = 30, most: Int? = nil) async throws -> EvergreenEntry {
            // Each at another moment: they take their first turns in the order in which they were added.
            time.advance(by: .seconds(1))
            return try await evergreen.create(
                NewEvergreenEntry(integrationId: ada, texts: texts, everyDays: everyDays, most: most), as: person)
        }
    }

    /// A channel that posts at 09:00 in `zone`, the workspace's own.
    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        try await PublishingWorld.with(kind) { publishing in
            let database = publishing.world.workspace.database
            let evergreen = Evergreen(
                database: database, posts: publishing.posts, audit: AuditLog(database: database, time: publishing.time), time: publishing.time)
            let ada = try await publishing.mastodon()
            _ = try await publishing.world.channels.setSlots(
                ada, [Slot(minute: 540, timeZone: publishing.person.timeZone)], as: publishing.person)
            try await body(World(publishing: publishing, evergreen: evergreen, ada: ada))
        }
    }

    @Test("a free time gets one post, once, whoever fills and however often", arguments: TestDatabase.all)
    func once(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let entry = try await world.add(["Mind the tips"])
            _ = try await world.add(["Another"])
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { try await world.evergreen.fill() } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(counts.reduce(0, +) == 1)
            #expect(try await world.evergreen.fill() == 0)
            let posts = try await world.posts()
            #expect(posts.map(\.origin) == [.evergreen])
            #expect(posts.map(\.status) == [.scheduled])
            let outings = try await world.evergreen.outings(of: entry.id, as: world.person)
            #expect(outings.map(\.postId) == posts.map(\.id))
            #expect(outings.map(\.text) == ["Mind the tips"])
        }
    }

    @Test("entries and their texts take turns, and none comes back before its days are over", arguments: TestDatabase.all)
    func turns(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let first = try await world.add(["A", "B"], everyDays: 2)
            let second = try await world.add(["C"], everyDays: 3, most: 2)
            for _ in 0..<8 {
                try await world.evergreen.fill()
                world.time.advance(by: .days(1))
                try await world.publishing.turn()
            }
            // Day by day: A, C, B, –, (A and C are due) C's two are over after the second.
            let (mine, others) = (
                try await world.evergreen.outings(of: first.id, as: world.person),
                try await world.evergreen.outings(of: second.id, as: world.person)
            )
            #expect(others.count == 2)
            #expect(mine.reversed().map(\.text).prefix(3) == ["A", "B", "A"])
            for (later, earlier) in zip(mine, mine.dropFirst()) { #expect(later.at - earlier.at >= .days(2)) }
            for (later, earlier) in zip(others, others.dropFirst()) { #expect(later.at - earlier.at >= .days(3)) }
            #expect(Set((mine + others).map(\.at)).count == mine.count + others.count)
        }
    }

    @Test("a time that a person used, or whose post a person removed, is left alone", arguments: TestDatabase.all)
    func removed(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            _ = try await world.publishing.posts.create(
                PostDraft(content: "Mine", platforms: [world.ada.text], schedule: .nextSlot), as: world.person)
            let entry = try await world.add(["A"], everyDays: 1)
            #expect(try await world.evergreen.fill() == 0)
            world.time.advance(by: .days(1))
            try await world.publishing.turn()
            #expect(try await world.evergreen.fill() == 1)
            let planned = try #require(try await world.evergreen.outings(of: entry.id, as: world.person).first?.postId)
            try await world.publishing.posts.remove(planned, as: world.person)
            #expect(try await world.evergreen.fill() == 0)
            #expect(try await world.evergreen.outings(of: entry.id, as: world.person).map(\.postId) == [nil])
        }
    }

    @Test("what does not fit the channel, or is from who plans for review, is refused; a paused one rests", arguments: TestDatabase.all)
    func refusals(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let entry = try await world.add(["A"])
            await #expect(throws: ProblemReport.self) { try await world.add([String(repeating: "a", count: 501)]) }
            #expect(try await world.evergreen.update(entry.id, EvergreenChange(texts: ["A", "A "]), as: world.person).texts == ["A"])
            await #expect(throws: ProblemReport.self) { try await world.add([]) }
            await #expect(throws: ProblemReport.self) {
                try await world.evergreen.create(NewEvergreenEntry(integrationId: world.ada, texts: ["A"]), as: world.publishing.draftOnly)
            }
            _ = try await world.evergreen.update(entry.id, EvergreenChange(active: false), as: world.person)
            #expect(try await world.evergreen.fill() == 0)
        }
    }

    @Test("what a person says, or has said, on the channel is not said there again within a day; another text is", arguments: TestDatabase.all)
    func rest(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            _ = try await world.publishing.schedule(["A"], on: [world.ada], in: .minutes(5))
            let entry = try await world.add(["A"], everyDays: 1)
            #expect(try await world.evergreen.fill() == 0)
            _ = try await world.evergreen.update(entry.id, EvergreenChange(texts: ["A", "B"]), as: world.person)
            #expect(try await world.evergreen.fill() == 1)
            #expect(try await world.evergreen.outings(of: entry.id, as: world.person).map(\.text) == ["B"])
        }
    }

    @Test("one that a platform refused is paused with the reason, once: who lets it go on has looked", arguments: TestDatabase.all)
    func failure(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let entry = try await world.add(["A", "B"], everyDays: 1)
            #expect(try await world.evergreen.fill() == 1)
            let post = try #require(try await world.evergreen.outings(of: entry.id, as: world.person).first?.postId)
            try await world.publishing.world.workspace.database.write { transaction in
                try transaction.execute(
                    """
                    UPDATE publications SET status = 'FAILED', error_code = 'DUPLICATE', error_message = 'Said before.', error_kind = 'INVALID_CONTENT'
                    WHERE post_id = $1
                    """, post)
            }
            world.time.advance(by: .days(1))
            #expect(try await world.evergreen.fill() == 0)
            let paused = try await world.evergreen.get(entry.id, as: world.person)
            #expect((paused.active, paused.pausedReason) == (false, "Said before."))
            _ = try await world.evergreen.update(entry.id, EvergreenChange(active: true), as: world.person)
            #expect(try await world.evergreen.fill() == 1)
        }
    }

    @Test("what is planned of one waits for approval once its author may not plan without", arguments: TestDatabase.all)
    func approval(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            _ = try await world.add(["A"], everyDays: 1)
            let workspace = world.publishing.world.workspace
            let drafter = Membership(userId: workspace.user, organizationId: workspace.organization, role: .drafter)
            try await workspace.database.write { try OrganizationRepository.insert(drafter, at: world.time.now, in: $0) }
            #expect(try await world.evergreen.fill() == 1)
            #expect(try await world.posts().map(\.status) == [.inReview])
            // Its place is taken all the same.
            #expect(try await world.evergreen.fill() == 0)
        }
    }

    @Test("one with a tag takes the times that are kept for it, one without the others", arguments: TestDatabase.all)
    func tags(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let zone = world.person.timeZone
            _ = try await world.publishing.world.channels.setSlots(
                world.ada, [Slot(minute: 540, timeZone: zone, tag: "Tips"), Slot(minute: 900, timeZone: zone)], as: world.person)
            _ = try await world.evergreen.create(NewEvergreenEntry(integrationId: world.ada, texts: ["Tip"], tags: ["tips"]), as: world.person)
            _ = try await world.add(["Other"])
            _ = try await world.add(["Third"])
            #expect(try await world.evergreen.fill() == 2)
            let hours = try await world.publishing.posts.queue(channel: nil, days: 3, as: world.person).flatMap(\.items)
                .reduce(into: [:]) { $0[$1.text] = String($1.local.suffix(5)) }
            #expect(hours == ["Tip": "09:00", "Other": "15:00"])
        }
    }

    @Test("a published post is used again with its text, tags and settings, and not before its days are over", arguments: TestDatabase.all)
    func again(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let draft = PostDraft(
                content: "Good words", platforms: [world.ada.text], schedule: .now, settings: ["mastodon": ["visibility": "unlisted"]], tags: ["tips"]
            )
            let source = try await world.publishing.posts.create(draft, as: world.person)
            try await world.publishing.turn()
            let entry = try await world.evergreen.create(
                NewEvergreenEntry(integrationId: world.ada, postId: source.id, everyDays: 2), as: world.person)
            #expect((entry.texts, entry.tags, entry.settings["visibility"]) == (["Good words"], ["tips"], "unlisted"))
            #expect(try await world.evergreen.fill() == 0)
            world.time.advance(by: .days(2))
            #expect(try await world.evergreen.fill() == 1)
            let post = try #require(try await world.posts().first)
            #expect(post.settings[world.ada]?["visibility"] == "unlisted")
            #expect(post.tags == ["tips"])
            let related = try await world.evergreen.related(to: post.id, as: world.person)
            #expect(related.outingOf == entry.id)
            #expect(try await world.evergreen.related(to: source.id, as: world.person).made.map(\.id) == [entry.id])
        }
    }

    @Test("another workspace sees none of it, and changes none", arguments: TestDatabase.all)
    func strangers(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let entry = try await world.add(["A"])
            let stranger = Caller(
                organizationId: OrganizationID(at: world.time.now), identity: .system, role: .owner, origin: .api, timeZone: "UTC")
            #expect(try await world.evergreen.list(as: stranger).isEmpty)
            try await refused(.notFound) { try await world.evergreen.get(entry.id, as: stranger) }
            try await refused(.notFound) { try await world.evergreen.outings(of: entry.id, as: stranger) }
            try await refused(.notFound) { try await world.evergreen.update(entry.id, EvergreenChange(active: false), as: stranger) }
            try await refused(.notFound) { try await world.evergreen.remove(entry.id, as: stranger) }
            try await refused(.unknownChannel) {
                try await world.evergreen.create(NewEvergreenEntry(integrationId: world.ada, texts: ["A"]), as: stranger)
            }
            #expect(try await world.evergreen.get(entry.id, as: world.person).active)
        }
    }

    @Test("days are counted by the calendar: a change of the clocks puts nothing off")
    func clocks() throws {
        let zone = try Schedule.timeZone("Europe/Berlin")
        // 09:00 on either side of the change of 29 March 2026: 23 hours apart.
        let (before, after) = (try #require(Timestamp("2026-03-28T08:00:00Z")), try #require(Timestamp("2026-03-29T07:00:00Z")))
        func entry(_ days: Int) -> EvergreenEntry {
            EvergreenEntry(
                id: EvergreenEntryID(at: before), integrationId: IntegrationID(at: before), postId: nil, texts: ["A"], mediaIds: [],
                everyDays: days, most: nil, endsAt: nil, lastOutingAt: before, createdAt: before)
        }
        #expect(entry(1).mayGoOut(at: after, in: zone))
        #expect(!entry(2).mayGoOut(at: after, in: zone))
    }
}
