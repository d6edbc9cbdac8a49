import Domain
import Testing

@Suite("What is new in a feed, and what becomes of it")
struct FeedRulesTests {
    private static let added = Timestamp(milliseconds: 1_800_000_000_000)

    private func item(_ id: String?, _ link: String?, _ title: String, after: Duration? = .hours(1)) -> FeedItem {
        FeedItem(id: id, link: link, title: title, published: after.map { Self.added + $0 })
    }

    private func known(_ item: FeedItem) -> KnownFeedItem {
        KnownFeedItem(key: item.key, link: item.link, title: item.title, published: item.published)
    }

    private func fates(_ items: [FeedItem], known: [FeedItem], read: Duration = .hours(2)) -> [FeedItemFate] {
        FeedSorting.fates(of: items, known: known.map { self.known($0) }, addedAt: Self.added, lastReadAt: Self.added + read)
    }

    @Test("an item is the same when its id is, whatever else of it changed")
    func sameId() {
        let before = item("1", "https://example.com/1", "One")
        #expect(fates([item("1", "https://example.com/moved", "Another title", after: .hours(5))], known: [before]) == [.known])
    }

    @Test("an item with another id is the same when its link is, but not where many share a link")
    func sameLink() {
        let before = item("1", "https://example.com/1", "One"), home = "https://example.com/"
        #expect(fates([item("x", "https://example.com/1", "Renamed")], known: [before]) == [.known])
        #expect(fates([item(nil, "https://example.com/1", "Renamed")], known: [item(nil, "https://example.com/1", "One")]) == [.known])
        let shared = [item("1", home, "One"), item("2", home, "Two")]
        #expect(fates([item("3", home, "Three", after: .hours(3))] + shared, known: shared) == [.new, .known, .known])
    }

    @Test("what stands twice in a feed is new once")
    func twice() {
        let (one, other) = (item("1", nil, "One"), item("2", nil, "Two"))
        #expect(fates([one, other, one], known: [item("0", nil, "Zero")], read: .zero) == [.new, .new, .known])
    }

    @Test("what says that it is older than the feed's place here is of the past")
    func past() {
        let old = item("0", "https://example.com/0", "Old", after: .hours(-1)), there = item("1", nil, "One")
        #expect(fates([there, old], known: [there]) == [.known, .past])
    }

    @Test("a feed that changed its ids and links is asked about, and what is really new in it is not")
    func renamed() {
        let before = (1...5).map { item("\($0)", "http://example.com/\($0)", "Item \($0)") }
        let moved = (1...5).map { item("new-\($0)", "https://example.org/\($0)", "Item \($0)") }
        #expect(fates(moved, known: before) == Array(repeating: .doubtful, count: 5))
        let retitled = (1...5).map { item("n\($0)", "https://example.org/\($0)", "Other \($0)") }
        #expect(fates(retitled, known: before) == Array(repeating: .doubtful, count: 5))
        let undated = (1...3).map { item("u\($0)", "https://example.org/u\($0)", "Undated \($0)", after: nil) }
        #expect(fates(undated, known: before) == Array(repeating: .doubtful, count: 3))
        #expect(fates([item("n", "https://example.org/n", "News", after: .hours(3))] + moved, known: before).first == .new)
    }

    @Test("an empty feed's first items are new")
    func first() { #expect(fates([item("1", nil, "One"), item("2", nil, "Two")], known: []) == [.new, .new]) }

    @Test("filters look at title, summary and categories, whatever the case and the accents")
    func filters() {
        let item = FeedItem(title: "Neue Fähre", summary: "Über den See", categories: ["Verkehr"])
        #expect(FeedFilter().lets(item))
        #expect(FeedFilter(words: ["fahre"]).lets(item) && FeedFilter(words: ["nothing", "VERKEHR"]).lets(item))
        #expect(!FeedFilter(words: ["Zug"]).lets(item))
        #expect(!FeedFilter(words: ["see"], withoutWords: ["uber"]).lets(item))
    }

    @Test("a pattern is filled in once, and lines that stay empty go")
    func patterns() throws {
        let item = FeedItem(
            link: "https://example.com/1", title: "Of {link} and braces", summary: "Words", categories: ["Swift on Linux", "news"])
        #expect(try FeedPattern("{title}\r\n\r\n{author}\r\n\r\n{link}").text(of: item) == "Of {link} and braces\n\nhttps://example.com/1")
        #expect(try FeedPattern("{hashtags} | {categories}").text(of: item) == "#SwiftOnLinux #news | Swift on Linux, news")
        #expect(throws: ProblemReport.self) { try FeedPattern("{titel}") }
        #expect(throws: ProblemReport.self) { try FeedPattern("  ") }
    }

    @Test(arguments: [("One two three", 8, "One two…"), ("One", 3, "One"), ("One two", 0, ""), ("Onetwothree", 5, "Onet…")])
    func summariesEndAtAWord(_ text: String, _ length: Int, _ expected: String) { #expect(text.shortened(to: length) == expected) }
}
