import Domain
import Foundation

extension HTTPAnswer {
    /// The longest wait that is believed: daily quotas are the longest that any platform has.
    static let longestWait = Duration.days(1)

    /// What the other side's clock showed when it answered; nil when it did not say.
    public var date: Timestamp? { headers["date"].flatMap(Self.date) }

    /// The wait of `Retry-After` (RFC 9110 §10.2.3), at least a second and at most a day: seconds, or a date, which is measured from the
    /// answer's own `Date` where it has one, so that a wrong clock on either side does not matter. Nil when absent or not understood.
    public func retryAfter(now: Timestamp) -> Duration? {
        guard let text = headers["retry-after"]?.trimmingCharacters(in: .whitespaces), !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ (48...57).contains($0) }) {
            return .seconds(min(max(Int64(text) ?? .max, 1), 86_400))  // More digits than fit are a long wait, too.
        }
        return Self.date(text).map { wait(until: $0, now: now) }
    }

    /// The wait until `instant` of the other side's clock, at least a second and at most a day.
    func wait(until instant: Timestamp, now: Timestamp) -> Duration {
        min(max(instant - (date ?? now), .seconds(1)), Self.longestWait)
    }

    /// The wait until the instant that a header tells in seconds since 1970, at least a second and at most a day; nil when it is absent, or when
    /// no time can hold it.
    func wait(untilSecondsIn header: String, now: Timestamp) -> Duration? {
        guard let seconds = headers[header].flatMap(Int64.init), (0...100_000_000_000).contains(seconds) else { return nil }
        return wait(until: Timestamp(milliseconds: seconds * 1000), now: now)
    }

    /// An HTTP date in any of its three forms (RFC 9110 §5.6.7): IMF-fixdate, RFC 850, asctime. Nil for anything else.
    static func date(_ text: String) -> Timestamp? {
        let imf = /[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT/
        if let (_, day, month, year, hour, minute, second) = text.wholeMatch(of: imf)?.output {
            return instant(year, month, day, hour, minute, second)
        }
        let rfc850 = /[A-Z][a-z]{5,8}, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT/
        if let (_, day, month, year, hour, minute, second) = text.wholeMatch(of: rfc850)?.output {
            // RFC 9110: the past century only where the date would lie more than fifty years ahead, and no wait comes from there.
            return instant("20\(year)", month, day, hour, minute, second)
        }
        let asctime = /[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})/
        if let (_, month, day, hour, minute, second, year) = text.wholeMatch(of: asctime)?.output {
            return instant(year, month, day.drop { $0 == " " }, hour, minute, second)
        }
        return nil
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func instant(
        _ year: some StringProtocol, _ month: Substring, _ day: Substring, _ hour: Substring, _ minute: Substring, _ second: Substring
    ) -> Timestamp? {
        guard let month = months.firstIndex(of: String(month)), let year = Int64(year), let day = Int64(day), (1...31).contains(day),
            let hour = Int64(hour), hour < 24, let minute = Int64(minute), minute < 60, let second = Int64(second), second <= 60
        else { return nil }
        // Days since 1970 in the proleptic Gregorian calendar, years counted from March so that the leap day comes last.
        let (march, shifted) = ((Int64(month) + 10) % 12, month < 2 ? year - 1 : year)
        let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * march + 2) / 5 + day - 1 - 719_468
        return Timestamp(milliseconds: (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000)
    }
}
