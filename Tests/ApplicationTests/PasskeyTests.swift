import Crypto
import CryptoExtras
import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("Passkeys")
struct PasskeyTests {
    private static let address = URL(string: "https://posts.example.com")!

    private static func with(_ kind: TestDatabase, _ body: (AccountsFixture) async throws -> Void) async throws {
        try await AccountsFixture.with(kind, at: address, body)
    }

    private func add(
        _ device: SoftAuthenticator, name: String? = nil, lie: SoftAuthenticator.Lie = .init(), as caller: Caller, _ world: AccountsFixture
    ) async throws -> Passkey {
        world.time.advance(by: .milliseconds(1))
        let begun = try await world.accounts.beginPasskey(PasskeyProof(password: AccountsFixture.password), as: caller)
        return try await world.accounts.addPasskey(try device.make(begun.options, name: name, lie), cookie: begun.cookie, as: caller)
    }

    private func signIn(
        _ device: SoftAuthenticator, as user: UserID, ticket: String? = nil, lie: SoftAuthenticator.Lie = .init(), _ world: AccountsFixture
    ) async throws -> SignedIn {
        world.time.advance(by: .milliseconds(1))
        let begun = try await world.accounts.beginPasskeyLogin(PasskeyLogin(ticket: ticket))
        return try await world.accounts.finishPasskeyLogin(
            try device.answer(begun.options, for: user, lie), cookie: begun.cookie, from: AccountsFixture.client)
    }

    private func makingRefusal(
        _ device: SoftAuthenticator, _ lie: SoftAuthenticator.Lie, as caller: Caller, _ world: AccountsFixture
    ) async throws -> ProblemReport.Code? {
        try await problem { _ = try await add(device, lie: lie, as: caller, world) }
    }

    private func addingRefusal(
        _ new: NewPasskey, _ cookie: String?, as caller: Caller, _ world: AccountsFixture
    ) async throws -> ProblemReport.Code? {
        try await problem { _ = try await world.accounts.addPasskey(new, cookie: cookie, as: caller) }
    }

    private func signInRefusal(
        _ device: SoftAuthenticator, as user: UserID, _ lie: SoftAuthenticator.Lie = .init(), _ world: AccountsFixture
    ) async throws -> ProblemReport.Code? {
        try await problem { _ = try await signIn(device, as: user, lie: lie, world) }
    }

    private func removalRefusal(
        _ id: PasskeyID, _ password: String?, as caller: Caller, _ world: AccountsFixture
    ) async throws -> ProblemReport.Code? {
        try await problem { try await world.accounts.removePasskey(id, PasskeyProof(password: password), as: caller) }
    }

    /// Why an answer opens nothing; nil when it does.
    private func refusal(_ answer: PasskeyAnswer, _ cookie: String?, _ world: AccountsFixture) async throws -> ProblemReport.Code? {
        try await problem { _ = try await world.accounts.finishPasskeyLogin(answer, cookie: cookie, from: AccountsFixture.client) }
    }

    @Test("one signs in with it alone, whatever its kind of key", arguments: TestDatabase.all)
    func kinds(on kind: TestDatabase) async throws {
        try await Self.with(kind) { world in
            let ada = try await world.register()
            let devices = [
                SoftAuthenticator(), SoftAuthenticator(.edDSA(Curve25519.Signing.PrivateKey())),
                SoftAuthenticator(.rs256(try _RSA.Signing.PrivateKey(keySize: .bits2048))),
            ]
            for (number, device) in devices.enumerated() {
                let made = try await add(device, name: " Phone \(number) ", as: ada.caller, world)
                #expect(made.name == "Phone \(number)" && made.synced && made.lastUsedAt == nil)
                let again = try await signIn(device, as: ada.user.id, world)
                #expect(again.user.id == ada.user.id && again.organization.id == ada.organization.id && again.device != nil)
                #expect(try await world.accounts.authenticate(sessionToken: again.token) != nil)
            }
            let known = try await world.accounts.passkeys(as: ada.caller)
            #expect(known.map(\.name) == ["Phone 0", "Phone 1", "Phone 2"] && known.allSatisfy { $0.lastUsedAt != nil })
            let options = try await world.accounts.beginPasskey(PasskeyProof(password: AccountsFixture.password), as: ada.caller).options
            #expect(options.excludeCredentials.map(\.id) == devices.map(\.id) && options.excludeCredentials[0].transports == ["internal"])
            #expect(options.rp.id == "posts.example.com" && options.pubKeyCredParams.map(\.alg) == [-7, -8, -257])
            #expect(options.authenticatorSelection.userVerification == "required" && options.attestation == "none")
            let actions = try await world.actions(as: ada.caller)
            #expect(actions.filter { $0 == "passkey.added" }.count == 3 && actions.filter { $0 == "session.created" }.count == 3)
        }
    }

