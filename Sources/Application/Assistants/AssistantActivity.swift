import Domain
import Persistence

/// What one credential, an API key or a grant, does over MCP.
public struct AssistantActivity: Codable, Sendable, Equatable {
    /// A conversation that is open.
    public struct OpenSession: Codable, Sendable, Equatable {
        public let client: String?
        public let clientVersion: String?
        /// The negotiated revision of the protocol.
        public let revision: String?
        public let transport: MCPSession.Transport
        public let createdAt: Timestamp
        public let lastSeenAt: Timestamp
    }

    /// `key:<id>`, or another credential in the same form.
    public let subject: String
    public let sessions: [OpenSession]
    /// Who called last, as it names itself.
    public let client: String?
    public let lastCallAt: Timestamp?
    /// How often each tool was called.
    public let tools: [String: Int]
    /// When anything was heard last, within a minute.
    public let lastSeenAt: Timestamp

    /// The latest first.
    static func gather(_ sessions: [(subject: String, session: MCPSession)], _ uses: [ToolUse]) -> [AssistantActivity] {
        let sessions = Dictionary(grouping: sessions, by: \.subject).mapValues { $0.map { OpenSession($0.session) } }
        let uses = Dictionary(grouping: uses, by: \.subject)
        return Set(sessions.keys).union(uses.keys)
            .map { AssistantActivity(subject: $0, sessions: sessions[$0] ?? [], uses: uses[$0] ?? []) }
            .sorted { ($1.lastSeenAt, $0.subject) < ($0.lastSeenAt, $1.subject) }
    }

    private init(subject: String, sessions: [OpenSession], uses: [ToolUse]) {
        let lastCallAt = uses.map(\.lastCallAt).max()
        self.subject = subject
        self.sessions = sessions
        client = uses.lazy.compactMap(\.client).first ?? sessions.lazy.compactMap(\.client).first
        self.lastCallAt = lastCallAt
        tools = Dictionary(uses.filter { !$0.tool.isEmpty }.map { ($0.tool, $0.calls) }, uniquingKeysWith: +)
        lastSeenAt = ([lastCallAt].compactMap { $0 } + sessions.map(\.lastSeenAt)).max() ?? Timestamp(milliseconds: 0)
    }
}

extension AssistantActivity.OpenSession {
    fileprivate init(_ session: MCPSession) {
        self.init(
            client: session.clientName, clientVersion: session.clientVersion, revision: session.revision, transport: session.transport,
            createdAt: session.createdAt, lastSeenAt: session.lastSeenAt)
    }
}
