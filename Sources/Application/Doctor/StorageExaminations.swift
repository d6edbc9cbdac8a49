import Domain
import Foundation
import Glibc
import Messaging
import Persistence
import Platforms

/// Whether what must be kept can be kept: folders, files, secrets; Redis, too. `DatabaseExaminations.swift` has the database.
struct StorageExaminations: Sendable {
    let configuration: Configuration

    init(_ configuration: Configuration) { self.configuration = configuration }

    // MARK: Folders

    func folders() -> [Diagnosis] {
        let data = folder("data folder", configuration.dataFolder, setting: "POSTIZ_DATA")
        let inside = configuration.uploadDirectory.path.hasPrefix(configuration.dataFolder.path)
        return inside ? [data] : [data, folder("uploads", configuration.uploadDirectory, setting: "UPLOAD_DIRECTORY")]
    }

    private func folder(_ subject: String, _ folder: URL, setting: String) -> Diagnosis {
        let place = Self.nearest(to: folder)
        guard Self.isFolder(place), access(place, W_OK | X_OK) == 0 else {
            return Diagnosis(
                subject, .problem, "\(place) cannot be written.",
                advice: "Give the folder to the user that runs postiz (chown), or set \(setting) to another one.")
        }
        guard let space = DiskSpace(at: place) else {
            return Diagnosis(subject, .warning, "The free space of \(place) is not known.", advice: "Look at 'df \(place)'.")
        }
        let free = Self.words(space.free)
        let state = place == folder.path ? "\(folder.path) can be written, \(free) free." : "\(folder.path) will be made, \(free) free."
        if space.isFull { return Diagnosis(subject, .problem, state, advice: "Make room: nothing can be stored on a full disk.") }
        if space.isScarce { return Diagnosis(subject, .warning, state, advice: "Make room before uploads fill the disk.") }
        return Diagnosis(subject, .ok, state)
    }

    // MARK: Files

    /// The S3 stores of files and of archives, where they are set.
    func files() async -> [Diagnosis] {
        var found: [Diagnosis] = []
        if let settings = configuration.s3 {
            let use = configuration.storageProvider == .s3 ? "files are kept there" : "STORAGE_PROVIDER is local: new files go to the disk"
            found.append(await Self.bucket("S3 store", settings, use))
        }
        if let settings = configuration.backupTarget?.bucket {
            found.append(await Self.bucket("S3 store of backups", settings, "archives are kept there"))
        }
        return found
    }

    private static func bucket(_ subject: String, _ settings: S3Settings, _ use: String) async -> Diagnosis {
        let patience = TransportSettings(
            userAgent: "Postiz/doctor", connectTimeout: .seconds(3), readTimeout: .seconds(10), deadline: .seconds(15))
        do {
            try await HTTPTransport.briefly(patience) { try await S3Store(settings, http: $0.platform).check() }
            return Diagnosis(subject, .ok, "The bucket \(settings.bucket) at \(settings.host) can be listed; \(use).")
        } catch let error as StoreError {
            return Diagnosis(subject, .problem, "\(error).", advice: error.advice)
        } catch {
            return Diagnosis(subject, .problem, "It cannot be asked: \(error).", advice: "Check S3_ENDPOINT.")
        }
    }

    /// The folder, or what exists of the way to it: what is missing is made when the server starts.
    static func nearest(to folder: URL) -> String {
        var url = folder.standardizedFileURL
        while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
        return url.path
    }

    private static func isFolder(_ path: String) -> Bool {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType == .typeDirectory  // No attributes: no folder.
    }

    private static func words(_ bytes: Int) -> String { bytes.formatted(.byteCount(style: .file).locale(Locale(identifier: "en_US"))) }

    // MARK: Secrets

