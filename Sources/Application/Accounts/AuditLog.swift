import Domain
import Persistence

/// Who did what: sign-ins, keys, passwords, members, channels. Never holds a secret.
public struct AuditLog: Sendable {
    private let database: any Database
    private let time: any TimeSource
    private let gathered: GatheredEvents

    public init(database: any Database, time: any TimeSource) {
        self.database = database
        self.time = time
        gathered = GatheredEvents(database: database, time: time)
    }

    /// Notes what nobody needs to wait for: it is stored with others within a second.
    func gather(_ action: String, target: String?, detail: [String: JSONValue], as caller: Caller) {
        gathered.add(event(action, target: target, detail: detail, address: nil, subject: caller.subject), of: caller.organizationId)
    }

    /// Stores what was gathered. The last thing a process does.
    func flush() async { await gathered.flush() }

    /// Notes that `caller` did `action`, such as `key.created`, to the thing whose id is `target`.
    public func record(
        _ action: String, target: String? = nil, detail: [String: JSONValue] = [:], address: String? = nil, as caller: Caller
    ) async throws {
        try await database.write { _ = try record(action, target: target, detail: detail, address: address, as: caller, in: $0) }
    }

    /// The same in the transaction of what it is about.
    @discardableResult
    public func record(
        _ action: String, target: String? = nil, detail: [String: JSONValue] = [:], address: String? = nil, as caller: Caller,
        in transaction: any Transaction
    ) throws -> Identifier<AuditEvent> {
        let event = event(action, target: target, detail: detail, address: address, subject: caller.subject)
        try AuditRepository.insert(event, of: caller.organizationId, in: transaction)
        return event.id
    }

    /// Where there is no caller: before signing in, and for links.
    func record(
        _ action: String, target: String?, detail: [String: JSONValue] = [:], subject: String, address: String? = nil,
        organization: OrganizationID?
    ) async throws {
        try await database.write {
            try record(action, target: target, detail: detail, subject: subject, address: address, organization: organization, in: $0)
        }
    }

    func record(
        _ action: String, target: String?, detail: [String: JSONValue] = [:], subject: String, address: String? = nil,
        organization: OrganizationID?, in transaction: any Transaction
    ) throws {
        let event = event(action, target: target, detail: detail, address: address, subject: subject)
        try AuditRepository.insert(event, of: organization, in: transaction)
    }

    /// The workspace's events, newest first; `before` continues after that event. `limit` is held to 1…200. `action` is an action or the
    /// beginning of several, such as `mcp.`. For its administrators.
    public func list(
        as caller: Caller, action: String? = nil, limit: Int = 50, before: Identifier<AuditEvent>? = nil
    ) async throws -> [AuditView] {
        try await list(AuditFilter(actions: action.map { [$0] } ?? []), limit: limit, before: before, as: caller)
    }

    /// The same of what `filter` wants.
    public func list(
        _ filter: AuditFilter, limit: Int, before: Identifier<AuditEvent>?, as caller: Caller
    ) async throws -> [AuditView] {
        try caller.require(Scope.admin)
        try caller.require(.manage)
        let (limit, organization) = (min(max(limit, 1), 200), caller.organizationId)
        await flush()
        return try await database.readDelayed { transaction in
            let events = try AuditRepository.list(
                of: organization, actions: filter.actions, person: filter.person, from: filter.from, to: filter.to, before: before, limit: limit,
                in: transaction)
            let names = try AuditRepository.names(of: Array(Set(events.map(\.subject))), organization: organization, in: transaction)
            return events.map { AuditView($0, name: names[$0.subject]) }
        }
    }

    private func event(_ action: String, target: String?, detail: [String: JSONValue], address: String?, subject: String) -> AuditEvent {
        let now = time.now
        return AuditEvent(
            id: Identifier(at: now), subject: subject, action: action, target: target, detail: detail,
            address: address.flatMap { $0.isEmpty ? nil : $0 }, createdAt: now)
    }
}

/// What of the audit log is wanted.
public struct AuditFilter: Sendable {
    /// Actions, or the beginnings of several, such as `mcp.`; none: all.
    public var actions: [String]
    /// Who did it, themselves or by a key or an assistant of theirs.
    public var person: UserID?
    public var from: Timestamp?
    /// The first moment that is not wanted any more.
    public var to: Timestamp?

    public init(actions: [String] = [], person: UserID? = nil, from: Timestamp? = nil, to: Timestamp? = nil) {
        (self.actions, self.person, self.from, self.to) = (actions, person, from, to)
    }
}

/// An event of the audit log as it is shown.
public struct AuditView: Codable, Sendable, Equatable {
    public let id: Identifier<AuditEvent>
    /// Who did it: `user:<id>`, `key:<id>`, `grant:<id>`, `portal:<id>`, `system`, or `anonymous` before signing in.
    public let subject: String
    /// The same in words: a user's name, `key Release bot`, or `Claude for Ada`.
    public let who: String
    /// What was done, such as `key.created`.
    public let action: String
    /// The id of what it was done to.
    public let target: String?
    public let detail: [String: JSONValue]
    /// The network address it came from, where that is known.
    public let address: String?
    public let createdAt: Timestamp
    /// Whether it was noted how to take it back, and nobody has yet.
    public let canUndo: Bool
}

extension AuditView {
    init(_ event: AuditEvent, name: AuditName?) {
        let who =
            switch (event.subject, name) {
            case ("system", _): "the server"
            case ("anonymous", _): "somebody not signed in"
            case (_, .user(let name)): name
            case (_, .key(let name)): "key \(name)"
            case (_, .assistant(let name, let person)): "\(name) for \(person)"
            case (let subject, nil) where subject.hasPrefix("portal:"): "\(event.detail["person"]?.string ?? "somebody") by a link for clients"
            case (let subject, nil): subject
            }
        self.init(
            id: event.id, subject: event.subject, who: who, action: event.action, target: event.target, detail: event.detail,
            address: event.address, createdAt: event.createdAt, canUndo: event.detail["undo"] != nil && !event.isUndone)
    }
}