    /// What is wrong with what was made, each of which is refused.
    private static let badMaking: [(String, SoftAuthenticator.Lie)] = [
        ("another purpose", .init(type: "webauthn.get")), ("another challenge", .init(challenge: "AAAA")),
        ("another origin", .init(origin: "https://posts.example.org")), ("a port", .init(origin: "https://posts.example.com:8443")),
        ("plain HTTP", .init(origin: "http://posts.example.com")), ("within a page of another site", .init(crossOrigin: true)),
        ("another site", .init(site: "example.com")), ("nobody there", .init(flags: 0b0001_1100)), ("nobody recognised", .init(flags: 0b0001_1001)),
        ("copied and not to be", .init(flags: 0b0001_0101)), ("more than it says", .init(more: Data([0]))),
    ]

    @Test("what a browser would not have made is not stored (WebAuthn, section 7.1)", arguments: [TestDatabase.sqlite])
    func making(on kind: TestDatabase) async throws {
        try await Self.with(kind) { world in
            let ada = try await world.register()
            let bob = try await world.register("bob")
            let device = SoftAuthenticator()
            for (what, lie) in Self.badMaking {
                let code = try await makingRefusal(device, lie, as: ada.caller, world)
                #expect(code == .badRequest, "\(what)")
            }
            let wrong = try await problem { _ = try await world.accounts.beginPasskey(PasskeyProof(password: "wrong"), as: ada.caller) }
            #expect(wrong == .wrongCredentials)
            let begun = try await world.accounts.beginPasskey(PasskeyProof(password: AccountsFixture.password), as: ada.caller)
            let right = try device.make(begun.options)
            let other = try SoftAuthenticator().make(begun.options)
            var spoiled: [NewPasskey] = Array(repeating: right, count: 6)
            spoiled[0].id = other.id
            spoiled[1].publicKey = other.publicKey
            spoiled[2].publicKeyAlgorithm = -8
            spoiled[3].publicKeyAlgorithm = -47
            spoiled[4].authenticatorData = String(right.authenticatorData.prefix(48))
            spoiled[5].clientDataJSON = "e30"
            for (number, new) in spoiled.enumerated() {
                let code = try await addingRefusal(new, begun.cookie, as: ada.caller, world)
                #expect(code == .badRequest, "\(number)")
            }
            // Every byte of what an authenticator says but its model's number and the counter is held against something.
            let data = try #require(Base64URL.data(right.authenticatorData))
            for index in data.indices where !(33..<53).contains(index) {
                var bytes = data
                bytes[index] ^= 0x41
                var new = right
                new.authenticatorData = Base64URL.text(bytes)
                let code = try await addingRefusal(new, begun.cookie, as: ada.caller, world)
                #expect(code == .badRequest, "byte \(index)")
            }
            #expect(try await addingRefusal(right, begun.cookie, as: bob.caller, world) == .stateExpired)
            #expect(try await addingRefusal(right, nil, as: ada.caller, world) == .stateExpired)
            _ = try await world.accounts.addPasskey(right, cookie: begun.cookie, as: ada.caller)
            let twice = try await addingRefusal(right, begun.cookie, as: ada.caller, world)
            #expect(twice == .stateExpired)
            #expect(try await problem { _ = try await add(device, as: bob.caller, world) } == .alreadyConnected)
            let late = try await world.accounts.beginPasskey(PasskeyProof(password: AccountsFixture.password), as: ada.caller)
            world.time.advance(by: .minutes(5))
            let code = try await problem {
                _ = try await world.accounts.addPasskey(try SoftAuthenticator().make(late.options), cookie: late.cookie, as: ada.caller)
            }
            #expect(code == .stateExpired)
            #expect(try await world.accounts.passkeys(as: ada.caller).count == 1)
        }
    }

