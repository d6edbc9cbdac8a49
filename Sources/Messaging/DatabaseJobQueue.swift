import Domain
import Metrics
import Persistence

/// The queue in the database's own table: no other service needed, and a job is stored in the same transaction as what it is about.
///
/// Workers are woken by broadcast. As a net, and for jobs whose time comes, they look every `pollInterval`.
public struct DatabaseJobQueue: JobQueue {
    private let database: any Database
    private let time: any TimeSource
    private let pollInterval: Duration
    private let broadcast: any Broadcast

    public init(
        database: any Database, broadcast: any Broadcast = LocalBroadcast(), time: any TimeSource, pollInterval: Duration = .milliseconds(250)
    ) {
        self.database = database
        self.broadcast = broadcast
        self.time = time
        self.pollInterval = pollInterval
    }

    public func enqueue(_ jobs: [NewJob], in transaction: any Transaction) throws { _ = try insert(jobs, in: transaction) }

    /// Returns those that were not there already.
    func insert(_ jobs: [NewJob], in transaction: any Transaction) throws -> [QueuedJob] {
        try jobs.compactMap { job in
            let id = Identifier<Job>(at: time.now)
            let changes = try transaction.execute(
                """
                INSERT INTO jobs (id, kind, unique_key, payload, priority, run_at, attempts, fence, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7) ON CONFLICT (unique_key) DO NOTHING
                """,
                id, job.kind, job.uniqueKey, job.payload, job.priority, job.runAt, time.now)
            return changes == 1 ? QueuedJob(id: "\(id)", kind: job.kind, runAt: job.runAt) : nil
        }
    }

    public func announce(_ kinds: Set<String>) async {
        for kind in kinds { await broadcast.send("", to: Self.topic(of: kind)) }
    }

    private static func topic(of kind: String) -> String { "jobs:\(kind)" }

    public func claim(kind: String, limit: Int, lease: Duration, patience: Duration) async throws -> [Job] {
        let deadline = time.now + patience
        while true {
            let bell = Bell(rings: broadcast.messages(on: Self.topic(of: kind)))
            let jobs = try await claimNow(kind: kind, limit: limit, lease: lease)
            let left = deadline - time.now
            if !jobs.isEmpty || left <= .zero { return jobs }
            await bell.wait(until: time.now + min(pollInterval, left), time: time)
            try Task.checkCancellation()
        }
    }

    private static let ready = "kind = $1 AND buried_at IS NULL AND run_at <= $2 AND (lease_until IS NULL OR lease_until < $2)"

    /// Of those that have crashed before, one alone, and none while such a one runs. (What crashes a second time has `crashes` 1 until it is claimed.)
    private static let oneSuspect = """
        (crashes < 1 OR (id = (SELECT id FROM jobs WHERE \(ready) AND crashes >= 1 ORDER BY crashes, priority, run_at, id LIMIT 1)
            AND NOT EXISTS (SELECT 1 FROM jobs WHERE kind = $1 AND buried_at IS NULL AND crashes >= 2 AND lease_until >= $2)))
        """

    /// The ids of up to `limit` jobs that could be claimed now, in the order in which they would be.
    func ready(kind: String, limit: Int) async throws -> [String] {
        let now = time.now
        return try await database.read {
            try $0.query("SELECT id FROM jobs WHERE \(Self.ready) ORDER BY priority, run_at LIMIT $3", kind, now, limit).map { try $0.text("id") }
        }
    }

    /// Claims up to `limit` jobs that are ready, of those with `ids` where they are given.
    func claimNow(kind: String, limit: Int, lease: Duration, among ids: [String]? = nil) async throws -> [Job] {
        let now = time.now
        // An idle worker asks often: it must not take the one writer for nothing.
        if ids == nil {
            let someReady = try await database.read { try !$0.query("SELECT 1 AS one FROM jobs WHERE \(Self.ready) LIMIT 1", kind, now).isEmpty }
            guard someReady else { return [] }
        }
        let list = try ids.map { try JSON.text($0) }
        let rows = try await database.write { transaction in
            let chosen = list == nil ? "" : " AND id \(transaction.dialect.isOne(of: "$5"))"
            return try transaction.query(
                """
                UPDATE jobs SET attempts = attempts + 1, fence = fence + 1, crashes = crashes + CASE WHEN lease_until IS NULL THEN 0 ELSE 1 END,
                       lease_until = $3
                WHERE id IN (SELECT id FROM jobs WHERE \(Self.ready)\(chosen) AND \(Self.oneSuspect)
                             ORDER BY priority, run_at LIMIT $4\(transaction.dialect.skipLocked))
                RETURNING id, kind, payload, attempts, fence, lease_until, crashes, priority, run_at
                """,
                [kind.sqlValue, now.sqlValue, (now + lease).sqlValue, limit.sqlValue] + [list?.sqlValue].compactMap { $0 })
        }
        for row in rows {
            Metrics.Timer(label: "postiz_job_wait_seconds", dimensions: [("kind", kind)])
                .recordNanoseconds(max(0, (now - (try row.time("run_at"))).milliseconds) * 1_000_000)
        }
        let ordered = try rows.map { (row: $0, order: (try $0.int("priority"), try $0.int("run_at"))) }.sorted { $0.order < $1.order }
        return try ordered.map { entry in
            let row = entry.row
            return Job(
                id: try row.id("id"), kind: try row.text("kind"), payload: try row.text("payload"), attempts: try row.int("attempts") - 1,
                fence: try row.int("fence"), leaseUntil: try row.time("lease_until"), crashes: try row.int("crashes"))
        }
    }

