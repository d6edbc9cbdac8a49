import Domain

/// A channel as the API and the pages show it.
public struct ChannelView: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable, CaseIterable {
        case active = "ACTIVE"
        case paused = "PAUSED"
        case needsReconnect = "NEEDS_RECONNECT"
        case disabled = "DISABLED"
    }

    public let id: IntegrationID
    public let platform: PlatformID
    public let platformName: String
    public let mark: String
    public let username: String
    public let displayName: String
    public let pictureUrl: String?
    public let profileUrl: String?
    public let instanceUrl: String?
    public let status: Status
    /// Why the person must connect again, in words; nil while the connection works.
    public let reconnectReason: String?
    /// When the connection ends unless it is renewed; nil when it does not end, or renews itself.
    public let tokenExpiresAt: Timestamp?
    public let limits: AccountLimits
    public let settings: [String: JSONValue]
    public let slots: [Slot]
    public let customer: String?
    /// How many posts wait to go out here; nil where they were not counted.
    public private(set) var scheduledCount: Int?
    /// The posts that wait, or would wait, because the connection ends or has ended; nil where there are none, or they were not counted.
    public private(set) var postsAtRisk: PostsAtRisk?
    /// What keeps posts with files from going out here although the connection works; nil where nothing does.
    public let warning: String?
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
    /// When it was put into the trash; nil while it is connected.
    public private(set) var deletedAt: Timestamp?

    /// `descriptor` is nil for a platform that this version does not know (any more).
    public init(
        _ integration: Integration, descriptor: PlatformDescriptor?, scheduledCount: Int?, postsAtRisk: PostsAtRisk? = nil,
        filesReachable: Bool = true
    ) {
        id = integration.id
        platform = integration.platform
        platformName = descriptor?.name ?? integration.platform.rawValue
        mark = descriptor?.mark ?? String(integration.platform.rawValue.prefix(2))
        username = integration.username
        displayName = integration.displayName
        pictureUrl = integration.pictureURL
        profileUrl = integration.profileURL
        instanceUrl = integration.instanceURL
        status = Status(of: integration)
        reconnectReason = integration.reconnectReason
        tokenExpiresAt = integration.endsAt
        limits = integration.limits
        settings = integration.settings
        slots = integration.slots
        customer = integration.customer
        self.scheduledCount = scheduledCount
        self.postsAtRisk = postsAtRisk
        warning = descriptor?.reachWarning(filesReachable: filesReachable)
        createdAt = integration.createdAt
        updatedAt = integration.updatedAt
    }

    /// The same with `count` posts that wait, and those of them that the connection holds up.
    func waiting(_ count: Int, atRisk: PostsAtRisk?) -> ChannelView {
        var view = self
        view.scheduledCount = count
        view.postsAtRisk = atRisk
        return view
    }

    /// The same in the trash.
    func deleted(at time: Timestamp) -> ChannelView {
        var view = self
        view.deletedAt = time
        return view
    }
}

extension ChannelView.Status {
    init(of integration: Integration) {
        if !integration.active {
            self = .disabled
        } else if integration.needsReconnect {
            self = .needsReconnect
        } else if integration.pausedAt != nil {
            self = .paused
        } else {
            self = .active
        }
    }
}

/// What a person may change on a channel. Absent fields stay as they are.
public struct ChannelChange: Codable, Sendable, Equatable {
    public var displayName: String?
    /// The label that groups channels; an empty text removes it.
    public var customer: String?
    /// Defaults for new posts; replaces all of them.
    public var settings: [String: JSONValue]?
    /// A channel that is not active publishes nothing.
    public var active: Bool?

    public init(displayName: String? = nil, customer: String? = nil, settings: [String: JSONValue]? = nil, active: Bool? = nil) {
        self.displayName = displayName
        self.customer = customer
        self.settings = settings
        self.active = active
    }
}

/// A platform as the API and the pages offer it.
public struct PlatformView: Codable, Sendable, Equatable {
    public let id: PlatformID
    public let name: String
    public let mark: String
    public let connect: ConnectFlow
    public let text: TextRule
    public let thread: ThreadRule
    public let media: MediaRule
    public let settings: [SettingField]
    /// What can be posted, with the rules that differ from the platform's; empty where there is one kind only.
    public let kinds: [ContentKind]
    /// How long a text may be by kind, as the platform counts; empty where there is one kind only.
    public let textLimits: [String: Int]
    /// Whether the platform fetches files from this instance, which must then be reachable from outside.
    public let pullsMedia: Bool
    /// The fields that `GET /api/integrations/{id}/options` can look up at the platform.
    public let lookups: [LookupField]
    public let analytics: [Metric]
    public let accountAnalytics: [AccountMetric]
    /// Whether the operator has entered the platform's app credentials.
    public let configured: Bool
    /// The environment variables that are still missing.
    public let missing: [String]
    /// What the operator registers with the platform.
    public let callbackUrl: String
    /// What would keep posts with files from going out although the connection works; nil where nothing does.
    public let warning: String?

    public init(_ descriptor: PlatformDescriptor, missing: [String], callbackUrl: String, filesReachable: Bool = true) {
        id = descriptor.id
        name = descriptor.name
        mark = descriptor.mark
        connect = descriptor.connect
        text = descriptor.text
        thread = descriptor.thread
        media = descriptor.media
        settings = descriptor.settings
        kinds = descriptor.kinds
        textLimits = Dictionary(uniqueKeysWithValues: descriptor.kinds.map { ($0.name, descriptor.narrowed(to: $0).text.limit) })
        pullsMedia = descriptor.pullsMedia
        lookups = descriptor.lookups
        analytics = descriptor.analytics
        accountAnalytics = descriptor.accountAnalytics
        configured = missing.isEmpty
        self.missing = missing
        self.callbackUrl = callbackUrl
        warning = descriptor.reachWarning(filesReachable: filesReachable)
    }
}

/// How connecting ended.
public enum ConnectResult: Sendable, Equatable {
    /// `reconnected`: the channel was there before and kept its id, posts and settings.
    case connected(ChannelView, reconnected: Bool, returnTo: String?)
    /// The person must choose among several accounts: `Channels.choices(key)`, then `choose`.
    case choose(key: String, returnTo: String?)
}
