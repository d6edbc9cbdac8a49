import Domain
import Persistence

/// Who did what: sign-ins, keys, passwords, members, channels. Never holds a secret.
public struct AuditLog: Sendable {
    private let database: any Database
    private let time: any TimeSource

    public init(database: any Database, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    /// Notes that `caller` did `action`, such as `key.created`, to the thing whose id is `target`.
    public func record(
        _ action: String, target: String? = nil, detail: [String: JSONValue] = [:], address: String? = nil, as caller: Caller
    ) async throws {
        try await database.write { try record(action, target: target, detail: detail, address: address, as: caller, in: $0) }
    }

    /// The same in the transaction of what it is about.
    public func record(
        _ action: String, target: String? = nil, detail: [String: JSONValue] = [:], address: String? = nil, as caller: Caller,
        in transaction: any Transaction
    ) throws {
        let event = event(action, target: target, detail: detail, address: address, subject: caller.subject)
        try AuditRepository.insert(event, of: caller.organizationId, in: transaction)
    }

    /// Where there is no caller: before signing in, and for links.
    func record(
        _ action: String, target: String?, subject: String, address: String? = nil, organization: OrganizationID?
    ) async throws {
        try await database.write {
            try record(action, target: target, subject: subject, address: address, organization: organization, in: $0)
        }
    }

    func record(
        _ action: String, target: String?, detail: [String: JSONValue] = [:], subject: String, address: String? = nil,
        organization: OrganizationID?, in transaction: any Transaction
    ) throws {
        let event = event(action, target: target, detail: detail, address: address, subject: subject)
        try AuditRepository.insert(event, of: organization, in: transaction)
    }

    /// The workspace's events, newest first; `before` continues after that event. `limit` is held to 1…200. For its administrators.
    public func list(as caller: Caller, limit: Int = 50, before: Identifier<AuditEvent>? = nil) async throws -> [AuditEvent] {
        try caller.require(Scope.admin)
        try caller.require(Role.admin)
        let limit = min(max(limit, 1), 200)
        return try await database.read { try AuditRepository.list(of: caller.organizationId, before: before, limit: limit, in: $0) }
    }

    private func event(_ action: String, target: String?, detail: [String: JSONValue], address: String?, subject: String) -> AuditEvent {
        let now = time.now
        return AuditEvent(
            id: Identifier(at: now), subject: subject, action: action, target: target, detail: detail,
            address: address.flatMap { $0.isEmpty ? nil : $0 }, createdAt: now)
    }
}
