import Domain
import Foundation
import Messaging
import Persistence

/// Who belongs to a workspace, as what, and how they come and go. One decides about members of lesser roles; a workspace has one owner, who
/// leaves only after handing it over.
public struct Team: Sendable {
    /// How long an invitation can be used.
    static let invitationLife = Duration.days(7)
    static let mostInvitations = 100
    static let mostWorkspaces = 50

    let database: any Database
    let accounts: Accounts
    let audit: AuditLog
    let events: any EventBus
    let mail: Mail
    let mainURL: URL
    let time: any TimeSource

    /// Everybody, the longest membership first. Addresses are told to those who manage the workspace, and each their own.
    public func members(as caller: Caller) async throws -> [Member] {
        try caller.require(.postsRead)
        let isTold = caller.may(.manage) && caller.may(.admin)
        return try await database.read { try TeamRepository.members(of: caller.organizationId, in: $0) }.map { member in
            var member = member
            if !isTold, member.userId != caller.userId { member.email = nil }
            return member
        }
    }

    /// Gives a member another role: from the next request on they may what it may, and so may their keys and assistants.
    /// Throws `NOT_FOUND`, `FORBIDDEN` for a member or a role that is not below the caller, and `CONFLICT`.
    public func setRole(_ role: Role, of user: UserID, as caller: Caller) async throws -> Member {
        try requireManager(caller)
        guard caller.role.given.contains(role) else { throw Self.notGiven(role, by: caller) }
        let (member, changed) = try await database.write { transaction in
            let member = try below(caller, user, in: transaction)
            guard member.role != role else { return (member, false) }
            guard try TeamRepository.setRole(user, of: caller.organizationId, from: member.role, to: role, in: transaction) else { throw Self.moved }
            // Whoever may not invite any more has no invitations open.
            if !role.may(.manage) {
                try InvitationRepository.removeAll(by: user, of: caller.organizationId, in: transaction)
                try PortalLinkRepository.removeAll(by: user, of: caller.organizationId, in: transaction)
            }
            try audit.record(
                "member.role-changed", target: user.text, detail: ["from": .string(member.role.rawValue), "to": .string(role.rawValue)], as: caller,
                in: transaction)
            return (Member(userId: user, name: member.name, email: member.email, role: role, since: member.since), true)
        }
        if changed { await tell(.memberChanged, member, in: caller.organizationId) }
        return member
    }

    /// Ends a membership at once, with the member's keys, assistants, calendars and invitations of this workspace. What they wrote stays.
    public func remove(_ user: UserID, as caller: Caller) async throws {
        try requireManager(caller)
        let (now, organization) = (time.now, caller.organizationId)
        let member = try await database.write { transaction in
            let member = try below(caller, user, in: transaction)
            guard try TeamRepository.remove(user, of: organization, as: member.role, at: now, in: transaction) else { throw Self.moved }
            try audit.record("member.removed", target: user.text, detail: Self.audited(member), as: caller, in: transaction)
            return member
        }
        await tell(.memberLeft, member, in: organization)
    }

    /// Leaves the workspace. The session goes on in another one of the person's, or ends. Throws `CONFLICT` for its owner.
    public func leave(as caller: Caller) async throws {
        let (user, organization, now) = (try caller.requireSignedIn().user, caller.organizationId, time.now)
        let member = try await database.write { transaction in
            guard let member = try TeamRepository.find(user, of: organization, in: transaction) else { throw ProblemReport.notFound("member") }
            guard member.role < .owner else {
                throw ProblemReport(.conflict, "A workspace keeps an owner. Hand it over to another member first, then leave.")
            }
            guard try TeamRepository.remove(user, of: organization, as: member.role, at: now, in: transaction) else { throw Self.moved }
            try audit.record("member.left", target: user.text, detail: Self.audited(member), as: caller, in: transaction)
            return member
        }
        await tell(.memberLeft, member, in: organization)
    }

    /// Makes another member the owner; the caller, who confirms it with their password, goes on as administrator.
    /// Throws `FORBIDDEN`, `WRONG_CREDENTIALS`, `RATE_LIMITED` and `NOT_FOUND`.
    public func handOver(_ request: HandingOver, as caller: Caller) async throws {
        let (user, organization) = (try caller.requireSignedIn().user, caller.organizationId)
        try caller.require(.own)
        guard request.userId != user else { throw ProblemReport.invalid("userId", "You own this workspace already. Choose another member.") }
        try await accounts.confirm(request.password, field: "password", as: caller)
        let members = try await database.write { transaction in
            guard let next = try TeamRepository.find(request.userId, of: organization, in: transaction) else {
                throw ProblemReport.notFound("member")
            }
            guard try TeamRepository.setRole(user, of: organization, from: .owner, to: .admin, in: transaction),
                try TeamRepository.setRole(next.userId, of: organization, from: next.role, to: .owner, in: transaction)
            else { throw Self.moved }
            try audit.record("workspace.handed-over", target: next.userId.text, as: caller, in: transaction)
            return try TeamRepository.members(of: organization, in: transaction).filter { [user, next.userId].contains($0.userId) }
        }
        for member in members { await tell(.memberChanged, member, in: organization) }
    }

    // MARK: Rules

    /// Throws `FORBIDDEN` for a caller who does not manage the workspace, or whose deeds need approval.
    func requireManager(_ caller: Caller) throws {
        try caller.require(.admin)
        try caller.require(.manage)
        try caller.requireApproved(to: "change the team")
    }

    private func below(_ caller: Caller, _ user: UserID, in transaction: any Transaction) throws -> Member {
        guard let member = try TeamRepository.find(user, of: caller.organizationId, in: transaction) else { throw ProblemReport.notFound("member") }
        guard caller.role.isAbove(member.role), user != caller.userId else {
            throw ProblemReport(
                .forbidden, "You change and remove members with lesser roles than yours. An owner hands the workspace over, and everybody may leave.")
        }
        return member
    }

    static func notGiven(_ role: Role, by caller: Caller) -> ProblemReport {
        let given = caller.role.given.map(\.rawValue).joined(separator: ", ")
        return ProblemReport(
            .forbidden, "You do not give the role \(role.rawValue): you give \(given). Ownership is handed over.",
            details: ["roles": .array(caller.role.given.map { .string($0.rawValue) })])
    }

    private static let moved = ProblemReport(.conflict, "Somebody else has just changed this member. Look again.")

    private static func audited(_ member: Member) -> [String: JSONValue] {
        ["name": .string(member.name), "role": .string(member.role.rawValue)]
    }

    func tell(_ type: EventType, _ member: Member, in organization: OrganizationID) async {
        await events.publish(ProductEvent(type, organizationId: organization, at: time.now, data: member.told))
    }
}

/// To whom a workspace is handed over, and the giver's password.
public struct HandingOver: Codable, Sendable {
    public var userId: UserID
    public var password: String

    public init(userId: UserID, password: String) {
        self.userId = userId
        self.password = password
    }
}

extension Member {
    /// What events tell of a member.
    var told: JSONValue { ["userId": .string(userId.text), "name": .string(name), "role": .string(role.rawValue)] }
}
