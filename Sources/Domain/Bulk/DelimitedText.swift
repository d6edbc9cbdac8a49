/// Tables as text: values between separators, quoted where they hold one (RFC 4180, and what spreadsheets make of it).
public enum DelimitedText {
    public enum Encoding: String, Codable, Sendable, CaseIterable {
        case utf8 = "UTF_8"
        case utf16LittleEndian = "UTF_16LE"
        case utf16BigEndian = "UTF_16BE"
        case windows1252 = "WINDOWS_1252"
    }

    public enum Separator: String, Codable, Sendable, CaseIterable {
        case comma = "COMMA"
        case semicolon = "SEMICOLON"
        case tab = "TAB"
        case bar = "BAR"

        public var byte: UInt8 {
            switch self {
            case .comma: UInt8(ascii: ",")
            case .semicolon: UInt8(ascii: ";")
            case .tab: 9
            case .bar: UInt8(ascii: "|")
            }
        }
    }

    /// A record, and the line of the file on which it begins, counted from 1.
    public struct Record: Sendable, Equatable {
        public let line: Int
        public let values: [String]

        public init(line: Int, values: [String]) {
            self.line = line
            self.values = values
        }
    }

    /// Why a text is no table.
    public enum Fault: Error, Equatable {
        /// A quote that was opened on this line is never closed.
        case openQuote(line: Int)
        case tooManyRecords(Int)
    }

    // MARK: Encoding

    /// What the bytes are written in, and whether that is certain: a byte order mark and UTF-8 are, the old code page is a guess.
    public static func encoding(of bytes: [UInt8]) -> (encoding: Encoding, isSure: Bool) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, true) }
        if bytes.starts(with: [0xFF, 0xFE]) { return (.utf16LittleEndian, true) }
        if bytes.starts(with: [0xFE, 0xFF]) { return (.utf16BigEndian, true) }
        let start = bytes.prefix(4096)
        let zeros = start.indices.filter { start[$0] == 0 }
        if zeros.count > start.count / 4 {
            return (zeros.filter { !$0.isMultiple(of: 2) }.count > zeros.count / 2 ? .utf16LittleEndian : .utf16BigEndian, true)
        }
        if String(validating: bytes, as: UTF8.self) != nil { return (.utf8, true) }
        return (.windows1252, false)
    }

    /// The text; what the encoding does not have becomes U+FFFD.
    public static func text(_ bytes: [UInt8], in encoding: Encoding) -> String {
        switch encoding {
        case .utf8: return String(decoding: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...], as: UTF8.self)
        case .utf16LittleEndian, .utf16BigEndian:
            let little = encoding == .utf16LittleEndian
            var units = stride(from: 0, to: bytes.count - 1, by: 2).map { index -> UInt16 in
                let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
                return little ? second << 8 | first : first << 8 | second
            }
            if units.first == 0xFEFF { units.removeFirst() }
            return String(decoding: units, as: UTF16.self)
        case .windows1252:
            return String(String.UnicodeScalarView(bytes.map { $0 < 0x80 || $0 > 0x9F ? Unicode.Scalar($0) : windows1252[Int($0) - 0x80] }))
        }
    }

    /// 0x80 to 0x9F, as the WHATWG's Encoding Standard has them.
    private static let windows1252: [Unicode.Scalar] = [
        "\u{20AC}", "\u{81}", "\u{201A}", "\u{192}", "\u{201E}", "\u{2026}", "\u{2020}", "\u{2021}", "\u{2C6}", "\u{2030}", "\u{160}", "\u{2039}",
        "\u{152}", "\u{8D}", "\u{17D}", "\u{8F}", "\u{90}", "\u{2018}", "\u{2019}", "\u{201C}", "\u{201D}", "\u{2022}", "\u{2013}", "\u{2014}",
        "\u{2DC}", "\u{2122}", "\u{161}", "\u{203A}", "\u{153}", "\u{9D}", "\u{17E}", "\u{178}",
    ]

    // MARK: Records

    /// What Excel takes the first line `sep=;` for.
    public static func declaredSeparator(_ text: String) -> Separator? {
        let line = text.prefix { !$0.isNewline }
        guard line.count == 5, line.lowercased().hasPrefix("sep="), let byte = line.utf8.last else { return nil }
        return Separator.allCases.first { $0.byte == byte }
    }

    /// Empty records are left out. Throws `Fault`.
    public static func records(_ text: String, separator: Separator, most: Int = .max) throws(Fault) -> [Record] {
        var text = text
        var line = 1
        if declaredSeparator(text) != nil {
            text = String(text[(text.firstIndex(where: \.isNewline).map(text.index(after:)) ?? text.endIndex)...])
            line = 2
        }
        text.makeContiguousUTF8()
        var parser = RecordParser(separator: separator.byte, line: line, most: most)
        var fault: Fault?
        text.utf8.withContiguousStorageIfAvailable { bytes in
            do throws(Fault) { try parser.read(bytes) } catch { fault = error }
        }
        if let fault { throw fault }
        return parser.records
    }
}

private struct RecordParser {
    let separator: UInt8
    var line: Int
    let most: Int
    private(set) var records: [DelimitedText.Record] = []
    private var values: [String] = []
    private var value: [UInt8] = []
    private var start: Int

    init(separator: UInt8, line: Int, most: Int) {
        self.separator = separator
        self.line = line
        self.most = most
        start = line
    }

    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(DelimitedText.Fault) {
        let quote = UInt8(ascii: "\"")
        var (index, quotedSince, wasQuoted): (Int, Int?, Bool) = (0, nil, false)
        while index < bytes.count {
            let byte = bytes[index]
            if quotedSince != nil {
                if byte == quote {
                    if index + 1 < bytes.count, bytes[index + 1] == quote {
                        value.append(quote)
                        index += 1
                    } else {
                        quotedSince = nil
                    }
                } else {
                    if byte == 10 { line += 1 }
                    value.append(byte)
                }
            } else if byte == quote, value.isEmpty, !wasQuoted {
                (quotedSince, wasQuoted) = (line, true)
            } else if byte == separator {
                endValue()
                wasQuoted = false
            } else if byte == 10 || byte == 13 {
                if byte == 13, index + 1 < bytes.count, bytes[index + 1] == 10 { index += 1 }
                endValue()
                wasQuoted = false
                line += 1
                try endRecord()
            } else {
                value.append(byte)
            }
            index += 1
        }
        if let quotedSince { throw .openQuote(line: quotedSince) }
        if !value.isEmpty || !values.isEmpty {
            endValue()
            try endRecord()
        }
    }

    private mutating func endValue() {
        values.append(String(decoding: value, as: UTF8.self))
        value.removeAll(keepingCapacity: true)
    }

    private mutating func endRecord() throws(DelimitedText.Fault) {
        if values.contains(where: { !$0.allSatisfy(\.isWhitespace) }) {
            guard records.count < most else { throw .tooManyRecords(most) }
            records.append(DelimitedText.Record(line: start, values: values))
        }
        values = []
        start = line
    }
}
