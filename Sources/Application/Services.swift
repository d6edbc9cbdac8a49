import Domain
import Logging
import Messaging
import NIOPosix
import Persistence
import Platforms

/// Everything the product can do, ready to be called by a face. Made once, by the executable or by a test, and shared: a copy of all this would be
/// hundreds of references to count, wherever a face hands it on.
public final class Services: Sendable {
    public let configuration: Configuration
    public let database: any Database
    public let platforms: PlatformRegistry
    public let queue: any JobQueue
    public let broadcast: any Broadcast
    /// Nil when `REDIS_URL` is not set.
    public let redis: RedisClient?
    public let events: any EventBus
    public let rates: any RateLimiter
    public let time: any TimeSource
    public let logger: Logger
    /// Authenticates what is given to assistants to be brought back.
    public let assistantSecret: [UInt8]

    public let accounts: Accounts
    public let openID: OpenIDSignIn
    public let deletions: AccountDeletions
    public let personalArchive: PersonalArchive
    public let team: Team
    public let keys: APIKeys
    public let rotation: KeyRotation
    public let authorization: Authorization
    public let channels: Channels
    public let platformKeys: PlatformKeys
    public let warnings: ConnectionWarnings
    public let posts: Posts
    public let media: MediaLibrary
    public let trash: Trash
    public let feeds: CalendarFeeds
    public let sources: FeedSources
    public let plugs: Plugs
    public let evergreen: Evergreen
    public let ai: AIHelp
    public let linkRules: LinkRules
    public let shortLinks: ShortLinks
    public let templates: PostTemplates
    public let signatures: Signatures
    public let hashtags: HashtagGroups
    public let views: SavedViews
    public let imports: PostImports
    public let moving: PostizImport
    public let incoming: IncomingWebhooks
    public let stores: MediaStores
    public let analytics: Analytics
    public let mail: Mail
    public let failureMails: FailureMails
    public let reviewMails: ReviewMails
    public let comments: PostComments
    public let portalLinks: PortalLinks
    public let portal: Portal
    public let mailedReviews: MailedReviews
    public let weeklyMails: WeeklyMails
    public let unsubscribing: Unsubscribing
    public let news: News
    public let audit: AuditLog
    public let health: HealthCheck
    public let doctor: Doctor
    public let backups: DailyBackup
    public let idempotency: IdempotencyStore
    public let assistants: AssistantSessions
    public let publishing: Publishing
    public let pausing: Pausing
    public let preflight: Preflight
    public let replanning: Replanning
    public let workspace: Workspaces
    public let approvalRules: ApprovalRules
    public let eventLog: EventLog
    public let webhooks: Webhooks
    public let toolCalls: ToolCalls
    public let connectionCheck: ConnectionCheck

