public typealias PasskeyID = Identifier<Passkey>

/// A key of a person's device or password store by which they sign in (WebAuthn). Its public half stays in the database.
public struct Passkey: Codable, Sendable, Equatable {
    public let id: PasskeyID
    /// As its person calls it.
    public let name: String
    /// Whether a password store may carry it to other devices; else it is bound to one.
    public let synced: Bool
    public let createdAt: Timestamp
    /// Nil until somebody signs in with it.
    public let lastUsedAt: Timestamp?

    public init(id: PasskeyID, name: String, synced: Bool, createdAt: Timestamp, lastUsedAt: Timestamp? = nil) {
        self.id = id
        self.name = name
        self.synced = synced
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
    }
}
