/// What a language model has answered. Nobody vouches for it: it becomes plain text within bounds, and is shown to a person before it is used.
public enum AIAnswer {
    /// Characters of one text.
    public static let longest = 20_000

    /// The texts in `answer`, at most `most` of them; empty where there are none.
    public static func texts(in answer: String, most: Int) -> [String] {
        let whole = withoutThinking(plain(answer))
        guard most > 1 else { return [whole].map(bare).filter { !$0.isEmpty } }
        let parts = whole.split(separator: "\n", omittingEmptySubsequences: false).split(whereSeparator: isRule).map { $0.joined(separator: "\n") }
        return Array(parts.map(bare).filter { !$0.isEmpty }.prefix(most))
    }

    /// A line of hyphens alone, as asked for, or of what models like to put in their place.
    private static func isRule(_ line: Substring) -> Bool {
        let marks = line.filter { !$0.isWhitespace }
        return marks.count >= 3 && marks.allSatisfy { "-–—*_".contains($0) }
    }

    /// Without what no text of a post needs: control characters, and those that turn the direction of what follows around.
    private static func plain(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.withOneLineEnd.unicodeScalars {
            let turns = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            let isControl = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
            if !turns && !isControl { result.append(scalar) }
        }
        return String(result)
    }

    /// Some models think aloud first.
    private static func withoutThinking(_ text: String) -> String {
        guard let end = text.ranges(of: "</think>").last else { return text }
        return String(text[end.upperBound...])
    }

    /// Without the fence or the quotation marks in which the whole of it stands.
    private static func bare(_ text: String) -> String {
        var text = text.trimmed
        if text.hasPrefix("```"), text.hasSuffix("```"), text.count > 6, let line = text.firstIndex(of: "\n") {
            text = String(text[line...].dropLast(3)).trimmed
        }
        for (open, close) in [("\"", "\""), ("“", "”"), ("„", "“"), ("«", "»")] {
            guard text.count > 2, text.hasPrefix(open), text.hasSuffix(close) else { continue }
            let inner = text.dropFirst().dropLast()
            if !inner.contains(open), !inner.contains(close) { text = String(inner).trimmed }
        }
        return String(text.prefix(longest))
    }
}

/// What models count in, guessed where a server does not say: on the high side, so that a budget is kept.
public enum AITokens {
    /// A picture of the size that is sent.
    public static let picture = 1_500

    public static func estimate(_ text: String) -> Int { text.utf8.count / 3 + 8 }
}

extension String {
    fileprivate var trimmed: String {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
        return String(self[start..<end])
    }
}
