import Domain

/// One request under way, as the code that answers it sees it: who asks in which revision, and how to say something before the answer.
public struct Exchange: Sendable {
    public let revision: Revision
    public let client: Implementation?
    public let capabilities: ClientCapabilities
    private let channel: any ExchangeChannel

    public init(revision: Revision, client: Implementation?, capabilities: ClientCapabilities, channel: any ExchangeChannel) {
        self.revision = revision
        self.client = client
        self.capabilities = capabilities
        self.channel = channel
    }

    /// Reports progress where the client asked for it; `done` must rise from call to call.
    public func progress(_ done: Double, of total: Double? = nil, _ message: String? = nil) async {
        await channel.progress(done, of: total, message)
    }

    /// Sends a log message that belongs to this request, at and above the level the client chose.
    public func log(_ level: LogLevel, logger: String? = nil, _ data: JSONValue) async { await channel.log(level, logger: logger, data) }

    /// Asks the client something and returns its answer, under a `key` that is unique within the request.
    ///
    /// In the handshake era the question is sent and awaited. In the stateless era the request ends with `input_required` and is run again
    /// from its start with the answer: so whatever comes before a question must stand being done twice.
    /// Throws `UnsupportedByClient` when the client did not declare the capability, `RefusedByClient` when it answered with an error.
    public func ask(_ question: Question, key: String) async throws -> JSONValue { try await channel.ask(question, key: key) }

    /// Asks several things at once, each under its key.
    public func ask(_ questions: [String: Question]) async throws -> [String: JSONValue] {
        try await withThrowingTaskGroup(of: (String, JSONValue).self) { group in
            for (key, question) in questions { group.addTask { (key, try await ask(question, key: key)) } }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// Ends the stream of this request early so that the client comes back for the rest (2025-11-25; elsewhere it does nothing).
    public func closeStream() async { await channel.closeStream() }
}

/// How an exchange reaches its client; implemented once per era.
public protocol ExchangeChannel: Sendable {
    func progress(_ done: Double, of total: Double?, _ message: String?) async
    func log(_ level: LogLevel, logger: String?, _ data: JSONValue) async
    func ask(_ question: Question, key: String) async throws -> JSONValue
    func closeStream() async
}

/// What a server may ask of a client.
public struct Question: Sendable, Equatable {
    public enum Method: String, Sendable, Codable {
        case elicitation = "elicitation/create"
        case sampling = "sampling/createMessage"
        case roots = "roots/list"

        /// What a client declares to be asked this.
        var capability: String {
            switch self {
            case .elicitation: "elicitation"
            case .sampling: "sampling"
            case .roots: "roots"
            }
        }
    }

    public let method: Method
    public let params: JSONValue

    public init(_ method: Method, _ params: JSONValue = [:]) {
        self.method = method
        self.params = params
    }
}

/// The client did not offer what a question needs.
public struct UnsupportedByClient: Error, Sendable, Equatable {
    public let capability: String

    public init(capability: String) { self.capability = capability }
}

/// The client answered a question with an error, or not in time.
public struct RefusedByClient: Error, Sendable, Equatable {
    public let message: String

    public init(message: String) { self.message = message }
}

/// What the client declared that it can do.
public struct ClientCapabilities: Sendable, Equatable {
    /// As it was declared, including `extensions` and `experimental`.
    public let declared: JSONValue

    public init(_ declared: JSONValue) { self.declared = declared }

    public func has(_ capability: String) -> Bool { declared[capability]?.object != nil }

    /// Throws `UnsupportedByClient` unless the client offered what `question` needs.
    func require(_ question: Question) throws {
        let isURL = question.method == .elicitation && question.params["mode"]?.string == "url"
        guard has(question.method.capability), !isURL || declared["elicitation"]?["url"]?.object != nil else {
            throw UnsupportedByClient(capability: question.method.capability)
        }
    }
}

/// A revision of the protocol, by its date.
public enum Revision: String, Codable, Sendable, CaseIterable, Comparable {
    case november2024 = "2024-11-05"
    case march2025 = "2025-03-26"
    case june2025 = "2025-06-18"
    case november2025 = "2025-11-25"
    case july2026 = "2026-07-28"

    /// The newest one that begins with `initialize`.
    public static let newestHandshake = Revision.november2025

    /// Every request describes itself: no handshake, no session.
    public var isStateless: Bool { self >= .july2026 }

    public static func < (left: Revision, right: Revision) -> Bool { left.rawValue < right.rawValue }
}
