import Domain
import Logging
import Messaging
import Metrics
import NIOConcurrencyHelpers
import ServiceLifecycle

/// Takes jobs of one kind from the queue and does them, several at once.
public struct Worker: Service {
    /// What to do with one job; says whether it is done or comes back. An error gives it back as well.
    public typealias Work = @Sendable (Job) async throws -> Publisher.Verdict

    let kind: String
    let queue: any JobQueue
    let time: any TimeSource
    let concurrency: Int
    let lease: Duration
    let logger: Logger
    let patience: Duration
    let giveUp: Work
    let work: Work
    private let endings = Endings()

    /// Under so many workers that died a job counts as what kills them: it is not tried once more.
    public static let mostCrashes = 5

    /// `patience`: how long one look at the queue waits for a job. `giveUp`: what is done in place of `work` with a job under which worker after
    /// worker died; when that is done the job is buried.
    public init(
        kind: String, queue: any JobQueue, time: any TimeSource, concurrency: Int, lease: Duration, logger: Logger,
        patience: Duration = .seconds(1), giveUp: @escaping Work = { _ in .done }, work: @escaping Work
    ) {
        self.kind = kind
        self.queue = queue
        self.time = time
        self.concurrency = concurrency
        self.lease = lease
        self.logger = logger
        self.patience = patience
        self.giveUp = giveUp
        self.work = work
    }

    /// Until shutdown, and then until what is under way is done. When cancelled, jobs are given back, and somebody else takes them at once.
    public func run() async throws {
        let hands = Hands(concurrency)
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                let free = await hands.takeAll()
                let jobs = await claim(limit: free)
                hands.giveBack(free - jobs.count)
                for job in jobs {
                    group.addTask {
                        await perform(job)
                        hands.giveBack(1)
                    }
                }
            }
        }
    }

    private func claim(limit: Int) async -> [Job] {
        do {
            return try await cancelWhenGracefulShutdown {
                try await queue.claim(kind: kind, limit: limit, lease: lease, patience: patience)
            }
        } catch is CancellationError {
            return []
        } catch {
            logger.error("no jobs could be taken; trying again", metadata: ["kind": "\(kind)", "error": "\(error)"])
            // Cancelled: the caller's loop ends.
            try? await time.sleep(until: time.now + .seconds(1))
            return []
        }
    }

    private func perform(_ job: Job) async {
        let start = ContinuousClock.now
        let outcome = await outcome(of: job)
        Counter(label: "postiz_jobs_total", dimensions: [("kind", kind), ("outcome", outcome)]).increment()
        Metrics.Timer(label: "postiz_job_duration_seconds", dimensions: [("kind", kind)])
            .recordNanoseconds((ContinuousClock.now - start).milliseconds * 1_000_000)
    }

    /// Does a job and says how it ended, in a word.
    private func outcome(of job: Job) async -> String {
        do {
            switch try await whileHeld(job) {
            case .done? where job.crashes >= Self.mostCrashes:
                logger.error(
                    "job buried: its worker ended in the midst of it again and again",
                    metadata: ["kind": "\(kind)", "job": "\(job.id)", "payload": "\(job.payload)", "times": "\(job.crashes)"])
                try await queue.bury(job, error: "Its worker ended in the midst of it \(job.crashes) times.")
                return "buried"
            case .done?:
                try await endings.add(job) { try await queue.complete($0) }
                return "done"
            case .again(let instant, let reason)?:
                try await queue.retry(job, at: instant, error: reason)
                return "again"
            case nil: return "lost"
            }
        } catch is CancellationError {
            await giveBack(job, at: time.now, error: "Its worker was stopped in the midst of it.")
            return "stopped"
        } catch {
            logger.error("job failed; it is tried again", metadata: ["kind": "\(kind)", "job": "\(job.id)", "error": "\(error)"])
            await giveBack(job, at: time.now + RetryPolicy().wait(after: job.attempts), error: "\(error)")
            return "failed"
        }
    }

    private func giveBack(_ job: Job, at instant: Timestamp, error: String) async {
        do {
            try await queue.retry(job, at: instant, error: error)
        } catch {
            logger.error("job not given back; its lease ends by itself", metadata: ["job": "\(job.id)", "error": "\(error)"])
        }
    }

    /// Runs the job's work while its lease is extended beside it; nil when the job was lost.
    private func whileHeld(_ job: Job) async throws -> Publisher.Verdict? {
        let start = job.leaseUntil - lease
        return try await Lease(duration: lease, time: time, logger: logger).held(since: start) {
            try await queue.heartbeat(job, lease: lease)
        } _: {
            job.crashes < Self.mostCrashes ? try await work(job) : try await giveUp(job)
        }
    }
}

/// Jobs that are done and not yet ended. Whoever comes first ends those of all who come meanwhile, together, and these wait for nothing.
private final class Endings: Sendable {
    private struct State {
        var waiting: [Job] = []
        var isCarried = false
    }
    private let state = NIOLockedValueBox(State())

    /// Throws what `end` throws, to whoever carried the jobs: their claims end by themselves.
    func add(_ job: Job, end: ([Job]) async throws -> Void) async throws {
        let carries = state.withLockedValue { state in
            state.waiting.append(job)
            defer { state.isCarried = true }
            return !state.isCarried
        }
        guard carries else { return }
        while case let jobs = take(), !jobs.isEmpty {
            do {
                try await end(jobs)
            } catch {
                state.withLockedValue { $0.isCarried = false }
                throw error
            }
        }
    }

    private func take() -> [Job] {
        state.withLockedValue { state in
            defer { state.waiting = [] }
            state.isCarried = !state.waiting.isEmpty
            return state.waiting
        }
    }
}

/// How many more jobs may run at once.
private final class Hands: Sendable {
    private struct State {
        var free: Int
        var waiter: CheckedContinuation<Int, Never>?
    }
    private let state: NIOLockedValueBox<State>

    init(_ count: Int) { state = NIOLockedValueBox(State(free: count)) }

    /// Takes all free hands; waits for one when there is none. For one caller at a time.
    func takeAll() async -> Int {
        await withCheckedContinuation { continuation in
            let free = state.withLockedValue { state in
                defer { state.free = 0 }
                if state.free == 0 { state.waiter = continuation }
                return state.free
            }
            if free > 0 { continuation.resume(returning: free) }
        }
    }

    func giveBack(_ count: Int) {
        guard count > 0 else { return }
        let waiter = state.withLockedValue { state in
            defer { state.waiter = nil }
            if state.waiter == nil { state.free += count }
            return state.waiter
        }
        waiter?.resume(returning: count)
    }
}
