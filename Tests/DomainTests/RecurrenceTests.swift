import Domain
import Foundation
import Testing

@Suite("Rules by which posts repeat (RFC 5545)")
struct RecurrenceTests {
    private func zone(_ name: String) throws -> Zone { try Schedule.timeZone(name) }

    private func times(_ rule: String, from start: String, _ count: Int = 5, in zone: String = "UTC") throws -> [Recurrence.Occurrence] {
        let recurrence = Recurrence(try RecurrenceRule(rule), start: try #require(WallTime(start)), zone: try self.zone(zone))
        return Array(recurrence.occurrences.prefix(count))
    }

    private func days(_ rule: String, from start: String, _ count: Int = 5) throws -> [String] {
        try times(rule, from: start, count).map(\.wallTime.dayText)
    }

    // MARK: What libraries disagree about

    @Test("Short months and 29 February are left out, never clamped")
    func shortMonths() throws {
        let long = ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31", "2026-08-31"]
        #expect(try days("FREQ=MONTHLY;BYMONTHDAY=31", from: "2026-01-31T09:00") == long)
        #expect(try days("FREQ=MONTHLY", from: "2026-01-31T09:00") == long)
        #expect(try days("FREQ=YEARLY", from: "2024-02-29T09:00", 4) == ["2024-02-29", "2028-02-29", "2032-02-29", "2036-02-29"])
        #expect(try days("FREQ=YEARLY", from: "2096-02-29T09:00", 2) == ["2096-02-29", "2104-02-29"])
        #expect(try days("FREQ=MONTHLY;BYMONTHDAY=-1", from: "2026-01-31T09:00", 3) == ["2026-01-31", "2026-02-28", "2026-03-31"])
    }

    @Test("The n-th and the last weekday of a month, and positions among several days")
    func ordinals() throws {
        let fridays = ["2026-01-30", "2026-02-27", "2026-03-27", "2026-04-24"]
        #expect(try days("FREQ=MONTHLY;BYDAY=-1FR", from: "2026-01-30T09:00", 4) == fridays)
        #expect(try days("FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=1", from: "2026-01-30T09:00", 4) == fridays)
        #expect(
            try days("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", from: "2026-01-30T09:00", 4)
                == ["2026-01-30", "2026-02-27", "2026-03-31", "2026-04-30"])
        #expect(try days("FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=2", from: "2026-01-30T09:00") == [])
        #expect(try days("FREQ=YEARLY;BYDAY=20MO", from: "2026-05-18T09:00", 2) == ["2026-05-18", "2027-05-17"])
    }

    @Test("Weeks begin where WKST says, Monday unless it says something")
    func weekStart() throws {
        let (monday, sunday) = (["2026-08-04", "2026-08-09", "2026-08-18", "2026-08-23"], ["2026-08-04", "2026-08-16", "2026-08-18", "2026-08-30"])
        #expect(try days("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU", from: "2026-08-04T09:00", 4) == monday)
        #expect(try days("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO", from: "2026-08-04T09:00", 4) == monday)
        #expect(try days("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU", from: "2026-08-04T09:00", 4) == sunday)
        #expect(try RecurrenceRule("FREQ=WEEKLY;BYDAY=TU;WKST=SU").text(in: .utc) == "FREQ=WEEKLY;BYDAY=TU;WKST=SU")
    }

