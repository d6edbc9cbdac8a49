import Domain
import Foundation

/// The days that a calendar view shows, in one person's zone.
struct DayGrid: Sendable {
    enum View: String, CaseIterable, Sendable { case month, week, day }

    let view: View
    /// The first moment of each day shown.
    let days: [Date]
    /// The first moment of the day that was asked for.
    let anchor: Date
    let time: LocalTime

    init(view: View, containing date: Date, time: LocalTime) {
        self.view = view
        self.time = time
        let calendar = time.calendar
        anchor = calendar.startOfDay(for: date)
        let component: Calendar.Component = view == .month ? .month : view == .week ? .weekOfYear : .day
        let period = calendar.dateInterval(of: component, for: anchor) ?? DateInterval(start: anchor, duration: 86_400)
        var first = period.start
        var end = period.end
        if view == .month {
            // Whole weeks, so that every row is full.
            first = calendar.dateInterval(of: .weekOfYear, for: first)?.start ?? first
            end = calendar.dateInterval(of: .weekOfYear, for: end.addingTimeInterval(-1))?.end ?? end
        }
        var days: [Date] = []
        var day = first
        while day < end {
            days.append(day)
            guard let next = calendar.date(byAdding: .day, value: 1, to: day) else { break }
            day = calendar.startOfDay(for: next)
        }
        self.days = days
    }

    /// From the first moment shown up to the first that is not.
    var range: Range<Timestamp> {
        let start = days.first ?? anchor
        let end = days.last.flatMap { time.calendar.date(byAdding: .day, value: 1, to: $0) } ?? start
        return Timestamp(start)..<Timestamp(max(start, end))
    }

    var columns: Int { view == .day ? 1 : 7 }

    /// Whether `day` belongs to the month before or after.
    func isOutside(_ day: Date) -> Bool { view == .month && !time.calendar.isDate(day, equalTo: anchor, toGranularity: .month) }

    /// A day in the period `steps` further on.
    func moved(by steps: Int) -> Date {
        let component: Calendar.Component = view == .month ? .month : view == .week ? .weekOfYear : .day
        // From the first of a month: the 31st has no counterpart in every month.
        let start = view == .month ? (time.calendar.dateInterval(of: .month, for: anchor)?.start ?? anchor) : anchor
        return time.calendar.date(byAdding: component, value: steps, to: start) ?? anchor
    }

    var heading: String {
        switch view {
        case .month: time.month(anchor)
        case .week:
            "\(time.day(Timestamp(days.first ?? anchor))) – \(time.day(Timestamp(days.last ?? anchor)))"
        case .day: time.longDay(anchor)
        }
    }
}