    private static let badAnswers: [(String, SoftAuthenticator.Lie)] = [
        ("another purpose", .init(type: "webauthn.create")), ("another challenge", .init(challenge: "AAAA")),
        ("another origin", .init(origin: "https://example.com")), ("within a page of another site", .init(crossOrigin: true)),
        ("another site", .init(site: "example.com")), ("nobody there", .init(flags: 0b0001_1100)), ("nobody recognised", .init(flags: 0b0001_1001)),
        ("copied and not to be", .init(flags: 0b0001_0101)), ("no more to be copied", .init(flags: 0b0000_0101)),
        ("more than it says", .init(more: Data([0]))), ("a key", .init(flags: 0b0101_1101, more: Data(count: 60))),
        ("another account", .init(handle: "AAAA")), ("no account", .init(omitsHandle: true)), ("a wrong signature", .init(spoilsSignature: true)),
    ]

    @Test("what a browser would not have answered opens nothing (WebAuthn, section 7.2)", arguments: [TestDatabase.sqlite])
    func answers(on kind: TestDatabase) async throws {
        try await Self.with(kind) { world in
            let ada = try await world.register()
            let device = SoftAuthenticator()
            _ = try await add(device, as: ada.caller, world)
            for (what, lie) in Self.badAnswers {
                world.time.advance(by: .minutes(16))
                let code = try await signInRefusal(device, as: ada.user.id, lie, world)
                #expect(code == .wrongCredentials, "\(what)")
            }
            #expect(try await problem { _ = try await signIn(SoftAuthenticator(), as: ada.user.id, world) } == .wrongCredentials, "unknown")
            let begun = try await world.accounts.beginPasskeyLogin(PasskeyLogin())
            let right = try device.answer(begun.options, for: ada.user.id)
            #expect(try await refusal(right, nil, world) == .stateExpired)
            #expect(try await refusal(right, String(begun.cookie.dropLast(2)), world) == .stateExpired)
            let other = try await world.accounts.beginPasskeyLogin(PasskeyLogin())
            #expect(try await refusal(right, other.cookie, world) == .wrongCredentials, "of another browser")
            let adding = try await world.accounts.beginPasskey(PasskeyProof(password: AccountsFixture.password), as: ada.caller)
            #expect(try await refusal(right, adding.cookie, world) == .stateExpired)
            #expect(try await refusal(right, begun.cookie, world) == nil)
            #expect(try await refusal(right, begun.cookie, world) == .stateExpired, "once")
            #expect(try await refusal(try device.answer(other.options, for: ada.user.id), other.cookie, world) == nil)
            let late = try await world.accounts.beginPasskeyLogin(PasskeyLogin())
            world.time.advance(by: .minutes(5))
            #expect(try await refusal(try device.answer(late.options, for: ada.user.id), late.cookie, world) == .stateExpired)
            #expect(try await world.actions(as: ada.caller).filter { $0 == "session.refused" }.count == Self.badAnswers.count + 1)
            // A challenge that was answered is remembered until it is over.
            try await world.accounts.removeExpired()
            let left = try await world.database.read { try $0.query("SELECT hash FROM passkey_challenges").count }
            #expect(left == 0)
        }
    }

    @Test("one that counts must not count backwards", arguments: TestDatabase.all)
    func counting(on kind: TestDatabase) async throws {
        try await Self.with(kind) { world in
            let ada = try await world.register()
            let device = SoftAuthenticator()
            _ = try await add(device, lie: .init(counter: 7), as: ada.caller, world)
            for (counter, expected) in [(8, nil), (8, .wrongCredentials), (7, .wrongCredentials), (0, .wrongCredentials), (9, nil)]
                as [(UInt32, ProblemReport.Code?)]
            {
                let code = try await signInRefusal(device, as: ada.user.id, .init(counter: counter), world)
                #expect(code == expected, "\(counter)")
            }
        }
    }

