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

    /// An HTTP date in any of its three forms (RFC 9110 §5.6.7): IMF-fixdate, RFC 850, asctime. Nil for anything else. Each answer has one: so no
    /// regular expressions, which are compiled anew each time.
    static func date(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        switch words.count {
        case 6 where words[0].hasSuffix(",") && words[5] == "GMT":
            return instant(words[3], words[2], words[1], words[4])
        case 4 where words[0].hasSuffix(",") && words[3] == "GMT":
            let day = words[1].split(separator: "-", omittingEmptySubsequences: false)
            guard day.count == 3, day[2].utf8.count == 2 else { return nil }
            // RFC 9110: the past century only where the date would lie more than fifty years ahead, and no wait comes from there.
            return instant("20" + day[2], day[1], day[0], words[2])
        case 5: return instant(words[4], words[1], words[2], words[3])
        default: return nil
        }
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func instant(_ year: Substring, _ month: Substring, _ day: Substring, _ time: Substring) -> Timestamp? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, let month = months.firstIndex(of: String(month)), let year = number(year, digits: 4...4),
            let day = number(day, digits: 1...2), (1...31).contains(day), let hour = number(clock[0], digits: 2...2), hour < 24,
            let minute = number(clock[1], digits: 2...2), minute < 60, let second = number(clock[2], digits: 2...2), second <= 60
        else { return nil }
        // Days since 1970 in the proleptic Gregorian calendar, years counted from March so that the leap day comes last.
        let (march, shifted) = ((Int64(month) + 10) % 12, month < 2 ? year - 1 : year)
        let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * march + 2) / 5 + day - 1 - 719_468
        return Timestamp(milliseconds: (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000)
    }

    private static func number(_ text: Substring, digits: ClosedRange<Int>) -> Int64? {
        guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int64(text)
    }
}