    func secrets() -> [Diagnosis] {
        if configuration.jwtSecret != nil, configuration.encryptionKey != nil {
            return [Diagnosis("secrets", .ok, "JWT_SECRET and ENCRYPTION_KEY are set.")]
        }
        let path = configuration.dataFolder.appendingPathComponent(Secrets.fileName).path
        var state = stat()
        guard stat(path, &state) == 0 else {
            let exists = FileManager.default.fileExists(atPath: configuration.databaseFile.path) || configuration.databaseURL != nil
            return [
                exists
                    ? Diagnosis(
                        "secrets", .warning, "\(path) is missing, and a database is there.",
                        advice: "Restore the file from a backup: with new secrets all channels must be connected again.")
                    : Diagnosis("secrets", .ok, "\(path) will be made when the server first starts.")
            ]
        }
        guard access(path, R_OK) == 0 else {
            return [Diagnosis("secrets", .problem, "\(path) cannot be read.", advice: "Give it to the user that runs postiz: chown, chmod 600.")]
        }
        guard state.st_mode & 0o077 == 0 else {
            return [Diagnosis("secrets", .problem, "\(path) can be read by others on this machine.", advice: "chmod 600 \(path)")]
        }
        return [Diagnosis("secrets", .ok, "\(path) can be read by its owner alone. Keep a copy of it.")]
    }

    // MARK: File systems

    func fileSystems() -> [Diagnosis] {
        Self.fileSystems(
            data: FileSystem(at: Self.nearest(to: configuration.dataFolder)),
            uploads: FileSystem(at: Self.nearest(to: configuration.uploadDirectory)),
            holdsDatabase: configuration.databaseURL == nil, holdsUploads: configuration.storageProvider == .local)
    }

    static func fileSystems(data: FileSystem?, uploads: FileSystem?, holdsDatabase: Bool, holdsUploads: Bool) -> [Diagnosis] {
        guard let data else { return [] }
        let what = holdsDatabase ? "the database" : "secrets.json"
        let move = "Set POSTIZ_DATA to a folder on a disk of this machine, or, in a container, on a volume."
        let found: Diagnosis? =
            switch data.fitness {
            case .network where holdsDatabase:
                Diagnosis(
                    "file system", .problem, "The database is on \(data.name), a network file system: it can be damaged, and lose what was written.",
                    advice: "\(move) Several machines share a PostgreSQL server: docs/scaling-out.md.")
            case .shared where holdsDatabase:
                Diagnosis(
                    "file system", .warning,
                    "The database is on \(data.name), a folder of another system: whether it keeps what was written is not known.",
                    advice: move)
            case .memory:
                Diagnosis("file system", .warning, "\(data.name) is in memory: \(what) is gone when the machine or container stops.", advice: move)
            case .layer:
                Diagnosis("file system", .warning, "\(data.name) goes with the container: \(what) is gone when that is replaced.", advice: move)
            case .network, .shared, .fit: nil
            }
        var diagnoses = [found ?? Diagnosis("file system", .ok, "\(data.name).")]
        if holdsUploads, let uploads, uploads != data, [.memory, .layer].contains(uploads.fitness) {
            diagnoses.append(
                Diagnosis(
                    "file system", .warning, "Uploads are on \(uploads.name): they are gone when the machine or container stops.",
                    advice: "Set UPLOAD_DIRECTORY to a folder on a disk, or, in a container, on a volume."))
        }
        return diagnoses
    }

    // MARK: Redis

    func redis() async -> [Diagnosis] {
        guard let address = configuration.redis else { return [] }
        let found: RedisInspection
        do {
            found = try await RedisInspection.of(address, authorities: configuration.redisAuthorities)
        } catch {
            let advice = if case RedisError.refused(let refusal) = error { refusal.advice } else { "Check REDIS_URL, and that Redis runs." }
            return [Diagnosis("redis", .problem, "\(address.description) cannot be used: \(error)", advice: advice)]
        }
        let name = "\(found.product) \(found.version)"
        if found.isTooOld { return [Diagnosis("redis", .problem, "\(name) is too old.", advice: "Use Redis 6.2 or newer, or Valkey.")] }
        if let warning = found.warning {
            return [Diagnosis("redis", .warning, "\(name): \(warning)", advice: "maxmemory-policy noeviction in redis.conf.")]
        }
        return [Diagnosis("redis", .ok, (["\(name) answers PING."] + found.remarks).joined(separator: " "))]
    }
}
