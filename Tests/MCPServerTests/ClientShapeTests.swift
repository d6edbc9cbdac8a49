import Domain
import TestSupport
import Testing

@testable import MCPServer

/// Arguments in the shapes in which client libraries and their models send them.
@Suite("Arguments as real clients send them")
struct ClientShapeTests {
    /// What models send for what they would leave out, when their framework shows every argument as required.
    static let nothings: [JSONValue] = [nil, "", "  ", "null", [], [:], [""], [nil], [[:]], "[]", "{}", [["text": "", "media": []]]]

    @Test("Every tool takes every optional argument empty, in any form of emptiness, for left out", arguments: nothings)
    func empties(_ nothing: JSONValue) async throws {
        try await AssistantWorld.with { world in
            let channel = try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let made = try await assistant.does("create_post", ["channels": ["mastodon"], "text": "Hello"])
            let post = try #require(made["post"]?["id"])
            let other = try #require(try await assistant.does("create_post", ["text": "To be deleted"])["post"]?["id"])
            let needed: [String: [String: JSONValue]] = [
                "get_post": ["post": post], "update_post": ["post": post], "publish_post": ["post": post], "cancel_post": ["post": post],
                "retry_post": ["post": post], "delete_post": ["posts": [other]], "get_analytics": ["scope": "summary"],
                "lookup_channel_options": ["channel": "mastodon", "field": "visibility"], "validate_post": ["text": "a", "channels": ["mastodon"]],
                "create_post": ["text": "Full", "channels": ["mastodon"]], "reschedule_post": ["posts": [post], "action": "next_slot"],
                "upload_media": ["data": .string(PictureFile.png.base64EncodedString())],
            ]
            // There is nothing to publish, and no film to convert.
            for tool in try await assistant.context.tools() where !["publish_post", "convert_media"].contains(tool.name) {
                let names = (tool.inputSchema["properties"]?.object ?? [:]).keys
                let empty = Dictionary(uniqueKeysWithValues: names.map { ($0, nothing) })
                let told = try await assistant.does(tool.name, empty.merging(needed[tool.name] ?? [:]) { $1 })
                #expect(told["message"]?.string?.contains("fits") == false, "\(tool.name): \(told)")
            }
            #expect(try await assistant.does("list_channels", ["platform": nothing])["channels"]?[0]?["id"]?.string == channel.id.text)
            #expect(try await assistant.does("list_posts", ["tag": nothing, "status": [nothing], "limit": 0])["total"] == 2)
        }
    }

    @Test("An empty value never empties a draft", arguments: nothings)
    func draftsStay(_ nothing: JSONValue) async throws {
        try await Self.withDraft { assistant, id, before in
            let fields = ["channels", "text", "parts", "versions", "media", "scheduled_for", "time_zone", "channel_settings", "first_comment"]
            for field in fields + ["clear"] {
                let told = try await assistant.does("update_post", ["post": id, "tags": ["new"], .init(field): nothing])
                #expect(told["post"]?["tags"] == ["new"], "\(field)")
                for kept in ["parts", "versions", "channel_settings", "scheduled_for"] {
                    #expect(told["post"]?[kept] == before[kept], "\(field): \(kept)")
                }
                #expect(told["post"]?["channels"]?.array?.count == 2, "\(field)")
            }
            let every = Dictionary(
                uniqueKeysWithValues: (fields + ["action", "expected_updated_at", "dry_run", "clear", "tags"]).map { ($0, nothing) })
            let told = try await assistant.does("update_post", every.merging(["post": id]) { $1 })
            #expect(told["changes"] == [], "\(told["changes"] ?? nil)")
        }
    }

    @Test("Emptying has a word of its own, for each field, and what is given beside it is set")
    func clearing() async throws {
        try await Self.withDraft { assistant, id, _ in
            for (field, more, shown, left) in [
                ("first_comment", [:], "part_count", 1), ("tags", [:], "tags", []), ("versions", [:], "versions", nil),
                ("channel_settings", [:], "channel_settings", nil), ("media", [:], "parts", [["text": "Hello"]]),
                ("parts", ["text": "Only this"], "parts", [["text": "Only this"]]),
                ("channels", [:], "channels", []),
            ] as [(String, [String: JSONValue], String, JSONValue?)] {
                let told = try await assistant.does("update_post", ["post": id, "clear": [.string(field)]].merging(more) { $1 })
                #expect(told["post"]?[shown] == left, "\(field)")
            }
            // What would leave nothing at all is refused, as a new post of nothing is.
            _ = try await assistant.isRefused("update_post", ["post": id, "clear": ["parts"]], .postInvalid)
        }
    }

