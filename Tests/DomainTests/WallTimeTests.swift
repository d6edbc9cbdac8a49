import Domain
import Foundation
import Testing

@Suite struct WallTimeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let wall: String
        let zone: String
        let instant: String
        var testDescription: String { "\(wall) \(zone)" }
    }

    @Test(
        "A wall time is read in its zone; a gap moves it forward, an overlap takes the first",
        arguments: [
            Case(wall: "2026-11-24T09:00", zone: "UTC", instant: "2026-11-24T09:00:00Z"),
            Case(wall: "2026-11-24T09:00", zone: "Europe/Paris", instant: "2026-11-24T08:00:00Z"),
            Case(wall: "2026-07-24T09:00:30", zone: "Europe/Paris", instant: "2026-07-24T07:00:30Z"),
            Case(wall: "2026-03-29T01:59", zone: "Europe/Paris", instant: "2026-03-29T00:59:00Z"),
            Case(wall: "2026-03-29T02:00", zone: "Europe/Paris", instant: "2026-03-29T01:00:00Z"),
            Case(wall: "2026-03-29T02:30", zone: "Europe/Paris", instant: "2026-03-29T01:30:00Z"),
            Case(wall: "2026-03-29T03:00", zone: "Europe/Paris", instant: "2026-03-29T01:00:00Z"),
            Case(wall: "2026-10-25T02:30", zone: "Europe/Paris", instant: "2026-10-25T00:30:00Z"),
            Case(wall: "2026-10-25T03:00", zone: "Europe/Paris", instant: "2026-10-25T02:00:00Z"),
            Case(wall: "2026-03-08T02:30", zone: "America/New_York", instant: "2026-03-08T07:30:00Z"),
            Case(wall: "2026-11-01T01:30", zone: "America/New_York", instant: "2026-11-01T05:30:00Z"),
            Case(wall: "2026-11-01T02:00", zone: "America/New_York", instant: "2026-11-01T07:00:00Z"),
            Case(wall: "2026-06-01T09:00", zone: "Asia/Kolkata", instant: "2026-06-01T03:30:00Z"),
            Case(wall: "2026-10-04T02:15", zone: "Australia/Lord_Howe", instant: "2026-10-03T15:45:00Z"),
            Case(wall: "2026-04-05T01:45", zone: "Australia/Lord_Howe", instant: "2026-04-04T14:45:00Z"),
            Case(wall: "2026-04-05T02:00", zone: "Australia/Lord_Howe", instant: "2026-04-04T15:30:00Z"),
            Case(wall: "2011-12-30T12:00", zone: "Pacific/Apia", instant: "2011-12-30T22:00:00Z"),
        ])
    func wallTimes(_ test: Case) throws {
        let resolved = try Schedule.resolve(test.wall, zone: test.zone)
        #expect(resolved == Timestamp(test.instant))
    }

    @Test(
        "An offset decides over the zone",
        arguments: [
            "2026-11-24T09:00:00Z", "2026-11-24t09:00:00.000z", "2026-11-24T10:00:00+01:00", "2026-11-24T10:00+0100",
            "2026-11-24T10:00+01", " 2026-11-24 03:30-0530\n",
        ])
    func offsets(text: String) throws {
        let resolved = try Schedule.resolve(text, zone: "Asia/Kolkata")
        #expect(resolved.description == "2026-11-24T09:00:00.000Z")
    }

    @Test(
        "A time that cannot be read is refused with an example",
        arguments: [
            "", "tomorrow", "2026-11-24", "2026-02-30T09:00", "2026-13-01T09:00", "2026-11-24T24:00", "2026-11-24T09:60", "2026-11-24T9:00",
            "2026-11-24T09:00:00Zjunk", "2026-11-24T09:00:00+1", "2026-11-24T09:00:00+24:00", "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "٢٠٢٦-11-24T09:00",
        ])
    func unreadable(text: String) throws {
        let problem = try #require(throws: ProblemReport.self) { try Schedule.resolve(text, zone: "UTC") }
        #expect(problem.code == .validationFailed)
        #expect(problem.details["field"] == "scheduledFor")
        #expect(problem.message.contains("2026-11-24T09:00"))
    }

    @Test("An unknown zone is refused", arguments: ["", "Mars/Phobos", "europe/paris", "Europe/Paris ", "+02:00"])
    func unknownZone(name: String) throws {
        let problem = try #require(throws: ProblemReport.self) { try Schedule.resolve("2026-11-24T09:00", zone: name) }
        #expect(problem.code == .invalidTimeZone)
    }

    @Test(
        "What clocks show leads back to the instant",
        arguments: ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
    func roundTrip(name: String) throws {
        let zone = try Schedule.timeZone(name)
        var instant = try #require(Timestamp("2025-12-31T23:07:00Z"))
        var repeated = 0
        for _ in 0..<(370 * 24) {
            let back = WallTime(instant, in: zone).instant(in: zone)
            // Only a time that the clocks show twice may lead to another, earlier instant.
            if back != instant {
                repeated += 1
                #expect(back < instant && instant - back <= .hours(1))
            }
            instant = instant + .hours(1)
        }
        #expect(repeated <= 1)
    }

    @Test func daysAgreeWithFoundationsCalendar() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for day in stride(from: -40_000, through: 60_000, by: 13) {
            let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            let wall = try #require(WallTime(year: parts.year ?? 0, month: parts.month ?? 0, day: parts.day ?? 0))
            #expect(wall.day == day)
            #expect(wall.date == (parts.year ?? 0, parts.month ?? 0, parts.day ?? 0))
            #expect(wall.weekday == ((parts.weekday ?? 0) + 5) % 7 + 1)
        }
        #expect(WallTime(year: 2024, month: 2, day: 29) != nil)
        #expect(WallTime(year: 2100, month: 2, day: 29) == nil)
    }

    @Test func instantsBefore1970HaveADay() throws {
        let wall = WallTime(Timestamp(milliseconds: -1), in: .utc)
        #expect(wall.day == -1 && wall.millisecond == 86_399_999)
    }

}
