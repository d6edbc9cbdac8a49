import Domain
import Foundation
import Persistence

/// What a new workspace is to be. Its zone is that of whoever makes it unless it is named.
public struct NewWorkspace: Codable, Sendable {
    public var name: String
    /// IANA, such as `Europe/Paris`.
    public var timeZone: String?

    public init(name: String, timeZone: String? = nil) {
        self.name = name
        self.timeZone = timeZone
    }
}

extension Team {
    /// The workspaces to which the signed-in person belongs, the longest membership first.
    public func workspaces(as caller: Caller) async throws -> [OrganizationMembership] {
        let user = try caller.requireSignedIn().user
        return try await database.read { try OrganizationRepository.of(user, in: $0) }.map {
            OrganizationMembership(id: $0.organization.id, name: $0.organization.name, role: $0.role)
        }
    }

    /// Makes a workspace that the signed-in person owns; the session goes on in it. Where registration is closed, the administrators of the
    /// instance alone do. Throws `REGISTRATION_CLOSED` and `CONFLICT`.
    public func createWorkspace(_ request: NewWorkspace, as caller: Caller) async throws -> OrganizationMembership {
        let ((user, session), now) = (try caller.requireSignedIn(), time.now)
        if accounts.registrationDisabled, caller.instanceRole != .admin {
            throw ProblemReport(.registrationClosed, "Only administrators of this instance make workspaces. Ask one of them for an invitation.")
        }
        let zone = try request.timeZone.map { try AccountRules.timeZone($0, field: "timeZone") } ?? caller.timeZone
        let organization = Organization(
            id: OrganizationID(at: now), name: try AccountRules.name(request.name, field: "name"), timeZone: zone, createdAt: now)
        try await database.write { transaction in
            guard try OrganizationRepository.of(user, in: transaction).count(where: { $0.role == .owner }) < Self.mostWorkspaces else {
                throw ProblemReport(.conflict, "One person owns at most \(Self.mostWorkspaces) workspaces. Hand one over first.")
            }
            _ = try Accounts.insert(organization, of: user, in: transaction)
            _ = try SessionRepository.enter(organization.id, session, of: user, at: now, in: transaction)
            try audit.record(
                "workspace.created", target: organization.id.text, detail: ["name": .string(organization.name)], subject: caller.subject,
                organization: organization.id, in: transaction)
        }
        return OrganizationMembership(id: organization.id, name: organization.name, role: .owner)
    }

    /// Goes on in another workspace of the signed-in person's: this session alone. Throws `NOT_FOUND` when they do not belong there.
    public func enter(_ organization: OrganizationID, as caller: Caller) async throws -> OrganizationMembership {
        let ((user, session), now) = (try caller.requireSignedIn(), time.now)
        return try await database.write { transaction in
            guard try SessionRepository.enter(organization, session, of: user, at: now, in: transaction),
                let entered = try OrganizationRepository.of(user, in: transaction).first(where: { $0.organization.id == organization })
            else { throw ProblemReport.notFound("workspace") }
            return OrganizationMembership(id: entered.organization.id, name: entered.organization.name, role: entered.role)
        }
    }
}
