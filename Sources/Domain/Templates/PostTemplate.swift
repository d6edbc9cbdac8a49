public typealias PostTemplateID = Identifier<PostTemplate>

/// What many posts have in common: texts with places to fill in, where they go, with which settings and tags.
public struct PostTemplate: Codable, Sendable, Equatable {
    public let id: PostTemplateID
    public var name: String
    /// The text of each part of the thread.
    public var parts: [String] {
        didSet { variables = TemplateText.variables(in: parts) }
    }
    /// What `parts` asks for: the names in `{{name}}`.
    public private(set) var variables: [String]
    public var integrationIds: [IntegrationID]
    /// By channel.
    public var settings: [IntegrationID: [String: JSONValue]]
    public var tags: [String]
    public let createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: PostTemplateID, name: String, parts: [String], integrationIds: [IntegrationID], settings: [IntegrationID: [String: JSONValue]],
        tags: [String], createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.parts = parts
        self.variables = TemplateText.variables(in: parts)
        self.integrationIds = integrationIds
        self.settings = settings
        self.tags = tags
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
