import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite struct AccountsPasswordTests {
    static let newPassword = "a second good password"

    @Test(arguments: TestDatabase.all) func aNewPasswordEndsAllOtherSessions(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let (old, current) = (try await world.register(), try await world.login())
            let wrong = PasswordChange(currentPassword: "not this one at all", newPassword: Self.newPassword)
            #expect(try await problem { try await world.accounts.changePassword(wrong, as: current.caller) } == .wrongCredentials)
            let change = PasswordChange(currentPassword: AccountsFixture.password, newPassword: Self.newPassword)
            try await world.accounts.changePassword(change, as: current.caller)
            #expect(try await world.accounts.authenticate(sessionToken: old.token) == nil)
            #expect(try await world.accounts.authenticate(sessionToken: current.token) != nil)
            #expect(try await problem { _ = try await world.login() } == .wrongCredentials)
            _ = try await world.login(password: Self.newPassword)
        }
    }

    @Test(arguments: TestDatabase.all) func aLinkSetsAPasswordOnceWithinTheHour(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            func token() async throws -> String {
                let link = try await world.accounts.resetLink(forEmail: "ada@example.com", as: ada.caller)
                let items = URLComponents(url: link, resolvingAgainstBaseURL: false)?.queryItems
                return try #require(items?.first { $0.name == "token" }?.value)
            }
            let late = try await token()
            world.time.advance(by: .hours(1))
            #expect(try await problem { try await world.reset(late) } == .validationFailed)

            let (spare, used) = (try await token(), try await token())
            try await world.reset(used)
            #expect(try await problem { try await world.reset(used) } == .validationFailed)
            #expect(try await problem { try await world.reset(spare) } == .validationFailed)
            #expect(try await world.accounts.authenticate(sessionToken: ada.token) == nil)
            _ = try await world.login(password: Self.newPassword)
        }
    }

    @Test func aTooShortPasswordDoesNotUseTheLinkUp() async throws {
        try await AccountsFixture.with(.sqlite) { world in
            let ada = try await world.register()
            let link = try await world.accounts.resetLink(forEmail: "ada@example.com", as: ada.caller)
            let token = try #require(URLComponents(url: link, resolvingAgainstBaseURL: false)?.queryItems?.first?.value)
            let short = PasswordReset(token: token, newPassword: "short")
            #expect(try await problem { try await world.accounts.reset(short, from: AccountsFixture.client) } == .validationFailed)
            try await world.reset(token)
        }
    }

    @Test(arguments: TestDatabase.all) func onlyInstanceAdministratorsMakeLinks(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let (ada, bob) = (try await world.register("ada"), try await world.register("bob"))
            let code = try await problem { _ = try await world.accounts.resetLink(forEmail: "ada@example.com", as: bob.caller) }
            #expect(code == .forbidden)
            // A key never does, even an administrator's.
            let secret = try await world.keys.create(NewAPIKey(name: "All", scopes: [.admin]), as: ada.caller).secret
            let key = try #require(try await world.keys.authenticate(secret))
            #expect(try await problem { _ = try await world.accounts.resetLink(forEmail: "bob@example.com", as: key) } == .forbidden)
        }
    }

    @Test(arguments: TestDatabase.all) func aForgottenPasswordIsMailedToItsOwnerOnly(_ kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind, mailConfigured: true) { world in
            let ada = try await world.register()
            try await world.accounts.forgot("nobody@example.com", from: AccountsFixture.client)
            try await world.accounts.forgot("Ada@example.com", from: AccountsFixture.client)
            #expect(try await world.mail.outbox(as: ada.caller).map(\.recipient) == ["ada@example.com"])

            let now = world.time.now
            let stored = try await world.database.write { try MailRepository.claimDue(at: now, until: now + .minutes(5), in: $0) }
            let mail = try #require(stored)
            #expect(!String(decoding: mail.body, as: UTF8.self).contains("token="))
            let text = String(decoding: try world.secrets.box.open(mail.body, context: "mail_outbox:\(mail.id):body"), as: UTF8.self)
            let token = try #require(text.firstMatch(of: /token=([A-Za-z0-9_-]{43})/)?.1)
            try await world.reset(String(token))
            _ = try await world.login(password: Self.newPassword)
        }
    }

    @Test func withoutMailForgettingAnswersTheSameAndSendsNothing() async throws {
        try await AccountsFixture.with(.sqlite) { world in
            let ada = try await world.register()
            try await world.accounts.forgot("ada@example.com", from: AccountsFixture.client)
            #expect(try await world.mail.outbox(as: ada.caller).isEmpty)
        }
    }
}

extension AccountsFixture {
    fileprivate func reset(_ token: String) async throws {
        try await accounts.reset(PasswordReset(token: token, newPassword: AccountsPasswordTests.newPassword), from: Self.client)
    }
}

@Suite struct PasswordHasherTests {
    private let hasher = PasswordHasher(cost: 4, threads: .postizPasswords)

    @Test func aPasswordVerifiesAgainstItsOwnHashOnly() async throws {
        let (first, second) = (try await hasher.hash("correct horse"), try await hasher.hash("correct horse"))
        #expect(first.hasPrefix("$2b$04$") && first.count == 60)
        #expect(first != second)
        #expect(try await hasher.verify("correct horse", against: first))
        #expect(try await !hasher.verify("correct horsf", against: first))
        #expect(try await !hasher.verify("correct horse", against: nil))
    }

    /// Vectors of the crypt_blowfish distribution, and their `$2y$` and `$2b$` spellings.
    @Test(arguments: [
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    ])
    func hashesFromElsewhereVerify(_ hash: String) async throws {
        #expect(try await hasher.verify("U*U", against: hash))
        #expect(try await !hasher.verify("U*V", against: hash))
    }

    @Test(arguments: [("x", 200), ("ä", 60), ("p\u{0}", 8)])
    func everyCharacterOfALongPasswordCounts(_ unit: String, _ count: Int) async throws {
        let password = String(repeating: unit, count: count)
        let hash = try await hasher.hash(password + "a")
        #expect(try await hasher.verify(password + "a", against: hash))
        #expect(try await !hasher.verify(password + "b", against: hash))
    }

    @Test(arguments: ["", "*0", "plain text", "$2b$99$CCCCCCCCCCCCCCCCCCCCC."])
    func whatIsNoHashMatchesNothing(_ hash: String) async throws {
        #expect(try await !hasher.verify(hash, against: hash))
    }
}
