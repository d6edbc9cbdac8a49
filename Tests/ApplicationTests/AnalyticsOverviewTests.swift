import Application
import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@Suite("An overview of figures")
struct AnalyticsOverviewTests {
    @Test("compares with the span before, names the best posts, and says what a platform does not tell", arguments: TestDatabase.all)
    func overview(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let analytics = Analytics(
                database: world.world.workspace.database, channels: world.world.channels, platforms: world.world.platforms, time: world.time)
            let (x, ada, bo) = (
                try await world.world.connect("x", as: "ada").id, try await world.mastodon(as: "ada"), try await world.mastodon(as: "bo")
            )
            try await world.addFigures(["impressions": 100, "likes": 5], publishedAt: "2026-11-20T10:00:00Z", on: x)
            try await world.addFigures(["impressions": 300, "likes": 9, "clicks": 3], publishedAt: "2026-11-21T10:00:00Z", on: x)
            // 23:30 UTC is the next day in Paris.
            try await world.addFigures(["likes": 7], publishedAt: "2026-11-20T23:30:00Z", on: ada)
            try await world.addFigures(["likes": 1], publishedAt: "2026-11-21T11:00:00Z", on: bo)
            try await world.addFigures(["likes": 2], publishedAt: "2026-11-14T10:00:00Z", on: ada)
            let (from, to) = (try #require(Timestamp("2026-11-18T00:00:00Z")), try #require(Timestamp("2026-11-25T00:00:00Z")))

            let all = try await analytics.overview(channel: nil, from: from, to: to, comparePrevious: true, topPosts: 2, as: world.person)
            #expect(all.summary.published == 4)
            #expect(all.previous?.published == 1)
            #expect(all.previous?.totals == ["likes": 2])
            #expect(all.topPosts.map { Figures.total($0) } == [12, 7])
            #expect(all.topPosts[0].platform == "x")
            #expect(all.topPosts[0].content == "Hello")
            #expect(all.topPosts[0].engagementRate == 0.04)
            #expect(all.topPosts[1].engagementRate == nil)
            #expect(
                all.byDayAndPlatform.map { "\($0.day) \($0.platform) \($0.published)" } == [
                    "2026-11-20 x 1", "2026-11-21 mastodon 2", "2026-11-21 x 1",
                ])
            #expect(all.missing.first { $0.platform == "mastodon" }?.metrics.contains(.impressions) == true)
            #expect(all.fetchedAt == Timestamp("2026-11-21T12:00:00Z"))

            let platform = try await analytics.overview(
                channel: "mastodon", from: from, to: to, comparePrevious: false, topPosts: 5, as: world.person)
            #expect(platform.summary.totals == ["likes": 8])
            #expect(platform.previous == nil)
            #expect(platform.missing.map(\.platform) == ["mastodon"])
            try await refused(.unknownChannel) {
                try await analytics.overview(channel: "nobody", from: from, to: to, comparePrevious: false, topPosts: 5, as: world.person)
            }
            try await refused(.validationFailed) {
                try await analytics.overview(channel: nil, from: to, to: from, comparePrevious: false, topPosts: 5, as: world.person)
            }
        }
    }

    @Test("The last posts of a channel or platform come newest first", arguments: TestDatabase.all)
    func recent(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let analytics = Analytics(
                database: world.world.workspace.database, channels: world.world.channels, platforms: world.world.platforms, time: world.time)
            let (x, ada, bo) = (
                try await world.world.connect("x", as: "ada").id, try await world.mastodon(as: "ada"), try await world.mastodon(as: "bo")
            )
            for (day, channel) in [(10, ada), (11, x), (12, bo), (13, ada)] {
                try await world.addFigures(["likes": day], publishedAt: "2025-11-\(day)T10:00:00Z", on: channel)
            }
            func likes(_ channel: String?, _ limit: Int) async throws -> [Int?] {
                try await analytics.recentPosts(channel: channel, limit: limit, as: world.person).map { $0.figures["likes"] }
            }
            #expect(try await likes("mastodon", 10) == [13, 12, 10])
            #expect(try await likes("mastodon", 2) == [13, 12])
            #expect(try await likes("x", 10) == [11])
            #expect(try await likes(nil, 10) == [13, 12, 11, 10])
            let reader = Caller(
                organizationId: world.person.organizationId, identity: .key(APIKeyID(), user: nil), role: .user, scopes: [.postsRead], origin: .api)
            try await refused(.forbiddenScope) { try await analytics.recentPosts(channel: nil, limit: 5, as: reader) }
            #expect(try await analytics.recentPosts(channel: nil, limit: 5, as: world.world.workspace.stranger).isEmpty)
        }
    }
}

private enum Figures {
    static func total(_ post: TopPost) -> Int { ["likes", "shares", "comments", "clicks"].reduce(0) { $0 + (post.figures[$1] ?? 0) } }
}
