import Foundation
import Logging
import ServiceLifecycle

/// Gives memory back that only starting needed: the system maps our code in large pieces around what runs once.
struct StartingPages: Service {
    /// By then everything runs.
    private static let patience = Duration.seconds(3)

    let logger: Logger

    func run() async throws {
        // Cut short by the end of the process, which nothing is left to do for.
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.patience) }
        do { try Self.letGo() } catch { logger.debug("pages of the start are kept", metadata: ["error": "\(error)"]) }
        try? await gracefulShutdown()
    }

    /// Pages of code are as they are in the file, and are read from there again where they are needed.
    static func letGo() throws {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        for line in try String(contentsOfFile: "/proc/self/maps", encoding: .utf8).split(separator: "\n") {
            // Address range, permissions, offset, device, inode, path (proc(5)).
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard fields.count == 6, fields[1] == "r-xp", fields[5].drop(while: { $0 == " " }) == program else { continue }
            let bounds = fields[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
            guard bounds.count == 2, let start = UnsafeMutableRawPointer(bitPattern: bounds[0]) else { continue }
            madvise(start, Int(bounds[1] - bounds[0]), MADV_DONTNEED)
        }
    }
}
