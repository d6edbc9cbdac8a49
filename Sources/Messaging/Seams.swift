import Domain
import Persistence

/// Work that must be done, at least once, by some worker of some process.
public struct Job: Sendable, Equatable {
    public let id: Identifier<Job>
    public let kind: String
    public let payload: String
    /// How often it was taken before.
    public let attempts: Int
    /// Grows with every claim; a holder of an older one has lost the job.
    public let fence: Int
    /// When the claim ends unless `heartbeat` extends it.
    public let leaseUntil: Timestamp
    /// How many claims ended without a word: their workers died, or could not reach the database for long.
    public let crashes: Int

    public init(id: Identifier<Job>, kind: String, payload: String, attempts: Int, fence: Int, leaseUntil: Timestamp, crashes: Int = 0) {
        self.id = id
        self.kind = kind
        self.payload = payload
        self.attempts = attempts
        self.fence = fence
        self.leaseUntil = leaseUntil
        self.crashes = crashes
    }
}

/// A job to be queued.
public struct NewJob: Sendable {
    public let kind: String
    public let payload: String
    /// While a job with this key waits or runs, a second one is not queued.
    public let uniqueKey: String?
    /// Smaller goes first; 0 is ordinary.
    public let priority: Int
    /// Not before this time.
    public let runAt: Timestamp

    public init(kind: String, payload: String, uniqueKey: String? = nil, priority: Int = 0, runAt: Timestamp) {
        self.kind = kind
        self.payload = payload
        self.uniqueKey = uniqueKey
        self.priority = priority
        self.runAt = runAt
    }
}

/// The queue between what finds work and what does it. At-least-once; what a job does must stand being done twice.
public protocol JobQueue: Sendable {
    /// Queues `jobs` when `transaction` commits.
    func enqueue(_ jobs: [NewJob], in transaction: any Transaction) throws
    /// Tells waiting workers, here and in other processes, that jobs of these kinds were committed.
    func announce(_ kinds: Set<String>) async
    /// Takes up to `limit` jobs that are ready, for `lease`. Waits up to `patience` for the first one. Jobs under which more than one worker died
    /// run one at a time, so that the one which kills is found, and not what stood beside it.
    func claim(kind: String, limit: Int, lease: Duration, patience: Duration) async throws -> [Job]
    /// Extends the claim. False when it was lost.
    func heartbeat(_ job: Job, lease: Duration) async throws -> Bool
    /// Done: forgets the job. Does nothing when the claim was lost.
    func complete(_ jobs: [Job]) async throws
    /// Gives it back, to be tried not before `time`.
    func retry(_ job: Job, at time: Timestamp, error: String) async throws
    /// Sets it aside for a person to see.
    func bury(_ job: Job, error: String) async throws
    /// Gives back every claim at once. Only for a process that knows that no other worker lives.
    func releaseOrphans() async throws
    func counts() async throws -> JobCounts
    /// Jobs that were buried, or under which `crashes` workers died, the latest first: for whoever looks after the server.
    func troubled(crashes: Int, limit: Int) async throws -> [TroubledJob]
}

/// A job that was given up, or that ends the workers which do it.
public struct TroubledJob: Sendable, Equatable {
    public let kind: String
    public let payload: String
    public let crashes: Int
    public let error: String?
}

/// How full a queue is.
public struct JobCounts: Sendable, Equatable, Codable {
    public let ready: Int
    public let waiting: Int
    public let running: Int
    public let buried: Int

    public init(ready: Int, waiting: Int, running: Int, buried: Int) {
        self.ready = ready
        self.waiting = waiting
        self.running = running
        self.buried = buried
    }
}

/// Carries events to everyone who listens, in all processes.
public protocol EventBus: Sendable {
    func publish(_ event: ProductEvent) async
    /// Events of one organization from now on. A listener that does not keep up loses the oldest (at most 256 are kept for it) and is told to
    /// read anew.
    func events(of organization: OrganizationID) -> AsyncStream<LiveEvent>
}

/// Counts calls against limits, shared by all processes where an implementation can.
public protocol RateLimiter: Sendable {
    /// Counts one call of `subject` and tells whether it is within `limit` calls per `window`.
    func take(_ subject: String, limit: Int, window: Duration) async -> RateDecision

    /// Takes back one call of `subject` that `take` has counted: where only failures count, those that succeeded are given back. Counting
    /// first and giving back leaves no room for many tries at once.
    func giveBack(_ subject: String) async
}

/// Whether a call may go on, and what is left.
public struct RateDecision: Sendable, Equatable {
    public let allowed: Bool
    public let limit: Int
    public let remaining: Int
    /// When the window has room again.
    public let reset: Duration

    public init(allowed: Bool, limit: Int, remaining: Int, reset: Duration) {
        self.allowed = allowed
        self.limit = limit
        self.remaining = remaining
        self.reset = reset
    }
}
