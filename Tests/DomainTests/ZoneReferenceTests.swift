import Foundation
import Testing

@testable import Domain

/// Our reader against the one of Python's standard library, with the same files in the same run.
@Suite("Zones, as Python's zoneinfo reads them", .timeLimit(.minutes(2)))
struct ZoneReferenceTests {
    /// One row of what Tests/Reference/zones.py writes.
    private struct Row { let zone, kind, first, second: Int }

    private func reference() throws -> (names: [String], rows: [Row]) {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Reference/zones.py")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-I", "-S", script.path, ZoneData.inForce.source]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let bytes = try #require(try pipe.fileHandleForReading.readToEnd())
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let border = try #require(bytes.range(of: Data("\n\n".utf8)))
        let names = String(decoding: bytes[..<border.lowerBound], as: UTF8.self).split(separator: "\n").map(String.init)
        let numbers = Array(bytes[border.upperBound...]).withUnsafeBytes { raw in
            (0..<raw.count / 8).map { Int(raw.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
        }
        let rows = stride(from: 0, to: numbers.count, by: 4).map {
            Row(zone: numbers[$0], kind: numbers[$0 + 1], first: numbers[$0 + 2], second: numbers[$0 + 3])
        }
        return (names, rows)
    }

    @Test("Every zone, every change from 1970 to 2050 and the seconds around it, and wall times inside gaps and overlaps")
    func everything() throws {
        let (names, rows) = try reference()
        let data = ZoneData.inForce
        #expect(Set(names) == Set(data.names))
        let zones = try names.map { try #require(data.zone(named: $0)) }
        var wrong: [String] = []
        var kinds: [Int: Int] = [:]
        for row in rows {
            kinds[row.kind, default: 0] += 1
            let zone = zones[row.zone]
            let given = Timestamp(milliseconds: Int64(row.first) * 1000)
            if row.kind == 0 {
                if zone.offset(at: given) != row.second { wrong.append("\(zone.name) at \(given): \(zone.offset(at: given)), not \(row.second)") }
                continue
            }
            let wall = WallTime(given, offset: 0)
            let reading = wall.reading(in: zone)
            let instant = row.kind == 4 ? reading.second : reading.instant
            let isRight =
                instant == Timestamp(milliseconds: Int64(row.second) * 1000) && reading.isSkipped == (row.kind == 2)
                && (reading.second != nil) == (row.kind > 2)
            if !isRight { wrong.append("\(zone.name) \(wall): \(reading), not kind \(row.kind), \(row.second)") }
        }
        #expect(wrong.isEmpty, "\(wrong.count) of \(rows.count): \(wrong.prefix(20).joined(separator: "; "))")
        // A reference that says little would agree with anything.
        #expect(names.count > 400 && rows.count > 100_000)
        #expect((kinds[2] ?? 0) > 10_000 && (kinds[3] ?? 0) > 10_000)
        print("compared with Python's zoneinfo: \(names.count) names, \(rows.count) answers, \(kinds.sorted { $0.key < $1.key })")
    }
}
