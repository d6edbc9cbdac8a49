/// What an author decides about a post, as one document: everything that a version of it keeps.
public struct PostDocument: Codable, Sendable, Equatable {
    public var content: PostContent
    public var channels: [IntegrationID]
    public var scheduledFor: Timestamp?
    public var timeZone: String?
    public var wallTime: WallTime?
    /// In alphabetical order: their order means nothing.
    public var tags: [String]

    public init(
        content: PostContent, channels: [IntegrationID], scheduledFor: Timestamp?, timeZone: String?, wallTime: WallTime?, tags: [String]
    ) {
        self.content = content
        self.channels = channels
        self.scheduledFor = scheduledFor
        self.timeZone = timeZone
        self.wallTime = wallTime
        self.tags = tags.sorted()
    }
}

extension Post {
    public var document: PostDocument {
        PostDocument(
            content: content, channels: channels, scheduledFor: scheduledFor, timeZone: timeZone, wallTime: wallTime, tags: tags)
    }
}

/// A post as somebody saved it once.
public struct PostRevision: Sendable, Equatable {
    /// How many of a post are kept, the newest.
    public static let kept = 50
    /// Drafts save themselves while they are written. Of what one person saved in one stretch of so long, the last is kept.
    static let stretch = Duration.minutes(2)

    public let postId: PostID
    public let organizationId: OrganizationID
    /// The post's revision that was made by saving it.
    public let revision: Int
    public let savedAt: Timestamp
    /// Nil where nobody is known: a program's key, or the server itself, which moves posts when the rules of a zone change.
    public let savedBy: UserID?
    public let origin: Origin
    /// Whether it was saved as a draft.
    public let isDraft: Bool
    /// The revision whose document it brought back.
    public let restored: Int?
    public let document: PostDocument

    public init(
        postId: PostID, organizationId: OrganizationID, revision: Int, savedAt: Timestamp, savedBy: UserID?, origin: Origin, isDraft: Bool,
        restored: Int? = nil, document: PostDocument
    ) {
        self.postId = postId
        self.organizationId = organizationId
        self.revision = revision
        self.savedAt = savedAt
        self.savedBy = savedBy
        self.origin = origin
        self.isDraft = isDraft
        self.restored = restored
        self.document = document
    }

    /// Whether `earlier` need not be kept beside this one, which followed it: the same person, writing a draft in the browser, in one stretch. What was
    /// restored, and what a restoration replaced, is never thinned.
    public func supersedes(_ earlier: PostRevision) -> Bool {
        let stretch = Self.stretch.milliseconds
        return isDraft && earlier.isDraft && restored == nil && earlier.restored == nil && origin == .web && earlier.origin == .web
            && savedBy != nil && savedBy == earlier.savedBy
            && savedAt.milliseconds / stretch == earlier.savedAt.milliseconds / stretch
    }
}
