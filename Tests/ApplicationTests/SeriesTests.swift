import Application
import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@Suite("Posts that repeat")
struct SeriesTests {
    /// Days from today at which the test's series begins, by the clocks of its zone.
    private func start(_ world: PublishingWorld, days: Int = 1, at clock: String = "09:00", in zone: String = "Europe/Paris") throws -> WallTime {
        let today = WallTime(world.time.now, in: try Schedule.timeZone(zone))
        return try #require(WallTime("\(today.adding(days: days).dayText)T\(clock)"))
    }

    private func begin(
        _ world: PublishingWorld, _ rule: String = "FREQ=DAILY", days: Int = 1, as caller: Caller? = nil, status: DraftStatus? = nil
    ) async throws -> PostView {
        let channel = try await world.mastodon()
        return try await world.posts.create(
            PostDraft(
                content: "Good morning", platforms: [channel.text], scheduledFor: try start(world, days: days).minuteText, timeZone: "Europe/Paris",
                status: status, recurrence: rule), as: caller ?? world.person)
    }

    private func posts(_ world: PublishingWorld, of id: SeriesID?) async throws -> [PostView] {
        try await world.posts.list(PostQuery(limit: 200, newestFirst: false), as: world.person).items.filter { $0.seriesId == id && id != nil }
    }

