import Domain
import Persistence

/// How the signed-in person gets in.
public struct WaysIn: Codable, Sendable, Equatable {
    public let hasPassword: Bool
    /// Accounts elsewhere by which they sign in, oldest first.
    public let identities: [LinkedIdentity]
    /// Oldest first.
    public let passkeys: [Passkey]
}

/// What a person shows before an account elsewhere is let go: the password, where there is one.
public struct IdentityRemoval: Codable, Sendable {
    public var password: String?
    public init(password: String? = nil) { self.password = password }
}

extension Accounts {
    public func waysIn(as caller: Caller) async throws -> WaysIn {
        let user = try caller.requireSignedIn().user
        return try await database.read { transaction in
            WaysIn(
                hasPassword: try UserRepository.passwordHash(of: user, in: transaction) != PasswordHasher.none,
                identities: try IdentityRepository.list(of: user, in: transaction),
                passkeys: try PasskeyRepository.list(of: user, in: transaction).map(\.passkey))
        }
    }

    // MARK: Connecting

    /// Connects an account at a provider with that of the signed-in person. Throws `ALREADY_CONNECTED` where it opens somebody else's.
    func connect(_ claimed: ClaimedIdentity, of provider: OpenIDProvider, as caller: Caller) async throws {
        let (user, now) = (try caller.requireSignedIn().user, time.now)
        try Self.check(claimed, provider)
        do {
            try await database.write { transaction in
                if let known = try IdentityRepository.user(issuer: provider.issuer, subject: claimed.subject, in: transaction) {
                    guard known == user else { throw OpenIDRefusal.elsewhere(provider) }
                    return
                }
                try Self.insert(claimed, provider, of: user, at: now, in: transaction)
                try audit.record(
                    "identity.connected", target: user.text, detail: Self.audited(provider.name, claimed.email), as: caller, in: transaction)
            }
        } catch DatabaseError.uniqueViolation {
            throw OpenIDRefusal.elsewhere(provider)
        }
    }

    /// Lets go of an account elsewhere; all other sessions of the person end. Throws `WRONG_CREDENTIALS`, `RATE_LIMITED`, `NOT_FOUND`, and
    /// `CONFLICT` for the last way in.
    public func disconnect(_ id: IdentityID, _ proof: IdentityRemoval, as caller: Caller) async throws {
        let (user, session) = try caller.requireSignedIn()
        try await confirm(proof.password ?? "", field: "password", as: caller)
        try await database.write { transaction in
            let known = try IdentityRepository.list(of: user, in: transaction)
            guard let gone = known.first(where: { $0.id == id }), try IdentityRepository.remove(id, of: user, in: transaction) else {
                throw ProblemReport(.notFound, "There is no such account of yours. List them first.")
            }
            try Self.requireWayIn(for: user, in: transaction)
            try SessionRepository.removeAll(of: user, but: session, in: transaction)
            try audit.record(
                "identity.disconnected", target: user.text, detail: Self.audited(gone.provider, gone.email), as: caller, in: transaction)
        }
    }

    // MARK: Coming in

    /// Lets in whom a provider vouches for: by the account they have connected, never by an address alone; or by a new one where they were
    /// invited or the operator lets everybody in.
    func enter(
        by claimed: ClaimedIdentity, of provider: OpenIDProvider, invitation: String?, from client: ClientInfo
    ) async throws -> LoginStep {
        try Self.check(claimed, provider)
        let now = time.now
        let found = try await database.write { transaction -> KnownPerson? in
            guard let id = try IdentityRepository.user(issuer: provider.issuer, subject: claimed.subject, in: transaction),
                let user = try UserRepository.find(id, in: transaction), let hash = try UserRepository.passwordHash(of: id, in: transaction)
            else { return nil }
            try IdentityRepository.noteUse(
                issuer: provider.issuer, subject: claimed.subject, provider: provider.name, email: claimed.email, at: now, in: transaction)
            return KnownPerson(
                user: user, hash: hash, membership: try OrganizationRepository.lastUsed(by: id, in: transaction),
                hasFactor: try SecondFactorRepository.isOn(for: id, in: transaction))
        }
        guard let found else { return .signedIn(try await register(claimed, provider, invitation: invitation, from: client)) }
        // What vouches for the password does not stand for the second factor.
        if found.hasFactor { return .codeNeeded(ticket: ticket(for: found.user.id, passwordHash: found.hash)) }
        return .signedIn(try await enter(found.user, found.membership, invitation: invitation, from: client))
    }

    private struct KnownPerson: Sendable {
        let user: User
        let hash: String
        let membership: MemberOrganization?
        let hasFactor: Bool
    }

    private func register(
        _ claimed: ClaimedIdentity, _ provider: OpenIDProvider, invitation: String?, from client: ClientInfo
    ) async throws -> SignedIn {
        guard let email = provider.address(of: claimed) else { throw OpenIDRefusal.unverified(provider) }
        guard try await database.read({ try UserRepository.find(email: email, in: $0) }) == nil else { throw OpenIDRefusal.taken(provider) }
        if let invitation {
            try await check(invitation, from: client)
        } else if !provider.makesAccounts {
            throw OpenIDRefusal.stranger(provider)
        }
        let draft = try AccountDraft(Self.registration(claimed, email: email), at: time.now)
        let (invited, now) = (invitation.map(RandomToken.hash), time.now)
        let new = try await store(draft, password: nil, role: .user, invitation: invited) { isFirst in
            if isFirst { throw OpenIDRefusal.firstAccount }
        } also: { user, transaction in
            try Self.insert(claimed, provider, of: user.id, at: now, in: transaction)
        }
        if invited != nil { await tellJoined(new.user.id, new.membership) }
        return try await signIn(new.user, new.membership, action: "user.registered", from: client)
    }

    /// What cannot be taken as it was told is left out: the person mends it in the settings. The password is never used.
    private static func registration(_ claimed: ClaimedIdentity, email: String) -> Registration {
        let name = claimed.name.map { String($0.prefix(200)) }.flatMap { try? AccountRules.name($0, field: "name") }
        let zone = claimed.zone.flatMap { try? AccountRules.timeZone($0, field: "timeZone") }
        let locale = claimed.locale.flatMap { try? AccountRules.locale($0.replacing("_", with: "-")) }
        return Registration(email: email, password: RandomToken.make(), name: name, timeZone: zone, locale: locale)
    }

    /// That an address of this domain may come, also with an account that was connected when other domains might.
    private static func check(_ claimed: ClaimedIdentity, _ provider: OpenIDProvider) throws {
        guard !provider.allowedDomains.isEmpty else { return }
        guard let email = provider.address(of: claimed) else { throw OpenIDRefusal.unverified(provider) }
        guard provider.allows(email) else { throw OpenIDRefusal.foreignDomain(provider) }
    }

    private static func insert(
        _ claimed: ClaimedIdentity, _ provider: OpenIDProvider, of user: UserID, at now: Timestamp, in transaction: any Transaction
    ) throws {
        let identity = LinkedIdentity(
            id: IdentityID(at: now), provider: provider.name, email: claimed.email, createdAt: now, lastUsedAt: now)
        try IdentityRepository.insert(identity, issuer: provider.issuer, subject: claimed.subject, of: user, in: transaction)
    }

    private static func audited(_ provider: String, _ email: String?) -> [String: JSONValue] {
        ["provider": .string(provider), "email": email.map { .string($0) } ?? .null]
    }
}
