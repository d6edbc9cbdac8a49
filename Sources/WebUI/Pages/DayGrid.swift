import Domain

/// The days that a calendar view shows, in one person's zone. Each is the beginning of a day on the calendar, whatever its clocks do then.
struct DayGrid: Sendable {
    enum View: String, CaseIterable, Sendable { case month, week, day }

    let view: View
    let days: [WallTime]
    /// The day that was asked for.
    let anchor: WallTime
    let time: LocalTime

    init(view: View, containing day: WallTime, time: LocalTime) {
        self.view = view
        self.time = time
        anchor = WallTime(day: day.day, minute: 0)
        var (first, last) = (anchor.day, anchor.day)
        if view == .month {
            first -= anchor.date.day - 1
            last = Self.firstOfMonth(anchor, steps: 1).day - 1
        }
        if view != .day {
            // Whole weeks from Monday, so that every row is full.
            first -= WallTime(day: first, minute: 0).weekday - 1
            last += 7 - WallTime(day: last, minute: 0).weekday
        }
        days = (first...last).map { WallTime(day: $0, minute: 0) }
    }

    /// From the first moment shown up to the first that is not.
    var range: Range<Timestamp> {
        let (first, last) = (days.first ?? anchor, days.last ?? anchor)
        return first.instant(in: time.zone)..<last.adding(days: 1).instant(in: time.zone)
    }

    var columns: Int { view == .day ? 1 : 7 }

    /// Whether `day` belongs to the month before or after.
    func isOutside(_ day: WallTime) -> Bool { view == .month && day.date.month != anchor.date.month }

    /// A day in the period `steps` further on.
    func moved(by steps: Int) -> WallTime {
        switch view {
        // The first of the month: the 31st has no counterpart in every month.
        case .month: Self.firstOfMonth(anchor, steps: steps)
        case .week: anchor.adding(days: 7 * steps)
        case .day: anchor.adding(days: steps)
        }
    }

    private static func firstOfMonth(_ day: WallTime, steps: Int) -> WallTime {
        let months = day.date.year * 12 + day.date.month - 1 + steps
        return WallTime(year: months / 12, month: months % 12 + 1, day: 1) ?? day
    }

    var heading: String {
        switch view {
        case .month: time.month(anchor)
        case .week: [days.first, days.last].compactMap { $0 }.map { time.day($0.instant(in: time.zone)) }.joined(separator: " – ")
        case .day: time.longDay(anchor)
        }
    }
}
