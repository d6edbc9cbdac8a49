/// A workspace: owns channels, posts, media and keys. No row of one organization is ever visible to another.
public struct Organization: Codable, Sendable, Equatable {
    public let id: OrganizationID
    public var name: String
    /// IANA time zone in which times without an offset are read, such as `Europe/Paris`.
    public var timeZone: String
    /// What becomes of posts that are late.
    public var catchUp: CatchUp
    /// Whether what members plan who may not approve waits for an approval.
    public var needsApproval: Bool
    /// Whether it opens only to members who sign in with a second factor.
    public var needsSecondFactor: Bool
    /// Since when nothing of it goes out; nil while it publishes.
    public var pausedAt: Timestamp?
    public let createdAt: Timestamp

    public init(
        id: OrganizationID, name: String, timeZone: String, catchUp: CatchUp = .sendNow, needsApproval: Bool = false,
        needsSecondFactor: Bool = false, pausedAt: Timestamp? = nil, createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.timeZone = timeZone
        self.catchUp = catchUp
        self.needsApproval = needsApproval
        self.needsSecondFactor = needsSecondFactor
        self.pausedAt = pausedAt
        self.createdAt = createdAt
    }
}

/// What a member may do in an organization. Ordered: each role may do what the ones before it may.
public enum Role: String, Codable, Sendable, CaseIterable, Comparable {
    case viewer = "VIEWER"
    /// Writes; what they plan waits for approval.
    case drafter = "DRAFTER"
    case user = "USER"
    case admin = "ADMIN"
    case owner = "OWNER"

    public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }
    private var rank: Int {
        switch self {
        case .viewer: 0
        case .drafter: 1
        case .user: 2
        case .admin: 3
        case .owner: 4
        }
    }
}

/// What a user may do on the instance as a whole. The first account is `ADMIN`.
public enum InstanceRole: String, Codable, Sendable, CaseIterable {
    case admin = "ADMIN"
    case user = "USER"
}

/// With which day a person's weeks begin.
public enum WeekStart: String, Codable, Sendable, CaseIterable {
    /// As is usual where their language is spoken.
    case region = "REGION"
    case monday = "MONDAY"
    case sunday = "SUNDAY"
    case saturday = "SATURDAY"
}

/// A person with a password.
public struct User: Codable, Sendable, Equatable {
    public let id: UserID
    /// Lower-case, unique on the instance.
    public var email: String
    public var name: String
    public var role: InstanceRole
    public var timeZone: String
    public var locale: String
    public var weekStart: WeekStart
    public let createdAt: Timestamp

    public init(
        id: UserID, email: String, name: String, role: InstanceRole, timeZone: String, locale: String, weekStart: WeekStart = .region,
        createdAt: Timestamp
    ) {
        self.id = id
        self.email = email
        self.name = name
        self.role = role
        self.timeZone = timeZone
        self.locale = locale
        self.weekStart = weekStart
        self.createdAt = createdAt
    }
}

/// A user in an organization.
public struct Membership: Codable, Sendable, Equatable {
    public let userId: UserID
    public let organizationId: OrganizationID
    public var role: Role

    public init(userId: UserID, organizationId: OrganizationID, role: Role) {
        self.userId = userId
        self.organizationId = organizationId
        self.role = role
    }
}

/// A signed-in browser. The cookie holds a random token; the database its SHA-256 hash.
public struct Session: Codable, Sendable, Equatable {
    public let id: SessionID
    public let userId: UserID
    public var organizationId: OrganizationID
    public let createdAt: Timestamp
    public let expiresAt: Timestamp
    public var lastSeenAt: Timestamp
    public var userAgent: String
    public var address: String

    public init(
        id: SessionID, userId: UserID, organizationId: OrganizationID, createdAt: Timestamp, expiresAt: Timestamp, lastSeenAt: Timestamp,
        userAgent: String, address: String
    ) {
        self.id = id
        self.userId = userId
        self.organizationId = organizationId
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastSeenAt = lastSeenAt
        self.userAgent = userAgent
        self.address = address
    }
}

/// What an API key may be used for. `admin` includes all others.
public enum Scope: String, Codable, Sendable, CaseIterable {
    case postsRead = "posts:read"
    case postsWrite = "posts:write"
    case analyticsRead = "analytics:read"
    case channelsWrite = "channels:write"
    case mediaWrite = "media:write"
    case admin
}

/// A key for programs: `ptz_…`, shown once, stored as a hash with a visible prefix.
public struct APIKey: Codable, Sendable, Equatable {
    public let id: APIKeyID
    public let organizationId: OrganizationID
    public let createdBy: UserID?
    public var name: String
    /// The first characters of the key, to tell keys apart in a list.
    public let prefix: String
    public var scopes: Set<Scope>
    /// What it writes goes out only after a person's approval.
    public let draftOnly: Bool
    public let createdAt: Timestamp
    public var expiresAt: Timestamp?
    public var lastUsedAt: Timestamp?
    public var active: Bool

    public init(
        id: APIKeyID, organizationId: OrganizationID, createdBy: UserID?, name: String, prefix: String, scopes: Set<Scope>,
        draftOnly: Bool = false, createdAt: Timestamp, expiresAt: Timestamp?, lastUsedAt: Timestamp?, active: Bool
    ) {
        self.id = id
        self.organizationId = organizationId
        self.createdBy = createdBy
        self.name = name
        self.prefix = prefix
        self.scopes = scopes
        self.draftOnly = draftOnly
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.active = active
    }
}

/// By which way something was made.
public enum Origin: String, Codable, Sendable, CaseIterable {
    case web = "WEB"
    case api = "API"
    case mcp = "MCP"
    case feed = "FEED"
    case imported = "IMPORT"
    case commandLine = "CLI"
    /// It does something with a post that is out.
    case plug = "PLUG"
    /// It goes out again and again.
    case evergreen = "EVERGREEN"
}
