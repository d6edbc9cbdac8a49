import Crypto
import Domain
import Foundation
import Persistence
import Platforms

/// The two places that files may be in: where new ones go, and where others may still be.
public struct MediaStores: Sendable {
    public enum Provider: String, Sendable, CaseIterable, Codable { case local, s3 }

    public let provider: Provider
    public let folder: FolderStore
    /// Nil where no S3 store is set.
    public let s3: S3Store?

    public init(provider: Provider, folder: FolderStore, s3: S3Store?) {
        self.provider = provider
        self.folder = folder
        self.s3 = s3
    }

    /// `owner` names the installation whose files they are; without it nobody asks whether a bucket is somebody else's.
    init(_ configuration: Configuration, over http: any HTTPSender, owner: (@Sendable () async throws -> String)? = nil) {
        self.init(
            provider: configuration.storageProvider, folder: FolderStore(path: configuration.uploadDirectory.path),
            s3: configuration.s3.map { S3Store($0, http: http, owner: owner) })
    }

    /// Reads each file from where it is, so that files can move while the server runs.
    public var current: any MediaStore {
        guard let s3 else { return folder }
        return provider == .s3 ? FallbackStore(first: s3, second: folder) : FallbackStore(first: folder, second: s3)
    }
}

/// How far a move is.
public struct MediaMove: Sendable, Equatable {
    /// What is to be moved; more may have come meanwhile.
    public var files = 0
    public var bytes = 0
    public internal(set) var movedFiles = 0
    public internal(set) var movedBytes = 0
    /// Files that stay where they are, each with the reason.
    public internal(set) var left: [String] = []
}

extension MediaLibrary {
    /// Moves every file of the library from one store to the other. One after the other is copied, read back and compared with its SHA-256; only
    /// then it is removed where it was. So each is always in one of them at least, a server that reads both sees it at any moment, and a move that
    /// broke off goes on with what is left.
    ///
    /// `report` hears of each file, and ends the move when it throws. What is damaged stays, and is named in the result. Throws when a store fails.
    public func move(
        from source: any MediaStore, to target: any MediaStore, _ report: (MediaMove) throws -> Void
    ) async throws -> MediaMove {
        try await storing {
            var move = MediaMove()
            for try await file in source.all("") where Self.isOurs(file.key) {
                move.files += 1
                move.bytes += file.size
            }
            try report(move)
            for try await file in source.all("") where Self.isOurs(file.key) {
                try Task.checkCancellation()
                if let reason = try await moved(file, from: source, to: target) {
                    move.left.append("\(file.key): \(reason)")
                } else {
                    move.movedFiles += 1
                    move.movedBytes += file.size
                }
                try report(move)
            }
            return move
        }
    }

    /// A bucket or a folder may hold other things.
    private static func isOurs(_ key: String) -> Bool { MediaKey.digest(of: key) != nil || key.hasPrefix(MediaKey.pieces) }

    /// Nil when it was moved, or removed meanwhile.
    private func moved(_ file: StoredFile, from source: any MediaStore, to target: any MediaStore) async throws -> String? {
        guard let digest = MediaKey.digest(of: file.key) else { return try await copied(file, from: source, to: target) }
        let (reason, isNeeded) = try await holding(digest, size: file.size) { hold in
            let reason = try await copied(file, from: source, to: target)
            let isNeeded = try await database.write {
                try hold.letGo(in: $0)
                return try MediaRepository.isReferenced(lockingDigest: digest, in: $0)
            }
            return (reason, isNeeded)
        }
        if !isNeeded { await tidyUp(digest) }
        return reason
    }

    /// Removes it from the source when the target has it for certain. Else says why not.
    private func copied(_ file: StoredFile, from source: any MediaStore, to target: any MediaStore) async throws -> String? {
        guard let size = try await source.size(of: file.key) else { return nil }
        let digest = try await StoredBytes(source, file.key, 0..<size).digest()
        if let own = MediaKey.digest(of: file.key), file.key == MediaKey.file(own), digest != own {
            return "its bytes are not those that were uploaded; restore it from a backup"
        }
        if try await self.digest(of: file.key, in: target) != digest {
            try await put(file.key, size: size, from: source, to: target)
            guard try await self.digest(of: file.key, in: target) == digest else { return "it arrived changed" }
        }
        try await source.remove(file.key)
        return nil
    }

    private func put(_ key: String, size: Int, from source: any MediaStore, to target: any MediaStore) async throws {
        // Nothing more is needed of a disk that is full.
        if let path = try await source.localPath(of: key) { return try await target.put(path, as: key) }
        try await folder.withIncoming { path in
            try await fetch(key, size: size, from: source, to: path)
            try await target.put(path, as: key)
        }
    }

    private func digest(of key: String, in store: any MediaStore) async throws -> String? {
        guard let size = try await store.size(of: key) else { return nil }
        return try await StoredBytes(store, key, 0..<size).digest()
    }
}

extension MediaStores {
    /// Why the store in use cannot be used, and whether only a change of the settings mends it; nil when it can.
    public func problem() async -> (words: String, isFinal: Bool)? {
        do {
            try await current.check()
            return nil
        } catch let error as StoreError {
            return (error.problem.message, error.isMisconfigured)
        } catch {
            return ("The store of files cannot be used: \(error)", false)
        }
    }
}

extension Services {
    /// From where to where files move. Throws `VALIDATION_FAILED` when the settings do not name both, or another target.
    public func storesToMove(to target: MediaStores.Provider) throws -> (source: any MediaStore, target: any MediaStore) {
        guard let s3 = stores.s3 else {
            throw ProblemReport.invalid("S3_BUCKET", "Set S3_BUCKET, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: files move from or to that store.")
        }
        guard stores.provider == target else {
            throw ProblemReport.invalid(
                "STORAGE_PROVIDER",
                "Set STORAGE_PROVIDER=\(target.rawValue) and restart the server first: it then reads each file from where it is. Nothing was moved.")
        }
        return target == .s3 ? (stores.folder, s3) : (s3, stores.folder)
    }
}
