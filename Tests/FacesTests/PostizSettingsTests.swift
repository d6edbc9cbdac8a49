import Application
import Domain
import Foundation
import Testing

@testable import RestAPI

@Suite("Settings as programs for Postiz send them")
struct PostizSettingsTests {
    private static let meant: [(PlatformID, String, String)] = [
        ("x", #"{"post_type":"post","who_can_reply_post":"everyone","community":"","__type":"x"}"#, #"{"who_can_reply_post":"everyone"}"#),
        ("x", #"{"made_with_ai":"true","paid_partnership":"false"}"#, #"{"made_with_ai":true,"paid_partnership":false}"#),
        ("mastodon", #"{"post_type":"post","who_can_reply_post":"everyone"}"#, #"{"post_type":"post"}"#),
        ("mastodon", #"{"post_type":"article"}"#, "{}"),
        ("x", #"{"post_type":"poll","poll_options":"Tea|Coffee"}"#, #"{"post_type":"poll","poll_options":"Tea|Coffee"}"#),
        (
            "instagram", #"{"post_type":"image","collaborators":[{"label":"ada"},{"label":"grace"}]}"#,
            #"{"post_type":"auto","collaborators":"ada, grace"}"#
        ),
        ("instagram", #"{"post_type":"story","audio":{"id":7,"title":"Song"}}"#, #"{"post_type":"story","audio_id":"7"}"#),
        (
            "youtube", #"{"title":"Bread","type":"public","post_type":"post","tags":[{"value":"1","label":"rye"},{"value":"2","label":"spelt"}]}"#,
            #"{"title":"Bread","type":"public","tags":"rye, spelt"}"#
        ),
        (
            "reddit",
            #"{"subreddit":[{"value":{"subreddit":"bread","title":"Rye","type":"link","url":"https://example.com","flair":{"id":"f1","name":"News"}}}]}"#,
            #"{"subreddit":"bread","title":"Rye","post_type":"link","url":"https://example.com","flair_id":"f1"}"#
        ),
        (
            "tiktok", #"{"privacy_level":"SELF_ONLY","duet":true,"comment":"no","autoAddMusic":"yes","content_posting_method":"DIRECT_POST"}"#,
            #"{"privacy_level":"SELF_ONLY","duet":true,"comment":false,"autoAddMusic":"yes"}"#
        ),
        ("pinterest", #"{"board":"","title":"Loaf","link":"https://example.com"}"#, #"{"title":"Loaf","link":"https://example.com"}"#),
        ("linkedin", #"{"post_as_images_carousel":false,"carousel_name":"Bread"}"#, #"{"carousel_name":"Bread"}"#),
        ("linkedin", #"{"post_as_images_carousel":true,"carousel_name":"Bread"}"#, #"{"carousel_name":"Bread","post_type":"carousel"}"#),
        (
            "x", #"{"post_type":"article","article_title":"Bread","article_status":"published"}"#, #"{"post_type":"article","article_title":"Bread"}"#
        ),
        (
            "x", #"{"post_type":"article","article_title":"Bread","article_status":"draft"}"#,
            #"{"post_type":"article_draft","article_title":"Bread"}"#
        ),
        ("discord", #"{"channel":12345}"#, #"{"channel":"12345"}"#),
    ]

    @Test("become ours, and what the platform does not have is left out", arguments: meant)
    func settings(platform: PlatformID, theirs: String, ours: String) async throws {
        try await RestFixture.with { fixture in
            let descriptor = try #require(fixture.services.platforms[platform]?.descriptor)
            let made = try PostizSettings.ours(try JSON.decode(from: theirs), on: descriptor)
            #expect(made == (try JSON.decode([String: JSONValue].self, from: ours)))
            let known = Set(descriptor.settings.map(\.name))
            #expect(made.keys.allSatisfy(known.contains))
        }
    }

    @Test(
        "that would make another post of it are refused",
        arguments: [
            ("x", #"{"post_type":"thread"}"#), ("instagram", #"{"post_type":"reel-ad"}"#),
            ("tiktok", #"{"content_posting_method":"UPLOAD"}"#), ("reddit", #"{"subreddit":[{"value":{}},{"value":{}}]}"#),
        ] as [(PlatformID, String)])
    func refused(platform: PlatformID, theirs: String) async throws {
        try await RestFixture.with { fixture in
            let descriptor = try #require(fixture.services.platforms[platform]?.descriptor)
            #expect(throws: ProblemReport.self) { try PostizSettings.ours(try JSON.decode(from: theirs), on: descriptor) }
        }
    }
}

@Suite("Ids and times as programs for Postiz know them")
struct PostizShapeTests {
    @Test("a row is a post, or a post on one of its channels")
    func rows() throws {
        let (post, channel) = (PostID(at: .now), IntegrationID(at: .now))
        #expect(PostizRow(post.text) == PostizRow(post, on: channel, ofSeveral: false))
        #expect(PostizRow("\(post)_\(channel)") == PostizRow(post, on: channel, ofSeveral: true))
        for text in ["", "_", "post", "\(post)_post", "default"] { #expect(PostizRow(text) == nil) }
    }

    @Test(
        "times are read as the many programs write them",
        arguments: [
            ("2026-09-01T09:30:00.000Z", "2026-09-01T09:30:00Z"), ("2026-09-01T09:30:00", "2026-09-01T09:30:00Z"),
            ("2026-09-01T09:30", "2026-09-01T09:30:00Z"), ("2026-09-01", "2026-09-01T00:00:00Z"),
            ("2026-09-01T09:30:00.0000000+02:00", "2026-09-01T07:30:00Z"),
        ])
    func times(text: String, meant: String) throws {
        let time = try #require(PostizTime.read(text))
        #expect(time == Timestamp(meant))
        #expect(PostizTime.stamp(time) == .string("\(meant.prefix(19)).000Z"))
        #expect(PostizTime.naive(time) == .string(String(meant.prefix(19))))
        for other in ["", "tomorrow", "1788000000", "2026-13-01"] { #expect(PostizTime.read(other) == nil) }
    }
}
