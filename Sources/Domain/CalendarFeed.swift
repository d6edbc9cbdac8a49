/// A calendar that other programs subscribe to by a secret address: all posts of a workspace, or those of a channel.
public struct CalendarFeed: Codable, Sendable, Equatable {
    public let id: CalendarFeedID
    public let organizationId: OrganizationID
    /// Nil: all channels.
    public let integrationId: IntegrationID?
    public let createdBy: UserID?
    public let createdAt: Timestamp
    public let lastUsedAt: Timestamp?

    public init(
        id: CalendarFeedID, organizationId: OrganizationID, integrationId: IntegrationID?, createdBy: UserID?, createdAt: Timestamp,
        lastUsedAt: Timestamp?
    ) {
        self.id = id
        self.organizationId = organizationId
        self.integrationId = integrationId
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
    }
}

public typealias CalendarFeedID = Identifier<CalendarFeed>
