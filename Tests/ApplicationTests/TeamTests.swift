import Domain
import Foundation
import Messaging
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("The team of a workspace")
struct TeamTests {
    /// Ada owns a workspace; `name` was invited into it with `role` and registered by the link.
    private func join(_ name: String, _ role: Role, _ world: AccountsFixture, as caller: Caller) async throws -> SignedIn {
        let token = try await invite(role, world, as: caller)
        world.time.advance(by: .milliseconds(1))
        return try await world.accounts.register(
            Registration(email: "\(name)@example.com", password: AccountsFixture.password, invitation: token), from: AccountsFixture.client)
    }

    private func invite(_ role: Role, email: String? = nil, _ world: AccountsFixture, as caller: Caller) async throws -> String {
        world.time.advance(by: .milliseconds(1))
        let made = try await world.team.invite(NewInvitation(role: role, email: email), as: caller)
        return try #require(URLComponents(string: made.url)?.queryItems?.first { $0.name == "token" }?.value)
    }

    @Test("an invitation makes a member once, also where registration is closed", arguments: TestDatabase.all)
    func invitation(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind, registrationDisabled: true) { world in
            let ada = try await world.register()
            #expect(try await problem { _ = try await world.register("bob") } == .registrationClosed)
            let token = try await invite(.drafter, world, as: ada.caller)
            let open = try #require(try await world.team.invitations(as: ada.caller).first)
            #expect(open.role == .drafter && open.expiresAt == open.createdAt + .days(7))
            let seen = try await world.accounts.look(at: InvitationToken(token: token), from: AccountsFixture.client)
            #expect(seen.workspace == ada.organization.name && seen.inviter == ada.user.name && seen.role == .drafter)

            let bob = try await world.accounts.register(
                Registration(email: "bob@example.com", password: AccountsFixture.password, invitation: token), from: AccountsFixture.client)
            #expect(bob.organization.id == ada.organization.id && bob.role == .drafter && bob.user.role == .user)
            #expect(try await world.team.members(as: ada.caller).map(\.role) == [.owner, .drafter])
            #expect(try await world.team.invitations(as: ada.caller).isEmpty)
            let again = Registration(email: "cyd@example.com", password: AccountsFixture.password, invitation: token)
            #expect(try await problem { _ = try await world.accounts.register(again, from: AccountsFixture.client) } == .notFound)
            #expect(try await world.actions(as: ada.caller).contains("member.joined"))
        }
    }

    @Test("an invitation ends after seven days, or when it is revoked", arguments: TestDatabase.all)
    func ends(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let bob = try await world.register("bob")
            let late = try await invite(.user, world, as: ada.caller)
            world.time.advance(by: .days(7))
            let revoked = try await invite(.user, world, as: ada.caller)
            let id = try #require(try await world.team.invitations(as: ada.caller).first?.id)
            try await world.team.revoke(id, as: ada.caller)
            let login = Login(email: "bob@example.com", password: AccountsFixture.password)
            _ = bob
            let session = try await world.accounts.login(login, from: AccountsFixture.client)
            for token in [late, revoked, "nonsense"] {
                let code = try await problem {
                    _ = try await world.accounts.accept(InvitationToken(token: token), from: AccountsFixture.client, as: session.caller)
                }
                #expect(code == .notFound)
            }
        }
    }

    @Test("guessing at invitations is slowed down", arguments: [TestDatabase.sqlite])
    func guessing(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            var last: ProblemReport.Code?
            for number in 0...50 {
                last = try await problem {
                    _ = try await world.accounts.look(at: InvitationToken(token: "wrong\(number)"), from: AccountsFixture.client)
                }
            }
            #expect(last == .rateLimited)
        }
    }

    @Test("somebody with an account joins by signing in, and the session goes on there", arguments: TestDatabase.all)
    func signedIn(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let bob = try await world.register("bob")
            let token = try await invite(.user, world, as: ada.caller)
            #expect(
                try await problem {
                    _ = try await world.accounts.accept(InvitationToken(token: token), from: AccountsFixture.client, as: ada.caller)
                } == .conflict, "a member keeps the link for others")
            let joined = try await world.accounts.accept(InvitationToken(token: token), from: AccountsFixture.client, as: bob.caller)
            #expect(joined.id == ada.organization.id)
            let now = try #require(try await world.accounts.authenticate(sessionToken: bob.token))
            #expect(now.organization.id == ada.organization.id && now.role == .user)
            #expect(try await world.team.workspaces(as: now.caller).map(\.id) == [bob.organization.id, ada.organization.id])
            _ = try await world.team.enter(bob.organization.id, as: now.caller)
            #expect(try await world.accounts.authenticate(sessionToken: bob.token)?.role == .owner)
            #expect(try await problem { _ = try await world.team.enter(bob.organization.id, as: ada.caller) } == .notFound)
        }
    }

    @Test("signing in opens the workspace in which the person was last", arguments: TestDatabase.all)
    func lastUsed(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let bob = try await world.register("bob")
            let token = try await invite(.user, world, as: ada.caller)
            world.time.advance(by: .minutes(1))
            _ = try await world.accounts.accept(InvitationToken(token: token), from: AccountsFixture.client, as: bob.caller)
            world.time.advance(by: .minutes(1))
            let there = try await world.login("bob")
            #expect(there.organization.id == ada.organization.id, "the one that was joined last")
            world.time.advance(by: .minutes(1))
            _ = try await world.team.enter(bob.organization.id, as: there.caller)
            try await world.accounts.logout(as: there.caller)
            world.time.advance(by: .minutes(1))
            #expect(try await world.login("bob").organization.id == bob.organization.id, "also when the session in which that was is over")
        }
    }

    @Test("who is removed is out at once, with keys and invitations; what else they own stays open", arguments: TestDatabase.all)
    func removal(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let bob = try await join("bob", .admin, world, as: ada.caller)
            let key = try await world.makeKey(NewAPIKey(name: "Mine", scopes: [.admin]), as: bob.caller)
            let token = try await invite(.user, world, as: bob.caller)
            #expect(try await world.accounts.stillStands(bob.caller))
            try await world.team.remove(bob.user.id, as: ada.caller)

            #expect(try await world.accounts.authenticate(sessionToken: bob.token) == nil)
            #expect(try await world.keys.authenticate(key.secret) == nil)
            #expect(try await world.keys.list(as: ada.caller).map(\.active) == [false])
            #expect(try await !world.accounts.stillStands(bob.caller))
            #expect(
                try await problem { _ = try await world.accounts.look(at: InvitationToken(token: token), from: AccountsFixture.client) } == .notFound)
            #expect(try await problem { _ = try await world.login("bob") } == .forbidden, "no workspace is left")
            // By a new invitation they come back; their old key does not.
            let back = try await invite(.viewer, world, as: ada.caller)
            let again = try await world.accounts.login(
                Login(email: "bob@example.com", password: AccountsFixture.password, invitation: back), from: AccountsFixture.client)
            #expect(again.role == .viewer && again.organization.id == ada.organization.id)
            #expect(try await world.keys.authenticate(key.secret) == nil)
        }
    }

    @Test("a removed member's session goes on in another workspace of theirs", arguments: TestDatabase.all)
    func elsewhere(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let bob = try await world.register("bob")
            let token = try await invite(.user, world, as: ada.caller)
            _ = try await world.accounts.accept(InvitationToken(token: token), from: AccountsFixture.client, as: bob.caller)
            try await world.team.remove(bob.user.id, as: ada.caller)
            #expect(try await world.accounts.authenticate(sessionToken: bob.token)?.organization.id == bob.organization.id)
        }
    }

    @Test("one decides about lesser roles only, and gives none above one's own", arguments: TestDatabase.all)
    func ranks(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let bob = try await join("bob", .admin, world, as: ada.caller)
            let cyd = try await join("cyd", .admin, world, as: ada.caller)
            let dee = try await join("dee", .user, world, as: bob.caller)
            #expect(try await world.team.setRole(.admin, of: dee.user.id, as: bob.caller).role == .admin)
            #expect(try await problem { _ = try await world.team.setRole(.user, of: dee.user.id, as: bob.caller) } == .forbidden)
            #expect(try await problem { try await world.team.remove(cyd.user.id, as: bob.caller) } == .forbidden)
            #expect(try await problem { try await world.team.remove(ada.user.id, as: bob.caller) } == .forbidden)
            #expect(try await problem { _ = try await world.team.setRole(.owner, of: dee.user.id, as: ada.caller) } == .forbidden)
            #expect(try await problem { _ = try await world.team.invite(NewInvitation(role: .owner), as: ada.caller) } == .forbidden)
            #expect(try await world.team.setRole(.drafter, of: dee.user.id, as: ada.caller).role == .drafter)
            let demoted = try #require(try await world.accounts.authenticate(sessionToken: dee.token))
            #expect(demoted.caller.draftOnly && !demoted.caller.may(.admin))
            #expect(try await problem { _ = try await world.team.invitations(as: demoted.caller) } == .forbidden)
        }
    }

    @Test("a workspace keeps its owner: they leave after handing it over, confirmed by the password", arguments: TestDatabase.all)
    func owner(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let bob = try await join("bob", .user, world, as: ada.caller)
            #expect(try await problem { try await world.team.leave(as: ada.caller) } == .conflict)
            let wrong = HandingOver(userId: bob.user.id, password: "not the password")
            #expect(try await problem { try await world.team.handOver(wrong, as: ada.caller) } == .wrongCredentials)
            let right = HandingOver(userId: bob.user.id, password: AccountsFixture.password)
            #expect(try await problem { try await world.team.handOver(right, as: bob.caller) } == .forbidden)
            try await world.team.handOver(right, as: ada.caller)
            #expect(try await problem { try await world.team.handOver(right, as: ada.caller) } == .conflict, "it is not theirs any more")
            let former = try #require(try await world.accounts.authenticate(sessionToken: ada.token))
            #expect(former.role == .admin)
            try await world.team.leave(as: former.caller)
            #expect(try await world.team.members(as: bob.caller).map(\.role) == [.owner])
            #expect(try await world.accounts.authenticate(sessionToken: ada.token) == nil)

            // The administrator of the instance gets in all the same.
            let back = try await world.login()
            #expect(back.user.role == .admin && back.role == .owner && back.organization.id != ada.organization.id)
        }
    }

    @Test("a person makes further workspaces; where registration is closed, administrators of the instance do", arguments: TestDatabase.all)
    func further(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind, registrationDisabled: true) { world in
            let ada = try await world.register()
            let bob = try await join("bob", .admin, world, as: ada.caller)
            let made = try await world.team.createWorkspace(NewWorkspace(name: "Second"), as: ada.caller)
            let now = try #require(try await world.accounts.authenticate(sessionToken: ada.token))
            #expect(now.organization.id == made.id && now.organization.name == "Second" && now.role == .owner)
            #expect(try await world.team.members(as: now.caller).map(\.userId) == [ada.user.id], "members of one are not those of another")
            #expect(
                try await problem { _ = try await world.team.createWorkspace(NewWorkspace(name: "Mine"), as: bob.caller) } == .registrationClosed)
            #expect(try await problem { _ = try await world.team.setRole(.user, of: bob.user.id, as: now.caller) } == .notFound)
        }
    }

    @Test("an invitation is mailed where mail is configured, and its link is shown in any case", arguments: TestDatabase.all)
    func mailed(on kind: TestDatabase) async throws {
        for configured in [false, true] {
            try await AccountsFixture.with(kind, mailConfigured: configured) { world in
                let ada = try await world.register()
                let made = try await world.team.invite(NewInvitation(role: .user, email: "Bob@Example.com"), as: ada.caller)
                #expect(made.mailed == configured && made.url.contains("token="))
                let box = try await world.mail.outbox(as: ada.caller)
                #expect(box.map(\.recipient) == (configured ? ["bob@example.com"] : []))
                let stored = try await world.database.read { try $0.query("SELECT hash FROM invitations").map { try $0.text("hash") } }
                #expect(stored.count == 1 && stored.allSatisfy { !made.url.contains($0) }, "the token is stored as a hash")
            }
        }
    }

    @Test("addresses are told to those who manage the workspace, and each their own", arguments: [TestDatabase.sqlite])
    func addresses(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let bob = try await join("bob", .viewer, world, as: ada.caller)
            #expect(try await world.team.members(as: ada.caller).map(\.email) == ["ada@example.com", "bob@example.com"])
            #expect(try await world.team.members(as: bob.caller).map(\.email) == [nil, "bob@example.com"])
        }
    }

    @Test("where members need an approval, what they and their keys plan waits; those who approve need none", arguments: TestDatabase.all)
    func approval(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let bob = try await join("bob", .user, world, as: ada.caller)
            let cyd = try await join("cyd", .admin, world, as: ada.caller)
            let key = try await world.makeKey(NewAPIKey(name: "Bot", scopes: [.postsWrite]), as: bob.caller)
            let change = ProfileChange(organizationNeedsApproval: true)
            #expect(try await problem { _ = try await world.accounts.updateProfile(change, as: bob.caller) } == .forbidden)
            for needed in [true, false] {
                _ = try await world.accounts.updateProfile(ProfileChange(organizationNeedsApproval: needed), as: ada.caller)
                #expect(try await world.accounts.authenticate(sessionToken: bob.token)?.caller.draftOnly == needed)
                #expect(try await world.keys.authenticate(key.secret)?.draftOnly == needed)
                #expect(try await world.accounts.authenticate(sessionToken: cyd.token)?.caller.draftOnly == false)
            }
        }
    }
}
