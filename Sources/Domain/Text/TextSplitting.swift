/// Breaks a text that is too long for one part into several.
public enum TextSplitting {
    /// The parts of `text`, none longer than fits, without the blanks where they were parted. They end where a paragraph does, else a
    /// sentence, else a word; only what has no blank is broken in its middle. `numbered`: each ends with its number, ` 2/5`.
    ///
    /// `fitting` tells how much of a text fits into a part, in UTF-16 code units, given whether it is a further one.
    public static func parts(of text: String, numbered: Bool = false, fitting: (_ text: String, _ isFollowUp: Bool) -> Int) -> [String] {
        let plain = broken(text, fitting: fitting)
        guard numbered, plain.count > 1 else { return plain }
        // The numbers take room of their own, by which there may be more parts, whose numbers may take more room.
        var expected = plain.count
        while true {
            let widest = number(expected, of: expected)
            let parts = broken(text) { piece, isFollowUp in
                let whole = piece + widest
                if fitting(whole, isFollowUp) >= whole.utf16.count { return piece.utf16.count }
                // In front it takes the same room, but must not run into an address.
                let lead = widest + (piece.prefix { !$0.isWhitespace }.contains(".") ? " " : "")
                return fitting(lead + piece, isFollowUp) - lead.utf16.count
            }
            if number(parts.count, of: parts.count).count <= widest.count {
                return parts.enumerated().map { $1 + number($0 + 1, of: parts.count) }
            }
            expected = parts.count
        }
    }

    private static func number(_ index: Int, of count: Int) -> String { " \(index)/\(count)" }

    private static func broken(_ text: String, fitting: (String, Bool) -> Int) -> [String] {
        var parts: [String] = []
        var rest = trimmed(text[...])
        while !rest.isEmpty {
            let room = fitting(String(rest), !parts.isEmpty)
            guard room < rest.utf16.count else {
                parts.append(String(rest))
                break
            }
            let end = breakPoint(in: rest, before: rest.utf16.index(rest.startIndex, offsetBy: max(room, 0)))
            parts.append(String(trimmed(rest[..<end])))
            rest = trimmed(rest[end...])
        }
        return parts.isEmpty ? [text] : parts
    }

    /// The best place at or before `limit`, after the first character at least.
    private static func breakPoint(in text: Substring, before limit: String.Index) -> String.Index {
        // A break that leaves most of the room empty is worse than one of a lesser kind.
        let enough = text.index(text.startIndex, offsetBy: text[..<limit].count / 3)
        var best: [Kind: String.Index] = [:]
        var index = text.startIndex
        while index < limit {
            let next = text.index(after: index)
            if text[index].isWhitespace, index > text.startIndex {
                for kind in kinds(at: index, in: text) { best[kind] = index }
            }
            index = next
        }
        if limit < text.endIndex, text[limit].isWhitespace { for kind in kinds(at: limit, in: text) { best[kind] = limit } }
        let place = [Kind.paragraph, .sentence, .word].lazy.compactMap { best[$0] }.first { $0 >= enough } ?? best[.word]
        return place ?? max(limit, text.index(after: text.startIndex))
    }

    private enum Kind { case paragraph, sentence, word }

    /// What ends before the blank at `index`.
    private static func kinds(at index: String.Index, in text: Substring) -> [Kind] {
        if text[index].isNewline { return [.paragraph, .sentence, .word] }
        return endsSentence(text[..<index], before: text[index...]) ? [.sentence, .word] : [.word]
    }

    /// `z. B.`, `Dr.` and `3.` end none, nor does what a small letter follows.
    private static func endsSentence(_ before: Substring, before after: Substring) -> Bool {
        let closing: Set<Character> = ["\"", "'", "”", "’", "“", "»", "«", ")", "]"]
        var end = before
        while let last = end.last, closing.contains(last) { end = end.dropLast() }
        guard let mark = end.last, ".!?…。！？".contains(mark) else { return false }
        guard mark == "." else { return true }
        let word = end.dropLast().reversed().prefix { $0.isLetter || $0.isNumber }
        if word.count == 1 || word.allSatisfy(\.isNumber) || shortForms.contains(String(word.reversed()).lowercased()) { return false }
        return after.first { !$0.isWhitespace }.map { !$0.isLowercase } ?? true
    }

    /// Before which a name or a number may follow.
    private static let shortForms: Set<String> = [
        "dr", "mr", "mrs", "ms", "st", "vs", "fig", "prof", "nr", "hr", "fr", "ca", "abb", "bzw", "ggf", "inkl", "str",
    ]

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return text
    }
}
