import Application
import Domain
import Foundation
import Persistence
import PlatformSimulator
import Platforms
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct AnalyticsTests {
    private func analytics(_ world: ConnectedWorld) -> Analytics {
        Analytics(
            database: world.workspace.database, channels: world.channels, platforms: world.platforms, time: world.workspace.time)
    }

    /// Publishes on the simulated platform and notes it as the product would.
    private func publish(_ world: ConnectedWorld, on channel: ChannelView, with settings: [String: JSONValue] = [:]) async throws -> PostID {
        let (integration, account) = try await world.channels.connectedAccount(channel.id)
        let platform = try #require(world.platforms[integration.platform])
        let request = PublishRequest(publicationId: PublicationID(), account: account, parts: [OutgoingPart(text: "Hello")], settings: settings)
        guard case .published(let id, _, _) = try await platform.publish(request, journal: ForgetfulJournal()) else { throw NotPublished() }
        return try await world.workspace.addPost(
            on: [channel.id], status: .published, publications: .published, platformPostId: id, publishedAt: world.workspace.time.now)
    }

    private struct NotPublished: Error {}

    private func notes(of post: PostID, in world: ConnectedWorld) async throws -> [String] {
        try await world.workspace.database.read { try PublicationRepository.list(of: post, in: $0).flatMap(\.notes) }
    }

    @Test(arguments: TestDatabase.all)
    func figuresAreFetchedWhenDueAndKeptAsASeries(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let analytics = analytics(world)
            let post = try await publish(world, on: try await world.connect("mastodon", as: "ada"))
            #expect(try await analytics.fetchDue(limit: 100) == 1)
            #expect(try await analytics.fetchDue(limit: 100) == 0)
            world.workspace.time.advance(by: .minutes(61))
            #expect(try await analytics.fetchDue(limit: 100) == 1)
            let view = try await analytics.post(post, as: world.person)
            let publication = try #require(view.publications.first)
            #expect(publication.history.count == 2)
            #expect(publication.figures["likes"] != nil)
            #expect(publication.fetchedAt == world.workspace.time.now)
            try await refused(.notFound) { try await analytics.post(post, as: world.workspace.stranger) }
        }
    }

    @Test(arguments: TestDatabase.all)
    func whatAPlatformTookAwayIsToldOnceAtThePost(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let analytics = analytics(world)
            let post = try await publish(
                world, on: try await world.connect("reddit", as: "ada"), with: ["subreddit": "test", "title": "Tea"])
            #expect(try await analytics.fetchDue(limit: 100) == 1)
            #expect(try await notes(of: post, in: world) == [])
            try world.simulator.control.set("removal", to: "moderator", platform: "reddit")
            for _ in 1...2 {
                world.workspace.time.advance(by: .minutes(61))
                #expect(try await analytics.fetchDue(limit: 100) == 1)
                let notes = try await notes(of: post, in: world)
                #expect(notes.count == 1 && notes[0].contains("moderator"), "\(notes)")
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func aPlatformThatFailsIsAskedAgainWhenFiguresAreDueAndKeepsPublishing(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let channel = try await world.connect("mastodon", as: "ada")
            let post = try await publish(world, on: channel)
            try world.simulator.control.add(Fault(.status, platform: "mastodon", status: 401))
            #expect(try await analytics(world).fetchDue(limit: 100) == 1)
            #expect(try await analytics(world).fetchDue(limit: 100) == 0)
            #expect(try await world.channels.get(channel.id, as: world.person).status == .active)
            let publication = try #require(try await analytics(world).post(post, as: world.person).publications.first)
            #expect(publication.figures.isEmpty)
            #expect(publication.history.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.all)
    func theSummaryAddsUpTheLatestFigures(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let (workspace, analytics) = (world.workspace, analytics(world))
            let x = try await world.connect("x", as: "ada")
            let mastodon = try await world.connect("mastodon", as: "ada")
            // 23:30 UTC is the next day in Paris.
            let evening = try #require(Timestamp("2026-11-20T23:30:00Z"))
            let readings: [(ChannelView, Timestamp, [[String: Int]])] = [
                (x, evening - .hours(3), [["impressions": 50, "likes": 1], ["impressions": 100, "likes": 8, "comments": 2]]),
                (x, evening, [["impressions": 100, "likes": 10]]),
                (mastodon, evening, [["likes": 3], [:]]),
                (mastodon, evening + .days(30), [["likes": 1_000]]),
            ]
            for (channel, publishedAt, figures) in readings {
                let post = try await workspace.addPost(
                    on: [channel.id], status: .published, publications: .published, platformPostId: "1", publishedAt: publishedAt)
                let publication = try #require(try await workspace.publications(of: post).first)
                let target = MetricsTarget(
                    publicationId: publication.id, organizationId: workspace.organization, integrationId: channel.id, platformPostId: "1",
                    publishedAt: publishedAt)
                for (hours, reading) in figures.enumerated() {
                    try await workspace.database.write {
                        try MetricsRepository.insert(reading, of: target, at: publishedAt + .hours(Int64(hours)), in: $0)
                    }
                }
            }
            let summary = try await analytics.summary(integration: nil, from: evening - .days(1), to: evening + .days(1), as: world.person)
            #expect(summary.published == 3)
            #expect(summary.totals == ["impressions": 200, "likes": 21, "comments": 2])
            #expect(summary.series.map(\.day) == ["2026-11-20", "2026-11-21"])
            #expect(summary.series.map(\.published) == [1, 2])
            #expect(summary.channels.map(\.integrationId) == [x.id, mastodon.id])
            #expect(summary.channels.first?.engagementRate == 0.1)
            #expect(summary.channels.last?.engagementRate == nil)
            let one = try await analytics.summary(
                integration: mastodon.id, from: evening - .days(1), to: evening + .days(1), as: world.person)
            #expect(one.totals == ["likes": 3])
            let none = try await analytics.summary(
                integration: nil, from: evening - .days(1), to: evening + .days(1), as: workspace.stranger)
            #expect(none.published == 0)
        }
    }

    @Test func figuresNeedTheirScopeAndASensibleSpan() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let (analytics, now) = (analytics(world), world.workspace.time.now)
            let reader = Caller(
                organizationId: world.workspace.organization, identity: .key(APIKeyID(), user: nil), role: .user, scopes: [.postsRead],
                origin: .api)
            try await refused(.forbiddenScope) { try await analytics.post(PostID(), as: reader) }
            try await refused(.forbiddenScope) {
                try await analytics.summary(integration: nil, from: now - .days(1), to: now, as: reader)
            }
            try await refused(.validationFailed) { try await analytics.summary(integration: nil, from: now, to: now, as: world.person) }
        }
    }
}

/// Remembers nothing: for a post that is published once.
private struct ForgetfulJournal: StepJournal {
    func step<Result: Codable & Sendable>(_ name: String, _ work: @Sendable () async throws -> Result) async throws -> Result {
        try await work()
    }

    func secretStep<Result: Codable & Sendable>(_ name: String, _ work: @Sendable () async throws -> Result) async throws -> Result {
        try await work()
    }

    func commit<Result: Codable & Sendable>(
        _ name: String, isLast: Bool, lookup: @Sendable (CommitIntent) async throws -> Finding<Result>,
        _ work: @Sendable (CommitIntent) async throws -> Result
    ) async throws -> Result {
        try await work(CommitIntent(firstTriedAt: .now, lastTriedAt: .now, now: .now, mayHaveHappened: false))
    }
}
