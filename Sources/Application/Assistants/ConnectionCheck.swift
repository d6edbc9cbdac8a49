import Domain
import Foundation
import Platforms

/// Asks the instance's own MCP address the way an assistant would: over the network, through whatever proxy stands in front of it.
public struct ConnectionCheck: Sendable {
    public enum Outcome: String, Codable, Sendable, CaseIterable {
        /// The handshake and the list of tools worked.
        case answers = "ANSWERS"
        /// No connection, or no answer in time.
        case unreachable = "UNREACHABLE"
        /// It sends on to another address, which assistants do not follow.
        case redirects = "REDIRECTS"
        /// It did not accept a key that is valid: something in front of it drops the `Authorization` header.
        case refuses = "REFUSES"
        /// Something answers that does not know the path.
        case notFound = "NOT_FOUND"
        /// Something answers, but not as an MCP server does.
        case talksOtherwise = "TALKS_OTHERWISE"
    }

    public struct Result: Codable, Sendable, Equatable {
        public let outcome: Outcome
        public let address: String
        /// What came instead, such as `HTTP 502`.
        public var detail: String?
        /// How the server names itself.
        public var server: String?
        /// How many tools a key for reading sees.
        public var tools: Int?
        public let milliseconds: Int64
    }

    private static let patience = Duration.seconds(15)

    private let keys: APIKeys
    private let http: any HTTPSender
    private let time: any TimeSource
    /// Where assistants are told to connect.
    public let address: String

    init(mainURL: URL, keys: APIKeys, http: any HTTPSender, time: any TimeSource) {
        self.keys = keys
        self.http = http
        self.time = time
        let base = mainURL.absoluteString
        address = (base.hasSuffix("/") ? String(base.dropLast()) : base) + "/mcp"
    }

    /// Takes fifteen seconds at the most. What fails is a result, not an error.
    public func run(as caller: Caller) async throws -> Result {
        try caller.require(Scope.admin)
        let start = time.now
        let outcome = try await keys.withPassingKey([.postsRead], as: caller) { secret in
            try await inTime { try await converse(MCPConversation(address: address, key: secret, http: http)) }
        }
        var result = Result(outcome: outcome?.outcome ?? .unreachable, address: address, milliseconds: (time.now - start).milliseconds)
        (result.detail, result.server, result.tools) = (outcome?.detail, outcome?.server, outcome?.tools)
        return result
    }

    private struct Finding: Sendable {
        let outcome: Outcome
        var detail: String?
        var server: String?
        var tools: Int?
    }

    private func converse(_ conversation: MCPConversation) async throws -> Finding {
        do {
            let (server, tools) = try await conversation.greetAndListTools()
            return Finding(outcome: .answers, server: server, tools: tools)
        } catch let failure as TransportFailure {
            return Finding(outcome: .unreachable, detail: failure.reason)
        } catch let oddity as MCPConversation.Oddity {
            return Finding(outcome: Self.outcome(of: oddity.status), detail: oddity.detail)
        }
    }

    private static func outcome(of status: Int) -> Outcome {
        switch status {
        case 300..<400: .redirects
        case 401, 403: .refuses
        case 404, 405: .notFound
        default: .talksOtherwise
        }
    }

    /// Nil when `work` is not done in time.
    private func inTime(_ work: @escaping @Sendable () async throws -> Finding) async throws -> Finding? {
        try await withThrowingTaskGroup(of: Finding?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await time.sleep(until: time.now + Self.patience)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
