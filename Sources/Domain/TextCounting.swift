import Foundation

/// How a platform counts the length of a text.
public enum TextCounting: String, Codable, Sendable, CaseIterable {
    /// X: weighted code points, a URL counts 23, an emoji sequence 2 (twitter-text configuration v3).
    case weighted = "WEIGHTED"
    /// Grapheme clusters; Mastodon: an http(s) URL counts a fixed length, `@user@host` counts as `@user`.
    case graphemes = "GRAPHEMES"
    /// UTF-16 code units.
    case utf16 = "UTF16"
    /// UTF-8 bytes.
    case utf8 = "UTF8"

    /// The length of `text` as the platform counts it. `urlLength` is what a link counts where links have a fixed length; 23 unless the
    /// server says otherwise. Linear in the length of the text.
    public func length(of text: String, urlLength: Int? = nil) -> Int {
        switch self {
        case .weighted: Self.weightedLength(of: text, urlLength: urlLength ?? 23)
        case .graphemes: Self.graphemeLength(of: text, urlLength: urlLength ?? 23)
        case .utf16: text.utf16.count
        case .utf8: text.utf8.count
        }
    }
}

// MARK: - X

extension TextCounting {
    private static func weightedLength(of text: String, urlLength: Int) -> Int {
        let scalars = Array(text.precomposedStringWithCanonicalMapping.unicodeScalars)
        var links = LinkScanner.links(in: scalars, bareHosts: true)[...]
        var length = 0
        var position = 0
        while position < scalars.count {
            if let link = links.first, link.lowerBound == position {
                length += urlLength
                position = link.upperBound
                links.removeFirst()
            } else if case let count = EmojiSequence.length(in: scalars, at: position), count > 0 {
                length += 2
                position += count
            } else {
                length += weight(of: scalars[position])
                position += 1
            }
        }
        return length
    }

    /// Latin, Greek, Cyrillic, Arabic, Hebrew, Indic scripts and common punctuation count 1, everything else 2.
    private static func weight(of scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0...4351, 8192...8205, 8208...8223, 8242...8247: 1
        default: 2
        }
    }
}

/// Emoji made of one or several code points: flags, keycaps, skin tones, families.
enum EmojiSequence {
    private static let variationSelector: Unicode.Scalar = "\u{FE0F}"
    private static let textSelector: Unicode.Scalar = "\u{FE0E}"
    private static let keycap: Unicode.Scalar = "\u{20E3}"
    private static let joiner: Unicode.Scalar = "\u{200D}"
    private static let modifiers: ClosedRange<Unicode.Scalar> = "\u{1F3FB}"..."\u{1F3FF}"
    private static let regionalIndicators: ClosedRange<Unicode.Scalar> = "\u{1F1E6}"..."\u{1F1FF}"
    private static let tags: ClosedRange<Unicode.Scalar> = "\u{E0020}"..."\u{E007F}"

    /// How many code points the emoji that starts at `start` takes; 0 when none starts there.
    static func length(in scalars: [Unicode.Scalar], at start: Int) -> Int {
        var end = start + element(in: scalars, at: start)
        guard end > start else { return 0 }
        while end < scalars.count, scalars[end] == joiner, case let next = element(in: scalars, at: end + 1), next > 0 { end += 1 + next }
        return end - start
    }

    /// The same without joiners.
    private static func element(in scalars: [Unicode.Scalar], at start: Int) -> Int {
        func scalar(_ offset: Int) -> Unicode.Scalar? { start + offset < scalars.count ? scalars[start + offset] : nil }
        guard let first = scalar(0), first.properties.isEmoji else { return 0 }
        if regionalIndicators.contains(first) { return scalar(1).map(regionalIndicators.contains) == true ? 2 : 0 }
        if first.isASCII {
            let selected = scalar(1) == variationSelector ? 1 : 0
            return scalar(1 + selected) == keycap ? 2 + selected : 0
        }
        switch scalar(1) {
        case textSelector: return 0
        case variationSelector: return 2
        case let next? where modifiers.contains(next) && first.properties.isEmojiModifierBase: return 2
        case let next? where tags.contains(next):
            return 1 + scalars[(start + 1)...].prefix(while: tags.contains).count
        default:
            // ©, ® and the like are ordinary characters unless a selector makes them emoji.
            return first.value < 0x2000 ? 0 : 1
        }
    }
}

// MARK: - Mastodon

extension TextCounting {
    private static func graphemeLength(of text: String, urlLength: Int) -> Int {
        let scalars = Array(text.unicodeScalars)
        let replaced =
            LinkScanner.links(in: scalars, bareHosts: false).map { (range: $0, by: urlLength) }
            + mentionHosts(in: scalars).map { (range: $0, by: 0) }
        guard !replaced.isEmpty else { return text.count }
        var length = 0
        var position = 0
        for (range, count) in replaced.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) where range.lowerBound >= position {
            length += graphemes(in: scalars[position..<range.lowerBound]) + count
            position = range.upperBound
        }
        return length + graphemes(in: scalars[position...])
    }

    private static func graphemes(in scalars: ArraySlice<Unicode.Scalar>) -> Int {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view).count
    }

    /// The `@example.social` of every `@user@example.social`.
    private static func mentionHosts(in scalars: [Unicode.Scalar]) -> [Range<Int>] {
        func isWord(_ scalar: Unicode.Scalar) -> Bool {
            scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        }
        func run(from start: Int, while belongs: (Unicode.Scalar) -> Bool) -> Int {
            var end = start
            while end < scalars.count, belongs(scalars[end]) { end += 1 }
            // A name or host ends in a letter or digit: the full stop after it ends the sentence.
            while end > start, !isWord(scalars[end - 1]) { end -= 1 }
            return end
        }
        var hosts = [Range<Int>]()
        var position = 0
        while let at = scalars[position...].firstIndex(of: "@") {
            position = at + 1
            if at > 0, isWord(scalars[at - 1]) || ["/", "="].contains(scalars[at - 1]) { continue }
            let nameEnd = run(from: at + 1) { $0.isASCII && (isWord($0) || $0 == "." || $0 == "-") }
            guard nameEnd > at + 1, nameEnd < scalars.count, scalars[nameEnd] == "@" else { continue }
            let hostEnd = run(from: nameEnd + 1) { isWord($0) || $0 == "." || $0 == "-" || $0 == ":" }
            guard hostEnd > nameEnd + 1 else { continue }
            hosts.append(nameEnd..<hostEnd)
            position = hostEnd
        }
        return hosts
    }
}
