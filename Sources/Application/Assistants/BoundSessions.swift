import Domain
import Messaging
import Persistence

/// The sessions of one credential: what another one opened is not found here.
public struct BoundSessions: Sendable {
    let owner: SessionOwner
    let database: any Database
    let broadcast: any Broadcast
    let time: any TimeSource

    public func create(_ session: MCPSession) async throws {
        try await database.write { try MCPSessionRepository.insert(session, of: owner, in: $0) }
    }

    /// To find it is to use it: notes so, at most once a minute. Nil when there is none, or nobody used it for 7 days.
    public func find(_ id: String) async throws -> MCPSession? {
        let now = time.now
        let oldest = now - AssistantSessions.longestIdle
        let known = try await database.read { try MCPSessionRepository.find(id, of: owner, usedSince: oldest, in: $0) }
        guard var session = if let known { known } else { try await adopt(id, usedSince: oldest) } else { return nil }
        let limit = now - AssistantSessions.seenPrecision
        if session.lastSeenAt <= limit {
            try await database.write { try MCPSessionRepository.touch(id, of: owner, at: now, unlessSince: limit, in: $0) }
            session.lastSeenAt = now
        }
        return session
    }

    /// An assistant that asked its person for more has a new grant, and goes on with the session it had.
    private func adopt(_ id: String, usedSince oldest: Timestamp) async throws -> MCPSession? {
        guard owner.isGrant else { return nil }
        return try await database.write { transaction in
            try MCPSessionRepository.adopt(id, by: owner, in: transaction)
            return try MCPSessionRepository.find(id, of: owner, usedSince: oldest, in: transaction)
        }
    }

    /// Stores everything that may change. Does nothing when the session has ended.
    public func save(_ session: MCPSession) async throws {
        var session = session
        session.lastSeenAt = time.now
        let saved = session
        try await database.write { try MCPSessionRepository.update(saved, of: owner, in: $0) }
    }

    public func remove(_ id: String) async throws {
        try await database.write { try MCPSessionRepository.remove(id, of: owner, in: $0) }
    }

    /// How many are open.
    public func count() async throws -> Int {
        let oldest = time.now - AssistantSessions.longestIdle
        return try await database.read { try MCPSessionRepository.count(of: owner, usedSince: oldest, in: $0) }
    }

    /// Keeps an event for `events(after:)`: for 10 minutes, and at most 200 a stream.
    public func keep(_ event: MCPStreamEvent, of session: String) async throws {
        let now = time.now
        try await database.write {
            try MCPEventRepository.keep(
                event, of: session, of: owner, at: now, forgetting: now - AssistantSessions.eventMemory, most: AssistantSessions.mostEvents,
                in: $0)
        }
    }

    /// What was kept of one stream after event `number`, in order; nil when that stream is not known (any more).
    public func events(of session: String, stream: String, after number: Int) async throws -> [MCPStreamEvent]? {
        let oldest = time.now - AssistantSessions.eventMemory
        let kept = try await database.read {
            try MCPEventRepository.list(of: session, stream: stream, of: owner, since: oldest, in: $0)
        }
        return kept.isEmpty ? nil : kept.filter { $0.number > number }
    }

    /// Brings a message to the process that holds the session's HTTP+SSE stream.
    public func relay(_ message: String, to session: String) async { await broadcast.send(message, to: topic(of: session)) }

    /// What is relayed to this session's stream from now on, by any process.
    public func relayed(to session: String) -> AsyncStream<String> {
        let messages = broadcast.messages(on: topic(of: session))
        // Empty: some were missed. They are not kept, so nothing can be done here; whoever asks for an answer asks again.
        return AsyncStream {
            for await message in messages where !message.isEmpty { return message }
            return nil
        }
    }

    private func topic(of session: String) -> String { "mcp:\(owner.organization):\(owner.subject):\(session)" }
}
