import Domain
import Persistence

/// A person as administrators of the instance see them.
public struct KnownPerson: Codable, Sendable, Equatable {
    public let user: User
    public let workspaces: [OrganizationMembership]
    /// Nil while the account stays.
    public let deletion: AccountDeletion?
}

/// Who and what is on the instance, and its end by an administrator.
extension AccountDeletions {
    private static let shown = 100
    private static let batch = 500

    /// In the order in which they came.
    public func people(cursor: String? = nil, as caller: Caller) async throws -> Page<KnownPerson> {
        try caller.requireInstanceAdmin()
        let position = try cursor.map(PageCursor<User>.init).map { (createdAt: $0.createdAt, id: $0.id) }
        let found = try await database.read { try AccountDeletionRepository.people(after: position, limit: Self.shown + 1, in: $0) }
        let items = found.prefix(Self.shown).map { person in
            KnownPerson(
                user: person.user,
                workspaces: person.workspaces.map { OrganizationMembership(id: $0.organization.id, name: $0.organization.name, role: $0.role) },
                deletion: person.deletion)
        }
        return Page(
            items: items, nextCursor: found.count > items.count ? items.last.map { PageCursor($0.user.createdAt, $0.user.id).text } : nil)
    }

    /// In the order in which they were made.
    public func workspaces(cursor: String? = nil, as caller: Caller) async throws -> Page<WorkspaceContents> {
        try caller.requireInstanceAdmin()
        let position = try cursor.map(PageCursor<Organization>.init).map { (createdAt: $0.createdAt, id: $0.id) }
        let found = try await database.read { try AccountDeletionRepository.workspaces(after: position, limit: Self.shown + 1, in: $0) }
        let items = Array(found.prefix(Self.shown))
        return Page(items: items, nextCursor: found.count > items.count ? items.last.map { PageCursor($0.createdAt, $0.id).text } : nil)
    }

    /// Removes somebody's account at once, with the workspaces in which nobody else is. Throws `WRONG_CREDENTIALS`, `SECOND_FACTOR_REQUIRED`,
    /// `RATE_LIMITED`, `NOT_FOUND`, and `CONFLICT` for one's own and for the owner of a workspace that others belong to.
    public func removePerson(_ user: UserID, _ proof: DeletionProof, as caller: Caller) async throws {
        try caller.requireInstanceAdmin()
        guard user != caller.userId else { throw ProblemReport(.conflict, "You delete your own account under Settings, Security.") }
        try await accounts.prove(proof, as: caller)
        guard try await database.read({ try UserRepository.find(user, in: $0) }) != nil else { throw ProblemReport.notFound("user") }
        let owned = try await database.read { try outlook(of: user, in: $0) }.owned
        guard owned.isEmpty else {
            let names = owned.map(\.name).joined(separator: ", ")
            throw ProblemReport(
                .conflict, "This person owns workspaces that others belong to. Have them handed over, or delete them first: \(names).")
        }
        try await remove(user)
        try await accounts.audit.record("account.deleted", target: user.text, as: caller)
    }

    /// Removes a workspace at once, whoever belongs to it, with everything in it. Throws `WRONG_CREDENTIALS`, `SECOND_FACTOR_REQUIRED`,
    /// `RATE_LIMITED`, `NOT_FOUND`, and `CONFLICT` for the one in which the caller is.
    public func removeWorkspace(_ organization: OrganizationID, _ proof: DeletionProof, as caller: Caller) async throws {
        try caller.requireInstanceAdmin()
        guard organization != caller.organizationId else {
            throw ProblemReport(.conflict, "You are in this workspace. Go on in another one first.")
        }
        try await accounts.prove(proof, as: caller)
        let now = time.now
        try await database.write { transaction in
            guard let known = try OrganizationRepository.find(organization, in: transaction) else { throw ProblemReport.notFound("workspace") }
            try AccountDeletionRepository.close(organization, at: now, in: transaction)
            try accounts.audit.record(
                "workspace.deleted", target: organization.text, detail: ["name": .string(known.name)], as: caller, in: transaction)
        }
        try await removeClosed()
    }

    /// Removes what closed workspaces hold, a few hundred rows at a time, so that nobody else waits; what an earlier process has left, too.
    func removeClosed() async throws {
        for organization in try await database.read({ try AccountDeletionRepository.closed(limit: 100, in: $0) }) {
            while try await database.write({ try AccountDeletionRepository.removePosts(of: organization, limit: Self.batch, in: $0) }) == Self.batch {
            }
            let now = time.now
            var digests: [String] = []
            repeat {
                digests = try await database.write { transaction in
                    let digests = try AccountDeletionRepository.removeMedia(of: organization, limit: Self.batch, in: transaction)
                    for digest in Set(digests) { try MediaHoldRepository.leave(digest, now: now, in: transaction) }
                    return digests
                }
                for digest in Set(digests) { await media.tidyUp(digest) }
            } while digests.count == Self.batch
            try await channels.purgeAll(of: organization)
            _ = try await database.write { try AccountDeletionRepository.remove(organization, in: $0) }
        }
    }
}
