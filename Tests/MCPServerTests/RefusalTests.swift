import Application
import Domain
import MCPProtocol
import TestSupport
import Testing

@testable import MCPServer

@Suite("What assistants are refused, and how")
struct RefusalTests {
    @Test("Wrong arguments are named with what was meant and what they must be")
    func arguments() async throws {
        try await AssistantWorld.with { world in
            let assistant = try await world.assistant()
            for (tool, arguments, words) in [
                ("create_post", ["chanels": ["x"]], "Did you mean channels?"),
                ("create_post", ["scheduledFor": "2030-01-01T09:00"], "Did you mean scheduled_for?"),
                ("create_post", ["action": "now"], "Use draft, schedule, next_slot or publish_now."),
                ("create_post", ["parts": [["txt": "a"]]], "Did you mean text?"),
                ("create_post", ["parts": "one, two"], "parts must be a list, not a text."),
                ("create_post", ["parts": 5], "parts must be a list, not a number."),
                ("create_post", ["channels": ["name": "x"]], "channels must be a list, not an object."),
                ("create_post", ["parts": ["one"]], "parts[0] must be an object, not a text."),
                ("create_post", ["text": ["a": "b"]], "text must be a text, not an object."),
                ("list_posts", ["limit": "many"], "limit must be a whole number, not a text."),
                ("list_posts", ["limit": 1000], "1 to 100"),
                ("get_post", [:], "post is missing."),
                ("get_post", ["post": "the last one"], "names no post"),
                ("get_workspace", ["name": "x"], "takes no arguments"),
                ("create_post", ["text": "a", "channels": ["x"], "action": "schedule"], "next_slot"),
                ("create_post", ["text": "a", "action": "next_slot", "scheduled_for": "2030-01-01T09:00"], "action schedule"),
                ("list_posts", ["since": "yesterday"], "cannot be read"),
            ] as [(String, [String: JSONValue], String)] {
                let code: ProblemReport.Code = arguments["channels"] == ["x"] && arguments["text"] != nil ? .unknownChannel : .validationFailed
                let (value, text) = try await assistant.isRefused(tool, arguments, code)
                if code == .validationFailed { #expect(text.contains(words), "\(tool) \(arguments): \(text)") }
                #expect(value["retryable"] == false)
            }
            await #expect(throws: MCPError.unknownTool("no_such_tool")) { try await assistant.call("no_such_tool") }
        }
    }

    @Test("What is null counts as absent, and a single value as a list of one")
    func leniency() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let made = try await assistant.does("create_post", ["channels": "mastodon", "text": "Hello", "scheduled_for": nil, "media": nil])
            #expect(made["post"]?["channels"]?.array?.count == 1)
            #expect(try await assistant.does("list_posts", ["limit": "5"])["total"] == 1)
        }
    }

    @Test("An unknown channel is answered with those there are, a past time with the way to the present")
    func advice() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let (_, unknown) = try await assistant.isRefused("create_post", ["channels": ["tiktok"], "text": "a"], .unknownChannel)
            #expect(unknown.contains("mastodon:ada") && unknown.contains("list_channels"))
            let (_, past) = try await assistant.isRefused(
                "create_post", ["channels": ["mastodon"], "text": "a", "action": "schedule", "scheduled_for": "2020-01-01T09:00"], .timeInPast)
            #expect(past.contains("get_workspace"))
            let (value, invalid) = try await assistant.isRefused(
                "create_post", ["channels": ["mastodon"], "text": .string(String(repeating: "a", count: 501)), "action": "publish_now"], .postInvalid)
            #expect(value["details"]?["problems"]?[0]?["code"] == "TEXT_TOO_LONG")
            #expect(invalid.contains("validate_post"))
            #expect(try await assistant.does("list_posts")["total"] == 0)
        }
    }

    @Test("Times in a change of the clocks are taken and explained")
    func clocks() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            // The last Sundays of March and October, some years ahead.
            for (time, words) in [("2029-03-25T02:30", "skip"), ("2028-10-29T02:30", "twice")] {
                let made = try await assistant.does("validate_post", ["channels": ["mastodon"], "text": "a", "scheduled_for": .string(time)])
                #expect(made["warnings"]?[0]?.string?.contains(words) == true, "\(made)")
            }
        }
    }

    @Test("A shift by days, and by minutes that are days, keeps the clock time over a change of the clocks; other minutes shift the instant")
    func shifts() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            // Paris changes its clocks on 25 March 2029, between these two evenings.
            for shift in [["shift_days": 1], ["shift_minutes": 1440]] as [[String: JSONValue]] {
                let made = try await assistant.does(
                    "create_post",
                    [
                        "channels": ["mastodon"], "text": "a", "action": "schedule", "scheduled_for": "2029-03-24T20:00",
                        "time_zone": "Europe/Paris",
                    ])
                let id = try #require(made["post"]?["id"]?.string)
                #expect(made["post"]?["scheduled_for"] == "2029-03-24T19:00:00.000Z")
                let moved = try await assistant.does("reschedule_post", shift.merging(["posts": [.string(id)]]) { $1 })
                #expect(moved["results"]?[0]?["to"] == "2029-03-25T18:00:00.000Z", "\(moved)")
                let back = try await assistant.does("reschedule_post", ["posts": [.string(id)], "shift_minutes": -1500])
                #expect(back["results"]?[0]?["to"] == "2029-03-24T17:00:00.000Z", "\(back)")
            }
            let (_, words) = try await assistant.isRefused(
                "reschedule_post", ["posts": [.string(PostID().text)], "shift_days": 1, "shift_minutes": 1], .validationFailed)
            #expect(words.contains("shift_days"))
        }
    }

    @Test("A key sees only the tools its scopes allow, and is told how to get more")
    func scopes() async throws {
        try await AssistantWorld.with { world in
            let reader = try await world.assistant([.postsRead])
            let names = try await reader.context.tools().map(\.name)
            #expect(names.contains("list_posts"))
            #expect(Set(names).isDisjoint(with: ["create_post", "upload_media", "get_analytics"]))
            let (value, text) = try await reader.isRefused("create_post", ["text": "a"], .forbiddenScope)
            #expect(value["details"]?["scope"] == "posts:write")
            #expect(text.contains("Settings → API keys"))
            let writer = try await world.assistant([.mediaWrite])
            #expect(try await writer.context.tools().map(\.name) == ["upload_media"])
            #expect(try await writer.context.resources().isEmpty)
        }
    }

    @Test("What a key for drafts plans goes to review, and it cannot publish at once")
    func drafts() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant([.postsRead, .postsWrite], draftOnly: true)
            let names = try await assistant.context.tools().map(\.name)
            #expect(Set(names).isDisjoint(with: ["publish_post", "retry_post"]))
            let made = try await assistant.does("create_post", ["channels": ["mastodon"], "text": "Please", "action": "publish_now"])
            #expect(made["post"]?["status"] == "IN_REVIEW")
            #expect(made["message"]?.string?.contains("approve") == true)
            try await world.turn(after: .hours(1))
            #expect(world.published() == [])
            _ = try await assistant.isRefused("publish_post", ["post": made["post"]?["id"] ?? ""], .forbidden)
            let id = try #require(PostID(made["post"]?["id"]?.string ?? ""))
            _ = try await world.services.posts.approve(id, as: world.person)
            try await world.turn()
            #expect(world.published() == ["Please"])
        }
    }

    @Test("Too many calls are refused with the seconds to wait")
    func rates() async throws {
        try await AssistantWorld.with(["RATE_LIMIT_PER_MINUTE": "3", "CREATE_LIMIT_PER_MINUTE": "1"]) { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            _ = try await assistant.does("create_post", ["channels": ["mastodon"], "text": "a"])
            let (value, text) = try await assistant.isRefused("create_post", ["channels": ["mastodon"], "text": "b"], .rateLimited)
            #expect(value["retryable"] == true && (value["retryAfterSeconds"]?.int ?? 0) > 0)
            #expect(text.contains("Wait") && value["what_to_do"]?.string?.contains("Wait") == true)
            _ = try await assistant.does("get_workspace")
            _ = try await assistant.isRefused("get_workspace", [:], .rateLimited)
            world.time.advance(by: .minutes(1))
            _ = try await assistant.does("get_workspace")
        }
    }

    @Test(
        "The same idempotency key, whatever text it is, makes one post; with another body it is refused, also when it is only tried",
        arguments: ["k-1", "spring ride 2026", "Frühling 🚲", String(repeating: "long ", count: 200)])
    func idempotency(_ key: String) async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let arguments: [String: JSONValue] = ["channels": ["mastodon"], "text": "Once", "idempotency_key": .string(key)]
            let first = try await assistant.does("create_post", arguments)
            let second = try await assistant.does("create_post", arguments)
            #expect(first["post"]?["id"] == second["post"]?["id"])
            // In another shape it is the same call.
            let third = try await assistant.does("create_post", arguments.merging(["channels": #"["mastodon"]"#, "dry_run": false]) { $1 })
            #expect(first["post"]?["id"] == third["post"]?["id"])
            let other = arguments.merging(["text": "Twice"]) { $1 }
            _ = try await assistant.isRefused("create_post", other, .idempotencyMismatch)
            _ = try await assistant.isRefused("create_post", other.merging(["dry_run": true]) { $1 }, .idempotencyMismatch)
            let tried = try await assistant.does("create_post", arguments.merging(["dry_run": true]) { $1 })
            #expect(tried["warnings"]?[0]?.string?.contains("made before") == true)
            #expect(try await assistant.does("list_posts")["total"] == 1)
        }
    }

    @Test("No assistant sees or touches another workspace's posts")
    func isolation() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let made = try await world.assistant().does("create_post", ["channels": ["mastodon"], "text": "Ours"])
            let id = try #require(made["post"]?["id"])
            let registration = Registration(email: "eve@example.org", password: "correct horse battery", name: "Eve")
            let eve = try await world.services.accounts.register(registration, from: ClientInfo(address: "192.0.2.2", userAgent: "test")).caller
            let stranger = Assistant(context: world.interface.context(for: eve, requestId: "request-1"), secret: "")
            for tool in ["get_post", "publish_post", "cancel_post", "retry_post", "update_post"] {
                _ = try await stranger.isRefused(tool, ["post": id], .notFound)
            }
            #expect(try await stranger.does("delete_post", ["posts": [id]])["results"]?[0]?["deleted"] == false)
            #expect(try await stranger.does("list_posts")["total"] == 0)
            let uri = "postiz://posts/\(id.string ?? "")"
            await #expect(throws: MCPError.resourceNotFound(uri: uri)) { try await stranger.context.read(uri, in: .silent) }
        }
    }
}
