/// One kind of thing that a platform takes: a post, a reel, a story, a pin. What it does not say is as the platform's descriptor says.
public struct ContentKind: Codable, Sendable, Equatable {
    /// What the first part carries, as far as a kind can be guessed from it.
    public enum Shape: String, Codable, Sendable, CaseIterable {
        case text = "TEXT", picture = "PICTURE", video = "VIDEO", document = "DOCUMENT"
        /// Two files or more.
        case several = "SEVERAL"
    }

    /// The value of the setting `post_type`.
    public let name: String
    public let label: String
    /// A post whose author left the choice open, and whose first part looks like this, becomes this kind.
    public let suits: [Shape]
    public let text: TextRule?
    public let thread: ThreadRule?
    /// Of the first part; those that follow are as of the platform.
    public let media: MediaRule?
    /// The names of the descriptor's settings that apply; nil means all.
    public let settings: [String]?
    /// Whether the platform fetches the files of this kind; nil means as of the others.
    public let pullsMedia: Bool?

    public init(
        _ name: String, _ label: String, suits: [Shape] = [], text: TextRule? = nil, thread: ThreadRule? = nil, media: MediaRule? = nil,
        settings: [String]? = nil, pullsMedia: Bool? = nil
    ) {
        self.name = name
        self.label = label
        self.suits = suits
        self.text = text
        self.thread = thread
        self.media = media
        self.settings = settings
        self.pullsMedia = pullsMedia
    }

    /// The setting by which the author chooses among kinds.
    public static let settingName = "post_type"
    /// Its value as long as the choice is left to the content.
    static let automatic = "auto"

    static func setting(of kinds: [ContentKind]) -> SettingField {
        SettingField(
            name: settingName, kind: .choice, label: "Kind", help: "Automatic takes the kind that suits the files.",
            options: [.init(automatic, "Automatic")] + kinds.map { .init($0.name, $0.label) }, defaultValue: .string(automatic))
    }
}

extension ContentKind.Shape {
    /// What files of these kinds make; nil for a sound, which tells nothing.
    init?(_ files: [MediaKind]) {
        guard files.count < 2 else {
            self = .several
            return
        }
        switch files.first {
        case nil: self = .text
        case .image, .animation: self = .picture
        case .video: self = .video
        case .document: self = .document
        case .audio: return nil
        }
    }
}

extension PlatformDescriptor {
    /// The kind that `settings` choose, or that suits `files`, the kinds of the first part's media; nil where the platform has no kinds.
    public func kind(_ settings: [String: JSONValue], files: [MediaKind]) -> ContentKind? {
        let chosen = settings[ContentKind.settingName]?.string
        if let kind = kinds.first(where: { $0.name == chosen }) { return kind }
        let shape = ContentKind.Shape(files)
        return kinds.first { kind in shape.map(kind.suits.contains) == true } ?? kinds.first
    }

    /// Whether a post of any kind needs the setting; what only some kinds need, others have no use for.
    public func needsAlways(_ field: SettingField) -> Bool {
        field.required && kinds.allSatisfy { $0.settings?.contains(field.name) ?? true }
    }

    /// The descriptor as it is for posts of one kind: its rules and settings in place of the platform's.
    public func narrowed(to kind: ContentKind?) -> PlatformDescriptor {
        guard let kind else { return self }
        let applying = kind.settings.map { names in
            settings.filter { names.contains($0.name) || $0.name == ContentKind.settingName }
        }
        return PlatformDescriptor(narrowing: self, to: kind, settings: applying ?? settings)
    }
}
