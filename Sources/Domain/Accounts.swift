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

/// Who asks: a signed-in user, an API key or an assistant, always in one organization. Every use case takes a caller and stays in its organization.
public struct Caller: Sendable, Equatable {
    public enum Identity: Sendable, Equatable {
        case user(UserID, session: SessionID)
        case key(APIKeyID, user: UserID?)
        /// A hosted assistant with an access token, on behalf of the member who allowed it.
        case grant(GrantID, user: UserID?)
        /// Whoever opens a link that was mailed to a member, for the one thing that it is for.
        case mailedLink(user: UserID)
        /// Somebody at a customer who opened their link; what they see and do is decided by `Portal`.
        case portal(PortalLink)
        /// A command run on the server itself.
        case system
    }

    public let organizationId: OrganizationID
    public let identity: Identity
    public let role: Role
    public let instanceRole: InstanceRole
    public let scopes: Set<Scope>
    public let origin: Origin
    /// The zone in which times without an offset are read.
    public let timeZone: String
    /// What the caller would schedule or publish waits for a person's approval instead.
    public let draftOnly: Bool
    /// The channels because of which it waits, where a rule of the workspace asks for that; see `awaitingApproval(on:)`.
    public let reviewedOn: [String]

    /// `scopes` and `draftOnly` are what the session, key or grant has; the caller has of it what `role` may.
    public init(
        organizationId: OrganizationID, identity: Identity, role: Role, instanceRole: InstanceRole = .user,
        scopes: Set<Scope> = Set(Scope.allCases), origin: Origin, timeZone: String = "UTC", draftOnly: Bool = false, reviewedOn: [String] = []
    ) {
        self.organizationId = organizationId
        self.identity = identity
        self.role = role
        self.instanceRole = instanceRole
        self.scopes = scopes.filter { role.may($0.permission) }
        self.origin = origin
        self.timeZone = timeZone
        self.draftOnly = draftOnly || !role.may(.schedule)
        self.reviewedOn = reviewedOn
    }

    /// The same caller where a rule asks for an approval of what they plan on these channels, by name.
    public func awaitingApproval(on channels: [String]) -> Caller {
        guard !draftOnly, !channels.isEmpty else { return self }
        return Caller(
            organizationId: organizationId, identity: identity, role: role, instanceRole: instanceRole, scopes: scopes, origin: origin,
            timeZone: timeZone, draftOnly: true, reviewedOn: channels)
    }

    public var userId: UserID? {
        switch identity {
        case .user(let id, _), .mailedLink(let id): id
        case .key(_, let user), .grant(_, let user): user
        case .system, .portal: nil
        }
    }

    /// The link by which a client came.
    public var portal: PortalLink? { if case .portal(let link) = identity { link } else { nil } }

    /// What rate limits and audit lines count by.
    public var subject: String {
        switch identity {
        case .user(let id, _), .mailedLink(let id): "user:\(id)"
        case .key(let id, _): "key:\(id)"
        case .grant(let id, _): "grant:\(id)"
        case .portal(let link): "portal:\(link.id)"
        case .system: "system"
        }
    }

    /// Whether this is an assistant that signed in: it can ask its person for more.
    public var isGrant: Bool { if case .grant = identity { true } else { false } }

    public func may(_ scope: Scope) -> Bool { scopes.contains(scope) || scopes.contains(.admin) }

    /// Whether the role may, and nobody's approval is needed first.
    public func may(_ permission: Permission) -> Bool {
        role.may(permission) && !(draftOnly && [.schedule, .publish, .approve].contains(permission))
    }

    /// Throws `ProblemReport` with `FORBIDDEN` unless the caller's role allows `scope`, and with `FORBIDDEN_SCOPE` unless their key has it.
    public func require(_ scope: Scope) throws {
        guard may(scope) else {
            try require(scope.permission)
            let words =
                isGrant
                ? "This assistant was not allowed the scope \(scope.rawValue). Connect it again and allow more."
                : "This key lacks the scope \(scope.rawValue). Make a key with it in Settings → API keys."
            throw ProblemReport(.forbiddenScope, words, details: ["scope": .string(scope.rawValue)])
        }
    }

    /// Throws `ProblemReport` with `FORBIDDEN` unless the caller's role has `permission`.
    public func require(_ permission: Permission) throws {
        guard role.may(permission) else {
            throw ProblemReport(
                .forbidden, "This needs the role \(Role.least(with: permission).rawValue) in the workspace. Ask an owner or administrator.")
        }
    }

    /// Throws `ProblemReport` with `FORBIDDEN` for a caller who may make drafts only. `what` completes "This key may not …",
    /// or "This assistant may not …".
    public func requireApproved(to what: String) throws {
        guard !draftOnly else {
            if !reviewedOn.isEmpty {
                throw ProblemReport(
                    .forbidden,
                    "Here you may not \(what): what you plan on \(reviewedOn.joined(separator: ", ")) waits for an approval. Ask an owner or "
                        + "administrator to do it, or give the post a time: it waits for their approval.")
            }
            if case .user = identity {
                throw ProblemReport(
                    .forbidden,
                    "Here you may not \(what): your role makes drafts and posts for review. Ask an owner or administrator to do it, or plan the "
                        + "post: it waits for their approval.")
            }
            throw ProblemReport(
                .forbidden,
                "This \(isGrant ? "assistant" : "key") may not \(what): it only makes drafts and posts for review. Ask a person to do it in "
                    + "the web interface; a post that it schedules waits there for approval.")
        }
    }

    /// The same for changing a post, but that a person may change what is planned: it then waits for approval once more.
    public func requireMayChange(postWith status: PostStatus) throws {
        if case .user = identity, status == .scheduled { return }
        // By a rule alone, also what did not go out: changed, it waits.
        if !reviewedOn.isEmpty, [.scheduled, .failed, .cancelled].contains(status) { return }
        try requireApproved(to: "change", postWith: status)
    }

    /// Throws `ProblemReport` with `FORBIDDEN` when a caller who may make drafts only would `verb` a post that is more than that: what a
    /// person planned, or what has begun to go out.
    public func requireApproved(to verb: String, postWith status: PostStatus) throws {
        if !status.isProposal { try requireApproved(to: "\(verb) a post that is more than a draft") }
    }
}
