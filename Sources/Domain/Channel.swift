/// Names a platform in URLs, settings and the database: `x`, `linkedin`, `linkedin-page`, `mastodon`.
public struct PlatformID: RawRepresentable, Hashable, Sendable, Codable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
    public var description: String { rawValue }
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A connected account, called *channel* in the interface. Its tokens are not part of this value: only publishing and refreshing see them.
public struct Integration: Codable, Sendable, Equatable {
    public let id: IntegrationID
    public let organizationId: OrganizationID
    public let platform: PlatformID
    /// The platform's own id of the account; with a host in front where ids are unique per instance only.
    public internal(set) var platformAccountId: String
    public var username: String
    public var displayName: String
    public var pictureURL: String?
    public var profileURL: String?
    /// The server the account lives on, for platforms of many instances.
    public var instanceURL: String?
    /// What this account may do beyond or short of its platform's defaults.
    public var limits: AccountLimits
    /// Defaults for the settings that the platform's descriptor declares.
    public var settings: [String: JSONValue]
    public var scopes: [String]
    public var tokenExpiresAt: Timestamp?
    /// Whether the token can be renewed without the person.
    public var refreshable: Bool
    public var active: Bool
    public var pausedAt: Timestamp?
    /// Why the person must connect again; nil while the connection works.
    public var reconnectReason: String?
    public var slots: [Slot]
    /// A label that groups channels.
    public var customer: String?
    public let createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: IntegrationID, organizationId: OrganizationID, platform: PlatformID, platformAccountId: String, username: String,
        displayName: String, pictureURL: String? = nil, profileURL: String? = nil, instanceURL: String? = nil,
        limits: AccountLimits = .init(), settings: [String: JSONValue] = [:], scopes: [String] = [], tokenExpiresAt: Timestamp? = nil,
        refreshable: Bool = false, active: Bool = true, pausedAt: Timestamp? = nil, reconnectReason: String? = nil, slots: [Slot] = [],
        customer: String? = nil, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.organizationId = organizationId
        self.platform = platform
        self.platformAccountId = platformAccountId
        self.username = username
        self.displayName = displayName
        self.pictureURL = pictureURL
        self.profileURL = profileURL
        self.instanceURL = instanceURL
        self.limits = limits
        self.settings = settings
        self.scopes = scopes
        self.tokenExpiresAt = tokenExpiresAt
        self.refreshable = refreshable
        self.active = active
        self.pausedAt = pausedAt
        self.reconnectReason = reconnectReason
        self.slots = slots
        self.customer = customer
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// When the connection ends unless a person connects it again; nil when it does not end, or renews itself.
    public var endsAt: Timestamp? { refreshable ? nil : tokenExpiresAt }
    public var needsReconnect: Bool { reconnectReason != nil }
    /// Whether posts go out now; otherwise they are held.
    public var publishes: Bool { active && pausedAt == nil && !needsReconnect }
}

/// A time of day at which a channel likes to post, in a zone of its own, so that it stays put across daylight-saving changes.
public struct Slot: Codable, Sendable, Hashable {
    /// 1 = Monday … 7 = Sunday (ISO 8601); empty means every day.
    public var weekdays: [Int]
    /// Minutes after midnight, 0 to 1439, wall-clock time.
    public var minute: Int
    public var timeZone: String
    /// The tag of the posts that it is kept for; nil: it is for those that no slot of the channel is kept for.
    public var tag: String?

    public init(weekdays: [Int] = [], minute: Int, timeZone: String, tag: String? = nil) {
        self.weekdays = weekdays
        self.minute = minute
        self.timeZone = timeZone
        self.tag = tag
    }
}

