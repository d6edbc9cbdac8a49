import CMalloc
import Domain
import Foundation
import ServiceLifecycle

/// Gives back, once everything runs, the memory of what only the start needed: a good half of what the program would occupy at rest is code that runs
/// once. What is needed again comes back from the file, a page at a time.
struct StartedCode: Service {
    let time: any TimeSource

    func run() async throws {
        let start = time.now
        let hasStarted: Void? = try? await cancelWhenGracefulShutdown { try await time.sleep(until: start + .seconds(3)) }
        // Stopped before: the process ends anyway.
        guard hasStarted != nil else { return }
        Self.giveBack()
        try? await gracefulShutdown()  // Cancelled: it is time as well.
    }

    private static func giveBack() {
        malloc_trim(0)
        guard let maps = FileManager.default.contents(atPath: "/proc/self/maps") else { return }
        for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") {
            // `start-end permissions offset device inode path` (proc(5)). Code of files alone: it is as it stands there, and nobody writes to it.
            let fields = line.split(separator: " ", maxSplits: 5)
            guard fields.count == 6, fields[1] == "r-xp", fields[5].drop(while: { $0 == " " }).hasPrefix("/") else { continue }
            let bounds = fields[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
            guard bounds.count == 2, let start = UnsafeMutableRawPointer(bitPattern: bounds[0]) else { continue }
            madvise(start, Int(bounds[1] - bounds[0]), MADV_DONTNEED)
        }
    }
}
