import Domain
import Foundation
import TestSupport
import Testing

@testable import Application

@Suite("A person's own data")
struct PersonalDataTests {
    @Test("everything of the person, and nothing of others", arguments: TestDatabase.all)
    func export(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let bob = try await world.register("bob")
            let key = try await world.makeKey(NewAPIKey(name: "Mine", scopes: [.postsRead]), as: ada.caller)
            _ = try await world.makeKey(NewAPIKey(name: "His", scopes: [.postsRead]), as: bob.caller)
            let data = try await world.accounts.personalData(as: ada.caller)
            #expect(data.user == ada.user && data.workspaces.map(\.id) == [ada.organization.id])
            #expect(data.keys == [key.key] && data.sessions.map(\.id) == [ada.session.id])
            #expect(!data.log.isEmpty && data.log.allSatisfy { $0.subject == ada.caller.subject })
            let encoded = try JSONEncoder().encode(data)
            let text = try #require(String(data: encoded, encoding: .utf8))
            #expect(!text.contains("bob") && !text.contains(key.secret) && !text.contains(ada.token))
            let program = try #require(try await world.keys.authenticate(key.secret))
            #expect(try await problem { _ = try await world.accounts.personalData(as: program) } == .forbidden)
        }
    }
}
