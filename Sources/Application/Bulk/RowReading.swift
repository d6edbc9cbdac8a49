import Domain
import Foundation

/// Reads the rows of a table as drafts.
struct RowReading {
    private static let nextSlot: Set<String> = ["nextslot", "slot", "queue", "nächsterplatz", "nächstertermin", "warteschlange"]
    private static let drafts: Set<String> = ["draft", "entwurf"]

    let columns: [ImportColumn?]
    let order: DateOrder
    let timeZone: String

    /// A row as it was read; what is wrong with it does not keep the others from being read.
    struct Row: Sendable {
        let line: Int
        var draft: PostDraft
        /// Names of files of the library, and web addresses, of the first part.
        var files: [String] = []
        /// `name=value`, with what stands before a dot in front of the name.
        var settings: [(target: String?, name: String, value: String)] = []
        var problems: [String] = []
    }

    func row(_ record: DelimitedText.Record) -> Row {
        var row = Row(line: record.line, draft: PostDraft(timeZone: timeZone))
        var texts: [Int: String] = [:]
        var (date, time, comment, isDraft) = ("", "", "", false)
        for (index, column) in columns.enumerated() {
            guard let column, index < record.values.count else { continue }
            let value = DelimitedText.unmarked(record.values[index])
            let words = value.trimmingCharacters(in: .whitespacesAndNewlines)
            switch column {
            case .text(let number): texts[number] = value
            case .channels: row.draft.platforms = Self.list(words)
            case .date: date = words
            case .time: time = words
            case .timeZone: if !words.isEmpty { row.draft.timeZone = words }
            case .tags: row.draft.tags = words.split { $0 == "," || $0 == ";" || $0 == "#" || $0.isNewline }.map(String.init)
            case .media: row.files = Self.files(words)
            case .comment: comment = words
            case .settings: readSettings(words, into: &row)
            case .status: isDraft = Self.drafts.contains(Self.plain(words))
            case .information: break
            }
        }
        let count = (texts.filter { !$0.value.allSatisfy(\.isWhitespace) }.keys.max() ?? 0) + 1
        row.draft.parts = (0..<count).map { PartDraft(text: texts[$0] ?? "") } + (comment.isEmpty ? [] : [PartDraft(text: comment)])
        plan(date, time, isDraft: isDraft, &row)
        return row
    }

    private func plan(_ date: String, _ time: String, isDraft: Bool, _ row: inout Row) {
        let words = Self.plain(date)
        if words.isEmpty || Self.drafts.contains(words) {
            row.draft.status = .draft
            if words.isEmpty, !time.isEmpty { row.problems.append("It has a time, but no date.") }
        } else if Self.nextSlot.contains(words) {
            row.draft.schedule = .nextSlot
        } else if let wall = WrittenDate.wallTime(date, time: time, order: order) {
            row.draft.scheduledFor = wall
        } else {
            row.problems.append("\"\(date.prefix(40)) \(time.prefix(20))\" is no date and time. Write 2026-11-24 and 09:00, or next slot.")
        }
        if isDraft {
            row.draft.status = .draft
            row.draft.schedule = nil
        }
    }

    private func readSettings(_ words: String, into row: inout Row) {
        let pairs = words.contains(where: \.isNewline) ? words.split(whereSeparator: \.isNewline) : words.split(separator: ";")
        for pair in pairs {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
            guard sides.count == 2, !sides[0].isEmpty else {
                row.problems.append("\"\(pair.prefix(40))\" is no setting. Write name=value.")
                continue
            }
            let names = sides[0].split(separator: ".", maxSplits: 1).map(String.init)
            row.settings.append((names.count == 2 ? names[0] : nil, names.last ?? "", sides[1]))
        }
    }

    private static func plain(_ words: String) -> String { words.lowercased().filter { $0.isLetter || $0.isNumber } }

    private static func list(_ words: String) -> [String] {
        words.split { $0 == "," || $0 == ";" || $0 == "|" || $0.isNewline }.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// Addresses hold no blanks, names may; a comma parts only where a blank or an address follows.
    private static func files(_ words: String) -> [String] {
        words.split { $0 == ";" || $0 == "|" || $0.isNewline }.flatMap { piece -> [String] in
            let piece = String(piece).replacing(/,\s+/) { _ in "\n" }.replacing(/,(?=https?:)/) { _ in "\n" }
            return piece.split(whereSeparator: \.isNewline).flatMap { one -> [String] in
                let words = one.split(separator: " ")
                let areAddresses = words.allSatisfy { $0.hasPrefix("http") || $0.hasPrefix("/") }
                return areAddresses ? words.map(String.init) : [one.trimmingCharacters(in: .whitespaces)]
            }
        }.filter { !$0.isEmpty }
    }
}
