import Foundation

/// Texts as Slack's blocks take them.
enum SlackText {
    /// What Slack itself reads between `<` and `>`: people, channels, groups, everybody, links with words of their own.
    private static var entity: Regex<Substring> {
        /<(?:@[A-Z0-9]+|#[A-Z0-9]+|!(?:here|channel|everyone)|!subteam\^[A-Z0-9]+|https?:\/\/[^\s<>|]+)(?:\|[^<>\n]*)?>/
    }

    /// Slack's own marks (mrkdwn): only `&`, `<` and `>` stand for something else, unless they make an entity.
    static func escaped(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let match = rest.firstMatch(of: entity) {
            result += plain(rest[..<match.range.lowerBound]) + match.output
            rest = rest[match.range.upperBound...]
        }
        return result + plain(rest)
    }

    private static func plain(_ text: Substring) -> String {
        String(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    /// `text` in pieces of at most `limit` UTF-16 units that make the whole again. Cut after a line's end where there is one, else after a
    /// blank, and never within an entity.
    static func pieces(_ text: String, limit: Int) -> [String] {
        var pieces = [String]()
        var rest = text[...]
        while rest.utf16.count > limit {
            let end = cut(rest, limit)
            pieces.append(String(rest[..<end]))
            rest = rest[end...]
        }
        if !rest.isEmpty { pieces.append(String(rest)) }
        return pieces
    }

    private static func cut(_ text: Substring, _ limit: Int) -> Substring.Index {
        var (length, position) = (0, text.startIndex)
        var (line, blank, safe) = (text.startIndex, text.startIndex, text.startIndex)
        // What ends the entity that was begun.
        var closing: Character?
        while position < text.endIndex {
            let character = text[position]
            length += character.utf16.count
            guard length <= limit else { break }
            position = text.index(after: position)
            if closing == nil {
                closing = character == "<" ? ">" : character == "&" ? ";" : nil
            } else if character == closing {
                closing = nil
            }
            guard closing == nil else { continue }
            safe = position
            if character.isNewline { line = position } else if character.isWhitespace { blank = position }
        }
        // An end near the beginning would make many small pieces.
        let half = text.utf16.index(text.startIndex, offsetBy: limit / 2)
        if let end = [line, blank].first(where: { $0 > half }) { return end }
        if safe > text.startIndex { return safe }
        return position > text.startIndex ? position : text.index(after: position)
    }
}
