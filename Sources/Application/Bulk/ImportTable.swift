import Domain
import Foundation

/// A file read as a table: what was found out about it, and its records.
struct ImportTable {
    static let mostRows = 20_000
    static let mostBytes = 16 << 20
    /// In UTF-8.
    static let longestValue = 400_000

    var format = ImportCheck.Format.csv
    var encoding: DelimitedText.Encoding?
    var separator: DelimitedText.Separator?
    var doubts: [ImportCheck.Doubt] = []
    var sheets: [String] = []
    var sheet: String?
    var heading: DelimitedText.Record
    var records: [DelimitedText.Record]

    /// Throws `VALIDATION_FAILED` for what is no table.
    init(_ bytes: [UInt8], _ reading: ImportReading) throws {
        guard bytes.count <= Self.mostBytes else { throw ProblemReport(.tooLarge, "A table has at most 16 MB.") }
        (heading, records) = (DelimitedText.Record(line: 0, values: []), [])
        do {
            if bytes.starts(with: [0x50, 0x4B, 3, 4]) { try readWorkbook(bytes, reading) } else { try readText(bytes, reading) }
        } catch let fault as TableFault {
            throw ProblemReport.invalid("file", "The file cannot be read: \(fault.reason).")
        } catch DelimitedText.Fault.openQuote(let line) {
            throw ProblemReport.invalid("file", "On line \(line) a quotation mark is opened and never closed.")
        } catch DelimitedText.Fault.tooManyRecords {
            throw ProblemReport.invalid("file", "A table has at most \(Self.mostRows) rows.")
        }
        guard let first = records.first else { throw ProblemReport.invalid("file", "The table is empty.") }
        heading = first
        records.removeFirst()
        if let long = records.first(where: { $0.values.contains { $0.utf8.count > Self.longestValue } }) {
            throw ProblemReport.invalid("file", "A value on line \(long.line) is too long.")
        }
    }

    private mutating func readWorkbook(_ bytes: [UInt8], _ reading: ImportReading) throws {
        format = .xlsx
        var book = try Workbook(bytes)
        sheets = book.sheets
        guard let chosen = reading.sheet ?? sheets.first else { throw TableFault("it has no sheet") }
        guard sheets.contains(chosen) else { throw ProblemReport.invalid("sheet", "There is no sheet \"\(chosen.prefix(80))\".") }
        sheet = chosen
        records = try book.records(of: chosen, most: Self.mostRows + 1)
    }

    private mutating func readText(_ bytes: [UInt8], _ reading: ImportReading) throws {
        let found = DelimitedText.encoding(of: bytes)
        encoding = reading.encoding ?? found.encoding
        if reading.encoding == nil, !found.isSure { doubts.append(.encoding) }
        let text = DelimitedText.text(bytes, in: encoding ?? .utf8)
        guard !text.unicodeScalars.contains("\0") else { throw TableFault("it is no text") }
        let candidates = (reading.separator ?? DelimitedText.declaredSeparator(text)).map { [$0] } ?? DelimitedText.Separator.allCases
        // The one by which most of the headings are known; of several the one that finds most columns.
        let first = text.prefix(20_000)
        var best: (separator: DelimitedText.Separator, known: Int, columns: Int)?
        for separator in candidates {
            let values = Self.firstRecord(String(first), separator)
            let known = values.filter { ImportColumn($0) != nil }.count
            if best == nil || (known, values.count) > (best?.known ?? 0, best?.columns ?? 0) { best = (separator, known, values.count) }
        }
        separator = best?.separator ?? .comma
        records = try DelimitedText.records(text, separator: separator ?? .comma, most: Self.mostRows + 1)
    }

    /// Where the start of the text breaks off inside of quotes there is none.
    private static func firstRecord(_ text: String, _ separator: DelimitedText.Separator) -> [String] {
        do { return try DelimitedText.records(text, separator: separator).first?.values ?? [] } catch {
            let line = text.drop { $0.isNewline }.prefix { !$0.isNewline }
            return line.split(separator: Character(UnicodeScalar(separator.byte)), omittingEmptySubsequences: false).map(String.init)
        }
    }
}
