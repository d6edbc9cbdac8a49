/// What an author wrote: one or more parts, adapted per channel where wanted, for one or more channels, at a time.
public struct Post: Codable, Sendable, Equatable {
    public let id: PostID
    public let organizationId: OrganizationID
    public let createdBy: UserID?
    public let origin: Origin
    public var content: PostContent
    /// The channels it goes to, in the order chosen.
    public var channels: [IntegrationID]
    public var status: PostStatus
    public var scheduledFor: Timestamp?
    /// The zone in which the author chose the time.
    public var timeZone: String?
    /// What the clocks of `timeZone` show when it goes out; nil when an instant was chosen. The instant follows it when the zone's rules change.
    public var wallTime: WallTime?
    /// The edition of the zone database by which the instant of `wallTime` was computed.
    public var zoneRules: String?
    public var tags: [String]
    public let createdAt: Timestamp
    public var updatedAt: Timestamp
    /// Counts changes; an edit based on an older revision is refused.
    public var revision: Int
    /// When it was put into the trash.
    public var deletedAt: Timestamp?
    /// Its place in a series, when it repeats.
    public var series: SeriesPlace?

    public init(
        id: PostID, organizationId: OrganizationID, createdBy: UserID?, origin: Origin, content: PostContent, channels: [IntegrationID],
        status: PostStatus, scheduledFor: Timestamp?, timeZone: String?, wallTime: WallTime? = nil, zoneRules: String? = nil,
        tags: [String], createdAt: Timestamp, updatedAt: Timestamp, revision: Int, deletedAt: Timestamp? = nil, series: SeriesPlace? = nil
    ) {
        self.id = id
        self.organizationId = organizationId
        self.createdBy = createdBy
        self.origin = origin
        self.content = content
        self.channels = channels
        self.status = status
        self.scheduledFor = scheduledFor
        self.timeZone = timeZone
        self.wallTime = wallTime
        self.zoneRules = zoneRules
        self.tags = tags
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.revision = revision
        self.deletedAt = deletedAt
        self.series = series
    }
}

/// The text and media of a post, its versions and its settings: stored as one document.
public struct PostContent: Codable, Sendable, Equatable {
    public var parts: [PostPart]
    /// What a channel gets instead of `parts`.
    public var versions: [IntegrationID: [PostPart]]
    /// What a channel's descriptor declares: visibility, who may reply, …
    public var settings: [IntegrationID: [String: JSONValue]]
    /// True where its links go out as they are written, whatever the workspace's rules say.
    public var linksAsWritten: Bool?

    public init(
        parts: [PostPart], versions: [IntegrationID: [PostPart]] = [:], settings: [IntegrationID: [String: JSONValue]] = [:],
        linksAsWritten: Bool = false
    ) {
        self.parts = parts
        self.versions = versions
        self.settings = settings
        // What says nothing is stored as before.
        self.linksAsWritten = linksAsWritten ? true : nil
    }

    /// The parts that go out on `channel`.
    public func parts(for channel: IntegrationID) -> [PostPart] { versions[channel] ?? parts }

    /// The same with another file in the place of one.
    public func replacing(_ old: MediaID, with new: MediaID) -> PostContent {
        func mended(_ parts: [PostPart]) -> [PostPart] {
            parts.map { part in
                PostPart(text: part.text, mediaIds: part.mediaIds.map { $0 == old ? new : $0 }.distinct())
            }
        }
        return PostContent(
            parts: mended(parts), versions: versions.mapValues(mended), settings: settings, linksAsWritten: linksAsWritten ?? false)
    }

    public var mediaIds: Set<MediaID> {
        Set((parts + versions.values.joined()).flatMap(\.mediaIds))
    }
}

/// One piece of a thread; the first is the post itself.
public struct PostPart: Codable, Sendable, Equatable {
    public var text: String
    public var mediaIds: [MediaID]

    public init(text: String, mediaIds: [MediaID] = []) {
        self.text = text
        self.mediaIds = mediaIds
    }
}

public enum PostStatus: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
    case draft = "DRAFT"
    case inReview = "IN_REVIEW"
    case scheduled = "SCHEDULED"
    case publishing = "PUBLISHING"
    case published = "PUBLISHED"
    case partiallyPublished = "PARTIALLY_PUBLISHED"
    case failed = "FAILED"
    case cancelled = "CANCELLED"

    /// Whether it only proposes something: nothing of it goes out before a person says so.
    public var isProposal: Bool { [.draft, .inReview].contains(self) }

    /// A post's status follows from its publications'. Without any it keeps `fallback`; all of them drafts, it is a draft or in review.
    public static func derived(from publications: [PublicationStatus], fallback: PostStatus) -> PostStatus {
        let live = publications.filter { $0 != .cancelled }
        if live.isEmpty { return publications.isEmpty ? fallback : .cancelled }
        if live.allSatisfy({ $0 == .draft }) { return fallback == .inReview ? .inReview : .draft }
        if live.allSatisfy({ $0 == .published }) { return .published }
        if live.allSatisfy({ $0 == .failed }) { return .failed }
        if live.contains(where: { [.queued, .publishing, .processing].contains($0) }) { return .publishing }
        if live.contains(where: { [.scheduled, .onHold].contains($0) }) { return live.contains(.published) ? .partiallyPublished : .scheduled }
        if live.contains(.unconfirmed) { return .publishing }
        return .partiallyPublished
    }
}

