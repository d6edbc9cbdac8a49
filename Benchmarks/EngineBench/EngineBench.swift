import Domain
import Foundation
import Logging
import Messaging
import Persistence

/// One process of `bin/bench queue` (`engine-bench prepare`, `engine-bench enqueue COUNT` or `engine-bench work`) or of `bin/bench rows`
/// (`engine-bench insert SECONDS`, `engine-bench week SECONDS`).
///
/// `DATABASE_URL` names a PostgreSQL, else `DATABASE_FILE` a file; with `REDIS_URL` hints go through Redis.
@main
enum EngineBench {
    private static let kind = "bench"
    private static let callers = 16

    static func main() async throws {
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        let environment = ProcessInfo.processInfo.environment
        let (database, queue) = try await open(environment)
        switch CommandLine.arguments.dropFirst().first {
        case "prepare": try await Migrator.migrate(database, schema)
        case "insert": try await RowsBench(database: database).run(RowsBench.insert)
        case "week": try await RowsBench(database: database).run(RowsBench.week)
        case "enqueue": try await enqueue(CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 10_000, database, queue)
        default: try await work(queue)
        }
        await database.close()
    }

    private static func open(_ environment: [String: String]) async throws -> (any Database, any JobQueue) {
        let logger = Logger(label: "bench")
        let database: any Database
        var broadcast: any Broadcast = LocalBroadcast()
        if let url = environment["DATABASE_URL"] {
            let server = try PostgresDatabase(url: url)
            database = server
            broadcast = BridgedBroadcast(database: server, time: SystemTime(), logger: logger)
        } else {
            database = try SQLiteDatabase(path: environment["DATABASE_FILE"] ?? "bench.sqlite")
        }
        guard let url = environment["REDIS_URL"] else {
            return (database, DatabaseJobQueue(database: database, broadcast: broadcast, time: SystemTime()))
        }
        let redis = try RedisClient(try RedisAddress(url), logger: logger)
        await redis.open()
        let base = DatabaseJobQueue(
            database: database, broadcast: BridgedBroadcast(redis: redis, prefix: kind, logger: logger), time: SystemTime())
        return (database, RedisJobQueue(base: base, redis: redis, prefix: kind, time: SystemTime(), logger: logger))
    }

    /// Queues jobs one by one, from several callers at once as a server has them, and waits until all are done. Says how long both took, in seconds.
    private static func enqueue(_ count: Int, _ database: any Database, _ queue: any JobQueue) async throws {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for number in stride(from: caller, to: count, by: callers) {
                        try await database.write {
                            try queue.enqueue([NewJob(kind: kind, payload: "\(number)", uniqueKey: "\(kind):\(number)", runAt: .now)], in: $0)
                        }
                        await queue.announce([kind])
                    }
                }
            }
            try await group.waitForAll()
        }
        let queued = ContinuousClock.now - start
        while case let counts = try await queue.counts(), counts.ready + counts.running > 0 { try await Task.sleep(for: .milliseconds(5)) }
        print("RESULT \(queued / .seconds(1)) \((ContinuousClock.now - start) / .seconds(1))")
    }

    /// Takes jobs and ends them, until it is killed.
    private static func work(_ queue: any JobQueue) async throws {
        while true {
            let jobs = try await queue.claim(kind: kind, limit: 32, lease: .seconds(30), patience: .seconds(1))
            if !jobs.isEmpty { try await queue.complete(jobs) }
        }
    }
}
