import Domain
import Persistence

/// What is kept about a person, as such. What they wrote belongs to its workspace.
public struct PersonalData: Codable, Sendable {
    public let exportedAt: Timestamp
    public let user: User
    public let workspaces: [OrganizationMembership]
    public let secondFactor: SecondFactorState
    /// Accounts elsewhere by which they sign in.
    public let identities: [LinkedIdentity]
    public let passkeys: [Passkey]
    public let mails: MailChoices
    /// In all workspaces.
    public let views: [SavedView]
    /// What they said about posts, oldest first.
    public let comments: [PostComment]
    /// Those that have not ended.
    public let sessions: [Session]
    /// Without their secrets, which nobody has.
    public let keys: [APIKey]
    /// What they did while signed in: the newest 1,000 entries, newest first.
    public let log: [AuditEvent]
}

extension Accounts {
    static let exportedEvents = 1000

    /// Everything that is kept about the signed-in person.
    public func personalData(as caller: Caller) async throws -> PersonalData {
        let (id, now) = (try caller.requireSignedIn().user, time.now)
        await audit.flush()
        return try await database.write { transaction in
            guard let user = try UserRepository.find(id, in: transaction) else { throw ProblemReport.notFound("user") }
            let data = PersonalData(
                exportedAt: now, user: user,
                workspaces: try OrganizationRepository.of(id, in: transaction).map {
                    OrganizationMembership(id: $0.organization.id, name: $0.organization.name, role: $0.role)
                },
                secondFactor: SecondFactorState(
                    since: try SecondFactorRepository.find(of: id, in: transaction)?.confirmedAt,
                    recoveryCodesLeft: try SecondFactorRepository.recoveryCodesLeft(of: id, in: transaction)),
                identities: try IdentityRepository.list(of: id, in: transaction),
                passkeys: try PasskeyRepository.list(of: id, in: transaction).map(\.passkey),
                mails: MailChoices(try MailChoiceRepository.wanted(by: id, in: transaction)),
                views: try SavedViewRepository.all(of: id, in: transaction), comments: try PostCommentRepository.list(by: id, in: transaction),
                sessions: try SessionRepository.list(of: id, now: now, in: transaction),
                keys: try APIKeyRepository.made(by: id, in: transaction),
                log: try AuditRepository.list(by: caller.subject, limit: Self.exportedEvents, in: transaction))
            try audit.record("user.exported", target: id.text, as: caller, in: transaction)
            return data
        }
    }
}
