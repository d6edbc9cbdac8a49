import Domain
import Foundation
import Testing

@Suite struct TimestampTests {
    @Test(
        "ISO 8601 with an offset is read",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999Z", -1), ("2026-11-23T09:00:00.250+01:00", 1_795_420_800_250),
            ("2026-11-23T08:00:00.2509999Z", 1_795_420_800_250), ("2026-11-23T08:00:00,25Z", 1_795_420_800_250),
        ] as [(String, Int64)])
    func reads(text: String, milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test("Anything else is not", arguments: ["2026-11-23T09:00:00", "2026-02-30T09:00:00Z", "2026-11-23T25:00:00Z", "now", "1795420800"])
    func refuses(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func isWrittenWithThreeDecimalsAndReadBack() throws {
        let instant = Timestamp(milliseconds: 1_795_420_800_007)
        #expect(instant.description == "2026-11-23T08:00:00.007Z")
        let stored = try JSON.text([instant])
        let read = try JSON.decode([Timestamp].self, from: stored)
        #expect(read == [instant])
    }

    @Test func everyMillisecondSurvivesBeingWritten() {
        for start: Int64 in [-62_135_596_800_000, -1000, 1_795_420_800_000, 253_402_300_799_000] {
            for millisecond in start..<(start + 1000) {
                let instant = Timestamp(milliseconds: millisecond)
                #expect(Timestamp(instant.description) == instant)
            }
        }
    }

    @Test("Sums stop at the end of what four digits write: no number from outside stops the process", arguments: [Int64.max, Int64.min])
    func staysInBounds(_ number: Int64) {
        let instant = Timestamp(milliseconds: 1_795_420_800_000)
        let durations: [Duration] = [.seconds(number), .milliseconds(number), .minutes(number), .hours(number), .days(number)]
        let end = Timestamp("9999-12-31T23:59:59.999Z")
        for duration in durations {
            let (later, earlier) = (instant + duration, instant - duration)
            #expect((number > 0 ? later : earlier) == end)
            #expect(!later.description.isEmpty && !earlier.description.isEmpty)
        }
        #expect(Timestamp(milliseconds: number) - instant != .zero)
        #expect((Timestamp(Date(timeIntervalSince1970: Double(number))) == end) == (number > 0))
        #expect(Timestamp(Date(timeIntervalSince1970: .nan)) == end)
    }
}
