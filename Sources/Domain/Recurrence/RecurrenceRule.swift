/// How something repeats, in the words of RFC 5545 §3.3.10, as far as posts need it: by days, weeks, months or years, at one time of day.
///
/// What the standard leaves open, or contradicts itself about, is settled in docs/recurring-posts.md.
public struct RecurrenceRule: Sendable, Equatable {
    public enum Frequency: String, Sendable, CaseIterable {
        case daily = "DAILY"
        case weekly = "WEEKLY"
        case monthly = "MONTHLY"
        case yearly = "YEARLY"
    }

    /// A day of the week, or the n-th such day of a month or year; negative from its end.
    public struct Weekday: Sendable, Hashable {
        public let ordinal: Int?
        /// 1 = Monday … 7 = Sunday.
        public let day: Int

        public init(_ day: Int, ordinal: Int? = nil) {
            self.day = day
            self.ordinal = ordinal
        }
    }

    public enum End: Sendable, Equatable {
        /// After so many occurrences, those that are left out counted.
        case count(Int)
        case until(Until)
    }

    /// The last moment at which something may occur.
    public enum Until: Sendable, Equatable {
        /// Until the end of that day (days since 1970), by the clocks of the zone.
        case day(Int)
        /// By the clocks of the zone.
        case wall(WallTime)
        case instant(Timestamp)
    }

    public var frequency: Frequency
    public var interval: Int
    public var end: End?
    public var weekdays: [Weekday]
    public var monthDays: [Int]
    public var months: [Int]
    public var positions: [Int]
    /// With which day weeks begin: 1 = Monday … 7 = Sunday.
    public var weekStart: Int

    public init(
        _ frequency: Frequency, interval: Int = 1, end: End? = nil, weekdays: [Weekday] = [], monthDays: [Int] = [], months: [Int] = [],
        positions: [Int] = [], weekStart: Int = 1
    ) {
        self.frequency = frequency
        self.interval = interval
        self.end = end
        self.weekdays = weekdays
        self.monthDays = monthDays
        self.months = months
        self.positions = positions
        self.weekStart = weekStart
    }

    /// The names of weekdays in rules, Monday first.
    static let dayNames = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

    public var count: Int? {
        if case .count(let count) = end { count } else { nil }
    }

    /// The same rule with what is left of its count after `done` occurrences.
    public func continuing(after done: Int) -> RecurrenceRule {
        guard case .count(let count) = end else { return self }
        var rest = self
        rest.end = .count(max(1, count - done))
        return rest
    }
}

extension RecurrenceRule {
    /// As it is stored and shown: parts in a fixed order, what is usual left out. A local end is written as an instant of `zone` (RFC 5545
    /// asks for UTC there).
    public func text(in zone: Zone) -> String {
        var parts = ["FREQ=\(frequency.rawValue)"]
        if interval != 1 { parts.append("INTERVAL=\(interval)") }
        func add(_ name: String, _ values: [Int]) {
            if !values.isEmpty { parts.append("\(name)=\(values.map(String.init).joined(separator: ","))") }
        }
        add("BYMONTH", months)
        add("BYMONTHDAY", monthDays)
        if !weekdays.isEmpty {
            let days = weekdays.map { ($0.ordinal.map(String.init) ?? "") + Self.dayNames[$0.day - 1] }
            parts.append("BYDAY=\(days.joined(separator: ","))")
        }
        add("BYSETPOS", positions)
        switch end {
        case .count(let count): parts.append("COUNT=\(count)")
        case .until(let until): parts.append("UNTIL=\(Self.text(of: until.instant(in: zone)))")
        case nil: break
        }
        if weekStart != 1 { parts.append("WKST=\(Self.dayNames[weekStart - 1])") }
        return parts.joined(separator: ";")
    }

    private static func text(of instant: Timestamp) -> String {
        let digits = WallTime(instant, offset: 0).description.prefix(19).filter { $0 != "-" && $0 != ":" }
        return "\(digits)Z"
    }
}

extension RecurrenceRule.Until {
    /// The last instant that belongs to it.
    public func instant(in zone: Zone) -> Timestamp {
        switch self {
        case .instant(let instant): instant
        case .wall(let wall): wall.instant(in: zone)
        // The last second of the day; where the day ends in a gap, what is left of it.
        case .day(let day): WallTime(day: day + 1, minute: 0).instant(in: zone) - .seconds(1)
        }
    }
}
