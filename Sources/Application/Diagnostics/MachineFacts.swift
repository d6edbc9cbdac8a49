import Foundation
import Glibc

/// The machine, as far as a fault may depend on it. Neither its name nor its addresses.
struct MachineFacts: Codable, Sendable {
    let system: String
    let kernel: String
    let architecture: String
    let processors: Int
    let memoryBytes: Int?
    /// What a container may use; nil where nothing bounds it.
    let memoryLimitBytes: Int?
    let isContainer: Bool
    let openFilesLimit: Int
    let folders: [String: Folder]

    struct Folder: Codable, Sendable {
        let fileSystem: String
        let freeBytes: Int?
        let sizeBytes: Int?
    }

    /// `folders` by their settings' names.
    static func now(folders: [String: String]) -> MachineFacts {
        var name = utsname()
        uname(&name)
        var files = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        return MachineFacts(
            system: line("PRETTY_NAME=", of: "/etc/os-release")?.trimmingCharacters(in: ["\""]) ?? "unknown",
            kernel: text(of: name.release), architecture: text(of: name.machine), processors: ProcessInfo.processInfo.activeProcessorCount,
            memoryBytes: line("MemTotal:", of: "/proc/meminfo").flatMap { Int($0.filter(\.isNumber)) }.map { $0 * 1024 },
            memoryLimitBytes: file("/sys/fs/cgroup/memory.max").flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) },
            isContainer: access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0 || getenv("KUBERNETES_SERVICE_HOST") != nil,
            openFilesLimit: Int(clamping: files.rlim_cur),
            folders: folders.mapValues { path in
                let space = DiskSpace(at: path)
                return Folder(fileSystem: FileSystem(at: path)?.name ?? "unknown", freeBytes: space?.free, sizeBytes: space?.total)
            })
    }

    private static func file(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }  // Not every system has it.

    private static func line(_ start: String, of path: String) -> String? {
        file(path)?.split(separator: "\n").first { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
    }

    private static func text<Field>(of field: Field) -> String {
        withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