    @Test("A first comment replaces the one there is; where there are more parts it is refused with words")
    func comments() async throws {
        try await Self.withDraft { assistant, id, _ in
            let told = try await assistant.does("update_post", ["post": id, "first_comment": "A better comment"])
            #expect(told["post"]?["parts"]?.array?.map { $0["text"] } == ["Hello", "A better comment"])
            #expect(told["post"]?["parts"]?[0]?["media"]?.array?.count == 1)
            _ = try await assistant.does("update_post", ["post": id, "parts": [["text": "1"], ["text": "2"], ["text": "3"]]])
            let (_, text) = try await assistant.isRefused("update_post", ["post": id, "first_comment": "4"], .validationFailed)
            #expect(text.contains("3 parts") && text.contains("Give parts"))
            let first = try await assistant.does("create_post", ["text": "a"])
            let added = try await assistant.does("update_post", ["post": first["post"]?["id"] ?? "", "first_comment": "b"])
            #expect(added["post"]?["part_count"] == 2)
        }
    }

    @Test(
        "Lists and objects may come as JSON text, outer and nested, and single values for lists of one",
        arguments: [
            ["channels": #"["mastodon"]"#, "parts": #"[{"text":"one"},{"text":"two"}]"#],
            ["channels": "mastodon", "parts": [#"{"text":"one"}"#, #"{"text":"two"}"#]],
            ["channels": ["mastodon"], "text": "one", "parts": [["text": "one", "media": "[]"], ["text": "two", "media": "null"]]],
            ["channels": " [\"mastodon\", \"\"] ", "parts": #"[{"text":"one","media":null},{"text":"two"}, {"text":""}]"#, "text": "one two"],
        ] as [[String: JSONValue]])
    func jsonText(_ arguments: [String: JSONValue]) async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let made = try await world.assistant().does("create_post", arguments)
            #expect(made["post"]?["parts"] == [["text": "one"], ["text": "two"]])
            #expect(made["post"]?["channels"]?.array?.count == 1)
        }
    }

    @Test("A text that looks like JSON stays the text that it is")
    func textStays() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            for text in ["[1, 2]", #"{"text": "a"}"#, "[draft] Hello", "nullable"] {
                #expect(try await assistant.does("create_post", ["text": .string(text)])["post"]?["text"]?.string == text)
            }
        }
    }

