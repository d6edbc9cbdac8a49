import Foundation

/// How a platform counts the length of a text.
public enum TextCounting: String, Codable, Sendable, CaseIterable {
    /// X: weighted code points, a link counts 23, an emoji of its list 2 (twitter-text 3.1.0, configuration v3).
    case weighted = "WEIGHTED"
    /// Mastodon: grapheme clusters; a link counts a fixed length, `@user@host` counts as `@user`.
    case graphemes = "GRAPHEMES"
    /// Grapheme clusters, links and mentions in full.
    case characters = "CHARACTERS"
    /// UTF-16 code units.
    case utf16 = "UTF16"
    /// UTF-8 bytes.
    case utf8 = "UTF8"
    /// Threads: code points, but emoji by their UTF-8 bytes.
    case emojiBytes = "EMOJI_BYTES"

    /// The length of `text` as the platform counts it, after `lead`, which counts in full, links and all: a Mastodon content warning.
    /// `urlLength` is what a link counts where links have a fixed length; 23 unless the server says otherwise. Linear in the length of the
    /// text.
    public func length(of text: String, after lead: String = "", urlLength: Int? = nil) -> Int {
        switch self {
        case .weighted: Self.weightedLength(of: lead, links: []) + Self.weightedLength(of: text, urlLength: urlLength ?? 23)
        case .graphemes: (lead + Self.shortened(text, urlLength: urlLength ?? 23)).count
        case .characters: (lead + text).count
        case .utf16: lead.utf16.count + text.utf16.count
        case .utf8: lead.utf8.count + text.utf8.count
        case .emojiBytes: (lead + text).reduce(0) { $0 + ($1.isEmoji ? $1.utf8.count : $1.unicodeScalars.count) }
        }
    }

    /// How much of `text` fits within `limit`, in UTF-16 code units: what a preview marks as too much begins there, at a character's edge. What is
    /// counted is what `outgoing` makes of it.
    public func fitting(
        _ text: String, after lead: String = "", urlLength: Int? = nil, limit: Int, as outgoing: (String) -> String = { $0 }
    ) -> Int {
        func fits(_ text: String) -> Bool { length(of: outgoing(text), after: lead, urlLength: urlLength) <= limit }
        if fits(text) { return text.utf16.count }
        let ends = Array(text.indices)
        var (low, high) = (0, ends.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            (low, high) = fits(String(text[..<ends[middle]])) ? (middle, high) : (low, middle - 1)
        }
        return ends.isEmpty ? 0 : text.utf16.distance(from: text.startIndex, to: ends[low])
    }
}

// MARK: - X

extension TextCounting {
    private static func weightedLength(of text: String, urlLength: Int) -> Int {
        let scalars = Array(text.precomposedStringWithCanonicalMapping.unicodeScalars)
        return weightedLength(of: scalars, links: LinkScanner.links(in: scalars, .x), urlLength: urlLength)
    }

    private static func weightedLength(of text: String, links: [Range<Int>]) -> Int {
        weightedLength(of: Array(text.precomposedStringWithCanonicalMapping.unicodeScalars), links: links, urlLength: 0)
    }

    private static func weightedLength(of scalars: [Unicode.Scalar], links: [Range<Int>], urlLength: Int) -> Int {
        var links = links[...]
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

// MARK: - Mastodon

extension TextCounting {
    /// `text` with every link as so many letters and every mention without its server.
    private static func shortened(_ text: String, urlLength: Int) -> String {
        guard text.contains("@") || text.contains(":") else { return text }
        let scalars = Array(text.unicodeScalars)
        let placeholder = Array(repeating: Unicode.Scalar("x"), count: urlLength)
        let links = LinkScanner.links(in: scalars, .mastodon).map { (range: $0, counted: placeholder[...]) }
        let mentions = FediverseMention.all(in: scalars).map { (range: $0.range, counted: scalars[$0.local]) }
        var result = String.UnicodeScalarView()
        var position = 0
        // Of two that overlap the first counts.
        for (range, counted) in (links + mentions).sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) where range.lowerBound >= position {
            result.append(contentsOf: scalars[position..<range.lowerBound])
            result.append(contentsOf: counted)
            position = range.upperBound
        }
        result.append(contentsOf: scalars[position...])
        return String(result)
    }
}

// MARK: - Threads

extension Character {
    /// Shown as an emoji: by itself, by a selector behind it (`❤️`, `1️⃣`), or as a flag. `❤` and `1` alone are none.
    fileprivate var isEmoji: Bool {
        unicodeScalars.contains { $0.properties.isEmojiPresentation || $0 == "\u{FE0F}" } && unicodeScalars.contains(where: \.properties.isEmoji)
    }
}
