import Domain
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite struct KeysTests {
    @Test(arguments: TestDatabase.all) func aKeyStandsForItsMakerWithinItsScopes(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            _ = try await world.accounts.updateProfile(ProfileChange(organizationTimeZone: "Asia/Tokyo"), as: ada.caller)
            let created = try await world.keys.create(NewAPIKey(name: "Reports", scopes: [.postsRead, .analyticsRead]), as: ada.caller)
            #expect(created.secret.wholeMatch(of: /ptz_[A-Za-z0-9_-]{43}/) != nil)
            #expect(created.key.prefix == created.secret.prefix(12))

            let caller = try #require(try await world.keys.authenticate(created.secret))
            #expect(caller.identity == .key(created.key.id, user: ada.user.id))
            #expect(caller.organizationId == ada.organization.id)
            #expect(caller.role == .owner)
            #expect(caller.instanceRole == .user)
            #expect(caller.scopes == [.postsRead, .analyticsRead])
            #expect(caller.origin == .api)
            #expect(caller.timeZone == "Asia/Tokyo")
            #expect(try await world.keys.list(as: ada.caller) == [created.key.used(at: world.time.now)])
        }
    }

    @Test(arguments: TestDatabase.all) func theSecretIsNotStored(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let secret = try await world.keys.create(NewAPIKey(name: "One", scopes: [.admin]), as: ada.caller).secret
            let rows = try await world.database.read { try $0.query("SELECT * FROM api_keys") }
            let tail = String(secret.dropFirst(12))
            #expect(rows.count == 1)
            #expect(!rows.contains { row in row.values.contains { "\($0)".contains(tail) } })
        }
    }

    @Test(arguments: TestDatabase.all) func revokedExpiredAndForeignSecretsAreNobody(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let revoked = try await world.makeKey(NewAPIKey(name: "Old", scopes: [.admin]), as: ada.caller)
            let brief = try await world.makeKey(
                NewAPIKey(name: "Brief", scopes: [.admin], expiresAt: world.time.now + .hours(1)), as: ada.caller)
            world.time.advance(by: .milliseconds(1))
            try await world.keys.revoke(revoked.key.id, as: ada.caller)
            #expect(try await world.keys.authenticate(revoked.secret) == nil)
            #expect(try await world.keys.authenticate(brief.secret) != nil)
            world.time.advance(by: .hours(1))
            #expect(try await world.keys.authenticate(brief.secret) == nil)
            for secret in ["", "ptz_", revoked.key.prefix, String(brief.secret.dropLast()) + "!", brief.secret + "x"] {
                #expect(try await world.keys.authenticate(secret) == nil)
            }
            #expect(try await world.keys.list(as: ada.caller).map(\.active) == [true, false])
            #expect(try await world.actions(as: ada.caller) == ["user.registered", "key.created", "key.created", "key.revoked"])
        }
    }

    @Test(arguments: TestDatabase.all) func aKeyDiesWhenItsMakerLeavesTheWorkspace(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let secret = try await world.keys.create(NewAPIKey(name: "One", scopes: [.admin]), as: ada.caller).secret
            try await world.database.write { _ = try $0.execute("DELETE FROM memberships WHERE user_id = $1", ada.user.id) }
            #expect(try await world.keys.authenticate(secret) == nil)
        }
    }

    @Test(arguments: TestDatabase.all) func oneWorkspaceNeitherSeesNorRevokesTheKeysOfAnother(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let (ada, bob) = (try await world.register("ada"), try await world.register("bob"))
            let created = try await world.keys.create(NewAPIKey(name: "One", scopes: [.admin]), as: ada.caller)
            #expect(try await world.keys.list(as: bob.caller).isEmpty)
            #expect(try await problem { try await world.keys.revoke(created.key.id, as: bob.caller) } == .notFound)
            #expect(try await world.keys.authenticate(created.secret) != nil)
        }
    }

    @Test func keysAreManagedWithTheAdminScopeAndByAdministratorsForOthers() async throws {
        try await AccountsFixture.with(.sqlite) { world in
            let ada = try await world.register()
            let created = try await world.keys.create(NewAPIKey(name: "Write", scopes: [.postsWrite]), as: ada.caller)
            let key = try #require(try await world.keys.authenticate(created.secret))
            let more = NewAPIKey(name: "More", scopes: [.admin])
            #expect(try await problem { _ = try await world.keys.create(more, as: key) } == .forbiddenScope)
            let member = Caller(
                organizationId: ada.organization.id, identity: .user(UserID(), session: SessionID()), role: .user, origin: .web)
            #expect(try await world.keys.list(as: member).isEmpty)
            #expect(try await problem { try await world.keys.revoke(created.key.id, as: member) } == .notFound)
        }
    }

    @Test func wrongRequestsAreNamed() async throws {
        try await AccountsFixture.with(.sqlite) { world in
            let ada = try await world.register()
            let requests = [
                NewAPIKey(name: " ", scopes: [.admin]), NewAPIKey(name: "One", scopes: []),
                NewAPIKey(name: "One", scopes: [.admin], expiresAt: world.time.now),
            ]
            for request in requests {
                #expect(try await problem { _ = try await world.keys.create(request, as: ada.caller) } == .validationFailed)
            }
        }
    }
}

extension APIKey {
    fileprivate func used(at time: Timestamp) -> APIKey {
        var key = self
        key.lastUsedAt = time
        return key
    }
}
