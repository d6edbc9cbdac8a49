import Application
import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@Suite("Moving a post from the time it has")
struct PostShiftTests {
    /// The next two changes of the clocks in Paris, one of either kind.
    private func changes(in zone: Zone, after now: Timestamp) -> [Zone.Change] {
        Array(zone.changes(after: now + .days(3), until: now + .days(400)).prefix(2))
    }

    @Test("whole days keep the clock time of the post's own zone over both changes of the year; other minutes shift the instant")
    func overChanges() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let (channel, zone) = (try await world.mastodon(), try Schedule.timeZone("America/New_York"))
            let changes = changes(in: zone, after: world.time.now)
            #expect(changes.count == 2)
            for change in changes {
                let eve = WallTime(change.at - .days(1), in: zone).dayText
                let before = try #require(WallTime("\(eve)T09:00"))
                // The person sits in Paris; the post lives in New York.
                for planned in [before.minuteText, before.instant(in: zone).description] {
                    let post = try await world.posts.create(
                        PostDraft(content: planned, platforms: [channel.text], scheduledFor: planned, timeZone: zone.name), as: world.person)
                    for shift in [PostShift.days(1), PostShift(minutes: -1440), PostShift(minutes: 2880), .days(-2), PostShift(minutes: 10_080)] {
                        let moved = try await world.posts.shift(post.id, by: shift, as: world.person)
                        let shown = WallTime(try #require(moved.scheduledFor), in: zone)
                        #expect(shown.minuteText.hasSuffix("T09:00"), "\(planned) by \(shift)")
                        #expect((moved.wallTime != nil) == (post.wallTime != nil) && moved.timeZone == zone.name)
                    }
                    let back = try await world.posts.shift(post.id, by: .days(-8), as: world.person)
                    #expect(back.scheduledFor == before.adding(days: -1).instant(in: zone))
                    let over = try await world.posts.shift(post.id, by: PostShift(minutes: 2 * 1440 + 60), as: world.person)
                    #expect(over.scheduledFor == (try #require(back.scheduledFor)) + .minutes(2 * 1440 + 60))
                    #expect(WallTime(try #require(over.scheduledFor), in: zone).hour == 10 + (change.after - change.before) / 3600)
                    try await world.posts.remove(post.id, as: world.person)
                }
            }
        }
    }

    @Test("the time that is shown twice moves to the same clock time, and by minutes to the second showing")
    func overlap() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let (channel, zone) = (try await world.mastodon(), try Schedule.timeZone("Europe/Paris"))
            let change = try #require(changes(in: zone, after: world.time.now).first { $0.after < $0.before })
            let first = change.at - .minutes(30)
            let post = try await world.posts.create(
                PostDraft(
                    content: "a", platforms: [channel.text], scheduledFor: WallTime(first, in: zone).minuteText, timeZone: zone.name),
                as: world.person)
            #expect(post.scheduledFor == first && post.warnings.map(\.code) == [.timeTwice])
            let second = try await world.posts.shift(post.id, by: .minutes(60), as: world.person)
            #expect(second.scheduledFor == first + .hours(1) && second.wallTime == nil && second.warnings.isEmpty)
            let week = try await world.posts.shift(post.id, by: .days(7), as: world.person)
            #expect(WallTime(try #require(week.scheduledFor), in: zone) == WallTime(first, in: zone).adding(days: 7))
        }
    }

    @Test("a change of other things keeps the wall time; another zone alone keeps the instant", arguments: TestDatabase.all)
    func kept(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let day = WallTime(world.time.now + .days(5), offset: 0).dayText
            let post = try await world.posts.create(
                PostDraft(content: "a", platforms: [channel.text], scheduledFor: "\(day)T09:00", timeZone: "Asia/Tokyo"), as: world.person)
            #expect(post.wallTime == WallTime("\(day)T09:00"))
            let changed = try await world.posts.update(post.id, PostChange(content: "b"), as: world.person)
            #expect(changed.wallTime == post.wallTime && changed.scheduledFor == post.scheduledFor && changed.timeZone == "Asia/Tokyo")
            let elsewhere = try await world.posts.update(post.id, PostChange(timeZone: "Europe/Paris"), as: world.person)
            #expect(elsewhere.scheduledFor == post.scheduledFor && elsewhere.wallTime == nil && elsewhere.timeZone == "Europe/Paris")
            let draft = try await world.posts.create(PostDraft(content: "c", platforms: [channel.text]), as: world.person)
            try await ApplicationTests.refused(.conflict) { try await world.posts.shift(draft.id, by: .days(1), as: world.person) }
        }
    }

    @Test("a post in a slot keeps the slot's clock time in the slot's zone")
    func slots() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let channel = try await world.mastodon()
            let database = world.world.workspace.database
            let slots = try JSON.text([Slot(minute: 9 * 60, timeZone: "America/New_York")])
            try await database.write { _ = try $0.execute("UPDATE integrations SET slots = $1", slots) }
            let post = try await world.posts.create(PostDraft(content: "a", platforms: [channel.text], schedule: .nextSlot), as: world.person)
            #expect(post.timeZone == "America/New_York" && post.wallTime?.minuteText.hasSuffix("T09:00") == true)
        }
    }

    @Test("a time that the clocks skip is said when it is checked and when it is saved")
    func skipped() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let (channel, zone) = (try await world.mastodon(), try Schedule.timeZone("Europe/Paris"))
            let change = try #require(changes(in: zone, after: world.time.now).first { $0.after > $0.before })
            let wall = WallTime(change.at + .minutes(30), offset: change.before)
            let draft = PostDraft(content: "a", platforms: [channel.text], scheduledFor: wall.minuteText, timeZone: zone.name)
            #expect(try await world.posts.validate(draft, as: world.person).map(\.code) == [.timeSkipped])
            let post = try await world.posts.create(draft, as: world.person)
            #expect(post.scheduledFor == change.at + .minutes(30) && post.warnings.map(\.code) == [.timeSkipped])
            #expect(post.wallTime == wall)
        }
    }
}
