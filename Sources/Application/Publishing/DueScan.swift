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
    /// How many of one workspace stand in the queue when more than so many are due: what comes later has few of each before it.
    var share = 200
    /// How soon a queue is filled up again of which a workspace has its share.
    var refill: Duration = .milliseconds(50)
    /// How long it may be before a post is noticed of which nobody told.
    var net: Duration = .seconds(2)

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let bell = alarm.listen()
                var next = time.now + net
                do {
                    if try await queueEverythingDue() { next = min(next, time.now + refill) }
                    if let due = try await database.read({ try PublishingRepository.nextDue(in: $0) }) {
                        // What is left of a workspace that has its share is due already.
                        next = min(next, max(due, time.now + refill))
                    }
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

    /// Queues what is due now, oldest first, holds what is paused, and fails what missed its time for too long. When very much is due, each
    /// workspace gets its share of the queue. Returns whether anything that is due was left for the next time.
    @discardableResult
    public func queueEverythingDue() async throws -> Bool {
        try await failMissed()
        try await catchingUp.run()
        while true {
            let (now, earliest, batch, share, queue) = (time.now, time.now - lateLimit, batch, share, queue)
            let (moved, isMuch) = try await database.write { transaction in
                let isMuch = try PublishingRepository.hasDue(share, at: now, in: transaction)
                let moved =
                    isMuch
                    ? try Self.inTurns(at: now, notBefore: earliest, limit: batch, share: share, in: transaction)
                    : try PublishingRepository.takeDue(at: now, notBefore: earliest, limit: batch, in: transaction)
                let free = moved.filter { $0.hold == nil }
                try queue.enqueue(free.map { Publisher.job(for: $0.id, runAt: $0.dueAt ?? now) }, in: transaction)
                try PublicationRepository.refreshPostStatus(Array(Set(moved.map(\.postId))), now: now, in: transaction)
                return (moved, isMuch)
            }
            await tell(moved)
            guard isMuch, !moved.isEmpty else { return isMuch }
        }
    }

    /// Fills each workspace's part of the queue up to its share.
    private static func inTurns(
        at now: Timestamp, notBefore earliest: Timestamp, limit: Int, share: Int, in transaction: any Transaction
    ) throws -> [PublishingRepository.Moved] {
        var moved: [PublishingRepository.Moved] = []
        // Whoever is left out when there are very many is not always the same.
        for organization in try PublishingRepository.workspacesWithDue(at: now, in: transaction).shuffled() where moved.count < limit {
            let room = share - (try PublishingRepository.queued(of: organization, most: share, at: now, in: transaction))
            guard room > 0 else { continue }
            moved += try PublishingRepository.takeDue(
                of: organization, at: now, notBefore: earliest, limit: min(room, limit - moved.count), in: transaction)
        }
        return moved
    }

    private func tell(_ moved: [PublishingRepository.Moved]) async {
        let free = moved.filter { $0.hold == nil }
        if !free.isEmpty { await queue.announce([Publisher.jobKind]) }
        for (post, organization) in free.posts { await events.postChanged(post, of: organization, to: .publishing) }
        for held in moved { if let hold = held.hold { await events.held(held, by: hold) } }
    }

    private var catchingUp: CatchingUp { CatchingUp(database: database, time: time, events: events, lateLimit: lateLimit) }

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
