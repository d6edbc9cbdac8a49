import Foundation

/// The text of a few HTML paragraphs, as editors write them.
public enum ParagraphText {
    /// Plain text is left as it is; a `<` that begins no tag stays.
    public static func plain(_ html: String) -> String {
        guard html.contains("<") || html.contains("&") else { return html }
        var text = ""
        var rest = html[...]
        var end = html.startIndex
        while let open = rest.firstIndex(of: "<") {
            text += rest[..<open]
            let behind = rest.index(after: open)
            // Looked for once, and not again for every bracket before it.
            if end <= open { end = rest[open...].firstIndex(of: ">") ?? html.endIndex }
            guard case let close = end, close < html.endIndex, isTag(rest[behind..<close]) else {
                text.append("<")
                rest = rest[behind...]
                continue
            }
            let tag = rest[behind..<close].lowercased()
            if tag == "li" || tag.hasPrefix("li ") { text += "- " }
            if tag == "/p" || tag == "/li" || tag.hasPrefix("/h") || tag.hasPrefix("br") { text += "\n" }
            rest = rest[rest.index(after: close)...]
        }
        return decoded(text + rest).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// `a < b > c` is no tag.
    private static func isTag(_ inside: Substring) -> Bool { inside.first.map { $0 == "/" || $0 == "!" || ($0.isASCII && $0.isLetter) } ?? false }

    private static func decoded(_ text: String) -> String {
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
            .reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
}
