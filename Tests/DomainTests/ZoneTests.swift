import Foundation
import TestSupport
import Testing

@testable import Domain

@Suite("Zone files")
struct ZoneTests {
    @Test(
        "The rules of 2026: places that no longer change their clocks",
        arguments: [
            ("America/Vancouver", "2026-12-01T16:00:00Z"), ("America/Winnipeg", "2026-12-01T14:00:00Z"),
            ("America/Edmonton", "2026-12-01T15:00:00Z"), ("America/Havana", "2026-12-01T13:00:00Z"),
            ("Africa/Casablanca", "2026-12-01T09:00:00Z"),
        ])
    func rulesOf2026(zone: String, instant: String) throws {
        #expect(ZoneData.inForce.version >= "2026f", "Run bin/setup: these values are those of tzdata 2026f")
        #expect(try Schedule.resolve("2026-12-01T09:00", zone: zone) == Timestamp(instant))
    }

    @Test(
        "Links and old names work, and keep their name",
        arguments: [
            ("Asia/Calcutta", "Asia/Kolkata"), ("US/Pacific", "America/Los_Angeles"), ("Europe/Kiev", "Europe/Kyiv"), ("UTC", "Etc/UTC"),
            ("GMT", "Etc/GMT"), ("Zulu", "UTC"),
        ])
    func links(old: String, new: String) throws {
        let (left, right) = (try Schedule.timeZone(old), try Schedule.timeZone(new))
        #expect(left.name == old)
        for text in ["2026-01-15T12:00:00Z", "2026-07-15T12:00:00Z", "2060-07-15T12:00:00Z"] {
            let instant = try #require(Timestamp(text))
            #expect(left.offset(at: instant) == right.offset(at: instant))
        }
    }

    @Test func zonesNamedAfterTheirRuleAreKnown() throws {
        let zone = try Schedule.timeZone("EST5EDT")
        #expect(zone.offset(at: try #require(Timestamp("2026-07-15T12:00:00Z"))) == -4 * 3600)
        #expect(try Schedule.timeZone("Etc/GMT+5").offset(at: .now) == -5 * 3600)
    }

