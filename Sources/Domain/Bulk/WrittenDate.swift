import Foundation

/// Whether the day or the month stands first in a date of numbers.
public enum DateOrder: String, Codable, Sendable, CaseIterable {
    case dayFirst = "DAY_FIRST"
    case monthFirst = "MONTH_FIRST"
}

/// Dates and times as spreadsheets write them.
public enum WrittenDate {
    /// The order that these dates have: sure when one of them can only be read so, or when none needs an order. Nil where they contradict each
    /// other.
    public static func order(of dates: some Sequence<String>) -> (order: DateOrder, isSure: Bool)? {
        var (dayFirst, monthFirst, doubtful) = (false, false, false)
        for date in dates {
            guard let (first, mark, second) = numbers(date) else { continue }
            if mark == "." || first > 12 { dayFirst = true } else if second > 12 { monthFirst = true } else if first != second { doubtful = true }
        }
        if dayFirst, monthFirst { return nil }
        return (monthFirst ? .monthFirst : .dayFirst, dayFirst || monthFirst || !doubtful)
    }

    private static func numbers(_ text: String) -> (Int, Substring, Int)? {
        guard let match = text.wholeMatch(of: /\s*(\d{1,2})([.\/\-])(\d{1,2})[.\/\-](?:\d{4}|\d{2})\b.*/.dotMatchesNewlines()),
            let first = Int(match.1), let second = Int(match.3)
        else { return nil }
        return (first, match.2, second)
    }

    /// `2026-11-24T09:00`, or an instant as it was written; nil for what is no date. `time` is what another column says; without any it is 09:00.
    public static func wallTime(_ text: String, time: String, order: DateOrder) -> String? {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if Timestamp(text) != nil { return text }
        let (date, rest): (String, String)
        if let match = text.wholeMatch(of: /(\d{4})[\-\/.](\d{1,2})[\-\/.](\d{1,2})(?:[T ,]+(.+))?/) {
            guard let found = day(Int(match.1), Int(match.2), Int(match.3)) else { return nil }
            (date, rest) = (found, match.4.map(String.init) ?? "")
        } else if let match = text.wholeMatch(of: /(\d{1,2})([.\/\-])(\d{1,2})[.\/\-](\d{4}|\d{2})(?:[T ,]+(.+))?/) {
            let year = Int(match.4).map { match.4.count == 2 ? 2000 + $0 : $0 }
            let (first, second) = (Int(match.1), Int(match.3))
            let isDayFirst = order == .dayFirst || match.2 == "."
            guard let found = day(year, isDayFirst ? second : first, isDayFirst ? first : second) else { return nil }
            (date, rest) = (found, match.5.map(String.init) ?? "")
        } else {
            return nil
        }
        let written = rest.trimmingCharacters(in: .whitespaces).isEmpty ? time : rest
        guard let clock = written.trimmingCharacters(in: .whitespaces).isEmpty ? "09:00" : self.time(written) else { return nil }
        return "\(date)T\(clock)"
    }

    /// `09:00` of `9:00`, `9.30`, `9:05 pm`, `09:00:00` or `14 Uhr`.
    static func time(_ text: String) -> String? {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
        guard let match = text.wholeMatch(of: /(\d{1,2})(?:[:.h](\d{2}))?(?:[:.](\d{2})(?:\.\d+)?)?\s*(am|pm|a\.m\.|p\.m\.|uhr|h)?/),
            var hour = Int(match.1)
        else { return nil }
        let minute = match.2.flatMap { Int($0) } ?? 0
        if let half = match.4?.first, half == "a" || half == "p" {
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (half == "p" ? 12 : 0)
        } else if match.2 == nil, match.4 == nil {
            return nil
        }
        guard hour < 24, minute < 60 else { return nil }
        return "\(padded(hour)):\(padded(minute))"
    }

    private static func day(_ year: Int?, _ month: Int?, _ day: Int?) -> String? {
        guard let year, let month, let day, (1...12).contains(month), day >= 1, (2000...2199).contains(year) else { return nil }
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[month - 1] else { return nil }
        return "\(year)-\(padded(month))-\(padded(day))"
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
