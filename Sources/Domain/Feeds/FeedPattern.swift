import Foundation

/// How the text of a post is made from an item of a feed: words with `{title}`, `{link}`, `{summary}`, `{author}`, `{categories}` and
/// `{hashtags}` in them.
public struct FeedPattern: Sendable, Equatable {
    public static let standard = "{title}\n\n{link}"
    public static let longest = 2000
    private static let names = ["title", "link", "summary", "author", "categories", "hashtags"]

    public let text: String

    /// Throws `VALIDATION_FAILED` for one that is empty, too long, or asks for what items do not have.
    public init(_ text: String) throws(ProblemReport) {
        let text = text.withOneLineEnd.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...Self.longest).contains(text.unicodeScalars.count) else {
            throw .invalid("pattern", "Write a pattern of 1 to \(Self.longest) characters, such as {title} {link}.")
        }
        for found in text.matches(of: /\{([A-Za-z]+)\}/) where !Self.names.contains(String(found.1)) {
            let known = Self.names.map { "{\($0)}" }.joined(separator: ", ")
            throw .invalid("pattern", "{\(found.1)} is not known. A pattern may hold \(known).")
        }
        self.text = text
    }

    /// The text for `item`; of its summary at most `summaryLength` characters, cut at the end of a word. A line that stays empty is left out.
    public func text(of item: FeedItem, summaryLength: Int = 1000) -> String {
        let values = [
            "title": item.title, "link": item.link ?? "", "summary": item.summary.shortened(to: summaryLength), "author": item.author ?? "",
            "categories": item.categories.joined(separator: ", "),
            "hashtags": item.categories.map(Self.hashtag).filter { $0.count > 1 }.joined(separator: " "),
        ]
        // In one go: what an item says is never read as a pattern.
        let filled = text.replacing(/\{([a-z]+)\}/) { values[String($0.1)] ?? String($0.0) }
        return filled.replacing(/[ \t]+\n/) { _ in "\n" }.replacing(/\n{3,}/) { _ in "\n\n" }.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func hashtag(_ category: String) -> String {
        let words = category.split { !$0.isLetter && !$0.isNumber }
        return "#" + words.map { words.count == 1 ? String($0) : $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}

extension String {
    /// The first `length` characters, cut at the end of a word, with an ellipsis where something is left out.
    public func shortened(to length: Int) -> String {
        guard count > length else { return self }
        guard length > 1 else { return "" }
        let head = prefix(length - 1)
        let word = head.lastIndex(where: \.isWhitespace).map { head[..<$0] } ?? head
        return (word.count > length / 2 ? word : head).trimmingCharacters(in: .whitespacesAndNewlines) + "…"
    }
}
