import Foundation

/// What a clock on the wall and a calendar show somewhere: a day and a time without a zone (proleptic Gregorian calendar).
public struct WallTime: Hashable, Sendable, Comparable {
    /// Days since 1 January 1970.
    public let day: Int
    /// Milliseconds since midnight, below 86,400,000.
    public let millisecond: Int

    public init(day: Int, minute: Int) {
        self.day = day
        millisecond = minute * 60_000
    }

    /// Nil unless there is such a day and such a time of day; leap seconds are not accepted.
    public init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, millisecond: Int = 0) {
        guard (1...9999).contains(year), (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second), (0...999).contains(millisecond)
        else { return nil }
        self.day = Self.day(year: year, month: month, day: day)
        self.millisecond = ((hour * 60 + minute) * 60 + second) * 1000 + millisecond
    }

    /// `day` days since 1 January 1970, at the same time of day as `other`.
    init(day: Int, like other: WallTime) {
        self.day = day
        millisecond = other.millisecond
    }

    /// Reads what `description` and `minuteText` write, and ISO 8601 without an offset altogether.
    public init?(_ text: String) {
        guard let written = WrittenTime(text.trimmingCharacters(in: .whitespacesAndNewlines)), written.offset == nil else { return nil }
        self = written.wall
    }

    /// What the clocks of `zone` show at `instant`.
    public init(_ instant: Timestamp, in zone: Zone) {
        self.init(instant, offset: zone.offset(at: instant))
    }

    /// What clocks that run `offset` seconds ahead of UTC show at `instant`.
    public init(_ instant: Timestamp, offset: Int) {
        let local = Int(instant.milliseconds) + offset * 1000
        day = (local >= 0 ? local : local - Self.dayLength + 1) / Self.dayLength
        millisecond = local - day * Self.dayLength
    }

    /// 1 = Monday … 7 = Sunday (ISO 8601).
    public var weekday: Int { ((day + 3) % 7 + 7) % 7 + 1 }

    /// The instant at which clocks that run `offset` seconds ahead of UTC show this.
    public func instant(offset: Int) -> Timestamp { Timestamp(milliseconds: Int64(day * Self.dayLength + millisecond - offset * 1000)) }

    /// The instant at which the clocks of `zone` show this. A time that they skip (summer time begins) counts on from before the gap:
    /// 02:30 becomes 03:30. Of a time that they show twice (summer time ends) it is the first.
    public func instant(in zone: Zone) -> Timestamp { reading(in: zone).instant }

    /// `instant(in:)`, with what its author should know about it.
    func reading(in zone: Zone) -> (instant: Timestamp, isSkipped: Bool, second: Timestamp?) {
        // Offsets are less than 26 hours: what may be meant lies in between.
        let (start, end) = (instant(offset: 0) - .hours(26), instant(offset: 0) + .hours(26))
        let changes = zone.changes(after: start, until: end)
        let offsets = [zone.offset(at: start)] + changes.map(\.after)
        let fitting = Set(offsets.map { instant(offset: $0) }.filter { WallTime($0, in: zone) == self }).sorted()
        if let first = fitting.first { return (first, false, fitting.dropFirst().first) }
        let gap = changes.first { instant(offset: $0.before) >= $0.at && instant(offset: $0.after) < $0.at }
        return (instant(offset: gap?.before ?? offsets[0]), true, nil)
    }

    /// The same time of day `count` days later, or earlier.
    public func adding(days count: Int) -> WallTime { WallTime(day: day + count, like: self) }

    /// Year, month and day of the month.
    public var date: (year: Int, month: Int, day: Int) {
        // The inverse of the initialiser: eras of 400 years have 146,097 days.
        let days = day + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let eraDay = days - era * 146_097
        let eraYear = (eraDay - eraDay / 1460 + eraDay / 36_524 - eraDay / 146_096) / 365
        let yearDay = eraDay - (365 * eraYear + eraYear / 4 - eraYear / 100)
        let marchMonth = (5 * yearDay + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (era * 400 + eraYear + (month <= 2 ? 1 : 0), month, yearDay - (153 * marchMonth + 2) / 5 + 1)
    }

    /// `2026-11-24T09:00`: how times are shown to programs that work in a zone, and how they may be written.
    public var minuteText: String { String(description.prefix(16)) }
    /// `2026-11-24`.
    public var dayText: String { String(description.prefix(10)) }
    /// 0 to 23.
    public var hour: Int { millisecond / 3_600_000 }

    public static func < (left: Self, right: Self) -> Bool { (left.day, left.millisecond) < (right.day, right.millisecond) }

    private static let dayLength = 86_400_000

    /// Days since 1 January 1970. There must be such a day.
    static func day(year: Int, month: Int, day: Int) -> Int {
        // Counted from 1 March, so that the leap day is the last of its year and months follow a fixed pattern (153 days in five).
        let marchYear = month > 2 ? year : year - 1
        let marchMonth = (month + 9) % 12
        let yearDays = marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400
        return yearDays + (153 * marchMonth + 2) / 5 + day - 1 - 719_468
    }

    static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }
}

extension WallTime: CustomStringConvertible {
    /// ISO 8601 without an offset: `2026-11-24T09:00:00.000`.
    public var description: String { withUTF8 { String(decoding: $0, as: UTF8.self) } }

    /// The bytes of `description`, for as long as `body` takes.
    func withUTF8<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let (year, month, day) = date
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 23) { room in
            room.write(month, day, millisecond)
            guard (0...9999).contains(year) else { return (Array("\(year)".utf8) + room[4...]).withUnsafeBufferPointer(body) }
            room.pair(year / 100, at: 0)
            room.pair(year % 100, at: 2)
            return body(UnsafeBufferPointer(room))
        }
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Two digits.
    fileprivate func pair(_ number: Int, at place: Int) {
        self[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10)
        self[place + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
    }

    /// What follows the year: `-11-24T09:00:00.000` from the fifth byte on.
    fileprivate func write(_ month: Int, _ day: Int, _ millisecond: Int) {
        let second = millisecond / 1000
        (self[4], self[7]) = (UInt8(ascii: "-"), UInt8(ascii: "-"))
        (self[10], self[13], self[16], self[19]) = (UInt8(ascii: "T"), UInt8(ascii: ":"), UInt8(ascii: ":"), UInt8(ascii: "."))
        pair(month, at: 5)
        pair(day, at: 8)
        pair(second / 3600, at: 11)
        pair(second / 60 % 60, at: 14)
        pair(second % 60, at: 17)
        self[20] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: millisecond % 1000 / 100)
        pair(millisecond % 100, at: 21)
    }
}

/// Sent as `2026-11-24T09:00:00.000`, without an offset.
extension WallTime: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let wall = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a wall time has no offset: 2026-11-24T09:00")
        }
        self = wall
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
