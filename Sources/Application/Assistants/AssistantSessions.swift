import Domain
import Logging
import Messaging
import Persistence

/// Conversations with assistants: kept in the database, so that any process continues them, and what is known of who is connected.
public struct AssistantSessions: Sendable {
    static let longestIdle = Duration.days(7)
    static let eventMemory = Duration.minutes(10)
    static let mostEvents = 200
    /// How exactly it is known when a session was last used.
    static let seenPrecision = Duration.minutes(1)
    private static let activityMemory = Duration.days(90)

    private let database: any Database
    private let broadcast: any Broadcast
    private let time: any TimeSource
    private let calls: BufferedCounts<ToolCaller, Calls>

    /// Of one tool by one credential.
    private struct Calls: Sendable {
        var number = 0
        var client: String?
        var last: Timestamp
    }

    public init(database: any Database, broadcast: any Broadcast, time: any TimeSource, logger: Logger) {
        self.database = database
        self.broadcast = broadcast
        self.time = time
        calls = BufferedCounts("calls of assistants", database: database, time: time, logger: logger) { caller, calls, transaction in
            let use = ToolUse(
                subject: caller.owner.subject, tool: caller.tool, client: calls.client, calls: calls.number, lastCallAt: calls.last)
            try MCPActivityRepository.add(use, of: caller.owner, in: transaction)
        }
    }

    /// The sessions of the caller's credential, and no others.
    public func store(for caller: Caller) -> BoundSessions {
        BoundSessions(owner: SessionOwner(caller), database: database, broadcast: broadcast, time: time)
    }

    /// Counts a call of `tool` (nil for any other request). Costs no write: what gathers in a few seconds is stored at once.
    public func noteCall(as caller: Caller, client: String?, tool: String?) {
        let (client, now) = (client.map { String($0.replacing("\0", with: "").prefix(100)) }, time.now)
        calls.note(ToolCaller(owner: SessionOwner(caller), tool: tool ?? "")) { known in
            Calls(number: (known?.number ?? 0) + 1, client: client ?? known?.client, last: now)
        }
    }

    /// Stores what was counted. The last thing a process does.
    public func flush() async { await calls.flush() }

    /// What each credential of the workspace has open and has called, the latest first: all of them for administrators, one's own for others.
    public func activity(as caller: Caller) async throws -> [AssistantActivity] {
        try caller.require(Scope.admin)
        let user = caller.may(.manage) ? nil : caller.userId
        let oldest = time.now - Self.longestIdle
        return try await database.read { transaction in
            let sessions = try MCPSessionRepository.list(of: caller.organizationId, user: user, usedSince: oldest, in: transaction)
            let uses = try MCPActivityRepository.list(of: caller.organizationId, user: user, in: transaction)
            return AssistantActivity.gather(sessions, uses)
        }
    }

    /// Ends the sessions that live as long as a stream. Only for a process that knows that no other one holds streams.
    public func endStreams() async throws {
        try await database.write { try MCPSessionRepository.removeAll(over: .sse, in: $0) }
    }

    /// Ends sessions that nobody uses and forgets what is too old. Run now and then.
    public func removeOld() async throws {
        let now = time.now
        try await database.write { transaction in
            try MCPEventRepository.removeOld(before: now - Self.eventMemory, in: transaction)
            try MCPSessionRepository.removeIdle(since: now - Self.longestIdle, in: transaction)
            try MCPActivityRepository.removeOld(before: now - Self.activityMemory, in: transaction)
        }
    }
}

extension SessionOwner {
    init(_ caller: Caller) { self.init(organization: caller.organizationId, subject: caller.subject, user: caller.userId) }
}

/// Whose calls of which tool are counted.
private struct ToolCaller: Hashable, Comparable {
    let owner: SessionOwner
    let tool: String

    static func < (left: Self, right: Self) -> Bool { (left.owner.subject, left.tool) < (right.owner.subject, right.tool) }
}
