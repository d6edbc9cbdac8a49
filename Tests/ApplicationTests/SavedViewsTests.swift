import Domain
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("Saved views", .timeLimit(.minutes(5)))
struct SavedViewsTests {
    private struct World {
        let publishing: PublishingWorld
        let views: SavedViews
        let person: Caller
        let colleague: Caller

        init(_ publishing: PublishingWorld) async throws {
            let (workspace, person) = (publishing.world.workspace, publishing.person)
            let colleague = UserID()
            try await workspace.database.write { transaction in
                try transaction.execute(
                    """
                    INSERT INTO users (id, email, name, password_hash, role, time_zone, locale, created_at)
                    VALUES ($1, 'colleague@example.com', 'Colleague', 'x', 'USER', 'UTC', 'en', 0)
                    """, colleague)
            }
            self.publishing = publishing
            self.person = Self.caller(person.userId ?? UserID(), of: person.organizationId, .owner)
            self.colleague = Self.caller(colleague, of: person.organizationId, .user)
            views = SavedViews(
                database: workspace.database, channels: publishing.world.channels, posts: publishing.posts,
                audit: AuditLog(database: workspace.database, time: publishing.time), time: publishing.time)
        }

        static func caller(_ user: UserID, of organization: OrganizationID, _ role: Role) -> Caller {
            Caller(
                organizationId: organization, identity: .user(user, session: SessionID()), role: role, scopes: Set(Scope.allCases), origin: .web,
                timeZone: "UTC")
        }

        func save(_ name: String, _ filters: ViewFilters, shared: Bool = false, isDefault: Bool = false, as caller: Caller) async throws -> SavedView
        {
            try await views.create(NewSavedView(name: name, place: .posts, filters: filters, shared: shared, isDefault: isDefault), as: caller)
        }
    }

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        try await PublishingWorld.with(kind) { try await body(World($0)) }
    }

    @Test("A view keeps what its page asks for, is renamed and removed, and its name is taken once", arguments: TestDatabase.all)
    func own(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let person = world.person
            let view = try await world.save("Late", ViewFilters(tab: "failed", tag: "", text: "tea", days: "7"), as: person)
            #expect(view.filters == ViewFilters(tab: "failed", text: "tea"))
            try await refused(.conflict) { try await world.save("Late", ViewFilters(), as: person) }
            _ = try await world.views.create(NewSavedView(name: "Late", place: .calendar, filters: ViewFilters(view: "week")), as: person)
            let renamed = try await world.views.update(view.id, SavedViewChange(name: "Too late"), as: person)
            #expect((renamed.name, renamed.filters) == ("Too late", view.filters))
            #expect(try await world.views.list(at: .posts, as: person).map(\.name) == ["Too late"])
            #expect(try await world.views.list(as: person).count == 2)
            #expect(try await world.views.remove(view.id, as: person).name == "Too late")
            try await refused(.notFound) { try await world.views.remove(view.id, as: person) }
            try await refused(.validationFailed) { try await world.save("a", ViewFilters(text: String(repeating: "a", count: 201)), as: person) }
            try await refused(.validationFailed) { try await world.save(" ", ViewFilters(), as: person) }
        }
    }

    @Test("Others see what is shared, begin with it if they like, and change nothing of it", arguments: TestDatabase.all)
    func shared(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (person, colleague) = (world.person, world.colleague)
            let (mine, ours) = (
                try await world.save("Mine", ViewFilters(), as: person), try await world.save("Ours", ViewFilters(), shared: true, as: person)
            )
            #expect(try await world.views.list(as: colleague).map(\.name) == ["Ours"])
            try await refused(.notFound) { try await world.views.update(mine.id, SavedViewChange(isDefault: true), as: colleague) }
            let begun = try await world.views.update(ours.id, SavedViewChange(isDefault: true), as: colleague)
            #expect(begun.isDefault && !begun.own)
            #expect(try await world.views.byDefault(at: .posts, as: colleague)?.id == ours.id)
            #expect(try await world.views.byDefault(at: .posts, as: person) == nil)
            try await refused(.forbidden) { try await world.views.update(ours.id, SavedViewChange(name: "X"), as: colleague) }
            try await refused(.forbidden) { try await world.views.remove(ours.id, as: colleague) }
            _ = try await world.views.update(ours.id, SavedViewChange(shared: false), as: person)
            #expect(try await world.views.byDefault(at: .posts, as: colleague) == nil)
            let theirs = try await world.save("Theirs", ViewFilters(), shared: true, as: colleague)
            #expect(try await world.views.update(theirs.id, SavedViewChange(name: "Tidied"), as: person).name == "Tidied")
        }
    }

    @Test("A page begins with one view at most", arguments: TestDatabase.all)
    func defaults(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let person = world.person
            let first = try await world.save("A", ViewFilters(), isDefault: true, as: person)
            let second = try await world.save("B", ViewFilters(), isDefault: true, as: person)
            #expect(try await world.views.list(as: person).filter(\.isDefault).map(\.id) == [second.id])
            _ = try await world.views.update(first.id, SavedViewChange(isDefault: false), as: person)
            #expect(try await world.views.byDefault(at: .posts, as: person)?.id == second.id)
            try await world.views.remove(second.id, as: person)
            #expect(try await world.views.byDefault(at: .posts, as: person) == nil)
        }
    }

    @Test("A view says when its channel or tag is gone", arguments: TestDatabase.all)
    func gone(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (person, publishing) = (world.person, world.publishing)
            let channel = try await publishing.mastodon()
            _ = try await publishing.posts.create(PostDraft(content: "a", tags: ["Tea"], status: .draft), as: publishing.person)
            _ = try await world.save("V", ViewFilters(channel: channel.text, tag: "tea"), as: person)
            #expect(try await world.views.list(as: person)[0].gone == [])
            try await publishing.world.channels.remove(channel, as: publishing.person)
            #expect(try await world.views.list(as: person)[0].gone == [.channel])
            #expect(try await world.views.gone(from: ViewFilters(channel: "mastodon", tag: "coffee"), as: person) == [.channel, .tag])
        }
    }

    @Test("No other workspace sees a shared view, viewers share none, and keys have none")
    func rights() async throws {
        try await with(.sqlite) { world in
            let view = try await world.save("Ours", ViewFilters(), shared: true, as: world.person)
            let stranger = World.caller(world.colleague.userId ?? UserID(), of: OrganizationID(), .owner)
            #expect(try await world.views.list(as: stranger).isEmpty)
            try await refused(.notFound) { try await world.views.remove(view.id, as: stranger) }
            let viewer = World.caller(world.colleague.userId ?? UserID(), of: world.person.organizationId, .viewer)
            _ = try await world.save("Own", ViewFilters(), as: viewer)
            try await refused(.forbidden) { try await world.save("Shared", ViewFilters(), shared: true, as: viewer) }
            try await refused(.forbidden) { try await world.views.list(as: world.publishing.draftOnly) }
        }
    }
}
