import Domain
import Logging
import Metrics
import NIOConcurrencyHelpers
import Persistence

/// The database's queue, with Redis to say where to look: a job is stored, claimed and ended in the database, and a hint with its id goes
/// through a Redis stream to one of the waiting workers. Whatever becomes of Redis, no job is lost or done twice, and when it is away workers
/// look in the database by themselves.
public final class RedisJobQueue: JobQueue {
    private struct State {
        /// Jobs that were committed and not yet announced.
        var committed: [String: [(id: String, runAt: Timestamp)]] = [:]
        var mendAt: [String: Timestamp] = [:]
    }

    /// Hints that wait to be announced; what is beyond is found in the database.
    private static let mostCommitted = 10_000
    /// How often somebody compares the stream with the database.
    private static let mendEvery = Duration.seconds(10)

    private let base: DatabaseJobQueue
    private let redis: RedisClient
    private let prefix: String
    private let reader = "\(Identifier<RedisJobQueue>())"
    private let time: any TimeSource
    private let logger: Logger
    private let state = NIOLockedValueBox(State())
    private let restored = Counter(label: "postiz_queue_hints_restored_total")

    /// `prefix` begins the names of all keys; installations that share a Redis need different ones.
    public init(base: DatabaseJobQueue, redis: RedisClient, prefix: String, time: any TimeSource, logger: Logger) {
        self.base = base
        self.redis = redis
        self.prefix = prefix
        self.time = time
        self.logger = logger
    }

    private func stream(_ kind: String) -> RedisJobStream { RedisJobStream(redis: redis, prefix: prefix, kind: kind, reader: reader) }

    // MARK: Queueing

    public func enqueue(_ jobs: [NewJob], in transaction: any Transaction) throws {
        let queued = try base.insert(jobs, in: transaction)
        transaction.afterCommit { [state] in
            state.withLockedValue { state in
                for job in queued where (state.committed[job.kind]?.count ?? 0) < Self.mostCommitted {
                    state.committed[job.kind, default: []].append((job.id, job.runAt))
                }
            }
        }
    }

    public func announce(_ kinds: Set<String>) async {
        for kind in kinds {
            await push(state.withLockedValue { $0.committed.removeValue(forKey: kind) } ?? [], of: kind)
        }
    }

    /// Where that fails, waiting workers are told as they are without Redis.
    private func push(_ jobs: [(id: String, runAt: Timestamp)], of kind: String) async {
        do throws(RedisError) {
            for start in stride(from: 0, to: jobs.count, by: RedisJobStream.largestBatch) {
                try await stream(kind).push(Array(jobs[start..<min(start + RedisJobStream.largestBatch, jobs.count)]), now: time.now)
            }
        } catch {
            await base.announce([kind])
        }
    }

    // MARK: Claiming

    public func claim(kind: String, limit: Int, lease: Duration, patience: Duration) async throws -> [Job] {
        let (stream, deadline) = (stream(kind), time.now + patience)
        var hints: [JobHint] = []
        while true {
            var next: Timestamp?
            var isAway = false
            do throws(RedisError) {
                if hints.isEmpty { (hints, next) = try await stream.look(limit: limit, now: time.now) }
            } catch {
                isAway = await !mend(error, stream, kind)
            }
            var jobs = try await claim(hints, kind: kind, limit: limit, lease: lease, stream)
            hints = []
            // The net: also what no hint tells of is taken by whoever has nothing else to do.
            if jobs.isEmpty { jobs = try await base.claim(kind: kind, limit: limit, lease: lease, patience: .zero) }
            if !isAway { await mendIfDue(stream, kind) }
            let left = deadline - time.now
            if !jobs.isEmpty || left <= .zero { return jobs }
            if !isAway {
                let found = await wait(on: stream, kind, limit: limit, until: min(deadline, next ?? deadline))
                isAway = found == nil
                hints = found ?? []
            }
            if isAway {
                jobs = try await base.claim(kind: kind, limit: limit, lease: lease, patience: min(left, RedisJobStream.longestWait))
                if !jobs.isEmpty { return jobs }
            }
            try Task.checkCancellation()
        }
    }