    @Test("tries at one are limited, but for a browser that its person knows", arguments: [TestDatabase.sqlite])
    func limits(on kind: TestDatabase) async throws {
        try await Self.with(kind) { world in
            let ada = try await world.register()
            let device = SoftAuthenticator()
            _ = try await add(device, as: ada.caller, world)
            for _ in 0..<10 { _ = try await signInRefusal(device, as: ada.user.id, .init(spoilsSignature: true), world) }
            #expect(try await signInRefusal(device, as: ada.user.id, .init(), world) == .rateLimited)
            let begun = try await world.accounts.beginPasskeyLogin(PasskeyLogin())
            let client = ClientInfo(address: AccountsFixture.client.address, userAgent: "", device: ada.device)
            _ = try await world.accounts.finishPasskeyLogin(
                try device.answer(begun.options, for: ada.user.id), cookie: begun.cookie, from: client)
        }
    }

    @Test("it stands for the code after a password, its own person's alone", arguments: TestDatabase.all)
    func afterPassword(on kind: TestDatabase) async throws {
        try await Self.with(kind) { world in
            let ada = try await world.register()
            let bob = try await world.register("bob")
            let device = SoftAuthenticator()
            let key = SoftAuthenticator()
            _ = try await add(device, as: ada.caller, world)
            _ = try await add(key, as: bob.caller, world)
            let hash = try #require(try await world.database.read { try UserRepository.passwordHash(of: ada.user.id, in: $0) })
            let ticket = world.accounts.ticket(for: ada.user.id, passwordHash: hash)
            #expect(try await world.accounts.hasPasskey(ticket: ticket))
            #expect(try await !world.accounts.hasPasskey(ticket: ticket + "x"))
            let options = try await world.accounts.beginPasskeyLogin(PasskeyLogin(ticket: ticket)).options
            #expect(options.allowCredentials.map(\.id) == [device.id])
            let plain = SoftAuthenticator.Lie(flags: 0b0001_1001, omitsHandle: true)
            #expect(try await signIn(device, as: ada.user.id, ticket: ticket, lie: plain, world).user.id == ada.user.id, "a touch is enough")
            #expect(try await problem { _ = try await signIn(key, as: bob.user.id, ticket: ticket, world) } == .wrongCredentials)
            #expect(try await problem { _ = try await signIn(device, as: ada.user.id, ticket: "a.b.c", world) } == .unauthenticated)
            let begun = try await world.accounts.beginPasskeyLogin(PasskeyLogin(ticket: ticket))
            try await world.accounts.setPassword(email: "ada@example.com", password: "another good password")
            let code = try await problem {
                _ = try await world.accounts.finishPasskeyLogin(
                    try device.answer(begun.options, for: ada.user.id), cookie: begun.cookie, from: AccountsFixture.client)
            }
            #expect(code == .unauthenticated, "the password was replaced meanwhile")
        }
    }

