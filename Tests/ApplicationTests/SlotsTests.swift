import Application
import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@Suite("Free slots and the queue")
struct SlotsTests {
    /// A Monday morning far enough ahead that no test run comes near it.
    private static let monday = Timestamp("2031-06-02T06:00:00Z")

    private static func onMonday(_ kind: TestDatabase, _ body: (PublishingWorld) async throws -> Void) async throws {
        try await PublishingWorld.with(kind) { world in
            // Connections renew themselves or last; the clock may jump.
            let monday = try #require(monday)
            world.time.advance(by: monday - world.time.now)
            try await body(world)
        }
    }

    @Test("are those of each channel at which nothing is planned or waits for review", arguments: TestDatabase.all)
    func free(on kind: TestDatabase) async throws {
        try await Self.onMonday(kind) { world in
            let channel = try await world.mastodon()
            let slots = [Slot(minute: 9 * 60, timeZone: "Europe/Paris"), Slot(minute: 17 * 60, timeZone: "Europe/Paris")]
            _ = try await world.world.channels.setSlots(channel, slots, as: world.person)
            func local() async throws -> [String] {
                try await world.posts.freeSlots(channels: ["mastodon"], count: 3, from: nil, to: nil, basis: .queue, as: world.person).map(\.local)
            }
            #expect(try await local() == ["2031-06-02T09:00", "2031-06-02T17:00", "2031-06-03T09:00"])
            let draft = PostDraft(content: "a", platforms: [channel.text], schedule: .nextSlot)
            #expect(try await world.posts.create(draft, as: world.person).scheduledFor == Timestamp("2031-06-02T07:00:00Z"))
            #expect(try await world.posts.create(draft, as: world.draftOnly).scheduledFor == Timestamp("2031-06-02T15:00:00Z"))
            let free = try await world.posts.freeSlots(
                channels: nil, count: 1, from: nil, to: Timestamp("2031-06-04T00:00:00Z"), basis: .queue, as: world.person)
            #expect(free.map(\.local) == ["2031-06-03T09:00"])
            #expect(free.first?.timeZone == "Europe/Paris")
            #expect(free.first?.integrationId == channel)
            #expect(free.first?.reason.contains("posting times") == true)
            try await refused(.validationFailed) {
                try await world.posts.freeSlots(
                    channels: nil, count: 1, from: nil, to: world.time.now - .hours(1), basis: .queue, as: world.person)
            }
        }
    }

    @Test("are kept for the posts with their tag, and the next one heeds the post's tags", arguments: TestDatabase.all)
    func kept(on kind: TestDatabase) async throws {
        try await Self.onMonday(kind) { world in
            let channel = try await world.mastodon()
            let slots = [Slot(minute: 9 * 60, timeZone: "Europe/Paris", tag: " tips "), Slot(minute: 17 * 60, timeZone: "Europe/Paris")]
            let view = try await world.world.channels.setSlots(channel, slots, as: world.person)
            #expect(view.slots.map(\.tag) == ["tips", nil])
            func free(_ tags: [String]?) async throws -> [String] {
                try await world.posts.freeSlots(
                    channels: nil, count: 2, from: nil, to: nil, basis: .queue, tags: tags, as: world.person
                ).map { "\($0.local.suffix(5)) \($0.tag ?? "-")" }
            }
            #expect(try await free(nil) == ["09:00 tips", "17:00 -"])
            #expect(try await free([]) == ["17:00 -", "17:00 -"])
            #expect(try await free(["Tips"]) == ["09:00 tips", "09:00 tips"])
            func next(_ tags: [String]) async throws -> Timestamp? {
                let draft = PostDraft(content: "a", platforms: [channel.text], schedule: .nextSlot, tags: tags)
                return try await world.posts.create(draft, as: world.person).scheduledFor
            }
            #expect(try await next([]) == Timestamp("2031-06-02T15:00:00Z"))
            #expect(try await next(["news"]) == Timestamp("2031-06-03T15:00:00Z"))
            #expect(try await next(["tips"]) == Timestamp("2031-06-02T07:00:00Z"))
            _ = try await world.world.channels.setSlots(channel, [slots[0]], as: world.person)
            try await refused(.validationFailed) { try await next([]) }
            let bad = [Slot(minute: 1, timeZone: "UTC", tag: String(repeating: "a", count: 61)), Slot(minute: 1, timeZone: "UTC", tag: "a\nb")]
            for slot in bad { try await refused(.validationFailed) { try await world.world.channels.setSlots(channel, [slot], as: world.person) } }
        }
    }

