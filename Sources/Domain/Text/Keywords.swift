/// The keywords of a video, written as one text with commas between them.
public enum Keywords {
    /// The words and phrases of `text` in their order, without blanks around them; each once.
    public static func list(_ text: String) -> [String] {
        text.split { $0 == "," || $0.isNewline }.map { $0.trimmingPrefix(while: \.isWhitespace).trimmingSuffix(\.isWhitespace) }
            .filter { !$0.isEmpty }.distinct()
    }

    /// How long they are together as YouTube counts: their characters, one for each comma between them, and two for the quotation marks
    /// around each that has a blank inside.
    public static func length(of words: [String]) -> Int {
        words.reduce(max(0, words.count - 1)) { $0 + $1.unicodeScalars.count + ($1.contains(where: \.isWhitespace) ? 2 : 0) }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ isBlank: (Character) -> Bool) -> String {
        lastIndex { !isBlank($0) }.map { String(self[...$0]) } ?? ""
    }
}
