/// One environment variable the product reads: the row from which reading, checking, `postiz config` and the documentation are made.
public struct ConfigurationVariable: Sendable {
    /// What values it takes.
    public enum Kind: Sendable, Equatable {
        case text
        /// `true` or `false` (also `1`, `0`, `yes`, `no`, `on`, `off`).
        case flag
        case number(ClosedRange<Int>)
        /// An `http` or `https` address.
        case webAddress
        /// An address of one of these schemes.
        case address(schemes: [String])
        /// Addresses of one of these schemes, separated by commas.
        case addresses(schemes: [String])
        /// As `RedisAddress` reads it.
        case redisAddress
        case choice([String])
        /// Parts separated by commas.
        case list
        /// Choices separated by commas.
        case choices([String])
        /// Addresses or CIDR ranges separated by commas.
        case addressRanges
        case emailAddress
    }

    /// The headings of the documentation, in its order.
    public enum Group: String, Sendable, CaseIterable {
        case server = "Server"
        case storage = "Database and files"
        case backups = "Backups"
        case security = "Secrets and access"
        case signIn = "Signing in"
        case publishing = "Publishing"
        case mail = "Mail"
        case platforms = "Platforms"
        case ai = "Help with writing"
        case logging = "Logging"
    }

    public let name: String
    public let kind: Kind
    /// As it would be written; nil when there is none or when it is derived, as `meaning` then says.
    public let defaultValue: String?
    /// Whether the value must never be shown.
    public let secret: Bool
    public let group: Group
    /// One or two sentences of Markdown.
    public let meaning: String

    init(_ name: String, _ kind: Kind, default defaultValue: String? = nil, secret: Bool = false, _ group: Group, _ meaning: String) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.secret = secret
        self.group = group
        self.meaning = meaning
    }
}
