import Foundation
import PlatformSimulator
import Testing

@testable import Domain
@testable import Platforms

/// Articles on X.
@Suite(.timeLimit(.minutes(5)))
struct XArticleTests {
    private static let text = "# Tea\n\nOnce upon a time.\n### How\n- leaves\n* water\n1. Boil\n> Good"

    @Test func linesBecomeBlocksAndPicturesStandBehindThem() throws {
        let article = X.article(Self.text, titled: "All of tea", ["1", "2", "3"])
        let blocks = try #require(article["content_state"]?["blocks"]?.array)
        #expect(
            blocks.compactMap { $0["type"]?.string } == [
                "header-one", "unstyled", "header-two", "unordered-list-item", "unordered-list-item", "ordered-list-item", "blockquote", "atomic",
                "atomic",
            ])
        #expect(blocks.compactMap { $0["text"]?.string } == ["Tea", "Once upon a time.", "How", "leaves", "water", "Boil", "Good", " ", " "])
        #expect(article["cover_media"]?["media_id"] == "1")
        #expect(article["content_state"]?["entities"]?[1]?["value"]?["data"]?["media_items"]?[0]?["media_id"] == "3")
        #expect(blocks.last?["entity_ranges"]?[0]?["key"] == 1)
    }

    @Test func marksWithinALineBecomeStylesAndLinks() throws {
        let article = X.article(
            "# All of **tea**\n🍵 *green* tea, ~~coffee~~ [more of **it**](https://example.com/tea)\n2 * 3 * 4 snake_case **", titled: "Tea", [])
        let blocks = try #require(article["content_state"]?["blocks"]?.array)
        #expect(
            blocks.compactMap { $0["text"]?.string } == ["All of tea", "🍵 green tea, coffee more of it", "2 * 3 * 4 snake_case **"])
        #expect(blocks[0]["inline_style_ranges"] == [["offset": 7, "length": 3, "style": "bold"]])
        #expect(
            blocks[1]["inline_style_ranges"] == [
                ["offset": 3, "length": 5, "style": "italic"], ["offset": 14, "length": 6, "style": "strikethrough"],
                ["offset": 29, "length": 2, "style": "bold"],
            ])
        #expect(blocks[1]["entity_ranges"] == [["key": 0, "offset": 21, "length": 10]])
        #expect(
            article["content_state"]?["entities"]?[0]?["value"] == [
                "type": "link", "mutability": "mutable", "data": ["url": "https://example.com/tea"],
            ])
        #expect(blocks[2]["inline_style_ranges"] == nil && blocks[2]["entity_ranges"] == nil)
    }

    private func bench(_ body: @Sendable (Bench) async throws -> Void) async throws {
        try await withBench(try #require(ConformanceCase.all.first { $0.platform == "x" }), body)
    }

    @Test func anArticleIsPublishedWithRepliesAndADraftIsNot() async throws {
        try await bench { bench in
            let part = OutgoingPart(text: Self.text + "\n**Good** [tea](https://example.com/)", media: [.picture(), .picture()])
            _ = try await bench.publish(
                bench.request([part, OutgoingPart(text: "More soon")], settings: ["post_type": "article", "article_title": "All of tea"]),
                journal: MemoryJournal())
            let made = bench.publications
            #expect(made.map(\.parentID) == [nil, made.first?.id])
            #expect(made.first?.text.hasPrefix("All of tea") == true)

            let outcome = try await bench.publish(
                bench.request([part], settings: ["post_type": "article_draft", "article_title": "Later"]), journal: MemoryJournal())
            if case .published(_, let url, let notes) = outcome {
                #expect(url?.hasSuffix("/i/articles") == true)
                #expect(notes.contains { $0.contains("draft") })
            }
            #expect(bench.publications.count == 2)
        }
    }

    @Test func anArticleOfWhichNobodyKnowsIsNotPublishedAgain() async throws {
        try await bench { bench in
            let request = bench.request([OutgoingPart(text: "Tea")], settings: ["post_type": "article", "article_title": "Tea"])
            let journal = MemoryJournal()
            try bench.fault(.dropAfter, "x.publishArticle")
            for _ in 0..<2 {
                let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
                #expect(error?.kind == .unknownOutcome)
            }
            #expect(bench.publications.count == 1)
        }
    }

    @Test("An article may be long whatever the account may write otherwise")
    func length() throws {
        let kind = try #require(X.descriptor.kinds.first { $0.name == "article" })
        let descriptor = X.descriptor.narrowed(to: kind)
        #expect(descriptor.textLimit(AccountLimits(textLength: 4000), isFollowUp: false) == 100_000)
        #expect(X.descriptor.textLimit(AccountLimits(textLength: 4000), isFollowUp: false) == 4000)
    }
}
