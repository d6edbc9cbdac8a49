/// Everything there is to know about a platform without talking to it. Validation, the composer's counters and forms, the REST and MCP
/// schemas and the documentation are made from it.
public struct PlatformDescriptor: Codable, Sendable, Equatable {
    public let id: PlatformID
    public let name: String
    /// One or two letters of its own mark in the interface.
    public let mark: String
    public let connect: ConnectFlow
    /// The environment variables that hold the operator's app credentials; empty when none are needed.
    public let credentials: [CredentialField]
    public let text: TextRule
    public let thread: ThreadRule
    public let media: MediaRule
    /// Of parts after the first, where it differs.
    let followUpMedia: MediaRule?
    /// Whether the text's limit is a kind's own, which no account has otherwise.
    let limitsTextItself: Bool
    /// Of every kind together; where there are several kinds, the first one chooses among them.
    public let settings: [SettingField]
    /// What can be posted, the usual one first; empty where there is one kind only, to which the rules above apply.
    public let kinds: [ContentKind]
    /// Whether the platform fetches files from this instance instead of taking uploads: then `MAIN_URL` must be reachable for it.
    public let pullsMedia: Bool
    /// What the platform can be asked for while a post is written.
    public let lookups: [LookupField]
    public let analytics: [Metric]
    /// What the platform tells about the account itself.
    public let accountAnalytics: [AccountMetric]
    /// What can be done with a post that is out.
    public let followUps: [FollowUp]
    /// How much the platform lets one publish; what is beyond waits.
    public let budgets: [PublishingBudget]
    /// What a connection must have been granted; empty where the platform does not tell what was.
    public let scopes: [NeededScope]
    /// How it is kept from publishing twice when nobody knows whether a post went out, in a few words for the documentation.
    public let doubles: String
    /// A page that tells how to get credentials, in `docs/platforms/`.
    public let documentation: String

    public init(
        id: PlatformID, name: String, mark: String, connect: ConnectFlow, credentials: [CredentialField], text: TextRule,
        thread: ThreadRule, media: MediaRule, followUpMedia: MediaRule? = nil, settings: [SettingField], kinds: [ContentKind] = [],
        pullsMedia: Bool = false,
        lookups: [LookupField] = [], analytics: [Metric], accountAnalytics: [AccountMetric] = [], followUps: [FollowUp] = [],
        budgets: [PublishingBudget] = [], scopes: [NeededScope] = [], doubles: String = "looked up among the account's latest posts",
        documentation: String
    ) {
        self.id = id
        self.name = name
        self.mark = mark
        self.connect = connect
        self.credentials = credentials
        self.text = text
        self.thread = thread
        self.media = media
        self.followUpMedia = followUpMedia
        limitsTextItself = false
        self.settings = kinds.count > 1 ? [ContentKind.setting(of: kinds)] + settings : settings
        self.kinds = kinds
        self.pullsMedia = pullsMedia
        self.lookups = lookups
        self.analytics = analytics
        self.accountAnalytics = accountAnalytics
        self.followUps = followUps
        self.budgets = budgets
        self.scopes = scopes
        self.doubles = doubles
        self.documentation = documentation
    }

    /// `whole` with the rules of one of its kinds.
    init(narrowing whole: PlatformDescriptor, to kind: ContentKind, settings: [SettingField]) {
        id = whole.id
        name = whole.name
        mark = whole.mark
        connect = whole.connect
        credentials = whole.credentials
        text = kind.text ?? whole.text
        thread = kind.thread ?? whole.thread
        media = kind.media ?? whole.media
        limitsTextItself = kind.text != nil
        followUpMedia = whole.followUpMedia ?? kind.media.map { _ in whole.media }
        self.settings = settings
        kinds = whole.kinds
        pullsMedia = kind.pullsMedia ?? whole.pullsMedia
        lookups = whole.lookups
        analytics = whole.analytics
        accountAnalytics = whole.accountAnalytics
        followUps = whole.followUps
        budgets = whole.budgets
        scopes = whole.scopes
        doubles = whole.doubles
        documentation = whole.documentation
    }
}

/// A permission without which the platform refuses a post.
public struct NeededScope: Codable, Sendable, Equatable {
    /// Each of these grants it: a narrow one and those that include it.
    public let anyOf: [String]
    /// Whether only posts with files need it.
    public let withFiles: Bool

    public init(_ anyOf: String..., withFiles: Bool = false) {
        self.anyOf = anyOf
        self.withFiles = withFiles
    }
}

