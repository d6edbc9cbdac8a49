import Domain
import Messaging
import Persistence

/// What a switch pauses, besides a channel (`Channels.pause`).
public enum PauseScope: String, Codable, Sendable, CaseIterable {
    case workspace
    /// Every workspace of this server.
    case instance
}

/// Whether a workspace publishes.
public struct PauseState: Codable, Sendable, Equatable {
    /// Since when the workspace is paused; nil while it is not.
    public let pausedAt: Timestamp?
    /// Since when the whole instance is paused; nil while it is not.
    public let instancePausedAt: Timestamp?
    /// How many posts on channels wait although their time has come, whatever holds them; 10,000 stands for that many or more.
    public let held: Int

    /// Whether nothing goes out.
    public var isPaused: Bool { pausedAt != nil || instancePausedAt != nil }
}

/// One switch that holds everything that becomes due, in a workspace or on the whole instance. What is being sent at that moment is finished;
/// what is held goes out after the resumption, oldest first, within the late-posting limit.
public struct Pausing: Sendable {
    let database: any Database
    let audit: AuditLog
    let events: any EventBus
    let alarm: ScheduleAlarm
    let time: any TimeSource

    public init(database: any Database, audit: AuditLog, events: any EventBus, alarm: ScheduleAlarm, time: any TimeSource) {
        self.database = database
        self.audit = audit
        self.events = events
        self.alarm = alarm
        self.time = time
    }

    /// How the caller's workspace stands. Throws `FORBIDDEN_SCOPE`.
    public func state(as caller: Caller) async throws -> PauseState {
        try caller.require(.postsRead)
        let organization = caller.organizationId
        return try await database.read { try Self.state(of: organization, in: $0) }
    }

    /// Throws `FORBIDDEN` for a caller who is no administrator of what would be paused, or who makes drafts only.
    public func pause(_ scope: PauseScope, as caller: Caller) async throws -> PauseState { try await set(scope, time.now, as: caller) }

    /// Throws as `pause` does.
    public func resume(_ scope: PauseScope, as caller: Caller) async throws -> PauseState { try await set(scope, nil, as: caller) }

    private func set(_ scope: PauseScope, _ pausedAt: Timestamp?, as caller: Caller) async throws -> PauseState {
        let verb = pausedAt == nil ? "resume" : "pause"
        try caller.require(.channelsWrite)
        try caller.requireApproved(to: "\(verb) publishing")
        try authorize(scope, caller)
        let (organization, now) = (caller.organizationId, time.now)
        let (affected, state) = try await database.write { transaction -> ([OrganizationID], PauseState) in
            let changed =
                switch scope {
                case .workspace: try PauseRepository.set(pausedAt, of: organization, in: transaction)
                case .instance: try PauseRepository.setInstance(pausedAt, in: transaction)
                }
            guard changed else { return ([], try Self.state(of: organization, in: transaction)) }
            let only = scope == .workspace ? organization : nil
            try PreflightRepository.lookAgain(of: only, now: now, in: transaction)
            if pausedAt == nil { _ = try PublishingRepository.release(of: only, now: now, in: transaction) }
            let target = scope == .workspace ? organization.text : nil
            try audit.record("\(scope.rawValue).\(verb)d", target: target, as: caller, in: transaction)
            let affected = try only.map { [$0] } ?? PauseRepository.organizations(in: transaction)
            return (affected, try Self.state(of: organization, in: transaction))
        }
        if !affected.isEmpty { alarm.ring() }
        for organization in affected {
            await events.publish(
                ProductEvent(
                    pausedAt == nil ? .publishingResumed : .publishingPaused, organizationId: organization, at: now,
                    data: ["scope": .string(scope.rawValue)]))
        }
        return state
    }

    private func authorize(_ scope: PauseScope, _ caller: Caller) throws {
        switch scope {
        case .workspace: try caller.require(.manage)
        case .instance:
            guard caller.instanceRole == .admin else {
                throw ProblemReport(.forbidden, "Only an administrator of this instance may pause or resume it as a whole.")
            }
        }
    }

    static func state(of organization: OrganizationID, in transaction: any Transaction) throws -> PauseState {
        PauseState(
            pausedAt: try OrganizationRepository.find(organization, in: transaction)?.pausedAt,
            instancePausedAt: try PauseRepository.instance(in: transaction), held: try PauseRepository.held(of: organization, in: transaction))
    }
}