    @Test("a workspace that asks for a second factor opens by it, and not by the password of who has one", arguments: TestDatabase.all)
    func workspace(on kind: TestDatabase) async throws {
        try await Self.with(kind) { world in
            let ada = try await world.register()
            let device = SoftAuthenticator()
            let rule = ProfileChange(organizationNeedsSecondFactor: true)
            let early = try await problem { _ = try await world.accounts.updateProfile(rule, as: ada.caller) }
            #expect(early == .conflict)
            let made = try await add(device, as: ada.caller, world)
            _ = try await world.accounts.updateProfile(rule, as: ada.caller)
            #expect(try await world.accounts.authenticate(sessionToken: ada.token)?.lacksSecondFactor == false, "it was shown when it was made")
            #expect(try await world.accounts.stillStands(ada.caller))
            let weak = try await world.login()
            #expect(weak.lacksSecondFactor)
            #expect(try await !world.accounts.stillStands(weak.caller))
            // Else the password alone would do.
            let password = AccountsFixture.password
            let code = try await problem { _ = try await world.accounts.beginSecondFactor(OwnPassword(password: password), as: weak.caller) }
            #expect(code == .conflict)
            let another = try await problem { _ = try await world.accounts.beginPasskey(PasskeyProof(password: password), as: weak.caller) }
            #expect(another == .conflict)
            #expect(try await removalRefusal(made.id, password, as: weak.caller, world) == .conflict)
            let deletion = try await problem { try await world.accounts.prove(DeletionProof(password: password), as: weak.caller) }
            #expect(deletion == .conflict)
            let strong = try await signIn(device, as: ada.user.id, world)
            #expect(!strong.lacksSecondFactor)
            try await world.accounts.removePasskey(made.id, PasskeyProof(password: password), as: strong.caller)
            #expect(try await world.accounts.authenticate(sessionToken: strong.token)?.lacksSecondFactor == true, "it is gone")
            #expect(try await world.accounts.authenticate(sessionToken: weak.token) == nil)
            _ = try await add(device, as: strong.caller, world)
            try await world.accounts.resetSecondFactor(email: "ada@example.com")
            #expect(try await world.accounts.passkeys(as: strong.caller).isEmpty, "whoever lost it is helped")
        }
    }

    @Test("they are one's own, and the last way in stays", arguments: TestDatabase.all)
    func own(on kind: TestDatabase) async throws {
        try await Self.with(kind) { world in
            let ada = try await world.register()
            let bob = try await world.register("bob")
            let made = try await add(SoftAuthenticator(), as: ada.caller, world)
            let renamed = try await world.accounts.renamePasskey(made.id, PasskeyName(name: "Key ring"), as: ada.caller)
            #expect(renamed.name == "Key ring" && renamed.id == made.id)
            let blank = try await problem { _ = try await world.accounts.renamePasskey(made.id, PasskeyName(name: " "), as: ada.caller) }
            #expect(blank == .validationFailed)
            let foreign = try await problem { _ = try await world.accounts.renamePasskey(made.id, PasskeyName(name: "Mine"), as: bob.caller) }
            #expect(foreign == .notFound)
            #expect(try await removalRefusal(made.id, AccountsFixture.password, as: bob.caller, world) == .notFound)
            #expect(try await removalRefusal(made.id, nil, as: ada.caller, world) == .wrongCredentials)
            try await world.database.write { try UserRepository.setPassword(PasswordHasher.none, of: ada.user.id, in: $0) }
            #expect(try await removalRefusal(made.id, nil, as: ada.caller, world) == .conflict)
            #expect(try await world.accounts.personalData(as: ada.caller).passkeys.map(\.name) == ["Key ring"])
            let other = try await add(SoftAuthenticator(), as: ada.caller, world)
            try await world.accounts.removePasskey(made.id, PasskeyProof(), as: ada.caller)
            #expect(try await world.accounts.waysIn(as: ada.caller).passkeys.map(\.id) == [other.id])
            for _ in 0..<19 { _ = try await add(SoftAuthenticator(), as: ada.caller, world) }
            #expect(try await problem { _ = try await add(SoftAuthenticator(), as: ada.caller, world) } == .conflict, "twenty")
        }
    }

    @Test(
        "they need a name over HTTPS, or the same machine",
        arguments: [
            ("https://posts.example.com", "https://posts.example.com"), ("https://Posts.example.com:8443", "https://posts.example.com:8443"),
            ("https://posts.example.com:443", "https://posts.example.com"), ("http://localhost:5000", "http://localhost:5000"),
            ("http://posts.localhost", "http://posts.localhost"), ("http://posts.example.com", nil), ("https://192.0.2.1", nil),
            ("https://[2001:db8::1]:443", nil), ("http://127.0.0.1:5000", nil),
        ])
    func sites(_ mainURL: String, _ origin: String?) throws {
        #expect(PasskeySite(try #require(URL(string: mainURL)))?.origin == origin)
    }
}
