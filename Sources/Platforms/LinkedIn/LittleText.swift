import Foundation

/// LinkedIn's "little text": plain text in which reserved characters are escaped. One that is not escaped may silently cut the text.
enum LittleText {
    private static let reserved = Set("\\|{}@[]()<>#*_~")

    /// Mentions `@[Name](urn:li:…)` stay mentions, `#word` becomes an explicit hashtag, all else is taken literally.
    static func encode(_ text: String) -> String {
        // Most texts have neither, and to compile the expression takes longer than all the rest.
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: "@") }) else { return escape(text[...]) }
        let special =
            /@\[(?<name>[^\[\]\n]+)\]\((?<urn>urn:li:(?:person|organization):[A-Za-z0-9_-]+)\)|#(?<tag>[\p{L}\p{N}]+)(?![\p{L}\p{N}_])/
        var result = ""
        var position = text.startIndex
        for match in text.matches(of: special) {
            result += escape(text[position..<match.range.lowerBound])
            if let name = match.output.name, let urn = match.output.urn {
                result += "@[\(escape(name))](\(urn))"
            } else if let tag = match.output.tag {
                result += isInsideWord(match.range.lowerBound, text) ? "\\#\(tag)" : "{hashtag|\\#|\(tag)}"
            }
            position = match.range.upperBound
        }
        return result + escape(text[position...])
    }

    /// Mentions as the plain names they show: for comments and alternative texts, which are not little text.
    static func withoutMentions(_ text: String) -> String {
        text.replacing(/@\[([^\[\]\n]+)\]\(urn:li:(?:person|organization):[A-Za-z0-9_-]+\)/) { String($0.output.1) }
    }

    /// The text as people read it, for comparing.
    static func plain(_ text: String) -> String {
        let tags = text.replacing(/\{hashtag\|\\?#\|([^}]*)\}/) { "#\($0.output.1)" }
        return tags.replacing(/\\([\\|{}@\[\]()<>#*_~])/) { String($0.output.1) }
    }

    private static func escape(_ text: Substring) -> String {
        text.reduce(into: "") { result, character in
            if reserved.contains(character) { result.append("\\") }
            result.append(character)
        }
    }

    private static func isInsideWord(_ index: String.Index, _ text: String) -> Bool {
        guard index > text.startIndex else { return false }
        let before = text[text.index(before: index)]
        return before.isLetter || before.isNumber || before == "&" || before == "/"
    }
}
