import Domain
import Foundation

/// A folder of zone files of our own, compiled with `zic`: what a system has before and after its package of time zones is updated.
public struct ZoneFixture: Sendable {
    /// What the clocks of America/Vancouver do.
    public enum Vancouver: String, Sendable {
        /// As until 2026: eight hours behind UTC in winter, seven in summer.
        case changing = """
            Rule Test 2007 max - Mar Sun>=8 2:00 1:00 D
            Rule Test 2007 max - Nov Sun>=1 2:00 0 S
            Zone America/Vancouver -8:00 Test P%sT

            """
        /// Seven hours behind UTC for good from summer 2026 on.
        case settled = """
            Rule Test 2007 max - Mar Sun>=8 2:00 1:00 D
            Rule Test 2007 max - Nov Sun>=1 2:00 0 S
            Zone America/Vancouver -8:00 Test P%sT 2026 Jul 1
             -7:00 - %z

            """
    }

    public let folder: ZoneFolder

    /// `others` are more zones in the words of `zic`.
    public init(_ vancouver: Vancouver, version: String, others: String = "") throws {
        folder = ZoneFolder(path: FileManager.default.temporaryDirectory.appending(path: "postiz-zones-\(UUID())").path)
        try write(vancouver, version: version, others: others)
    }

    public var data: ZoneData { ZoneFolder.newest(of: [folder]) }

    /// Replaces the files.
    public func write(_ vancouver: Vancouver, version: String, others: String = "") throws {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let text = "\(vancouver.rawValue)Zone Europe/Paris 1:00 - CET\nZone Etc/UTC 0 - UTC\n\(others)\n"
        let source = "\(folder.path)/source"
        try text.write(toFile: source, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/sbin/zic")
        process.arguments = ["-d", folder.path, "-b", "slim", source]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
        try "# version \(version)\nL America/Vancouver Canada/Pacific\n".write(
            toFile: "\(folder.path)/tzdata.zi", atomically: true, encoding: .utf8)
    }

    /// The system empties its folder for temporary files anyway.
    public func remove() { try? FileManager.default.removeItem(atPath: folder.path) }
}
