import Domain
import Foundation
import Messaging
import Metrics
import Persistence
import Platforms

/// Bringing to webhooks what waits for them; the worker's part.
extension Webhooks {
    /// How long an attempt may take until another process takes the delivery.
    static let lease = Duration.minutes(2)
    /// The pauses after failed attempts, a day in all but 24 minutes.
    static let pauses: [Duration] = [
        .seconds(5), .minutes(1), .minutes(5), .minutes(30), .hours(2), .hours(5), .hours(8), .hours(8),
    ]
    /// A webhook that has taken nothing for so long is stopped when a delivery is given up.
    private static let patience = Duration.hours(23)
    private static let timeout = Duration.seconds(15)
    private static let batch = 50
    private static let atOnce = 8
    /// Characters of an answer that are kept.
    private static let answerLength = 1000

    /// Looks for webhooks with something to deliver whose job is lost or was not needed before. Run now and then.
    func queueDue() async throws {
        let now = time.now
        let due = try await database.write { transaction in
            let due = try WebhookDeliveryRepository.due(at: now, in: transaction)
            try queue.enqueue(due.map { WebhookOutbox.job($0, at: now) }, in: transaction)
            return due
        }
        if !due.isEmpty { await queue.announce([WebhookOutbox.jobKind]) }
    }

    func removeOld() async throws {
        let limit = time.now - Self.kept
        try await database.write { try WebhookDeliveryRepository.removeFinished(before: limit, in: $0) }
    }

    /// Delivers what is due to one webhook, until nothing is or something is not taken: the rest then waits with it.
    public func deliver(to id: WebhookID) async throws {
        while true {
            let now = time.now
            let taken = try await database.write { transaction -> (StoredWebhook, [WebhookDelivery])? in
                guard let stored = try WebhookRepository.find(id, in: transaction), stored.webhook.status == .active else { return nil }
                let batch = try WebhookDeliveryRepository.claim(
                    of: id, at: now, until: now + Self.lease, limit: Self.batch, in: transaction)
                return batch.isEmpty ? nil : (stored, batch)
            }
            guard let (stored, batch) = taken else { return }
            let outcomes = try await send(batch, to: stored)
            guard try await note(outcomes, of: batch, to: stored) else { return }
        }
    }

    /// Several at once, in order; after one that was not taken nothing more is begun.
    private func send(_ batch: [WebhookDelivery], to stored: StoredWebhook) async throws -> [WebhookDeliveryRepository.Outcome] {
        try await withThrowingTaskGroup(of: WebhookDeliveryRepository.Outcome.self) { group in
            var waiting = batch[...]
            func begin() {
                guard let next = waiting.popFirst() else { return }
                group.addTask { try await attempt(next, to: stored, isLast: next.attempts > Self.pauses.count) }
            }
            for _ in 0..<Self.atOnce { begin() }
            var outcomes: [WebhookDeliveryRepository.Outcome] = []
            while let outcome = try await group.next() {
                outcomes.append(outcome)
                if outcome.status == .delivered { begin() } else { waiting = [] }
            }
            return outcomes
        }
    }

    /// Returns whether all was taken.
    private func note(
        _ outcomes: [WebhookDeliveryRepository.Outcome], of batch: [WebhookDelivery], to stored: StoredWebhook
    ) async throws -> Bool {
        let id = stored.webhook.id
        let tried = Set(outcomes.map(\.delivery.id))
        let refused = outcomes.filter { $0.status != .delivered }
        let now = time.now
        let again = refused.compactMap(\.nextAttemptAt).min() ?? now + Self.pauses[0]
        let failingSince = try await database.write { transaction in
            try WebhookDeliveryRepository.note(outcomes, in: transaction)
            try WebhookDeliveryRepository.release(batch.filter { !tried.contains($0.id) }, at: again, in: transaction)
            if tried.count > refused.count { try WebhookRepository.noteSuccess(of: id, in: transaction) }
            if tried.count == refused.count { try WebhookRepository.noteFailure(of: id, at: now, in: transaction) }
            return try WebhookRepository.find(id, in: transaction)?.webhook.failingSince
        }
        if refused.contains(where: { $0.answerStatus == 410 }) {
            try await stop(stored, because: "The address answered that it is gone (410).")
        } else if refused.contains(where: { $0.status == .failed }), let failingSince, failingSince <= now - Self.patience {
            try await stop(stored, because: "Nothing was taken for a day. The last answer: \(refused.last?.answer ?? "none")")
        }
        return refused.isEmpty
    }

