import Foundation

/// What the server says, in another language. Its sentences are written once, in English, where they belong; a catalogue knows each by its pattern, in
/// which `{0}`, `{1}`, … stand for values, and says it with the same values. So whatever was said before and stored, or came through another room, is
/// understood too. A sentence that the catalogue does not know stays as it is.
public struct Sentences: Sendable {
    private struct Pattern: Sendable {
        /// What stands between the values, the first before them all.
        let pieces: [String]
        /// Which value stands after each piece but the last.
        let values: [Int]
        let answer: String
        /// How much of it is fixed: the more, the surer.
        let weight: Int
        /// So little is fixed that it says something only around a sentence that is known.
        let isLight: Bool

        init(_ english: String, _ answer: String) {
            var (pieces, values, rest) = ([String](), [Int](), english[...])
            while let match = rest.firstMatch(of: /\{(\d+)\}/) {
                pieces.append(String(rest[..<match.range.lowerBound]))
                values.append(Int(match.1) ?? 0)
                rest = rest[match.range.upperBound...]
            }
            pieces.append(String(rest))
            (self.pieces, self.values, self.answer) = (pieces, values, answer)
            weight = pieces.reduce(0) { $0 + $1.count }
            isLight = pieces.reduce(0) { $0 + $1.count(where: \.isLetter) } < 7
        }

        /// The values that `text` has in this pattern's places; nil when it is another sentence.
        func match(_ text: String) -> [Int: Substring]? {
            guard text.hasPrefix(pieces[0]) else { return nil }
            var found: [Int: Substring] = [:]
            var rest = text.dropFirst(pieces[0].count)
            for (index, piece) in pieces.enumerated().dropFirst() {
                let isLast = index == pieces.count - 1
                let range: Range<Substring.Index>?
                if isLast {
                    range = rest.hasSuffix(piece) ? rest.index(rest.endIndex, offsetBy: -piece.count)..<rest.endIndex : nil
                } else {
                    // Of two values side by side the second has it all.
                    range = piece.isEmpty ? rest.startIndex..<rest.startIndex : rest.range(of: piece)
                }
                guard let range else { return nil }
                found[values[index - 1]] = rest[..<range.lowerBound]
                rest = rest[range.upperBound...]
            }
            return found
        }
    }

    private let whole: [String: String]
    private let patterns: [Pattern]

    /// `pairs`: patterns in English, and what is said instead.
    public init(_ pairs: [(english: String, other: String)]) {
        let isWhole = Dictionary(grouping: pairs) { $0.english.firstMatch(of: /\{\d+\}/) == nil }
        whole = Dictionary((isWhole[true] ?? []).map { ($0.english, $0.other) }) { first, _ in first }
        patterns = (isWhole[false] ?? []).map { Pattern($0.english, $0.other) }.sorted { $0.weight > $1.weight }
    }

    /// Catalogues are text: the English line, the other line, an empty line. `⏎` stands for a line break within a sentence.
    public init(text: String) {
        let lines = text.split(separator: "\n").map { String($0).replacing("⏎", with: "\n") }
        self.init(stride(from: 0, to: lines.count - 1, by: 2).map { (english: lines[$0], other: lines[$0 + 1]) })
    }

    /// `text` as far as it is known; several sentences one by one.
    public func say(_ text: String) -> String { said(text, depth: 0) ?? text }

    private static let (deepest, longest, mostSentences) = (4, 4_000, 8)

    private func said(_ text: String, depth: Int) -> String? {
        guard depth < Self.deepest, text.utf8.count <= Self.longest else { return nil }
        if let sentence = single(text, depth: depth) { return sentence }
        // Where one sentence follows another: the first ones that are known, and the rest.
        for end in text.ranges(of: ". ").suffix(Self.mostSentences).map(\.lowerBound).reversed() {
            let (head, tail) = (String(text[...end]), String(text[text.index(end, offsetBy: 2)...]))
            if let first = single(head, depth: depth) { return first + " " + (said(tail, depth: depth + 1) ?? tail) }
        }
        return nil
    }

    private func single(_ text: String, depth: Int) -> String? {
        if let other = whole[text] { return other }
        for pattern in patterns {
            guard let values = pattern.match(text) else { continue }
            let known = values.mapValues { said(String($0), depth: depth + 1) }
            if pattern.isLight, let last = pattern.values.last, known[last] == .some(nil), Int(values[last] ?? "") == nil { continue }
            return values.reduce(pattern.answer) { answer, value in
                answer.replacing("{\(value.key)}", with: (known[value.key] ?? nil) ?? String(value.value))
            }
        }
        return nil
    }
}
