import Crypto
import Domain
import Foundation
import Persistence

/// Makes archives of an instance: its database at one instant, its files, and its settings, while it runs and publishes.
///
/// An archive is a `tar` of a folder `postiz-YYYYMMDD-HHMMSS` (UTC) with `manifest.json`, `configuration.env`, perhaps `secrets.json`, the
/// database, `uploads/` and `SHA256SUMS`. It opens without us: docs/backup-and-restore.md.
public struct Backups: Sendable {
    /// What is to be made, and where.
    public struct Order: Sendable {
        public let folder: String
        public var zstd = false
        public var withSecrets = false
        /// How many archives stay in the folder; nil: all of them.
        public var keep: Int?

        public init(folder: String, zstd: Bool = false, withSecrets: Bool = false, keep: Int? = nil) {
            (self.folder, self.zstd, self.withSecrets, self.keep) = (folder, zstd, withSecrets, keep)
        }
    }

    public struct Made: Codable, Sendable, Equatable {
        public let path: String
        public let createdAt: Timestamp
        public let members: Int
        /// Packed.
        public let bytes: Int
        /// Older archives that were removed.
        public let removed: [String]
        /// Files whose bytes are not those that their names promise: the disk has changed them.
        public let rotten: [String]
    }

    private let database: any Database
    private let configuration: Configuration
    private let version: String
    private let time: any TimeSource
    private let progress: @Sendable (Int) -> Void

    /// `progress` hears how many bytes were packed so far.
    public init(
        database: any Database, configuration: Configuration, version: String, time: any TimeSource = SystemTime(),
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        (self.database, self.configuration, self.version, self.time, self.progress) = (database, configuration, version, time, progress)
    }

    /// What an archive of this instance does not hold, in words; nil when it holds everything.
    public static func gap(in configuration: Configuration) -> String? {
        guard configuration.storageProvider == .s3, let bucket = configuration.s3?.bucket else { return nil }
        return "The files in the bucket \(bucket) are not in the archive: have the store keep a copy of the bucket as well."
    }

    /// Makes an archive, remembers how that went (`BackupRecord`), and removes older ones. What exists of it before it is whole cannot be
    /// mistaken for one. Throws `BackupProblem`, `DatabaseError` or `DiskError`.
    public func make(_ order: Order) async throws -> Made {
        let now = time.now
        do {
            let made = try await makeArchive(order, at: now)
            try await record(BackupRecord(at: now, file: made.path, bytes: made.bytes, error: nil))
            return made
        } catch {
            let words = (error as? DiskError)?.words ?? "\(error)"
            // The first failure counts; where the database is what failed, there is nowhere to note it.
            try? await record(BackupRecord(at: now, file: nil, bytes: nil, error: words))
            throw error is DiskError ? BackupProblem("The backup failed: \(words).") : error
        }
    }

    private func record(_ record: BackupRecord) async throws {
        let text = try JSON.text(record)
        try await database.write { transaction in
            if record.error == nil { try InstanceRepository.set(BackupRecord.goodName, to: text, in: transaction) }
            try InstanceRepository.set(BackupRecord.name, to: text, in: transaction)
        }
    }

    private func makeArchive(_ order: Order, at now: Timestamp) async throws -> Made {
        let name = "postiz-\(Self.stamp(now))"
        let work = "\(order.folder)/.\(name)\(BackupFolder.workEnding)"
        let pipeline = ArchivePipeline(order.zstd ? .zstd : .gzip, passphrase: configuration.backupPassphrase)
        let target = "\(order.folder)/\(name)\(pipeline.ending)"
        try await DiskFile.onThread {
            try DiskFile.makeFolder(order.folder)
            try BackupFolder.removeAbandoned(in: order.folder, before: now - .days(1))
            guard mkdir(work, 0o700) == 0 else {
                throw errno == EEXIST ? BackupProblem("Another backup to \(order.folder) began in this very second.") : DiskError(number: errno)
            }
        }
        do {
            let packed = try await pack(name, work, pipeline, order, at: now)
            let removed = try await DiskFile.onThread { () -> [String] in
                let file = try DiskFile.writing("\(work)/archive")
                defer { file.close() }
                try file.sync()
                try DiskFile.rename("\(work)/archive", to: target)
                try FileManager.default.removeItem(atPath: work)
                try DiskFile.syncFolder(order.folder)
                return try order.keep.map { try BackupFolder.thinOut(order.folder, keeping: $0) } ?? []
            }
            let bytes = try await DiskFile.onThread { try DiskFile.size(target) }
            return Made(path: target, createdAt: now, members: packed.members, bytes: bytes, removed: removed, rotten: packed.rotten)
        } catch {
            // What cannot be removed now is removed by a later backup.
            try? await DiskFile.onThread { try FileManager.default.removeItem(atPath: work) }
            throw error
        }
    }

