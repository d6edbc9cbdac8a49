import Foundation
import Testing

@testable import Domain

/// Our reader against the one of Python's standard library, with the same files in the same run.
@Suite("Zones, as Python's zoneinfo reads them", .timeLimit(.minutes(10)))
struct ZoneReferenceTests {
    /// One row of what Tests/Reference/zones.py writes.
    private struct Row { let zone, kind, first, second: Int }

    private struct Findings {
        var names = 0, rows = 0
        var strangers: Set<String> = []
        var kinds: [Int: Int] = [:]
        var wrong: [String] = []
    }

    @Test("Every zone, every change from 1970 to 2037 and the seconds around it, and wall times inside gaps and overlaps")
    func everything() async throws {
        // On a thread of its own: it takes seconds, and other tests watch the time.
        let found = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Findings, any Error>) in
            Thread { done.resume(with: Result { try compare() }) }.start()
        }
        #expect(found.strangers.isEmpty, "names that only one of the two knows")
        #expect(found.wrong.isEmpty, "\(found.wrong.count) of \(found.rows): \(found.wrong.prefix(20).joined(separator: "; "))")
        // A reference that says little would agree with anything.
        #expect(found.names > 400 && found.rows > 80_000 && (found.kinds[2] ?? 0) > 5000 && (found.kinds[3] ?? 0) > 5000)
        print("compared with Python's zoneinfo: \(found.names) names, \(found.rows) answers, \(found.kinds.sorted { $0.key < $1.key })")
    }

    private func compare() throws -> Findings {
        let (names, rows) = try reference()
        let data = ZoneData.inForce
        var found = Findings(names: names.count, rows: rows.count, strangers: Set(names).symmetricDifference(data.names))
        let zones = names.map { data.zone(named: $0) ?? .utc }
        for row in rows {
            found.kinds[row.kind, default: 0] += 1
            if let wrong = disagreement(row, zones[row.zone]) { found.wrong.append(wrong) }
        }
        return found
    }

    /// What we say otherwise than Python; nil when both agree.
    private func disagreement(_ row: Row, _ zone: Zone) -> String? {
        let given = Timestamp(milliseconds: Int64(row.first) * 1000)
        if row.kind == 0 {
            let offset = zone.offset(at: given)
            return offset == row.second ? nil : "\(zone.name) at \(given): \(offset), not \(row.second)"
        }
        let wall = WallTime(given, offset: 0)
        let reading = wall.reading(in: zone)
        let instant = row.kind == 4 ? reading.second : reading.instant
        let isRight =
            instant == Timestamp(milliseconds: Int64(row.second) * 1000) && reading.isSkipped == (row.kind == 2)
            && (reading.second != nil) == (row.kind > 2)
        return isRight ? nil : "\(zone.name) \(wall): \(reading), not kind \(row.kind), \(row.second)"
    }

    private func reference() throws -> (names: [String], rows: [Row]) {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Reference/zones.py")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-I", "-S", script.path, ZoneData.inForce.source]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0, let border = bytes.range(of: Data("\n\n".utf8)) else { throw CocoaError(.fileReadUnknown) }
        let names = String(decoding: bytes[..<border.lowerBound], as: UTF8.self).split(separator: "\n").map(String.init)
        let numbers = Array(bytes[border.upperBound...]).withUnsafeBytes { raw in
            (0..<raw.count / 8).map { Int(raw.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
        }
        let rows = stride(from: 0, to: numbers.count, by: 4).map {
            Row(zone: numbers[$0], kind: numbers[$0 + 1], first: numbers[$0 + 2], second: numbers[$0 + 3])
        }
        return (names, rows)
    }
}
