import Application
import Domain
import TestSupport
import Testing

@Suite("The calendar")
struct PostCalendarTests {
    @Test("counts every post of a field and shows the first of them, in the order of time", arguments: TestDatabase.all)
    func fields(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let start = world.time.now + .hours(10)
            for hour in [3, 0, 2, 1, 25] { _ = try await world.schedule(["At \(hour)"], on: [channel], in: .hours(Int64(10 + hour))) }
            _ = try await world.posts.create(PostDraft(content: "No time", platforms: [channel.text], status: .draft), as: world.person)
            let days = [start..<start + .hours(24), start + .hours(24)..<start + .hours(48), start + .hours(48)..<start + .hours(72)]
            let cells = try await world.posts.calendar(days, showing: 3, as: world.person)
            #expect(cells.map(\.count) == [4, 1, 0])
            #expect(cells.map { $0.posts.map(\.text) } == [["At 0", "At 1", "At 2"], ["At 25"], []])
            let first = try #require(cells[0].posts.first)
            #expect(first.at == start && first.channels == [channel] && first.isMovable && !first.waits && first.pictureURL == nil)
            #expect(try await world.posts.areBusy(days, as: world.person) == [true, true, false])
            // Fields may be asked for in any order, and by nobody else.
            #expect(try await world.posts.calendar([days[2], days[0]], showing: 1, as: world.person).map(\.count) == [0, 4])
            #expect(try await world.posts.calendar(days, showing: 3, as: world.world.workspace.stranger).map(\.count) == [0, 0, 0])
            #expect(try await world.posts.calendar([], showing: 3, as: world.person).isEmpty)
        }
    }

    @Test("is narrowed by channel, tag, status and words, and forgets what is in the trash", arguments: TestDatabase.all)
    func narrowed(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (ada, bo) = (try await world.mastodon(as: "ada"), try await world.mastodon(as: "bo"))
            let time = world.time.now + .hours(5)
            func plan(_ text: String, _ channel: IntegrationID, _ status: DraftStatus? = nil, tags: [String] = []) async throws -> PostID {
                try await world.posts.create(
                    PostDraft(content: text, platforms: [channel.text], scheduledFor: time.description, tags: tags, status: status),
                    as: world.person
                ).id
            }
            _ = try await plan("Spring tide", ada, tags: ["spring"])
            _ = try await plan("Autumn leaves", bo)
            let last = try await plan("A sketch of spring", ada, .draft)
            let day = [time..<time + .hours(1)]
            func texts(_ query: PostQuery) async throws -> Set<String> {
                Set(try await world.posts.calendar(day, showing: 9, of: query, as: world.person)[0].posts.map(\.text))
            }
            #expect(try await texts(PostQuery(integrations: [bo.text])) == ["Autumn leaves"])
            #expect(try await texts(PostQuery(integrations: ["mastodon"])).count == 3)
            #expect(try await texts(PostQuery(tag: "spring")) == ["Spring tide"])
            #expect(try await texts(PostQuery(statuses: [.draft])) == ["A sketch of spring"])
            #expect(try await texts(PostQuery(text: "spring")) == ["Spring tide", "A sketch of spring"])
            try await world.posts.remove(last, as: world.person)
            #expect(try await texts(PostQuery()) == ["Spring tide", "Autumn leaves"])
            #expect(try await world.posts.tags(as: world.person) == ["spring"])
        }
    }

    @Test("an event of a moved post names where it stood and where it stands", arguments: TestDatabase.all)
    func places(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let post = try await world.schedule(["Moved"], on: [channel], in: .hours(5))
            let before = try #require(post.scheduledFor)
            let events = world.world.workspace.events.events(of: world.person.organizationId)
            let moved = try await world.posts.shift(post.id, by: .days(1), as: world.person)
            let after = try #require(moved.scheduledFor)
            for await event in events {
                guard case .event(let event) = event, event.type == .postUpdated else { continue }
                #expect(event.data["at"]?.array?.compactMap(\.string) == [before.description, after.description])
                break
            }
        }
    }
}