    @Test("A time that the clocks skip goes out later, that day only; of one that comes twice the first")
    func clockChanges() throws {
        let spring = try times("FREQ=DAILY", from: "2026-03-07T02:30", 4, in: "America/New_York")
        #expect(
            spring.map(\.instant.description) == [
                "2026-03-07T07:30:00.000Z", "2026-03-08T07:30:00.000Z", "2026-03-09T06:30:00.000Z", "2026-03-10T06:30:00.000Z",
            ])
        #expect(Set(spring.map(\.wallTime.millisecond)).count == 1)
        let autumn = try times("FREQ=DAILY;COUNT=3", from: "2026-10-31T01:30", in: "America/New_York")
        #expect(
            autumn.map(\.instant.description) == ["2026-10-31T05:30:00.000Z", "2026-11-01T05:30:00.000Z", "2026-11-02T06:30:00.000Z"])
        // Cairo's day began at one.
        let midnight = try times("FREQ=DAILY", from: "2026-04-23T00:00", 3, in: "Africa/Cairo")
        #expect(midnight.map(\.instant.description) == ["2026-04-22T22:00:00.000Z", "2026-04-23T22:00:00.000Z", "2026-04-24T21:00:00.000Z"])
        // Samoa left out a whole day.
        let samoa = try times("FREQ=DAILY", from: "2011-12-29T09:00", 3, in: "Pacific/Apia")
        #expect(samoa.map(\.wallTime.dayText) == ["2011-12-29", "2011-12-30", "2012-01-01"] && Set(samoa.map(\.instant)).count == 3)
    }

    @Test("UNTIL is inclusive: a day to its end in the zone, a local time in the zone, an instant as it is; it is written as UTC")
    func until() throws {
        func count(_ until: String) throws -> Int {
            try times("FREQ=DAILY;UNTIL=\(until)", from: "2026-01-05T20:00", 10, in: "America/New_York").count
        }
        #expect(try count("20260108") == 4)
        #expect(try count("20260108T200000") == 4)
        #expect(try count("20260108T195959") == 3)
        #expect(try count("20260109T010000Z") == 4)
        #expect(try count("20260109T005959Z") == 3)
        let written = try RecurrenceRule("FREQ=DAILY;UNTIL=20260108").text(in: zone("America/New_York"))
        #expect(written == "FREQ=DAILY;UNTIL=20260109T045959Z")
        #expect(try RecurrenceRule(written).text(in: .utc) == written)
    }

    @Test(
        "What would have to be ignored or guessed is refused by its name",
        arguments: [
            ("FREQ=DAILY;COUNT=2;UNTIL=20260108", "both"), ("FREQ=DAILY;COUNT=0", "COUNT"), ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
            ("FREQ=DAILY;INTERVAL=-1", "INTERVAL"), ("FREQ=WEEKLY;BYDAY=1MO", "MONTHLY"), ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS"),
            ("FREQ=WEEKLY;BYWEEKDAY=FR", "BYWEEKDAY"), ("FREQ=YEARLY;BYWEEKNO=53", "BYWEEKNO"), ("FREQ=DAILY;BYHOUR=2", "BYHOUR"),
            ("RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD", "RSCALE"), ("FREQ=HOURLY", "HOURLY"), ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
            ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"), ("FREQ=MONTHLY;BYDAY=6MO", "6"), ("FREQ=MONTHLY;BYDAY=0MO", "0MO"),
            ("FREQ=DAILY;FREQ=DAILY", "twice"), ("FREQ=DAILY;UNTIL=2026-01-08", "UNTIL"), ("FREQ=DAILY;UNTIL=20260230", "UNTIL"),
            ("FREQ=WEEKLY;BYMONTHDAY=3", "BYMONTHDAY"), ("INTERVAL=2", "FREQ"), ("", "rule"), ("FREQ=DAILY;;", "rule"),
            ("FREQ=DAILY;BYDAY=", "rule"), ("FREQ=DAILY;BYDAY=MO,", "weekday"), ("FREQ=DAILY;COUNT=99999999999999999999", "COUNT"),
        ])
    func refused(_ rule: String, _ word: String) {
        do throws(ProblemReport) {
            _ = try RecurrenceRule(rule)
            Issue.record("\(rule) was taken")
        } catch {
            #expect(error.message.contains(word), "\(error.message)")
        }
    }

    @Test("Small letters, RRULE: before it and a final ; are accepted")
    func lenient() throws {
        #expect(try RecurrenceRule("rrule:freq=weekly;byday=mo,mo;") == RecurrenceRule(.weekly, weekdays: [.init(1)]))
    }

    @Test("A start that does not fit is refused with the first time that would; a rule without any day too")
    func starts() throws {
        func check(_ rule: String, _ start: String) throws -> String? {
            do throws(ProblemReport) {
                try Recurrence(RecurrenceRule(rule), start: WallTime(start) ?? WallTime(day: 0, minute: 0), zone: .utc).check()
                return nil
            } catch {
                return error.message
            }
        }
        #expect(try check("FREQ=WEEKLY;BYDAY=FR", "2026-08-05T09:00")?.contains("2026-08-07T09:00") == true)
        #expect(try check("FREQ=WEEKLY;BYDAY=FR", "2026-08-07T09:00") == nil)
        #expect(try check("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-08-07T09:00")?.contains("no day") == true)
        #expect(try check("FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=2", "2026-01-30T09:00")?.contains("no day") == true)
        #expect(try check("FREQ=DAILY;UNTIL=20250101", "2026-01-30T09:00")?.contains("ends before") == true)
    }

    @Test("Expanding ends in bounded time, whatever the rule")
    func bounded() throws {
        let start = ContinuousClock.now
        #expect(try days("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", from: "2026-01-01T09:00") == [])
        #expect(try days("FREQ=DAILY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=30", from: "2026-01-01T09:00") == [])
        #expect(try days("FREQ=YEARLY;INTERVAL=1000", from: "9000-01-01T09:00") == ["9000-01-01"])
        let took = ContinuousClock.now - start
        #expect(took < .seconds(5))
    }

    @Test(
        "A rule in words",
        arguments: [
            ("FREQ=DAILY", "every day"), ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=10", "every 2 weeks on Monday and Thursday, 10 times"),
            ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every week on Monday to Friday"), ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day"),
            ("FREQ=MONTHLY;BYDAY=2TU", "every month on the second Tuesday"), ("FREQ=WEEKLY", "every week on Saturday"),
            ("FREQ=YEARLY;UNTIL=20300101T000000Z", "every year on day 31 in January, until 2030-01-01"),
        ])
    func words(_ rule: String, _ words: String) throws {
        let recurrence = Recurrence(try RecurrenceRule(rule), start: try #require(WallTime("2026-01-31T09:00")), zone: .utc)
        #expect(RecurrenceWords.english.say(recurrence) == words)
    }
}
