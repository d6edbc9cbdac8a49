import Domain
import Logging
import Messaging
import Persistence
import Platforms
import ServiceLifecycle

/// The parts that bring posts out, put together for a process's roles.
public struct Publishing: Sendable {
    public let publisher: Publisher
    public let dueScan: DueScan
    public let reconciler: Reconciler
    /// Rung when the schedule changes.
    public let alarm: ScheduleAlarm
    let events: PublishingEvents
    /// What becomes of links.
    let links: LinkPlans
    let database: any Database
    let queue: any JobQueue
    let time: any TimeSource
    let logger: Logger
    let concurrency: Int
    let lease: Duration

    public init(
        database: any Database, queue: any JobQueue, broadcast: any Broadcast = LocalBroadcast(), events: any EventBus,
        time: any TimeSource, platforms: PlatformRegistry, channels: Channels, media: MediaLibrary, configuration: Configuration, logger: Logger
    ) {
        let alarm = ScheduleAlarm(broadcast: broadcast)
        let publishingEvents = PublishingEvents(bus: events, time: time)
        let lease = configuration.publishLease
        links = LinkPlans(database: database, time: time, shortBase: configuration.shortLinkBase)
        publisher = Publisher(
            database: database, time: time, platforms: platforms, channels: channels, media: media, links: links, events: publishingEvents,
            gates: Gates(platforms: platforms, keepsBudgets: configuration.keepsBudgets, retryLimit: configuration.retryLimit),
            retry: RetryPolicy(limit: configuration.retryLimit),
            lateLimit: configuration.latePostLimit, lease: lease, logger: logger)
        dueScan = DueScan(
            database: database, queue: queue, time: time, alarm: alarm, events: publishingEvents, lateLimit: configuration.latePostLimit,
            logger: logger)
        self.events = publishingEvents
        reconciler = Reconciler(database: database, queue: queue, time: time, logger: logger)
        self.alarm = alarm
        self.database = database
        self.queue = queue
        self.time = time
        self.logger = logger
        self.concurrency = configuration.workerConcurrency
        self.lease = lease
    }

    public var worker: Worker {
        let publisher = publisher
        return Worker(kind: Publisher.jobKind, queue: queue, time: time, concurrency: concurrency, lease: lease, logger: logger) { job in
            guard let id = PublicationID(job.payload) else { return .done }
            return try await publisher.giveUp(id)
        } work: { job in
            guard let id = PublicationID(job.payload) else { return .done }
            return try await publisher.run(id)
        }
    }

    /// Forgets what was noted of platforms and is over.
    func removeOldGates() async throws {
        let limit = time.now - .days(2)
        try await database.write { try GateRepository.removeOld(before: limit, in: $0) }
    }

    /// Takes back what workers held that are known to be dead, so that it continues at once instead of after its lease.
    public func releaseOrphans() async throws {
        let now = time.now
        try await database.write { try PublishingRepository.releaseOrphans(now: now, in: $0) }
        try await queue.releaseOrphans()
        try await reconciler.reconcile()
    }
}
