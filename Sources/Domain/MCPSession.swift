/// A conversation with an MCP client that began with a handshake. It outlives processes: any of them can continue it.
public struct MCPSession: Codable, Sendable, Equatable {
    public enum Transport: String, Codable, Sendable, CaseIterable {
        case streamableHTTP = "STREAMABLE_HTTP"
        /// HTTP+SSE of 2024-11-05: lives as long as its stream.
        case sse = "SSE"
    }

    /// Random; never a credential.
    public let id: String
    public let transport: Transport
    /// The negotiated revision, by its date; nil before `initialize`.
    public var revision: String?
    public var clientName: String?
    public var clientVersion: String?
    /// As the client declared them.
    public var capabilities: JSONValue
    /// The least severe log messages it wants; nil when it did not say.
    public var logLevel: String?
    /// URIs of the resources whose changes it wants to be told.
    public var subscriptions: Set<String>
    public let createdAt: Timestamp
    public var lastSeenAt: Timestamp

    public init(
        id: String, transport: Transport, revision: String? = nil, clientName: String? = nil, clientVersion: String? = nil,
        capabilities: JSONValue = [:], logLevel: String? = nil, subscriptions: Set<String> = [], createdAt: Timestamp, lastSeenAt: Timestamp
    ) {
        self.id = id
        self.transport = transport
        self.revision = revision
        self.clientName = clientName
        self.clientVersion = clientVersion
        self.capabilities = capabilities
        self.logLevel = logLevel
        self.subscriptions = subscriptions
        self.createdAt = createdAt
        self.lastSeenAt = lastSeenAt
    }
}

/// A message that went out on a stream of a session, kept for a while so that a client whose connection broke gets what it missed.
public struct MCPStreamEvent: Codable, Sendable, Equatable {
    /// The stream within the session.
    public let stream: String
    /// Counts up within the stream, from 1.
    public let number: Int
    /// One JSON-RPC message.
    public let message: String

    public init(stream: String, number: Int, message: String) {
        self.stream = stream
        self.number = number
        self.message = message
    }
}
