/// The clocks of all years to come, in the words of POSIX `TZ`: standard time alone (`<+03>-3`), or with a second time that begins and ends
/// by a rule (`EST5EDT,M3.2.0,M11.1.0`). RFC 9636 §3.3.1 lets the hours of a rule run from -167 to 167, so that a change may lie on another
/// day than its date.
struct PosixRule: Sendable, Equatable {
    /// When in a year a change lies.
    enum Day: Sendable, Equatable {
        /// `J60`: a day from 1 to 365 that does not count 29 February.
        case withoutLeapDay(Int)
        /// `59`: a day from 0 to 365 that counts it.
        case ofYear(Int)
        /// `M3.5.0`: the weekday (0 = Sunday) of the month, in its week from 1 to 4, or 5 for the last.
        case ofMonth(month: Int, week: Int, weekday: Int)
    }

    struct Change: Sendable, Equatable {
        let day: Day
        /// Seconds after midnight of that day, by the clocks before the change.
        let time: Int
    }

    struct Summer: Sendable, Equatable {
        let offset: Int
        let start, end: Change
    }

    /// Seconds ahead of UTC.
    let standard: Int
    let summer: Summer?

    /// Throws `ZoneFileError` for anything that is not such a rule, and for one that does not say when its second time begins and ends.
    init(_ text: String) throws(ZoneFileError) {
        var reader = PosixRuleReader(text)
        guard text.utf8.count <= 200, reader.skipName(), let standard = reader.offset() else { throw Self.unreadable(text) }
        self.standard = standard
        if reader.isAtEnd {
            summer = nil
            return
        }
        guard reader.skipName() else { throw Self.unreadable(text) }
        let offset = reader.peek(",") ? standard + 3600 : reader.offset()
        guard let offset, reader.skip(","), let start = reader.change(), reader.skip(","), let end = reader.change(), reader.isAtEnd else {
            throw Self.unreadable(text)
        }
        summer = Summer(offset: offset, start: start, end: end)
    }

    private static func unreadable(_ text: String) -> ZoneFileError { ZoneFileError("The rule '\(text.prefix(80))' cannot be read.") }

    func offset(at second: Int) -> Int {
        guard let summer else { return standard }
        let year = Self.year(of: second)
        // The last change that is not later decides; it may lie days outside its year. Of two at once it is the beginning.
        var (last, isSummer) = (Int.min, false)
        for year in (year - 1)...(year + 1) {
            let (start, end) = (summer.start.second(in: year) - standard, summer.end.second(in: year) - summer.offset)
            if end <= second, end > last { (last, isSummer) = (end, false) }
            if start <= second, start >= last { (last, isSummer) = (start, true) }
        }
        return isSummer ? summer.offset : standard
    }

    /// The changes after `start` and up to `end`.
    func moments(after start: Int, until end: Int) -> [ZoneMoment] {
        guard summer != nil, start < end else { return [] }
        let latest = Self.year(of: end) + 1
        return moments(ofYears: min(max(Self.year(of: start), 1) - 1, latest)...latest).filter { $0.at > start && $0.at <= end }
    }

    /// In the order of time, one for each moment: where a second time lasts all year its end is the next beginning, and counts for nothing.
    private func moments(ofYears years: ClosedRange<Int>) -> [ZoneMoment] {
        guard let summer else { return [] }
        var all = years.flatMap { year in
            [
                (at: summer.end.second(in: year) - summer.offset, begins: false),
                (at: summer.start.second(in: year) - standard, begins: true),
            ]
        }
        all.sort { ($0.at, $0.begins ? 1 : 0) < ($1.at, $1.begins ? 1 : 0) }
        return all.enumerated().filter { $0.offset + 1 == all.count || all[$0.offset + 1].at != $0.element.at }
            .map { ZoneMoment(at: $0.element.at, offset: $0.element.begins ? summer.offset : standard) }
    }

    /// The first and the last second of the years from 1 to 9999.
    private static let calendar = -62_135_596_800...253_402_300_799

