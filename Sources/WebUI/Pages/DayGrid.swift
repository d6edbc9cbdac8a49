import Domain

/// The days that a calendar view shows, in one person's zone. Each is the beginning of a day on the calendar, whatever its clocks do then.
struct DayGrid: Sendable {
    enum View: String, CaseIterable, Sendable { case month, week, day, agenda }

    /// How many days the agenda looks ahead.
    static let agendaDays = 14

    /// How many days after those it gathers as what comes later.
    static let laterDays = 90

    /// How many weeks a month shows from the present one on.
    static let weeksAhead = 5

    let view: View
    let days: [WallTime]
    /// The day that was asked for.
    let anchor: WallTime
    let time: LocalTime

    /// With `today`, a month whose first weeks are over goes on until as many are shown as most months have: at its end, too, one sees what comes.
    init(view: View, containing day: WallTime, time: LocalTime, today: WallTime? = nil) {
        self.view = view
        self.time = time
        anchor = WallTime(day: day.day, minute: 0)
        var (first, last) = (anchor.day, anchor.day)
        if view == .month {
            first -= anchor.date.day - 1
            last = Self.firstOfMonth(anchor, steps: 1).day - 1
        }
        if view == .agenda { last += Self.agendaDays - 1 }
        if [.month, .week].contains(view) {
            // Whole weeks, so that every row is full.
            first -= time.column(of: WallTime(day: first, minute: 0))
            last += 6 - time.column(of: WallTime(day: last, minute: 0))
        }
        if view == .month, let today, (first...last).contains(today.day) {
            last = max(last, today.day - time.column(of: today) + 7 * Self.weeksAhead - 1)
        }
        days = (first...last).map { WallTime(day: $0, minute: 0) }
    }

    /// From the first moment shown up to the first that is not.
    var range: Range<Timestamp> {
        let (first, last) = (days.first ?? anchor, days.last ?? anchor)
        return first.instant(in: time.zone)..<last.adding(days: 1).instant(in: time.zone)
    }

    /// Whether `day` belongs to the month before or after.
    func isOutside(_ day: WallTime) -> Bool { view == .month && day.date.month != anchor.date.month }

    /// A day in the period `steps` further on.
    func moved(by steps: Int) -> WallTime {
        switch view {
        // The first of the month: the 31st has no counterpart in every month.
        case .month: Self.firstOfMonth(anchor, steps: steps)
        case .week: anchor.adding(days: 7 * steps)
        case .day: anchor.adding(days: steps)
        case .agenda: anchor.adding(days: Self.agendaDays * steps)
        }
    }

    private static func firstOfMonth(_ day: WallTime, steps: Int) -> WallTime {
        let months = day.date.year * 12 + day.date.month - 1 + steps
        return WallTime(year: months / 12, month: months % 12 + 1, day: 1) ?? day
    }

    var heading: String {
        switch view {
        case .month: time.month(anchor)
        case .week, .agenda: [days.first, days.last].compactMap { $0 }.map { time.day($0.instant(in: time.zone)) }.joined(separator: " – ")
        case .day: time.longDay(anchor)
        }
    }
}

/// A field of the calendar: a day, an hour of one, a week that is over and folded, or what comes after the days that are shown.
struct CalendarPlace: Sendable {
    /// The day, or the first of several.
    let day: WallTime
    let hour: Int?
    let range: Range<Timestamp>
    let isFolded: Bool
    let isLater: Bool

    init(_ day: WallTime, hour: Int? = nil, days: Int = 1, isLater: Bool = false, in zone: Zone) {
        let start = WallTime(day: day.day, minute: (hour ?? 0) * 60)
        let end = hour.map { $0 == 23 ? day.adding(days: 1) : WallTime(day: day.day, minute: ($0 + 1) * 60) } ?? day.adding(days: days)
        (self.day, self.hour, self.isLater, isFolded) = (day, hour, isLater, days > 1 && !isLater)
        let first = start.instant(in: zone)
        // Of an hour that the clocks skip nothing is left.
        range = first..<max(first, end.instant(in: zone))
    }

    /// What tells it from the others on the page: `2026-11-24`, `2026-11-24T09`.
    var key: String { hour.map { "\(day.dayText)T\($0 < 10 ? "0" : "")\($0)" } ?? day.dayText }
}

extension DayGrid {
    /// The hours that are shown even when they are empty.
    static let usualHours = 6..<23

    /// The fields row by row: weeks of days, hours of days, or days one below the other. In the present month the weeks before `today` are
    /// folded, unless `unfolded`. After the days of the agenda stands what comes later.
    func rows(today: WallTime, unfolded: Bool) -> [[CalendarPlace]] {
        switch view {
        case .month:
            let isPresent = days.contains { $0.day == today.day }
            return stride(from: 0, to: days.count, by: 7).map { start in
                let week = days[start..<start + 7]
                guard isPresent, !unfolded, let first = week.first, let last = week.last, last.day < today.day else {
                    return week.map { CalendarPlace($0, in: time.zone) }
                }
                return [CalendarPlace(first, days: 7, in: time.zone)]
            }
        case .week, .day: return (0..<24).map { hour in days.map { CalendarPlace($0, hour: hour, in: time.zone) } }
        case .agenda:
            let later = anchor.adding(days: Self.agendaDays)
            return days.map { [CalendarPlace($0, in: time.zone)] }
                + [[CalendarPlace(later, days: Self.laterDays, isLater: true, in: time.zone)]]
        }
    }
}
