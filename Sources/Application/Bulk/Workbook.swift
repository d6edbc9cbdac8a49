import Domain
import Foundation

/// A workbook of a spreadsheet program (ECMA-376, SpreadsheetML): its sheets as tables of texts. Dates are written as 2026-11-24T09:00.
struct Workbook {
    static let mostColumns = 256

    private var archive: ZipArchive
    private let texts: [String]
    /// By the number of a cell's style: whether it shows a date.
    private let isDate: [Bool]
    private var startsIn1904 = false
    /// The names of the sheets in their order, with where they are.
    private var places: [(name: String, path: String)] = []

    var sheets: [String] { places.map(\.name) }

    /// Throws `TableFault`.
    init(_ bytes: [UInt8]) throws {
        archive = try ZipArchive(bytes)
        guard let book = try archive.file("xl/workbook.xml") else { throw TableFault("it is no workbook of Excel's newer kind (.xlsx)") }
        texts = try archive.file("xl/sharedStrings.xml").map(Self.sharedTexts) ?? []
        isDate = try archive.file("xl/styles.xml").map(Self.dateStyles) ?? []
        var targets: [String: String] = [:]
        if let links = try archive.file("xl/_rels/workbook.xml.rels") {
            try XMLEvents.read(links) { event in
                guard case .start("Relationship", let attributes) = event, let id = attributes["Id"], let target = attributes["Target"] else {
                    return
                }
                targets[id] = target.hasPrefix("/") ? String(target.dropFirst()) : "xl/\(target)"
            }
        }
        var (found, is1904): ([(String, String)], Bool) = ([], false)
        try XMLEvents.read(book) { event in
            guard case .start(let name, let attributes) = event else { return }
            if name == "workbookPr" { is1904 = ["1", "true"].contains(attributes["date1904"]) }
            if name == "sheet", let title = attributes["name"], let id = attributes["id"], let path = targets[id] { found.append((title, path)) }
        }
        (places, startsIn1904) = (found.map { (name: $0.0, path: $0.1) }, is1904)
    }

    /// The rows of a sheet that hold anything, each with its number. Throws `TableFault`.
    mutating func records(of sheet: String, most: Int) throws -> [DelimitedText.Record] {
        guard let path = places.first(where: { $0.name == sheet })?.path, let data = try archive.file(path) else {
            throw TableFault("the sheet is missing")
        }
        var reader = SheetReader(texts: texts, isDate: isDate, startsIn1904: startsIn1904, most: most)
        try XMLEvents.read(data) { try reader.take($0) }
        return reader.records
    }

    /// The texts that cells share: of each all runs, without what only says how it is read.
    private static func sharedTexts(_ data: Data) throws -> [String] {
        var (texts, text, inText, inReading): ([String], String, Bool, Bool) = ([], "", false, false)
        try XMLEvents.read(data) { event in
            switch event {
            case .start("si", _): text = ""
            case .start("t", _): inText = !inReading
            case .start("rPh", _): inReading = true
            case .text(let more): if inText { text += more }
            case .end("t"): inText = false
            case .end("rPh"): inReading = false
            case .end("si"): texts.append(unescaped(text))
            default: break
            }
        }
        return texts
    }

    /// Characters that XML cannot hold stand as `_x000D_`.
    static func unescaped(_ text: String) -> String {
        guard text.contains("_x") else { return text }
        return text.replacing(/_x([0-9A-Fa-f]{4})_/) { match in
            UInt32(match.1, radix: 16).flatMap(Unicode.Scalar.init).map { $0.value == 0 ? "" : String(Character($0)) } ?? String(match.0)
        }
    }

    private static func dateStyles(_ data: Data) throws -> [Bool] {
        var (formats, styles, inStyles): ([Int: String], [Bool], Bool) = ([:], [], false)
        try XMLEvents.read(data) { event in
            switch event {
            case .start("numFmt", let attributes):
                if let id = attributes["numFmtId"].flatMap({ Int($0) }) { formats[id] = attributes["formatCode"] }
            case .start("cellXfs", _): inStyles = true
            case .end("cellXfs"): inStyles = false
            case .start("xf", let attributes) where inStyles:
                let id = attributes["numFmtId"].flatMap { Int($0) } ?? 0
                styles.append(formats[id].map(showsDate) ?? [14...22, 27...36, 45...47, 50...58].contains { $0.contains(id) })
            default: break
            }
        }
        return styles
    }

