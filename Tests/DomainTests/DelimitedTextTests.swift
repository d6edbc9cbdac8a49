import Domain
import Testing

@Suite("Tables as text")
struct DelimitedTextTests {
    private func values(_ text: String, _ separator: DelimitedText.Separator = .comma) throws -> [[String]] {
        try DelimitedText.records(text, separator: separator).map(\.values)
    }

    @Test("quotes hold separators, ends of lines and quotes; records know their line")
    func quoting() throws {
        let records = try DelimitedText.records("a,b\r\n\"x, \"\"y\"\"\nz\",2\r\n\r\n,\r\nlast,\"\"", separator: .comma)
        #expect(records.map(\.values) == [["a", "b"], ["x, \"y\"\nz", "2"], ["last", ""]])
        #expect(records.map(\.line) == [1, 2, 6])
    }

    @Test("ends of lines of all systems, and a quote inside of a value, are read as they are")
    func lenient() throws {
        #expect(try values("a,b\rc,d\ne,5\" disk") == [["a", "b"], ["c", "d"], ["e", "5\" disk"]])
        #expect(try values("sep=;\na;b", .semicolon) == [["a", "b"]])
        #expect(DelimitedText.declaredSeparator("sep=;\r\na") == .semicolon)
    }

    @Test("a quote that is never closed, and too many records, are faults")
    func faults() {
        #expect(throws: DelimitedText.Fault.openQuote(line: 2)) { try DelimitedText.records("a\n\"b\nc", separator: .comma) }
        #expect(throws: DelimitedText.Fault.tooManyRecords(1)) { try DelimitedText.records("a\nb", separator: .comma, most: 1) }
    }

    @Test("the encoding is found out; a code page is a guess")
    func encodings() {
        #expect(DelimitedText.encoding(of: Array("é".utf8)) == (.utf8, true))
        #expect(DelimitedText.encoding(of: [0xE9, 0x80]) == (.windows1252, false))
        let little: [UInt8] = "aé€".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        #expect(DelimitedText.encoding(of: [0xFF, 0xFE] + little).encoding == .utf16LittleEndian)
        #expect(DelimitedText.text([0xFF, 0xFE] + little, in: .utf16LittleEndian) == "aé€")
        #expect(DelimitedText.text([0xE9, 0x80], in: .windows1252) == "é€")
    }

    @Test(
        "what begins as a formula does is made harmless, and comes back as it was",
        arguments: ["=1+1", "+49", "-x", "@ada", "\tx", "'", "'=x", "''+", "plain", "a,b", "a\"b", "", "x\ny"])
    func harmless(_ value: String) throws {
        let file = DelimitedText.file([[value, "z"]])
        #expect(file.hasPrefix("\u{FEFF}") && file.hasSuffix("\r\n"))
        let cell = try #require(try values(String(file.dropFirst())).first?.first)
        #expect(!(cell.first.map { "=+-@\t\r".contains($0) } ?? false))
        #expect(DelimitedText.unmarked(cell) == value)
    }
}

@Suite("Dates as people write them")
struct WrittenDateTests {
    @Test("the order of day and month is found out, doubted, or contradicts itself")
    func order() {
        func found(_ dates: [String]) -> DateOrder? { WrittenDate.order(of: dates)?.order }
        func sure(_ dates: [String]) -> Bool? { WrittenDate.order(of: dates)?.isSure }
        #expect(found(["03/04/2026", "13/04/2026"]) == .dayFirst && sure(["03/04/2026", "13/04/2026"]) == true)
        #expect(found(["03/04/2026", "04/13/2026 9:00 AM"]) == .monthFirst && sure(["04/13/2026"]) == true)
        #expect(sure(["03/04/2026"]) == false)
        #expect(sure(["04/04/2026", "2026-03-04", "next slot", ""]) == true)
        #expect(found(["3.4.2026"]) == .dayFirst && sure(["3.4.2026"]) == true)
        #expect(WrittenDate.order(of: ["13/04/2026", "04/13/2026"]) == nil)
    }

    @Test(
        "dates and times of both orders are read",
        arguments: [
            ("24.11.2026 9:05", "", "2026-11-24T09:05"), ("24/11/26", "2:30 PM", "2026-11-24T14:30"), ("2026-11-24", "", "2026-11-24T09:00"),
            ("2026-11-24T09:30", "", "2026-11-24T09:30"), ("2026/11/4", "9.15", "2026-11-04T09:15"), ("24-11-2026, 12:00 am", "", "2026-11-24T00:00"),
            ("2026-11-24", "09:00:00", "2026-11-24T09:00"), ("2026-11-24", "14 Uhr", "2026-11-24T14:00"),
            ("2026-11-24T09:00:00Z", "", "2026-11-24T09:00:00Z"),
        ])
    func reading(_ date: String, _ time: String, _ wanted: String) {
        #expect(WrittenDate.wallTime(date, time: time, order: .dayFirst) == wanted)
    }

    @Test("the month may stand first, and what is no day or no time is refused")
    func refusing() {
        #expect(WrittenDate.wallTime("03/04/2026", time: "", order: .monthFirst) == "2026-03-04T09:00")
        for date in ["31/02/2027", "29/02/2027", "tomorrow", "2026-13-01", "1/2/3", "12/12/20261"] {
            #expect(WrittenDate.wallTime(date, time: "", order: .dayFirst) == nil, "\(date)")
        }
        for time in ["25:00", "9:60", "13 pm", "noon", "9"] {
            #expect(WrittenDate.wallTime("2026-11-24", time: time, order: .dayFirst) == nil, "\(time)")
        }
    }
}
