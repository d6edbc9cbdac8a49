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
