import Domain
import Messaging
import Persistence

/// Puts events down for the webhooks that want them, in the transaction in which the log keeps the event: what the log has, they are told.
struct WebhookOutbox: Sendable {
    /// The kind of the jobs that name a webhook with something to deliver.
    static let jobKind = "webhook"

    let queue: any JobQueue
    let time: any TimeSource

    /// Returns whether somebody is to be told, so that waiting workers can be woken after the commit.
    func add(_ events: [ProductEvent], in transaction: any Transaction) throws -> Bool {
        let webhooks = try WebhookRepository.active(of: Set(events.map(\.organizationId)), in: transaction)
        guard !webhooks.isEmpty else { return false }
        var told: Set<WebhookID> = []
        for (organization, webhooks) in Dictionary(grouping: webhooks, by: \.organizationId) {
            let events = events.filter { $0.organizationId == organization }
            told.formUnion(try add(events, of: organization, to: webhooks.map(\.webhook), in: transaction))
        }
        try queue.enqueue(told.sorted().map { Self.job($0, at: time.now) }, in: transaction)
        return !told.isEmpty
    }

    private func add(
        _ events: [ProductEvent], of organization: OrganizationID, to webhooks: [Webhook], in transaction: any Transaction
    ) throws -> Set<WebhookID> {
        let records = try EventRecord.list(of: events, of: organization, in: transaction)
        let posts = Array(Set(records.compactMap(\.postId)))
        let publications = try PublicationRepository.lists(of: posts, in: transaction)
        var told: Set<WebhookID> = []
        for record in records {
            let standing = (record.postId.flatMap { publications[$0] } ?? []).filter { $0.organizationId == organization }
            let channels = Set(standing.map(\.integrationId)).union([record.integrationId].compactMap(\.self))
            let wanting = webhooks.filter { $0.wants(record.type, channels: channels) }
            guard !wanting.isEmpty else { continue }
            let body = try JSON.text(WebhookMessage(record, publications: standing))
            for webhook in wanting {
                let delivery = WebhookDelivery(
                    id: WebhookDeliveryID(at: time.now), webhookId: webhook.id, type: record.type.rawValue, nextAttemptAt: time.now,
                    createdAt: time.now, body: body)
                try WebhookDeliveryRepository.insert(delivery, of: organization, in: transaction)
                told.insert(webhook.id)
            }
        }
        return told
    }

    /// One job a webhook: its deliveries hold up nobody else's.
    static func job(_ webhook: WebhookID, at time: Timestamp) -> NewJob {
        NewJob(kind: jobKind, payload: webhook.text, uniqueKey: "webhook:\(webhook)", runAt: time)
    }
}
