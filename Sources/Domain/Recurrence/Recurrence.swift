/// A rule with where it begins: the wall times at which something occurs.
///
/// Each is computed from the rule and the first wall time, never from the occurrence before, and becomes an instant only by the rules of its
/// zone: nine o'clock stays nine o'clock when clocks are set.
public struct Recurrence: Sendable, Equatable {
    public var rule: RecurrenceRule
    /// The first occurrence.
    public var start: WallTime
    public var zone: Zone

    public init(_ rule: RecurrenceRule, start: WallTime, zone: Zone) {
        self.rule = rule
        self.start = start
        self.zone = zone
    }

    /// One time at which something occurs.
    public struct Occurrence: Sendable, Equatable {
        /// What the rule says; a time that the clocks skip goes out later than this.
        public let wallTime: WallTime
        public let instant: Timestamp
    }

    /// How far apart two occurrences may lie: 29 February on a given weekday comes back after 40 years at most.
    private static let longestGap = 45 * 366

    /// All of them, in the order of time, until the rule ends or nothing comes for very long. Of two with one instant, in a zone that left
    /// out a whole day, the first is there.
    public var occurrences: some Sequence<Occurrence> { Occurrences(self) }

    /// The first time at or after the start that the rule names, within ten years; nil when there is none.
    public var firstFit: WallTime? {
        RecurrenceDays(rule, start: start).first { _ in true }.flatMap { $0 - start.day <= 3660 ? WallTime(day: $0, like: start) : nil }
    }

    /// Throws `VALIDATION_FAILED` when it could not be kept: it begins with no occurrence, or ends before it begins.
    public func check() throws(ProblemReport) {
        guard let first = firstFit else { throw RecurrenceRule.refusal("This rule names no day in the next ten years.") }
        guard first == start else {
            throw RecurrenceRule.refusal(
                "The first post, on \(start.dayText), does not fit the rule. Plan it for \(first.minuteText), or change the rule.")
        }
        guard occurrences.first(where: { _ in true }) != nil else { throw RecurrenceRule.refusal("The rule ends before its first post.") }
    }

    private struct Occurrences: Sequence, IteratorProtocol {
        private var days: RecurrenceDays
        private let recurrence: Recurrence
        private let last: Timestamp?
        private var left: Int?
        private var previous: Timestamp?

        init(_ recurrence: Recurrence) {
            self.recurrence = recurrence
            days = RecurrenceDays(recurrence.rule, start: recurrence.start)
            left = recurrence.rule.count
            if case .until(let until) = recurrence.rule.end { last = until.instant(in: recurrence.zone) } else { last = nil }
        }

        mutating func next() -> Occurrence? {
            while left != 0, let day = days.next() {
                left = left.map { $0 - 1 }
                let wall = WallTime(day: day, like: recurrence.start)
                let instant = wall.instant(in: recurrence.zone)
                if let last, instant > last { return nil }
                if instant == previous { continue }
                previous = instant
                return Occurrence(wallTime: wall, instant: instant)
            }
            return nil
        }
    }

    /// The days that a rule names, from the start on, without its end: period by period (day, week, month or year), in each those days that
    /// pass all BY parts, and of them those in the positions.
    private struct RecurrenceDays: Sequence, IteratorProtocol {
        private let rule: RecurrenceRule
        private let start: Int
        private let (year, month, monthDay): (Int, Int, Int)
        private let weekday: Int
        private var period = 0
        private var found: [Int] = []
        private var latest: Int

        init(_ rule: RecurrenceRule, start: WallTime) {
            self.rule = rule
            self.start = start.day
            (year, month, monthDay) = start.date
            weekday = start.weekday
            latest = start.day
        }

        mutating func next() -> Int? {
            while found.isEmpty {
                guard let days = days(of: period), days.lowerBound - latest <= Recurrence.longestGap else { return nil }
                period += 1
                found = chosen(days.filter(passes)).filter { $0 >= start }.reversed()
            }
            latest = found.removeLast()
            return latest
        }

        /// Nil behind the last year that a calendar shows.
        private func days(of period: Int) -> ClosedRange<Int>? {
            let step = period * rule.interval
            switch rule.frequency {
            case .daily: return bounded(start + step, 1)
            case .weekly: return bounded(start - (weekday - rule.weekStart + 7) % 7 + step * 7, 7)
            case .monthly:
                let months = year * 12 + month - 1 + step
                guard months / 12 <= 9999 else { return nil }
                let first = WallTime.day(year: months / 12, month: months % 12 + 1, day: 1)
                return first...(first + WallTime.days(in: months % 12 + 1, of: months / 12) - 1)
            case .yearly:
                guard year + step <= 9999 else { return nil }
                return WallTime.day(year: year + step, month: 1, day: 1)...WallTime.day(year: year + step, month: 12, day: 31)
            }
        }

        private func bounded(_ first: Int, _ count: Int) -> ClosedRange<Int>? {
            first + count - 1 <= WallTime.day(year: 9999, month: 12, day: 31) ? first...(first + count - 1) : nil
        }

        private func passes(_ day: Int) -> Bool {
            let wall = WallTime(day: day, minute: 0)
            let date = wall.date
            // What no BY part says is taken from the start.
            let months = !rule.months.isEmpty || !isYearlyByDate ? rule.months : [month]
            if !months.isEmpty, !months.contains(date.month) { return false }
            if !rule.monthDays.isEmpty || isByDate {
                let days = rule.monthDays.isEmpty ? [monthDay] : rule.monthDays
                let fromEnd = date.day - WallTime.days(in: date.month, of: date.year) - 1
                if !days.contains(date.day), !days.contains(fromEnd) { return false }
            }
            if rule.frequency == .weekly, rule.weekdays.isEmpty { return wall.weekday == weekday }
            return rule.weekdays.isEmpty || rule.weekdays.contains { matches($0, day, wall.weekday, date) }
        }

        private var isByDate: Bool {
            rule.monthDays.isEmpty && rule.weekdays.isEmpty && (rule.frequency == .monthly || rule.frequency == .yearly)
        }
        private var isYearlyByDate: Bool { rule.frequency == .yearly && isByDate }

        private func matches(_ rule: RecurrenceRule.Weekday, _ day: Int, _ weekday: Int, _ date: (year: Int, month: Int, day: Int)) -> Bool {
            guard rule.day == weekday else { return false }
            guard let ordinal = rule.ordinal else { return true }
            let isInMonth = self.rule.frequency == .monthly || !self.rule.months.isEmpty
            let (first, last) =
                isInMonth
                ? (day - date.day + 1, day - date.day + WallTime.days(in: date.month, of: date.year))
                : (WallTime.day(year: date.year, month: 1, day: 1), WallTime.day(year: date.year, month: 12, day: 31))
            return ordinal > 0 ? (day - first) / 7 + 1 == ordinal : (last - day) / 7 + 1 == -ordinal
        }

        private func chosen(_ days: [Int]) -> [Int] {
            guard !rule.positions.isEmpty else { return days }
            let places = rule.positions.map { $0 > 0 ? $0 - 1 : days.count + $0 }.filter(days.indices.contains)
            return Set(places).sorted().map { days[$0] }
        }
    }
}
