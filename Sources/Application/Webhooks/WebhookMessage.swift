import Domain

/// What a webhook is sent.
public struct WebhookMessage: Codable, Sendable, Equatable {
    /// The event's name, or `test`.
    public let type: String
    /// When it happened.
    public let timestamp: Timestamp
    public let data: Content

    public struct Content: Codable, Sendable, Equatable {
        /// The id that it has in the event log.
        public let eventId: Identifier<ProductEvent>
        /// One sentence.
        public let message: String
        public let postId: PostID?
        public let integrationId: IntegrationID?
        /// How the post stands on each of its channels.
        public let publications: [Standing]
        /// What else the event says.
        public let details: JSONValue
    }

    /// A post on one channel.
    public struct Standing: Codable, Sendable, Equatable {
        public let integrationId: IntegrationID
        public let status: PublicationStatus
        public let dueAt: Timestamp?
        public let publishedAt: Timestamp?
        public let url: String?
        public let errorCode: String?
        public let errorMessage: String?
    }
}

extension WebhookMessage {
    init(_ record: EventRecord, publications: [Publication]) {
        self.init(
            type: record.type.rawValue, timestamp: record.at,
            data: Content(
                eventId: record.id, message: record.message, postId: record.postId, integrationId: record.integrationId,
                publications: publications.map(Standing.init), details: record.data))
    }

    /// What a person sends to see whether anything arrives.
    static func test(of name: String, at now: Timestamp) -> WebhookMessage {
        WebhookMessage(
            type: "test", timestamp: now,
            data: Content(
                eventId: Identifier(at: now), message: "This is a test of the webhook \(name).", postId: nil, integrationId: nil, publications: [],
                details: [:]))
    }
}

extension WebhookMessage.Standing {
    fileprivate init(_ publication: Publication) {
        self.init(
            integrationId: publication.integrationId, status: publication.status, dueAt: publication.dueAt, publishedAt: publication.publishedAt,
            url: publication.url, errorCode: publication.error?.code, errorMessage: publication.error?.message)
    }
}
