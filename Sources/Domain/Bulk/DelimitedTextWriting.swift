extension DelimitedText {
    /// A file that spreadsheets open rightly: with a byte order mark, without which Excel takes UTF-8 for something else, and ends of lines as
    /// RFC 4180 has them.
    public static func file(_ rows: [[String]], separator: Separator = .comma) -> String {
        let mark = String(UnicodeScalar(separator.byte))
        return "\u{FEFF}" + rows.map { row in row.map { cell($0, mark) }.joined(separator: mark) + "\r\n" }.joined()
    }

    private static let starts: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r"]

    /// What begins as a formula does is marked as text: a post's words are strangers' words to the spreadsheet of whoever opens the file.
    /// `unmarked` takes the mark away again, so what begins with one itself gets another.
    private static func cell(_ value: String, _ separator: String) -> String {
        let isFormula = value.unicodeScalars.first.map(starts.contains) ?? false
        let text = isFormula || unmarked(value) != value ? "'" + value : value
        guard text.utf8.contains(where: { $0 == 34 || $0 == 10 || $0 == 13 || $0 == separator.utf8.first }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }

    /// A value as it was before it was marked.
    public static func unmarked(_ value: String) -> String {
        guard value.first == "'" else { return value }
        let rest = value.dropFirst()
        let marked = rest.unicodeScalars.first.map(starts.contains) ?? false
        return marked || unmarked(String(rest)) != String(rest) ? String(rest) : value
    }
}