    @Test("come best hour of the week first by engagement, and say so when nothing is known", arguments: TestDatabase.all)
    func engagement(on kind: TestDatabase) async throws {
        try await Self.onMonday(kind) { world in
            let channel = try await world.mastodon()
            func best() async throws -> [FreeSlot] {
                try await world.posts.freeSlots(
                    channels: [channel.text], count: 2, from: nil, to: world.time.now + .days(7), basis: .engagement, as: world.person)
            }
            // Without figures: the usual times in their order.
            let unknown = try await best()
            #expect(unknown.map(\.local) == ["2031-06-02T09:00", "2031-06-02T13:00"])
            #expect(unknown[0].reason.contains("nothing that this channel published has figures"))
            // A Wednesday at 18:20 in Paris did well, a Monday at 09:10 did badly.
            try await world.addFigures(["likes": 40, "comments": 2], publishedAt: "2031-05-28T16:20:00Z", on: channel)
            try await world.addFigures(["likes": 1], publishedAt: "2031-05-26T07:10:00Z", on: channel)
            let known = try await best()
            #expect(known.map(\.local) == ["2031-06-04T18:00", "2031-06-02T09:00"])
            #expect(known[0].reason.contains("42.0"))
            #expect(known[0].reason.contains("Wednesdays between 18 and 19"))
        }
    }

    @Test("The queue shows day by day what goes out, what waits for review, and the gaps", arguments: TestDatabase.all)
    func queue(on kind: TestDatabase) async throws {
        try await Self.onMonday(kind) { world in
            let (linkedin, mastodon) = (try await world.world.connect("linkedin", as: "ada").id, try await world.mastodon())
            _ = try await world.world.channels.setSlots(mastodon, [Slot(minute: 9 * 60, timeZone: "Europe/Paris")], as: world.person)
            let text = String(repeating: "long ", count: 40)
            _ = try await world.posts.create(
                PostDraft(content: text, platforms: [linkedin.text, mastodon.text], scheduledFor: "2031-06-02T09:00"), as: world.person)
            _ = try await world.posts.create(
                PostDraft(content: "Review", platforms: [mastodon.text], scheduledFor: "2031-06-03T23:30"), as: world.draftOnly)
            _ = try await world.posts.create(
                PostDraft(content: "Draft", platforms: [mastodon.text], scheduledFor: "2031-06-03T10:00", status: .draft), as: world.person)
            _ = try await world.schedule(["Beyond"], on: [mastodon], in: .days(10))
            let days = try await world.posts.queue(channel: "mastodon", days: 3, as: world.person)
            #expect(days.map(\.date) == ["2031-06-02", "2031-06-03", "2031-06-04"])
            #expect(days.map { $0.items.map(\.status) } == [[.scheduled], [.inReview], []])
            #expect(days[0].items[0].text.count == 140)
            #expect(days[1].items[0].local == "2031-06-03T23:30")
            #expect(days.map { $0.freeSlots.map(\.local) } == [[], ["2031-06-03T09:00"], ["2031-06-04T09:00"]])
            #expect(try await world.posts.queue(channel: nil, days: 1, as: world.person)[0].items.count == 2)
            try await refused(.validationFailed) { try await world.posts.queue(channel: nil, days: 32, as: world.person) }
        }
    }
}