    @Test("The posts of the next weeks stand in the plan; further ones come in time, once under several crons", arguments: TestDatabase.all)
    func window(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let first = try await begin(world)
            let day = try start(world).dayText
            #expect(first.recurrence == "FREQ=DAILY" && first.seriesDay == day)
            let made = try await posts(world, of: first.seriesId)
            #expect(
                (34...35).contains(made.count) && made.allSatisfy { $0.status == .scheduled && $0.wallTime?.minuteText.hasSuffix("T09:00") == true })
            #expect(try await world.posts.continueSeries(limit: 10) == 0)
            world.time.advance(by: .days(3))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 { group.addTask { _ = try await world.posts.continueSeries(limit: 10) } }
                try await group.waitForAll()
            }
            let later = try await posts(world, of: first.seriesId)
            #expect(later.count == made.count + 3 && Set(later.map(\.seriesDay)).count == later.count)
        }
    }

    @Test("The next one is there however far away, and a count ends it")
    func seldom() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let first = try await begin(world, "FREQ=YEARLY;COUNT=2")
            let series = try #require(first.seriesId)
            #expect(try await posts(world, of: series).count == 1)
            world.time.advance(by: .days(3))
            try await world.posts.continueSeries(limit: 10)
            let both = try await posts(world, of: series)
            #expect(both.count == 2)
            world.time.advance(by: .days(367))
            try await world.posts.continueSeries(limit: 10)
            #expect(try await posts(world, of: series).count == 2)
            #expect(try await world.posts.series(series, as: world.person).status == .ended)
        }
    }

    @Test("One post changed by hand stays so when the others change; all and following change what is to come", arguments: TestDatabase.all)
    func scopes(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let first = try await begin(world, "FREQ=DAILY;COUNT=8")
            var all = try await posts(world, of: first.seriesId)
            #expect(all.count == 8)
            _ = try await world.posts.update(all[3].id, PostChange(content: "Special"), as: world.person)
            _ = try await world.posts.update(all[1].id, PostChange(content: "Hello"), scope: .all, as: world.person)
            all = try await posts(world, of: first.seriesId)
            #expect(all.map(\.content) == ["Hello", "Hello", "Hello", "Special", "Hello", "Hello", "Hello", "Hello"])
            // From the sixth on an hour later: a series of its own, with what is left of the count.
            let day = try #require(all[5].seriesDay)
            _ = try await world.posts.reschedule(all[5].id, to: "\(day)T10:00", timeZone: nil, scope: .following, as: world.person)
            let moved = try await world.posts.get(all[5].id, as: world.person)
            #expect(moved.seriesId != first.seriesId && moved.recurrence == "FREQ=DAILY;COUNT=3")
            let later = try await posts(world, of: moved.seriesId)
            #expect(later.map(\.id) == all[5...].map(\.id) && later.allSatisfy { $0.wallTime?.minuteText.hasSuffix("T10:00") == true })
            #expect(try await posts(world, of: first.seriesId).count == 5)
            world.time.advance(by: .days(1))
            try await world.posts.continueSeries(limit: 10)
            #expect(try await posts(world, of: first.seriesId).count == 5)
            // Another rule for one post alone is refused.
            try await refused(.validationFailed) {
                try await world.posts.update(all[6].id, PostChange(recurrence: "FREQ=WEEKLY"), as: world.person)
            }
        }
    }

    @Test("Another rule keeps the posts that fit it and removes those for which there is no day")
    func anotherRule() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let first = try await begin(world, "FREQ=DAILY;COUNT=10")
            let changed = try await world.posts.update(
                first.id, PostChange(recurrence: "FREQ=DAILY;INTERVAL=3;COUNT=4"), scope: .all, as: world.person)
            let start = try start(world)
            let all = try await posts(world, of: changed.seriesId)
            #expect(changed.id == first.id && all.compactMap(\.seriesDay) == [0, 3, 6, 9].map { start.adding(days: $0).dayText })
            try await refused(.validationFailed) {
                try await world.posts.update(first.id, PostChange(recurrence: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), scope: .all, as: world.person)
            }
        }
    }

    @Test("A day is left out and taken in again; a deleted post does not come back by itself", arguments: TestDatabase.all)
    func skipping(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let first = try await begin(world)
            let series = try #require(first.seriesId)
            let all = try await posts(world, of: series)
            let day = try #require(all[2].seriesDay)
            var view = try await world.posts.skip(day, of: series, as: world.person)
            #expect(view.next[2].isSkipped && view.next[2].postId == nil && view.next.count == 12)
            try await world.posts.remove(all[4].id, as: world.person)
            world.time.advance(by: .hours(30))
            try await world.posts.continueSeries(limit: 10)
            view = try await world.posts.series(series, as: world.person)
            #expect(view.next.filter(\.isSkipped).count == 2)
            view = try await world.posts.unskip(day, of: series, as: world.person)
            #expect(view.next.first { $0.day == day }?.postId == all[2].id)
            try await refused(.conflict) { try await world.posts.unskip(day, of: series, as: world.person) }
            try await refused(.conflict) { try await world.posts.skip("2001-01-01", of: series, as: world.person) }
        }
    }

    @Test("Deleting the following ends it there, deleting all takes what is to come")
    func deleting() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let first = try await begin(world)
            let all = try await posts(world, of: first.seriesId)
            try await world.posts.remove(all[5].id, scope: .following, as: world.person)
            #expect(try await posts(world, of: first.seriesId).count == 5)
            world.time.advance(by: .days(2))
            try await world.posts.continueSeries(limit: 10)
            #expect(try await posts(world, of: first.seriesId).count == 5)
            try await world.posts.remove(all[4].id, scope: .all, as: world.person)
            // Two days later one or two are past, by the hour at which the test runs.
            let past = all.filter { ($0.scheduledFor ?? world.time.now) <= world.time.now }
            #expect((1...2).contains(past.count))
            #expect(try await posts(world, of: first.seriesId).map(\.id) == past.map(\.id))
            #expect(try await world.posts.series(try #require(first.seriesId), as: world.person).status == .ended)
        }
    }

    @Test("A pause takes what follows out of the plan and going on puts it back; what was changed by hand stays")
    func pausing() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let first = try await begin(world)
            let series = try #require(first.seriesId)
            let all = try await posts(world, of: series)
            _ = try await world.posts.update(all[3].id, PostChange(content: "Special"), as: world.person)
            let paused = try await world.posts.pause(series, as: world.person)
            #expect(paused.status == .paused)
            #expect(try await posts(world, of: series).map(\.content) == ["Special"])
            world.time.advance(by: .days(1))
            try await world.posts.continueSeries(limit: 10)
            #expect(try await posts(world, of: series).count == 1)
            #expect(try await world.posts.resume(series, as: world.person).status == .active)
            let again = try await posts(world, of: series)
            #expect(again.count >= 33 && Set(again.map(\.seriesDay)).count == again.count)
        }
    }

    @Test("A draft that repeats is one post until it is planned; what needs approval stands in review")
    func draftsAndReview() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let draft = try await begin(world, status: .draft)
            #expect(try await posts(world, of: draft.seriesId).count == 1)
            let planned = try await world.posts.update(draft.id, PostChange(status: .scheduled), as: world.person)
            #expect(planned.id == draft.id && planned.status == .scheduled)
            #expect(try await posts(world, of: draft.seriesId).count > 30)
            let reviewed = try await begin(world, "FREQ=DAILY;COUNT=3", as: world.draftOnly)
            let waiting = try await posts(world, of: reviewed.seriesId)
            #expect(waiting.map(\.status) == [.inReview, .inReview, .inReview])
            _ = try await world.posts.approve(waiting[1].id, as: world.person)
            #expect(try await posts(world, of: reviewed.seriesId).map(\.status) == [.inReview, .scheduled, .inReview])
            try await refused(.forbidden) {
                try await world.posts.update(planned.id, PostChange(content: "No"), scope: .all, as: world.draftOnly)
            }
            // A draft that is not to repeat any more.
            let other = try await begin(world, status: .draft)
            var plain = PostDraft(other)
            (plain.recurrence, plain.status) = (nil, .draft)
            #expect(try await world.posts.replace(other.id, with: plain, as: world.person).seriesId == nil)
        }
    }

    @Test("One approves a post with all that follow, also what is made later; a change voids that, and what was changed by itself stays in review")
    func approvingTogether() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let first = try await begin(world, as: world.draftOnly)
            let series = try #require(first.seriesId)
            let waiting = try await posts(world, of: series)
            _ = try await world.posts.update(waiting[4].id, PostChange(content: "Special"), as: world.draftOnly)
            try await refused(.conflict) { try await world.posts.approve(waiting[4].id, scope: .following, as: world.person) }
            try await refused(.forbidden) { try await world.posts.approve(waiting[1].id, scope: .following, as: world.draftOnly) }
            let approved = try await world.posts.approve(waiting[2].id, revision: waiting[2].revision, scope: .following, as: world.person)
            #expect(approved.id == waiting[2].id && approved.status == .scheduled)
            let later = try #require(approved.seriesId)
            #expect(try await posts(world, of: series).map(\.status) == [.inReview, .inReview], "those before wait on")
            let following = try await posts(world, of: later)
            #expect(following.filter { $0.id != waiting[4].id }.allSatisfy { $0.status == .scheduled && $0.content == "Good morning" })
            #expect(try await world.posts.get(waiting[4].id, as: world.person).status == .inReview)
            let view = try await world.posts.series(later, as: world.person)
            #expect(view.approvedAt == world.time.now && view.approvedBy != nil)
            world.time.advance(by: .days(3))
            try await world.posts.continueSeries(limit: 10)
            #expect(try await posts(world, of: later).last?.status == .scheduled)
            _ = try await world.posts.update(following[9].id, PostChange(content: "Good evening"), scope: .all, as: world.person)
            #expect(try await world.posts.series(later, as: world.person).approvedAt == nil)
        }
    }

    @Test("Sending one post of a series back leaves the others where they are, and an approval of the others leaves it alone")
    func sendingOneBack() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let first = try await begin(world, "FREQ=DAILY;COUNT=3", as: world.draftOnly)
            let waiting = try await posts(world, of: first.seriesId)
            _ = try await world.posts.sendBack(waiting[1].id, note: "Not on Sundays", as: world.person)
            #expect(try await posts(world, of: first.seriesId).map(\.status) == [.inReview, .draft, .inReview])
            _ = try await world.posts.approve(waiting[0].id, scope: .all, as: world.person)
            #expect(try await posts(world, of: first.seriesId).map(\.status) == [.scheduled, .draft, .scheduled])
        }
    }

    @Test("A planned post begins to repeat, and cannot without a time or at once")
    func beginning() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let channel = try await world.mastodon()
            let post = try await world.schedule(["Once"], on: [channel])
            let repeating = try await world.posts.update(post.id, PostChange(recurrence: "FREQ=WEEKLY;COUNT=3"), as: world.person)
            #expect(repeating.id == post.id && repeating.recurrence == "FREQ=WEEKLY;COUNT=3")
            #expect(try await posts(world, of: repeating.seriesId).count == 3)
            for draft in [
                PostDraft(content: "a", platforms: [channel.text], recurrence: "FREQ=DAILY"),
                PostDraft(content: "a", platforms: [channel.text], schedule: .now, recurrence: "FREQ=DAILY"),
                PostDraft(content: "a", platforms: [channel.text], scheduledFor: "2001-01-01T09:00", recurrence: "FREQ=DAILY"),
            ] {
                try await refused(.validationFailed) { try await world.posts.create(draft, as: world.person) }
            }
        }
    }

    @Test("Its posts go out at nine by the clocks on both sides of a change")
    func overClockChange() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let zone = try Schedule.timeZone("Europe/Paris")
            let change = try #require(zone.changes(after: world.time.now, until: world.time.now + .days(400)).first)
            world.time.advance(by: (change.at - .days(3)) - world.time.now)
            let first = try await begin(world)
            let all = try await posts(world, of: first.seriesId)
            #expect(all.allSatisfy { $0.scheduledFor.map { WallTime($0, in: zone).minuteText.hasSuffix("T09:00") } ?? false })
            let gaps = zip(all, all.dropFirst()).map { ($1.scheduledFor ?? world.time.now) - ($0.scheduledFor ?? world.time.now) }
            #expect(gaps.contains { $0 != .days(1) })
        }
    }

    @Test("Another workspace sees and changes nothing of it")
    func isolation() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            let first = try await begin(world)
            let series = try #require(first.seriesId)
            let stranger = Caller(
                organizationId: OrganizationID(), identity: .system, role: .owner, origin: .api, timeZone: "UTC")
            try await refused(.notFound) { try await world.posts.series(series, as: stranger) }
            try await refused(.notFound) { try await world.posts.pause(series, as: stranger) }
            try await refused(.notFound) { try await world.posts.skip("2030-01-01", of: series, as: stranger) }
            try await refused(.notFound) { try await world.posts.remove(first.id, scope: .all, as: stranger) }
            #expect(try await world.posts.allSeries(as: stranger).isEmpty)
        }
    }
}
