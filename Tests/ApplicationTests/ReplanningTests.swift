import Domain
import Foundation
import Logging
import Messaging
import Persistence
import Synchronization
import TestSupport
import Testing

@testable import Application

/// Two editions of the zone data, and the 1 December by which Vancouver's clocks differ between them.
private struct Editions {
    let old: ZoneFixture
    let new: ZoneFixture
    let day: String

    static func with(_ body: (Editions) async throws -> Void) async throws {
        let editions = try Editions()
        defer { [editions.old, editions.new].forEach { $0.remove() } }
        try await body(editions)
    }

    private init() throws {
        (old, new) = (try ZoneFixture(.changing, version: "2025b"), try ZoneFixture(.settled, version: "2026f"))
        let today = WallTime(.now, offset: 0).date
        // Far enough ahead for a test that runs on the last days of November.
        day = "\(today.month == 12 || today.month == 11 && today.day > 28 ? today.year + 1 : today.year)-12-01"
    }

    func instant(_ clock: String) throws -> Timestamp { try #require(Timestamp("\(day)T\(clock):00Z")) }
}

extension PublishingWorld {
    fileprivate func replanning(into log: EventLog? = nil) -> Replanning {
        let base = world.workspace.events
        return Replanning(
            database: world.workspace.database, events: log.map { RecordingEventBus(base: base, log: $0) } ?? base,
            audit: AuditLog(database: world.workspace.database, time: time), time: time, alarm: publishing.alarm, logger: Logger(label: "test"))
    }

    fileprivate func plan(_ time: String, _ zone: String = "America/Vancouver", as caller: Caller? = nil, status: DraftStatus? = nil) async throws
        -> PostID
    {
        let channel = try await mastodon()
        return try await posts.create(
            PostDraft(content: "At \(time) in \(zone)", platforms: [channel.text], scheduledFor: time, timeZone: zone, status: status),
            as: caller ?? person
        ).id
    }
}

@Suite("When the rules of a zone change")
struct ReplanningTests {
    @Test("what was planned by wall time keeps it, what was planned by an instant stays", arguments: TestDatabase.all)
    func moves(on kind: TestDatabase) async throws {
        try await Editions.with { editions in
            try await PublishingWorld.with(kind) { world in
                let (wall, by) = ("\(editions.day)T09:00", try editions.instant("17:00"))
                let (scheduled, draft, reviewed, instant, elsewhere) = try await editions.old.data.use {
                    (
                        try await world.plan(wall), try await world.plan(wall, status: .draft), try await world.plan(wall, as: world.draftOnly),
                        try await world.plan(by.description), try await world.plan(wall, "Europe/Paris")
                    )
                }
                #expect(try await world.posts.get(scheduled, as: world.person).scheduledFor == by)
                let log = EventLog(database: world.world.workspace.database, time: world.time, logger: Logger(label: "test"))
                #expect(try await world.replanning(into: log).follow(editions.new.data) == 3)

                let sixteen = try editions.instant("16:00")
                for id in [scheduled, draft, reviewed] {
                    let post = try await world.posts.get(id, as: world.person)
                    #expect(post.scheduledFor == sixteen && post.publications.map(\.dueAt) == [sixteen], "\(post.status)")
                    #expect(post.wallTime == WallTime(wall) && post.timeZone == "America/Vancouver")
                    let told = try await world.posts.replans(id, as: world.person)
                    #expect(told.map(\.before) == [by] && told.map(\.after) == [sixteen] && told.map(\.timeZone) == ["America/Vancouver"])
                }
                #expect(try await world.posts.get(scheduled, as: world.person).status == .scheduled)
                #expect(try await world.posts.get(reviewed, as: world.person).status == .inReview)
                #expect(try await world.posts.get(instant, as: world.person).scheduledFor == by)
                #expect(try await world.posts.get(instant, as: world.person).wallTime == nil)
                #expect(try await world.posts.get(elsewhere, as: world.person).scheduledFor == (try editions.instant("08:00")))
                #expect(try await world.posts.replans(instant, as: world.person).isEmpty)
                #expect(try await world.posts.replans(scheduled, as: world.world.workspace.stranger).isEmpty)

                try await log.flush()
                let notes = try await log.list(since: nil, types: [.zoneRulesChanged], as: world.person).items
                #expect(
                    notes.map(\.message) == [
                        "The rules of America/Vancouver changed: planned posts were moved so that they keep their time of day there: 3."
                    ])
            }
        }
    }

