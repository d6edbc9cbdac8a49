import Domain
import Testing

@Suite("Times on days on which the clocks change")
struct ClockChangeTests {
    /// Nil also for what is no wall time.
    private func change(_ text: String, _ zone: String) throws -> ClockChange? {
        let zone = try Schedule.timeZone(zone)
        return WallTime(text).flatMap { ClockChange($0, in: zone) }
    }

    @Test("A time that the clocks skip is read an hour later")
    func skipped() throws {
        #expect(try change("2027-03-28T02:30", "Europe/Paris") == .skipped(read: try #require(Timestamp("2027-03-28T01:30:00Z"))))
        #expect(try change("2027-03-14 02:30", "America/New_York") == .skipped(read: try #require(Timestamp("2027-03-14T07:30:00Z"))))
    }

    @Test("A time that the clocks show twice is the first; the second is told")
    func twice() throws {
        #expect(try change("2027-10-31T02:30", "Europe/Paris") == .twice(second: try #require(Timestamp("2027-10-31T01:30:00Z"))))
        #expect(try change("2027-04-04T01:45", "Australia/Lord_Howe") == .twice(second: try #require(Timestamp("2027-04-03T15:15:00Z"))))
    }

    @Test(
        "Ordinary times, times with an offset and what is no time say nothing",
        arguments: ["2027-10-31T03:30", "2027-10-31T01:59", "2027-10-31T02:30Z", "2027-10-31T02:30+01:00", "tomorrow", ""])
    func ordinary(text: String) throws { #expect(try change(text, "Europe/Paris") == nil) }

    @Test("The warning names the zone, the time and what was read; its code is stable")
    func warnings() throws {
        let (paris, lordHowe) = (try Schedule.timeZone("Europe/Paris"), try Schedule.timeZone("Australia/Lord_Howe"))
        let skipped = try #require(WallTime("2027-03-28T02:30").flatMap { Problem($0, in: paris) })
        #expect(skipped.code.rawValue == "TIME_SKIPPED" && skipped.severity == .warning)
        #expect(
            skipped.message
                == "The clocks of Europe/Paris skip 2027-03-28T02:30: it was read as 2027-03-28T03:30 (2027-03-28T01:30:00.000Z).")
        let twice = try #require(WallTime("2027-04-04T01:45").flatMap { Problem($0, in: lordHowe) })
        #expect(twice.code.rawValue == "TIME_TWICE" && twice.severity == .warning)
        #expect(twice.message.contains("01:45 twice") && twice.message.contains("2027-04-03T15:15:00.000Z"))
        #expect(WallTime("2027-10-31T03:30").flatMap { Problem($0, in: paris) } == nil)
    }
}
