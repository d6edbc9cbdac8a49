/// That an account goes, and when. Signing in before then keeps it.
public struct AccountDeletion: Codable, Sendable, Equatable {
    public let requestedAt: Timestamp
    public let endsAt: Timestamp

    public init(requestedAt: Timestamp, endsAt: Timestamp) {
        self.requestedAt = requestedAt
        self.endsAt = endsAt
    }
}

/// What a workspace holds.
public struct WorkspaceContents: Codable, Sendable, Equatable {
    public let id: OrganizationID
    public let name: String
    public let createdAt: Timestamp
    public let members: Int
    public let channels: Int
    public let posts: Int
    public let files: Int

    public init(id: OrganizationID, name: String, createdAt: Timestamp, members: Int, channels: Int, posts: Int, files: Int) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.members = members
        self.channels = channels
        self.posts = posts
        self.files = files
    }
}
