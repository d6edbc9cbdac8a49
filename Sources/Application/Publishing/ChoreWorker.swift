import Domain
import Messaging
import ServiceLifecycle

extension Services {
    /// Does the regular work that `ChoreSchedule` queues.
    public var choreWorker: Worker {
        Worker(
            kind: Chore.jobKind, queue: queue, time: time, concurrency: Chore.allCases.count, lease: .minutes(2), logger: logger,
            patience: .seconds(5),
            // It is needed again all the same: seldom enough that the server has time for everything else.
            giveUp: { [time] _ in .again(at: time.now + .hours(1), reason: "its worker ended in the midst of it again and again") }
        ) { job in
            if let chore = Chore(rawValue: job.payload) { try await self.perform(chore) }
            return .done
        }
    }

    /// Goes on as long as batches are full; a server that is to stop leaves the rest to the next time.
    private func inBatches(_ batchIsFull: () async throws -> Bool) async throws {
        while try await batchIsFull(), !Task.isShuttingDownGracefully {}
    }

    private func perform(_ chore: Chore) async throws {
        switch chore {
        case .refreshTokens:
            _ = try await channels.refreshDue(limit: 100)
            try await warnings.send(limit: 100)
        case .fetchAnalytics:
            _ = try await analytics.fetchDue(limit: 100)
            _ = try await analytics.fetchDueAccounts(limit: 50)
        case .makeThumbnails: try await media.makeThumbnails()
        case .convertFilms: try await media.convertFilms()
        case .backUp: try await backups.makeIfDue()
        case .deliverMail: _ = try await mail.deliver(limit: 50)
        case .tellOfFailures:
            try await inBatches { try await failureMails.queue(limit: 200) == 200 }
            try await inBatches { try await reviewMails.queue(limit: 200) == 200 }
            try await inBatches { try await weeklyMails.queue(limit: 50) == 50 }
        case .deliverToWebhooks: try await webhooks.queueDue()
        case .readFeeds: try await inBatches { try await sources.readDue(limit: 32) == 32 }
        case .runPlugs: try await plugs.runDue(limit: 500)
        case .fillQueues: try await evergreen.fill()
        case .continueSeries: try await inBatches { try await posts.continueSeries(limit: 100) == 100 }
        case .lookAhead: try await inBatches { try await preflight.run(limit: 200) == 200 }
        case .cleanUp:
            try await posts.composeSearchTexts()
            try await accounts.removeExpired()
            try await authorization.removeExpired()
            try await idempotency.removeOld()
            try await mail.removeOld()
            try await webhooks.removeOld()
            try await sources.removeOld()
            try await publishing.removeOldGates()
            try await channels.removeExpiredStates()
            try await assistants.removeOld()
            try await eventLog.removeOld()
            try await toolCalls.removeOld()
            try await trash.removeOld()
            try await deletions.removeDue()
            // Last: a store that is away keeps nothing else from being done.
            try await media.removeAbandonedUploads()
            try await media.removeExpiredPieces()
        }
    }
}