    @Test("several processes do it once, and one with older files leaves it alone", arguments: TestDatabase.all)
    func several(on kind: TestDatabase) async throws {
        try await Editions.with { editions in
            try await PublishingWorld.with(kind) { world in
                let ids = try await editions.old.data.use {
                    var ids: [PostID] = []
                    for minute in 10..<35 { ids.append(try await world.plan("\(editions.day)T09:\(minute)")) }
                    return ids
                }
                var replanning = world.replanning()
                (replanning.page, replanning.batch) = (7, 4)
                let (one, data) = (replanning, editions.new.data)
                async let first = one.follow(data)
                async let second = one.follow(data)
                #expect(try await first + second == ids.count)
                #expect(try await replanning.follow(data) == 0)
                #expect(try await replanning.follow(editions.old.data) == 0)
                for (minute, id) in zip(10..<35, ids) {
                    #expect(try await world.posts.get(id, as: world.person).scheduledFor == (try editions.instant("16:\(minute)")))
                    #expect(try await world.posts.replans(id, as: world.person).count == 1)
                }
            }
        }
    }

    @Test("a post goes out at its wall time by the new rules, at once when that has just passed")
    func goesOut() async throws {
        try await Editions.with { editions in
            try await PublishingWorld.with(.sqlite) { world in
                _ = try await editions.old.data.use { try await world.plan("\(editions.day)T09:00") }
                world.time.advance(by: (try editions.instant("16:30")) - world.time.now)
                try await world.turn()
                #expect(world.published().isEmpty)
                #expect(try await world.replanning().follow(editions.new.data) == 1)
                try await world.turn()
                #expect(world.published().count == 1)
                #expect(try await world.replanning().follow(editions.new.data) == 0)
            }
        }
    }

    @Test("posts of versions that kept no wall time follow, except those that programs planned over REST", arguments: TestDatabase.all)
    func earlierVersions(on kind: TestDatabase) async throws {
        try await Editions.with { editions in
            try await PublishingWorld.with(kind) { world in
                let (web, api) = try await editions.old.data.use {
                    let program = Caller(
                        organizationId: world.person.organizationId, identity: .key(APIKeyID(), user: world.world.workspace.user), role: .owner,
                        origin: .api, timeZone: "America/Vancouver")
                    return (try await world.plan("\(editions.day)T09:00"), try await world.plan("\(editions.day)T09:00", as: program))
                }
                // As migration 9 leaves what was there.
                try await world.world.workspace.database.write {
                    _ = try $0.execute("UPDATE posts SET wall_time = NULL, zone_rules = '2025b'")
                }
                #expect(try await world.replanning().follow(editions.new.data) == 1)
                let (followed, stayed) = (try await world.posts.get(web, as: world.person), try await world.posts.get(api, as: world.person))
                #expect(followed.scheduledFor == (try editions.instant("16:00")) && followed.wallTime == WallTime("\(editions.day)T09:00"))
                #expect(stayed.scheduledFor == (try editions.instant("17:00")) && stayed.wallTime == nil)
                #expect(try await world.replanning().follow(editions.new.data) == 0)
            }
        }
    }

    @Test("files that are replaced while the server runs are taken over when they stand still")
    func watch() async throws {
        try await Editions.with { editions in
            try await PublishingWorld.with(.sqlite) { world in
                let id = try await editions.old.data.use { try await world.plan("\(editions.day)T09:00") }
                let taken = Taken()
                var watch = ZoneWatch(
                    folders: [editions.old.folder], replanning: world.replanning(), time: world.time, logger: Logger(label: "test"))
                watch.takeOver = { taken.note($0.version) }
                watch.start = editions.old.data
                let running = Task { [watch] in try await watch.run() }
                try await eventually("the watch sleeps") { world.time.sleeperCount > 0 }
                #expect(try await world.posts.get(id, as: world.person).scheduledFor == (try editions.instant("17:00")))
                try editions.old.write(.settled, version: "2026f")
                try await eventually("the post follows the new files") {
                    world.time.advance(by: .seconds(10))
                    return try await world.posts.get(id, as: world.person).scheduledFor == (try editions.instant("16:00"))
                }
                #expect(taken.versions == ["2026f"])
                running.cancel()
                try await running.value
            }
        }
    }
}

/// The editions that a watch took over.
private final class Taken: Sendable {
    private let list = Mutex<[String]>([])
    func note(_ version: String) { list.withLock { $0.append(version) } }
    var versions: [String] { list.withLock { $0 } }
}
