import Domain
import Logging

/// How a request ended.
enum Outcome: Sendable {
    case result(Reply)
    case error(RPCError)
    /// To be answered with a challenge where that is still possible.
    case needsScopes([String])
    /// The client does not want to know any more.
    case cancelled

    /// Runs `work` and makes an outcome of whatever it throws. Words of unforeseen errors stay in the log.
    static func of(_ method: String, _ revision: Revision, logger: Logger, _ work: () async throws -> Reply) async -> Outcome {
        do { return .result(try await work()) } catch { return failure(error, method, revision, logger) }
    }

    private static func failure(_ error: any Error, _ method: String, _ revision: Revision, _ logger: Logger) -> Outcome {
        switch error {
        case is CancellationError: return .cancelled
        case let error as RPCError: return .error(error)
        case MCPError.unknownTool(let name): return .error(.invalidParams("There is no tool \(name.quoted). tools/list names them all."))
        case MCPError.invalidParams(let message): return .error(.invalidParams(message))
        case MCPError.resourceNotFound(let uri):
            let code: RPCError.Code = revision.isStateless ? .invalidParams : .resourceNotFound
            return .error(RPCError(code, "There is no resource \(uri.quoted).", data: ["uri": .string(uri)]))
        case MCPError.insufficientScope(let scopes): return .needsScopes(scopes)
        case let error as UnsupportedByClient: return .error(missing(error.capability, revision))
        case let error as RefusedByClient: return .error(.invalidParams("The client was asked and answered with an error: \(error.message)"))
        default:
            // A task that was cancelled fails in many ways.
            if Task.isCancelled { return .cancelled }
            logger.error("a request over MCP failed", metadata: ["method": "\(method)", "error": "\(error)"])
            return .error(.internalError)
        }
    }

    private static func missing(_ capability: String, _ revision: Revision) -> RPCError {
        let message = "This needs \(capability), which your client does not offer."
        guard revision.isStateless else { return RPCError(.invalidParams, message) }
        return RPCError(.missingClientCapability, message, data: ["requiredCapabilities": [capability: [:]]])
    }

    /// The message that says so; nil when nothing is to be said.
    func text(to request: Message.Request) -> String? {
        switch self {
        case .result(let result): Message.text(result, to: request.id)
        case .error(let error): Message.text(error, to: request.id)
        case .needsScopes(let scopes):
            // Too late for a challenge: what is left are words for the model.
            request.method == "tools/call"
                ? Message.text(ResultEncoding(revision: .june2025).reply(.failure(Self.words(scopes))), to: request.id)
                : Message.text(RPCError(.invalidRequest, Self.words(scopes)), to: request.id)
        case .cancelled: nil
        }
    }

    private static func words(_ scopes: [String]) -> String {
        "Your access does not cover this: it needs \(scopes.joined(separator: ", ")). Connect again and allow it."
    }
}
