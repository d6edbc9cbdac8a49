import Domain

/// Where the sessions of one peer are kept, for all processes. What another peer opened is not found here.
public protocol SessionStore: Sendable {
    func create(_ session: MCPSession) async throws
    func find(_ id: String) async throws -> MCPSession?
    /// Stores everything that may change. Does nothing when the session has ended.
    func save(_ session: MCPSession) async throws
    func remove(_ id: String) async throws
    /// How many the peer has open.
    func count() async throws -> Int

    /// Keeps an event for `events(after:)`, for a bounded time and number.
    func keep(_ event: MCPStreamEvent, of session: String) async throws
    /// What was kept of one stream after event `number`, in order; nil when that stream is not known (any more).
    func events(of session: String, stream: String, after number: Int) async throws -> [MCPStreamEvent]?

    /// Brings a message to the process that holds the session's HTTP+SSE stream.
    func relay(_ message: String, to session: String) async
    /// What other processes relay to this session's stream from now on.
    func relayed(to session: String) -> AsyncStream<String>
}
