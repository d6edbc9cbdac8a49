import Domain
import Foundation
import Persistence

/// Puts an archive in the place of what an instance has. Everything is unpacked and looked at beside what is there; then files are added,
/// and the database is replaced in one step. Call it only while nothing uses the instance.
public struct Restoration: Sendable {
    public struct Done: Codable, Sendable, Equatable {
        public let manifest: BackupManifest
        public let files: Int
        /// Where the database that was there before went; nil when there was none, or on PostgreSQL.
        public let before: String?
        /// What has to be seen to: secrets that are not those of the backup.
        public let notices: [String]
    }

    private let configuration: Configuration
    private let stores: MediaStores
    private let time: any TimeSource

    public init(configuration: Configuration, stores: MediaStores, time: any TimeSource = SystemTime()) {
        (self.configuration, self.stores, self.time) = (configuration, stores, time)
    }

    /// Throws `ArchiveFault`, `BackupProblem`, `DatabaseError` or `DiskError`; up to the last step nothing was replaced then.
    public func restore(_ path: String) async throws -> Done {
        let stamp = Backups.stamp(time.now)
        let data = configuration.dataFolder.path
        let uploads = configuration.uploadDirectory.path
        let targets = BackupUnpacking.Targets(folder: "\(data)/.restore-\(stamp)", uploads: "\(uploads)/.restore-\(stamp)")
        let clean = { @Sendable () async throws in
            try await DiskFile.onThread {
                for folder in [targets.folder, targets.uploads] where DiskFile.exists(folder) { try FileManager.default.removeItem(atPath: folder) }
            }
        }
        do {
            // A bucket that cannot be used is told before anything is unpacked.
            if let bucket { try await bucket.check() }
            try await DiskFile.onThread {
                try DiskFile.makeFolder(targets.folder)
                try DiskFile.makeFolder(targets.uploads)
            }
            let finding = try await BackupArchive.unpack(path, passphrase: configuration.backupPassphrase, to: targets)
            try await requireFitting(finding.manifest)
            let database = "\(targets.folder)/\(BackupManifest.Member.database(finding.manifest.database))"
            if finding.manifest.database == .sqlite { try await Self.requireSound(database, targets.folder) }
            let files = try await place(targets.uploads)
            let notices = try await secrets(from: targets.folder, finding.manifest)
            let before = try await replaceDatabase(by: database, finding.manifest, stamp)
            try await clean()
            return Done(manifest: finding.manifest, files: files, before: before, notices: notices)
        } catch {
            // What cannot be removed is in nobody's way: the error is what counts.
            try? await clean()
            throw BackupProblem.of(error, "The archive could not be restored, and the database is as it was")
        }
    }

    private func requireFitting(_ manifest: BackupManifest) async throws {
        let here: BackupManifest.Engine = configuration.databaseURL == nil ? .sqlite : .postgresql
        guard manifest.database == here else {
            throw ArchiveFault.unusable(
                manifest.database == .sqlite
                    ? "The archive holds an SQLite database: restore it without DATABASE_URL."
                    : "The archive holds a PostgreSQL database: set DATABASE_URL to the one it is to become.")
        }
        guard let url = configuration.databaseDirectURL ?? configuration.databaseURL else { return }
        let database = try PostgresDatabase(url: url, connections: 1)
        let obstacle: String?
        do {
            obstacle = try await PostgresPrograms.obstacle(in: database)
        } catch {
            await database.close()
            throw BackupProblem("PostgreSQL does not answer: \(error). Check DATABASE_URL.")
        }
        await database.close()
        if let obstacle { throw BackupProblem(obstacle) }
    }

    private static func requireSound(_ path: String, _ folder: String) async throws {
        let opened: SQLiteDatabase
        do { opened = try SQLiteDatabase(path: path) } catch { throw ArchiveFault.damaged("its database cannot be opened (\(error))") }
        let damage: String?
        do { damage = try await DatabaseInspection.of(opened).damage } catch { damage = "\(error)" }
        await opened.close()
        if let damage { throw ArchiveFault.damaged("its database says \(damage)") }
    }

