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
        public let place: BackupPlace
        public var zstd = false
        public var withSecrets = false
        /// How many archives stay there; nil: all of them.
        public var keep: Int?

        public init(place: BackupPlace, zstd: Bool = false, withSecrets: Bool = false, keep: Int? = nil) {
            (self.place, self.zstd, self.withSecrets, self.keep) = (place, zstd, withSecrets, keep)
        }
    }

    public struct Made: Codable, Sendable, Equatable {
        /// Of the file, or `s3://bucket/key`.
        public let path: String
        public let createdAt: Timestamp
        public let members: Int
        /// Packed.
        public let bytes: Int
        /// Older archives that were removed.
        public let removed: [String]
        /// Files of the library that are not in the archive, by their keys: they were removed while it was made, or the store has lost them.
        /// At most `BackupPacking.most` are named.
        public let missing: [String]
    }

    private let database: any Database
    private let configuration: Configuration
    private let media: any MediaStore
    private let version: String
    private let time: any TimeSource
    private let progress: @Sendable (Int) -> Void

    /// `progress` hears how many bytes were packed so far.
    public init(
        database: any Database, media: any MediaStore, configuration: Configuration, version: String, time: any TimeSource = SystemTime(),
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        (self.database, self.media, self.configuration, self.version) = (database, media, configuration, version)
        (self.time, self.progress) = (time, progress)
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
            let problem = BackupProblem.of(error, "The backup failed")
            // The first failure counts; where the database is what failed, there is nowhere to note it.
            try? await record(BackupRecord(at: now, file: nil, bytes: nil, error: "\(problem)"))
            throw problem
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
        let (name, folder) = ("postiz-\(Self.stamp(now))", order.place.folder)
        let work = "\(folder)/.\(name)\(BackupFolder.workEnding)"
        let pipeline = ArchivePipeline(order.zstd ? .zstd : .gzip, passphrase: configuration.backupPassphrase)
        try await order.place.prepare(removingBefore: now - .days(1))
        try await DiskFile.onThread {
            guard mkdir(work, 0o700) == 0 else {
                throw errno == EEXIST ? BackupProblem("Another backup to \(folder) began in this very second.") : DiskError(number: errno)
            }
        }
        do {
            let packed = try await pack(name, work, pipeline, order, at: now)
            let archive = "\(work)/archive"
            let bytes = try await DiskFile.onThread { () -> Int in
                let file = try DiskFile.writing(archive)
                defer { file.close() }
                try file.sync()
                return try DiskFile.size(archive)
            }
            let path = try await order.place.take(archive, as: name + pipeline.ending)
            try await DiskFile.onThread { try FileManager.default.removeItem(atPath: work) }
            let removed = if let keep = order.keep { try await order.place.thinOut(keeping: keep) } else { [String]() }
            return Made(path: path, createdAt: now, members: packed.members, bytes: bytes, removed: removed, missing: packed.missing)
        } catch {
            // What cannot be removed now is removed by a later backup.
            try? await DiskFile.onThread { try FileManager.default.removeItem(atPath: work) }
            throw error
        }
    }

    private func pack(
        _ name: String, _ work: String, _ pipeline: ArchivePipeline, _ order: Order, at now: Timestamp
    ) async throws -> (members: Int, missing: [String]) {
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
        let inventory = try await BackupInventory(of: database, at: "\(work)/inventory")
        let (sums, archive) = (try DiskFile.creating("\(work)/sums"), "\(work)/archive")
        defer { sums.close() }
        var packer = BackupPacking(folder: name, at: now, sums: sums, progress: progress)
        try await pipeline.write(to: archive) { writer in
            let add: BackupPacking.Write = { _ = try await writer.write($0) }
            try await packer.add(try JSON.data(manifest), as: BackupManifest.Member.manifest, add)
            try await packer.add(Data(settings.utf8), as: BackupManifest.Member.configuration, add)
            if let secrets { try await packer.add(secrets, as: BackupManifest.Member.secrets, add) }
            try await packer.addFile(copy, as: BackupManifest.Member.database(engine), add)
            // The copy makes room while the files are packed.
            try await DiskFile.onThread { try DiskFile.remove(copy) }
            try await packer.addAll(of: media, expecting: inventory, add)
            try await packer.finish(from: "\(work)/sums", add)
        }
        return (packer.members, packer.missing)
    }

    private func copyDatabase(to path: String, at now: Timestamp) async throws {
        if let database = database as? SQLiteDatabase { return try await database.copy(to: path, at: now) }
        guard let url = configuration.databaseDirectURL ?? configuration.databaseURL else { return }
        try await PostgresDump.make(of: url, to: path)
    }

    static func stamp(_ time: Timestamp) -> String {
        let digits = time.description.filter(\.isNumber)
        return "\(digits.prefix(8))-\(digits.dropFirst(8).prefix(6))"
    }
}
