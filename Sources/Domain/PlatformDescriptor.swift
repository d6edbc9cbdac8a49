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

/// What files a part may carry.
public struct MediaRule: Codable, Sendable, Equatable {
    public let maxImages: Int
    public let maxVideos: Int
    public let maxAnimations: Int
    public let maxDocuments: Int
    public let maxAudios: Int
    /// Whether images may stand beside a video or animation.
    public let mixing: Bool
    public let required: Bool
    /// Whether several pictures must have the same width and height.
    public let uniform: Bool
    public let image: FileRule?
    public let animation: FileRule?
    public let video: FileRule?
    public let document: FileRule?
    public let audio: FileRule?
    /// What one picture beside a video may be: it becomes the video's cover. Nil where a video takes no cover.
    public let cover: FileRule?
    /// Characters; 0 when the platform has no alternative text.
    public let altTextLimit: Int

    public init(
        maxImages: Int, maxVideos: Int, maxAnimations: Int, maxDocuments: Int = 0, maxAudios: Int = 0, mixing: Bool = false, required: Bool = false,
        uniform: Bool = false, image: FileRule?, animation: FileRule?, video: FileRule?, document: FileRule? = nil, audio: FileRule? = nil,
        cover: FileRule? = nil, altTextLimit: Int
    ) {
        self.maxImages = maxImages
        self.maxVideos = maxVideos
        self.maxAnimations = maxAnimations
        self.maxDocuments = maxDocuments
        self.maxAudios = maxAudios
        self.mixing = mixing
        self.required = required
        self.uniform = uniform
        self.image = image
        self.animation = animation
        self.video = video
        self.document = document
        self.audio = audio
        self.cover = cover
        self.altTextLimit = altTextLimit
    }

    /// No files at all.
    public static let nothing = MediaRule(maxImages: 0, maxVideos: 0, maxAnimations: 0, image: nil, animation: nil, video: nil, altTextLimit: 0)

    public func rule(for kind: MediaKind) -> FileRule? {
        switch kind {
        case .image: image
        case .animation: animation
        case .video: video
        case .document: document
        case .audio: audio
        }
    }

    /// What the platform takes a file for: a picture that moves in a form that it knows only from pictures is one to it.
    public func kind(of media: Media) -> MediaKind {
        guard media.kind == .animation, animation?.types.contains(media.mimeType) != true, image?.types.contains(media.mimeType) == true
        else { return media.kind }
        return .image
    }

    /// The rule for `file` beside `files`: a picture that goes with a video is its cover.
    public func applying(to file: Media, among files: [Media]) -> MediaRule {
        guard let cover, kind(of: file) == .image, files.contains(where: { kind(of: $0) == .video }) else { return self }
        return MediaRule(maxImages: 1, maxVideos: 0, maxAnimations: 0, image: cover, animation: nil, video: nil, altTextLimit: 0)
    }

    public func maximum(of kind: MediaKind) -> Int {
        switch kind {
        case .image: maxImages
        case .animation: maxAnimations
        case .video: maxVideos
        case .document: maxDocuments
        case .audio: maxAudios
        }
    }
}

/// What one file may be.
public struct FileRule: Codable, Sendable, Equatable {
    public let types: [String]
    public let minBytes: Int?
    public let maxBytes: Int
    /// Width times height.
    public let maxPixels: Int?
    /// Pixels, as it is shown.
    public let width: Bounds?
    public let height: Bounds?
    /// Width divided by height.
    public let ratio: Bounds?
    /// Seconds.
    public let minDuration: Double?
    public let maxDuration: Double?
    /// Of an animation.
    public let maxFrames: Int?
    public let maxPixelsOfAllFrames: Int?
    /// Of a document.
    public let maxPages: Int?
    /// Of a film or of sound.
    public let tracks: TrackRule?
    /// Whether a film's captions go along.
    public let captions: Bool

    public init(
        types: [String], minBytes: Int? = nil, maxBytes: Int, maxPixels: Int? = nil, width: Bounds? = nil, height: Bounds? = nil,
        ratio: Bounds? = nil, minDuration: Double? = nil, maxDuration: Double? = nil, maxFrames: Int? = nil,
        maxPixelsOfAllFrames: Int? = nil, maxPages: Int? = nil, tracks: TrackRule? = nil, captions: Bool = false
    ) {
        self.types = types
        self.minBytes = minBytes
        self.maxBytes = maxBytes
        self.maxPixels = maxPixels
        self.width = width
        self.height = height
        self.ratio = ratio
        self.minDuration = minDuration
        self.maxDuration = maxDuration
        self.maxFrames = maxFrames
        self.maxPixelsOfAllFrames = maxPixelsOfAllFrames
        self.maxPages = maxPages
        self.tracks = tracks
        self.captions = captions
    }
}

/// A setting of a post on one platform: the composer's forms and the API's schema are made from it.
public struct SettingField: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable { case choice = "CHOICE", toggle = "TOGGLE", text = "TEXT" }
    public enum Format: String, Codable, Sendable, CaseIterable {
        /// A language, perhaps with a script and a region: `en`, `pt-BR`.
        case languageTag = "LANGUAGE_TAG"
        /// Words and phrases with commas between them: `tea, green tea`. Counted by `Keywords`.
        case keywords = "KEYWORDS"
        /// For how many seconds people can vote: servers have limits of their own.
        case pollSeconds = "POLL_SECONDS"
    }
    public struct Option: Codable, Sendable, Equatable {
        public let value: String
        public let label: String
        public init(_ value: String, _ label: String) {
            self.value = value
            self.label = label
        }
    }

    public let name: String
    public let kind: Kind
    public let label: String
    public let help: String
    public let options: [Option]
    public let defaultValue: JSONValue
    public let maxLength: Int?
    /// A regular expression that a text must match as a whole.
    public let pattern: String?
    /// What its text is, where a pattern does not tell.
    public let format: Format?
    /// Where it holds the answers of a poll: how many, and how long they may be.
    public let answers: AnswerRule?
    /// Whether a post cannot go without it.
    public let required: Bool
    /// The name of the setting without which this one means nothing; nil where it stands by itself.
    public let needs: String?
    /// Whether its text counts towards the limit of every part, links and mentions in full: a Mastodon content warning.
    public let countsAsText: Bool

    public init(
        name: String, kind: Kind, label: String, help: String = "", options: [Option] = [], defaultValue: JSONValue,
        maxLength: Int? = nil, pattern: String? = nil, format: Format? = nil, answers: AnswerRule? = nil, required: Bool = false,
        needs: String? = nil, countsAsText: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.label = label
        self.help = help
        self.options = options
        self.defaultValue = defaultValue
        self.maxLength = maxLength
        self.pattern = pattern
        self.format = format
        self.answers = answers
        self.required = required
        self.needs = needs
        self.countsAsText = countsAsText
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
