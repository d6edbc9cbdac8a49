import Application
import Domain
import Foundation
import MCPProtocol
import TestSupport
import Testing

@testable import MCPServer

@Suite("Resources, prompts and completion")
struct ResourceTests {
    @Test("Every resource and template can be read, by id and by name")
    func reading() async throws {
        try await AssistantWorld.with { world in
            let channel = try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let context = assistant.context
            let made = try await assistant.does(
                "create_post", ["channels": ["mastodon"], "text": "Read me", "action": "schedule", "scheduled_for": .string(world.inAnHour())])
            let id = made["post"]?["id"]?.string ?? ""
            let picture = JSONValue.string(PictureFile.png.base64EncodedString())
            let media = try await assistant.does("upload_media", ["data": picture])["media"]?["id"]?.string ?? ""
            let month = String(LocalClock(zone: "Europe/Paris").text(world.time.now + .hours(1)).prefix(7))
            #expect(try await context.resourceTemplates().count == 5)
            let fixed = try await context.resources().map(\.uri)
            #expect(fixed == ["postiz://workspace", "postiz://channels", "postiz://queue", "postiz://events"])
            for uri in fixed + [
                "postiz://channels/\(channel.id)", "postiz://channels/@ada", "postiz://platforms/x", "postiz://posts/\(id)",
                "postiz://calendar/\(month)", "postiz://media/\(media)",
            ] {
                let contents = try await context.read(uri, in: .silent)
                let first = try #require(contents.first)
                #expect(first.uri == uri && first.text?.isEmpty == false, "\(uri)")
                if first.mimeType == "application/json" { _ = try JSON.decode(JSONValue.self, from: first.text ?? "") }
            }
            #expect(try await context.read("postiz://calendar/\(month)", in: .silent).first?.text?.contains("Read me") == true)
            for uri in [
                "postiz://nothing", "postiz://posts/0", "postiz://posts/\(PostID())", "postiz://calendar/2026-13", "postiz://channels/nobody",
                "postiz://platforms/nowhere", "postiz://workspace/more", "file:///etc/passwd", "",
            ] {
                await #expect(throws: MCPError.resourceNotFound(uri: uri)) { try await context.read(uri, in: .silent) }
            }
        }
    }

    @Test("Prompts are filled with what is so, and need what they need")
    func prompts() async throws {
        try await AssistantWorld.with { world in
            let channel = try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let prompts = try await assistant.context.prompts()
            #expect(prompts.map(\.name) == ["plan_week", "write_thread", "repurpose", "review_queue", "performance_report", "fix_failed"])
            for prompt in prompts {
                let given = Dictionary(uniqueKeysWithValues: prompt.arguments.filter(\.required).map { ($0.name, "the launch") })
                let result = try await assistant.context.prompt(prompt.name, given, in: .silent)
                guard case .text(let text)? = result.messages.first?.content else { continue }
                #expect(text.contains(channel.displayName) && text.contains("Europe/Paris"))
                if !given.isEmpty {
                    #expect(text.contains("the launch"))
                    await #expect(throws: MCPError.self) { try await assistant.context.prompt(prompt.name, [:], in: .silent) }
                }
            }
            await #expect(throws: MCPError.self) { try await assistant.context.prompt("nothing", [:], in: .silent) }
        }
    }

    @Test("Completion knows channels, platforms, months and posts")
    func completion() async throws {
        try await AssistantWorld.with { world in
            let channel = try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let made = try await assistant.does("create_post", ["channels": ["mastodon"], "text": "Complete me"])
            func values(_ template: String, _ value: String) async throws -> [String] {
                try await assistant.context.complete(.resource(uriTemplate: template), argument: "id", value: value, given: [:]).values
            }
            #expect(try await values("postiz://channels/{id}", String(channel.displayName.prefix(2))).contains(channel.displayName))
            #expect(try await values("postiz://channels/{id}", String(channel.id.text.prefix(8))) == [channel.id.text])
            #expect(try await values("postiz://platforms/{platform}", "masto") == ["mastodon"])
            #expect(try await values("postiz://calendar/{month}", "").count == 12)
            #expect(try await values("postiz://posts/{id}", "complete") == [made["post"]?["id"]?.string])
            let prompt = try await assistant.context.complete(.prompt(name: "write_thread"), argument: "channel", value: "", given: [:])
            #expect(prompt.values.contains(channel.displayName))
            for reference in [CompletionReference.prompt(name: "nothing"), .resource(uriTemplate: "postiz://{x}")] {
                await #expect(throws: MCPError.self) {
                    try await assistant.context.complete(reference, argument: "channel", value: "", given: [:])
                }
            }
        }
    }

    @Test("What happens to a post is told as a change of what shows it")
    func changes() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant()
            let heard = assistant.context.changes()
            let made = try await assistant.does("create_post", ["channels": ["mastodon"], "text": "Watch me", "action": "publish_now"])
            try await world.turn()
            let uri = "postiz://posts/\(made["post"]?["id"]?.string ?? "")"
            var seen: [Change] = []
            for await change in heard {
                seen.append(change)
                if case .log(.notice, _, let data) = change, data["event"] == "post_published" { break }
            }
            #expect(seen.contains(.resourceUpdated(uri: uri)))
            #expect(seen.contains(.resourceUpdated(uri: "postiz://queue")))
            #expect(seen.contains(.resourceUpdated(uri: "postiz://events")))
        }
    }

    @Test("When events may have been missed, everything watched may have changed")
    func missedChanges() async throws {
        try await AssistantWorld.with { world in
            let assistant = try await world.assistant()
            var heard = assistant.context.changes().makeAsyncIterator()
            await world.services.broadcast.send("", to: "events:\(world.person.organizationId)")
            #expect(await heard.next() == .resourcesMayHaveChanged)
        }
    }

    @Test("Instructions say first what matters")
    func instructions() async throws {
        try await AssistantWorld.with { world in
            let plain = try #require(try await world.assistant().context.instructions)
            #expect(plain.count <= 2048 && plain.prefix(512).contains("get_workspace") && plain.prefix(512).contains("validate_post"))
            let drafts = try #require(try await world.assistant([.postsRead], draftOnly: true).context.instructions)
            #expect(drafts.contains("approval"))
        }
    }
}
