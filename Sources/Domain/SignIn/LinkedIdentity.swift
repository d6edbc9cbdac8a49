public typealias IdentityID = Identifier<LinkedIdentity>

/// An account at a provider of identities by which a person signs in. The provider's own name for it stays in the database.
public struct LinkedIdentity: Codable, Sendable, Equatable {
    public let id: IdentityID
    /// The provider's name in the configuration when it was connected.
    public let provider: String
    /// The address that the provider told last, for people to recognise it by: nothing follows from it.
    public let email: String?
    public let createdAt: Timestamp
    public let lastUsedAt: Timestamp

    public init(id: IdentityID, provider: String, email: String?, createdAt: Timestamp, lastUsedAt: Timestamp) {
        self.id = id
        self.provider = provider
        self.email = email
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
    }
}
