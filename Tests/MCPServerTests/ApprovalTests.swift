import Application
import Domain
import Foundation
import Testing

@Suite("What was approved, for assistants")
struct ApprovalTests {
    /// Eight pixels of grey.
    private static let picture: JSONValue =
        "iVBORw0KGgoAAAANSUhEUgAAAAgAAAABCAAAAADGa7CfAAAAC0lEQVR4nGNggAIAAAkAAftSuKkAAAAASUVORK5CYII="

    @Test("A key for drafts leaves alone what a person approved or planned")
    func planned() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon")
            let assistant = try await world.assistant(draftOnly: true)
            let caller = try #require(try await world.services.keys.authenticate(assistant.secret))
            let uploaded = try await assistant.does("upload_media", ["data": Self.picture, "filename": "a.png", "alt_text": "A cat"])
            let media = try #require(uploaded["media"]?["id"])
            let made = try await assistant.does(
                "create_post",
                ["channels": ["mastodon"], "text": "Look", "media": [media], "action": "schedule", "scheduled_for": .string(world.inAnHour())])
            let post = try #require(made["post"]?["id"])
            let (id, picture) = (try #require(post.string.flatMap { PostID($0) }), try #require(media.string.flatMap { MediaID($0) }))
            let seen = try await world.services.posts.get(id, as: world.person)
            _ = try await world.services.media.update(picture, altText: "A dog", name: nil, as: caller)
            await #expect(throws: ProblemReport.self) {
                try await world.services.posts.approve(id, revision: seen.revision, as: world.person)
            }
            let again = try await world.services.posts.get(id, as: world.person)
            _ = try await world.services.posts.approve(id, revision: again.revision, as: world.person)

            await #expect(throws: ProblemReport.self) {
                try await world.services.media.update(picture, altText: "Something else", name: nil, as: caller)
            }
            let refusal = try await assistant.isRefused("cancel_post", ["post": post], .forbidden)
            #expect(refusal.text.contains("more than a draft"))
            _ = try await assistant.isRefused("update_post", ["post": post, "text": "Other"], .forbidden)
            _ = try await assistant.isRefused("update_post", ["post": post, "text": "Other", "dry_run": true], .forbidden)
            let moved = try await assistant.does("reschedule_post", ["posts": [post], "shift_minutes": 60])
            #expect(moved["results"]?[0]?["moved"] == false)
            let deleted = try await assistant.does("delete_post", ["posts": [post]])
            #expect(deleted["results"]?[0]?["deleted"] == false)
            try await world.turn(after: .hours(2))
            let shown = world.simulator.control.publications(platform: "mastodon")
            #expect(shown.map(\.text) == ["Look"] && shown.flatMap(\.media).map(\.altText) == ["A dog"])
        }
    }

    @Test("Channels are listed page by page")
    func channels() async throws {
        try await AssistantWorld.with { world in
            try await world.connect("mastodon", as: "ada")
            try await world.connect("mastodon", as: "bo")
            let assistant = try await world.assistant()
            let first = try await assistant.does("list_channels", ["limit": 1])
            let second = try await assistant.does("list_channels", ["limit": 1, "cursor": first["next_cursor"] ?? ""])
            let ids = [first, second].compactMap { $0["channels"]?[0]?["id"]?.string }
            #expect(Set(ids).count == 2 && second["next_cursor"]?.string == nil)
            _ = try await assistant.isRefused("list_channels", ["limit": 201], .validationFailed)
        }
    }
}