/// One post on one channel.
public struct Publication: Codable, Sendable, Equatable {
    public let id: PublicationID
    public let organizationId: OrganizationID
    public let postId: PostID
    public let integrationId: IntegrationID
    /// 0 for a post that goes out once; counts up for a recurring one. The database allows one publication per post, channel and occurrence.
    public let occurrence: Int
    public var status: PublicationStatus
    public var dueAt: Timestamp?
    /// Failed attempts so far; waiting for a rate limit does not count.
    public var attempts: Int
    public var nextAttemptAt: Timestamp?
    public var platformPostId: String?
    public var url: String?
    public var publishedAt: Timestamp?
    /// When it was taken away from the platform again.
    public var removedAt: Timestamp?
    /// What the platform made otherwise than was asked, in words: another visibility, no content warning.
    public var notes: [String]
    /// What would keep it from going out as things are, while it is planned.
    public var problems: [Problem]
    public var error: PublicationError?
    public var updatedAt: Timestamp

    public init(
        id: PublicationID, organizationId: OrganizationID, postId: PostID, integrationId: IntegrationID, occurrence: Int,
        status: PublicationStatus, dueAt: Timestamp?, attempts: Int, nextAttemptAt: Timestamp?, platformPostId: String?, url: String?,
        publishedAt: Timestamp?, removedAt: Timestamp? = nil, notes: [String] = [], problems: [Problem] = [],
        error: PublicationError?, updatedAt: Timestamp
    ) {
        self.id = id
        self.organizationId = organizationId
        self.postId = postId
        self.integrationId = integrationId
        self.occurrence = occurrence
        self.status = status
        self.dueAt = dueAt
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
        self.platformPostId = platformPostId
        self.url = url
        self.publishedAt = publishedAt
        self.removedAt = removedAt
        self.notes = notes
        self.problems = problems
        self.error = error
        self.updatedAt = updatedAt
    }
}

public enum PublicationStatus: String, Codable, Sendable, CaseIterable {
    case draft = "DRAFT"
    case scheduled = "SCHEDULED"
    case queued = "QUEUED"
    case publishing = "PUBLISHING"
    /// The platform accepted it and is still working on it.
    case processing = "PROCESSING"
    case published = "PUBLISHED"
    case failed = "FAILED"
    /// The platform may have it: being checked, or a person must say.
    case unconfirmed = "UNCONFIRMED"
    /// Something is paused, or the channel must be connected again: it goes out when that is mended, within the late-posting limit. Or it is
    /// late and waits for a person.
    case onHold = "ON_HOLD"
    case cancelled = "CANCELLED"

    /// Nothing more happens by itself.
    public var isFinal: Bool { [.published, .failed, .cancelled].contains(self) }
    /// Still a plan: it may be changed, moved or cancelled.
    public var isPending: Bool { [.draft, .scheduled, .onHold].contains(self) }
}

/// Why a publication failed, waits or is uncertain, in words a person can act on.
public struct PublicationError: Codable, Sendable, Equatable {
    public var code: String
    public var message: String
    public var kind: PublishingErrorKind
    /// What the platform answered, secrets removed.
    public var platformAnswer: String?

    /// The code of what was held because the server was restored from a copy: it may have gone out since that was made.
    public static let restored = "RESTORED"

    public init(code: String, message: String, kind: PublishingErrorKind, platformAnswer: String? = nil) {
        self.code = code
        self.message = message
        self.kind = kind
        self.platformAnswer = platformAnswer
    }
}

/// The five kinds of failure, each with its own treatment (docs/architecture.md, "Publishing").
public enum PublishingErrorKind: String, Codable, Sendable, CaseIterable {
    /// Tried again with exponential backoff.
    case transient = "TRANSIENT"
    /// Tried again when the platform says; does not count as an attempt.
    case rateLimited = "RATE_LIMITED"
    /// One refresh of the token, then the channel's posts wait for the person to connect again.
    case authentication = "AUTHENTICATION"
    /// Final: the person must change something.
    case invalidContent = "INVALID_CONTENT"
    /// It may or may not have been published: looked up, never blindly repeated.
    case unknownOutcome = "UNKNOWN_OUTCOME"
}