    @Test(
        "A name is looked up and never a path", arguments: ["../../etc/passwd", "/etc/localtime", "posix/Europe/Paris", "right/UTC", "zone.tab", ""])
    func names(name: String) { #expect(ZoneData.inForce.zone(named: name) == nil) }

    // MARK: Rules for later years

    @Test(
        "A rule is read as POSIX and RFC 9636 write it",
        arguments: [
            ("<+03>-3", "2030-07-01T00:00:00Z", 10_800), ("<-0330>3:30", "2030-07-01T00:00:00Z", -12_600),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2030-03-31T00:59:59Z", 3600), ("CET-1CEST,M3.5.0,M10.5.0/3", "2030-03-31T01:00:00Z", 7200),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2030-10-27T01:00:00Z", 3600),
            // Dublin: what is called standard is summer.
            ("IST-1GMT0,M10.5.0,M3.5.0/1", "2030-01-15T00:00:00Z", 0), ("IST-1GMT0,M10.5.0,M3.5.0/1", "2030-07-15T00:00:00Z", 3600),
            // Greenland: a change on the evening before its date.
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2030-03-31T00:59:59Z", -7200), ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2030-03-31T01:00:00Z", -3600),
            // Hours beyond a day, both ways: Thursday 28 March 2030 is counted from the Sunday before, 100 hours on.
            ("AAA0BBB,M3.4.0/100,M10.4.0/-100", "2030-03-28T03:59:59Z", 0), ("AAA0BBB,M3.4.0/100,M10.4.0/-100", "2030-03-28T04:00:00Z", 3600),
            ("AAA0BBB,M3.4.0/100,M10.4.0/-100", "2030-10-22T18:59:59Z", 3600), ("AAA0BBB,M3.4.0/100,M10.4.0/-100", "2030-10-22T19:00:00Z", 0),
            // Day 60 without the leap day is 1 March in every year; day 59 with it is 29 February in a leap year.
            ("AAA0BBB,J60/0,J300/0", "2028-02-29T23:59:59Z", 0), ("AAA0BBB,J60/0,J300/0", "2028-03-01T00:00:00Z", 3600),
            ("AAA0BBB,59/0,300/0", "2028-02-28T23:59:59Z", 0), ("AAA0BBB,59/0,300/0", "2028-02-29T00:00:00Z", 3600),
            ("AAA0BBB,59/0,300/0", "2027-03-01T00:00:00Z", 3600),
            // Summer time all year, as RFC 9636 §3.3.1 writes it: no moment of standard time, also around New Year.
            ("XXX3EDT4,0/0,J365/23", "2030-12-31T23:59:59Z", -14_400), ("XXX3EDT4,0/0,J365/23", "2031-01-01T03:00:00Z", -14_400),
            ("XXX3EDT4,0/0,J365/23", "2031-07-01T00:00:00Z", -14_400),
        ])
    func rules(rule: String, instant: String, offset: Int) throws {
        #expect(try Zone(name: "Test", rule: rule).offset(at: try #require(Timestamp(instant))) == offset)
    }

    @Test func summerTimeAllYearHasNoChange() throws {
        let zone = try Zone(name: "Test", rule: "XXX3EDT4,0/0,J365/23")
        let (start, end) = (try #require(Timestamp("2030-01-01T00:00:00Z")), try #require(Timestamp("2040-01-01T00:00:00Z")))
        #expect(zone.changes(after: start, until: end).isEmpty)
        #expect(try Zone(name: "Test", rule: "CET-1CEST,M3.5.0,M10.5.0/3").changes(after: start, until: end).count == 20)
    }

    @Test(
        "What is no rule is refused",
        arguments: [
            "", "CET", "CE-1", "<+03-3", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
            "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J300", "CET-1CEST,J1,366", "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1 ",
            "CET-1CEST,M3.5.0,M10.5.0/3,", "CET-1:60",
        ])
    func refusedRules(rule: String) { #expect(throws: ZoneFileError.self) { try Zone(name: "Test", rule: rule) } }

    // MARK: Files

    private func file(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: ZoneData.inForce.source).appending(path: name)))
    }

    @Test func aFileCutAnywhereIsRefusedAndNeverStopsTheProcess() throws {
        let whole = try file("Europe/Paris")
        #expect(throws: Never.self) { try Zone(name: "Test", file: whole) }
        for length in stride(from: 0, to: whole.count - 1, by: 7) {
            #expect(throws: ZoneFileError.self) { try Zone(name: "Test", file: Array(whole.prefix(length))) }
        }
    }

    @Test("Files that are none, of the first version, with leap seconds, out of order or too long are refused in words")
    func refusedFiles() throws {
        var file = try file("Asia/Kolkata")
        let version = try #require(file.indices.dropFirst(4).first)
        for (change, words) in [
            ({ $0[0] = 0 }, "no TZif"), ({ $0[version] = 0 }, "version 1"),
            ({ $0 += [UInt8](repeating: 0, count: ZoneRules.largestFile) }, "longer than"),
            ({ $0[$0.count - 1] = 0 }, "no footer"),
        ] as [((inout [UInt8]) -> Void, String)] {
            var changed = file
            change(&changed)
            let error = #expect(throws: ZoneFileError.self) { try Zone(name: "Test", file: changed) }
            #expect(error?.description.contains(words) == true, "\(words): \(error.map(\.description) ?? "nothing")")
        }
        // The second header's number of leap seconds.
        let second = try #require(file.indices.dropFirst(44).first { file[$0...].starts(with: "TZif".utf8) })
        file[second + 31] = 1
        #expect(throws: ZoneFileError.self) { try Zone(name: "Test", file: file) }
    }

    // MARK: Folders

    @Test("The newest of two folders is in force; a name that it lacks comes from the other")
    func newest() throws {
        let (old, new) = (
            try ZoneFixture(.changing, version: "2025b", others: "Zone Test/Old 1:00 - %z"), try ZoneFixture(.settled, version: "2026f")
        )
        defer { [old, new].forEach { $0.remove() } }
        for folders in [[old.folder, new.folder], [new.folder, old.folder]] {
            let data = ZoneFolder.newest(of: folders)
            #expect(data.version == "2026f" && data.source == new.folder.path)
            let december = try #require(Timestamp("2026-12-01T16:00:00Z"))
            #expect(data.zone(named: "America/Vancouver")?.offset(at: december) == -7 * 3600)
            #expect(data.zone(named: "Test/Old")?.offset(at: december) == 3600)
            #expect(data.zone(named: "Canada/Pacific")?.offset(at: december) == -7 * 3600, "a link that stands in tzdata.zi alone")
        }
        #expect(ZoneFolder.newest(of: [ZoneFolder(path: "/nowhere")]).names.isEmpty)
    }

    @Test func aFolderThatIsReplacedLooksOtherwise() throws {
        let fixture = try ZoneFixture(.changing, version: "2025b")
        defer { fixture.remove() }
        let before = fixture.folder.fingerprint
        #expect(fixture.folder.fingerprint == before)
        try fixture.write(.settled, version: "2026f")
        #expect(fixture.folder.fingerprint != before)
    }

    @Test(
        "An edition is old after nine months, by its files or by its year",
        arguments: [
            ("2026f", "2026-10-29T00:00:00Z", "2027-07-29T00:00:00Z", false), ("2026f", "2026-10-29T00:00:00Z", "2027-08-01T00:00:00Z", true),
            ("2025b", "2026-11-01T00:00:00Z", "2026-09-30T00:00:00Z", false), ("2025b", "2026-11-01T00:00:00Z", "2026-11-23T00:00:00Z", true),
        ])
    func age(version: String, made: String, now: String, isOld: Bool) throws {
        let data = ZoneData(version: version, source: "a folder", date: Timestamp(made), rules: [:], offered: [])
        #expect(data.isOld(at: try #require(Timestamp(now))) == isOld)
    }

    @Test func whatIsOfferedIsShortAndKnown() {
        let offered = ZoneData.inForce.offered
        #expect(offered.first == "UTC" && offered.contains("Europe/Paris") && offered.contains("America/Argentina/Ushuaia"))
        #expect(!offered.contains("US/Pacific") && !offered.contains("Etc/GMT+5") && offered.count < 500)
        #expect(offered.allSatisfy { ZoneData.inForce.zone(named: $0) != nil })
    }
}