    public func heartbeat(_ job: Job, lease: Duration) async throws -> Bool {
        let until = time.now + lease
        return try await database.write {
            try $0.execute("UPDATE jobs SET lease_until = $1 WHERE id = $2 AND fence = $3", until, job.id, job.fence) == 1
        }
    }

    public func complete(_ jobs: [Job]) async throws {
        let (ids, claims) = (try JSON.text(jobs.map { "\($0.id)" }), try JSON.text(jobs.map { "\($0.id) \($0.fence)" }))
        try await database.write { transaction in
            let dialect = transaction.dialect
            try transaction.execute(
                """
                DELETE FROM jobs WHERE id \(dialect.isOne(of: "$1"))
                                   AND id || ' ' || fence \(dialect.isOne(of: "$2"))
                """, ids, claims)
        }
    }

    public func retry(_ job: Job, at instant: Timestamp, error: String) async throws {
        try await giveBack(job, at: instant, error: error)
        if instant <= time.now { await announce([job.kind]) }
    }

    /// As `retry`, without a word to waiting workers.
    func giveBack(_ job: Job, at instant: Timestamp, error: String) async throws {
        try await database.write {
            try $0.execute(
                "UPDATE jobs SET lease_until = NULL, run_at = $1, last_error = $2 WHERE id = $3 AND fence = $4", instant, error, job.id,
                job.fence)
        }
    }

    public func bury(_ job: Job, error: String) async throws {
        let now = time.now
        try await database.write {
            try $0.execute(
                "UPDATE jobs SET buried_at = $1, lease_until = NULL, unique_key = NULL, last_error = $2 WHERE id = $3 AND fence = $4", now,
                error, job.id, job.fence)
        }
    }

    public func releaseOrphans() async throws {
        try await database.write {
            try $0.execute("UPDATE jobs SET crashes = crashes + 1, lease_until = NULL WHERE lease_until IS NOT NULL")
        }
    }

    public func troubled(crashes: Int, limit: Int) async throws -> [TroubledJob] {
        try await database.read {
            try $0.query(
                """
                SELECT kind, payload, crashes, last_error FROM jobs WHERE buried_at IS NOT NULL OR crashes >= $1
                ORDER BY created_at DESC, id LIMIT $2
                """, crashes, limit
            ).map {
                TroubledJob(
                    kind: try $0.text("kind"), payload: try $0.text("payload"), crashes: try $0.int("crashes"),
                    error: try $0.optionalText("last_error"))
            }
        }
    }

    public func counts() async throws -> JobCounts {
        let now = time.now
        let rows = try await database.read {
            try $0.query(
                """
                SELECT COUNT(*) FILTER (WHERE buried_at IS NULL AND run_at <= $1 AND (lease_until IS NULL OR lease_until < $1)) AS ready,
                       COUNT(*) FILTER (WHERE buried_at IS NULL AND run_at > $1 AND (lease_until IS NULL OR lease_until < $1)) AS waiting,
                       COUNT(*) FILTER (WHERE buried_at IS NULL AND lease_until >= $1) AS running,
                       COUNT(*) FILTER (WHERE buried_at IS NOT NULL) AS buried
                FROM jobs
                """, now)
        }
        let row = rows[0]
        return JobCounts(
            ready: try row.int("ready"), waiting: try row.int("waiting"), running: try row.int("running"), buried: try row.int("buried"))
    }
}

/// A job that was stored, for whoever has to tell of it.
struct QueuedJob: Sendable {
    let id: String
    let kind: String
    let runAt: Timestamp
}