    /// Letters that stand for parts of a date, outside of what is quoted or in brackets.
    private static func showsDate(_ format: String) -> Bool {
        let bare = format.replacing(/"[^"]*"|\\.|\[(?!h|hh|m|mm|s|ss)[^\]]*\]/) { _ in "" }.lowercased()
        return bare != "general" && bare.contains { "ymdhs".contains($0) }
    }
}

/// The cells of one sheet, as they come.
private struct SheetReader {
    let texts: [String]
    let isDate: [Bool]
    let startsIn1904: Bool
    let most: Int
    private(set) var records: [DelimitedText.Record] = []
    private var row = 0
    private var values: [String] = []
    private var column = 0
    private var (type, style): (String, Int) = ("n", 0)
    private var text = ""
    private var (inValue, inReading) = (false, false)

    init(texts: [String], isDate: [Bool], startsIn1904: Bool, most: Int) {
        self.texts = texts
        self.isDate = isDate
        self.startsIn1904 = startsIn1904
        self.most = most
    }

    mutating func take(_ event: XMLEvents.Event) throws {
        switch event {
        case .start("row", let attributes): (row, values, column) = (attributes["r"].flatMap { Int($0) } ?? row + 1, [], -1)
        case .start("c", let attributes):
            column = attributes["r"].flatMap(Self.column) ?? column + 1
            (type, style, text) = (attributes["t"] ?? "n", attributes["s"].flatMap { Int($0) } ?? 0, "")
        case .start("rPh", _): inReading = true
        case .end("rPh"): inReading = false
        case .start("v", _), .start("t", _): inValue = !inReading
        case .end("v"), .end("t"): inValue = false
        case .text(let more): if inValue { text += more }
        case .end("c"): keep()
        case .end("row"):
            guard values.contains(where: { !$0.allSatisfy(\.isWhitespace) }) else { return }
            guard records.count < most else { throw DelimitedText.Fault.tooManyRecords(most) }
            records.append(DelimitedText.Record(line: row, values: values))
        default: break
        }
    }

    private mutating func keep() {
        guard column >= 0, column < Workbook.mostColumns, !text.isEmpty else { return }
        while values.count <= column { values.append("") }
        values[column] = value
    }

    private var value: String {
        switch type {
        case "s": Int(text).flatMap { texts.indices.contains($0) ? texts[$0] : nil } ?? ""
        case "str", "inlineStr": Workbook.unescaped(text)
        case "b": text == "1" ? "true" : "false"
        case "d": String(text.prefix(16))
        case "e": text
        default: Double(text).map(shown) ?? text
        }
    }

    private func shown(_ number: Double) -> String {
        guard isDate.indices.contains(style), isDate[style], number >= 0, number < 110_000 else {
            return number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
        }
        // To the minute: half seconds of floating point are no seconds.
        let minutes = Int((number * 1440).rounded())
        let (day, minute) = (minutes / 1440, minutes % 1440)
        let clock = String(format: "%02d:%02d", minute / 60, minute % 60)
        if number < 1 { return clock }
        // Excel counts 29 February 1900, which never was.
        let since1970 = startsIn1904 ? day - 24_107 : day - 25_569 + (day < 61 ? 1 : 0)
        let date = WallTime(day: since1970, minute: minute).minuteText
        return minute == 0 ? String(date.prefix(10)) : date
    }

    /// Of `AB12` the column AB, counted from 0.
    private static func column(_ reference: String) -> Int? {
        let letters = reference.utf8.prefix { $0 >= 65 && $0 <= 90 }
        guard (1...3).contains(letters.count) else { return nil }
        return letters.reduce(0) { $0 * 26 + Int($1) - 64 } - 1
    }
}
