/// Tables as files that spreadsheets open rightly (RFC 4180): with a byte order mark, without which Excel takes UTF-8 for something else.
enum CSV {
    static func text(_ rows: [[String]]) -> String {
        "\u{FEFF}" + rows.map { $0.map(cell).joined(separator: ",") + "\r\n" }.joined()
    }

    /// What begins as a formula does is marked as text: a post's words are strangers' words to the spreadsheet of whoever opens the file.
    private static func cell(_ value: String) -> String {
        let text = value.first.map { "=+-@\t\r".contains($0) } == true ? "'" + value : value
        guard text.unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }
}
