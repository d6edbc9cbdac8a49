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
    private let time: any TimeSource

    public init(configuration: Configuration, time: any TimeSource = SystemTime()) {
        (self.configuration, self.time) = (configuration, time)
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
            try await DiskFile.onThread {
                try DiskFile.makeFolder(targets.folder)
                try DiskFile.makeFolder(targets.uploads)
            }
            let finding = try await BackupArchive.unpack(path, passphrase: configuration.backupPassphrase, to: targets)
            try await requireFitting(finding.manifest)
            let database = "\(targets.folder)/\(BackupManifest.Member.database(finding.manifest.database))"
            if finding.manifest.database == .sqlite { try await Self.requireSound(database, targets.folder) }
            let files = try await DiskFile.onThread { try Self.place(targets.uploads, in: uploads) }
            let notices = try await secrets(from: targets.folder, finding.manifest)
            let before = try await replaceDatabase(by: database, finding.manifest, stamp)
            try await clean()
            return Done(manifest: finding.manifest, files: files, before: before, notices: notices)
        } catch {
            // What cannot be removed is in nobody's way: the error is what counts.
            try? await clean()
            throw (error as? DiskError).map { BackupProblem("The archive could not be restored: \($0.words). The database is as it was.") } ?? error
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

    /// A file is named after its bytes, so one that is there already is the same.
    private static func place(_ source: String, in uploads: String) throws -> Int {
        var count = 0
        for folder in try FileManager.default.contentsOfDirectory(atPath: source) {
            try DiskFile.makeFolder("\(uploads)/\(folder)")
            for file in try FileManager.default.contentsOfDirectory(atPath: "\(source)/\(folder)") {
                try DiskFile.rename("\(source)/\(folder)/\(file)", to: "\(uploads)/\(folder)/\(file)")
                count += 1
            }
            try DiskFile.syncFolder("\(uploads)/\(folder)")
        }
        return count
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
