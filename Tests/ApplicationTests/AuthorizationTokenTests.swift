import Domain
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite struct AuthorizationTokenTests {
    @Test(arguments: TestDatabase.all) func aTokenStandsForItsPersonWithinWhatWasAllowed(_ kind: TestDatabase) async throws {
        try await AuthorizationFixture.with(kind) { world in
            let (client, tokens) = try await world.connected(.drafts)
            #expect(tokens.tokenType == "Bearer" && tokens.expiresIn == 3600)
            #expect(tokens.scope == "analytics:read media:write posts:read posts:write")
            #expect(tokens.accessToken.wholeMatch(of: /pto_[A-Za-z0-9_-]{43}/) != nil)
            let caller = try #require(try await world.authorization.authenticate(tokens.accessToken))
            let grant = try #require(try await world.authorization.grants(as: world.ada.caller).first)
            #expect(caller.identity == .grant(grant.id, user: world.ada.user.id) && caller.subject == "grant:\(grant.id)")
            #expect(caller.organizationId == world.ada.organization.id && caller.role == .owner && caller.instanceRole == .user)
            #expect(caller.scopes == Set(Authorization.offeredScopes) && caller.draftOnly && caller.origin == .mcp)
            #expect(grant.name == "Example Assistant" && grant.host == "assistant.example.com" && grant.draftOnly)
            #expect(grant.lastUsedAt == world.time.now && grant.userName == world.ada.user.name)
            #expect(try await world.accounts.actions(as: world.ada.caller).suffix(2) == ["assistant.allowed", "assistant.connected"])
            let rows = try await world.accounts.database.read {
                try $0.query("SELECT * FROM oauth_tokens") + $0.query("SELECT * FROM oauth_codes")
            }
            #expect(rows.count == 3)
            for secret in [tokens.accessToken, tokens.refreshToken] {
                #expect(!rows.contains { row in row.values.contains { "\($0)".contains(secret.dropFirst(4)) } })
            }
            #expect(try await world.authorization.authenticate(tokens.refreshToken) == nil)
            #expect(client.hasPrefix("ptc_"))
        }
    }

    @Test func readOnlyAndFullAreWhatTheySay() async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let reader = try #require(try await world.authorization.authenticate(try await world.connected(.read).tokens.accessToken))
            #expect(reader.scopes == [.postsRead, .analyticsRead] && !reader.draftOnly)
            let full = try #require(try await world.authorization.authenticate(try await world.connected(.full).tokens.accessToken))
            #expect(full.scopes == Set(Authorization.offeredScopes) && !full.draftOnly)
        }
    }

    @Test(arguments: TestDatabase.all) func aTokenEndsInTimeAndWithItsPersonsMembership(_ kind: TestDatabase) async throws {
        try await AuthorizationFixture.with(kind) { world in
            let (_, tokens) = try await world.connected()
            world.time.advance(by: .minutes(59))
            #expect(try await world.authorization.authenticate(tokens.accessToken) != nil)
            #expect(try await world.authorization.authenticate("pto_" + String(repeating: "a", count: 43)) == nil)
            let user = world.ada.user.id
            try await world.accounts.database.write { try $0.execute("DELETE FROM memberships WHERE user_id = $1", user) }
            #expect(try await world.authorization.authenticate(tokens.accessToken) == nil)
        }
        try await AuthorizationFixture.with(kind) { world in
            let (_, tokens) = try await world.connected()
            world.time.advance(by: .minutes(60))
            #expect(try await world.authorization.authenticate(tokens.accessToken) == nil)
        }
    }

    /// When the instance moves, what was given for the old address opens nothing at the new one.
    @Test func aTokenIsForOneAddress() async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let (_, tokens) = try await world.connected()
            try await world.accounts.database.write { try $0.execute("UPDATE oauth_grants SET resource = 'https://other.example.com/mcp'") }
            #expect(try await world.authorization.authenticate(tokens.accessToken) == nil)
        }
    }

    // MARK: Codes

    @Test(arguments: TestDatabase.all) func aCodeUsedTwiceRevokesWhatItGave(_ kind: TestDatabase) async throws {
        try await AuthorizationFixture.with(kind) { world in
            let client = try await world.client()
            let code = try await world.code(client)
            let tokens = try await world.exchange(code, client)
            #expect(try await oauthError { _ = try await world.exchange(code, client) } == .invalidGrant)
            #expect(try await world.authorization.authenticate(tokens.accessToken) == nil)
            #expect(try await oauthError { _ = try await world.refresh(tokens.refreshToken, client) } == .invalidGrant)
            #expect(try await world.authorization.grants(as: world.ada.caller).isEmpty)
            #expect(try await world.accounts.actions(as: world.ada.caller).last == "assistant.replayed")
        }
    }

    @Test(arguments: TestDatabase.all) func ofSimultaneousExchangesOneGoesOn(_ kind: TestDatabase) async throws {
        try await AuthorizationFixture.with(kind) { world in
            let client = try await world.client()
            let code = try await world.code(client)
            let issued = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 { group.addTask { (try? await world.exchange(code, client)) != nil } }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(issued == 1)
        }
    }

    @Test(arguments: TestDatabase.all) func whatAClientIsAllowedAnewReplacesWhatItWasAllowed(_ kind: TestDatabase) async throws {
        try await AuthorizationFixture.with(kind) { world in
            let client = try await world.client()
            let (_, unconcerned) = try await world.connected()
            let bob = try await world.accounts.register("bob")
            let first = try await world.exchange(try await world.code(client), client)
            let bobs = try await world.exchange(try await world.code(client, [:], .full, as: bob), client)
            let old = try #require(try await world.authorization.grants(as: world.ada.caller).first)
            let second = try await world.exchange(try await world.code(client, [:], .read), client)
            #expect(try await world.authorization.authenticate(first.accessToken) == nil)
            #expect(try await oauthError { _ = try await world.refresh(first.refreshToken, client) } == .invalidGrant)
            for tokens in [unconcerned, bobs, second] { #expect(try await world.authorization.authenticate(tokens.accessToken) != nil) }
            #expect(try await world.authorization.grants(as: world.ada.caller).count == 2)
            let event = try #require(try await world.accounts.audit.list(as: world.ada.caller, action: "assistant.connected").first)
            #expect(event.detail["replaced"] == [.string(old.id.text)])
        }
    }

    @Test func aCodeLivesAMinute() async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let client = try await world.client()
            let (early, late) = (try await world.code(client), try await world.code(client))
            world.time.advance(by: .seconds(59))
            _ = try await world.exchange(early, client)
            world.time.advance(by: .seconds(1))
            #expect(try await oauthError { _ = try await world.exchange(late, client) } == .invalidGrant)
        }
    }

    /// What is changed in the exchange, and the error; an empty value leaves it out.
    @Test(arguments: [
        (["code_verifier": "another-verifier-of-at-least-forty-three-characters-012"], OAuthError.Code.invalidGrant),
        (["code_verifier": "short"], .invalidGrant), (["code_verifier": ""], .invalidRequest),
        (["redirect_uri": "https://assistant.example.com/other"], .invalidGrant), (["code": "unknown"], .invalidGrant),
        (["code": ""], .invalidRequest),
        (["client_id": "ptc_unknown"], .invalidClient), (["client_id": "https://other.example.com/client"], .invalidGrant),
        (["client_id": ""], .invalidRequest), (["grant_type": "password"], .unsupportedGrantType), (["grant_type": ""], .invalidRequest),
        (["resource": "https://other.example.com/mcp"], .invalidTarget),
    ])
    func anExchangeWithAMistakeGivesNothing(changes: [String: String], error: OAuthError.Code) async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let client = try await world.client()
            let code = try await world.code(client)
            #expect(try await oauthError { _ = try await world.exchange(code, client, changes) } == error)
            // A mistake does not use the code up.
            _ = try await world.exchange(code, client)
        }
    }

    @Test func anotherClientCannotUseACode() async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let (client, other) = (try await world.client(), try await world.client())
            let code = try await world.code(client)
            #expect(try await oauthError { _ = try await world.exchange(code, other) } == .invalidGrant)
            _ = try await world.exchange(code, client, ["redirect_uri": "", "resource": ""])
        }
    }

    // MARK: Refresh tokens

    @Test(arguments: TestDatabase.all) func refreshTokensRotateAndKeepTheGrantAlive(_ kind: TestDatabase) async throws {
        try await AuthorizationFixture.with(kind) { world in
            var (client, tokens) = try await world.connected(.drafts)
            for _ in 0..<3 {
                world.time.advance(by: .days(29))
                let next = try await world.refresh(tokens.refreshToken, client, ["scope": "posts:read"])
                #expect(next.refreshToken != tokens.refreshToken && next.accessToken != tokens.accessToken)
                #expect(try await world.authorization.authenticate(next.accessToken)?.draftOnly == true)
                tokens = next
            }
            #expect(try await world.authorization.grants(as: world.ada.caller).count == 1)
            world.time.advance(by: .days(30))
            #expect(try await oauthError { _ = try await world.refresh(tokens.refreshToken, client) } == .invalidGrant)
            #expect(try await world.authorization.grants(as: world.ada.caller).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.all) func anOldRefreshTokenRevokesTheGrant(_ kind: TestDatabase) async throws {
        try await AuthorizationFixture.with(kind) { world in
            let (client, first) = try await world.connected()
            world.time.advance(by: .seconds(1))
            let second = try await world.refresh(first.refreshToken, client)
            // Long after, though nobody has used what came of it.
            world.time.advance(by: .seconds(61))
            #expect(try await oauthError { _ = try await world.refresh(first.refreshToken, client) } == .invalidGrant)
            #expect(try await world.authorization.authenticate(second.accessToken) == nil)
            #expect(try await oauthError { _ = try await world.refresh(second.refreshToken, client) } == .invalidGrant)
            #expect(try await world.accounts.actions(as: world.ada.caller).last == "assistant.replayed")
        }
    }

    /// At once, too: whatever came of it was used, so its client has it, and whoever shows the old one holds a copy.
    @Test(arguments: [true, false]) func aUsedRefreshTokenIsWorthNothingOnceItsSuccessorsAreInUse(access: Bool) async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let (client, first) = try await world.connected()
            world.time.advance(by: .milliseconds(1))
            let second = try await world.refresh(first.refreshToken, client)
            world.time.advance(by: .milliseconds(1))
            if access {
                #expect(try await world.authorization.authenticate(second.accessToken) != nil)
            } else {
                _ = try await world.refresh(second.refreshToken, client)
            }
            #expect(try await oauthError { _ = try await world.refresh(first.refreshToken, client) } == .invalidGrant)
            #expect(try await world.authorization.authenticate(second.accessToken) == nil)
            #expect(try await world.accounts.actions(as: world.ada.caller).last == "assistant.replayed")
        }
    }

    @Test(arguments: TestDatabase.all) func aLostAnswerMayBeAskedForAgainAndEndsTheLostOne(_ kind: TestDatabase) async throws {
        try await AuthorizationFixture.with(kind) { world in
            let (client, first) = try await world.connected()
            world.time.advance(by: .seconds(1))
            let lost = try await world.refresh(first.refreshToken, client)
            world.time.advance(by: .seconds(20))
            let lostToo = try await world.refresh(first.refreshToken, client)
            world.time.advance(by: .seconds(20))
            let got = try await world.refresh(first.refreshToken, client)
            // One answer is in force at a time.
            for answer in [lost, lostToo] { #expect(try await world.authorization.authenticate(answer.accessToken) == nil) }
            #expect(try await world.authorization.authenticate(got.accessToken) != nil)
            // Whoever had caught the lost one shows it: two hold what one was given.
            world.time.advance(by: .seconds(1))
            #expect(try await oauthError { _ = try await world.refresh(lost.refreshToken, client) } == .invalidGrant)
            #expect(try await world.authorization.authenticate(got.accessToken) == nil)
        }
    }

    @Test func aRefreshTokenIsForItsClientAndGivesNoMoreThanWasAllowed() async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let (client, tokens) = try await world.connected(.read)
            let other = try await world.client()
            #expect(try await oauthError { _ = try await world.refresh(tokens.refreshToken, other) } == .invalidGrant)
            #expect(try await oauthError { _ = try await world.refresh(tokens.accessToken, client) } == .invalidGrant)
            #expect(try await oauthError { _ = try await world.refresh(tokens.refreshToken, client, ["scope": "posts:write"]) } == .invalidScope)
            _ = try await world.refresh(tokens.refreshToken, client)
        }
    }

    // MARK: Ending

    @Test(arguments: TestDatabase.all) func aPersonEndsAGrantAtOnceAndOnlyTheirOwn(_ kind: TestDatabase) async throws {
        try await AuthorizationFixture.with(kind) { world in
            let (client, tokens) = try await world.connected()
            let bob = try await world.accounts.register("bob")
            _ = try await world.connected(as: bob)
            let grant = try #require(try await world.authorization.grants(as: world.ada.caller).first)
            #expect(try await world.authorization.grants(as: world.ada.caller).count == 1)
            #expect(try await problem { try await world.authorization.revoke(grant.id, as: bob.caller) } == .notFound)
            #expect(try await world.authorization.authenticate(tokens.accessToken) != nil)
            try await world.authorization.revoke(grant.id, as: world.ada.caller)
            #expect(try await world.authorization.authenticate(tokens.accessToken) == nil)
            #expect(try await oauthError { _ = try await world.refresh(tokens.refreshToken, client) } == .invalidGrant)
            #expect(try await world.authorization.grants(as: world.ada.caller).isEmpty)
            #expect(try await world.authorization.grants(as: bob.caller).count == 1)
            try await world.authorization.revoke(grant.id, as: world.ada.caller)
            #expect(try await world.accounts.actions(as: world.ada.caller).filter { $0 == "assistant.revoked" }.count == 1)
        }
    }

    @Test func aMemberSeesOnlyWhatTheyAllowedThemselves() async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            _ = try await world.connected()
            let grant = try #require(try await world.authorization.grants(as: world.ada.caller).first)
            let bob = try await world.accounts.register("bob")
            let member = Caller(
                organizationId: world.ada.organization.id, identity: .user(bob.user.id, session: bob.session.id), role: .user, origin: .web)
            #expect(try await world.authorization.grants(as: member).isEmpty)
            #expect(try await problem { try await world.authorization.revoke(grant.id, as: member) } == .notFound)
            let assistant = Caller(
                organizationId: world.ada.organization.id, identity: .grant(grant.id, user: world.ada.user.id), role: .owner,
                scopes: Set(Authorization.offeredScopes), origin: .mcp)
            #expect(try await problem { _ = try await world.authorization.grants(as: assistant) } == .forbiddenScope)
        }
    }

    @Test(arguments: TestDatabase.all) func aClientGivesItsTokensBack(_ kind: TestDatabase) async throws {
        try await AuthorizationFixture.with(kind) { world in
            let (client, tokens) = try await world.connected()
            let other = try await world.client()
            let revoke = { (token: String, client: String) in
                world.time.advance(by: .milliseconds(1))
                try await world.authorization.revoke(OAuthParameters([(name: "token", value: token), (name: "client_id", value: client)]))
            }
            #expect(try await oauthError { try await revoke(tokens.refreshToken, other) } == .unauthorizedClient)
            try await revoke(tokens.accessToken, client)
            #expect(try await world.authorization.authenticate(tokens.accessToken) == nil)
            let next = try await world.refresh(tokens.refreshToken, client)
            try await revoke(next.refreshToken, client)
            #expect(try await world.authorization.authenticate(next.accessToken) == nil)
            #expect(try await world.authorization.grants(as: world.ada.caller).isEmpty)
            #expect(try await world.accounts.actions(as: world.ada.caller).last == "assistant.disconnected")
            try await revoke(next.refreshToken, client)
            try await revoke("unknown", client)
            #expect(try await oauthError { try await world.authorization.revoke(OAuthParameters([])) } == .invalidRequest)
        }
    }

    @Test(arguments: TestDatabase.all) func whatHasEndedIsForgotten(_ kind: TestDatabase) async throws {
        try await AuthorizationFixture.with(kind) { world in
            let unused = try await world.client()
            let (client, tokens) = try await world.connected()
            _ = try await world.code(client)
            world.time.advance(by: .days(8))
            try await world.authorization.removeExpired()
            #expect(try await problem { _ = try await world.request(unused) } == .badRequest)
            let next = try await world.refresh(tokens.refreshToken, client)
            #expect(try await world.count("oauth_grants") == 1)
            world.time.advance(by: .days(31))
            try await world.authorization.removeExpired()
            #expect(try await world.count("oauth_tokens") == 0)
            #expect(try await oauthError { _ = try await world.refresh(next.refreshToken, client) } == .invalidGrant)
            world.time.advance(by: .days(90))
            try await world.authorization.removeExpired()
            #expect(try await world.count("oauth_grants") == 0)
            try await world.authorization.removeExpired()
            #expect(try await world.count("oauth_clients") == 0)
            #expect(try await world.count("oauth_codes") == 0)
        }
    }
}

extension AuthorizationFixture {
    func count(_ table: String) async throws -> Int {
        try await accounts.database.read { try $0.query("SELECT COUNT(*) AS number FROM \(table)")[0].int("number") }
    }
}
