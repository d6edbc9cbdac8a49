import Domain
import Foundation
import Glibc
import Messaging
import Persistence
import Platforms

/// Whether what must be kept can be kept: folders, secrets, the database.
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
        let transport = HTTPTransport(
            settings: TransportSettings(
                userAgent: "Postiz/doctor", connectTimeout: .seconds(3), readTimeout: .seconds(10), deadline: .seconds(15)))
        let found: Diagnosis
        do {
            try await S3Store(settings, http: transport.platform).check()
            found = Diagnosis(subject, .ok, "The bucket \(settings.bucket) at \(settings.host) can be listed; \(use).")
        } catch let error as StoreError {
            found = Diagnosis(subject, .problem, "\(error).", advice: error.advice)
        } catch {
            found = Diagnosis(subject, .problem, "It cannot be asked: \(error).", advice: "Check S3_ENDPOINT.")
        }
        try? await transport.shutdown()  // Nothing is sent any more.
        return found
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

    // MARK: Database

    private static let (oldestSQLite, oldestPostgres) = ([3, 40], [15])
    /// Kept by PostgreSQL for its superusers.
    private static let reservedConnections = 3

    func database() async -> [Diagnosis] {
        let database: any Database
        do {
            if let url = configuration.databaseURL {
                database = try PostgresDatabase(
                    url: url, directURL: configuration.databaseDirectURL, connections: 1, pooler: configuration.databasePooler)
            } else {
                guard FileManager.default.fileExists(atPath: configuration.databaseFile.path) else {
                    return [Diagnosis("database", .ok, "\(configuration.databaseFile.path) will be made when the server first starts.")]
                }
                database = try SQLiteDatabase(path: configuration.databaseFile.path)
            }
        } catch {
            return [unreachable(error)]
        }
        let result: [Diagnosis]
        do {
            let inspection = try await DatabaseInspection.of(database)
            result =
                [engine(inspection), migrations(inspection)] + (try await pooler(before: database))
                + (try await replicas(of: database))
                + (try await looks(into: database, inspection)) + (try await connections(in: database, inspection))
                + (try await pauses(in: database, inspection)) + (try await jobs(in: database, inspection))
                + (await backups(in: database, inspection))
        } catch {
            result = [unreachable(error)]
        }
        await database.close()
        return result
    }

    /// Work that was given up because worker after worker died under it. (The schema may be older than what is asked.)
    private func jobs(in database: any Database, _ inspection: DatabaseInspection) async throws -> [Diagnosis] {
        guard inspection.appliedMigrations.isSuperset(of: schema.map(\.number)) else { return [] }
        return try await DatabaseJobQueue(database: database, time: SystemTime()).troubled(crashes: Worker.mostCrashes, limit: 10).map { job in
            Diagnosis(
                "jobs", .warning,
                "The job '\(job.kind)' (\(job.payload)) ended its worker \(job.crashes) times\(job.error.map { ": \($0)" } ?? ".")",
                advice: "Look into the worker's log, and into the system's for processes killed for want of memory ('dmesg').")
        }
    }

    private func unreachable(_ error: any Error) -> Diagnosis {
        let file = configuration.databaseFile.path
        if case DatabaseError.damaged = error {
            return Diagnosis(
                "database", .problem, "\(file) cannot be used: \(error).",
                advice: "Stop the server, put the file with its -wal and -shm aside, and restore a backup or the copy \(file).before-NUMBER.")
        }
        return Diagnosis(
            "database", .problem, "It cannot be used: \(error).",
            advice: configuration.databaseURL == nil
                ? "Check the permissions of \(file) and its folder, and that no other program has locked it."
                : "Check DATABASE_URL, and that PostgreSQL runs and lets this machine in.")
    }

    private func engine(_ found: DatabaseInspection) -> Diagnosis {
        let name = "\(found.product) \(found.version)"
        if let damage = found.damage {
            return Diagnosis("database", .problem, "\(name): the file is damaged: \(damage)", advice: "Stop the server and restore a backup.")
        }
        return configuration.databaseURL == nil ? sqlite(found, name) : postgres(found, name)
    }

    private func sqlite(_ found: DatabaseInspection, _ name: String) -> Diagnosis {
        guard Self.number(found.version).lexicographicallyPrecedes(Self.oldestSQLite) == false else {
            return Diagnosis("database", .problem, "\(name) is too old.", advice: "Install libsqlite3 3.40 or newer (Debian 12 has it).")
        }
        guard found.settings == ["journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"] else {
            let settings = found.settings.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
            return Diagnosis(
                "database", .problem, "\(name) refuses to be safe: \(settings).",
                advice: "Keep POSTIZ_DATA on a local disk: network file systems cannot do write-ahead logging.")
        }
        return Diagnosis("database", .ok, "\(name), write-ahead log, full synchronisation, foreign keys; the file is sound.")
    }

    private func postgres(_ found: DatabaseInspection, _ name: String) -> Diagnosis {
        if Self.number(found.version).lexicographicallyPrecedes(Self.oldestPostgres) {
            return Diagnosis("database", .problem, "\(name) is too old.", advice: "Use PostgreSQL 15, 16 or 17.")
        }
        if found.settings["server_encoding"] != "UTF8" {
            return Diagnosis(
                "database", .problem, "\(name): the database's encoding is \(found.settings["server_encoding"] ?? "unknown").",
                advice: "Make a database with ENCODING 'UTF8'.")
        }
        if found.settings["fsync"] != "on" || found.settings["full_page_writes"] != "on" {
            return Diagnosis(
                "database", .warning, "\(name) runs with fsync or full_page_writes off: a power failure may lose or damage what was stored.",
                advice: "Set both to on in postgresql.conf.")
        }
        if let most = found.settings["max_connections"].flatMap(Int.init),
            configuration.databaseConnections > most - Self.reservedConnections
        {
            return Diagnosis(
                "database", .warning, "\(name) allows \(most) connections; each process here wants \(configuration.databaseConnections).",
                advice: "Lower DATABASE_CONNECTIONS, or raise max_connections in postgresql.conf.")
        }
        return Diagnosis("database", .ok, "\(name) answers and is durable.")
    }

    /// What only PostgreSQL has: something in front of it, and notifications.
    private func pooler(before database: any Database) async throws -> [Diagnosis] {
        guard let database = database as? PostgresDatabase else { return [] }
        let isPooled = try await database.isBehindPooler()
        guard try await database.hearsItself() else {
            return [
                Diagnosis(
                    "notifications", .warning, "PostgreSQL's notifications do not arrive: what other processes do shows late.",
                    advice:
                        "Set DATABASE_DIRECT_URL to the server itself, past a pooler that pools by transaction; the same database as DATABASE_URL.")
            ]
        }
        guard isPooled, configuration.databasePooler == .session else {
            return [Diagnosis("notifications", .ok, isPooled ? "They arrive. A pooler stands before PostgreSQL." : "They arrive.")]
        }
        return [
            Diagnosis(
                "notifications", .ok, "They arrive. DATABASE_POOLER=session promises that the pooler before PostgreSQL keeps to a session.")
        ]
    }

    /// Channels that a person has to connect again within a week, and the posts that depend on it.
    private func connections(in database: any Database, _ found: DatabaseInspection) async throws -> [Diagnosis] {
        guard found.appliedMigrations == Set(schema.map(\.number)) else { return [] }
        let end = Timestamp.now + ConnectionWarnings.notice
        let ending = try await database.read { transaction in
            try IntegrationRepository.endingEverywhere(until: end, limit: 20, in: transaction).map {
                ($0, try PostsAtRisk(of: $0, in: transaction))
            }
        }
        guard !ending.isEmpty else { return [Diagnosis("connections", .ok, "None ends within a week that does not renew itself.")] }
        return ending.map { channel, risk in
            let name = "\(PlatformRegistry.descriptors.first { $0.id == channel.platform }?.name ?? channel.platform.rawValue) \(channel.displayName)"
            let end =
                channel.needsReconnect
                ? "The connection to \(name) has ended." : "The connection to \(name) ends at \(channel.endsAt.map(\.description) ?? "")."
            let posts = risk.map { " " + $0.sentence(in: .utc, ended: channel.needsReconnect) } ?? ""
            return Diagnosis(
                "connections", .warning, end + posts, advice: "Connect it again in the web interface, under Channels.")
        }
    }

    /// What does not go out because somebody paused it.
    private func pauses(in database: any Database, _ found: DatabaseInspection) async throws -> [Diagnosis] {
        guard found.appliedMigrations == Set(schema.map(\.number)) else { return [] }
        let paused = try await database.read { try PauseRepository.overview(in: $0) }
        let held = paused.held == 0 ? "" : " \(paused.held) due \(paused.held == 1 ? "post waits" : "posts wait")."
        if let since = paused.instance {
            return [Diagnosis("publishing", .warning, "Everything is paused since \(since).\(held)", advice: "'postiz resume' ends it.")]
        }
        guard paused.workspaces + paused.channels > 0 else { return [Diagnosis("publishing", .ok, "Nothing is paused.\(held)")] }
        return [
            Diagnosis(
                "publishing", .warning, "Paused: \(paused.workspaces) of the workspaces, \(paused.channels) of the channels.\(held)",
                advice: "Their members resume them in the web interface, under Channels.")
        ]
    }

    private func backups(in database: any Database, _ found: DatabaseInspection) async -> [Diagnosis] {
        guard found.appliedMigrations.contains(1) else { return [] }
        let health = await BackupHistory(database: database, location: configuration.backupTarget?.location, time: SystemTime()).health()
        if let health, !health.ok {
            return [
                Diagnosis(
                    "backup", .problem, health.message ?? "It failed.",
                    advice: "Mend what it says, then try: postiz backup. See docs/backup-and-restore.md.")
            ]
        }
        guard configuration.backupTarget == nil else { return [Diagnosis("backup", .ok, health?.message ?? "One is made daily.")] }
        return [
            Diagnosis(
                "backup", .warning, (health?.message).map { "None is made daily. \($0)" } ?? "There has never been a backup.",
                advice: "Set BACKUP_FOLDER to a folder on another disk, or BACKUP_S3_BUCKET. See docs/backup-and-restore.md.")
        ]
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

    private static func number(_ version: String) -> [Int] { version.split(separator: ".").compactMap { Int($0) } }

    private func migrations(_ found: DatabaseInspection) -> Diagnosis {
        let known = Set(schema.map(\.number))
        if let newer = found.appliedMigrations.subtracting(known).max() {
            return Diagnosis(
                "schema", .problem, "A newer version of the product has used this database (step \(newer)).",
                advice: "Start that version again, or restore the copy from before it.")
        }
        let missing = known.subtracting(found.appliedMigrations).count
        guard missing == 0 else {
            return Diagnosis(
                "schema", .warning, "\(missing) of \(known.count) steps are still to be applied.",
                advice: "'postiz migrate' applies them, and so does 'postiz serve'.")
        }
        return Diagnosis("schema", .ok, "Up to date (\(known.count) steps).")
    }
}
