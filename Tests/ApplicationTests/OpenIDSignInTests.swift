import Domain
import Foundation
import Logging
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("Signing in by a provider of identities")
struct OpenIDSignInTests {
    private static let ada: [String: JSONValue] = ["sub": "a-1", "email": "Ada@example.com", "email_verified": true, "name": "Ada"]
    private static let bob: [String: JSONValue] = ["sub": "b-2", "email": "bob@example.com", "email_verified": true, "name": "Bob"]

    private struct Ended: Error {}

    private struct World: Sendable {
        let base: AccountsFixture
        let server: IdentityServer
        let openID: OpenIDSignIn

        init(_ base: AccountsFixture, makesAccounts: Bool = false, domains: Set<String> = [], isTrusted: Bool = false) {
            self.base = base
            server = IdentityServer(time: base.time)
            let providers = ["work", "club"].map {
                OpenIDProvider(
                    name: $0, title: $0.capitalized, issuer: IdentityServer.issuer, endpoints: nil, clientID: "client", clientSecret: "secret",
                    scope: "openid email", allowedDomains: domains, makesAccounts: makesAccounts, isTrusted: isTrusted)
            }
            openID = OpenIDSignIn(providers: providers, accounts: base.accounts, http: server, logger: Logger(label: "test"))
        }

        struct Begun: Sendable {
            let query: [String: String]
            let cookie: String
        }

        func begin(invitation: String? = nil) async throws -> Begun {
            base.time.advance(by: .milliseconds(1))
            return try Self.read(try await openID.begin("work", next: "/posts", invitation: invitation, from: AccountsFixture.client))
        }

        func beginConnecting(as caller: Caller, password: String = AccountsFixture.password) async throws -> Begun {
            try Self.read(try await openID.beginConnecting("work", password: password, as: caller))
        }

        private static func read(_ begun: BegunSignIn) throws -> Begun {
            let items = URLComponents(string: begun.url)?.queryItems ?? []
            return Begun(query: Dictionary(items.map { ($0.name, $0.value ?? "") }) { $1 }, cookie: begun.cookie)
        }

        /// What becomes of `user`, who has signed in at the provider.
        func finish(
            _ begun: Begun, _ user: [String: JSONValue], changes: [String: JSONValue] = [:], as caller: Caller? = nil,
            query: [String: String] = [:], at provider: String = "work"
        ) async throws -> FinishedSignIn {
            await server.letIn(user, nonce: begun.query["nonce"] ?? "", changes: changes)
            let back = ["code": "code", "state": begun.query["state"] ?? ""].merging(query) { $1 }
            return try await openID.finish(provider, query: back, cookie: begun.cookie, as: caller, from: AccountsFixture.client)
        }

        func signIn(_ user: [String: JSONValue], invitation: String? = nil, changes: [String: JSONValue] = [:]) async throws -> SignedIn {
            let finished = try await finish(try await begin(invitation: invitation), user, changes: changes)
            guard case .signedIn(let signedIn, let next) = finished, next == "/posts" else { throw Ended() }
            return signedIn
        }

        /// Why `user` does not come in; nil when they do.
        func refusal(_ user: [String: JSONValue], invitation: String? = nil, changes: [String: JSONValue] = [:]) async throws -> ProblemReport.Code? {
            let begun = try await begin(invitation: invitation)
            return try await refusal(begun, user, changes: changes)
        }

        func refusal(
            _ begun: Begun, _ user: [String: JSONValue], changes: [String: JSONValue] = [:], as caller: Caller? = nil, query: [String: String] = [:],
            at provider: String = "work"
        ) async throws -> ProblemReport.Code? {
            do {
                _ = try await finish(begun, user, changes: changes, as: caller, query: query, at: provider)
                return nil
            } catch let report as ProblemReport {
                return report.code
            }
        }

        func connect(_ user: [String: JSONValue], as caller: Caller) async throws {
            let finished = try await finish(try await beginConnecting(as: caller), user, as: caller)
            guard case .connected = finished else { throw Ended() }
        }
    }

