import Application
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Gateway

@Suite("What assistants use, over REST")
struct RestAssistantTests {
    @Test("a draft-only key shows that it is one, drafts, and may neither publish nor make a freer key")
    func draftOnly() async throws {
        try await RestFixture.with { fixture in
            let ada = try await fixture.person("ada")
            let made = try await ada.send(.post, "/api/keys", NewAPIKey(name: "Careful", scopes: [.admin], draftOnly: true))
            #expect(try made.json["key"]?["draftOnly"] == true)
            let secret = try #require(try made.json["secret"]?.string)
            let key = Person(fixture: fixture, headers: [.authorization: "Bearer \(secret)"])
            #expect(try await key.send(.get, "/api/workspace").json["draftOnly"] == true)
            #expect(try await ada.send(.get, "/api/workspace").json["draftOnly"] == false)
            let post = try await key.send(.post, "/api/posts", ["content": "Draft"] as JSONValue)
            let id = try #require(try post.json["id"]?.string)
            #expect(try await key.send(.post, "/api/posts/\(id)/publish").errorCode == "FORBIDDEN")
            #expect(try await key.send(.post, "/api/keys", NewAPIKey(name: "Free", scopes: [.postsWrite])).errorCode == "FORBIDDEN")
            #expect(try await key.send(.post, "/api/keys", NewAPIKey(name: "Same", scopes: [.postsWrite], draftOnly: true)).status == .created)
            let plain = try await ada.send(.post, "/api/keys", ["name": "Plain", "scopes": ["posts:read"]] as JSONValue)
            #expect(try plain.json["key"]?["draftOnly"] == false)
        }
    }

    @Test("PATCH changes what is given, lists are narrowed, and the workspace tells its time")
    func reading() async throws {
        try await RestFixture.with { fixture in
            let ada = try await fixture.person("ada")
            let post = try await ada.send(.post, "/api/posts", ["content": "Before", "tags": ["a"]] as JSONValue)
            let id = try #require(try post.json["id"]?.string)
            let changed = try await ada.send(.patch, "/api/posts/\(id)", ["content": "After"] as JSONValue)
            #expect(try changed.json["content"] == "After")
            #expect(try changed.json["tags"] == ["a"])
            #expect(try await ada.send(.patch, "/api/posts/\(id)", ["content": "x", "revision": 1] as JSONValue).errorCode == "CONFLICT")
            #expect(try await ada.send(.get, "/api/posts?origin=WEB").json["items"]?.array?.count == 1)
            #expect(try await ada.send(.get, "/api/posts?origin=MCP").json["items"]?.array == [])
            #expect(try await ada.send(.get, "/api/posts?channels=nobody").errorCode == "UNKNOWN_CHANNEL")
            #expect(try await ada.send(.post, "/api/posts/\(id)/cancel?channel=nobody").errorCode == "UNKNOWN_CHANNEL")
            let workspace = try await ada.send(.get, "/api/workspace").json
            #expect(workspace["countsByStatus"] == ["DRAFT": 1])
            #expect(workspace["local"]?.string?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d/) != nil)
            #expect(try await ada.send(.get, "/api/slots").json["items"]?.array == [])
            #expect(try await ada.send(.get, "/api/slots?basis=luck").errorCode == "VALIDATION_FAILED")
            #expect(try await ada.send(.get, "/api/queue?days=3").json["items"]?.array?.count == 3)
        }
    }

    @Test("the event log tells at once what was done, and continues")
    func events() async throws {
        try await RestFixture.with { fixture in
            let ada = try await fixture.person("ada")
            _ = try await ada.send(.post, "/api/posts", ["content": "First"] as JSONValue)
            let log = try await ada.send(.get, "/api/events/log").json
            #expect(log["items"]?.array?.map { $0["message"]?.string } == ["The post \"First\" was saved."])
            let cursor = try #require(log["nextCursor"]?.string)
            _ = try await ada.send(.post, "/api/posts", ["content": "Second"] as JSONValue)
            let more = try await ada.send(.get, "/api/events/log?cursor=\(cursor)&types=post_created").json
            #expect(more["items"]?.array?.count == 1)
            #expect(try await ada.send(.get, "/api/events/log?types=nonsense").errorCode == "VALIDATION_FAILED")
        }
    }

    @Test("an assistant's call is taken back from the audit log")
    func undo() async throws {
        try await RestFixture.with { fixture in
            let ada = try await fixture.person("ada")
            let id = try #require(try await ada.send(.post, "/api/posts", ["content": "By a bot"] as JSONValue).json["id"]?.string)
            let login = Login(email: "ada@example.com", password: "correct horse battery")
            let caller = try await fixture.services.accounts.login(login, from: ClientInfo(address: "127.0.0.1", userAgent: "test")).caller
            let call = ToolCall(
                tool: "create_post", arguments: ["text": "By a bot"], ok: true, milliseconds: 1, post: PostID(id),
                undo: [.deletePosts([try #require(PostID(id))])])
            try await fixture.services.toolCalls.record(call, as: caller)
            let entry = try #require(try await ada.send(.get, "/api/audit?action=mcp.").json["items"]?[0])
            #expect(entry["canUndo"] == true)
            #expect(entry["who"] == "ada")
            let address = "/api/audit/\(try #require(entry["id"]?.string))/undo"
            #expect(try await fixture.person("bob").send(.post, address).errorCode == "NOT_FOUND")
            #expect(try await ada.send(.post, address).json["message"] == "The post was moved to the trash.")
            #expect(try await ada.send(.get, "/api/posts/\(id)").status == .notFound)
            #expect(try await ada.send(.post, address).errorCode == "CONFLICT")
        }
    }
}
