import Domain
import Foundation

/// Instants as a person in one zone and language reads them. Pages get finished text: browsers do no date arithmetic.
struct LocalTime: Sendable {
    let zone: TimeZone
    let locale: Locale
    private let gregorian: Calendar

    init(zone identifier: String, locale: String) {
        zone = TimeZone(identifier: identifier) ?? .gmt
        // A language alone does not tell the order of day and month; these do as most of its readers outside one country do.
        let regions = ["en": "en_GB", "de": "de_DE"]
        self.locale = Locale(identifier: regions[locale] ?? locale)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        calendar.locale = self.locale
        calendar.firstWeekday = 2
        gregorian = calendar
    }

    var calendar: Calendar { gregorian }

    /// `09:00`
    func clock(_ instant: Timestamp) -> String {
        let parts = gregorian.dateComponents([.hour, .minute], from: instant.date)
        return "\(Self.pair(parts.hour)):\(Self.pair(parts.minute))"
    }
    /// `2026-11-23`, for inputs and addresses.
    func date(_ instant: Timestamp) -> String {
        let parts = gregorian.dateComponents([.year, .month, .day], from: instant.date)
        return "\(parts.year ?? 0)-\(Self.pair(parts.month))-\(Self.pair(parts.day))"
    }
    /// `Mon 23 Nov 2026`
    func day(_ instant: Timestamp) -> String { text(instant, .init().weekday(.abbreviated).day().month(.abbreviated).year()) }
    /// `Monday 23 November`
    func longDay(_ date: Date) -> String { text(Timestamp(date), .init().weekday(.wide).day().month(.wide)) }
    /// `November 2026`
    func month(_ date: Date) -> String { text(Timestamp(date), .init().month(.wide).year()) }
    /// `23 Nov 2026, 09:00`
    func moment(_ instant: Timestamp) -> String { text(instant, .init().day().month(.abbreviated).year()) + ", " + clock(instant) }

    /// `Europe/Paris (GMT+1)`
    var zoneName: String { "\(zone.identifier.replacing("_", with: " ")) (\(zone.abbreviation() ?? "GMT"))" }

    /// The day that `text` (`2026-11-23`) names, at its first moment; nil when it names none.
    func day(named text: String) -> Date? {
        let numbers = text.split(separator: "-").map { Int($0) }
        guard numbers.count == 3, let year = numbers[0], let month = numbers[1], let day = numbers[2], (1970...9998).contains(year) else {
            return nil
        }
        let components = DateComponents(year: year, month: month, day: day)
        guard components.isValidDate(in: gregorian) else { return nil }
        return gregorian.date(from: components).map(gregorian.startOfDay)
    }

    /// Names of the days from Monday to Sunday.
    var weekdays: [(short: String, long: String, narrow: String)] {
        (0..<7).map { offset in
            let index = (offset + 1) % 7
            return (
                gregorian.shortStandaloneWeekdaySymbols[index], gregorian.standaloneWeekdaySymbols[index],
                gregorian.veryShortStandaloneWeekdaySymbols[index]
            )
        }
    }

    private func text(_ instant: Timestamp, _ style: Date.FormatStyle) -> String {
        var style = style.locale(locale)
        style.timeZone = zone
        return instant.date.formatted(style)
    }

    private static func pair(_ number: Int?) -> String {
        let number = number ?? 0
        return number < 10 ? "0\(number)" : String(number)
    }
}
