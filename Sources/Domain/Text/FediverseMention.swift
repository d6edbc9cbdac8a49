/// `@user` or `@user@host`, as Mastodon finds them.
struct FediverseMention {
    let range: Range<Int>
    /// The `@user` of it.
    let local: Range<Int>

    static func all(in scalars: [Unicode.Scalar]) -> [FediverseMention] {
        var mentions: [FediverseMention] = []
        var position = 0
        while let at = scalars[position...].firstIndex(of: "@") {
            position = at + 1
            if at > 0, isWord(scalars[at - 1]) || ["/", "="].contains(scalars[at - 1]) { continue }
            guard let nameEnd = words(in: scalars, from: at + 1, isName) else { continue }
            var end = nameEnd
            if nameEnd < scalars.count, scalars[nameEnd] == "@", let hostEnd = words(in: scalars, from: nameEnd + 1, isWord) { end = hostEnd }
            position = end
            if !spoilsMention(scalars[end...]) { mentions.append(FediverseMention(range: at..<end, local: at..<nameEnd)) }
        }
        return mentions
    }

    /// The end of words with full stops and hyphens between them: the full stop after the last ends the sentence.
    private static func words(in scalars: [Unicode.Scalar], from start: Int, _ belongs: (Unicode.Scalar) -> Bool) -> Int? {
        guard start < scalars.count, belongs(scalars[start]) else { return nil }
        var end = start
        for position in start..<scalars.count {
            if belongs(scalars[position]) { end = position + 1 } else if scalars[position] != ".", scalars[position] != "-" { break }
        }
        return end
    }

    /// A further at-sign, an accent or `://` directly behind: then it is something else.
    private static func spoilsMention(_ rest: ArraySlice<Unicode.Scalar>) -> Bool {
        guard let next = rest.first else { return false }
        return next == "@" || next == "＠" || next.isAccentedLatin || rest.starts(with: "://".unicodeScalars)
    }

    private static func isName(_ scalar: Unicode.Scalar) -> Bool { scalar.isASCIILetterOrDigit || scalar == "_" }

    /// `[[:word:]]`: letters, marks, decimal digits and what connects words.
    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark,
            .enclosingMark, .decimalNumber, .connectorPunctuation:
            true
        default: scalar.properties.isAlphabetic
        }
    }
}
