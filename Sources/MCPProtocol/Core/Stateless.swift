import Domain
import Logging

/// The methods of the revisions in which every request describes itself.
struct Stateless: Sendable {
    private static let listLifetime = 60_000
    /// What may be kept by clients and for how many milliseconds; what is not named may not.
    private static let lifetimes = [
        "server/discover": listLifetime, "tools/list": listLifetime, "prompts/list": listLifetime, "resources/list": listLifetime,
        "resources/templates/list": listLifetime, "resources/read": 0,
    ]
    /// Requests that may end with questions.
    private static let mayAsk: Set<String> = ["tools/call", "prompts/get", "resources/read"]

    let dispatcher: Dispatcher
    let states: RequestState
    let peer: String

    /// `speak` says something before the answer.
    func answer(_ request: Message.Request, _ claims: RequestClaims, speak: (@Sendable (String) async -> Void)?) async -> Outcome {
        await Outcome.of(request.method, claims.revision, logger: dispatcher.logger) {
            if request.method == "server/discover" { return complete(discovery(claims.revision), of: request.method, claims.revision) }
            let mayAsk = Self.mayAsk.contains(request.method)
            let known = mayAsk ? try states.answers(to: request, of: peer) : [:]
            let channel = StatelessChannel(request, claims, answers: known, mayAsk: mayAsk, speak: speak)
            let result: Reply
            do {
                result = try await dispatcher.result(of: request.method, request.params, in: claims.exchange(channel))
            } catch {
                // Whatever the code made of an unanswered question: the question stands.
                if let questions = channel.unanswered { return try ask(questions, request, known) }
                throw error
            }
            if let questions = channel.unanswered { return try ask(questions, request, known) }
            return complete(result, of: request.method, claims.revision)
        }
    }

    private func discovery(_ revision: Revision) -> Reply {
        [
            "supportedVersions": .array(Revision.allCases.reversed().map { .string($0.rawValue) }), "capabilities": Capabilities.json(revision),
            "instructions": dispatcher.context.instructions.map { .string($0) } ?? .null,
        ]
    }

    private func complete(_ result: Reply, of method: String, _ revision: Revision) -> Reply {
        let lifetime = Self.lifetimes[method]
        return result.merging([
            "resultType": "complete", "_meta": meta(revision), "ttlMs": lifetime.map { .number(Double($0)) } ?? .null,
            // Lists depend on what the credential may see.
            "cacheScope": lifetime == nil ? .null : "private",
        ])
    }

    private func ask(_ questions: [String: Question], _ request: Message.Request, _ known: [String: JSONValue]) throws -> Reply {
        let requests = questions.mapValues { question -> JSONValue in ["method": .string(question.method.rawValue), "params": question.params] }
        return [
            "resultType": "input_required", "_meta": meta(.july2026), "inputRequests": .object(requests),
            "requestState": .string(try states.seal(known, for: request, of: peer)),
        ]
    }

    private func meta(_ revision: Revision) -> JSONValue {
        [RequestClaims.serverInfo: ResultEncoding(revision: revision).json(dispatcher.context.server)]
    }
}

/// What a request of the stateless era says of itself.
struct RequestClaims: Sendable {
    static let serverInfo = "io.modelcontextprotocol/serverInfo"
    static let subscription = "io.modelcontextprotocol/subscriptionId"
    private static let version = "io.modelcontextprotocol/protocolVersion"

    /// As it was written; may name a revision that nobody knows.
    let claimed: String
    let client: Implementation?
    let capabilities: ClientCapabilities
    let leastLevel: LogLevel?

    static func names(_ params: JSONValue) -> Bool { params["_meta"]?[version] != nil }

    /// Throws what is missing.
    init(_ params: JSONValue) throws(RPCError) {
        let meta = params["_meta"] ?? [:]
        guard let claimed = meta[Self.version]?.string else {
            throw .invalidParams("_meta names no \(Self.version). Every request of this revision does; older ones begin with initialize.")
        }
        guard let capabilities = meta["io.modelcontextprotocol/clientCapabilities"], capabilities.object != nil else {
            throw .invalidParams("_meta has no io.modelcontextprotocol/clientCapabilities, an object.")
        }
        var leastLevel: LogLevel?
        if let level = meta["io.modelcontextprotocol/logLevel"] {
            leastLevel = level.string.flatMap(LogLevel.init)
            guard leastLevel != nil else { throw .invalidParams("_meta names an unknown io.modelcontextprotocol/logLevel.") }
        }
        self.claimed = claimed
        self.capabilities = ClientCapabilities(capabilities)
        self.leastLevel = leastLevel
        client = Implementation(client: meta["io.modelcontextprotocol/clientInfo"])
    }

    var revision: Revision { .july2026 }

    /// Throws unless the revision is one of this era.
    func checkRevision() throws(RPCError) {
        guard let revision = Revision(rawValue: claimed), revision.isStateless else {
            throw RPCError(
                .unsupportedRevision, "This server does not speak \(claimed.quoted) here.",
                data: ["supported": .array(Revision.allCases.reversed().map { .string($0.rawValue) }), "requested": .string(claimed)])
        }
    }

    func exchange(_ channel: any ExchangeChannel) -> Exchange {
        Exchange(revision: revision, client: client, capabilities: capabilities, channel: channel)
    }
}
