/// Something that somebody did and that must be accounted for.
public struct AuditEvent: Codable, Sendable, Equatable {
    public let id: Identifier<AuditEvent>
    /// Who did it: `user:<id>`, `key:<id>`, `grant:<id>`, `system`, or `anonymous` before signing in.
    public let subject: String
    /// What was done, such as `key.created`.
    public let action: String
    /// The id of what it was done to.
    public let target: String?
    public let detail: [String: JSONValue]
    /// The network address it came from, where that is known.
    public let address: String?
    public let createdAt: Timestamp

    public init(
        id: Identifier<AuditEvent>, subject: String, action: String, target: String?, detail: [String: JSONValue], address: String?,
        createdAt: Timestamp
    ) {
        self.id = id
        self.subject = subject
        self.action = action
        self.target = target
        self.detail = detail
        self.address = address
        self.createdAt = createdAt
    }
}
