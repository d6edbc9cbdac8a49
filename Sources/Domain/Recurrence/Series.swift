public typealias SeriesID = Identifier<Series>

/// A post that repeats: what each of its posts begins as, and when. Its next posts stand in the plan as ordinary posts.
public struct Series: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable, CaseIterable {
        case active = "ACTIVE"
        /// Nothing of it is planned until somebody lets it go on.
        case paused = "PAUSED"
        /// Nothing more comes of it.
        case ended = "ENDED"
    }

    public let id: SeriesID
    public let organizationId: OrganizationID
    public let createdBy: UserID?
    public let origin: Origin
    public var content: PostContent
    public var channels: [IntegrationID]
    public var tags: [String]
    /// See `RecurrenceRule`.
    public var rule: String
    /// The wall time of its first post.
    public var start: WallTime
    /// IANA name.
    public var timeZone: String
    /// The first day that does not belong to it any more, where a later part became a series of its own or was given up.
    public var endsBefore: WallTime?
    /// Days that are left out, as `2026-11-24`.
    public var excluded: [String]
    /// What its posts begin as: `DRAFT` (only the first is there), `IN_REVIEW` or `SCHEDULED`.
    public var plan: PostStatus
    public var status: Status
    /// When the next posts have to be made; nil when all are.
    public var nextCheckAt: Timestamp?
    /// When it was approved as it is, and by whom where that is a member; nil since it was changed.
    public var approvedAt: Timestamp?
    public var approvedBy: UserID?
    public let createdAt: Timestamp
    public var updatedAt: Timestamp
    /// Counts changes.
    public var revision: Int

    public init(
        id: SeriesID, organizationId: OrganizationID, createdBy: UserID?, origin: Origin, content: PostContent, channels: [IntegrationID],
        tags: [String], rule: String, start: WallTime, timeZone: String, endsBefore: WallTime? = nil, excluded: [String] = [],
        plan: PostStatus, status: Status = .active, nextCheckAt: Timestamp? = nil, approvedAt: Timestamp? = nil,
        approvedBy: UserID? = nil, createdAt: Timestamp, updatedAt: Timestamp, revision: Int = 1
    ) {
        self.id = id
        self.organizationId = organizationId
        self.createdBy = createdBy
        self.origin = origin
        self.content = content
        self.channels = channels
        self.tags = tags
        self.rule = rule
        self.start = start
        self.timeZone = timeZone
        self.endsBefore = endsBefore
        self.excluded = excluded
        self.plan = plan
        self.status = status
        self.nextCheckAt = nextCheckAt
        self.approvedAt = approvedAt
        self.approvedBy = approvedBy
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.revision = revision
    }

    /// When its posts go out, by the zone rules in force. Throws when its zone is not known any more.
    public func recurrence() throws(ProblemReport) -> Recurrence {
        Recurrence(try RecurrenceRule(rule), start: start, zone: try Schedule.timeZone(timeZone))
    }

    /// Those after `instant` that are not left out, up to its end.
    public func upcoming(after instant: Timestamp, leavingOut: Bool = true) throws(ProblemReport) -> some Sequence<Recurrence.Occurrence> {
        let (left, end) = (leavingOut ? Set(excluded) : [], endsBefore)
        return try recurrence().occurrences.lazy.prefix { occurrence in end.map { occurrence.wallTime < $0 } ?? true }
            .filter { $0.instant > instant && !left.contains($0.wallTime.dayText) }
    }
}

/// Which posts of a series something is done to.
public enum SeriesScope: String, Codable, Sendable, CaseIterable {
    case this
    case following
    case all
}

/// Where a post stands in a series.
public struct SeriesPlace: Codable, Sendable, Equatable {
    public let id: SeriesID
    /// The day that the rule names for it, as `2026-11-24`; it stays when the post itself is moved.
    public var day: String
    /// A person changed this one: changes of the series leave it alone.
    public var isChanged: Bool

    public init(id: SeriesID, day: String, isChanged: Bool = false) {
        self.id = id
        self.day = day
        self.isChanged = isChanged
    }
}
