import Domain
import Foundation
import TestSupport
import Testing

@testable import Application

@Suite struct ConsentRequestTests {
    @Test(arguments: TestDatabase.all) func aPersonAllowsWhatAnAssistantAsks(_ kind: TestDatabase) async throws {
        try await AuthorizationFixture.with(kind) { world in
            let client = try await world.client()
            let request = try await world.request(client, ["scope": "posts:write posts:read offline_access"])
            #expect(request.clientName == "Example Assistant" && request.identifiedBy == nil)
            #expect(request.scopes == [.postsRead, .postsWrite] && request.extents == [.full, .drafts, .read])
            world.time.advance(by: .milliseconds(1))
            let answer = try await world.authorization.allow(request, .full, in: world.ada.organization.id, as: world.ada.caller)
            let query = AuthorizationFixture.query(of: answer.url)
            #expect(answer.allowed && answer.url.hasPrefix(AuthorizationFixture.callback + "?"))
            #expect(query["state"] == "a state" && query["iss"] == "https://postiz.example.com/oauth" && query["code"]?.count == 43)
            #expect(try await world.accounts.actions(as: world.ada.caller).suffix(1) == ["assistant.allowed"])
            // Only once the assistant has come for its tokens.
            #expect(try await world.authorization.grants(as: world.ada.caller).isEmpty)
        }
    }

    @Test func whoDeniesSendsTheAssistantAwayWithItsState() async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let answer = world.authorization.deny(try await world.request(try await world.client()))
            let query = AuthorizationFixture.query(of: answer.url)
            #expect(!answer.allowed && query["error"] == "access_denied" && query["state"] == "a state" && query["code"] == nil)
            #expect(query["iss"] == "https://postiz.example.com/oauth")
        }
    }

    @Test func onlyWhatMakesADifferenceIsOffered() async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let client = try await world.client()
            #expect(try await world.request(client).scopes == Authorization.offeredScopes)
            #expect(try await world.request(client, ["scope": "posts:read analytics:read"]).extents == [.full])
            #expect(try await world.request(client, ["scope": "posts:write"]).extents == [.full, .drafts])
            #expect(try await world.request(client, ["scope": "posts:read media:write"]).extents == [.full, .read])
            let request = try await world.request(client, ["scope": "posts:read"])
            #expect(
                try await problem { _ = try await world.authorization.allow(request, .drafts, in: world.ada.organization.id, as: world.ada.caller) }
                    == .validationFailed)
        }
    }

    /// What is changed, and the error that the client is told.
    @Test(arguments: [
        (["response_type": "token"], "unsupported_response_type"), (["response_type": ""], "invalid_request"),
        (["code_challenge": ""], "invalid_request"), (["code_challenge_method": "plain"], "invalid_request"),
        (["code_challenge_method": ""], "invalid_request"), (["code_challenge": "short"], "invalid_request"),
        (["code_challenge": String(repeating: "=", count: 43)], "invalid_request"), (["response_mode": "fragment"], "invalid_request"),
        (["scope": "admin"], "invalid_scope"), (["scope": "everything"], "invalid_scope"),
        (["resource": "https://other.example.com/mcp"], "invalid_target"),
        (["resource": "https://postiz.example.com/api"], "invalid_target"),
    ])
    func aRequestWithAMistakeIsAnsweredToTheClient(changes: [String: String], error: String) async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let answer = try #require(try await world.refusal(try await world.client(), changes))
            #expect(answer["error"] == error && answer["state"] == "a state" && answer["iss"] == "https://postiz.example.com/oauth")
            #expect(answer["error_description"]?.isEmpty == false)
        }
    }

    @Test func aParameterGivenTwiceIsAMistake() async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let client = try await world.client()
            let pairs = [
                ("client_id", client), ("redirect_uri", AuthorizationFixture.callback), ("response_type", "code"), ("state", "1"), ("state", "2"),
            ]
            guard case .failure(let refusal) = try await world.authorization.read(OAuthParameters(pairs.map { ($0, $1) }), as: world.ada.caller)
            else {
                Issue.record("a state given twice was taken")
                return
            }
            let answer = AuthorizationFixture.query(of: refusal.answer.url)
            #expect(answer["error"] == "invalid_request" && answer["state"] == nil)
            let twice = OAuthParameters([(name: "client_id", value: client), (name: "client_id", value: client)])
            #expect(try await problem { _ = try await world.authorization.read(twice, as: world.ada.caller) } == .badRequest)
        }
    }

    @Test func theResourceMayBeLeftOutOrEndInASlash() async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let client = try await world.client()
            #expect(try await world.refusal(client, ["resource": ""]) == nil)
            #expect(try await world.refusal(client, ["resource": world.resource + "/"]) == nil)
        }
    }

    /// The browser must not be sent to an address that nobody vouches for.
    @Test(arguments: [
        ["client_id": "ptc_unknown"], ["client_id": "Example"], ["client_id": ""], ["redirect_uri": "https://other.example.com/callback"],
        ["redirect_uri": "https://assistant.example.com/callback/"], ["redirect_uri": "javascript:alert(1)"], ["redirect_uri": ""],
    ])
    func withoutATrustworthyAddressNothingIsSent(changes: [String: String]) async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let client = try await world.client([AuthorizationFixture.callback, "http://localhost/callback"])
            #expect(try await problem { _ = try await world.request(client, changes) } == .badRequest)
        }
    }

    @Test func aClientWithOneAddressNeedNotNameIt() async throws {
        try await AuthorizationFixture.with(.sqlite) { world in
            let request = try await world.request(try await world.client(), ["redirect_uri": ""])
            #expect(request.redirect.text == AuthorizationFixture.callback)
        }
    }

    @Test(arguments: TestDatabase.all) func nobodyGivesAwayAWorkspaceThatIsNotTheirs(_ kind: TestDatabase) async throws {
        try await AuthorizationFixture.with(kind) { world in
            let bob = try await world.accounts.register("bob")
            let request = try await world.request(try await world.client())
            let attempt = try await problem {
                _ = try await world.authorization.allow(request, .full, in: bob.organization.id, as: world.ada.caller)
            }
            #expect(attempt == .notFound)
            let key = try await world.accounts.makeKey(NewAPIKey(name: "Key", scopes: [.admin]), as: world.ada.caller)
            let program = try #require(try await world.accounts.keys.authenticate(key.secret))
            #expect(try await problem { _ = try await world.request(request.clientId, as: program) } == .forbidden)
        }
    }
}
