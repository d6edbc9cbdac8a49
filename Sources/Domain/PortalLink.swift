public typealias PortalLinkID = Identifier<PortalLink>

/// A way for somebody at a customer to see, without an account, what goes out on that customer's channels.
public struct PortalLink: Codable, Sendable, Equatable {
    public let id: PortalLinkID
    /// As the customer's channels name it.
    public let customer: String
    /// The name of whom it is for.
    public let person: String
    /// Whether they decide about posts in review that go out on the customer's channels alone.
    public let mayApprove: Bool
    /// Who made it; null when their account is gone.
    public let createdBy: UserID?
    public let createdAt: Timestamp
    public let expiresAt: Timestamp
    public let lastUsedAt: Timestamp?

    public init(
        id: PortalLinkID, customer: String, person: String, mayApprove: Bool, createdBy: UserID?, createdAt: Timestamp, expiresAt: Timestamp,
        lastUsedAt: Timestamp? = nil
    ) {
        self.id = id
        self.customer = customer
        self.person = person
        self.mayApprove = mayApprove
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
    }
}
