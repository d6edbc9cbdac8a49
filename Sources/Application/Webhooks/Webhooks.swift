import Domain
import Foundation
import Messaging
import Persistence
import Platforms

/// What a new webhook is to be.
public struct NewWebhook: Codable, Sendable {
    public var name: String
    public var url: String
    /// Nil or none: all kinds.
    public var events: [EventType]?
    /// Nil or none: all channels.
    public var integrationIds: [IntegrationID]?

    public init(name: String, url: String, events: [EventType]? = nil, integrationIds: [IntegrationID]? = nil) {
        self.name = name
        self.url = url
        self.events = events
        self.integrationIds = integrationIds
    }
}

/// What is to change; what is absent stays.
public struct WebhookChange: Codable, Sendable {
    public var name: String?
    public var url: String?
    public var events: [EventType]?
    public var integrationIds: [IntegrationID]?
    /// `ACTIVE` also starts one again that was stopped because nothing was taken.
    public var status: Webhook.Status?

    public init(
        name: String? = nil, url: String? = nil, events: [EventType]? = nil, integrationIds: [IntegrationID]? = nil,
        status: Webhook.Status? = nil
    ) {
        self.name = name
        self.url = url
        self.events = events
        self.integrationIds = integrationIds
        self.status = status
    }
}

/// A webhook with its secret, which is shown this once.
public struct WebhookWithSecret: Codable, Sendable {
    public let webhook: Webhook
    public let secret: String
}

/// Addresses that are told what happens in a workspace, for its administrators. Deliveries are signed as Standard Webhooks 1.0 has it, tried
/// for a day, and kept to be looked at for thirty.
public struct Webhooks: Sendable {
    static let most = 50
    /// How long deliveries are signed with the secret before, too, so that a receiver has time to learn the new one.
    static let overlap = Duration.hours(24)
    static let kept = Duration.days(30)

    let database: any Database
    let queue: any JobQueue
    let guarded: GuardedHTTP
    let secrets: SecretBox
    let events: any EventBus
    let mail: Mail
    let audit: AuditLog
    let mainURL: URL
    let time: any TimeSource

    /// Oldest first.
    public func list(as caller: Caller) async throws -> [Webhook] {
        try Self.require(caller)
        return try await database.read { try WebhookRepository.list(of: caller.organizationId, in: $0) }
    }

    public func get(_ id: WebhookID, as caller: Caller) async throws -> Webhook {
        try Self.require(caller)
        return try await database.read { try find(id, as: caller, in: $0).webhook }
    }

    /// Throws `VALIDATION_FAILED`, and `ADDRESS_REFUSED` for an address that may not be reached from here.
    public func create(_ request: NewWebhook, as caller: Caller) async throws -> WebhookWithSecret {
        try Self.require(caller)
        let secret = WebhookSecret()
        let webhook = Webhook(
            id: WebhookID(at: time.now), name: try AccountRules.name(request.name, field: "name"), url: try await address(request.url),
            events: try Self.kinds(request.events ?? []), integrationIds: request.integrationIds ?? [], createdAt: time.now)
        let sealed = try secrets.seal(secret.bytes, context: Self.context(webhook.id))
        try await database.write { transaction in
            guard try WebhookRepository.list(of: caller.organizationId, in: transaction).count < Self.most else {
                throw ProblemReport(.conflict, "A workspace has at most \(Self.most) webhooks. Remove one that is not needed.")
            }
            try caller.requireChannels(webhook.integrationIds, in: transaction)
            try WebhookRepository.insert(webhook, secret: sealed, of: caller.organizationId, in: transaction)
            try note("created", webhook, as: caller, in: transaction)
        }
        return WebhookWithSecret(webhook: webhook, secret: secret.text)
    }

    public func update(_ id: WebhookID, _ change: WebhookChange, as caller: Caller) async throws -> Webhook {
        try Self.require(caller)
        let url: String? = if let given = change.url { try await address(given) } else { nil }
        return try await database.write { transaction in
            var webhook = try find(id, as: caller, in: transaction).webhook
            webhook.name = try change.name.map { try AccountRules.name($0, field: "name") } ?? webhook.name
            webhook.url = url ?? webhook.url
            webhook.events = try change.events.map(Self.kinds) ?? webhook.events
            webhook.integrationIds = change.integrationIds ?? webhook.integrationIds
            if let status = change.status, status != webhook.status {
                (webhook.status, webhook.stoppedReason, webhook.failingSince) = (status, nil, nil)
                if status == .stopped { try WebhookDeliveryRepository.giveUp(of: id, in: transaction) }
            }
            if change.integrationIds != nil { try caller.requireChannels(webhook.integrationIds, in: transaction) }
            try WebhookRepository.update(webhook, of: caller.organizationId, in: transaction)
            try note("changed", webhook, as: caller, in: transaction)
            return webhook
        }
    }

    /// Takes its deliveries with it.
    public func remove(_ id: WebhookID, as caller: Caller) async throws {
        try Self.require(caller)
        try await database.write { transaction in
            let webhook = try find(id, as: caller, in: transaction).webhook
            try WebhookRepository.remove(id, of: caller.organizationId, in: transaction)
            try note("removed", webhook, as: caller, in: transaction)
        }
    }

