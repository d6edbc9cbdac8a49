import Domain
import Foundation
import Testing

@testable import MCPServer

/// Both ways of writing say the same, byte for byte.
@Suite struct PostCardWritableTests {
    private static let moment = Timestamp(milliseconds: 1_795_000_000_123)

    @Test(arguments: [false, true])
    func aListWrittenByHandIsWhatIsEncoded(isFull: Bool) throws {
        for cursor in [nil, "next"] {
            let list = PostList(
                message: "2 of \"3\" post(s).\n", url: "https://postiz.example.com/posts", timeZone: "Europe/Paris",
                posts: [card(isFull), card(!isFull)], total: 3, nextCursor: cursor)
            let byHand = try EncodedJSON(forModel: list)
            #expect(byHand == EncodedJSON(bytes: try JSON.snakeCased(list)))
            #expect(byHand.bytes.count > 500)
        }
    }

    private func card(_ isFull: Bool) -> PostCard {
        let channel = IntegrationID()
        let part = PostCard.Part(text: "Häuser \u{1} & \\ 👍", media: isFull ? [MediaID()] : nil)
        return PostCard(
            id: PostID(), url: "https://postiz.example.com/posts/1", status: isFull ? .partiallyPublished : .draft, text: "Text\twith \"marks\"",
            partCount: 2, parts: isFull ? [part, part] : nil,
            channels: isFull
                ? [
                    .init(
                        id: channel, name: "Ada", platform: "mastodon", status: .failed, url: "https://example.com/1",
                        publishedAt: Self.moment, nextAttemptAt: Self.moment, partsPublished: 1,
                        error: .init(code: "REFUSED", message: "No.", whatToDo: "Wait.", platformAnswer: nil)),
                    .init(
                        id: channel, name: "Bo", platform: "x", status: .scheduled, url: nil, publishedAt: nil, nextAttemptAt: nil,
                        partsPublished: nil, error: nil),
                ] : [],
            versions: isFull ? [.init(channel: channel, parts: [part])] : nil,
            channelSettings: isFull ? [.init(channel: channel, values: SettingValue.list(["visibility": "public"]))] : nil,
            scheduledFor: isFull ? Self.moment : nil, scheduledLocal: isFull ? "2026-11-24T09:00" : nil, timeZone: isFull ? "Europe/Paris" : nil,
            publishedAt: isFull ? Self.moment : nil, tags: isFull ? ["spring", "a \"b\""] : [], origin: isFull ? .mcp : nil,
            createdAt: isFull ? Self.moment : nil,
            updatedAt: Self.moment)
    }
}