    @Test(
        "Settings are pairs of texts; objects are understood, also under the former names",
        arguments: [
            [
                "channel_settings": [
                    ["channel": "mastodon", "values": [["name": "visibility", "value": "unlisted"], ["name": "sensitive", "value": "true"]]]
                ]
            ],
            ["channel_settings": [["channel": "@ada", "values": ["visibility": "UNLISTED", "sensitive": true]]]],
            ["settings": [["channel": "mastodon", "values": ["visibility": "unlisted", "sensitive": "true"]]]],
            ["settings": ["channel": "mastodon", "values": [["visibility": "unlisted"], ["sensitive": true]]]],
            ["settings": #"[{"channel":"mastodon","values":"{\"visibility\":\"unlisted\",\"sensitive\":true}"}]"#],
            ["versions": [["channel": "mastodon", "settings": ["visibility": "unlisted", "sensitive": true]]]],
            [
                "versions": [
                    ["channel": "mastodon", "values": [["name": "visibility", "value": "unlisted"], ["name": "sensitive", "value": true]]]
                ]
            ],
        ] as [[String: JSONValue]])
    func settings(_ arguments: [String: JSONValue]) async throws {
        try await AssistantWorld.with { world in
            let channel = try await world.connect("mastodon")
            let made = try await world.assistant().does("create_post", ["channels": ["mastodon"], "text": "a"].merging(arguments) { $1 })
            let id = try #require(PostID(made["post"]?["id"]?.string ?? ""))
            let stored = try await world.services.posts.get(id, as: world.person).settings
            #expect(stored == [channel.id: ["visibility": "unlisted", "sensitive": true]])
            #expect(made["warnings"] == [])
        }
    }

    @Test(
        "Settings that arrive empty are told: nothing is lost in silence",
        arguments: [
            ["channel_settings": [["channel": "mastodon", "values": [:]]]], ["channel_settings": [["channel": "mastodon", "values": []]]],
            ["settings": [["channel": "mastodon", "values": [:]]]], ["versions": [["channel": "mastodon", "settings": [:]]]],
            ["channel_settings": [["channel": "mastodon", "values": [["name": "visibility", "value": ""]]]]],
        ] as [[String: JSONValue]])
    func lostSettings(_ arguments: [String: JSONValue]) async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            for tool in ["create_post", "validate_post"] {
                let told = try await assistant.does(tool, ["channels": ["mastodon"], "text": "a"].merging(arguments) { $1 })
                #expect(told["warnings"]?.array?.count == 1 && told["warnings"]?[0]?.string?.contains("set") == true, "\(told)")
            }
        }
    }

    @Test("Former names and names with the mark that keeps them apart from a language's words are understood, and not listed")
    func names() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            _ = try await assistant.does("create_post", ["text": "a"])
            for (since, until) in [("since", "until"), ("from", "to"), ("from_", "to_")] {
                let span: [String: JSONValue] = [since: "2020-01-01", until: "2020-02-01"]
                #expect(try await assistant.does("list_posts", span)["total"] == 0, "\(since)")
                _ = try await assistant.does("find_slots", [since: .string(world.inAnHour())])
                let figures = try await assistant.does("get_analytics", span.merging(["scope": "summary"]) { $1 })
                #expect(figures["current"]?["from"]?.string?.hasPrefix("2019-12-31") == true)
            }
            #expect(try await assistant.does("list_posts", ["since": "", "from": "2999-01-01"])["total"] == 0)
            #expect(try await assistant.does("list_posts", ["status": "draft"])["total"] == 1)
            #expect(try await assistant.does("list_posts", ["status": "unset", "sort": "unset"])["total"] == 1)
        }
    }

    @Test("Without arguments a channel's schema is told for every connected platform, briefly enough")
    func everySchema() async throws {
        try await AssistantWorld.with { world in
            let assistant = try await world.assistant()
            #expect(try await assistant.does("get_channel_schema")["platforms"] == [])
            for platform in ["mastodon", "x", "linkedin"] as [PlatformID] { try await world.connect(platform) }
            for arguments in [[:], ["channel": "", "platform": nil]] as [[String: JSONValue]] {
                let told = try await assistant.does("get_channel_schema", arguments)
                #expect(told["platforms"]?.array?.map { $0["platform"]?.string } == ["linkedin", "mastodon", "x"])
                #expect(told["platforms"]?.array?.allSatisfy { $0["text"]?["limit"]?.int ?? 0 > 0 } == true)
                #expect(told["message"]?.string?.contains("cut") == false)
            }
        }
    }

    @Test("Results stay within what models are shown twice")
    func sizes() async throws {
        try await AssistantWorld.with { world in
            for platform in ["mastodon", "x", "linkedin"] as [PlatformID] { try await world.connect(platform) }
            let assistant = try await world.assistant()
            for number in 0..<25 {
                _ = try await assistant.does(
                    "create_post",
                    ["channels": ["mastodon", "x", "linkedin"], "text": .string("Post \(number) \(String(repeating: "word ", count: 50))")])
            }
            for (tool, arguments) in [
                ("list_posts", [:]), ("list_posts", ["detail": "full", "limit": 25]), ("get_channel_schema", [:]), ("get_workspace", [:]),
                ("list_channels", [:]), ("list_queue", ["days": 31]), ("find_slots", ["count": 50]), ("list_events", ["limit": 100]),
                ("get_analytics", ["scope": "summary", "top_posts": 50]),
            ] as [(String, [String: JSONValue])] {
                let told = try await assistant.call(tool, arguments)
                guard case .text(let text)? = told.content.first else { continue }
                print("\(tool) \(arguments): \(text.count) characters")
                #expect(!told.isError && text.count <= 10_000, "\(tool)")
            }
        }
    }

    @Test("Postiz's own tools take lists as JSON text and empty values, too")
    func aliases() async throws {
        try await AssistantWorld.with { world in
            let channel = try await world.connect("mastodon")
            let assistant = try await world.assistant()
            #expect(try await assistant.call("integrationList", ["group": ""]).structuredContent?["output"]?.array?.count == 1)
            let entry = """
                [{"integrationId": "\(channel.id)", "type": "draft", "date": "", "postsAndComments": "[{\\"content\\": \\"One\\", \\"attachments\\": []}]", \
                "settings": ""}]
                """
            let made = try await assistant.call("schedulePostTool", ["socialPost": .string(entry)])
            #expect(!made.isError, "\(made.content)")
            #expect(try await assistant.does("list_posts")["posts"]?[0]?["text"] == "One")
        }
    }

    /// A draft with everything that can be lost.
    private static func withDraft(_ body: (Assistant, JSONValue, JSONValue) async throws -> Void) async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            try await world.connect("x")
            let assistant = try await world.assistant()
            let picture = try await assistant.does("upload_media", ["data": .string(PictureFile.png.base64EncodedString())])
            let made = try await assistant.does(
                "create_post",
                [
                    "text": "Hello", "channels": ["mastodon", "x"], "first_comment": "A first comment", "media": [picture["media"]?["id"] ?? ""],
                    "versions": [["channel": "x", "text": "For X"]], "scheduled_for": .string(world.inAnHour()), "tags": ["old"],
                    "channel_settings": [["channel": "mastodon", "values": [["name": "visibility", "value": "unlisted"]]]],
                ])
            let post = try #require(made["post"])
            #expect(post["parts"]?.array?.count == 2 && post["versions"] != nil && post["channel_settings"] != nil)
            try await body(assistant, try #require(post["id"]), post)
        }
    }
}