    private func pack(
        _ name: String, _ work: String, _ pipeline: ArchivePipeline, _ order: Order, at now: Timestamp
    ) async throws -> (members: Int, rotten: [String]) {
        guard let step = try await Migrator.step(of: database) else {
            throw BackupProblem("The database is empty: there is nothing to back up yet.")
        }
        let engine: BackupManifest.Engine = database.dialect == .sqlite ? .sqlite : .postgresql
        let manifest = BackupManifest(
            format: BackupManifest.currentFormat, version: version, createdAt: now, database: engine, schema: step, withSecrets: order.withSecrets)
        let copy = "\(work)/\(BackupManifest.Member.database(engine))"
        // The database first: files that come afterwards are too many, and none is missing.
        try await copyDatabase(to: copy, at: now)
        let secrets = order.withSecrets ? try BackupSettings.secrets(of: configuration) : nil
        let settings = BackupSettings.text(of: configuration, withSecrets: order.withSecrets)
        let uploads = configuration.uploadDirectory.path
        let (sums, archive) = (try DiskFile.creating("\(work)/sums"), "\(work)/archive")
        defer { sums.close() }
        var packer = BackupPacking(folder: name, at: now, sums: sums, progress: progress)
        try await pipeline.write(to: archive) { writer in
            func add(_ bytes: [UInt8]) async throws { _ = try await writer.write(bytes) }
            try await packer.add(try JSON.data(manifest), as: BackupManifest.Member.manifest, add)
            try await packer.add(Data(settings.utf8), as: BackupManifest.Member.configuration, add)
            if let secrets { try await packer.add(secrets, as: BackupManifest.Member.secrets, add) }
            _ = try await packer.addFile(copy, as: BackupManifest.Member.database(engine), add)
            // The copy makes room while the files are packed.
            try await DiskFile.onThread { try DiskFile.remove(copy) }
            for folder in try await Self.names(in: uploads) where folder.utf8.count == 2 {
                for file in try await Self.names(in: "\(uploads)/\(folder)") where BackupManifest.Member.isUpload(folder: folder, file: file) {
                    try await packer.addUpload("\(uploads)/\(folder)/\(file)", digest: file, as: "uploads/\(folder)/\(file)", add)
                }
            }
            try await packer.finish(from: "\(work)/sums", add)
        }
        return (packer.members, packer.rotten)
    }

    private func copyDatabase(to path: String, at now: Timestamp) async throws {
        if let database = database as? SQLiteDatabase { return try await database.copy(to: path, at: now) }
        guard let url = configuration.databaseDirectURL ?? configuration.databaseURL else { return }
        try await PostgresDump.make(of: url, to: path)
    }

    /// Sorted; none where the folder is not there.
    private static func names(in folder: String) async throws -> [String] {
        try await DiskFile.onThread {
            DiskFile.exists(folder) ? try FileManager.default.contentsOfDirectory(atPath: folder).sorted() : []
        }
    }

    static func stamp(_ time: Timestamp) -> String {
        let digits = time.description.filter(\.isNumber)
        return "\(digits.prefix(8))-\(digits.dropFirst(8).prefix(6))"
    }
}

/// Packs members one after the other, and notes the digest of each.
struct BackupPacking {
    private static let chunk = 1_048_576

    let folder: String
    let at: Timestamp
    let sums: DiskFile
    let progress: @Sendable (Int) -> Void
    private(set) var members = 0
    private(set) var rotten: [String] = []
    private var listed = 0
    private var packed = 0

    init(folder: String, at: Timestamp, sums: DiskFile, progress: @escaping @Sendable (Int) -> Void) {
        (self.folder, self.at, self.sums, self.progress) = (folder, at, sums, progress)
    }

    mutating func add(_ data: Data, as name: String, _ write: ([UInt8]) async throws -> Void) async throws {
        let padding = [UInt8](repeating: 0, count: TarBlock.padding(after: data.count))
        try await write(TarBlock.header(name, in: folder, size: data.count, at: at) + data + padding)
        try note(name, BackupUnpacking.hex(SHA256.hash(data: data)))
    }

    /// Returns the digest.
    mutating func addFile(_ path: String, as name: String, _ write: ([UInt8]) async throws -> Void) async throws -> String {
        let (file, size) = try await DiskFile.onThread { (try DiskFile.reading(path), try DiskFile.size(path)) }
        defer { file.close() }
        let digest = try await pass(file, size: size, as: name, write)
        try note(name, digest)
        return digest
    }

    /// A file that is deleted meanwhile is not missed by anything. Where the name is the digest, the bytes are held against it.
    mutating func addUpload(_ path: String, digest: String, as name: String, _ write: ([UInt8]) async throws -> Void) async throws {
        do {
            let found = try await addFile(path, as: name, write)
            if digest.count == 64, found != digest { rotten.append(path) }
        } catch let error as DiskError where error.number == ENOENT {}
    }

    mutating func finish(from list: String, _ write: ([UInt8]) async throws -> Void) async throws {
        let (file, size) = try await DiskFile.onThread { (try DiskFile.reading(list), try DiskFile.size(list)) }
        defer { file.close() }
        _ = try await pass(file, size: size, as: BackupManifest.Member.sums, write)
        members += 1
        try await write(TarBlock.end)
    }

    private mutating func note(_ name: String, _ digest: String) throws {
        let line = Array("\(digest)  \(name)\n".utf8)
        try line.withUnsafeBytes { try sums.write($0, at: listed) }
        listed += line.count
        members += 1
    }

    private mutating func pass(_ file: DiskFile, size: Int, as name: String, _ write: ([UInt8]) async throws -> Void) async throws -> String {
        var hash = SHA256()
        try await write(TarBlock.header(name, in: folder, size: size, at: at))
        for start in stride(from: 0, to: size, by: Self.chunk) {
            let count = min(Self.chunk, size - start)
            let piece = try await DiskFile.onThread { try file.read(at: start, count: count) }
            guard piece.count == count else { throw BackupProblem("\(name) changed while it was read.") }
            hash.update(data: piece)
            try await write(Array(piece))
            packed += count
            progress(packed)
        }
        try await write([UInt8](repeating: 0, count: TarBlock.padding(after: size)))
        return BackupUnpacking.hex(hash.finalize())
    }
}
