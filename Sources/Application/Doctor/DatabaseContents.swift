import Domain
import Foundation
import Messaging
import Persistence
import Platforms

/// What only a look into the database tells. Each look wants the schema as this version has it.
extension StorageExaminations {
    func looks(into database: any Database, _ found: DatabaseInspection) async throws -> [Diagnosis] {
        guard found.appliedMigrations == Set(schema.map(\.number)) else { return [] }
        return try await clock(of: database) + queue(in: database) + keys(of: database) + connections(in: database) + pauses(in: database)
    }

    /// Of processes on several machines each has a clock of its own; that of their database stands between them.
    private func clock(of database: any Database) async throws -> [Diagnosis] {
        let before = Timestamp.now
        guard let theirs = try await DatabaseInspection.clock(of: database) else { return [] }
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
        let (oldest, noted, isPaused) = try await database.read { transaction in
            (
                try PublishingRepository.oldestWaiting(in: transaction), try OverdueRepository.noted(in: transaction),
                try PauseRepository.instance(in: transaction) != nil
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
        let buried = try await DatabaseJobQueue(database: database, time: SystemTime()).counts().buried
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

    /// Channels that a person has to connect again within a week, and the posts that depend on it.
    private func connections(in database: any Database) async throws -> [Diagnosis] {
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
    private func pauses(in database: any Database) async throws -> [Diagnosis] {
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

    /// Work that was given up because worker after worker died under it. (The schema may be older than what is asked.)
    func jobs(in database: any Database, _ inspection: DatabaseInspection) async throws -> [Diagnosis] {
        guard inspection.appliedMigrations.isSuperset(of: schema.map(\.number)) else { return [] }
        return try await DatabaseJobQueue(database: database, time: SystemTime()).troubled(crashes: Worker.mostCrashes, limit: 10).map { job in
            Diagnosis(
                "jobs", .warning,
                "The job '\(job.kind)' (\(job.payload)) ended its worker \(job.crashes) times\(job.error.map { ": \($0)" } ?? ".")",
                advice: "Look into the worker's log, and into the system's for processes killed for want of memory ('dmesg').")
        }
    }

    func backups(in database: any Database, _ found: DatabaseInspection) async -> [Diagnosis] {
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
}
