import Domain
import Foundation
import Logging
import Metrics
import Persistence

/// What is known of backups that were made.
public struct BackupHistory: Sendable {
    private let database: any Database
    private let folder: String?
    private let time: any TimeSource
    /// A day, and one that went wrong.
    private static let longest = Duration.hours(49)

    /// `folder`: where one is made daily; nil: nowhere.
    public init(database: any Database, folder: String?, time: any TimeSource) {
        (self.database, self.folder, self.time) = (database, folder, time)
    }

    /// The last one, and the last that succeeded. Throws `DatabaseError`.
    public func last() async throws -> (last: BackupRecord?, good: BackupRecord?) {
        try await database.read { transaction in
            let read = { (name: String) in
                try InstanceRepository.value(name, in: transaction).map { try JSON.decode(BackupRecord.self, from: Data($0.utf8)) }
            }
            return (try read(BackupRecord.name), try read(BackupRecord.goodName))
        }
    }

    /// Nil when none is made daily and none was ever made, or when the database does not answer, which is told elsewhere.
    public func health() async -> HealthReport.Part? {
        guard let (last, good) = try? await last() else { return nil }
        if let last, let error = last.error { return HealthReport.Part(ok: false, message: "The backup of \(last.at) failed: \(error)") }
        guard folder != nil else { return good.map { HealthReport.Part(ok: true, message: "The last one is of \($0.at).") } }
        guard let good else { return HealthReport.Part(ok: true, message: "The first one is still to be made.") }
        let isOld = time.now - good.at > Self.longest
        return HealthReport.Part(
            ok: !isOld, message: "The last one is of \(good.at)." + (isOld ? " Is a process with the roles cron and worker running?" : ""))
    }

    func showFigures() async {
        guard let (last, good) = try? await last() else { return }
        if let last { Gauge(label: "postiz_backup_ok").record(last.error == nil ? 1 : 0) }
        guard let good else { return }
        Gauge(label: "postiz_backup_last_success_timestamp_seconds").record(good.at.milliseconds / 1000)
        Gauge(label: "postiz_backup_last_size_bytes").record(good.bytes ?? 0)
    }
}

/// The backup of every day.
public struct DailyBackup: Sendable {
    private let database: any Database
    private let configuration: Configuration
    private let version: String
    private let time: any TimeSource
    private let logger: Logger
    private static let pauseAfterFailure = Duration.hours(1)

    public init(database: any Database, configuration: Configuration, version: String, time: any TimeSource, logger: Logger) {
        (self.database, self.configuration, self.version, self.time, self.logger) = (database, configuration, version, time, logger)
    }

    /// Makes one when today's time has come and none was made since. The first is made at once: so one sees that it works. One that failed is
    /// tried again after an hour.
    @discardableResult
    public func makeIfDue() async throws -> Backups.Made? {
        guard let folder = configuration.backupFolder else { return nil }
        let (last, good) = try await BackupHistory(database: database, folder: folder, time: time).last()
        if let good, good.at >= lastTurn, good.file.map({ $0.hasPrefix(folder + "/") }) ?? false { return nil }
        if let last, last.error != nil, time.now - last.at < Self.pauseAfterFailure { return nil }
        let backups = Backups(database: database, configuration: configuration, version: version, time: time)
        do {
            let made = try await backups.make(.init(folder: folder, withSecrets: configuration.backupWithSecrets, keep: configuration.backupsKept))
            logger.notice("backup made", metadata: ["file": "\(made.path)", "bytes": "\(made.bytes)", "members": "\(made.members)"])
            if let gap = Backups.gap(in: configuration) { logger.warning("\(gap)") }
            for path in made.rotten { logger.error("a file is not what it was when it was stored", metadata: ["file": "\(path)"]) }
            return made
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            logger.error("the backup failed; it is tried again in an hour", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// The last moment at which it was time for one.
    private var lastTurn: Timestamp {
        let (day, now) = (Int64(86_400_000), time.now.milliseconds)
        let today = now - now % day + Int64(configuration.backupMinute) * 60_000
        return Timestamp(milliseconds: today <= now ? today : today - day)
    }
}
