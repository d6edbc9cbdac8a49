import Application
import Domain
import MCPProtocol
import TestSupport
import Testing

@testable import MCPServer

@Suite("What is kept of assistants' calls")
struct RecordTests {
    @Test("Every call is on record, in words and without files, and what it made can be taken back")
    func undo() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let made = try await assistant.does("create_post", ["channels": ["mastodon"], "text": "First"])
            let id = try #require(PostID(made["post"]?["id"]?.string ?? ""))
            // The record is in the order of time.
            world.time.advance(by: .seconds(1))
            _ = try await assistant.does("update_post", ["post": .string(id.text), "text": "Second"])
            world.time.advance(by: .seconds(1))
            _ = try await assistant.isRefused("get_post", ["post": "nothing"], .validationFailed)
            world.time.advance(by: .seconds(1))
            let picture = PictureFile.png.base64EncodedString()
            _ = try await assistant.does("upload_media", ["data": .string(picture)])

            let record = try await world.services.audit.list(as: world.person, action: "mcp.")
            #expect(record.map { $0.detail["tool"] } == ["upload_media", "get_post", "update_post", "create_post"])
            #expect(record.map { $0.detail["ok"] } == [true, false, true, true])
            #expect(record[2].target == id.text && record[2].detail["client"] == "tester 1")
            let upload = try JSON.text(record[0].detail)
            #expect(!upload.contains(picture))

            _ = try await world.services.toolCalls.undo(record[2].id, as: world.person)
            #expect(try await world.services.posts.get(id, as: world.person).content == "First")
            world.time.advance(by: .seconds(1))
            _ = try await assistant.does("create_post", ["channels": ["mastodon"], "text": "Second post"])
            world.time.advance(by: .seconds(1))
            let last = try await world.services.audit.list(as: world.person, action: "mcp.call", limit: 1)
            _ = try await world.services.toolCalls.undo(try #require(last.first).id, as: world.person)
            #expect(try await assistant.does("list_posts")["total"] == 1)
        }
    }

    @Test("A deleted post comes back, and a cancelled one is planned again")
    func restored() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let made = try await assistant.does(
                "create_post", ["channels": ["mastodon"], "text": "Again", "action": "schedule", "scheduled_for": .string(world.inAnHour())])
            let id = try #require(made["post"]?["id"])
            for tool in ["cancel_post", "delete_post"] {
                world.time.advance(by: .seconds(1))
                _ = try await assistant.does(tool, tool == "delete_post" ? ["posts": [id]] : ["post": id])
                let last = try await world.services.audit.list(as: world.person, action: "mcp.", limit: 1)
                _ = try await world.services.toolCalls.undo(try #require(last.first).id, as: world.person)
                #expect(try await assistant.does("get_post", ["post": id])["post"]?["status"] == "SCHEDULED", "\(tool)")
            }
        }
    }

    @Test("A grant that lacks a scope is asked to allow more, where a key is told in words")
    func grants() async throws {
        try await AssistantWorld.with { world in
            let grant = Caller(
                organizationId: world.person.organizationId, identity: .grant(GrantID(), user: world.person.userId), role: .user,
                scopes: [.mediaWrite], origin: .mcp)
            let context = world.interface.context(for: grant, requestId: "request-1")
            await #expect(throws: MCPError.insufficientScope(["posts:write"])) {
                try await context.call("create_post", ["text": "a"], in: .silent)
            }
            await #expect(throws: MCPError.insufficientScope(["posts:read"])) { try await context.read("postiz://queue", in: .silent) }
            let names = try await context.tools().map(\.name)
            #expect(names == ["upload_media"])
        }
    }
}