    /// One attempt; never throws for what the other side does.
    func attempt(
        _ delivery: WebhookDelivery, to stored: StoredWebhook, isLast: Bool
    ) async throws -> WebhookDeliveryRepository.Outcome {
        let (begin, clock) = (time.now, ContinuousClock.now)
        var (status, words): (Int?, String)
        do {
            let answer = try await guarded.send(try call(delivery, to: stored, at: begin))
            (status, words) = (answer.status, answer.text)
        } catch let failure as TransportFailure {
            (status, words) = (nil, failure.reason)
        } catch let report as ProblemReport {
            (status, words) = (nil, report.message)
        } catch SecretBoxError.unreadable {
            (status, words) = (nil, "Its secret cannot be decrypted: ENCRYPTION_KEY is another one. Give the webhook a new secret.")
        }
        let wasTaken = status.map { (200..<300).contains($0) } ?? false
        Counter(label: "postiz_webhook_deliveries_total", dimensions: [("outcome", wasTaken ? "delivered" : "refused")]).increment()
        let next = wasTaken || isLast ? nil : time.now + Self.pauses[min(delivery.attempts, Self.pauses.count) - 1]
        return WebhookDeliveryRepository.Outcome(
            of: delivery, status: wasTaken ? .delivered : next == nil ? .failed : .waiting, nextAttemptAt: next, attemptedAt: begin,
            answerStatus: status, answer: String(words.replacing("\0", with: "").prefix(Self.answerLength)),
            duration: Int((ContinuousClock.now - clock).milliseconds))
    }

    /// Signed anew each time: receivers refuse what was signed long ago.
    private func call(_ delivery: WebhookDelivery, to stored: StoredWebhook, at now: Timestamp) throws -> HTTPCall {
        let context = Self.context(stored.webhook.id)
        var keys = [try secrets.open(stored.secret, context: context)]
        if let previous = stored.previousSecret, let until = stored.previousUntil, until > now {
            keys.append(try secrets.open(previous, context: context))
        }
        let body = Data(delivery.body.utf8)
        let signatures = keys.map { WebhookSecret(bytes: $0).signature(id: delivery.id.text, at: now, body: body) }
        return HTTPCall(
            "POST", stored.webhook.url,
            headers: [
                ("webhook-id", delivery.id.text), ("webhook-timestamp", "\(now.milliseconds / 1000)"),
                ("webhook-signature", signatures.joined(separator: " ")),
            ],
            body: .bytes(body, contentType: "application/json"), deadline: Self.timeout)
    }

    private func stop(_ stored: StoredWebhook, because reason: String) async throws {
        let webhook = stored.webhook
        let wasActive = try await database.write { transaction in
            guard try WebhookRepository.stop(webhook.id, because: reason, in: transaction) else { return false }
            try WebhookDeliveryRepository.giveUp(of: webhook.id, in: transaction)
            try audit.record(
                "webhook.stopped", target: webhook.id.text, detail: ["name": .string(webhook.name), "reason": .string(reason)],
                subject: "system", organization: stored.organizationId, in: transaction)
            if mail.configured {
                let readers = try OrganizationRepository.administrators(of: stored.organizationId, in: transaction)
                let page = mainURL.appending(path: "settings/webhooks/\(webhook.id)").absoluteString
                try mail.queue(
                    .webhookStopped(name: webhook.name, reason: reason, page: page), to: readers.map(MailReader.init), in: transaction)
            }
            return true
        }
        guard wasActive else { return }
        await events.publish(
            ProductEvent(
                .webhookStopped, organizationId: stored.organizationId, at: time.now,
                data: ["webhookId": .string(webhook.id.text), "name": .string(webhook.name), "reason": .string(reason)]))
    }
}

extension Services {
    /// Delivers to webhooks, to each by one job at a time.
    public var webhookWorker: Worker {
        Worker(
            kind: WebhookOutbox.jobKind, queue: queue, time: time, concurrency: 16, lease: .minutes(2), logger: logger, patience: .seconds(5)
        ) { [webhooks] job in
            if let id = WebhookID(job.payload) { try await webhooks.deliver(to: id) }
            return .done
        }
    }
}
