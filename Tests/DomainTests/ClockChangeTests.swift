import Domain
import Testing

@Suite("Times on days on which the clocks change")
struct ClockChangeTests {
    @Test("A time that the clocks skip is read an hour later")
    func skipped() throws {
        #expect(ClockChange("2027-03-28T02:30", zone: "Europe/Paris") == .skipped(read: try #require(Timestamp("2027-03-28T01:30:00Z"))))
        #expect(ClockChange("2027-03-14 02:30", zone: "America/New_York") == .skipped(read: try #require(Timestamp("2027-03-14T07:30:00Z"))))
    }

    @Test("A time that the clocks show twice is the first; the second is told")
    func twice() throws {
        #expect(ClockChange("2027-10-31T02:30", zone: "Europe/Paris") == .twice(second: try #require(Timestamp("2027-10-31T01:30:00Z"))))
        #expect(ClockChange("2027-04-04T01:45", zone: "Australia/Lord_Howe") == .twice(second: try #require(Timestamp("2027-04-03T15:15:00Z"))))
    }

    @Test(
        "Ordinary times, times with an offset and what is no time say nothing",
        arguments: ["2027-10-31T03:30", "2027-10-31T01:59", "2027-10-31T02:30Z", "2027-10-31T02:30+01:00", "tomorrow", ""])
    func ordinary(text: String) { #expect(ClockChange(text, zone: "Europe/Paris") == nil) }
}