    /// Puts the capabilities together over a migrated database, and Redis where there is one. `bcryptCost` is for tests, which have no time for
    /// 12. `speaker` says mails in their readers' languages.
    public init(
        configuration: Configuration, secrets: Secrets, database: any Database, redis: RedisClient? = nil, time: any TimeSource = SystemTime(),
        speaker: Speaker = .plain, logger: Logger, version: String, bcryptCost: Int = 12
    ) {
        let box = secrets.box
        let carriers = Carriers(over: database, redis, of: secrets.installation, time: time, logger: logger)
        let (broadcast, queue, rates) = (carriers.broadcast, carriers.queue, carriers.rates)
        let eventLog = EventLog(database: database, queue: queue, time: time, logger: logger)
        let events = RecordingEventBus(base: BroadcastEventBus(broadcast: broadcast, logger: logger), log: eventLog)
        let audit = AuditLog(database: database, time: time)
        let platformConfiguration = configuration.platformConfiguration(version: version)
        let platforms = PlatformRegistry(
            configuration: platformConfiguration,
            appStore: DatabasePlatformAppStore(database: database, secrets: box, time: time), time: time)
        let reviewLinks = ReviewLinks(mainURL: configuration.mainURL, secrets: secrets)
        let links = UnsubscribeLinks(mainURL: configuration.mainURL, secrets: secrets)
        let mail = Mail(
            server: configuration.smtp, database: database, secrets: box, speaker: speaker, links: links, time: time, logger: logger)
        let channels = Channels(
            mainURL: configuration.mainURL, database: database, platforms: platforms, hidden: configuration.hiddenPlatforms, secrets: box,
            audit: audit, events: events, time: time, lateLimit: configuration.latePostLimit)
        let stores = MediaStores(configuration, over: platforms.trusted) {
            try await database.write { try InstanceRepository.installation(in: $0) }
        }
        let media = MediaLibrary(
            directory: configuration.uploadDirectory, store: stores.current, maximumBytes: configuration.maxUploadBytes, database: database,
            queue: queue,
            guarded: platforms.guarded, events: events, time: time,
            publicFiles: PublicFiles(mainURL: configuration.mainURL, secrets: box, time: time))
        let publishing = Publishing(
            database: database, queue: queue, broadcast: broadcast, events: events, time: time, platforms: platforms, channels: channels,
            media: media, configuration: configuration, logger: logger)
        let posts = Posts(
            database: database, queue: queue, events: events, time: time, platforms: platforms, channels: channels, media: media,
            alarm: publishing.alarm, mainURL: configuration.mainURL.absoluteString, links: publishing.links)
        let analytics = Analytics(database: database, channels: channels, platforms: platforms, time: time)
        let keys = APIKeys(database: database, time: time, audit: audit)
        let accounts = Accounts(
            database: database, time: time, rates: rates, passwords: PasswordHasher(cost: bcryptCost, threads: .postizPasswords),
            secrets: secrets, audit: audit, events: events, mail: mail, mainURL: configuration.mainURL,
            registrationDisabled: configuration.registrationDisabled, requiresActivation: configuration.requiresActivation)
        self.configuration = configuration
        self.database = database
        self.platforms = platforms
        self.queue = queue
        self.broadcast = broadcast
        self.redis = redis
        self.events = events
        self.rates = rates
        self.time = time
        self.logger = logger
        self.assistantSecret = secrets.assistants
        self.accounts = accounts
        self.openID = OpenIDSignIn(providers: configuration.openIDProviders, accounts: accounts, http: platforms.guarded, logger: logger)
        self.deletions = AccountDeletions(
            accounts: accounts, media: media, channels: channels, delay: configuration.accountDeletionDelay, mainURL: configuration.mainURL,
            logger: logger)
        self.personalArchive = PersonalArchive(accounts: accounts, posts: posts, media: media)
        self.team = Team(
            database: database, accounts: accounts, audit: audit, events: events, mail: mail, mainURL: configuration.mainURL, time: time)
        self.keys = keys
        self.rotation = KeyRotation(database: database, secrets: secrets, time: time)
        self.authorization = Authorization(
            mainURL: configuration.mainURL, database: database, time: time, rates: rates, audit: audit, guarded: platforms.guarded)
        self.channels = channels
        self.platformKeys = PlatformKeys(base: platformConfiguration, channels: channels, secrets: box)
        self.warnings = ConnectionWarnings(mainURL: configuration.mainURL, database: database, channels: channels, mail: mail, time: time)
        self.posts = posts
        self.media = media
        self.trash = Trash(database: database, channels: channels, media: media, audit: audit, time: time, keeps: configuration.trashKept)
        self.feeds = CalendarFeeds(mainURL: configuration.mainURL, database: database, audit: audit, time: time)
        self.sources = FeedSources(
            database: database, posts: posts, media: media, fetching: FeedFetching(guarded: platforms.guarded, time: time), audit: audit,
            time: time)
        self.plugs = Plugs(database: database, posts: posts, platforms: platforms, audit: audit, time: time)
        self.evergreen = Evergreen(database: database, posts: posts, audit: audit, time: time)
        self.ai = AIHelp(
            settings: configuration.ai, http: platforms.trusted, database: database, posts: posts, media: media, audit: audit, time: time)
        self.linkRules = LinkRules(database: database, plans: publishing.links, platforms: platforms, audit: audit, time: time)
        self.shortLinks = ShortLinks(database: database, shortBase: configuration.shortLinkBase, rates: rates, time: time, logger: logger)
        self.templates = PostTemplates(database: database, audit: audit, time: time)
        self.signatures = Signatures(database: database, audit: audit, time: time)
        self.hashtags = HashtagGroups(database: database, audit: audit, time: time)
        self.views = SavedViews(database: database, channels: channels, posts: posts, audit: audit, time: time)
        self.imports = PostImports(database: database, posts: posts, media: media, audit: audit, time: time)
        self.moving = PostizImport(
            database: database, platforms: platforms, vault: channels.vault, media: media, audit: audit, time: time, http: platforms.trusted,
            folder: configuration.dataFolder)
        self.incoming = IncomingWebhooks(
            mainURL: configuration.mainURL, database: database, posts: posts, rates: rates, audit: audit, time: time)
        self.stores = stores
        self.analytics = analytics
        self.mail = mail
        self.failureMails = FailureMails(mainURL: configuration.mainURL, database: database, platforms: platforms, mail: mail, time: time)
        self.reviewMails = ReviewMails(mainURL: configuration.mainURL, database: database, mail: mail, links: reviewLinks, time: time)
        self.comments = PostComments(
            database: database, events: publishing.events, audit: audit, mail: mail, mainURL: configuration.mainURL, time: time)
        self.portalLinks = PortalLinks(mainURL: configuration.mainURL, database: database, audit: audit, time: time)
        self.portal = Portal(
            database: database, posts: posts, media: media, comments: comments, audit: audit, rates: rates, secrets: secrets, time: time)
        self.mailedReviews = MailedReviews(
            links: reviewLinks, database: database, posts: posts, media: media, throttle: accounts.throttle, time: time)
        self.weeklyMails = WeeklyMails(mainURL: configuration.mainURL, database: database, analytics: analytics, mail: mail, time: time)
        self.unsubscribing = Unsubscribing(links: links, database: database, audit: audit)
        self.news = News(database: database, log: eventLog, time: time)
        self.audit = audit
        self.health = HealthCheck(
            database: database, queue: queue, time: time, dataFolder: configuration.dataFolder,
            uploadDirectory: configuration.uploadDirectory, stores: stores, version: version, clock: platforms.clock,
            backups: BackupHistory(database: database, location: configuration.backupTarget?.location, time: time), redis: redis)
        self.doctor = Doctor(version: version, configuration: configuration)
        self.backups = DailyBackup(
            database: database, media: stores.current, http: platforms.trusted, configuration: configuration, version: version, time: time,
            logger: logger)
        self.idempotency = IdempotencyStore(database: database, secrets: box, time: time)
        self.assistants = AssistantSessions(database: database, broadcast: broadcast, time: time, logger: logger)
        self.publishing = publishing
        self.pausing = Pausing(database: database, audit: audit, events: events, alarm: publishing.alarm, time: time)
        self.preflight = Preflight(
            mainURL: configuration.mainURL, database: database, platforms: platforms, media: media, mail: mail, publishing: publishing,
            time: time)
        self.replanning = Replanning(
            database: database, events: events, audit: audit, time: time, alarm: publishing.alarm, logger: logger)
        self.approvalRules = ApprovalRules(database: database, audit: audit)
        self.workspace = Workspaces(database: database, channels: channels, posts: posts, time: time)
        self.eventLog = eventLog
        self.webhooks = Webhooks(
            database: database, queue: queue, guarded: platforms.guarded, secrets: box, events: events, mail: mail, audit: audit,
            mainURL: configuration.mainURL, time: time)
        self.toolCalls = ToolCalls(database: database, posts: posts, audit: audit, time: time)
        self.connectionCheck = ConnectionCheck(mainURL: configuration.mainURL, keys: keys, http: platforms.trusted, time: time)
    }

