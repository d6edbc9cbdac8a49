import Domain
import TestSupport
import Testing

@testable import Application

@Suite struct AuditTests {
    @Test(arguments: TestDatabase.all) func eventsAreListedNewestFirstInPages(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let caller = try await world.register().caller
            for number in 1...5 {
                world.time.advance(by: .milliseconds(1))
                try await world.audit.record("test.\(number)", target: "thing", detail: ["number": .number(Double(number))], as: caller)
            }
            let first = try await world.audit.list(as: caller, limit: 2)
            #expect(first.map(\.action) == ["test.5", "test.4"])
            #expect(first.first?.detail == ["number": 5])
            #expect(first.first?.subject == caller.subject)
            let second = try await world.audit.list(as: caller, limit: 2, before: first.last?.id)
            #expect(second.map(\.action) == ["test.3", "test.2"])
        }
    }

    @Test(arguments: TestDatabase.all) func eventsAreForAdministratorsOfTheirOwnWorkspace(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let (ada, bob) = (try await world.register("ada"), try await world.register("bob"))
            try await world.audit.record("test.secret", as: ada.caller)
            #expect(try await world.actions(as: bob.caller) == ["user.registered"])
            let member = Caller(
                organizationId: ada.organization.id, identity: .user(UserID(), session: SessionID()), role: .user, origin: .web)
            #expect(try await problem { _ = try await world.audit.list(as: member) } == .forbidden)
        }
    }

    @Test(arguments: TestDatabase.all) func eventsAreFilteredByKindPersonAndTime(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let start = world.time.now
            let key = APIKeyID()
            let (organization, user) = (ada.organization.id, ada.user.id)
            try await world.database.write {
                try $0.execute(
                    """
                    INSERT INTO api_keys (id, organization_id, created_by, name, prefix, hash, scopes, created_at, active)
                    VALUES ($1, $2, $3, 'Key', 'p', 'h', '[]', $4, TRUE)
                    """, key, organization, user, start)
            }
            let byKey = Caller(organizationId: organization, identity: .key(key, user: user), role: .owner, origin: .api)
            let other = Caller(organizationId: organization, identity: .user(UserID(), session: SessionID()), role: .owner, origin: .web)
            for (action, caller) in [("post.trashed", byKey), ("posts.imported", other), ("key.revoked", ada.caller)] {
                world.time.advance(by: .hours(1))
                try await world.audit.record(action, as: caller)
            }
            func found(_ filter: AuditFilter) async throws -> [String] {
                try await world.audit.list(filter, limit: 9, before: nil, as: ada.caller).map(\.action)
            }
            #expect(try await found(AuditFilter(actions: ["post.", "posts."])) == ["posts.imported", "post.trashed"])
            #expect(try await found(AuditFilter(person: user)) == ["key.revoked", "post.trashed", "user.registered"])
            #expect(try await found(AuditFilter(actions: ["post."], person: other.userId)).isEmpty)
            #expect(try await found(AuditFilter(from: start + .hours(2), to: start + .hours(3))) == ["posts.imported"])
        }
    }

    @Test func signingInIsNotedWithItsAddress() async throws {
        try await AccountsFixture.with(.sqlite) { world in
            let ada = try await world.register()
            _ = try await world.login()
            let event = try #require(try await world.audit.list(as: ada.caller).first)
            #expect(event.action == "session.created")
            #expect(event.address == AccountsFixture.client.address)
            #expect(event.target == ada.user.id.text)
        }
    }
}