    @Test("the request says what OpenID Connect Core 1.0 and RFC 7636 ask for", arguments: [TestDatabase.sqlite])
    func request(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { base in
            let begun = try await World(base).begin()
            #expect(begun.query["tenant"] == "1" && begun.query["response_type"] == "code" && begun.query["client_id"] == "client")
            #expect(begun.query["code_challenge_method"] == "S256" && begun.query["code_challenge"]?.utf8.count == 43)
            #expect(begun.query["redirect_uri"]?.hasSuffix("/login/with/work/callback") == true && begun.query["scope"] == "openid email")
            #expect(begun.query["state"] != begun.query["nonce"] && begun.query["nonce"]?.utf8.count == 43)
        }
    }

    @Test("whoever has connected an account signs in with it, whatever its address is by then", arguments: TestDatabase.all)
    func connecting(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { base in
            let world = World(base)
            let ada = try await base.register()
            #expect(try await world.refusal(Self.ada) == .emailTaken, "an address alone opens nothing")
            let wrong = try await problem { _ = try await world.beginConnecting(as: ada.caller, password: "not the password") }
            #expect(wrong == .wrongCredentials)
            try await world.connect(Self.ada, as: ada.caller)
            let back = try await world.signIn(["sub": "a-1", "email": "countess@example.org"])
            #expect(back.user.id == ada.user.id)
            let ways = try await base.accounts.waysIn(as: back.caller)
            let mine = try #require(ways.identities.first)
            #expect(ways.hasPassword && ways.identities.count == 1 && mine.email == "countess@example.org" && mine.provider == "work")
            let exported = try await base.accounts.personalData(as: back.caller)
            #expect(exported.identities == [mine])
            let bob = try await base.register("bob")
            let taken = try await problem { try await world.connect(Self.ada, as: bob.caller) }
            #expect(taken == .alreadyConnected)

            let proof = IdentityRemoval(password: AccountsFixture.password)
            let foreign = try await problem { try await base.accounts.disconnect(mine.id, proof, as: bob.caller) }
            let unproven = try await problem { try await base.accounts.disconnect(mine.id, IdentityRemoval(), as: ada.caller) }
            #expect(foreign == .notFound && unproven == .wrongCredentials)
            try await base.accounts.disconnect(mine.id, proof, as: ada.caller)
            let closed = try await base.accounts.authenticate(sessionToken: back.token)
            #expect(closed == nil, "what it opened is closed")
            let gone = try await world.refusal(["sub": "a-1", "email": "countess@example.org", "email_verified": true])
            #expect(gone == .forbidden)
            let actions = try await base.actions(as: ada.caller)
            #expect(actions.contains("identity.connected") && actions.contains("identity.disconnected"))
        }
    }

