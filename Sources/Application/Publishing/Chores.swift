import Domain
import Logging
import Messaging
import Persistence
import ServiceLifecycle

/// The regular work besides posts: `cron` queues one job a kind when its time comes, `worker` does it. Several crons are harmless, because a
/// job of a kind that waits already is not queued twice.
public enum Chore: String, CaseIterable, Sendable {
    case refreshTokens = "refresh-tokens"
    case deliverMail = "deliver-mail"
    case tellOfFailures = "tell-of-failures"
    case deliverToWebhooks = "deliver-to-webhooks"
    case readFeeds = "read-feeds"
    case runPlugs = "run-plugs"
    case fillQueues = "fill-queues"
    case continueSeries = "continue-series"
    case fetchAnalytics = "fetch-analytics"
    case makeThumbnails = "make-thumbnails"
    case convertFilms = "convert-films"
    case lookAhead = "look-ahead"
    case cleanUp = "clean-up"
    case backUp = "back-up"

    /// The kind of the jobs that name a chore.
    public static let jobKind = "chore"

    public var interval: Duration {
        switch self {
        // What fails within a minute is told in one mail.
        case .refreshTokens, .backUp, .tellOfFailures, .fillQueues: .minutes(1)
        case .deliverMail: .seconds(5)
        // For what is tried again; what is new is told at once.
        case .deliverToWebhooks: .seconds(5)
        // An upload queues them, too.
        case .makeThumbnails, .convertFilms: .seconds(10)
        case .lookAhead: .seconds(10)
        case .readFeeds, .continueSeries, .runPlugs: .seconds(15)
        case .fetchAnalytics: .minutes(5)
        case .cleanUp: .hours(1)
        }
    }

    /// The job for it; its key keeps the queue from holding two.
    func job(at time: Timestamp) -> NewJob {
        NewJob(kind: Self.jobKind, payload: rawValue, uniqueKey: "chore:\(rawValue)", runAt: time)
    }
}

/// Queues each chore at its interval.
public struct ChoreSchedule: Service {
    let queue: any JobQueue
    let database: any Database
    let time: any TimeSource
    let logger: Logger

    public init(queue: any JobQueue, database: any Database, time: any TimeSource, logger: Logger) {
        self.queue = queue
        self.database = database
        self.time = time
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for chore in Chore.allCases { group.addTask { await keepQueueing(chore) } }
            }
        }
    }

    private func keepQueueing(_ chore: Chore) async {
        while !Task.isCancelled {
            do {
                let (job, queue) = (chore.job(at: time.now), queue)
                try await database.write { try queue.enqueue([job], in: $0) }
                await queue.announce([Chore.jobKind])
            } catch {
                logger.error("chore not queued; trying again", metadata: ["chore": "\(chore.rawValue)", "error": "\(error)"])
            }
            // Cancelled: the loop's condition ends it.
            try? await time.sleep(until: time.now + chore.interval)
        }
    }
}