    /// Nil where files are kept in the folder.
    private var bucket: S3Store? { stores.provider == .s3 ? stores.s3 : nil }

    /// Puts unpacked files where files are kept. One is named after its bytes, so another of its name is the same, and one that nothing needs
    /// does no harm: what was placed when this fails may stay.
    private func place(_ source: String) async throws -> Int {
        let folders = try await DiskFile.onThread { try FileManager.default.contentsOfDirectory(atPath: source) }
        let uploads = configuration.uploadDirectory.path
        var count = 0
        for folder in folders {
            let names = try await DiskFile.onThread { try FileManager.default.contentsOfDirectory(atPath: "\(source)/\(folder)") }
            if let bucket {
                try await Self.store(names.map { "\(folder)/\($0)" }, of: source, in: bucket)
            } else {
                try await DiskFile.onThread {
                    try DiskFile.makeFolder("\(uploads)/\(folder)")
                    for name in names { try DiskFile.rename("\(source)/\(folder)/\(name)", to: "\(uploads)/\(folder)/\(name)") }
                    try DiskFile.syncFolder("\(uploads)/\(folder)")
                }
            }
            count += names.count
        }
        return count
    }

    /// A few at a time: a store answers each only after a while.
    private static func store(_ keys: [String], of folder: String, in bucket: S3Store) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, key) in keys.enumerated() {
                if index >= 8 { try await group.next() }
                group.addTask {
                    try await bucket.put("\(folder)/\(key)", as: key)
                    try await DiskFile.onThread { try DiskFile.remove("\(folder)/\(key)") }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Secrets that are in the archive take the place of those that are there, which stay beside them.
    private func secrets(from folder: String, _ manifest: BackupManifest) async throws -> [String] {
        let (found, own) = ("\(folder)/\(Secrets.fileName)", configuration.dataFolder.appending(path: Secrets.fileName).path)
        let data = configuration.dataFolder.path
        return try await DiskFile.onThread {
            if DiskFile.exists(found) {
                if DiskFile.exists(own) { try DiskFile.rename(own, to: "\(own).before-restore") }
                try DiskFile.rename(found, to: own)
                try DiskFile.syncFolder(data)
                return []
            }
            if manifest.withSecrets || configuration.encryptionKey != nil || DiskFile.exists(own) { return [] }
            return [
                """
                The archive holds no secrets, and there are none here. Put \(own), or JWT_SECRET and ENCRYPTION_KEY, in place before the server \
                starts: with new ones all channels must be connected again.
                """
            ]
        }
    }

    private func replaceDatabase(by path: String, _ manifest: BackupManifest, _ stamp: String) async throws -> String? {
        if let url = configuration.databaseDirectURL ?? configuration.databaseURL {
            try await PostgresDump.restore(path, to: url, copiedAt: manifest.createdAt)
            return nil
        }
        let own = configuration.databaseFile.path
        // Closing it whole leaves no side files. One that is damaged keeps them, under its new name.
        if DiskFile.exists(own), let old = try? SQLiteDatabase(path: own) { await old.close() }
        return try await DiskFile.onThread {
            let kept = "\(own).before-restore-\(stamp)"
            let existed = DiskFile.exists(own)
            if existed { guard link(own, kept) == 0 else { throw DiskError(number: errno) } }
            // SQLite would take side files of the old database for those of the new one.
            for side in ["-wal", "-shm"] where DiskFile.exists(own + side) { try DiskFile.rename(own + side, to: kept + side) }
            try DiskFile.rename(path, to: own)
            try DiskFile.syncFolder(URL(filePath: own).deletingLastPathComponent().path)
            return existed ? kept : nil
        }
    }
}