    private static func year(of second: Int) -> Int {
        let second = min(max(second, calendar.lowerBound), calendar.upperBound)
        return WallTime(Timestamp(milliseconds: Int64(second) * 1000), offset: 0).date.year
    }
}

extension PosixRule.Change {
    /// As the clocks before the change show it: seconds since 1970 without an offset.
    fileprivate func second(in year: Int) -> Int { day.number(in: year) * 86_400 + time }
}

extension PosixRule.Day {
    /// Days since 1 January 1970.
    fileprivate func number(in year: Int) -> Int {
        switch self {
        case .ofYear(let day): WallTime.day(year: year, month: 1, day: 1) + day
        case .withoutLeapDay(let day):
            // From 1 March on counted backwards from the end of the year, which has no leap day.
            day < 60 ? WallTime.day(year: year, month: 1, day: day) : WallTime.day(year: year, month: 12, day: 31) - (365 - day)
        case .ofMonth(let month, let week, let weekday):
            Self.day(year: year, month: month, week: week, weekday: weekday)
        }
    }

    private static func day(year: Int, month: Int, week: Int, weekday: Int) -> Int {
        let first = WallTime.day(year: year, month: month, day: 1)
        let next = month == 12 ? WallTime.day(year: year + 1, month: 1, day: 1) : WallTime.day(year: year, month: month + 1, day: 1)
        // 1 January 1970 was a Thursday.
        let firstWeekday = ((first + 4) % 7 + 7) % 7
        let day = first + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
        return day < next ? day : day - 7
    }
}

/// Reads a rule from left to right.
private struct PosixRuleReader {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    func peek(_ character: Unicode.Scalar) -> Bool { rest.first == UInt8(ascii: character) }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek(character) else { return false }
        rest.removeFirst()
        return true
    }

    /// `CEST`, or `<+03>`: three bytes or more.
    mutating func skipName() -> Bool {
        let isQuoted = skip("<")
        var length = 0
        while let byte = rest.first, Self.isLetter(byte) || isQuoted && (Self.isDigit(byte) || "+-".utf8.contains(byte)) {
            rest.removeFirst()
            length += 1
        }
        return length >= 3 && (!isQuoted || skip(">"))
    }

    /// Seconds ahead of UTC. Written the other way round: `-3` is east of Greenwich.
    mutating func offset() -> Int? { time(hours: 24).map { -$0 } }

    /// `M3.2.0/-1:30`, `J60`, `59/26`; without a time it is two o'clock.
    mutating func change() -> PosixRule.Change? {
        guard let day = day() else { return nil }
        guard skip("/") else { return PosixRule.Change(day: day, time: 7200) }
        return time(hours: 167).map { PosixRule.Change(day: day, time: $0) }
    }

    private mutating func day() -> PosixRule.Day? {
        if skip("J") { return number(in: 1...365).map { .withoutLeapDay($0) } }
        guard skip("M") else { return number(in: 0...365).map { .ofYear($0) } }
        guard let month = number(in: 1...12), skip("."), let week = number(in: 1...5), skip("."), let weekday = number(in: 0...6) else {
            return nil
        }
        return .ofMonth(month: month, week: week, weekday: weekday)
    }

    /// `-3:30:15`, in seconds.
    private mutating func time(hours most: Int) -> Int? {
        let sign = skip("-") ? -1 : 1
        if sign == 1 { _ = skip("+") }
        guard var seconds = number(in: 0...most).map({ $0 * 3600 }) else { return nil }
        for unit in [60, 1] where skip(":") {
            guard let number = number(in: 0...59) else { return nil }
            seconds += number * unit
        }
        return sign * seconds
    }

    private mutating func number(in range: ClosedRange<Int>) -> Int? {
        var (number, length) = (0, 0)
        while let byte = rest.first, Self.isDigit(byte), length < 3 {
            rest.removeFirst()
            number = number * 10 + Int(byte) - 48
            length += 1
        }
        return length > 0 && range.contains(number) ? number : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
