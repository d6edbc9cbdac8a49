import Domain
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("Lists of channels")
struct ChannelListTests {
    /// Adds channels that look like `model`, by their rows.
    private func add(_ count: Int, like model: IntegrationID, in world: ConnectedWorld) async throws {
        let ids = (0..<count).map { _ in IntegrationID() }
        try await world.workspace.database.write { transaction in
            for (index, id) in ids.enumerated() {
                try transaction.execute(
                    """
                    INSERT INTO integrations (id, organization_id, platform, platform_account_id, username, display_name, limits, settings,
                                              slots, scopes, credentials, refreshable, active, created_at, updated_at)
                    SELECT $1, organization_id, platform, $2, $2, $3, limits, settings, slots, scopes, credentials, refreshable, TRUE,
                           created_at + 1, updated_at FROM integrations WHERE id = $4
                    """, id, "account-\(index)", "Example \(index)", model)
            }
        }
    }

    @Test("go on page by page, with what waits on each", arguments: TestDatabase.all)
    func pages(on kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let first = try await world.connect("mastodon", as: "ada").id
            try await add(6, like: first, in: world)
            try await world.workspace.addPost(on: [first], status: .scheduled, publications: .scheduled)
            try await world.workspace.addPost(on: [first], status: .published, publications: .published)
            var (seen, query) = ([ChannelView](), ChannelQuery())
            query.limit = 3
            repeat {
                let page = try await world.channels.page(query, as: world.person)
                #expect(page.items.count <= 3)
                seen += page.items
                query.cursor = page.nextCursor
            } while query.cursor != nil
            #expect(seen.map(\.id) == (try await world.channels.list(as: world.person)).map(\.id))
            #expect(seen.count == 7)
            #expect(seen.map(\.scheduledCount) == [1, 0, 0, 0, 0, 0, 0])
            query = ChannelQuery()
            query.search = "EXAMPLE 4"
            #expect(try await world.channels.page(query, as: world.person).items.map(\.displayName) == ["Example 4"])
            query.search = "exa\u{301}mple"
            #expect(try await world.channels.page(query, as: world.person).items.isEmpty)
            query.cursor = "x"
            let wrong = query
            try await refused(.validationFailed) { try await world.channels.page(wrong, as: world.person) }
            var endless = ChannelQuery()
            endless.limit = 201
            let tooMany = endless
            try await refused(.validationFailed) { try await world.channels.page(tooMany, as: world.person) }
        }
    }

    @Test("are bounded, because a workspace's channels are", arguments: TestDatabase.all)
    func most(on kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let first = try await world.connect("mastodon", as: "ada")
            try await add(Channels.most - 1, like: first.id, in: world)
            try await refused(.conflict) { try await world.connect("mastodon", as: "bo") }
            // One that is there may be connected again.
            #expect(try await world.connect("mastodon", as: "ada", reconnecting: first.id).id == first.id)
        }
    }
}
