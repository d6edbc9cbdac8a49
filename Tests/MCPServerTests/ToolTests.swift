import Application
import Domain
import Foundation
import TestSupport
import Testing

@testable import MCPServer

@Suite("What tools do")
struct ToolTests {
    @Test("The first call tells what there is, and channels tell what they take")
    func orientation() async throws {
        try await AssistantWorld.with { world in
            let channel = try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let workspace = try await assistant.does("get_workspace")
            #expect(workspace["time_zone"] == "Europe/Paris")
            #expect(workspace["now"]?.string == world.time.now.description)
            #expect(workspace["channels"]?[0]?["id"]?.string == channel.id.text)
            #expect(workspace["scopes"]?.array?.count == 4)
            let channels = try await assistant.does("list_channels", ["search": "nobody"])
            #expect(channels["channels"] == [])
            #expect(channels["message"]?.string?.contains(channel.displayName) == true)
            #expect(try await assistant.does("list_channels")["channels"]?[0]?["next_slot"] != nil)
            let schemas = try await assistant.does("get_channel_schema", ["channel": "mastodon"])
            let schema = try #require(schemas["platforms"]?[0])
            #expect(schema["channel_id"]?.string == channel.id.text)
            #expect(schema["text"]?["limit"] == 500)
            #expect(schema["settings"]?.array?.contains { $0["name"] == "visibility" } == true)
            let example = try JSON.decode(JSONValue.self, from: schema["example"]?.string ?? "")
            #expect(
                try await assistant.does("validate_post", ["channels": ["mastodon"], "text": "a"].merging(example.object ?? [:]) { $1 })["valid"]
                    == true)
            let options = try await assistant.does("lookup_channel_options", ["channel": "mastodon", "field": "visibility"])
            #expect(options["options"]?.array?.isEmpty == false)
        }
    }

    @Test("A post is a draft unless told otherwise; it is planned, moved, cancelled, changed and deleted")
    func life() async throws {
        try await AssistantWorld.with { world in
            let channel = try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let made = try await assistant.does("create_post", ["channels": ["mastodon"], "text": "Hello", "tags": "launch"])
            let id = try #require(made["post"]?["id"]?.string)
            #expect(made["post"]?["status"] == "DRAFT" && made["saved"] == true)
            #expect(made["url"]?.string == "https://postiz.example.com/posts/\(id)")

            let time = world.inAnHour()
            let planned = try await assistant.does("update_post", ["post": .string(id), "action": "schedule", "scheduled_for": .string(time)])
            #expect(planned["post"]?["status"] == "SCHEDULED")
            #expect(planned["post"]?["scheduled_local"]?.string == time)
            #expect(planned["changes"]?.array?.contains { $0.string?.hasPrefix("time") == true } == true)
            #expect(planned["post"]?["tags"] == ["launch"])

            let moved = try await assistant.does("reschedule_post", ["posts": [.string(id)], "shift_minutes": 30])
            #expect(moved["results"]?[0]?["moved"] == true)
            #expect(
                Timestamp(moved["results"]?[0]?["to"]?.string ?? "") == Timestamp(planned["post"]?["scheduled_for"]?.string ?? "")! + .minutes(30))

            let other = try await assistant.does(
                "create_post",
                [
                    "text": "Other", "channels": [.string(channel.displayName)], "action": "schedule", "scheduled_for": .string(time),
                ])
            let otherId = try #require(other["post"]?["id"]?.string)
            let inOrder = try await assistant.does("reschedule_post", ["posts": [.string(id), .string(otherId)], "action": "in_order"])
            #expect(inOrder["results"]?.array?.map { $0["post"]?.string } == [id, otherId])
            let shuffled = try await assistant.does("reschedule_post", ["posts": [.string(id), .string(otherId)], "action": "shuffle"])
            #expect(shuffled["results"]?.array?.map { $0["post"]?.string } == [otherId, id])
            _ = try await assistant.does("delete_post", ["posts": [.string(otherId)]])

            let queue = try await assistant.does("list_queue", ["days": 2])
            #expect(queue["days"]?.array?.flatMap { $0["items"]?.array ?? [] }.first?["post_id"]?.string == id)
            #expect(try await assistant.does("find_slots", ["channels": [.string(channel.displayName)], "count": 3])["slots"]?.array?.count == 3)

            let cancelled = try await assistant.does("cancel_post", ["post": .string("https://postiz.example.com/posts/\(id)")])
            #expect(cancelled["post"]?["status"] == "CANCELLED")
            _ = try await assistant.does("cancel_post", ["post": .string(id)])

            let deleted = try await assistant.does("delete_post", ["posts": [.string(id)]])
            #expect(deleted["results"]?[0]?["deleted"] == true)
            let again = try await assistant.does("delete_post", ["posts": [.string(id)]])
            #expect(again["results"]?[0]?["deleted"] == false)
        }
    }

    @Test("Published at once, a post is public, is found with its address, and can be removed from the platform again")
    func publishing() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let made = try await assistant.does(
                "create_post",
                ["channels": ["mastodon"], "parts": [["text": "One"], ["text": "Two"]], "first_comment": "Three", "action": "publish_now"])
            let id = try #require(made["post"]?["id"]?.string)
            #expect(made["post"]?["status"] == "PUBLISHING")
            try await world.turn()
            #expect(world.published() == ["One", "Two", "Three"])
            let post = try await assistant.does("get_post", ["post": .string(id)])
            #expect(post["post"]?["status"] == "PUBLISHED")
            #expect(post["post"]?["channels"]?[0]?["url"]?.string?.hasPrefix("http") == true)
            #expect(post["attempts"]?.array?.count == 1)
            #expect(post["previews"]?[0]?["parts"]?.array?.count == 3)
            let retried = try await assistant.does("retry_post", ["post": .string(id)])
            #expect(retried["retried"] == [])
            let deleted = try await assistant.does("delete_post", ["posts": [.string(id)], "also_remove_from_platform": true])
            #expect(deleted["results"]?[0]?["platforms"]?[0]?["removed"] == true)
            #expect(world.published() == [])
        }
    }

    @Test("A draft is published now; what failed says why and what to do")
    func sending() async throws {
        try await AssistantWorld.with { world in
            let channel = try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let made = try await assistant.does("create_post", ["channels": ["@ada"], "text": "Later"])
            let id = try #require(made["post"]?["id"]?.string)
            #expect(try await assistant.does("publish_post", ["post": .string(id)])["post"]?["status"] == "PUBLISHING")
            try world.simulator.control.revokeTokens(platform: "mastodon", account: "ada")
            try await world.turn()
            let post = try await assistant.does("get_post", ["post": .string(id)])
            #expect(post["post"]?["channels"]?[0]?["status"] == "ON_HOLD")
            #expect(post["post"]?["channels"]?[0]?["error"]?["what_to_do"]?.string?.contains("connect") == true)
            let channels = try await assistant.does("list_channels")
            #expect(channels["channels"]?[0]?["needs_reconnect"] == true)
            #expect(channels["message"]?.string?.contains(channel.displayName) == true)
            try await world.services.eventLog.flush()
            let events = try await assistant.does("list_events", ["types": ["integration_needs_reconnect"]])
            #expect(events["events"]?[0]?["channel"]?.string == channel.id.text)
            let later = try await assistant.does("list_events", ["since": events["next_cursor"] ?? ""])
            #expect(later["events"]?.array?.contains { $0["type"] == "integration_needs_reconnect" } == false)
        }
    }

    @Test("Checking tells every problem of every channel and leaves nothing behind")
    func checking() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            try await world.connect("x")
            let assistant = try await world.assistant()
            let long = JSONValue.string(String(repeating: "a", count: 501))
            for (tool, more) in [("validate_post", [:]), ("create_post", ["dry_run": true, "action": "publish_now"])]
                as [(String, [String: JSONValue])]
            {
                let arguments: [String: JSONValue] = ["channels": ["mastodon", "x"], "text": long, "media": ["https://files.example.com/a.png"]]
                let checked = try await assistant.does(tool, arguments.merging(more) { $1 })
                let problems = checked["problems"]?.array ?? []
                #expect(problems.count == 2, "\(problems)")
                #expect(problems.allSatisfy { $0["code"] == "TEXT_TOO_LONG" && $0["fix"]?.string?.isEmpty == false && $0["field"] == "text" })
                #expect(checked["warnings"]?[0]?.string?.contains("a.png") == true)
            }
            #expect(try await assistant.does("list_posts")["total"] == 0)
            #expect(try await assistant.does("list_media")["media"] == [])
        }
    }

    @Test("A channel's version replaces what it names and keeps the rest")
    func versions() async throws {
        try await AssistantWorld.with { world in
            let mastodon = try await world.connect("mastodon")
            let x = try await world.connect("x")
            let assistant = try await world.assistant()
            let made = try await assistant.does(
                "create_post",
                [
                    "channels": ["mastodon", "x"], "text": "For all",
                    "versions": [
                        ["channel": "x", "text": "For X"], ["channel": "mastodon", "values": [["name": "visibility", "value": "unlisted"]]],
                    ],
                ])
            #expect(made["post"]?["versions"] == [["channel": .string(x.id.text), "parts": [["text": "For X"]]]])
            let values: JSONValue = [["name": "visibility", "value": "unlisted"]]
            #expect(made["post"]?["channel_settings"] == [["channel": .string(mastodon.id.text), "values": values]])
            let id = try #require(made["post"]?["id"])
            let changed = try await assistant.does("update_post", ["post": id, "text": "For all else"])
            #expect(changed["changes"] == ["text"])
            #expect(changed["post"]?["versions"]?.array?.count == 1)
            let dry = try await assistant.does("update_post", ["post": id, "text": "x", "dry_run": true])
            #expect(dry["saved"] == false && dry["post"]?["text"] == "For all else")
        }
    }

    @Test("Files come as base64 or in a data URL, and the answer says which channels take them")
    func media() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let picture = PictureFile.png.base64EncodedString()
            let made = try await assistant.does("upload_media", ["data": .string(picture), "filename": "dot.png", "alt_text": "A dot"])
            #expect(made["media"]?["mime_type"] == "image/png" && made["media"]?["width"] == 1)
            #expect(made["channels"]?[0]?["accepted"] == true)
            let second = try await assistant.does("upload_media", ["data": .string("data:image/png;base64,\(picture)")])
            let id = try #require(made["media"]?["id"])
            let post = try await assistant.does("create_post", ["channels": ["mastodon"], "text": "Look", "media": [id]])
            #expect(post["post"]?["parts"]?[0]?["media"] == [id])
            #expect(try await assistant.does("list_media", ["unused": true])["media"]?.array?.map { $0["id"] } == [second["media"]?["id"]])
            #expect(try await assistant.does("list_media", ["search": "DOT"])["media"]?.array?.count == 1)
            #expect(try await assistant.does("list_media", ["type": "VIDEO"])["media"] == [])
            _ = try await assistant.isRefused("upload_media", ["data": "not base64!"], .validationFailed)
            _ = try await assistant.isRefused("upload_media", [:], .validationFailed)
        }
    }

    @Test("Figures are told for a post, a channel and everything")
    func analytics() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("x")
            let assistant = try await world.assistant()
            let made = try await assistant.does("create_post", ["channels": ["x"], "text": "Numbers", "action": "publish_now"])
            try await world.turn()
            _ = try await world.services.analytics.fetchDue(limit: 10)
            world.time.advance(by: .hours(1))
            let ofPost = try await assistant.does("get_analytics", ["scope": "post", "post": made["post"]?["id"] ?? ""])
            #expect(ofPost["of_post"]?[0]?["figures"]?.object?["likes"] != nil)
            let summary = try await assistant.does("get_analytics", ["scope": "summary", "compare_previous": true])
            #expect(summary["current"]?["published"] == 1 && summary["previous"]?["published"] == 0)
            #expect(summary["by_day_and_platform"]?[0]?["platform"] == "x")
            let channel = try await assistant.does("get_analytics", ["scope": "channel", "channel": "x", "metrics": ["likes"]])
            #expect(channel["recent_posts"]?[0]?["content"] == "Numbers")
            #expect(channel["current"]?["totals"]?.object.map { Set($0.keys).isSubset(of: ["likes"]) } == true)
            // X refuses signatures of a clock that a test has moved.
            try await world.connect("mastodon")
            _ = try await world.services.analytics.fetchDueAccounts(limit: 10)
            try world.simulator.control.gainFollowers(12, platform: "mastodon", account: "ada")
            world.time.advance(by: .days(1))
            _ = try await world.services.analytics.fetchDueAccounts(limit: 10)
            world.time.advance(by: .minutes(1))
            let account = try await assistant.does("get_analytics", ["scope": "channel", "channel": "mastodon"])
            #expect(account["accounts"]?[0]?["change"]?["followers"] == 12)
            #expect(account["accounts"]?[0]?["days"]?.array?.count == 2)
            #expect(account["message"]?.string?.hasSuffix("12 more.") == true)
            _ = try await assistant.isRefused("get_analytics", ["scope": "post"], .validationFailed)
        }
    }

    @Test("A channel whose connection ends names the posts that would wait")
    func endingConnection() async throws {
        try await AssistantWorld.with { world in
            let (channel, end) = (try await world.connect("mastodon"), world.time.now + .days(3))
            try await world.services.database.write {
                try $0.execute("UPDATE integrations SET token_expires_at = $2, refreshable = FALSE WHERE id = $1", channel.id, end)
            }
            let assistant = try await world.assistant()
            let made = try await assistant.does(
                "create_post",
                ["channels": ["mastodon"], "text": "Too late", "scheduled_for": .string((end + .days(1)).description), "action": "schedule"])
            let card = try await assistant.does("list_channels", [:])["channels"]?[0]
            let named = try #require(card?["posts_at_risk"]?[0]?.string)
            #expect(named.hasPrefix(try #require(made["post"]?["id"]?.string)) && named.hasSuffix("Too late"))
            #expect(card?["connection_ends"]?.string == end.description)
        }
    }

    @Test("Lists say how much there is and how to go on, and never grow too long")
    func lists() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            for number in 0..<12 {
                _ = try await assistant.does(
                    "create_post", ["channels": ["mastodon"], "text": .string("Post \(number) " + String(repeating: "word ", count: 400))])
            }
            let page = try await assistant.does("list_posts", ["limit": 5, "sort": "oldest"])
            #expect(page["total"] == 12 && page["posts"]?.array?.count == 5)
            #expect(page["posts"]?[0]?["text"]?.string?.count == 140)
            let rest = try await assistant.does("list_posts", ["limit": 100, "sort": "oldest", "cursor": page["next_cursor"] ?? ""])
            #expect(rest["posts"]?.array?.count == 7 && rest["next_cursor"] == nil)
            let full = try await assistant.call("list_posts", ["detail": "full", "limit": 12])
            guard case .text(let text)? = full.content.first else { return }
            #expect(text.count <= ResultSize.limit)
            let shown = full.structuredContent?["posts"]?.array?.count ?? 0
            #expect((2..<12).contains(shown) && full.structuredContent?["next_cursor"] != nil)
            var (read, cursor): ([String], JSONValue?) = ([], nil)
            repeat {
                let page = try await assistant.does("list_posts", ["detail": "full", "sort": "oldest", "cursor": cursor ?? ""])
                read += (page["posts"]?.array ?? []).compactMap { $0["text"]?.string?.split(separator: " ").dropFirst().first.map(String.init) }
                cursor = page["next_cursor"]
            } while cursor != nil && read.count < 20
            #expect(read.count == 12 && Set(read) == Set((0..<12).map(String.init)))
            #expect(try await assistant.does("list_posts", ["text": "post 3", "channel": "mastodon", "status": "DRAFT"])["total"] == 1)
        }
    }
}

enum PictureFile {
    /// One white pixel.
    static let png =
        Data(base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==") ?? Data()
}
