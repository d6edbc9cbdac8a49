import Application
import Domain
import TestSupport
import Testing

@testable import MCPServer

@Suite("Postiz's own tools, under their names")
struct AliasTests {
    @Test("They are not listed, but work in their shapes from the list of channels to a published post")
    func story() async throws {
        try await AssistantWorld.with { world in
            let channel = try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let listed = Set(try await assistant.context.tools().map(\.name))
            #expect(listed.isDisjoint(with: Aliases.all.keys))

            let channels = try await output(assistant, "integrationList")
            #expect(channels[0]?["id"]?.string == channel.id.text && channels[0]?["platform"] == "mastodon")
            #expect(try await output(assistant, "groupList") == [])
            let schema = try await output(assistant, "integrationSchema", ["platform": "mastodon", "isPremium": false])
            #expect(schema["maxLength"] == 500 && schema["settings"]?["properties"]?["visibility"] != nil)
            let options = try await output(
                assistant, "triggerTool", ["integrationId": .string(channel.id.text), "methodName": "visibility", "dataSchema": []])
            #expect(options.array?.isEmpty == false)

            let post: JSONValue = [
                "integrationId": .string(channel.id.text), "isPremium": false, "date": .string(world.time.now.description), "shortLink": false,
                "type": "now",
                "postsAndComments": [
                    ["content": "<p>Tom &amp; Ann</p><p>a < b</p>", "attachments": []], ["content": "<p>Second</p>", "attachments": []],
                ], "settings": [["key": "visibility", "value": "unlisted"], ["key": "__type", "value": "mastodon"]],
            ]
            let made = try await output(assistant, "schedulePostTool", ["socialPost": [post]])
            #expect(made[0]?["integration"]?.string == channel.id.text)
            try await world.turn()
            #expect(world.published() == ["Tom & Ann\na < b", "Second"])

            let day = String(world.time.now.description.prefix(10))
            let list = try await output(
                assistant, "postsListTool", ["startDate": .string("\(day)T00:00:00Z"), "endDate": .string("\(day)T23:59:59Z")])
            #expect(list["posts"]?[0]?["id"] == made[0]?["postId"])
            #expect(list["posts"]?[0]?["state"] == "PUBLISHED" && list["posts"]?[0]?["settings"]?["visibility"] == "unlisted")
        }
    }

    @Test("Settings of a planned post are merged")
    func settings() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let made = try await assistant.does(
                "create_post",
                [
                    "channels": ["mastodon"], "text": "a",
                    "channel_settings": [["channel": "mastodon", "values": [["name": "sensitive", "value": "true"]]]],
                ])
            let id = try #require(made["post"]?["id"])
            let changed = try await output(assistant, "postSettingsTool", ["id": id, "settings": [["key": "visibility", "value": "private"]]])
            #expect(changed["postId"] == id)
            let post = try await assistant.does("get_post", ["post": id])
            let values: JSONValue = [["name": "sensitive", "value": "true"], ["name": "visibility", "value": "private"]]
            #expect(post["post"]?["channel_settings"]?[0]?["values"] == values)
        }
    }

    @Test("Failures stand where Postiz puts them")
    func failures() async throws {
        try await AssistantWorld.with { world in
            let assistant = try await world.assistant()
            let unknown = try await assistant.call("integrationSchema", ["platform": "nowhere"])
            #expect(unknown.isError && unknown.structuredContent?["output"]?["errors"]?.string?.contains("nowhere") == true)
            let upload = try await assistant.call("uploadFromUrlTool", ["url": "http://127.0.0.1:1/a.png"])
            #expect(upload.isError && upload.structuredContent?["error"]?.string?.isEmpty == false)
            let generated = try await assistant.call("generateImageTool", ["prompt": "a cat"])
            #expect(generated.isError && generated.structuredContent?["output"]?["errors"]?.string?.contains("upload_media") == true)
            let reader = try await world.assistant([.postsRead])
            #expect(try await reader.call("schedulePostTool", ["socialPost": []]).isError)
        }
    }

    private func output(_ assistant: Assistant, _ tool: String, _ arguments: [String: JSONValue] = [:]) async throws -> JSONValue {
        let result = try await assistant.call(tool, arguments)
        #expect(!result.isError, "\(result.content)")
        return try #require(result.structuredContent?["output"])
    }
}