    @Test("a stranger comes by an invitation, or where everybody may", arguments: TestDatabase.all)
    func strangers(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind, registrationDisabled: true) { base in
            let (invited, open) = (World(base), World(base, makesAccounts: true))
            #expect(try await open.refusal(Self.bob) == .forbidden, "the first account has a password")
            let ada = try await base.register()
            #expect(try await invited.refusal(Self.bob) == .forbidden)
            #expect(try await invited.refusal(Self.bob, invitation: "unknown") == .notFound)
            let link = try await base.team.invite(NewInvitation(role: .drafter), as: ada.caller).url
            let token = URLComponents(string: link)?.queryItems?.first?.value
            let bob = try await invited.signIn(Self.bob, invitation: token)
            #expect(bob.organization.id == ada.organization.id && bob.role == .drafter && bob.user.name == "Bob" && bob.user.role == .user)
            #expect(try await invited.signIn(Self.bob).user.id == bob.user.id)
            let cyd = try await open.signIn(["sub": "c-3", "email": "cyd@example.com", "email_verified": "true"])
            #expect(cyd.organization.name == "cyd" && cyd.role == .owner && cyd.user.role == .user)
        }
    }

    @Test("who has no password shows by signing in that it is them, and keeps a way in", arguments: TestDatabase.all)
    func withoutPassword(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { base in
            let world = World(base, makesAccounts: true)
            _ = try await base.register()
            let bob = try await world.signIn(Self.bob)
            for password in ["", "!", AccountsFixture.password] {
                #expect(try await problem { _ = try await base.login("bob", password: password) } == .wrongCredentials)
            }
            let ways = try await base.accounts.waysIn(as: bob.caller)
            #expect(!ways.hasPassword)
            #expect(try await problem { try await base.accounts.disconnect(ways.identities[0].id, IdentityRemoval(), as: bob.caller) } == .conflict)
            base.time.advance(by: .minutes(10))
            let change = PasswordChange(currentPassword: "", newPassword: "a password of his own")
            #expect(try await problem { try await base.accounts.changePassword(change, as: bob.caller) } == .wrongCredentials)
            let late = try await problem { _ = try await base.accounts.beginSecondFactor(OwnPassword(password: ""), as: bob.caller) }
            #expect(late == .wrongCredentials)
            let again = try await world.signIn(Self.bob)
            try await base.accounts.changePassword(change, as: again.caller)
            _ = try await base.login("bob", password: change.newPassword)
            let proof = IdentityRemoval(password: change.newPassword)
            try await base.accounts.disconnect(ways.identities[0].id, proof, as: again.caller)
            #expect(try await base.accounts.waysIn(as: again.caller) == WaysIn(hasPassword: true, identities: [], passkeys: []))
        }
    }

    @Test("the second factor is asked for all the same", arguments: [TestDatabase.sqlite])
    func secondFactor(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { base in
            let world = World(base)
            let ada = try await base.register()
            try await world.connect(Self.ada, as: ada.caller)
            _ = try await base.accounts.beginSecondFactor(OwnPassword(password: AccountsFixture.password), as: ada.caller)
            let stored = try #require(try await base.database.read { try SecondFactorRepository.find(of: ada.user.id, in: $0) })
            let app = OneTimeCode(secret: try base.secrets.box.open(stored.sealed, context: SealedPlace.secondFactor(ada.user.id.text)))
            let code = { app.text(at: OneTimeCode.step(at: base.time.now)) }
            _ = try await base.accounts.confirmSecondFactor(ShownCode(code: code()), as: ada.caller)
            let finished = try await world.finish(try await world.begin(), Self.ada)
            guard case .codeNeeded(let ticket, let next, _) = finished, next == "/posts" else {
                Issue.record("no code was asked for")
                return
            }
            base.time.advance(by: .seconds(30))
            let done = try await base.accounts.finishLogin(CodeLogin(ticket: ticket, code: code()), from: AccountsFixture.client)
            #expect(done.user.id == ada.user.id)
        }
    }

    @Test("addresses have to be verified, and of a domain that may come", arguments: [TestDatabase.sqlite])
    func addresses(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { base in
            _ = try await base.register()
            let open = World(base, makesAccounts: true, domains: ["example.com"])
            var unverified = Self.bob
            unverified["email_verified"] = false
            #expect(try await open.refusal(unverified) == .forbidden)
            for address in ["bob@example.org", "bob@evil-example.com", "bob@example.com.example.org", "bob@sub.example.com", "nonsense"] {
                #expect(try await open.refusal(Self.bob.merging(["email": .string(address)]) { $1 }) == .forbidden, "\(address)")
            }
            let trusting = World(base, makesAccounts: true, isTrusted: true)
            #expect(try await trusting.refusal(unverified) == .forbidden, "it says that it is not")
            // Of this one its user information says that it is verified.
            var silent = Self.bob
            silent["email_verified"] = .null
            #expect(try await open.signIn(silent).user.email == "bob@example.com")
        }
    }

    @Test(
        "a token is taken from its provider alone, for us, in answer to this request, and now",
        arguments: [
            ["iss": "https://evil.example.com"], ["iss": .null], ["aud": "another"], ["aud": ["another"]], ["aud": .null], ["nonce": "another"],
            ["nonce": .null], ["azp": "another"], ["aud": ["client", "another"]], ["exp": 1_000_000_000], ["exp": .null], ["iat": .null],
            ["iat": 99_000_000_000], ["nbf": 99_000_000_000], ["sub": .null], ["sub": ""], ["sub": 7], ["alg": "none"], ["alg": "HS256"],
            ["alg": "RS256"],
        ] as [[String: JSONValue]])
    func refusedTokens(_ changes: [String: JSONValue]) async throws {
        try await AccountsFixture.with(.sqlite) { base in
            _ = try await base.register()
            let world = World(base, makesAccounts: true)
            #expect(try await world.refusal(Self.bob, changes: changes) == .connectFailed)
        }
    }

    @Test("what was begun elsewhere, too long ago, or declined, goes on nowhere", arguments: [TestDatabase.sqlite])
    func bound(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { base in
            let world = World(base, makesAccounts: true)
            let ada = try await base.register()
            let other = try await base.login()
            let (mine, theirs) = (try await world.begin(), try await world.begin())
            let swapped = World.Begun(query: mine.query, cookie: theirs.cookie)
            #expect(try await world.refusal(swapped, Self.bob) == .stateExpired)
            for cookie in ["", "AAAA", String(mine.cookie.dropLast(4)), mine.cookie + "AAAA"] {
                let broken = World.Begun(query: mine.query, cookie: cookie)
                #expect(try await world.refusal(broken, Self.bob) == .stateExpired)
            }
            #expect(try await world.refusal(mine, Self.bob, at: "club") == .stateExpired, "another provider")
            #expect(try await world.refusal(mine, Self.bob, at: "nobody") == .notFound)
            let declined = try await world.refusal(mine, Self.bob, query: ["code": "", "error": "access_denied"])
            #expect(declined == .consentDeclined)
            let foreign = try await world.refusal(mine, Self.bob, query: ["iss": "https://evil.example.com"])
            #expect(foreign == .connectFailed, "RFC 9207")
            let connecting = try await world.beginConnecting(as: ada.caller)
            for caller in [nil, other.caller] {
                #expect(try await world.refusal(connecting, Self.ada, as: caller) == .stateExpired, "another session")
            }
            base.time.advance(by: .minutes(10))
            #expect(try await world.refusal(mine, Self.bob) == .stateExpired)
        }
    }

    @Test("a provider's new key is found, and no more often than once a minute", arguments: [TestDatabase.sqlite])
    func rotation(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { base in
            let world = World(base, makesAccounts: true)
            _ = try await base.register()
            let bob = try await world.signIn(Self.bob)
            await world.server.replaceKey()
            #expect(try await world.refusal(Self.bob) == .connectFailed)
            base.time.advance(by: .minutes(1))
            #expect(try await world.signIn(Self.bob).user.id == bob.user.id)
            #expect(await world.server.fetchedKeys == 2)
        }
    }

    @Test("a provider that calls itself otherwise, leads elsewhere or is away lets nobody in", arguments: [TestDatabase.sqlite])
    func descriptions(on kind: TestDatabase) async throws {
        try await AccountsFixture.with(kind) { base in
            for change in [
                ["issuer": "https://id.example.com/"], ["authorization_endpoint": "javascript:alert(1)"],
                ["authorization_endpoint": "http://id.example.com/authorize"], ["jwks_uri": .null],
            ] as [[String: JSONValue]] {
                let world = World(base)
                await world.server.describe(change)
                let told = try await problem { _ = try await world.begin() }
                #expect(told == .connectFailed, "\(change)")
            }
            let gone = World(base)
            await gone.server.stop()
            let told = try await problem { _ = try await gone.begin() }
            #expect(told == .connectFailed)
        }
    }

    @Test("signatures of another library are checked", arguments: TokenSamples.all)
    func signatures(_ key: String, _ text: String) throws {
        let key = try #require(JSONWebKey(try JSON.decode(JSONValue.self, from: key)))
        let token = try IdentityToken(text)
        #expect(token.isSigned(byOneOf: [key]))
        let claimed = try token.check(issuer: IdentityServer.issuer, clientID: "postiz", nonce: "n-1", now: TokenSamples.time)
        #expect(claimed.subject == "ada")
        let parts = text.split(separator: ".")
        let forged = Base64URL.text(Data(#"{"iss":"https://id.example.com","sub":"admin"}"#.utf8))
        let other = try IdentityToken("\(parts[0]).\(forged).\(parts[2])")
        #expect(!other.isSigned(byOneOf: [key]))
        for (otherKey, otherToken) in TokenSamples.all where otherToken != text {
            let another = try #require(JSONWebKey(try JSON.decode(JSONValue.self, from: otherKey)))
            #expect(!token.isSigned(byOneOf: [another]))
        }
        for broken in ["", "a.b", text + ".x", "\(parts[0]).\(parts[1]).", text.replacing(".", with: ". ")] {
            #expect(throws: OpenIDFault.self) { _ = try IdentityToken(broken) }
        }
    }
}
