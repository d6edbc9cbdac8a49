import Domain
import Foundation
import Messaging
import Metrics
import Persistence
import Platforms

/// Looks whether everything the product needs works.
public struct HealthCheck: Sendable {
    let database: any Database
    let queue: any JobQueue
    let time: any TimeSource
    let dataFolder: URL
    let uploadDirectory: URL
    let provider: MediaStores.Provider
    /// What is known of the store of files.
    public let store: StoreHealth
    public let version: String
    let clock: PlatformClock
    /// How backups went; nil where nobody makes any.
    public let backups: BackupHistory?
    let redis: RedisClient?
    /// What is seen of the proxy in front.
    public let proxies = ProxyWatch()

    public init(
        database: any Database, queue: any JobQueue, time: any TimeSource, dataFolder: URL, uploadDirectory: URL, stores: MediaStores? = nil,
        version: String, clock: PlatformClock = PlatformClock(), backups: BackupHistory? = nil, redis: RedisClient? = nil
    ) {
        self.database = database
        self.queue = queue
        self.time = time
        self.dataFolder = dataFolder
        self.uploadDirectory = uploadDirectory
        let stores = stores ?? MediaStores(provider: .local, folder: FolderStore(path: uploadDirectory.path), s3: nil)
        provider = stores.provider
        store = StoreHealth(stores.current)
        self.version = version
        self.clock = clock
        self.backups = backups
        self.redis = redis
    }

    public func report() async -> HealthReport {
        let (database, queue, storage, clock) = (await databaseHealth(), await queueHealth(), self.storage, clockHealth)
        let (publishing, backup, redis) = (await publishingHealth(), await backups?.health(), await redisHealth())
        let replicas = replicaHealth
        let parts = [replicas?.ok, queue.ok, publishing?.ok, storage.ok, clock.ok, backup?.ok, redis?.ok]
        let isWhole = parts.allSatisfy { $0 != false }
        return HealthReport(
            status: !database.ok ? .down : isWhole ? .ok : .degraded, version: version, time: time.now, database: database,
            replicas: replicas, queue: queue, publishing: publishing, redis: redis, storage: storage, clock: clock,
            timeZones: HealthReport.TimeZones(.inForce), proxy: proxy, backup: backup)
    }

    private var proxy: HealthReport.Part? {
        switch proxies.last {
        case .none: nil
        case .good: HealthReport.Part(ok: true, message: nil)
        case .faulty(let fault): HealthReport.Part(ok: false, message: "\(fault.finding) \(fault.advice)")
        }
    }

    private func databaseHealth() async -> HealthReport.Part {
        do {
            try await database.ping()
            return HealthReport.Part(ok: true, message: nil)
        } catch {
            return HealthReport.Part(ok: false, message: "The database does not answer.")
        }
    }

    /// Replicas that are not used for longer than a moment. What they would tell is read from the primary then.
    private var replicaHealth: HealthReport.Part? {
        guard let replicas = (database as? PostgresDatabase)?.replicas else { return nil }
        let findings = replicas.findings
        let faults = findings.enumerated().compactMap { place, finding in
            finding.publicFault.map { "Replica \(place + 1) of \(findings.count) is not used: \($0)." }
        }
        return HealthReport.Part(ok: faults.isEmpty, message: faults.isEmpty ? nil : faults.joined(separator: " "))
    }

    private func queueHealth() async -> HealthReport.Queue {
        do {
            let counts = try await queue.counts()
            let oldest = try await database.read { try PublishingRepository.oldestWaiting(in: $0) }
            let late = oldest.map { max(0, Int((time.now - $0).components.seconds)) } ?? 0
            return HealthReport.Queue(
                ok: late < 60, message: late < 60 ? nil : "The oldest due post waits for \(late) seconds: is a worker running?",
                ready: counts.ready, running: counts.running, buried: counts.buried, oldestDueSeconds: late)
        } catch {
            return HealthReport.Queue(ok: false, message: "The queue does not answer.", ready: 0, running: 0, buried: 0, oldestDueSeconds: 0)
        }
    }

