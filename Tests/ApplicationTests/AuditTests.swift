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