/// Limits that differ from account to account: a Mastodon server's own length, a paying X account.
public struct AccountLimits: Codable, Sendable, Equatable {
    public var textLength: Int?
    public var mediaCount: Int?
    public var urlLength: Int?
    public var imageBytes: Int?
    /// Width times height.
    public var imagePixels: Int?
    public var videoBytes: Int?
    /// Width times height.
    public var videoPixels: Int?
    /// Frames a second.
    public var videoFrameRate: Int?
    /// Seconds.
    public var videoDuration: Double?
    public var altTextLength: Int?
    public var mediaTypes: [String]?
    /// How many answers a poll may have.
    public var pollAnswers: Int?
    /// Characters of one.
    public var pollAnswerLength: Int?
    /// For how long people can vote.
    public var pollMinSeconds: Int?
    public var pollMaxSeconds: Int?

    public init(
        textLength: Int? = nil, mediaCount: Int? = nil, urlLength: Int? = nil, imageBytes: Int? = nil, imagePixels: Int? = nil,
        videoBytes: Int? = nil, videoPixels: Int? = nil, videoFrameRate: Int? = nil, videoDuration: Double? = nil,
        altTextLength: Int? = nil, mediaTypes: [String]? = nil, pollAnswers: Int? = nil, pollAnswerLength: Int? = nil,
        pollMinSeconds: Int? = nil, pollMaxSeconds: Int? = nil
    ) {
        self.textLength = textLength
        self.mediaCount = mediaCount
        self.urlLength = urlLength
        self.imageBytes = imageBytes
        self.imagePixels = imagePixels
        self.videoBytes = videoBytes
        self.videoPixels = videoPixels
        self.videoFrameRate = videoFrameRate
        self.videoDuration = videoDuration
        self.altTextLength = altTextLength
        self.mediaTypes = mediaTypes
        self.pollAnswers = pollAnswers
        self.pollAnswerLength = pollAnswerLength
        self.pollMinSeconds = pollMinSeconds
        self.pollMaxSeconds = pollMaxSeconds
    }
}

/// What kind of file a media item is, as platforms tell them apart.
public enum MediaKind: String, Codable, Sendable, CaseIterable {
    case image = "IMAGE"
    /// A picture that moves: an animated GIF, PNG, WebP or AVIF.
    case animation = "ANIMATION"
    case video = "VIDEO"
    case audio = "AUDIO"
    case document = "DOCUMENT"
}

/// An uploaded file. What it is was found by looking at its bytes, never by its name.
public struct Media: Codable, Sendable, Equatable {
    public let id: MediaID
    public let organizationId: OrganizationID
    public var name: String
    public var kind: MediaKind
    public let mimeType: String
    /// Size in bytes.
    public let size: Int
    /// SHA-256 of the bytes, lower-case hex; also where they are stored.
    public let digest: String
    public let width: Int?
    public let height: Int?
    /// Seconds, for video and audio.
    public let duration: Double?
    public let facts: MediaFacts
    public var altText: String?
    /// It is made after the upload was answered.
    public var hasThumbnail: Bool
    /// Of a film, what was asked for.
    public var conversions: [FilmConversion]
    /// Where it lies in the library; nil when in no folder.
    public var folder: String?
    /// Of a film, the languages in which there are captions.
    public var captionLanguages: [String]
    public let createdAt: Timestamp
    /// When it was put into the trash.
    public var deletedAt: Timestamp?

    public init(
        id: MediaID, organizationId: OrganizationID, name: String, kind: MediaKind, mimeType: String, size: Int, digest: String,
        width: Int?, height: Int?, duration: Double?, facts: MediaFacts = MediaFacts(), altText: String?, hasThumbnail: Bool,
        conversions: [FilmConversion] = [], folder: String? = nil, captionLanguages: [String] = [], createdAt: Timestamp,
        deletedAt: Timestamp? = nil
    ) {
        self.id = id
        self.organizationId = organizationId
        self.name = name
        self.kind = kind
        self.mimeType = mimeType
        self.size = size
        self.digest = digest
        self.width = width
        self.height = height
        self.duration = duration
        self.facts = facts
        self.altText = altText
        self.hasThumbnail = hasThumbnail
        self.conversions = conversions
        self.folder = folder
        self.captionLanguages = captionLanguages
        self.deletedAt = deletedAt
        self.createdAt = createdAt
    }
}
