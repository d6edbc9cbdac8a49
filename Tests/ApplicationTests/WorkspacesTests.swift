import Application
import Domain
import Persistence
import TestSupport
import Testing

@Suite("The workspace")
struct WorkspacesTests {
    @Test("tells its time, its channels, its posts and what the caller may do", arguments: TestDatabase.all)
    func overview(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let workspaces = Workspaces(
                database: world.world.workspace.database, channels: world.world.channels, posts: world.posts, time: world.time)
            let channel = try await world.mastodon()
            _ = try await world.schedule(["Planned"], on: [channel])
            // A summer evening in UTC, an hour past midnight in Paris.
            world.time.advance(by: try #require(Timestamp("2031-07-01T23:04:05Z")) - world.time.now)
            let overview = try await workspaces.overview(as: world.draftOnly)
            #expect(overview.id == world.person.organizationId)
            #expect(overview.name == "Example")
            #expect(overview.timeZone == "Europe/Paris")
            #expect(overview.local == "2031-07-02T01:04")
            #expect(overview.weekday == "Wednesday")
            #expect(overview.channels.map(\.id) == [channel])
            #expect(overview.countsByStatus == [.scheduled: 1])
            #expect(overview.scopes == [.mediaWrite, .postsRead, .postsWrite])
            #expect(overview.draftOnly)
            try await refused(.notFound) { try await workspaces.overview(as: world.world.workspace.stranger) }
        }
    }
}
