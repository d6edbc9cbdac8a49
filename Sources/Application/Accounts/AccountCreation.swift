import Domain
import Persistence

/// A checked registration.
struct AccountDraft: Sendable {
    let user: User
    let organization: Organization

    init(_ request: Registration, at now: Timestamp) throws {
        let email = try AccountRules.email(request.email)
        try AccountRules.password(request.password)
        let name = try request.name.map { try AccountRules.name($0, field: "name") } ?? String(email.prefix { $0 != "@" })
        let zone = try request.timeZone.map { try AccountRules.timeZone($0, field: "timeZone") } ?? "UTC"
        let locale = try request.locale.map { try AccountRules.locale($0) } ?? "en"
        let organizationName = try request.organizationName.map { try AccountRules.name($0, field: "organizationName") } ?? name
        user = User(id: UserID(at: now), email: email, name: name, role: .user, timeZone: zone, locale: locale, createdAt: now)
        organization = Organization(id: OrganizationID(at: now), name: organizationName, timeZone: zone, createdAt: now)
    }
}

extension Accounts {
    /// Stores an account as owner of a workspace of its own, or as member of the one of an invitation, of which the token's hash is given.
    /// `role` nil: `ADMIN` for the first account, `USER` for all others. `password` nil: it is entered otherwise. `check` is told within the
    /// transaction whether it is the first and may throw; `also` stores what belongs to it.
    func store(
        _ draft: AccountDraft, password: String?, role: InstanceRole?, invitation: String? = nil,
        check: @escaping @Sendable (_ isFirst: Bool) throws -> Void = { _ in },
        also: @escaping @Sendable (User, any Transaction) throws -> Void = { _, _ in }
    ) async throws -> (user: User, membership: MemberOrganization) {
        let hash = if let password { try await passwords.hash(password) } else { PasswordHasher.none }
        let now = time.now
        do {
            return try await database.write { transaction in
                let isFirst = try UserRepository.claimFirst(draft.user.id, in: transaction)
                try check(isFirst)
                var user = draft.user
                user.role = role ?? (isFirst ? .admin : .user)
                try UserRepository.insert(user, passwordHash: hash, in: transaction)
                try also(user, transaction)
                if let invitation { return (user, try join(user.id, by: invitation, at: now, in: transaction)) }
                return (user, try Self.insert(draft.organization, of: user.id, in: transaction))
            }
        } catch DatabaseError.uniqueViolation {
            throw ProblemReport(.emailTaken, "There is an account with this e-mail address. Sign in, or reset its password.")
        }
    }

    /// Stores a workspace that `owner` owns.
    static func insert(_ organization: Organization, of owner: UserID, in transaction: any Transaction) throws -> MemberOrganization {
        try OrganizationRepository.insert(organization, in: transaction)
        try OrganizationRepository.insert(
            Membership(userId: owner, organizationId: organization.id, role: .owner), at: organization.createdAt, in: transaction)
        return MemberOrganization(organization: organization, role: .owner)
    }
}

/// For whoever runs commands on the server.
extension Accounts {
    /// Makes an account with a workspace of its own, also when registration is closed. `role` nil: `ADMIN` for the first one.
    public func createUser(_ request: Registration, role: InstanceRole? = nil) async throws -> User {
        let new = try await store(try AccountDraft(request, at: time.now), password: request.password, role: role)
        try await audit.record(
            "user.created", target: new.user.id.text, subject: "system", organization: new.membership.organization.id)
        return new.user
    }

    /// Sets a password and ends all sessions of the account.
    public func setPassword(email: String, password: String) async throws {
        let user = try await user(email: email)
        try await replacePassword(of: user.id, with: password, field: "password", action: "password.set", subject: "system")
    }

    /// Oldest first.
    public func listUsers() async throws -> [User] { try await database.read { try UserRepository.all(in: $0) } }

    /// A caller that acts in the workspace of the account with this address, or of the first account. Throws `NOT_FOUND`.
    public func commandLineCaller(for email: String? = nil) async throws -> (caller: Caller, user: User) {
        let user = if let email { try await user(email: email) } else { try await listUsers().first }
        guard let user, let first = try await database.read({ try OrganizationRepository.of(user.id, in: $0).first }) else {
            throw ProblemReport(.notFound, "There is no account yet. Make one: postiz user create --email ada@example.com")
        }
        let caller = Caller(
            organizationId: first.organization.id, identity: .system, role: .owner, instanceRole: .admin, origin: .commandLine,
            timeZone: first.organization.timeZone)
        return (caller, user)
    }

    func user(email: String) async throws -> User {
        let address = try AccountRules.email(email)
        guard let found = try await database.read({ try UserRepository.find(email: address, in: $0)?.user }) else {
            throw ProblemReport(.notFound, "There is no account with the address \(address).")
        }
        return found
    }
}
