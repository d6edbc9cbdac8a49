/// What a person has allowed a hosted assistant to do in one workspace, without giving it a key.
public struct Grant: Codable, Sendable, Equatable {
    public let id: GrantID
    public let organizationId: OrganizationID
    /// Who allowed it: the assistant acts with this member's role.
    public let userId: UserID
    /// As the authorization server knows the assistant: a name it was given, or the address of its description.
    public let clientId: String
    /// What the assistant calls itself.
    public let clientName: String
    /// Where its person's browser was sent with the answer, such as `claude.example.com`, `localhost` or `cursor:`.
    public let redirectHost: String
    public let scopes: Set<Scope>
    /// Whether what it plans or publishes waits for a person's approval.
    public let draftOnly: Bool
    public let createdAt: Timestamp
    public var lastUsedAt: Timestamp?
    /// When it ends unless the assistant comes back before.
    public var expiresAt: Timestamp

    public init(
        id: GrantID, organizationId: OrganizationID, userId: UserID, clientId: String, clientName: String, redirectHost: String,
        scopes: Set<Scope>, draftOnly: Bool, createdAt: Timestamp, lastUsedAt: Timestamp? = nil, expiresAt: Timestamp
    ) {
        self.id = id
        self.organizationId = organizationId
        self.userId = userId
        self.clientId = clientId
        self.clientName = clientName
        self.redirectHost = redirectHost
        self.scopes = scopes
        self.draftOnly = draftOnly
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.expiresAt = expiresAt
    }
}

public typealias GrantID = Identifier<Grant>
