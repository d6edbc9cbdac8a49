import Domain
import Logging

/// The session that a conversation goes on in, wherever it is kept.
protocol Conversation: Sendable {
    /// As it was when the request came in.
    var session: MCPSession { get }
    /// Changes what is kept. Changes of one session are made one after the other.
    func update(_ change: @escaping @Sendable (inout MCPSession) -> Void) async throws
}

/// The methods of the revisions that begin with `initialize`.
struct Handshake: Sendable {
    /// URIs that one session, or one subscription of the stateless era, may watch.
    static let maximumSubscriptions = 1_000
    /// Bytes of a URI that is watched: all of them are kept.
    static let longestURI = 500
    /// Bytes of what a client declares that it can do: sessions are kept for days.
    private static let largestCapabilities = 16 * 1024

    let dispatcher: Dispatcher

    func answer(_ request: Message.Request, in conversation: any Conversation, _ channel: any ExchangeChannel) async -> Outcome {
        let exchange = Exchange(conversation.session, channel: channel)
        return await Outcome.of(request.method, exchange.revision, logger: dispatcher.logger) {
            try await result(of: request.method, request.params, in: conversation, exchange)
        }
    }

    private func result(
        of method: String, _ params: JSONValue, in conversation: any Conversation, _ exchange: Exchange
    ) async throws -> Reply {
        switch method {
        case "initialize": return try await initialize(params, conversation)
        case "ping": return [:]
        case "logging/setLevel":
            guard let level = params["level"]?.string.flatMap(LogLevel.init) else {
                throw RPCError.invalidParams("level is one of \(LogLevel.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            try await conversation.update { $0.logLevel = level.rawValue }
            return [:]
        case "resources/subscribe":
            let uri = try params.requiredString("uri")
            guard uri.utf8.count <= Self.longestURI else {
                throw RPCError.invalidParams("A URI has at most \(Self.longestURI) bytes here.")
            }
            guard conversation.session.subscriptions.count < Self.maximumSubscriptions else {
                throw RPCError.invalidParams("A session watches at most \(Self.maximumSubscriptions) resources: unsubscribe from some.")
            }
            try await conversation.update { $0.subscriptions.insert(uri) }
            return [:]
        case "resources/unsubscribe":
            let uri = try params.requiredString("uri")
            try await conversation.update { $0.subscriptions.remove(uri) }
            return [:]
        default: return try await dispatcher.result(of: method, params, in: exchange)
        }
    }

    private func initialize(_ params: JSONValue, _ conversation: any Conversation) async throws -> Reply {
        let revision = Self.negotiate(try params.requiredString("protocolVersion"))
        let client = Implementation(client: params["clientInfo"])
        let capabilities = params["capabilities"] ?? [:]
        guard JSONWriter.text(capabilities).utf8.count <= Self.largestCapabilities else {
            throw RPCError.invalidParams("The capabilities are longer than \(Self.largestCapabilities) bytes.")
        }
        try await conversation.update { session in
            session.revision = revision.rawValue
            session.clientName = client?.name
            session.clientVersion = client?.version
            session.capabilities = capabilities
        }
        return [
            "protocolVersion": .string(revision.rawValue), "capabilities": Capabilities.json(revision),
            "serverInfo": ResultEncoding(revision: revision).json(dispatcher.context.server),
            "instructions": dispatcher.context.instructions.map { .string($0) } ?? .null,
        ]
    }

    /// What was asked for, if it begins with a handshake; otherwise the newest that does.
    static func negotiate(_ asked: String) -> Revision {
        guard let revision = Revision(rawValue: asked), !revision.isStateless else { return .newestHandshake }
        return revision
    }
}

/// What the server declares that it can do.
enum Capabilities {
    static func json(_ revision: Revision) -> JSONValue {
        [
            "tools": ["listChanged": true], "resources": ["subscribe": true, "listChanged": true], "prompts": ["listChanged": true],
            "logging": [:], "completions": revision >= .march2025 ? [:] : .null,
        ]
    }
}

extension MCPSession {
    /// Clients that reconnect may forget to begin: they are served as the newest would be.
    var spoken: Revision { revision.flatMap(Revision.init) ?? .newestHandshake }

    /// What is told of `change` in this session; empty when it did not ask for it.
    func messages(about change: Change) -> [String] {
        switch change {
        case .resourceUpdated(let uri): subscriptions.contains(uri) ? [updated(uri)] : []
        case .resourcesMayHaveChanged: subscriptions.sorted().map(updated)
        case .toolsChanged: [Message.notification("notifications/tools/list_changed")]
        case .resourcesChanged: [Message.notification("notifications/resources/list_changed")]
        case .promptsChanged: [Message.notification("notifications/prompts/list_changed")]
        // Of what nobody has asked for only what matters: some clients put each message before their person.
        case .log(let level, let logger, let data): level >= leastLevel(unasked: .warning) ? [Message.log(level, logger: logger, data)] : []
        }
    }

    private func updated(_ uri: String) -> String { Message.notification("notifications/resources/updated", ["uri": .string(uri)]) }

    /// What the client set, or `level` until it has.
    func leastLevel(unasked level: LogLevel) -> LogLevel { logLevel.flatMap(LogLevel.init) ?? level }
}

extension Exchange {
    init(_ session: MCPSession, channel: any ExchangeChannel) {
        self.init(
            revision: session.spoken, client: session.clientName.map { Implementation(name: $0, version: session.clientVersion ?? "") },
            capabilities: ClientCapabilities(session.capabilities), channel: channel)
    }
}

extension Message {
    static func log(_ level: LogLevel, logger: String?, _ data: JSONValue) -> String {
        notification(
            "notifications/message",
            ["level": .string(level.rawValue), "logger": logger.map { .string($0) } ?? .null, "data": data])
    }
}
