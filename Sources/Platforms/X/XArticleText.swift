import Domain

/// The words of a block of an article, without the marks of Markdown that stood around them: `**bold**`, `*italic*`, `~~struck~~`,
/// `[words](https://…)`.
struct XArticleText {
    struct Span { let offset, length: Int }

    private(set) var words = ""
    private(set) var styles: [(style: String, span: Span)] = []
    private(set) var links: [(url: String, span: Span)] = []

    init(_ text: Substring) {
        var rest = text
        while let next = Self.marked(rest) {
            words += rest[..<next.range.lowerBound]
            append(XArticleText(next.inner), as: next.style, linkedTo: next.url)
            rest = rest[next.range.upperBound...]
        }
        words += rest
    }

    // What X counts is not documented: its editor counts as browsers do, in UTF-16.
    private var length: Int { words.utf16.count }

    private mutating func append(_ inner: XArticleText, as style: String?, linkedTo url: String?) {
        let start = length
        let moved = { (span: Span) in Span(offset: span.offset + start, length: span.length) }
        words += inner.words
        let whole = Span(offset: start, length: inner.length)
        if let style { styles.append((style, whole)) }
        if let url { links.append((url, whole)) }
        styles += inner.styles.map { ($0.style, moved($0.span)) }
        // A link within a link has no meaning: the outer one stands.
        if url == nil { links += inner.links.map { ($0.url, moved($0.span)) } }
    }

    private struct Marked {
        let range: Range<Substring.Index>
        let inner: Substring
        let style, url: String?
    }

    /// The first marked piece. Marks hold on to their words: `2 * 3 * 4` has none.
    private static func marked(_ text: Substring) -> Marked? {
        let bold = text.firstMatch(of: /\*\*(\S|\S.*?\S)\*\*/).map { Marked(range: $0.range, inner: $0.output.1, style: "bold", url: nil) }
        let struck = text.firstMatch(of: /~~(\S|\S.*?\S)~~/).map { Marked(range: $0.range, inner: $0.output.1, style: "strikethrough", url: nil) }
        let italic = text.firstMatch(of: /(?:^|[^*\w])(\*([^\s*]|[^\s*][^*]*?[^\s*])\*)(?![*\w])/).map {
            Marked(range: $0.output.1.startIndex..<$0.output.1.endIndex, inner: $0.output.2, style: "italic", url: nil)
        }
        let link = text.firstMatch(of: /\[([^\[\]]+)\]\((https?:\/\/[^\s()]+)\)/)
            .map { Marked(range: $0.range, inner: $0.output.1, style: nil, url: String($0.output.2)) }
        return [bold, struck, italic, link].compactMap(\.self).min { $0.range.lowerBound < $1.range.lowerBound }
    }
}
