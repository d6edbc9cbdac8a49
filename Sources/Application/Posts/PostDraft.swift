import Domain

/// A post as a caller writes it: over REST, MCP or in the composer.
public struct PostDraft: Codable, Sendable, Equatable {
    /// The text of a post of one part. Either this or `parts`.
    public var content: String?
    public var parts: [PartDraft]?
    /// Channel ids or unambiguous names.
    public var platforms: [String]?
    /// ISO 8601 with an offset, or a wall time read in `timeZone`.
    public var scheduledFor: String?
    public var schedule: ScheduleChoice?
    /// IANA name; the workspace's zone when absent.
    public var timeZone: String?
    public var mediaIds: [MediaID]?
    /// Files to be fetched and attached to the first part.
    public var mediaUrls: [String]?
    /// What a channel gets instead: keyed by channel id or name.
    public var versions: [String: [PartDraft]]?
    /// Keyed by channel id, channel name or platform id.
    public var settings: [String: [String: JSONValue]]?
    public var tags: [String]?
    public var status: DraftStatus?
    /// A template by id or name: its texts, channels, settings and tags where the draft gives none.
    public var template: String?
    /// What the template asks for, by name.
    public var values: [String: String]?
    /// A signature by id or name, or `automatic` for the one that is, if any: it is put below the text of the first part.
    public var signature: String?
    /// How it repeats, from its time on: a rule of RFC 5545 such as `FREQ=WEEKLY;BYDAY=MO`.
    public var recurrence: String?
    /// True: its links go out as they are written, whatever the workspace's rules for links say.
    public var linksAsWritten: Bool?
    /// When replacing: the revision the change is based on.
    public var revision: Int?

    public init(
        content: String? = nil, parts: [PartDraft]? = nil, platforms: [String]? = nil, scheduledFor: String? = nil,
        schedule: ScheduleChoice? = nil, timeZone: String? = nil, mediaIds: [MediaID]? = nil, mediaUrls: [String]? = nil,
        versions: [String: [PartDraft]]? = nil, settings: [String: [String: JSONValue]]? = nil, tags: [String]? = nil,
        status: DraftStatus? = nil, template: String? = nil, values: [String: String]? = nil, signature: String? = nil, recurrence: String? = nil,
        linksAsWritten: Bool? = nil, revision: Int? = nil
    ) {
        self.content = content
        self.parts = parts
        self.platforms = platforms
        self.scheduledFor = scheduledFor
        self.schedule = schedule
        self.timeZone = timeZone
        self.mediaIds = mediaIds
        self.mediaUrls = mediaUrls
        self.versions = versions
        self.settings = settings
        self.tags = tags
        self.status = status
        self.template = template
        self.values = values
        self.signature = signature
        self.recurrence = recurrence
        self.linksAsWritten = linksAsWritten
        self.revision = revision
    }

    /// Whether it is only to be kept, whatever it still lacks.
    var isDraft: Bool { status == .draft }
}

/// What is wrong with a draft, and how long its texts are.
public struct DraftCheck: Codable, Sendable, Equatable {
    public let items: [Problem]
    public let counts: [TextCount]
}

/// One part of a post as a caller writes it. Files of the library, and addresses from which files are fetched.
public struct PartDraft: Codable, Sendable, Equatable {
    public var text: String?
    public var mediaIds: [MediaID]?
    public var mediaUrls: [String]?

    public init(text: String? = nil, mediaIds: [MediaID]? = nil, mediaUrls: [String]? = nil) {
        self.text = text
        self.mediaIds = mediaIds
        self.mediaUrls = mediaUrls
    }
}

/// A time the product chooses.
public enum ScheduleChoice: String, Codable, Sendable, CaseIterable {
    /// The next posting time at which all chosen channels are free.
    case nextSlot = "next-slot"
    case now
}

/// What a caller may ask a new post to be.
public enum DraftStatus: String, Codable, Sendable, CaseIterable {
    case draft = "DRAFT"
    /// To go out at its time, but not before an administrator's approval.
    case inReview = "IN_REVIEW"
    case scheduled = "SCHEDULED"
}

/// What a list of posts is narrowed to.
public struct PostQuery: Sendable, Equatable {
    public var statuses: [PostStatus]
    public var platform: PlatformID?
    public var integration: IntegrationID?
    /// Any of these channels: ids or names; a platform stands for all of its channels. Empty means all.
    public var integrations: [String]
    public var origin: Origin?
    public var tag: String?
    public var text: String?
    public var from: Timestamp?
    public var to: Timestamp?
    public var cursor: String?
    /// 1 to 200.
    public var limit: Int
    public var newestFirst: Bool
    /// What was deleted and may come back, what was deleted last first.
    public var inTrash: Bool

    public init(
        statuses: [PostStatus] = [], platform: PlatformID? = nil, integration: IntegrationID? = nil, integrations: [String] = [],
        origin: Origin? = nil, tag: String? = nil, text: String? = nil, from: Timestamp? = nil, to: Timestamp? = nil,
        cursor: String? = nil, limit: Int = 50, newestFirst: Bool = true, inTrash: Bool = false
    ) {
        self.statuses = statuses
        self.platform = platform
        self.integration = integration
        self.integrations = integrations
        self.origin = origin
        self.tag = tag
        self.text = text
        self.from = from
        self.to = to
        self.cursor = cursor
        self.limit = limit
        self.newestFirst = newestFirst
        self.inTrash = inTrash
    }
}

/// What a person found out about a publication in doubt.
public enum UnconfirmedOutcome: String, Codable, Sendable, CaseIterable {
    case published = "PUBLISHED"
    case sendAgain = "SEND_AGAIN"
}

extension PostDraft {
    /// The draft that would make `view` again.
    public init(_ view: PostView) {
        self.init(
            parts: view.parts.map(PartDraft.init), platforms: view.platforms.map(\.text), scheduledFor: view.plannedFor, timeZone: view.timeZone,
            versions: Dictionary(uniqueKeysWithValues: view.versions.map { ($0.key.text, $0.value.map(PartDraft.init)) }),
            settings: Dictionary(uniqueKeysWithValues: view.settings.map { ($0.key.text, $0.value) }), tags: view.tags, recurrence: view.recurrence,
            linksAsWritten: view.linksAsWritten ? true : nil, revision: view.revision)
    }
}

extension PostDraft {
    /// Leaves out what is for other channels; they are named by id.
    mutating func narrow(to channels: [IntegrationID]) {
        let names = Set(channels.map(\.text))
        platforms = platforms?.filter(names.contains)
        versions = versions?.filter { names.contains($0.key) }
        settings = settings?.filter { names.contains($0.key) }
    }
}

extension PartDraft {
    init(_ part: PostPart) { self.init(text: part.text, mediaIds: part.mediaIds) }
}
