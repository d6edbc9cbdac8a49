import Application
import Domain
import Foundation
import Persistence
import PlatformSimulator
import Platforms
import TestSupport
import Testing

@Suite("The figures of accounts", .timeLimit(.minutes(10)))
struct AccountSeriesTests {
    private func analytics(_ world: ConnectedWorld) -> Analytics {
        Analytics(
            database: world.workspace.database, channels: world.channels, platforms: world.platforms, time: world.workspace.time)
    }

    private func series(_ world: ConnectedWorld, _ channel: ChannelView, as caller: Caller? = nil) async throws -> AccountSeries? {
        let now = world.workspace.time.now
        return try await analytics(world).accounts(
            channel: channel.id.text, from: now - .days(30), to: now + .minutes(1), as: caller ?? world.person
        ).first
    }

    @Test("followers that come are seen, one value a day, and add up to a change", arguments: TestDatabase.all)
    func growth(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            // Eight in the morning, UTC.
            let (time, day) = (world.workspace.time, Duration.days(1).milliseconds)
            time.advance(by: .milliseconds(day - time.now.milliseconds % day) + .hours(8))
            let morning = time.now
            let channel = try await world.connect("mastodon", as: "ada")
            #expect(try await analytics(world).fetchDueAccounts(limit: 10) == 1)
            let first = try #require(try await series(world, channel))
            let start = try #require(first.latest["followers"])
            #expect(first.change.isEmpty && first.metrics == [.followers, .posts])

            for gained in [7, 5] {
                try world.simulator.control.gainFollowers(gained, platform: "mastodon", account: "ada")
                world.workspace.time.advance(by: .hours(24))
                #expect(try await analytics(world).fetchDueAccounts(limit: 10) == 1)
            }
            try world.simulator.control.gainFollowers(-2, platform: "mastodon", account: "ada")
            try await published(on: channel, world)
            world.workspace.time.advance(by: .hours(6))
            #expect(try await analytics(world).fetchDueAccounts(limit: 10) == 1)

            let told = try #require(try await series(world, channel))
            #expect(told.series.map(\.day) == (0...2).map { WallTime(morning + .days($0), in: .utc).dayText })
            #expect(told.series.map { $0.figures["followers"] } == [start, start + 7, start + 10])
            #expect(told.latest["followers"] == start + 10 && told.change["followers"] == 10)
        }
    }

    @Test("accounts that posted lately are read more often than idle ones", arguments: TestDatabase.all)
    func rhythm(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let channel = try await world.connect("mastodon", as: "ada")
            var read = [Int]()
            func day() async throws -> Int {
                var count = 0
                for _ in 0..<24 {
                    count += try await analytics(world).fetchDueAccounts(limit: 10)
                    world.workspace.time.advance(by: .hours(1))
                }
                return count
            }
            read.append(try await day())
            try await published(on: channel, world)
            for _ in 0..<3 { read.append(try await day()) }
            world.workspace.time.advance(by: .days(12))
            for _ in 0..<2 { read.append(try await day()) }
            #expect(read == [1, 4, 4, 2, 1, 1])
        }
    }

    @Test("a platform that is asked too often is left alone until it says, and its other accounts wait", arguments: TestDatabase.all)
    func rateLimits(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            _ = try await world.connect("mastodon", as: "ada")
            _ = try await world.connect("mastodon", as: "bo")
            try world.simulator.control.add(
                Fault(
                    .status, platform: "mastodon", path: "mastodon.verifyCredentials", status: 429,
                    headers: ["Retry-After": String(26 * 3600)]))
            #expect(try await analytics(world).fetchDueAccounts(limit: 10) == 1)
            world.simulator.control.removeFaults()
            #expect(try await analytics(world).fetchDueAccounts(limit: 10) == 1, "the other account")
            world.workspace.time.advance(by: .hours(23))
            #expect(try await analytics(world).fetchDueAccounts(limit: 10) == 0)
            world.workspace.time.advance(by: .hours(2))
            #expect(try await analytics(world).fetchDueAccounts(limit: 10) == 2)
        }
    }

    @Test("a failure keeps what is known and never marks the channel; a broken connection is not asked", arguments: TestDatabase.all)
    func failures(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let channel = try await world.connect("mastodon", as: "ada")
            #expect(try await analytics(world).fetchDueAccounts(limit: 10) == 1)
            let before = try await series(world, channel)
            try world.simulator.control.add(Fault(.status, platform: "mastodon", status: 401))
            world.workspace.time.advance(by: .hours(25))
            #expect(try await analytics(world).fetchDueAccounts(limit: 10) == 1)
            #expect(try await analytics(world).fetchDueAccounts(limit: 10) == 0)
            #expect(try await world.channels.get(channel.id, as: world.person).status == .active)
            #expect(try await series(world, channel)?.series == before?.series)

            try await world.channels.markNeedsReconnect(channel.id, reason: "It ended.")
            world.workspace.time.advance(by: .hours(25))
            #expect(try await analytics(world).fetchDueAccounts(limit: 10) == 0)
        }
    }

    @Test("a page's days are added up, and the days before the channel was connected come too", arguments: TestDatabase.all)
    func days(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let query = try await world.consent(try await world.start("linkedin-page"), account: "ada")
            let result = try await world.channels.finishConnect("linkedin-page", query: query, as: world.person)
            guard case .choose(let key, _) = result else { throw ConnectedWorld.NotConnected() }
            let page = try #require(try await world.channels.choices(key, as: world.person).first)
            let channel = try #require(try await world.channels.choose(key, accountIds: [page.id], as: world.person).first)
            #expect(try await analytics(world).fetchDueAccounts(limit: 10) == 1)
            let told = try #require(try await series(world, channel))
            #expect(told.series.count >= 30)
            #expect(told.totals["views"] == told.series.compactMap { $0.figures["views"] }.reduce(0, +))
            #expect(Set(told.totals.keys) == ["views", "reach", "interactions", "clicks", "profileVisits"])
            #expect(told.latest["followers"] != nil && told.change.isEmpty)
        }
    }

    @Test("they need their scope and a channel of one's own")
    func access() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let channel = try await world.connect("mastodon", as: "ada")
            _ = try await analytics(world).fetchDueAccounts(limit: 10)
            try await refused(.unknownChannel) { try await series(world, channel, as: world.workspace.stranger) }
            let now = world.workspace.time.now
            let all = try await analytics(world).accounts(channel: nil, from: now - .days(1), to: now, as: world.workspace.stranger)
            #expect(all.isEmpty)
            let reader = Caller(
                organizationId: world.workspace.organization, identity: .key(APIKeyID(), user: nil), role: .user, scopes: [.postsRead],
                origin: .api)
            try await refused(.forbiddenScope) { try await series(world, channel, as: reader) }
        }
    }

    private func published(on channel: ChannelView, _ world: ConnectedWorld) async throws {
        _ = try await world.workspace.addPost(
            on: [channel.id], status: .published, publications: .published, platformPostId: "1", publishedAt: world.workspace.time.now)
    }
}