/// How many posts a platform takes in a while, as it documents it.
public struct PublishingBudget: Codable, Sendable, Equatable {
    public enum Owner: String, Codable, Sendable, CaseIterable {
        case account = "ACCOUNT"
        /// The operator's app, with which all accounts are connected.
        case app = "APP"
    }

    public let owner: Owner
    /// Each part of a thread is one.
    public let posts: Int
    /// Seconds.
    public let seconds: Int

    public init(_ owner: Owner, posts: Int, per window: Duration) {
        self.owner = owner
        self.posts = posts
        seconds = Int(window.milliseconds / 1000)
    }

    public var window: Duration { .seconds(Int64(seconds)) }
}

extension PlatformDescriptor {
    /// What files a part may carry: what a kind says of files is said of its first part.
    public func media(ofPart index: Int) -> MediaRule { index > 0 ? followUpMedia ?? media : media }

    /// What people are told where the platform fetches files from a server that it cannot reach; nil where all is well.
    public func reachWarning(filesReachable: Bool) -> String? {
        guard pullsMedia, !filesReachable else { return nil }
        return "\(name) fetches files from this server, whose address (MAIN_URL) cannot be reached from outside: the operator sets it to a "
            + "public https address."
    }
}

/// How an account is connected.
public struct ConnectFlow: Codable, Sendable, Equatable {
    public enum Method: String, Codable, Sendable, CaseIterable {
        case oauth1 = "OAUTH1", oauth2 = "OAUTH2"
        /// The person fills in `fields`: an app password, a bot's token, a webhook's address.
        case form = "FORM"
    }
    public let method: Method
    /// The platform has many servers: the person names theirs first.
    public let asksForInstance: Bool
    /// After consent the person chooses among the accounts or pages the platform names.
    public let choosesAccount: Bool
    /// What the person is asked for; empty but for the method `FORM`.
    public let fields: [ConnectField]

    public init(method: Method, asksForInstance: Bool = false, choosesAccount: Bool = false, fields: [ConnectField] = []) {
        self.method = method
        self.asksForInstance = asksForInstance
        self.choosesAccount = choosesAccount
        self.fields = fields
    }
}

/// One variable of an operator's app credentials.
public struct CredentialField: Codable, Sendable, Equatable {
    public let variable: String
    public let label: String
    public let secret: Bool

    public init(variable: String, label: String, secret: Bool) {
        self.variable = variable
        self.label = label
        self.secret = secret
    }
}

/// How long a text may be and how the platform counts it.
public struct TextRule: Codable, Sendable, Equatable {
    public let limit: Int
    public let counting: TextCounting
    /// Whether the platform says how it counts. Where it does not, `counting` is our best guess, and near the limit nothing is promised.
    public let countingDocumented: Bool
    /// Whether a part may be without text when it has media.
    public let optionalWithMedia: Bool
    /// The code points with which the platform refuses a text, such as `U+FEFF`.
    public let forbidden: [String]
    /// The UTF-8 bytes that are allowed besides `limit`; nil where only `limit` counts.
    public let maxBytes: Int?

    public init(
        limit: Int, counting: TextCounting, countingDocumented: Bool = true, optionalWithMedia: Bool = true, forbidden: [String] = [],
        maxBytes: Int? = nil
    ) {
        self.limit = limit
        self.counting = counting
        self.countingDocumented = countingDocumented
        self.optionalWithMedia = optionalWithMedia
        self.forbidden = forbidden
        self.maxBytes = maxBytes
    }
}

/// What further parts of a post become.
public struct ThreadRule: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Each part replies to the one before it.
        case replies = "REPLIES"
        /// Further parts are comments below the first.
        case comments = "COMMENTS"
        case none = "NONE"
    }
    public let kind: Kind
    public let maxParts: Int
    /// The limit for parts after the first; nil means the same as the first.
    public let followUpTextLimit: Int?
    public let followUpMedia: Bool

    public init(kind: Kind, maxParts: Int, followUpTextLimit: Int? = nil, followUpMedia: Bool = true) {
        self.kind = kind
        self.maxParts = maxParts
        self.followUpTextLimit = followUpTextLimit
        self.followUpMedia = followUpMedia
    }
}

/// A figure that a platform tells about a post.
public enum Metric: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
    case impressions, reach, likes, shares, comments, clicks, saves, quotes, views
}

/// A figure that a platform tells about an account.
public enum AccountMetric: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
    /// How many there are at a time.
    case followers, posts
    /// How many came on a day.
    case reach, views, interactions, profileVisits, clicks

    /// Whether it says how many there are at a time; otherwise how many came on a day.
    public var isLevel: Bool { self == .followers || self == .posts }
}
