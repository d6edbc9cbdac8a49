import Domain

/// What of a text is more than letters: links, mentions and tags. Servers find none by themselves, so without them links are dead
/// (app.bsky.richtext.facet). Linear in the length of the text.
struct RichText {
    enum Feature: Sendable, Equatable {
        case link(String)
        /// By handle.
        case mention(String)
        case tag(String)
    }

    struct Facet: Sendable, Equatable {
        /// UTF-8 bytes.
        let bytes: Range<Int>
        let feature: Feature
    }

    private let scalars: [Unicode.Scalar]
    /// The UTF-8 byte at which each scalar begins, and the end.
    private let offsets: [Int]
    /// Where the word ends that each scalar belongs to.
    private let wordEnds: [Int]

    static func facets(in text: String) -> [Facet] { RichText(text).facets }

    private init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        var (offset, offsets) = (0, [0])
        for scalar in scalars {
            offset += UTF8.width(scalar)
            offsets.append(offset)
        }
        self.offsets = offsets
        var (end, ends) = (scalars.count, [Int](repeating: 0, count: scalars.count))
        for index in scalars.indices.reversed() {
            if scalars[index].properties.isWhitespace { end = index }
            ends[index] = end
        }
        wordEnds = ends
    }

    private var facets: [Facet] {
        var found = [Facet]()
        var position = 0
        while position < scalars.count {
            let isStart = position == 0 || scalars[position - 1].properties.isWhitespace
            if isStart || Self.openers.contains(scalars[position - 1]), let (end, feature) = take(at: position, isStart: isStart) {
                found.append(Facet(bytes: offsets[position]..<offsets[end], feature: feature))
                position = end
            } else {
                position += 1
            }
        }
        return found
    }

    private static let openers = Set("([{<\"'“‘„«".unicodeScalars)
    /// What ends a sentence, and not the link before it.
    private static let closers = Set(".,;:!?\"'”’»>]}".unicodeScalars)

    private func take(at start: Int, isStart: Bool) -> (end: Int, feature: Feature)? {
        switch scalars[start] {
        case "@": mention(at: start)
        case "#", "＃": isStart ? tag(at: start) : nil
        default: link(at: start)
        }
    }

    private func text(_ range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[range])
        return String(view)
    }

    // MARK: Links

    private func link(at start: Int) -> (end: Int, feature: Feature)? {
        guard scalars[start].properties.isAlphabetic || scalars[start].properties.numericType != nil else { return nil }
        let whole = wordEnds[start]
        let scheme = text(start..<min(start + 8, whole)).lowercased()
        if scheme.hasPrefix("https://") || scheme.hasPrefix("http://") {
            let end = trimmed(start..<whole)
            let length = scheme.hasPrefix("https://") ? 8 : 7
            return end > start + length ? (end, .link(text(start..<end))) : nil
        }
        // A host that stands alone is a link where its top-level domain is known.
        guard hostStands(in: text(start..<min(start + Self.longestHost, whole))) != nil else { return nil }
        let word = text(start..<whole)
        guard let host = hostStands(in: word) else { return nil }
        return (start + word[host].unicodeScalars.count, .link("https://" + word[host]))
    }

    /// No name of a host is longer; where none begins, no more than this is looked at.
    private static let longestHost = 256

    private func hostStands(in word: String) -> Range<String.Index>? {
        guard word.contains("."), let host = LinkScanner.links(in: word).first, host.lowerBound == word.startIndex else { return nil }
        return host
    }

    /// Where a link ends that is written up to the end of a word: before the sentence's own signs and a bracket that it did not open.
    private func trimmed(_ word: Range<Int>) -> Int {
        var end = word.upperBound
        var opened = scalars[word].reduce(0) { $0 + ($1 == "(" ? 1 : $1 == ")" ? -1 : 0) }
        while end > word.lowerBound {
            if scalars[end - 1] == ")", opened < 0 {
                opened += 1
            } else if !Self.closers.contains(scalars[end - 1]) {
                break
            }
            end -= 1
        }
        return end
    }

    // MARK: Mentions

    private func mention(at start: Int) -> (end: Int, feature: Feature)? {
        var end = start + 1
        while end < scalars.count, Self.isHandleSign(scalars[end]) { end += 1 }
        while end > start + 1, scalars[end - 1] == "." || scalars[end - 1] == "-" { end -= 1 }
        let handle = text(start + 1..<end)
        let labels = handle.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count > 1, handle.utf8.count <= 253, labels.last?.first?.isLetter == true,
            labels.allSatisfy({ (1...63).contains($0.utf8.count) && $0.first != "-" && $0.last != "-" })
        else { return nil }
        return (end, .mention(handle.lowercased()))
    }

    private static func isHandleSign(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "-": true
        default: false
        }
    }

    // MARK: Tags

    private func tag(at start: Int) -> (end: Int, feature: Feature)? {
        // U+FE0F makes an emoji of the sign before it.
        guard start + 1 < scalars.count, scalars[start + 1] != "\u{FE0F}" else { return nil }
        var end = scalars[start...].firstIndex { $0.properties.isWhitespace || $0.isInvisible } ?? scalars.count
        while end > start + 1, scalars[end - 1].isPunctuation { end -= 1 }
        let tag = text(start + 1..<end)
        guard !tag.isEmpty, tag.count <= 64, tag.utf8.count <= 640,
            tag.unicodeScalars.contains(where: { $0.properties.generalCategory != .decimalNumber && !$0.isPunctuation })
        else { return nil }
        return (end, .tag(tag))
    }
}

extension Unicode.Scalar {
    /// Signs without a width, at which a tag ends. The joiner of emoji is one of them, as in Bluesky's own app.
    fileprivate var isInvisible: Bool { ["\u{AD}", "\u{2060}", "\u{200B}", "\u{200C}", "\u{200D}", "\u{20E2}"].contains(self) }

    fileprivate var isPunctuation: Bool {
        switch properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation:
            true
        default: false
        }
    }
}
