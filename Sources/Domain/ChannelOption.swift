/// A value that a field may hold on one channel: an allowed value of a setting, or what a look-up at the platform found.
public struct ChannelOption: Codable, Sendable, Equatable {
    /// What goes into the setting, or into the text for a mention.
    public let value: String
    /// What a person reads.
    public let label: String
    /// What tells it from others with the same label.
    public let hint: String?

    public init(value: String, label: String, hint: String? = nil) {
        self.value = value
        self.label = label
        self.hint = hint
    }
}

/// Something that the platform itself is asked for: whom to mention, where to post.
public struct LookupField: Codable, Sendable, Equatable {
    /// The name of a setting, or `mention` for what goes into the text.
    public let name: String
    public let label: String
    /// What to look for, and how.
    public let help: String
    /// Whether there is nothing to list without a query.
    public let needsQuery: Bool

    public init(name: String, label: String, help: String, needsQuery: Bool = true) {
        self.name = name
        self.label = label
        self.help = help
        self.needsQuery = needsQuery
    }
}

extension PlatformDescriptor {
    /// The fields whose values can be listed.
    public var fieldsWithOptions: [String] { settings.filter { $0.kind == .choice }.map(\.name) + lookups.map(\.name) }

    /// The allowed values of a setting whose value or label contains `query`; none for a field that is not a choice.
    public func options(of field: String, matching query: String?) -> [ChannelOption] {
        let wanted = query?.lowercased() ?? ""
        let options = settings.first { $0.name == field }?.options ?? []
        return options.map { ChannelOption(value: $0.value, label: $0.label) }
            .filter { wanted.isEmpty || $0.value.lowercased().contains(wanted) || $0.label.lowercased().contains(wanted) }
    }
}
