import Domain
import Foundation

/// Instants as a person in one zone and language reads them. Pages get finished text: browsers do no date arithmetic.
///
/// The zone is our own; Foundation only lends the names of days and months in the person's language, at what our clocks show taken for GMT.
struct LocalTime: Sendable {
    let zone: Zone
    let locale: Locale
    /// The day with which weeks begin: 1 = Monday … 7 = Sunday.
    let firstWeekday: Int

    init(zone name: String, locale: String, weekStart: WeekStart = .region) {
        zone = ZoneData.inForce.zone(named: name) ?? .utc
        // A language alone does not tell the order of day and month; these do as most of its readers outside one country do.
        let regions = ["en": "en_GB", "de": "de_DE"]
        self.locale = Locale(identifier: regions[locale] ?? locale)
        firstWeekday =
            switch weekStart {
            case .region: self.locale.region == nil ? 1 : Self.number(of: self.locale.firstDayOfWeek)
            case .monday: 1
            case .saturday: 6
            case .sunday: 7
            }
    }

    func wall(_ instant: Timestamp) -> WallTime { WallTime(instant, in: zone) }

    /// `09:00`
    func clock(_ instant: Timestamp) -> String { String(wall(instant).minuteText.suffix(5)) }
    /// `2026-11-23`, for inputs and addresses.
    func date(_ instant: Timestamp) -> String { wall(instant).dayText }
    /// `Mon 23 Nov 2026`
    func day(_ instant: Timestamp) -> String { text(wall(instant), .init().weekday(.abbreviated).day().month(.abbreviated).year()) }
    /// `23 Nov`
    func shortDay(_ day: WallTime) -> String { text(day, .init().day().month(.abbreviated)) }
    /// `Monday 23 November`
    func longDay(_ day: WallTime) -> String { text(day, .init().weekday(.wide).day().month(.wide)) }
    /// `Monday`
    func weekday(_ day: WallTime) -> String { text(day, .init().weekday(.abbreviated).day()) }
    /// `November 2026`
    func month(_ day: WallTime) -> String { text(day, .init().month(.wide).year()) }
    /// `23 Nov 2026, 09:00`
    func moment(_ instant: Timestamp) -> String { text(wall(instant), .init().day().month(.abbreviated).year()) + ", " + clock(instant) }

    /// `Europe/Paris (UTC+1)`, as its clocks are at `instant`; `UTC` where that is the zone.
    func zoneName(at instant: Timestamp) -> String {
        if zone.isUTC { return "UTC" }
        let minutes = zone.offset(at: instant) / 60
        let (hours, rest) = abs(minutes).quotientAndRemainder(dividingBy: 60)
        let offset = minutes == 0 ? "" : "\(minutes < 0 ? "-" : "+")\(hours)" + (rest == 0 ? "" : ":\(rest < 10 ? "0" : "")\(rest)")
        return "\(zone.name.replacing("_", with: " ")) (UTC\(offset))"
    }

    /// The beginning of the day that `text` (`2026-11-23`) names; nil when it names none.
    func day(named text: String) -> WallTime? {
        guard text.utf8.count == 10, let day = WallTime("\(text)T00:00"), (1970...9998).contains(day.date.year) else { return nil }
        return day
    }

    /// Names of the days from Monday to Sunday.
    var weekdays: [(short: String, long: String, narrow: String)] {
        var names = Calendar(identifier: .gregorian)
        names.locale = locale
        return (1...7).map { day in
            let index = day % 7
            return (
                names.shortStandaloneWeekdaySymbols[index], names.standaloneWeekdaySymbols[index], names.veryShortStandaloneWeekdaySymbols[index]
            )
        }
    }

    /// The same in the order of the person's weeks, each with its number.
    var week: [(number: Int, short: String, long: String, narrow: String)] {
        let names = weekdays
        return (0..<7).map { column in
            let day = (firstWeekday - 1 + column) % 7
            return (day + 1, names[day].short, names[day].long, names[day].narrow)
        }
    }

    /// How many days of its week lie before `day`.
    func column(of day: WallTime) -> Int { (day.weekday - firstWeekday + 7) % 7 }

    private static func number(of day: Locale.Weekday) -> Int {
        switch day {
        case .monday: 1
        case .tuesday: 2
        case .wednesday: 3
        case .thursday: 4
        case .friday: 5
        case .saturday: 6
        case .sunday: 7
        @unknown default: 1
        }
    }

    /// Names of the months from January to December.
    var months: [String] {
        var names = Calendar(identifier: .gregorian)
        names.locale = locale
        return names.standaloneMonthSymbols
    }

    private func text(_ wall: WallTime, _ style: Date.FormatStyle) -> String {
        var style = style.locale(locale)
        style.timeZone = .gmt
        style.calendar = Calendar(identifier: .gregorian)
        return wall.instant(offset: 0).date.formatted(style)
    }
}
