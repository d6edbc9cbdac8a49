/// Somebody who belongs to a workspace.
public struct Member: Codable, Sendable, Equatable {
    public let userId: UserID
    public let name: String
    /// Nil for those who are not told: only the person and those who manage the workspace are.
    public var email: String?
    public let role: Role
    /// Since when they belong to it.
    public let since: Timestamp

    public init(userId: UserID, name: String, email: String?, role: Role, since: Timestamp) {
        self.userId = userId
        self.name = name
        self.email = email
        self.role = role
        self.since = since
    }
}

/// A link that makes whoever opens it a member, once. The database has its token's SHA-256 hash.
public struct Invitation: Codable, Sendable, Equatable {
    public let id: InvitationID
    public let role: Role
    /// Where it was sent; nil for a link that was handed on by hand.
    public let email: String?
    public let createdBy: UserID?
    public let createdAt: Timestamp
    public let expiresAt: Timestamp

    public init(id: InvitationID, role: Role, email: String?, createdBy: UserID?, createdAt: Timestamp, expiresAt: Timestamp) {
        self.id = id
        self.role = role
        self.email = email
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

public typealias InvitationID = Identifier<Invitation>
