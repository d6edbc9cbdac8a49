import Foundation

/// Mastodon's counting and its HTML.
enum MastodonText {
    /// Grapheme clusters of the warning as it is and of the text, in which a link counts `linkCost` and a remote mention as its local part.
    static func length(_ text: String, warning: String = "", linkCost: Int = 23) -> Int { (warning + counted(text, linkCost)).count }

    private static func counted(_ text: String, _ linkCost: Int) -> String {
        guard text.contains("@") || text.contains(":") else { return text }
        var entities = TwitterPatterns.mastodon.links(in: text).map { (range: $0, by: String(repeating: "x", count: linkCost)) }
        let mentions = mention?.matches(in: text, range: NSRange(text.startIndex..., in: text)) ?? []
        for found in mentions {
            entities.append((text.range(of: found.range), "@" + text[text.range(of: found.range(at: 1))]))
        }
        var result = ""
        var position = text.startIndex
        for (range, by) in entities.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) where range.lowerBound >= position {
            result += text[position..<range.lowerBound] + by
            position = range.upperBound
        }
        return result + text[position...]
    }

    /// `@user@host`, where no further at-sign, accent or scheme follows. Possessive: what spoils a mention spoils all of it.
    private static let mention: NSRegularExpression? = {
        let word = #"[\p{L}\p{M}\p{Nd}\p{Pc}]"#
        return try? NSRegularExpression(
            pattern: #"(?<![=/\p{L}\p{M}\p{Nd}\p{Pc}])@((?>[a-zA-Z0-9_]+(?:[.\-]+[a-zA-Z0-9_]+)*))(?>@\#(word)+(?:[.\-]+\#(word)+)*)?+"#
                + #"(?!@|＠|://|[\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F\u0300-\u036F\u1E00-\u1EFF])"#)
    }()

    /// Paragraphs, line breaks and links.
    static func html(_ text: String) -> String {
        text.components(separatedBy: "\n\n").map { "<p>" + Page.text($0).replacingOccurrences(of: "\n", with: "<br />") + "</p>" }.joined()
    }
}
