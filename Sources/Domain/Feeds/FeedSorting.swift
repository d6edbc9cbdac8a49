import Foundation

/// An item that was read from a feed before.
public struct KnownFeedItem: Sendable, Equatable {
    public let key: String
    public let link: String?
    public let title: String
    public let published: Timestamp?

    public init(key: String, link: String?, title: String, published: Timestamp?) {
        self.key = key
        self.link = link
        self.title = title
        self.published = published
    }
}

/// What an item in a feed is, seen beside what was there before.
public enum FeedItemFate: Sendable, Equatable {
    case new
    /// It was there before, perhaps with other words: never posted again.
    case known
    /// It says that it is older than the feed's place in the workspace.
    case past
    /// It may be one that was there before: a person decides.
    case doubtful
}

/// Tells what is new in a feed.
public enum FeedSorting {
    /// The fate of each of `items`, in their order. An item is the same when its id is, else when its link is, where that link is no other
    /// item's. What has new ids and new links but was there before by its title and time is doubtful; and so is everything undated or old in a
    /// feed of which nothing is known any more.
    public static func fates(
        of items: [FeedItem], known: [KnownFeedItem], addedAt: Timestamp, lastReadAt: Timestamp?
    ) -> [FeedItemFate] {
        let keys = Set(known.map(\.key))
        let knownLinks = counted(known.compactMap(\.link)), links = counted(items.compactMap(\.link))
        let titles = Dictionary(grouping: known.filter { !$0.title.isEmpty }) { folded($0.title) }
        func isKnown(_ item: FeedItem) -> Bool {
            if keys.contains(item.key) { return true }
            guard let link = item.link else { return false }
            return knownLinks[link] == 1 && links[link] == 1
        }
        let isRenamed = !known.isEmpty && items.count > 1 && !items.contains(where: isKnown)
        var taken: Set<String> = []
        return items.map { item in
            if isKnown(item) || !taken.insert(item.key).inserted { return .known }
            if let published = item.published, published < addedAt { return titles[folded(item.title)] == nil ? .past : .doubtful }
            let twins = titles[folded(item.title)] ?? []
            if twins.contains(where: { $0.published == nil || item.published == nil || $0.published == item.published }) { return .doubtful }
            guard isRenamed else { return .new }
            return item.published.map { $0 > lastReadAt ?? addedAt } ?? false ? .new : .doubtful
        }
    }

    private static func counted(_ links: [String]) -> [String: Int] { links.reduce(into: [:]) { $0[$1, default: 0] += 1 } }

    private static func folded(_ text: String) -> String { FeedFilter.folded(text) }
}

/// Which items of a feed become posts.
public struct FeedFilter: Codable, Sendable, Equatable {
    /// One of these must be in the title, the summary or the categories; none means all items.
    public var words: [String]
    /// None of these may be there.
    public var withoutWords: [String]

    public init(words: [String] = [], withoutWords: [String] = []) {
        self.words = words
        self.withoutWords = withoutWords
    }

    /// Whatever the case and the accents.
    public func lets(_ item: FeedItem) -> Bool {
        let text = Self.folded(([item.title, item.summary] + item.categories).joined(separator: "\n"))
        func holds(_ word: String) -> Bool { text.contains(Self.folded(word)) }
        return (words.isEmpty || words.contains(where: holds)) && !withoutWords.contains(where: holds)
    }

    static func folded(_ text: String) -> String {
        text.folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
    }
}
