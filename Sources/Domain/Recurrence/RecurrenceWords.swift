/// Says a rule in words: "every 2 weeks on Monday and Thursday, 10 times".
public struct RecurrenceWords: Sendable {
    /// A sentence by its name, in a language; `{name}` in it stands for a value.
    let sentence: @Sendable (String) -> String
    /// Monday to Sunday, January to December.
    let weekdays, months: [String]
    let day: @Sendable (WallTime) -> String

    public init(
        weekdays: [String], months: [String], day: @escaping @Sendable (WallTime) -> String, sentence: @escaping @Sendable (String) -> String
    ) {
        self.sentence = sentence
        self.weekdays = weekdays
        self.months = months
        self.day = day
    }

    /// The names of its sentences, with what English says.
    static let sentences: [String: String] = [
        "daily_one": "every day", "daily_other": "every {count} days", "weekly_one": "every week", "weekly_other": "every {count} weeks",
        "monthly_one": "every month", "monthly_other": "every {count} months", "yearly_one": "every year", "yearly_other": "every {count} years",
        "workdays": "Monday to Friday", "on": "on {days}", "nth": "the {number} {day}", "nthLast": "the {number} {day} from the end",
        "last": "the last {day}", "monthDay": "day {day}", "lastDay": "the last day", "monthDayLast": "the {number} day from the end",
        "and": "{first} and {last}", "in": "in {months}", "pick": "of these only number {numbers}", "pickLast": "of these only the last",
        "until": "until {day}", "times_one": "once", "times_other": "{count} times",
        "number1": "first", "number2": "second", "number3": "third", "number4": "fourth", "number5": "fifth", "number": "{number}th",
    ]

    public static let english = RecurrenceWords(
        weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        months: [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
        ], day: \.dayText
    ) { sentences[$0] ?? $0 }

    public func say(_ recurrence: Recurrence) -> String {
        let rule = recurrence.rule
        var words = [counted(rule.frequency.rawValue.lowercased(), rule.interval)]
        let days = dayWords(recurrence)
        if !days.isEmpty { words.append(fill("on", ["days": list(days)])) }
        let months = rule.months.isEmpty && isYearlyByDate(rule) ? [recurrence.start.date.month] : rule.months
        if !months.isEmpty { words.append(fill("in", ["months": list(months.sorted().map { self.months[$0 - 1] })])) }
        var clauses = [words.joined(separator: " ")]
        if rule.positions == [-1] {
            clauses.append(fill("pickLast"))
        } else if !rule.positions.isEmpty {
            clauses.append(fill("pick", ["numbers": list(rule.positions.map(String.init))]))
        }
        switch rule.end {
        case .count(let count): clauses.append(counted("times", count))
        case .until(let until): clauses.append(fill("until", ["day": day(WallTime(until.instant(in: recurrence.zone), in: recurrence.zone))]))
        case nil: break
        }
        return clauses.joined(separator: ", ")
    }

    private func dayWords(_ recurrence: Recurrence) -> [String] {
        let rule = recurrence.rule
        if Set(rule.weekdays) == Set((1...5).map { RecurrenceRule.Weekday($0) }) { return [fill("workdays")] + monthDayWords(rule.monthDays) }
        let weekdays = rule.weekdays.map { weekday in
            let name = self.weekdays[weekday.day - 1]
            return switch weekday.ordinal {
            case nil: name
            case .some(-1): fill("last", ["day": name])
            case .some(let ordinal): fill(ordinal > 0 ? "nth" : "nthLast", ["number": number(abs(ordinal)), "day": name])
            }
        }
        if !weekdays.isEmpty || !rule.monthDays.isEmpty { return weekdays + monthDayWords(rule.monthDays) }
        return switch rule.frequency {
        case .daily: []
        case .weekly: [self.weekdays[recurrence.start.weekday - 1]]
        case .monthly, .yearly: monthDayWords([recurrence.start.date.day])
        }
    }

    private func monthDayWords(_ days: [Int]) -> [String] {
        days.map { day in
            if day == -1 { return fill("lastDay") }
            return day > 0 ? fill("monthDay", ["day": String(day)]) : fill("monthDayLast", ["number": number(-day)])
        }
    }

    private func isYearlyByDate(_ rule: RecurrenceRule) -> Bool { rule.frequency == .yearly && rule.weekdays.isEmpty && rule.monthDays.isEmpty }

    private func number(_ number: Int) -> String {
        number <= 5 ? fill("number\(number)") : fill("number", ["number": String(number)])
    }

    private func list(_ items: [String]) -> String {
        guard items.count > 1, let last = items.last else { return items.first ?? "" }
        return fill("and", ["first": items.dropLast().joined(separator: ", "), "last": last])
    }

    private func counted(_ name: String, _ count: Int) -> String { fill("\(name)_\(count == 1 ? "one" : "other")", ["count": String(count)]) }

    private func fill(_ name: String, _ values: [String: String] = [:]) -> String {
        values.reduce(sentence(name)) { $0.replacing("{\($1.key)}", with: $1.value) }
    }
}

extension RecurrenceRule {
    /// What somebody may mean who lets something repeat monthly from the 29th, 30th or 31st, which short months do not have.
    public func onLastDay(from start: WallTime) -> RecurrenceRule? {
        let date = start.date
        guard frequency == .monthly, weekdays.isEmpty, positions.isEmpty, date.day >= 29, monthDays.isEmpty || monthDays == [date.day]
        else { return nil }
        var last = self
        last.monthDays = [-1]
        return last
    }
}
