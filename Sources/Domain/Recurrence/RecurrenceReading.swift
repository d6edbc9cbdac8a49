extension RecurrenceRule {
    /// How long the text of a rule may be.
    static let longest = 500

    /// Reads a rule: `FREQ=WEEKLY;BYDAY=MO,WE`. Small letters, `RRULE:` before it and a `;` at its end are accepted. Throws `VALIDATION_FAILED`
    /// for anything that it would have to ignore or guess.
    public init(_ text: String) throws(ProblemReport) {
        guard text.utf8.count <= Self.longest else { throw Self.refusal("A rule has at most \(Self.longest) characters.") }
        var rest = text.uppercased().filter { !$0.isWhitespace }[...]
        if rest.hasPrefix("RRULE:") { rest = rest.dropFirst(6) }
        if rest.hasSuffix(";") { rest = rest.dropLast() }
        var parts: [String: String] = [:]
        for part in rest.split(separator: ";", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, !pair[1].isEmpty else {
                throw Self.refusal("'\(part.prefix(40))' is no part of a rule. Write it as FREQ=WEEKLY;BYDAY=MO.")
            }
            guard parts.updateValue(pair[1], forKey: pair[0]) == nil else { throw Self.refusal("\(pair[0].prefix(20)) stands there twice.") }
        }
        guard let frequency = parts.removeValue(forKey: "FREQ") else {
            throw Self.refusal("A rule begins with FREQ: DAILY, WEEKLY, MONTHLY or YEARLY.")
        }
        guard let frequency = Frequency(rawValue: frequency) else {
            throw Self.refusal("Posts repeat DAILY, WEEKLY, MONTHLY or YEARLY, not \(frequency.prefix(20)).")
        }
        self.init(frequency)
        interval = try Self.number(parts.removeValue(forKey: "INTERVAL"), "INTERVAL", 1...1000) ?? 1
        let count = try Self.number(parts.removeValue(forKey: "COUNT"), "COUNT", 1...10_000)
        let until = try parts.removeValue(forKey: "UNTIL").map { text throws(ProblemReport) in try Until(text) }
        if count != nil, until != nil { throw Self.refusal("A rule ends by COUNT or by UNTIL, not by both.") }
        end = count.map { .count($0) } ?? until.map { .until($0) }
        weekdays = try Self.list(parts.removeValue(forKey: "BYDAY")) { item throws(ProblemReport) in try Self.weekday(item) }
        monthDays = try Self.numbers(parts.removeValue(forKey: "BYMONTHDAY"), "BYMONTHDAY", 1...31, signed: true)
        months = try Self.numbers(parts.removeValue(forKey: "BYMONTH"), "BYMONTH", 1...12)
        positions = try Self.numbers(parts.removeValue(forKey: "BYSETPOS"), "BYSETPOS", 1...366, signed: true)
        if let start = parts.removeValue(forKey: "WKST") {
            guard let index = Self.dayNames.firstIndex(of: start) else { throw Self.refusal("WKST is one of MO, TU, WE, TH, FR, SA, SU.") }
            weekStart = index + 1
        }
        if let unknown = parts.keys.sorted().first {
            throw Self.refusal("\(unknown.prefix(20)) is not supported in a rule for posts. Leave it out.")
        }
        try check()
    }

    /// What a rule must keep to beyond its form.
    private func check() throws(ProblemReport) {
        if !positions.isEmpty, weekdays.isEmpty, monthDays.isEmpty, months.isEmpty {
            throw Self.refusal("BYSETPOS chooses among what another BY part names: give BYDAY, BYMONTHDAY or BYMONTH, too.")
        }
        if frequency == .weekly, !monthDays.isEmpty { throw Self.refusal("BYMONTHDAY does not go with FREQ=WEEKLY. Use MONTHLY, or BYDAY.") }
        for day in weekdays {
            guard let ordinal = day.ordinal else { continue }
            guard frequency == .monthly || frequency == .yearly else {
                throw Self.refusal("A number before a weekday, as in 1MO, goes with FREQ=MONTHLY and YEARLY only.")
            }
            guard abs(ordinal) <= (frequency == .monthly || !months.isEmpty ? 5 : 53) else {
                throw Self.refusal("There is no \(ordinal)\(Self.dayNames[day.day - 1]): a month has at most 5 of a weekday, a year 53.")
            }
        }
    }

    static func refusal(_ message: String) -> ProblemReport { .invalid("recurrence", message) }

    private static func number(_ text: String?, _ name: String, _ range: ClosedRange<Int>) throws(ProblemReport) -> Int? {
        guard let text else { return nil }
        guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(text), range.contains(number) else {
            throw refusal("\(name) is a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    private static func numbers(
        _ text: String?, _ name: String, _ range: ClosedRange<Int>, signed: Bool = false
    ) throws(ProblemReport) -> [Int] {
        try list(text) { item throws(ProblemReport) in
            let isNegative = signed && item.hasPrefix("-")
            let digits = isNegative || (signed && item.hasPrefix("+")) ? item.dropFirst() : item[...]
            guard let number = try number(String(digits), name, range) else { throw refusal("\(name) is empty.") }
            return isNegative ? -number : number
        }
    }

    private static func weekday(_ text: String) throws(ProblemReport) -> Weekday {
        let (name, number) = (text.suffix(2), text.dropLast(2))
        let digits = number.hasPrefix("-") || number.hasPrefix("+") ? number.dropFirst() : number
        let isNumber = digits.count <= 2 && digits.allSatisfy { $0.isASCII && $0.isNumber } && digits.isEmpty == number.isEmpty
        guard let day = dayNames.firstIndex(of: String(name)), isNumber, digits.isEmpty || Int(digits) ?? 0 > 0 else {
            throw refusal("'\(text.prefix(20))' is no weekday. Write MO, TU, WE, TH, FR, SA or SU; 1MO is the first Monday, -1FR the last Friday.")
        }
        return Weekday(day + 1, ordinal: Int(digits).map { number.hasPrefix("-") ? -$0 : $0 })
    }

    private static func list<Item: Hashable>(
        _ text: String?, _ read: (String) throws(ProblemReport) -> Item
    ) throws(ProblemReport) -> [Item] {
        guard let text else { return [] }
        var items: [Item] = []
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            let item = try read(String(piece))
            if !items.contains(item) { items.append(item) }
        }
        return items
    }
}

extension RecurrenceRule.Until {
    /// `20261231`, `20261231T090000` or `20261231T080000Z`.
    fileprivate init(_ text: String) throws(ProblemReport) {
        let digits = text.filter { $0.isASCII && $0.isNumber }.compactMap(\.wholeNumberValue)
        func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
        let form = text.map { $0.isASCII && $0.isNumber ? "9" : String($0) }.joined()
        guard ["99999999", "99999999T999999", "99999999T999999Z"].contains(form),
            let wall = WallTime(
                year: number(0..<4), month: number(4..<6), day: number(6..<8), hour: digits.count > 8 ? number(8..<10) : 0,
                minute: digits.count > 8 ? number(10..<12) : 0, second: digits.count > 8 ? number(12..<14) : 0)
        else { throw RecurrenceRule.refusal("UNTIL is a day such as 20261231, or a time such as 20261231T080000Z.") }
        if digits.count == 8 { self = .day(wall.day) } else { self = form.hasSuffix("Z") ? .instant(wall.instant(offset: 0)) : .wall(wall) }
    }
}
