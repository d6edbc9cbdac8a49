import Domain
import Foundation
import Persistence
import Platforms

/// What only a look into the database tells. Each look wants the schema as this version has it.
extension StorageExaminations {
    func looks(into database: any Database, _ found: DatabaseInspection) async throws -> [Diagnosis] {
        guard found.appliedMigrations == Set(schema.map(\.number)) else { return [] }
        return try await clock(of: database) + queue(in: database) + keys(of: database)
    }

    /// Of processes on several machines each has a clock of its own; that of their database stands between them.
    private func clock(of database: any Database) async throws -> [Diagnosis] {
        guard database.dialect == .postgres else { return [] }
        let before = Timestamp.now
        let theirs = try await database.read { transaction in
            try transaction.query("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now")[0].time("now")
        }
        return [Self.compared(theirs, with: before + .milliseconds((Timestamp.now - before).milliseconds / 2))]
    }

    static func compared(_ theirs: Timestamp, with ours: Timestamp) -> Diagnosis {
        let difference = PlatformClock.Difference(name: "PostgreSQL", seconds: (ours - theirs).milliseconds / 1000)
        // On the way to a database no seconds pass: what differs by two is wrong.
        guard abs(difference.seconds) >= 2 else { return Diagnosis("clock", .ok, "As the database has it.") }
        return Diagnosis(
            "clock", difference.isGrave ? .problem : .warning, difference.words,
            advice: "Let the clocks of both machines be set from the network: 'timedatectl set-ntp true', or install chrony.")
    }

    /// Each server of `DATABASE_READ_URL`, as it is this moment.
    func replicas(of database: any Database) async throws -> [Diagnosis] {
        guard let database = database as? PostgresDatabase, let replicas = try ReplicaWatch.replicas(configuration) else { return [] }
        _ = await replicas.look(beside: database, at: .now)
        let findings = replicas.findings
        await replicas.close()
        return findings.map { finding in
            if let fault = finding.fault {
                return Diagnosis(
                    "replicas", .warning, "\(finding.name) is not used: \(fault).",
                    advice: "Mend it, or take it out of DATABASE_READ_URL. Meanwhile DATABASE_URL answers everything.")
            }
            return finding.isUsed
                ? Diagnosis("replicas", .ok, "\(finding.name) has everything and is used.")
                : Diagnosis("replicas", .ok, "\(finding.name) is behind this moment, and used again when it has caught up.")
        }
    }

    private func queue(in database: any Database) async throws -> [Diagnosis] {
        let now = Timestamp.now
        let (oldest, buried, noted, isPaused) = try await database.read { transaction in
            (
                try PublishingRepository.oldestWaiting(in: transaction),
                try transaction.query("SELECT COUNT(*) AS number FROM jobs WHERE buried_at IS NOT NULL")[0].int("number"),
                try OverdueRepository.noted(in: transaction), try PauseRepository.instance(in: transaction) != nil
            )
        }
        let late = oldest.map { (now - $0).milliseconds / 1000 } ?? 0
        if late >= 60, !isPaused {
            return [
                Diagnosis(
                    "queue", .problem, "The oldest due post waits for \(late) seconds\(noted.map { ", noticed \($0)" } ?? "").",
                    advice: "Run a process with the roles cron and worker (POSTIZ_APPS); 'postiz health' tells whether one that runs is well.")
            ]
        }
        guard buried == 0 else {
            return [
                Diagnosis(
                    "queue", .warning, "\(buried) \(buried == 1 ? "job was" : "jobs were") given up after many tries.",
                    advice: "Look for them in the log (level error); a post that did not go out says why on its page.")
            ]
        }
        return [Diagnosis("queue", .ok, "Nothing that is due waits.")]
    }

    private func keys(of database: any Database) async throws -> [Diagnosis] {
        let file = configuration.dataFolder.appendingPathComponent(Secrets.fileName)
        // Reading the secrets would make those that are missing.
        guard configuration.jwtSecret != nil && configuration.encryptionKey != nil || FileManager.default.isReadableFile(atPath: file.path),
            let secrets = try? Secrets.loadOrCreate(for: configuration).secrets  // Unreadable ones have their own diagnosis.
        else { return [] }
        let state = try await KeyRotation(database: database, secrets: secrets, time: SystemTime()).state()
        if let first = state.unreadable.first {
            let others = state.unreadable.count == 1 ? "" : ", and \(state.unreadable.count - 1) more"
            return [
                Diagnosis(
                    "keys", .problem, "Some of what is encrypted cannot be decrypted: \(first.what)\(others).",
                    advice:
                        "Put the key that it was stored with into OLD_ENCRYPTION_KEYS, and restart. 'postiz keys status' names all. \(first.advice)")
            ]
        }
        if state.outdated > 0 {
            return [
                Diagnosis(
                    "keys", .warning, "\(state.outdated) of \(state.values) secrets are still encrypted with an old key.",
                    advice: "'postiz keys rotate' goes on with them.")
            ]
        }
        guard state.keys.count == 1 else {
            return [Diagnosis("keys", .ok, "All secrets are encrypted with the current key. 'postiz keys retire' ends the old one.")]
        }
        return [Diagnosis("keys", .ok, "All \(state.values) secrets can be decrypted.")]
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
}
