import Domain
import Persistence

extension Accounts {
    public func me(as caller: Caller) async throws -> Me {
        try await database.read { try Self.me(caller, in: $0) }
    }

    /// Changes the signed-in person's own details, and the workspace's for its administrators.
    public func updateProfile(_ change: ProfileChange, as caller: Caller) async throws -> Me {
        let name = try change.name.map { try AccountRules.name($0, field: "name") }
        let zone = try change.timeZone.map { try AccountRules.timeZone($0, field: "timeZone") }
        let locale = try change.locale.map { try AccountRules.locale($0) }
        let organizationName = try change.organizationName.map { try AccountRules.name($0, field: "organizationName") }
        let organizationZone = try change.organizationTimeZone.map { try AccountRules.timeZone($0, field: "organizationTimeZone") }
        let changesPerson = name != nil || zone != nil || locale != nil || change.weekStart != nil
        let changesOrganization =
            organizationName != nil || organizationZone != nil || change.organizationCatchUp != nil || change.organizationNeedsApproval != nil
            || change.organizationNeedsSecondFactor != nil
        let person = changesPerson ? try caller.requireSignedIn().user : nil
        if changesOrganization {
            try caller.require(Scope.admin)
            try caller.require(.manage)
            // Otherwise it would free itself.
            if change.organizationNeedsApproval != nil { try caller.requireApproved(to: "change what needs approval") }
            if change.organizationNeedsSecondFactor != nil { try caller.requireApproved(to: "change how members sign in") }
        }
        return try await database.write { transaction in
            if let person, var user = try UserRepository.find(person, in: transaction) {
                user.name = name ?? user.name
                user.timeZone = zone ?? user.timeZone
                user.locale = locale ?? user.locale
                user.weekStart = change.weekStart ?? user.weekStart
                try UserRepository.update(user, in: transaction)
            }
            if changesOrganization, var organization = try OrganizationRepository.find(caller.organizationId, in: transaction) {
                organization.name = organizationName ?? organization.name
                organization.timeZone = organizationZone ?? organization.timeZone
                organization.catchUp = change.organizationCatchUp ?? organization.catchUp
                if let needed = change.organizationNeedsApproval, needed != organization.needsApproval {
                    try OrganizationRepository.setNeedsApproval(needed, of: organization.id, in: transaction)
                }
                if let needed = change.organizationNeedsSecondFactor, needed != organization.needsSecondFactor {
                    if needed { try Self.requireOwnFactor(caller, in: transaction) }
                    organization.needsSecondFactor = needed
                    try audit.record("organization.second-factor", detail: ["needed": .bool(needed)], as: caller, in: transaction)
                }
                try OrganizationRepository.update(organization, in: transaction)
                try audit.record("organization.updated", target: organization.id.text, as: caller, in: transaction)
            }
            return try Self.me(caller, in: transaction)
        }
    }

    /// The signed-in person's sessions, the latest seen first.
    public func sessions(as caller: Caller) async throws -> [Session] {
        let (user, now) = (try caller.requireSignedIn().user, time.now)
        return try await database.read { try SessionRepository.list(of: user, now: now, in: $0) }
    }

    /// Ends one of the signed-in person's sessions.
    public func revokeSession(_ id: SessionID, as caller: Caller) async throws {
        let user = try caller.requireSignedIn().user
        try await database.write { transaction in
            guard try SessionRepository.remove(id, of: user, in: transaction) else {
                throw ProblemReport(.notFound, "You have no such session. It may have ended already.")
            }
            try audit.record("session.revoked", target: id.text, as: caller, in: transaction)
        }
    }

    private static func me(_ caller: Caller, in transaction: any Transaction) throws -> Me {
        guard let organization = try OrganizationRepository.find(caller.organizationId, in: transaction) else {
            throw ProblemReport.notFound("workspace")
        }
        let user = try caller.userId.flatMap { try UserRepository.find($0, in: transaction) }
        let all = try user.map { try OrganizationRepository.of($0.id, in: transaction) } ?? []
        // A key belongs to one workspace and learns of no other.
        let seen = if case .user = caller.identity { all } else { all.filter { $0.organization.id == organization.id } }
        return Me(
            user: user, organization: organization, role: caller.role, scopes: caller.scopes.sorted { $0.rawValue < $1.rawValue },
            organizations: seen.map { OrganizationMembership(id: $0.organization.id, name: $0.organization.name, role: $0.role) })
    }
}
