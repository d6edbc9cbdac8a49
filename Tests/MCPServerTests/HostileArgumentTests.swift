import Application
import Domain
import Gateway
import TestSupport
import Testing

@testable import MCPServer

@Suite("Arguments that mean harm")
struct HostileArgumentTests {
    @Test(
        "A post is not shifted beyond what a time holds",
        arguments: [9_007_199_254_740_991, -9_007_199_254_740_991, 153_722_867_280_912, 600_000] as [Double])
    func shift(_ minutes: Double) async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let made = try await assistant.does(
                "create_post", ["channels": ["mastodon"], "text": "a", "action": "schedule", "scheduled_for": .string(world.inAnHour())])
            let post = try #require(made["post"]?["id"])
            let (_, text) = try await assistant.isRefused(
                "reschedule_post", ["posts": [post], "shift_minutes": .number(minutes)], .validationFailed)
            #expect(text.contains("at most a year"))
            let moved = try await assistant.does("reschedule_post", ["posts": [post], "shift_minutes": 60])
            #expect(moved["results"]?[0]?["moved"] == true)
        }
    }

    @Test("A number written as text is a number that a number can hold")
    func numbersInText() async throws {
        try await AssistantWorld.with { world in
            let (_, text) = try await world.assistant().isRefused("list_posts", ["limit": "9223372036854775807"], .validationFailed)
            #expect(text.contains("limit must be a whole number"))
        }
    }

    @Test("A text of brackets is read in one pass", .timeLimit(.minutes(10)), arguments: ["", ">"])
    func brackets(_ end: String) {
        let text = String(repeating: "<", count: 300_000) + end
        #expect(ParagraphText.plain(text) == text)
        #expect(ParagraphText.plain("a < b <b>c</b> < d<br>e > f") == "a < b c < d\ne > f")
    }

    @Test("One call neither holds endless lists nor sends endless requests")
    func lists() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let version: JSONValue = ["channel": "mastodon", "text": "a"]
            let (_, long) = try await assistant.isRefused(
                "create_post", ["text": "a", "channels": ["mastodon"], "versions": .array(Array(repeating: version, count: 201))], .validationFailed)
            #expect(long.contains("versions holds at most 200"))
            let addresses = (1...101).map { JSONValue.string("https://127.0.0.1:1/\($0).png") }
            let (_, fetching) = try await assistant.isRefused(
                "create_post", ["text": "a", "channels": ["mastodon"], "media": .array(addresses)], .validationFailed)
            #expect(fetching.contains("At most 100 files"))
        }
    }

    @Test("Names of tools that there are not become no rows of the activity")
    func unknownNames() async throws {
        try await AssistantWorld.with { world in
            let assistant = try await world.assistant()
            for name in ["no_such_tool", "\0", String(repeating: "x", count: 100_000)] {
                await #expect(throws: (any Error).self) { try await assistant.call(name) }
            }
            _ = try await assistant.does("get_workspace")
            _ = try await assistant.call("integrationList")
            await world.services.assistants.flush()
            let tools = try await world.services.assistants.activity(as: world.person).first?.tools
            #expect(tools == ["get_workspace": 1, "integrationList": 1])
        }
    }
}
