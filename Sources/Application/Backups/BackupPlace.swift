import Domain
import Foundation
import Persistence
import Platforms

/// Where archives are kept, as the settings name it.
public struct BackupTarget: Sendable, Equatable {
    /// Where an archive is made. It stays there unless there is a bucket.
    public let folder: String
    public let bucket: S3Settings?
    /// What stands before the names in the bucket: empty, or with a slash at its end.
    public let prefix: String

    public static func folder(_ path: String) -> BackupTarget { BackupTarget(folder: path, bucket: nil, prefix: "") }

    /// What an archive's path begins with: a folder or `s3://bucket/prefix`, without a slash at its end.
    public var location: String { bucket.map { "s3://\($0.bucket)/\(prefix)" }.map { String($0.dropLast()) } ?? folder }

    public func place(over http: any HTTPSender) -> BackupPlace {
        BackupPlace(target: self, store: bucket.map { S3Store($0, http: http) })
    }
}

/// A folder of archives, or a bucket of them.
public struct BackupPlace: Sendable {
    public struct Archive: Codable, Sendable, Equatable {
        public let path: String
        public let bytes: Int
    }

    public let target: BackupTarget
    private let store: S3Store?

    init(target: BackupTarget, store: S3Store?) { (self.target, self.store) = (target, store) }

    var folder: String { target.folder }

    private func path(of name: String) -> String { "\(target.location)/\(name)" }

    /// Newest first. Throws `BackupProblem`.
    public func archives() async throws -> [Archive] {
        do {
            guard let store else {
                return try await DiskFile.onThread { [folder] in
                    try BackupFolder.archives(in: folder).map { Archive(path: "\(folder)/\($0)", bytes: try DiskFile.size("\(folder)/\($0)")) }
                }
            }
            var found: [Archive] = []
            for try await file in store.all(target.prefix) where isArchive(key: file.key) {
                found.append(Archive(path: path(of: String(file.key.dropFirst(target.prefix.count))), bytes: file.size))
            }
            return found.reversed()
        } catch {
            throw BackupProblem.of(error, "The archives cannot be listed")
        }
    }

    /// Finds out before anything is made whether archives can be kept there, and removes what was cut off before `time`. Throws `StoreError` or
    /// `DiskError`.
    func prepare(removingBefore time: Timestamp) async throws {
        if let store {
            try await store.check()
            try await store.removeUnfinished(before: time) { isArchive(key: $0) }
        }
        try await DiskFile.onThread { [folder] in
            try DiskFile.makeFolder(folder)
            try BackupFolder.removeAbandoned(in: folder, before: time)
        }
    }

    private func isArchive(key: String) -> Bool { key.hasPrefix(target.prefix) && BackupFolder.isArchive(String(key.dropFirst(target.prefix.count))) }

    /// Keeps the archive that was made at `source` and returns its path. It is there whole or not at all.
    func take(_ source: String, as name: String) async throws -> String {
        if let store {
            try await store.put(source, as: target.prefix + name)
        } else {
            try await DiskFile.onThread { [folder] in
                try DiskFile.rename(source, to: "\(folder)/\(name)")
                try DiskFile.syncFolder(folder)
            }
        }
        return path(of: name)
    }

    /// Removes all but the newest `count` archives and returns those it removed.
    func thinOut(keeping count: Int) async throws -> [String] {
        let old = try await archives().dropFirst(max(1, count)).map(\.path)
        for path in old {
            if let store { try await store.remove(key(of: path)) } else { try await DiskFile.onThread { try DiskFile.remove(path) } }
        }
        return old
    }

    private func key(of path: String) -> String { target.prefix + path.dropFirst(target.location.count + 1) }

    /// Calls `body` with the archive as a file of this machine; one in the bucket is fetched for as long. Throws `BackupProblem` where that fails.
    public func withFile<Value: Sendable>(of archive: String, _ body: (String) async throws -> Value) async throws -> Value {
        guard archive.hasPrefix("s3://") else { return try await body(archive) }
        guard let store, archive.hasPrefix(target.location + "/") else {
            throw BackupProblem("\(archive) is in a bucket that the settings do not name: set BACKUP_S3_BUCKET, and its keys.")
        }
        let work = "\(folder)/.postiz-fetched-\(UUID().uuidString)\(BackupFolder.workEnding)"
        let result: Result<Value, any Error>
        do {
            try await DiskFile.onThread { try DiskFile.makeFolder(work) }
            // Its name tells how it was compressed.
            let file = "\(work)/\((archive as NSString).lastPathComponent)"
            do {
                try await fetch(key(of: archive), from: store, to: file)
            } catch {
                throw BackupProblem.of(error, "\(archive) cannot be fetched")
            }
            result = .success(try await body(file))
        } catch {
            result = .failure(error)
        }
        // What cannot be removed now is removed by a later backup.
        try? await DiskFile.onThread { try FileManager.default.removeItem(atPath: work) }
        return try result.get()
    }

    private func fetch(_ key: String, from store: S3Store, to path: String) async throws {
        guard let size = try await store.size(of: key) else { throw BackupProblem("There is no such archive.") }
        try await StoredBytes(store, key, 0..<size).write(to: path)
    }
}

extension BackupTarget {
    /// What commands work with: where archives go, and where files are kept.
    public static func withPlaces<Value: Sendable>(
        of configuration: Configuration, target: BackupTarget?, version: String, _ body: (BackupPlace, MediaStores) async throws -> Value
    ) async throws -> Value {
        let settings = configuration.platformConfiguration(version: version)
        return try await HTTPTransport.briefly(settings.transport, allowedPrivateHosts: settings.allowedPrivateHosts) { transport in
            let place = (target ?? configuration.backupTarget ?? .folder(configuration.backupWorkFolder)).place(over: transport.platform)
            return try await body(place, MediaStores(configuration, over: transport.platform))
        }
    }
}

extension BackupProblem {
    /// What went wrong in words, with what to do where that is known; errors that say it themselves stay as they are.
    static func of(_ error: any Error, _ what: String) -> any Error {
        switch error {
        case let error as DiskError: BackupProblem("\(what): \(error.words).")
        case let error as StoreError: BackupProblem("\(what). \(error.problem.message)")
        default: error
        }
    }
}