    /// A pause is a person's wish, so nothing is wrong with it; that it lasts is said. Nil where the database does not answer.
    private func publishingHealth() async -> HealthReport.Part? {
        let states = try? await database.read { transaction in  // Its own part says that the database does not answer.
            (stuck: try OverdueRepository.noted(in: transaction), paused: try PauseRepository.instance(in: transaction))
        }
        guard let states else { return nil }
        if let since = states.stuck {
            return HealthReport.Part(
                ok: false, message: "Due posts do not go out, noticed \(since): no worker or cron runs, or there is more than they can do.")
        }
        let words = states.paused.map { "Publishing is paused since \($0): what becomes due waits. 'postiz resume' ends it." }
        return HealthReport.Part(ok: true, message: words)
    }

    /// False while due posts do not go out.
    public func publishes() async throws -> Bool { try await database.read { try OverdueRepository.noted(in: $0) } == nil }

    /// For the figures: how many jobs there are.
    func showQueue() async {
        let queue = await queueHealth()
        for (state, count) in [("ready", queue.ready), ("running", queue.running), ("buried", queue.buried)] {
            Gauge(label: "postiz_queue_jobs", dimensions: [("state", state)]).record(count)
        }
    }

    private func redisHealth() async -> HealthReport.Part? {
        guard let redis else { return nil }
        let complaint = await redis.complaint()
        return HealthReport.Part(ok: complaint == nil, message: complaint)
    }

    /// Whether our clock is near enough to those of the platforms that answered lately.
    private var clockHealth: HealthReport.Part {
        guard let difference = clock.difference, difference.isNotable else { return HealthReport.Part(ok: true, message: nil) }
        return HealthReport.Part(ok: !difference.isGrave, message: "\(difference.words) Set it right (NTP).")
    }

    /// Whether there is room for what is to be stored.
    public var storage: HealthReport.Storage {
        HealthReport.Storage(ok: storageProblem == nil, message: storageProblem, provider: provider)
    }

    private var storageProblem: String? {
        guard FileManager.default.isWritableFile(atPath: uploadDirectory.path) else { return "The upload folder cannot be written." }
        if database.isFull { return "The database refuses to store anything: its disk is full. Make room." }
        let scarce = folders.filter { $0.space.isFull }.map { "\($0.space.free / 1_000_000) MB left on the disk of the \($0.name)" }
        if !scarce.isEmpty { return "The disk is full, or nearly so: \(scarce.joined(separator: ", ")). Make room." }
        return store.problem
    }

    /// The folders in which things are stored, and the room on their disks, where the system tells it.
    var folders: [(name: String, space: DiskSpace)] {
        [("data folder", dataFolder), ("upload folder", uploadDirectory)].compactMap { name, folder in
            DiskSpace(at: folder.path).map { (name, $0) }
        }
    }
}

/// How the instance is.
public struct HealthReport: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable, CaseIterable { case ok, degraded, down }

    public struct Part: Codable, Sendable, Equatable {
        public let ok: Bool
        public let message: String?
    }

    public struct Storage: Codable, Sendable, Equatable {
        public let ok: Bool
        public let message: String?
        /// Where new files go; earlier versions do not say it.
        public let provider: MediaStores.Provider?
    }

    public struct Queue: Codable, Sendable, Equatable {
        public let ok: Bool
        public let message: String?
        public let ready: Int
        public let running: Int
        public let buried: Int
        /// How late the oldest due post is, in seconds.
        public let oldestDueSeconds: Int
    }

    /// Which rules times are read and shown by.
    public struct TimeZones: Codable, Sendable, Equatable {
        /// The edition of the IANA database, such as `2026f`; empty when the files do not tell.
        public let version: String
        /// The folder it was read from.
        public let source: String

        public init(_ data: ZoneData) { (version, source) = (data.version, data.source) }
    }

    public let status: Status
    public let version: String
    public let time: Timestamp
    public let database: Part
    /// Whether the replicas of the database are used; absent where `DATABASE_READ_URL` is not set. Without them work goes on, from the primary.
    public let replicas: Part?
    public let queue: Queue
    /// Whether what is due goes out; absent where that is not known.
    public let publishing: Part?
    /// Whether Redis does its part; absent where `REDIS_URL` is not set. Without it work goes on, from the database.
    public let redis: Part?
    public let storage: Storage
    /// This machine's clock beside those of the platforms that answered within the hour.
    public let clock: Part
    public let timeZones: TimeZones
    /// What requests show of the proxy in front of this process; absent until one came through it, and where `MAIN_URL` is not https.
    public let proxy: Part?
    /// The last backup; absent until there is one, where none is made daily.
    public let backup: Part?
}
