import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("Activating accounts by mail")
struct AccountActivationTests {
    private static func with(_ kind: TestDatabase, mail: Bool = true, _ body: (AccountsFixture) async throws -> Void) async throws {
        try await AccountsFixture.with(kind, mailConfigured: mail, requiresActivation: true, body)
    }

    /// The token of the link that was mailed last to `name`.
    private func token(_ name: String, _ world: AccountsFixture) async throws -> String {
        let rows = try await world.database.read {
            try $0.query("SELECT id, body FROM mail_outbox WHERE recipient = $1 ORDER BY id DESC", "\(name)@example.com")
        }
        let row = try #require(rows.first)
        let body = try world.secrets.box.open(try row.bytes("body"), context: SealedPlace.mail(try row.text("id")))
        let text = String(decoding: body, as: UTF8.self).replacing("=\r\n", with: "").replacing("=3D", with: "=")
        let found = try #require(text.firstMatch(of: /token=([A-Za-z0-9_-]{43})/))
        return String(found.output.1)
    }

    private func refusal(_ token: String, _ world: AccountsFixture) async throws -> ProblemReport.Code? {
        try await problem { try await world.accounts.activate(ActivationToken(token: token), from: AccountsFixture.client) }
    }

    private func awaits(_ signedIn: SignedIn, _ world: AccountsFixture) async throws -> Bool? {
        try await world.accounts.authenticate(sessionToken: signedIn.token)?.awaitsActivation
    }

    @Test("whoever registers is active once the mailed link was opened, once and within two days", arguments: TestDatabase.all)
    func activating(on kind: TestDatabase) async throws {
        try await Self.with(kind) { world in
            let ada = try await world.register()
            #expect(!ada.awaitsActivation, "the first one makes the server work")
            let bob = try await world.register("bob")
            #expect(bob.awaitsActivation)
            #expect(try await world.login("bob").awaitsActivation)
            let first = try await token("bob", world)
            #expect(try await refusal("x", world) == .validationFailed)
            world.time.advance(by: .seconds(1))
            try await world.accounts.resendActivation(as: bob.caller, from: AccountsFixture.client)
            let second = try await token("bob", world)
            #expect(first != second)
            #expect(try await refusal(first, world) == .validationFailed)
            try await world.accounts.activate(ActivationToken(token: second), from: AccountsFixture.client)
            #expect(try await awaits(bob, world) == false)
            #expect(try await refusal(second, world) == .validationFailed)
            #expect(try await problem { try await world.accounts.resendActivation(as: bob.caller, from: AccountsFixture.client) } == .conflict)
            #expect(try await world.actions(as: bob.caller).contains("account.activated"))

            _ = try await world.register("cyd")
            let late = try await token("cyd", world)
            world.time.advance(by: .days(2))
            #expect(try await refusal(late, world) == .validationFailed)
            let cyd = try await world.login("cyd")
            for _ in 0..<5 { try await world.accounts.resendActivation(as: cyd.caller, from: AccountsFixture.client) }
            #expect(try await problem { try await world.accounts.resendActivation(as: cyd.caller, from: AccountsFixture.client) } == .rateLimited)
        }
    }

    @Test("a mailed invitation and a mailed password show the address as well; a link for anybody does not", arguments: TestDatabase.all)
    func otherMails(on kind: TestDatabase) async throws {
        try await Self.with(kind) { world in
            let ada = try await world.register()
            func invited(_ name: String, to email: String?) async throws -> SignedIn {
                let made = try await world.team.invite(NewInvitation(role: .user, email: email), as: ada.caller)
                let token = URLComponents(string: made.url)?.queryItems?.first { $0.name == "token" }?.value
                world.time.advance(by: .milliseconds(1))
                return try await world.accounts.register(
                    Registration(email: "\(name)@example.com", password: AccountsFixture.password, invitation: token), from: AccountsFixture.client)
            }
            #expect(try await !invited("bob", to: "Bob@example.com").awaitsActivation)
            #expect(try await invited("cyd", to: "bob@example.com").awaitsActivation, "of another address")
            let dan = try await invited("dan", to: nil)
            #expect(dan.awaitsActivation)
            world.time.advance(by: .seconds(1))
            try await world.accounts.forgot("dan@example.com", from: AccountsFixture.client)
            let reset = PasswordReset(token: try await token("dan", world), newPassword: "another good password")
            try await world.accounts.reset(reset, from: AccountsFixture.client)
            #expect(try await !world.login("dan", password: "another good password").awaitsActivation)
        }
    }

    @Test("without mail nobody is asked", arguments: [TestDatabase.sqlite])
    func withoutMail(on kind: TestDatabase) async throws {
        try await Self.with(kind, mail: false) { world in
            _ = try await world.register()
            #expect(try await !world.register("bob").awaitsActivation)
        }
        #expect(throws: (any Error).self) { try Configuration.load(environment: ["REQUIRE_ACTIVATION": "true"]) }
    }
}
