public typealias WebhookID = Identifier<Webhook>
public typealias WebhookDeliveryID = Identifier<WebhookDelivery>

/// An address that is told what happens in a workspace.
public struct Webhook: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable, CaseIterable {
        case active = "ACTIVE"
        /// A person switched it off, or nothing was taken for a day: nothing is kept for it meanwhile.
        case stopped = "STOPPED"
    }

    public let id: WebhookID
    public var name: String
    public var url: String
    /// Which kinds of events; none means all.
    public var events: [EventType]
    /// Only what concerns these channels; none means all. What concerns no channel is always told.
    public var integrationIds: [IntegrationID]
    public var status: Status
    /// Why it was stopped, where that was not a person's wish.
    public var stoppedReason: String?
    /// Since when no delivery has been taken; nil while they are.
    public var failingSince: Timestamp?
    public let createdAt: Timestamp

    public init(
        id: WebhookID, name: String, url: String, events: [EventType], integrationIds: [IntegrationID], status: Status = .active,
        stoppedReason: String? = nil, failingSince: Timestamp? = nil, createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.url = url
        self.events = events
        self.integrationIds = integrationIds
        self.status = status
        self.stoppedReason = stoppedReason
        self.failingSince = failingSince
        self.createdAt = createdAt
    }

    /// Whether it wants an event of `type` that concerns `channels`.
    public func wants(_ type: EventType, channels: Set<IntegrationID>) -> Bool {
        status == .active && (events.isEmpty || events.contains(type))
            && (integrationIds.isEmpty || channels.isEmpty || !channels.isDisjoint(with: integrationIds))
    }
}

/// One event on its way to a webhook, or there.
public struct WebhookDelivery: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable, CaseIterable {
        case waiting = "WAITING"
        case delivered = "DELIVERED"
        case failed = "FAILED"
    }

    public let id: WebhookDeliveryID
    public let webhookId: WebhookID
    /// The event's name, or `test`.
    public let type: String
    public let status: Status
    public let attempts: Int
    /// When it is tried next; nil when it is not.
    public let nextAttemptAt: Timestamp?
    public let createdAt: Timestamp
    /// When it was tried last.
    public let attemptedAt: Timestamp?
    /// The status of the last answer; nil where there was none.
    public let answerStatus: Int?
    /// The beginning of the last answer's body, or why there was none.
    public let answer: String?
    /// How long the last attempt took, in milliseconds.
    public let duration: Int?
    /// What is sent: JSON, the same bytes at every attempt.
    public let body: String

    public init(
        id: WebhookDeliveryID, webhookId: WebhookID, type: String, status: Status = .waiting, attempts: Int = 0, nextAttemptAt: Timestamp?,
        createdAt: Timestamp, attemptedAt: Timestamp? = nil, answerStatus: Int? = nil, answer: String? = nil, duration: Int? = nil, body: String
    ) {
        self.id = id
        self.webhookId = webhookId
        self.type = type
        self.status = status
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
        self.createdAt = createdAt
        self.attemptedAt = attemptedAt
        self.answerStatus = answerStatus
        self.answer = answer
        self.duration = duration
        self.body = body
    }
}
