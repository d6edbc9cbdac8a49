import Domain
import Logging
import Messaging
import Persistence
import ServiceLifecycle

/// Puts back what was lost: publications whose worker died, jobs that the queue forgot, outcomes that are still in doubt, posts that are held
/// although nothing holds them any more.
public struct Reconciler: Service {
    let database: any Database
    let queue: any JobQueue
    let time: any TimeSource
    let logger: Logger
    var interval: Duration = .seconds(5)
    /// How long a queued publication may rest before its job is thought lost.
    var patience: Duration = .seconds(30)

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await reconcile()
                    try await time.sleep(until: time.now + interval)
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("reconciling failed; trying again", metadata: ["error": "\(error)"])
                    // Cancelled: the loop's condition ends it.
                    try? await time.sleep(until: time.now + interval)
                }
            }
        }
    }

    /// Queues a job for everything adrift. A job that exists already is left alone: its key is unique.
    @discardableResult
    public func reconcile() async throws -> Int {
        let (now, quietSince, queue) = (time.now, time.now - patience, queue)
        let adrift = try await database.write { transaction in
            let adrift = try PublishingRepository.adrift(now: now, quietSince: quietSince, limit: 1000, in: transaction)
            try queue.enqueue(adrift.map { Publisher.job(for: $0.id, runAt: now) }, in: transaction)
            _ = try PublishingRepository.release(now: now, in: transaction)
            return adrift
        }
        if !adrift.isEmpty { await queue.announce([Publisher.jobKind]) }
        return adrift.count
    }
}
