import Foundation
import NIOConcurrencyHelpers

/// What a process receives is named after its mark, and the mark's file is locked as long as the process lives, however it ends. So whoever
/// finds a fragment can tell whether somebody is still writing it, also where several processes share the folder.
final class IncomingMark: Sendable {
    let name = UUID().uuidString.lowercased().replacing("-", with: "")
    private let held = NIOLockedValueBox<DiskFile?>(nil)

    deinit { held.withLockedValue { $0?.close() } }

    /// Blocks. May be repeated.
    func set(in folder: String) throws {
        try held.withLockedValue { held in
            let path = Self.path(of: name, in: folder)
            while held == nil {
                let file = try DiskFile.opening(path)
                // Somebody who is tidying up may have taken it before we locked it: it is made anew then.
                if file.lock(), file.isStill(at: path) { held = file } else { file.close() }
            }
        }
    }

    /// Runs `work` when the process of `mark` is gone, and removes the mark. Blocks.
    static func ifAbandoned(_ mark: String, in folder: String, _ work: () throws -> Void) throws {
        let path = path(of: mark, in: folder)
        let file = try DiskFile.opening(path)
        defer { file.close() }
        guard file.lock() else { return }
        try work()
        try DiskFile.remove(path)
    }

    /// The mark in the name of a file; nil when there is none.
    static func of(_ name: String) -> String? {
        let first = name.prefix { $0 != "." }
        return first.count == 32 && first.allSatisfy(\.isHexDigit) ? String(first) : nil
    }

    /// Whether this is the file of a mark itself.
    static func isFile(_ name: String) -> Bool { name.hasSuffix(suffix) }

    private static let suffix = ".lock"
    private static func path(of mark: String, in folder: String) -> String { "\(folder)/\(mark)\(suffix)" }
}
