import Domain
import Gateway

/// How a post repeats, as the composer's form shows and sends it: a choice in words, and an end.
struct RepeatForm {
    /// The choices by their rules. What no BY part says follows from the post's date; `nth` is made from it.
    static let choices = [
        ("daily", "FREQ=DAILY"), ("workdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"), ("weekly", "FREQ=WEEKLY"),
        ("fortnightly", "FREQ=WEEKLY;INTERVAL=2"), ("monthly", "FREQ=MONTHLY"), ("lastDay", "FREQ=MONTHLY;BYMONTHDAY=-1"), ("nth", "nth"),
        ("lastWeekday", "lastWeekday"), ("yearly", "FREQ=YEARLY"),
    ]
    static let own = "own"

    /// The rule that `form` asks for; nil when the post does not repeat. Throws when its end cannot be read.
    static func rule(_ form: FormFields) throws -> String? {
        let choice = form.text("repeat")
        guard !choice.isEmpty else { return nil }
        var rule = choice == own ? form.text("repeatRule") : choice
        if rule == "nth" || rule == "lastWeekday" {
            guard let day = WallTime("\(form.text("date"))T00:00") else { throw ProblemReport.invalid("scheduledFor", "Choose a date first.") }
            let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
            rule = "FREQ=MONTHLY;BYDAY=\(rule == "nth" ? (day.date.day + 6) / 7 : -1)\(names[day.weekday - 1])"
        }
        guard !rule.isEmpty else { throw ProblemReport.invalid("recurrence", "Write the rule, or choose another way to repeat.") }
        if let count = form.given("repeatCount") { rule += ";COUNT=\(count)" }
        if let until = form.given("repeatUntil") { rule += ";UNTIL=\(until.filter { $0 != "-" })" }
        return rule
    }

    /// What the form shows of `rule`; one that cannot be read stands there as it was written.
    static func model(of rule: String?, zone: String, _ words: Words) -> Model {
        let read = rule.flatMap { try? RecurrenceRule($0) }
        let zone = ZoneData.inForce.zone(named: zone) ?? .utc
        var base = read
        base?.end = nil
        let text = base?.text(in: zone)
        let isListed = choices.contains { $0.1 == text }
        let until: String? = if case .until(let end) = read?.end { WallTime(end.instant(in: zone), in: zone).dayText } else { nil }
        let choice = rule == nil ? "" : isListed ? text ?? "" : own
        let all = [("never", "")] + choices + [(own, own)]
        return [
            "rule": rule ?? "", "repeatCount": read?.count.map(String.init) ?? "", "repeatUntil": until ?? "",
            "repeatRule": isListed ? "" : text ?? rule ?? "",
            "repeatChoices": all.map { name, value -> Model in
                ["value": value, "label": words("repeat_\(name)"), "selected": value == choice]
            },
        ]
    }
}
