import Domain

/// The limits and habits of the HTTP transports.
public struct MCPTransportConfiguration: Sendable {
    public var origins: OriginPolicy
    public var maximumBodyBytes = 4 * 1024 * 1024
    /// Sessions that one peer may have open.
    public var maximumSessions = 10_000
    /// Requests of one peer that are answered at the same time.
    public var maximumCalls = 64
    /// Streams of `subscriptions/listen` that one peer may have open.
    public var maximumSubscriptions = 1_000
    /// Messages that wait for a reader before it is cut off.
    public var maximumWaitingMessages = 256
    /// How long a reader may leave a write standing before it is cut off.
    public var stallLimit = Duration.seconds(60)
    /// How often a silent stream says that it is still there, and asks whether the peer's credential still holds.
    public var keepAlive = Duration.seconds(15)
    /// How long a request is waited for before its answer becomes a stream.
    public var patience = Duration.seconds(10)
    /// How long a question to the client is waited for.
    public var questionLimit = Duration.minutes(10)
    /// `https://social.example.com`, to be put before the path that HTTP+SSE names for posting; nil leaves the path alone, which all proxies survive.
    public var messagesBase: String?

    public init(origins: OriginPolicy) { self.origins = origins }
}
