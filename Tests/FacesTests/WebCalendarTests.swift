import Domain
import Foundation
import Testing

@testable import WebUI

@Suite("The days of the calendar")
struct WebCalendarTests {
    @Test("a month is shown in whole weeks from Monday to Sunday", arguments: ["2026-02-10", "2026-11-23", "2027-01-01"])
    func wholeWeeks(date: String) throws {
        let grid = try grid(.month, date, "Europe/Paris")
        #expect(grid.days.count % 7 == 0)
        #expect(grid.days.first?.weekday == 1)
        #expect(grid.days.contains(grid.anchor))
    }

    @Test(
        "weeks begin where the person's do: by their choice, else as where their language is spoken",
        arguments: [
            ("en", WeekStart.region, 1), ("de", .region, 1), ("en-US", .region, 7), ("ar-EG", .region, 6), ("fr", .region, 1), ("x-y", .region, 1),
            ("en-US", .monday, 1), ("de", .sunday, 7), ("en", .saturday, 6),
        ])
    func beginningOfWeeks(locale: String, choice: WeekStart, first: Int) throws {
        let time = LocalTime(zone: "Europe/Paris", locale: locale, weekStart: choice)
        #expect(time.firstWeekday == first)
        #expect(time.week.map(\.number) == (0..<7).map { (first - 1 + $0) % 7 + 1 })
        #expect(time.week.map(\.long) == time.week.map { time.weekdays[$0.number - 1].long })
        for number in 1...28 {
            let day = try #require(WallTime(year: 2026, month: 2, day: number))
            for view in [DayGrid.View.month, .week] {
                let grid = DayGrid(view: view, containing: day, time: time, today: day)
                #expect(grid.days.count % 7 == 0 && (view == .month || grid.days.count == 7))
                #expect(grid.days.first?.weekday == first)
                #expect(grid.days.contains(day))
            }
            // The present week is shown by its days, and each that is over is folded into one field.
            let rows = DayGrid(view: .month, containing: day, time: time, today: day).rows(today: day, unfolded: false)
            #expect(rows.first { !$0[0].isFolded }?.contains { $0.day == day } == true)
            #expect(rows.filter { $0[0].isFolded }.allSatisfy { $0[0].day.weekday == first })
        }
    }

    @Test(
        "each day appears once, also when clocks change",
        arguments: ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Cairo"],
        ["2026-03-15", "2026-04-15", "2026-10-15", "2026-11-15"])
    func daysAreDistinct(zone: String, date: String) throws {
        let grid = try grid(.month, date, zone)
        let names = grid.days.map(\.dayText)
        #expect(Set(names).count == names.count)
        let length = grid.range.upperBound - grid.range.lowerBound
        #expect(abs(length.milliseconds - Int64(names.count) * 86_400_000) <= 3_600_000)
    }

    @Test(
        "the present month shows five weeks from today's on; no other month goes on",
        arguments: [
            ("2026-11-29", "2026-10-26", "2026-12-27"), ("2026-11-02", "2026-10-26", "2026-12-06"), ("2026-12-01", "2026-11-30", "2027-01-03"),
        ])
    func weeksToCome(today: String, first: String, last: String) throws {
        let time = LocalTime(zone: "Europe/Paris", locale: "en")
        let day = try #require(time.day(named: today))
        let grid = DayGrid(view: .month, containing: day, time: time, today: day)
        #expect(grid.days.first?.dayText == first)
        #expect(grid.days.last?.dayText == last)
        let other = DayGrid(view: .month, containing: grid.moved(by: 3), time: time, today: day)
        #expect(other.days.last?.dayText == DayGrid(view: .month, containing: grid.moved(by: 3), time: time).days.last?.dayText)
    }

    @Test("the next month after the 31st is the next month, not the one after it")
    func monthsFollowEachOther() throws {
        let grid = try grid(.month, "2026-01-31", "UTC")
        #expect(grid.moved(by: 1).dayText == "2026-02-01")
        #expect(grid.moved(by: -1).dayText == "2025-12-01")
    }

    @Test("an instant falls on the day and hour of the person's own zone")
    func ownZone() throws {
        let instant = try #require(Timestamp("2026-11-23T23:30:00Z"))
        let kolkata = LocalTime(zone: "Asia/Kolkata", locale: "en")
        #expect(kolkata.date(instant) == "2026-11-24")
        #expect(kolkata.clock(instant) == "05:00")
        #expect(LocalTime(zone: "UTC", locale: "de").clock(instant) == "23:30")
    }

    @Test(
        "a zone is named with its distance to UTC at that time, and UTC is UTC",
        arguments: [
            ("Europe/Paris", "Europe/Paris (UTC+1)"), ("Asia/Kolkata", "Asia/Kolkata (UTC+5:30)"), ("America/New_York", "America/New York (UTC-5)"),
            ("Europe/London", "Europe/London (UTC)"), ("UTC", "UTC"), ("Etc/UTC", "UTC"), ("Nowhere/Land", "UTC"),
        ])
    func zoneNames(zone: String, name: String) throws {
        #expect(LocalTime(zone: zone, locale: "en").zoneName(at: try #require(Timestamp("2026-11-23T12:00:00Z"))) == name)
    }

    @Test("days and months are named in the person's language, on the day of the person's own zone")
    func words() throws {
        let instant = try #require(Timestamp("2026-11-23T23:30:00Z"))
        #expect(LocalTime(zone: "Asia/Kolkata", locale: "en").moment(instant) == "24 Nov 2026, 05:00")
        #expect(LocalTime(zone: "UTC", locale: "de").longDay(try #require(WallTime("2026-11-23T00:00"))) == "Montag, 23. November")
        #expect(LocalTime(zone: "UTC", locale: "de").weekdays.map(\.short).first == "Mo")
    }

    @Test("a text that names no day is refused", arguments: ["", "2026-02-30", "2026-13-01", "26-1", "2026-11-23T09:00", "x-y-z"])
    func noSuchDay(text: String) {
        #expect(LocalTime(zone: "UTC", locale: "en").day(named: text) == nil)
    }

    private func grid(_ view: DayGrid.View, _ date: String, _ zone: String) throws -> DayGrid {
        let time = LocalTime(zone: zone, locale: "en")
        return DayGrid(view: view, containing: try #require(time.day(named: date)), time: time)
    }
}
