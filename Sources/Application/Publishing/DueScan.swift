import Domain
import Logging
import Messaging
import Persistence
import ServiceLifecycle

/// Moves publications to the queue when their time has come: a timer on the earliest one, set anew when posts change and every few seconds
/// as a net. Several may run at once: the conditional update decides who takes which.
public struct DueScan: Service {
    let database: any Database
    let queue: any JobQueue
    let time: any TimeSource
    let alarm: ScheduleAlarm
    let events: PublishingEvents
    let lateLimit: Duration
    let logger: Logger
    /// How many are queued in one transaction.
    var batch = 500
    /// How long it may be before a post is noticed of which nobody told.
    var net: Duration = .seconds(2)

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let bell = alarm.listen()
                var next = time.now + net
                do {
                    try await queueEverythingDue()
                    if let due = try await database.read({ try PublishingRepository.nextDue(in: $0) }) { next = min(next, due) }
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("looking for due posts failed; trying again", metadata: ["error": "\(error)"])
                    next = time.now + .seconds(1)
                }
                await bell.wait(until: next, time: time)
            }
        }
    }

    /// Queues all that is due now, oldest first, holds what is paused, and fails what missed its time for too long. Returns how many were queued.
    @discardableResult
    public func queueEverythingDue() async throws -> Int {
        try await failMissed()
        var total = 0
        while true {
            let (now, earliest, batch, queue) = (time.now, time.now - lateLimit, batch, queue)
            let moved = try await database.write { transaction in
                let moved = try PublishingRepository.takeDue(at: now, notBefore: earliest, limit: batch, in: transaction)
                let free = moved.filter { $0.hold == nil }
                try queue.enqueue(free.map { Publisher.job(for: $0.id, runAt: $0.dueAt ?? now) }, in: transaction)
                try PublicationRepository.refreshPostStatus(Array(Set(moved.map(\.postId))), now: now, in: transaction)
                return moved
            }
            let free = moved.filter { $0.hold == nil }
            total += free.count
            if !free.isEmpty { await queue.announce([Publisher.jobKind]) }
            for (post, organization) in free.posts { await events.postChanged(post, of: organization, to: .publishing) }
            for held in moved { if let hold = held.hold { await events.held(held, by: hold) } }
            if moved.count < batch { return total }
        }
    }

    private func failMissed() async throws {
        while true {
            let (now, earliest, batch) = (time.now, time.now - lateLimit, batch)
            let moved = try await database.write { transaction in
                let moved = try PublishingRepository.failMissed(before: earliest, now: now, limit: batch, in: transaction)
                try PublicationRepository.refreshPostStatus(Array(Set(moved.map(\.postId))), now: now, in: transaction)
                return moved
            }
            for (post, organization) in moved.posts { await events.postChanged(post, of: organization, to: .failed) }
            if moved.count < batch { return }
        }
    }
}
