import Domain
import Testing

@Suite("Messages of other programs")
struct IncomingMessageTests {
    @Test(
        "what programs say to Slack becomes plain words; our own words stay as they are",
        arguments: [
            ("text", "See <https://example.com|the page> &amp; <https://example.org>", "See the page https://example.com & https://example.org"),
            ("text", "<mailto:ada@example.com|ada@example.com> &lt;3", "ada@example.com mailto:ada@example.com <3"),
            ("content", "a &amp; <https://example.com|b>", "a &amp; <https://example.com|b>"),
        ])
    func words(_ field: String, _ said: String, _ wanted: String) throws {
        #expect(try IncomingMessage([field: .string(said), "username": "bot", "blocks": [1, 2]]).text == wanted)
    }

    @Test("channels, files and tags are lists or single texts")
    func lists() throws {
        let message = try IncomingMessage(["text": "x", "channels": "mastodon", "media": ["https://example.com/a.png"], "tags": ["a"]])
        #expect(message.channels == ["mastodon"] && message.media == ["https://example.com/a.png"] && message.tags == ["a"])
    }

    @Test("what says nothing or has the wrong shape is refused")
    func refused() {
        let wrong: [[String: JSONValue]] = [
            [:], ["text": " "], ["text": 1], ["text": "x", "channels": [1]], ["text": "x", "media": "file:///etc/passwd"],
            ["text": .string(String(repeating: "x", count: 20_001))],
        ]
        for fields in wrong { #expect(throws: ProblemReport.self) { try IncomingMessage(fields) } }
    }
}
