/// A stretch of a text that both of two have, or only one of them.
public struct TextRun: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case same = "SAME"
        /// Only the earlier text has it.
        case removed = "REMOVED"
        /// Only the later text has it.
        case added = "ADDED"
    }

    public let kind: Kind
    public var text: String

    public init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }
}

/// Two texts word by word.
public enum WordDifference {
    /// Above so many comparisons only the middle, between what is alike at both ends, counts as different: some milliseconds and 4 MB.
    private static let affordable = 1_000_000

    /// What leads from `earlier` to `later`, in the order of the text; neighbours are of different kinds. Joined, what is not added is `earlier`,
    /// and what is not removed is `later`.
    public static func runs(from earlier: String, to later: String) -> [TextRun] {
        let (left, right) = (words(of: earlier), words(of: later))
        let shorter = min(left.count, right.count)
        var start = 0
        while start < shorter, left[start] == right[start] { start += 1 }
        var end = 0
        while end < shorter - start, left[left.count - 1 - end] == right[right.count - 1 - end] { end += 1 }
        var runs: [TextRun] = []
        func add(_ kind: TextRun.Kind, _ words: ArraySlice<Substring>) {
            guard !words.isEmpty else { return }
            if runs.last?.kind == kind {
                runs[runs.count - 1].text += words.joined()
            } else {
                runs.append(TextRun(kind, words.joined()))
            }
        }
        add(.same, left[..<start])
        middle(left[start..<(left.count - end)], right[start..<(right.count - end)], add)
        add(.same, left[(left.count - end)...])
        return runs
    }

    /// Words, spaces, and every other character by itself.
    static func words(of text: String) -> [Substring] {
        func kind(_ character: Character) -> Int {
            if character.isWhitespace { return 0 }
            return character.isLetter || character.isNumber || character == "_" ? 1 : 2
        }
        var words: [Substring] = []
        var (start, last) = (text.startIndex, -1)
        for index in text.indices {
            let found = kind(text[index])
            if index > start, found != last || found == 2 {
                words.append(text[start..<index])
                start = index
            }
            last = found
        }
        if start < text.endIndex { words.append(text[start...]) }
        return words
    }

    /// By the longest common subsequence.
    private static func middle(
        _ left: ArraySlice<Substring>, _ right: ArraySlice<Substring>, _ add: (TextRun.Kind, ArraySlice<Substring>) -> Void
    ) {
        guard !left.isEmpty, !right.isEmpty, left.count * right.count <= affordable else {
            add(.removed, left)
            add(.added, right)
            return
        }
        let (a, b) = (Array(left), Array(right))
        let (first, second) = numbers(a, b)
        let width = b.count + 1
        var lengths = [UInt32](repeating: 0, count: (a.count + 1) * width)
        for i in a.indices.reversed() {
            for j in b.indices.reversed() {
                lengths[i * width + j] =
                    first[i] == second[j]
                    ? lengths[(i + 1) * width + j + 1] + 1 : max(lengths[(i + 1) * width + j], lengths[i * width + j + 1])
            }
        }
        var (i, j) = (0, 0)
        while i < a.count || j < b.count {
            if i < a.count, j < b.count, first[i] == second[j] {
                add(.same, a[i...i])
                (i, j) = (i + 1, j + 1)
            } else if j == b.count || (i < a.count && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) {
                add(.removed, a[i...i])
                i += 1
            } else {
                add(.added, b[j...j])
                j += 1
            }
        }
    }

    /// The same words as the same numbers: comparing texts a million times would take long.
    private static func numbers(_ left: [Substring], _ right: [Substring]) -> ([Int], [Int]) {
        var known: [Substring: Int] = [:]
        func number(_ word: Substring) -> Int {
            if let number = known[word] { return number }
            known[word] = known.count
            return known.count - 1
        }
        return (left.map(number), right.map(number))
    }
}