    /// Gives it a new secret. For a day deliveries carry two signatures, by the new one and by the one before.
    public func replaceSecret(of id: WebhookID, as caller: Caller) async throws -> WebhookWithSecret {
        try Self.require(caller)
        let secret = WebhookSecret()
        let sealed = try secrets.seal(secret.bytes, context: Self.context(id))
        let until = time.now + Self.overlap
        let webhook = try await database.write { transaction in
            let webhook = try find(id, as: caller, in: transaction).webhook
            try WebhookRepository.replaceSecret(of: id, with: sealed, previousUntil: until, of: caller.organizationId, in: transaction)
            try note("secret_replaced", webhook, as: caller, in: transaction)
            return webhook
        }
        return WebhookWithSecret(webhook: webhook, secret: secret.text)
    }

    // MARK: What was delivered

    /// Newest first; `before` continues after that one. `limit` is held to 1…200.
    public func deliveries(
        of id: WebhookID, status: WebhookDelivery.Status? = nil, before: WebhookDeliveryID? = nil, limit: Int = 50, as caller: Caller
    ) async throws -> [WebhookDelivery] {
        try Self.require(caller)
        return try await database.readDelayed { transaction in
            _ = try find(id, as: caller, in: transaction)
            return try WebhookDeliveryRepository.list(
                of: id, status: status, before: before, limit: min(max(limit, 1), 200), in: transaction)
        }
    }

    /// Sends a delivery that has come to its end once more: with the same id and bytes, so that a receiver knows what it has seen.
    public func replay(_ id: WebhookDeliveryID, as caller: Caller) async throws {
        try Self.require(caller)
        let now = time.now
        try await database.write { transaction in
            guard let delivery = try WebhookDeliveryRepository.find(id, of: caller.organizationId, in: transaction) else {
                throw ProblemReport.notFound("delivery")
            }
            let webhook = try find(delivery.webhookId, as: caller, in: transaction).webhook
            guard webhook.status == .active else { throw ProblemReport(.conflict, "The webhook is stopped. Start it first.") }
            guard delivery.nextAttemptAt == nil else { throw ProblemReport(.conflict, "It waits for its next try already.") }
            try WebhookDeliveryRepository.again(id, at: now, in: transaction)
            try queue.enqueue([WebhookOutbox.job(webhook.id, at: now)], in: transaction)
        }
        await queue.announce([WebhookOutbox.jobKind])
    }

    /// Sends a test at once and tells what came of it. It is not tried again.
    public func test(_ id: WebhookID, as caller: Caller) async throws -> WebhookDelivery {
        try Self.require(caller)
        let now = time.now
        let stored = try await database.read { try find(id, as: caller, in: $0) }
        let delivery = WebhookDelivery(
            id: WebhookDeliveryID(at: now), webhookId: id, type: "test", attempts: 1, nextAttemptAt: now + Self.lease, createdAt: now,
            body: try JSON.text(WebhookMessage.test(of: stored.webhook.name, at: now)))
        let outcome = try await attempt(delivery, to: stored, isLast: true)
        return try await database.write { transaction in
            try WebhookDeliveryRepository.insert(delivery, of: caller.organizationId, in: transaction)
            try WebhookDeliveryRepository.note([outcome], in: transaction)
            return try WebhookDeliveryRepository.find(delivery.id, of: caller.organizationId, in: transaction) ?? delivery
        }
    }

    // MARK: Rules

    static func context(_ id: WebhookID) -> String { SealedPlace.webhook(id.text) }

    private static func require(_ caller: Caller) throws {
        try caller.require(Scope.admin)
        try caller.require(.manage)
    }

    /// Each once, and only those that the log keeps.
    private static func kinds(_ events: [EventType]) throws -> [EventType] {
        if let unkept = events.first(where: { !$0.isKept }) {
            throw ProblemReport.invalid(
                "events", "\(unkept.rawValue) is a step on the way and not told to webhooks. Choose post_published or post_failed.")
        }
        return EventType.allCases.filter(events.contains)
    }

    private func address(_ text: String) async throws -> String {
        let url = text.trimmingCharacters(in: .whitespaces)
        guard url.utf8.count <= 2000 else { throw ProblemReport.invalid("url", "The address is too long: at most 2,000 characters.") }
        do {
            try await guarded.check(url)
        } catch is TransportFailure {
            throw ProblemReport.invalid("url", "The name of this address could not be resolved. Check it for mistakes.")
        }
        return url
    }

    private func find(_ id: WebhookID, as caller: Caller, in transaction: any Transaction) throws -> StoredWebhook {
        guard let stored = try WebhookRepository.find(id, of: caller.organizationId, in: transaction) else {
            throw ProblemReport.notFound("webhook")
        }
        return stored
    }

    private func note(_ action: String, _ webhook: Webhook, as caller: Caller, in transaction: any Transaction) throws {
        // An address may hold a key of the receiver's in its path.
        let host = URL(string: webhook.url)?.host() ?? ""
        try audit.record(
            "webhook.\(action)", target: webhook.id.text, detail: ["name": .string(webhook.name), "host": .string(host)], as: caller,
            in: transaction)
    }
}
