import Domain

/// What somebody would like suggested.
public struct AIRequest: Codable, Sendable, Equatable {
    public var task: AITask
    /// What is to be rewritten or shortened.
    public var text: String?
    /// Channel ids or unambiguous names: where it goes, and what it has to fit.
    public var platforms: [String]?
    /// As in a draft: what goes into the text counts.
    public var settings: [String: [String: JSONValue]]?
    /// Whether the text follows other parts.
    public var followUp: Bool?
    /// The picture to be described.
    public var mediaId: MediaID?
    /// The item of a feed to have ideas about.
    public var itemId: FeedEntryID?
    /// A language tag such as `de`: in which descriptions and ideas are written; absent: the person's own.
    public var language: String?
    /// Whether only what would be asked is wanted: nobody is asked, and nothing is used.
    public var preview: Bool?

    public init(
        task: AITask, text: String? = nil, platforms: [String]? = nil, settings: [String: [String: JSONValue]]? = nil, followUp: Bool? = nil,
        mediaId: MediaID? = nil, itemId: FeedEntryID? = nil, language: String? = nil, preview: Bool? = nil
    ) {
        self.task = task
        self.text = text
        self.platforms = platforms
        self.settings = settings
        self.followUp = followUp
        self.mediaId = mediaId
        self.itemId = itemId
        self.language = language
        self.preview = preview
    }
}

/// One text, for a person to take or to leave.
public struct AISuggestion: Codable, Sendable, Equatable {
    public let text: String
    /// As the platform counts that leaves the least room; nil where no channel was named.
    public let length: Int?
    public let limit: Int?
    /// Whether it fits on all channels that were named.
    public let fits: Bool
}

/// What a language model suggested, and what it was asked.
public struct AISuggestions: Codable, Sendable, Equatable {
    public let suggestions: [AISuggestion]
    /// Which model is asked; nil where nobody was, and it is not known.
    public let model: String?
    /// Exactly what it was asked, one text a request; a picture goes with the first.
    public let sent: [String]
    public let tokens: AITokenCount
}

/// What a workspace used of its share of the language model.
public struct AITokenCount: Codable, Sendable, Equatable {
    /// By the workspace, this month.
    public let used: Int
    /// Nil: there is no limit.
    public let left: Int?
}

/// Whether there is help with writing, and what a workspace has of it.
public struct AIOverview: Codable, Sendable, Equatable {
    public let enabled: Bool
    /// Nil where it is not set and nobody has asked yet.
    public let model: String?
    /// By the clocks of the workspace, such as `2026-11`.
    public let month: String
    public let tokens: AITokenCount
    public let prompts: [AIPromptView]
}

/// The words with which a workspace asks.
public struct AIPromptView: Codable, Sendable, Equatable {
    public let task: AITask
    public let prompt: String
    /// Whether they are the usual ones.
    public let standard: Bool

    init(_ task: AITask, _ own: AIPrompt?) {
        self.task = task
        prompt = (own ?? task.standardPrompt).words
        standard = own == nil
    }
}

/// The words with which a workspace wants to ask.
public struct AIPromptChange: Codable, Sendable, Equatable {
    /// Absent or empty: the usual words.
    public var prompt: String?

    public init(prompt: String?) { self.prompt = prompt }
}
