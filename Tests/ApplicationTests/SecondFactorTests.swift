import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("The second factor")
struct SecondFactorTests {
    @Test(
        "codes are those of RFC 6238, appendix B",
        arguments: [(59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"), (2_000_000_000, "279037")])
    func vectors(_ seconds: Int64, _ expected: String) {
        let code = OneTimeCode(secret: Data("12345678901234567890".utf8))
        let now = Timestamp(milliseconds: seconds * 1000)
        #expect(code.text(at: OneTimeCode.step(at: now)) == expected)
        #expect(code.step(of: expected, at: now + .seconds(30)) == OneTimeCode.step(at: now), "a step late")
        #expect(code.step(of: expected, at: now - .seconds(30)) == OneTimeCode.step(at: now), "a step early")
        #expect(code.step(of: expected, at: now + .seconds(60)) == nil && code.step(of: "", at: now) == nil)
    }

    @Test("base32 is that of RFC 4648, section 10", arguments: [("f", "MY"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")])
    func base32(_ text: String, _ expected: String) { #expect(Base32.text(text.utf8) == expected) }

    /// Sets one up for `caller`; returns what the app holds.
    private func setUp(_ world: AccountsFixture, as caller: Caller) async throws -> (app: OneTimeCode, codes: [String]) {
        _ = try await world.accounts.beginSecondFactor(OwnPassword(password: AccountsFixture.password), as: caller)
        let app = try await app(world, of: caller)
        let codes = try await world.accounts.confirmSecondFactor(ShownCode(code: shown(app, world)), as: caller).codes
        return (app, codes)
    }

    private func app(_ world: AccountsFixture, of caller: Caller) async throws -> OneTimeCode {
        let user = try #require(caller.userId)
        let stored = try #require(try await world.database.read { try SecondFactorRepository.find(of: user, in: $0) })
        return OneTimeCode(secret: try world.secrets.box.open(stored.sealed, context: SealedPlace.secondFactor(user.text)))
    }

    private func shown(_ app: OneTimeCode, _ world: AccountsFixture) -> String { app.text(at: OneTimeCode.step(at: world.time.now)) }

    private func login(_ world: AccountsFixture, code: String?, from client: ClientInfo = AccountsFixture.client) async throws -> SignedIn {
        world.time.advance(by: .milliseconds(1))
        return try await world.accounts.login(
            Login(email: "ada@example.com", password: AccountsFixture.password, code: code), from: client)
    }

    @Test("it is in force once a code is confirmed, and ends the other sessions", arguments: TestDatabase.all)
    func settingUp(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let other = try await world.login()
            #expect(
                try await problem {
                    _ = try await world.accounts.beginSecondFactor(OwnPassword(password: "not the password"), as: ada.caller)
                } == .wrongCredentials)
            let setup = try await world.accounts.beginSecondFactor(OwnPassword(password: AccountsFixture.password), as: ada.caller)
            #expect(setup.address.hasPrefix("otpauth://totp/") && setup.address.contains("secret=\(setup.secret.replacing(" ", with: ""))"))
            #expect(setup.picture.hasPrefix("<svg"))
            _ = try await login(world, code: nil)
            let wrong = try await problem { _ = try await world.accounts.confirmSecondFactor(ShownCode(code: "12345"), as: ada.caller) }
            #expect(wrong == .wrongCredentials)
            #expect(try await world.accounts.pendingSecondFactor(setup.secret, as: ada.caller)?.address == setup.address)
            #expect(try await world.accounts.pendingSecondFactor("", as: other.caller) == nil, "a session that was not told")
            let app = try await app(world, of: ada.caller)
            let codes = try await world.accounts.confirmSecondFactor(ShownCode(code: shown(app, world)), as: ada.caller).codes
            #expect(Set(codes).count == 10 && codes.allSatisfy { $0.count == 19 })
            #expect(try await world.accounts.secondFactor(as: ada.caller).recoveryCodesLeft == 10)
            #expect(try await world.accounts.authenticate(sessionToken: other.token) == nil)
            #expect(try await world.accounts.authenticate(sessionToken: ada.token) != nil)
            #expect(try await problem { _ = try await setUp(world, as: ada.caller) } == .conflict, "not replaced by a password alone")
            #expect(try await world.actions(as: ada.caller).contains("second-factor.on"))
        }
    }

    @Test("what is not confirmed within the hour is forgotten", arguments: TestDatabase.all)
    func late(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            _ = try await world.accounts.beginSecondFactor(OwnPassword(password: AccountsFixture.password), as: ada.caller)
            let app = try await app(world, of: ada.caller)
            world.time.advance(by: .hours(1))
            let late = try await problem { _ = try await world.accounts.confirmSecondFactor(ShownCode(code: shown(app, world)), as: ada.caller) }
            #expect(late == .conflict)
            _ = try await login(world, code: nil)
        }
    }

    @Test("a code signs in once, with the password or by the ticket that stands for it", arguments: TestDatabase.all)
    func signingIn(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let (app, _) = try await setUp(world, as: ada.caller)
            #expect(try await problem { _ = try await login(world, code: nil) } == .secondFactorRequired)
            #expect(try await problem { _ = try await login(world, code: shown(app, world)) } == .wrongCredentials, "the one that confirmed")
            world.time.advance(by: .seconds(30))
            let code = shown(app, world)
            _ = try await login(world, code: "\(code.prefix(3)) \(code.suffix(3))")
            #expect(try await problem { _ = try await login(world, code: code) } == .wrongCredentials, "again")

            world.time.advance(by: .seconds(60))
            let request = Login(email: "ada@example.com", password: AccountsFixture.password)
            guard case .codeNeeded(let ticket) = try await world.accounts.beginLogin(request, from: AccountsFixture.client) else {
                Issue.record("no code was asked for")
                return
            }
            let finish = { (ticket: String, code: String) in
                _ = try await world.accounts.finishLogin(CodeLogin(ticket: ticket, code: code), from: AccountsFixture.client)
            }
            #expect(try await problem { try await finish(ticket + "A", shown(app, world)) } == .unauthenticated)
            #expect(try await problem { try await finish("", shown(app, world)) } == .unauthenticated)
            try await finish(ticket, shown(app, world))
            world.time.advance(by: .minutes(5))
            #expect(try await problem { try await finish(ticket, shown(app, world)) } == .unauthenticated)
        }
    }

    @Test("a recovery code signs in once, however it is typed", arguments: TestDatabase.all)
    func recovery(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let (_, codes) = try await setUp(world, as: ada.caller)
            let back = try await login(world, code: codes[0].lowercased().replacing("-", with: " "))
            #expect(try await problem { _ = try await login(world, code: codes[0]) } == .wrongCredentials)
            #expect(try await world.accounts.secondFactor(as: back.caller).recoveryCodesLeft == 9)
            #expect(try await world.actions(as: back.caller).contains("second-factor.recovery-code-used"))
            let new = try await world.accounts.replaceRecoveryCodes(PersonProof(code: codes[1]), as: back.caller).codes
            #expect(try await problem { _ = try await login(world, code: codes[2]) } == .wrongCredentials)
            _ = try await login(world, code: new[0])
        }
    }

    @Test("guessing codes is slowed down, and a known browser keeps tries of its own", arguments: [TestDatabase.sqlite])
    func guessing(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let (app, _) = try await setUp(world, as: ada.caller)
            world.time.advance(by: .minutes(1))
            var last: ProblemReport.Code?
            for number in 0...10 { last = try await problem { _ = try await login(world, code: "wrong\(number)") } }
            #expect(last == .rateLimited)
            #expect(try await problem { _ = try await login(world, code: shown(app, world)) } == .rateLimited)
            let known = ClientInfo(address: "198.51.100.1", userAgent: "", device: ada.device)
            _ = try await login(world, code: shown(app, world), from: known)
        }
    }

    @Test("it is turned off by the password or a code, and by the command", arguments: TestDatabase.all)
    func turningOff(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let (_, codes) = try await setUp(world, as: ada.caller)
            #expect(try await problem { try await world.accounts.endSecondFactor(PersonProof(), as: ada.caller) } == .validationFailed)
            let wrong = await #expect(throws: ProblemReport.self) {
                try await world.accounts.endSecondFactor(PersonProof(code: "000000000"), as: ada.caller)
            }
            #expect(wrong?.code == .wrongCredentials, "\(wrong?.message ?? "")")
            try await world.accounts.endSecondFactor(PersonProof(code: codes[3]), as: ada.caller)
            _ = try await login(world, code: nil)
            _ = try await setUp(world, as: ada.caller)
            try await world.accounts.endSecondFactor(PersonProof(password: AccountsFixture.password), as: ada.caller)
            _ = try await setUp(world, as: ada.caller)
            try await world.accounts.resetSecondFactor(email: "ada@example.com")
            _ = try await login(world, code: nil)
            #expect(try await problem { try await world.accounts.resetSecondFactor(email: "ada@example.com") } == .conflict)
            #expect(try await !world.accounts.secondFactor(as: ada.caller).active)
        }
    }

    @Test("a workspace that asks for it stays closed to members without; keys go on", arguments: TestDatabase.all)
    func rule(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            let key = try await world.makeKey(NewAPIKey(name: "Mine", scopes: [.postsRead]), as: ada.caller)
            let made = try await world.team.invite(NewInvitation(role: .user, email: nil), as: ada.caller)
            let token = try #require(URLComponents(string: made.url)?.queryItems?.first { $0.name == "token" }?.value)
            let bob = try await world.accounts.register(
                Registration(email: "bob@example.com", password: AccountsFixture.password, invitation: token), from: AccountsFixture.client)
            let asked = ProfileChange(organizationNeedsSecondFactor: true)
            #expect(try await problem { _ = try await world.accounts.updateProfile(asked, as: bob.caller) } == .forbidden)
            #expect(try await problem { _ = try await world.accounts.updateProfile(asked, as: ada.caller) } == .conflict, "she has none herself")
            _ = try await setUp(world, as: ada.caller)
            _ = try await world.accounts.updateProfile(asked, as: ada.caller)
            #expect(try await world.accounts.authenticate(sessionToken: ada.token)?.lacksSecondFactor == false)
            #expect(try await world.accounts.authenticate(sessionToken: bob.token)?.lacksSecondFactor == true)
            #expect(try await !world.accounts.stillStands(bob.caller), "his streams close")
            #expect(try await world.accounts.stillStands(ada.caller))
            #expect(try await world.keys.authenticate(key.secret) != nil)
            _ = try await setUp(world, as: bob.caller)
            #expect(try await world.accounts.authenticate(sessionToken: bob.token)?.lacksSecondFactor == false)
        }
    }

    @Test("a new encryption key seals it anew", arguments: [TestDatabase.sqlite])
    func sealed(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { world in
            let ada = try await world.register()
            _ = try await setUp(world, as: ada.caller)
            let state = try await KeyRotation(database: world.database, secrets: world.secrets, time: world.time).state()
            #expect(state.values == 1 && state.unreadable.isEmpty)
        }
    }
}