    /// Stores and sends what waits, and lets go of connections and files.
    public func close() async throws {
        await assistants.flush()
        await shortLinks.flush()
        await audit.flush()
        do {
            try await eventLog.flush()
        } catch {
            logger.error("the last events were not written to the log", metadata: ["error": "\(error)"])
        }
        await broadcast.close()
        await redis?.close()
        await database.close()
        try await platforms.shutdown()
    }
}

/// What goes from process to process: messages, work, counts. Those that share a Redis, or else a PostgreSQL server, hear each other; an SQLite
/// file alone is used by one process.
private struct Carriers {
    let broadcast: any Broadcast
    let queue: any JobQueue
    let rates: any RateLimiter

    init(over database: any Database, _ redis: RedisClient?, of installation: String, time: any TimeSource, logger: Logger) {
        let prefix = "postiz:\(installation)"
        broadcast =
            if let redis {
                BridgedBroadcast(redis: redis, prefix: prefix, logger: logger)
            } else if let database = database as? PostgresDatabase {
                BridgedBroadcast(database: database, time: time, logger: logger)
            } else {
                LocalBroadcast()
            }
        let base = DatabaseJobQueue(database: database, broadcast: broadcast, time: time)
        if let redis {
            queue = RedisJobQueue(base: base, redis: redis, prefix: prefix, time: time, logger: logger)
            rates = RedisRateLimiter(redis: redis, prefix: prefix, time: time)
        } else {
            (queue, rates) = (base, LocalRateLimiter(time: time))
        }
    }
}

extension NIOThreadPool {
    /// Two threads for password hashes: one takes a fifth of a second, and a burst of sign-ins must not take the machine.
    static let postizPasswords: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        return pool
    }()
}
