import Domain
import Foundation
import Logging
import Metrics
import Persistence
import Platforms

/// What is known of backups that were made.
public struct BackupHistory: Sendable {
    private let database: any Database
    private let location: String?
    private let time: any TimeSource
    /// A day, and one that went wrong.
    private static let longest = Duration.hours(49)

    /// `location`: where one is made daily (`BackupTarget.location`); nil: nowhere.
    public init(database: any Database, location: String?, time: any TimeSource) {
        (self.database, self.location, self.time) = (database, location, time)
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
        guard location != nil else { return good.map { HealthReport.Part(ok: true, message: "The last one is of \($0.at).") } }
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
    private let media: any MediaStore
    private let place: BackupPlace?
    private let configuration: Configuration
    private let version: String
    private let time: any TimeSource
    private let logger: Logger
    private static let pauseAfterFailure = Duration.hours(1)

    /// `http` reaches the bucket of the archives, where there is one.
    public init(
        database: any Database, media: any MediaStore, http: any HTTPSender, configuration: Configuration, version: String, time: any TimeSource,
        logger: Logger
    ) {
        (self.database, self.media, self.configuration, self.version, self.time, self.logger) = (
            database, media, configuration, version, time, logger
        )
        place = configuration.backupTarget?.place(over: http)
    }

    /// Makes one when today's time has come and none was made since. The first is made at once: so one sees that it works. One that failed is
    /// tried again after an hour.
    @discardableResult
    func makeIfDue() async throws -> Backups.Made? {
        guard let place else { return nil }
        let location = place.target.location
        let (last, good) = try await BackupHistory(database: database, location: location, time: time).last()
        if let good, good.at >= lastTurn, good.file.map({ $0.hasPrefix(location + "/") }) ?? false { return nil }
        if let last, last.error != nil, time.now - last.at < Self.pauseAfterFailure { return nil }
        let backups = Backups(database: database, media: media, configuration: configuration, version: version, time: time)
        do {
            let made = try await backups.make(.init(place: place, withSecrets: configuration.backupWithSecrets, keep: configuration.backupsKept))
            logger.notice("backup made", metadata: ["file": "\(made.path)", "bytes": "\(made.bytes)", "members": "\(made.members)"])
            for key in made.missing {
                logger.warning("a file of the library is not in the backup: it is not in the store", metadata: ["file": "\(key)"])
            }
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
