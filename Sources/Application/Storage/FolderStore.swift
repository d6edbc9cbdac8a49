import Domain
import Foundation

/// Files in a folder, each under its key as its path.
public struct FolderStore: MediaStore {
    /// Without the folder's own name.
    let path: String
    public let place = "on this server's disk"
    public let blockSize = 262_144

    /// A relative path counts from the working directory.
    public init(path: String) { self.path = URL(fileURLWithPath: path).standardizedFileURL.path }

    func file(_ key: String) -> String { "\(path)/\(key)" }

    /// Moves the file when it lies on the same disk. After a power cut it is there whole or not at all.
    public func put(_ source: String, as key: String) async throws {
        let target = file(key)
        try await DiskFile.onThread {
            let file = try DiskFile.reading(source)
            defer { file.close() }
            try file.sync()
            let folder = (target as NSString).deletingLastPathComponent
            try DiskFile.makeFolder(folder)
            try DiskFile.rename(source, to: target)
            try DiskFile.syncFolder(folder)
        }
    }

    public func size(of key: String) async throws -> Int? {
        let (path, file) = (path, file(key))
        return try await DiskFile.onThread {
            // Without its folder the disk is not there: nothing is known then.
            guard DiskFile.exists(path) else { throw DiskError(number: ENOENT) }
            return DiskFile.exists(file) ? try DiskFile.size(file) : nil
        }
    }

    public func read(_ key: String, at offset: Int, count: Int) async throws -> Data {
        let (path, count) = (file(key), min(count, blockSize))
        return try await DiskFile.onThread {
            let file = try DiskFile.reading(path)
            defer { file.close() }
            return try file.read(at: offset, count: count)
        }
    }

    public func remove(_ key: String) async throws {
        let path = file(key)
        try await DiskFile.onThread { try DiskFile.remove(path) }
    }

    public func list(_ prefix: String, after key: String) async throws -> [StoredFile] {
        let path = path
        return try await DiskFile.onThread {
            var found: [StoredFile] = []
            for folder in try Self.names(in: path) where folder != MediaFolder.incomingName {
                let (first, last) = ("\(folder)/", "\(folder)0")  // "0" comes behind "/".
                guard first.hasPrefix(prefix) || prefix.hasPrefix(first), last > key else { continue }
                for name in try Self.names(in: "\(path)/\(folder)") {
                    let next = first + name
                    guard next.hasPrefix(prefix), Self.precedes(key, next) else { continue }
                    // Removed meanwhile, or a folder of somebody else's.
                    guard let file = try DiskFile.look(at: "\(path)/\(next)") else { continue }
                    found.append(StoredFile(key: next, size: file.size, changed: file.changed))
                    if found.count == 1000 { return found }
                }
            }
            return found
        }
    }

    /// In the order of their bytes.
    private static func names(in folder: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted(by: precedes)
    }

    private static func precedes(_ one: String, _ other: String) -> Bool { one.utf8.lexicographicallyPrecedes(other.utf8) }

    public func localPath(of key: String) async throws -> String? { file(key) }

    /// The folder for what is arriving is looked at anyway: it is the same disk.
    public func check() async throws {}

    public func removeUnfinished(before time: Timestamp) async throws {}
}

extension DiskFile {
    /// Size and time of a file; nil when there is none.
    static func look(at path: String) throws -> (size: Int, changed: Timestamp)? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw DiskError(number: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        let changed = Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000
        return (Int(status.st_size), Timestamp(milliseconds: changed))
    }
}
