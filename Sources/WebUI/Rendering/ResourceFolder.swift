import Foundation

/// Where the templates and static files are: next to the program, also when it was moved or is reached through a link.
enum ResourceFolder {
    static let name = "postiz_WebUI.resources"

    struct Missing: Error, CustomStringConvertible {
        let searched: [String]
        var description: String {
            "The web interface's files are missing: no folder \(name) in \(searched.joined(separator: " or ")). "
                + "Copy it from the release to where the program is, or start without the role frontend (POSTIZ_APPS)."
        }
    }

    /// Throws `Missing` when no candidate holds the folder.
    static func locate(candidates: [URL] = beside()) throws -> URL {
        let folders = candidates.map { $0.appending(path: name) }
        guard let found = folders.first(where: { FileManager.default.fileExists(atPath: $0.appending(path: "templates").path) }) else {
            throw Missing(searched: candidates.map(\.path))
        }
        return found
    }

    private static func beside() -> [URL] {
        var folders = [Bundle.main.bundleURL]
        if let program = Bundle.main.executableURL { folders.append(program.resolvingSymlinksInPath().deletingLastPathComponent()) }
        var seen = Set<String>()
        return folders.filter { seen.insert($0.path).inserted }
    }
}

extension WebInterface {
    /// Where the templates and static files are. Throws an error that says where they were looked for.
    public static func resourceFolder() throws -> URL { try ResourceFolder.locate() }
}