    /// Takes what the hints tell of, as far as the database agrees, and settles them: those of jobs that are done, or somebody else's, too.
    private func claim(_ hints: [JobHint], kind: String, limit: Int, lease: Duration, _ stream: RedisJobStream) async throws -> [Job] {
        guard !hints.isEmpty else { return [] }
        let jobs = try await base.claimNow(kind: kind, limit: limit, lease: lease, among: hints.map(\.job))
        do throws(RedisError) {
            try await stream.settle(hints.map(\.entry))
        } catch {
            // They stay pending, and are forgotten when that is noticed.
            logger.debug("hints not settled", metadata: ["kind": "\(kind)", "error": "\(error)"])
        }
        return jobs
    }

    /// nil when Redis cannot be asked.
    private func wait(on stream: RedisJobStream, _ kind: String, limit: Int, until instant: Timestamp) async -> [JobHint]? {
        do throws(RedisError) {
            return try await stream.wait(limit: limit, instant - time.now)
        } catch {
            return await mend(error, stream, kind) ? [] : nil
        }
    }

    // MARK: Mending

    /// Whether Redis can be asked again at once.
    private func mend(_ error: RedisError, _ stream: RedisJobStream, _ kind: String) async -> Bool {
        guard case .refused(let refusal) = error, refusal.meaning == .groupGone else { return false }
        do throws(RedisError) {
            try await stream.makeGroup()
            // Whoever had the turn had it before the keys were gone.
            state.withLockedValue { $0.mendAt[kind] = time.now }
            return true
        } catch {
            return false
        }
    }

    private func mendIfDue(_ stream: RedisJobStream, _ kind: String) async {
        let now = time.now
        let isDue = state.withLockedValue { state in
            guard state.mendAt[kind].map({ $0 <= now }) ?? true else { return false }
            state.mendAt[kind] = now + Self.mendEvery
            return true
        }
        guard isDue else { return }
        do {
            guard try await stream.takeTurn(for: Self.mendEvery / 2) else { return }
            try await restore(stream, kind)
        } catch {
            logger.debug("the stream of jobs was not compared with the database", metadata: ["kind": "\(kind)", "error": "\(error)"])
        }
    }

    /// Forgets hints that nobody will settle, and pushes as many as are missing for the jobs that are ready. One too many does no harm.
    private func restore(_ stream: RedisJobStream, _ kind: String) async throws {
        _ = try await stream.forgetStalled()
        try await stream.forgetReaders()
        let ready = try await base.ready(kind: kind, limit: Self.mostCommitted)
        let missing = try await ready.count - stream.count()
        guard missing > 0 else { return }
        restored.increment(by: missing)
        logger.notice("jobs that Redis did not know were put back", metadata: ["kind": "\(kind)", "count": "\(missing)"])
        await push(ready.prefix(missing).map { ($0, .init(milliseconds: 0)) }, of: kind)
    }

    // MARK: What the database alone does

    public func heartbeat(_ job: Job, lease: Duration) async throws -> Bool { try await base.heartbeat(job, lease: lease) }

    public func complete(_ jobs: [Job]) async throws { try await base.complete(jobs) }

    public func retry(_ job: Job, at instant: Timestamp, error: String) async throws {
        try await base.giveBack(job, at: instant, error: error)
        await push([("\(job.id)", instant)], of: job.kind)
    }

    public func bury(_ job: Job, error: String) async throws { try await base.bury(job, error: error) }

    public func releaseOrphans() async throws { try await base.releaseOrphans() }

    public func counts() async throws -> JobCounts { try await base.counts() }

    public func troubled(crashes: Int, limit: Int) async throws -> [TroubledJob] { try await base.troubled(crashes: crashes, limit: limit) }
}
