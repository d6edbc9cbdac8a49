import Crypto
import Domain
import Foundation
import Messaging
import Persistence

/// People: registering, signing in, sessions, profiles and passwords.
public struct Accounts: Sendable {
    static let sessionLife = Duration.days(7)
    static let resetLife = Duration.hours(1)
    /// How exact the times of last use are.
    static let seenPrecision = Duration.minutes(1)

    let database: any Database
    let time: any TimeSource
    let passwords: PasswordHasher
    let throttle: SignInThrottle
    let audit: AuditLog
    let events: any EventBus
    let mail: Mail
    let mainURL: URL
    let registrationDisabled: Bool
    /// Whether people who register have to show that their address is theirs.
    let requiresActivation: Bool
    let devices: KnownDevice
    let box: SecretBox
    let formKey: SymmetricKey

    public init(
        database: any Database, time: any TimeSource, rates: any RateLimiter, passwords: PasswordHasher, secrets: Secrets, audit: AuditLog,
        events: any EventBus, mail: Mail, mainURL: URL, registrationDisabled: Bool, requiresActivation: Bool = false
    ) {
        self.database = database
        self.time = time
        self.passwords = passwords
        throttle = SignInThrottle(rates: rates)
        self.audit = audit
        self.events = events
        self.mail = mail
        self.mainURL = mainURL
        self.registrationDisabled = registrationDisabled
        self.requiresActivation = requiresActivation
        box = secrets.box
        formKey = SymmetricKey(data: Data(secrets.jwtSecret.utf8))
        devices = KnownDevice(key: formKey, time: time)
    }

    /// Whether somebody may register now: always the first one.
    public func registrationOpen() async throws -> Bool {
        guard registrationDisabled else { return true }
        return try await !hasUsers()
    }

    public func hasUsers() async throws -> Bool { try await database.read { try UserRepository.exists(in: $0) } }

    /// Makes an account with a workspace of its own, or in the one of its invitation, and signs it in. The first account of the instance
    /// becomes its administrator. Throws `ProblemReport`: `REGISTRATION_CLOSED`, `EMAIL_TAKEN`, `RATE_LIMITED`, `NOT_FOUND` for an
    /// invitation that cannot be used, or what is wrong with the input.
    public func register(_ request: Registration, from client: ClientInfo) async throws -> SignedIn {
        let draft = try AccountDraft(request, at: time.now)
        _ = try await throttle.admit(.register, account: draft.user.email, from: client)
        let invitation: InvitationContext?
        if let token = request.invitation {
            invitation = try await check(token, from: client)
        } else {
            guard try await registrationOpen() else { throw Self.registrationClosed }
            invitation = nil
        }
        let (invited, now) = (request.invitation.map(RandomToken.hash), time.now)
        let new = try await store(draft, password: request.password, role: nil, invitation: invited) { [registrationDisabled] isFirst in
            if registrationDisabled && !isFirst && invited == nil { throw Self.registrationClosed }
        } also: { user, transaction in
            guard awaitsActivation(user.email, isFirst: user.role == .admin, invited: invitation) else { return }
            try ActivationRepository.require(of: user.id, in: transaction)
            try queueActivation(of: user, at: now, in: transaction)
        }
        if invited != nil { await tellJoined(new.user.id, new.membership) }
        return try await signIn(new.user, new.membership, action: "user.registered", from: client)
    }

    /// Throws `ProblemReport`: `WRONG_CREDENTIALS`, the same for an unknown address and a wrong password, `RATE_LIMITED` after too many
    /// wrong ones, `SECOND_FACTOR_REQUIRED` where a code is missing, `FORBIDDEN` for somebody who belongs to no workspace, or what is wrong
    /// with the invitation.
    public func login(_ request: Login, from client: ClientInfo) async throws -> SignedIn {
        switch try await beginLogin(request, from: client) {
        case .signedIn(let signedIn): signedIn
        case .codeNeeded: throw Self.codeMissing
        }
    }

    /// The same, but that a right password without the code that it needs is answered with what goes on by the code alone.
    public func beginLogin(_ request: Login, from client: ClientInfo) async throws -> LoginStep {
        // What is no address belongs to nobody; the same work is done for it.
        let email = EmailAddress(request.email)?.text ?? ""
        let found = try await database.read { transaction in
            try UserRepository.find(email: email, in: transaction).map {
                (
                    user: $0.user, hash: $0.passwordHash, membership: try OrganizationRepository.lastUsed(by: $0.user.id, in: transaction),
                    factor: try SecondFactorRepository.find(of: $0.user.id, in: transaction)
                )
            }
        }
        let counted = try await throttle.admit(
            .login, account: email, from: client, device: devices.name(client.device, of: found?.user.id))
        let password = request.password.count <= 1000 ? request.password : ""
        guard try await passwords.verify(password, against: found?.hash), let found else {
            try await audit.record(
                "session.refused", target: found?.user.id.text, subject: "anonymous", address: client.address,
                organization: found?.membership?.organization.id)
            throw ProblemReport(.wrongCredentials, "E-mail address or password is wrong. Check both, or reset the password.")
        }
        await throttle.giveBack(counted)
        if let factor = found.factor, factor.confirmedAt != nil {
            guard let code = request.code else { return .codeNeeded(ticket: ticket(for: found.user.id, passwordHash: found.hash)) }
            try await spend(code, of: found.user.id, factor, from: client)
        }
        return .signedIn(try await enter(found.user, found.membership, invitation: request.invitation, from: client))
    }

    /// Signs in whoever has shown everything that their account asks for.
    func enter(
        _ user: User, _ membership: MemberOrganization?, invitation: String?, byPasskey: Bool = false, from client: ClientInfo
    ) async throws -> SignedIn {
        let membership = if let invitation { try await join(user, by: invitation, from: client) } else { membership }
        let entered = if let membership { membership } else { try await makeWayIn(for: user) }
        return try await signIn(user, entered, action: "session.created", byPasskey: byPasskey, from: client)
    }

    private func join(_ user: User, by token: String, from client: ClientInfo) async throws -> MemberOrganization {
        try await check(token, from: client)
        let (hash, now) = (RandomToken.hash(token), time.now)
        let joined = try await database.write { try join(user.id, by: hash, at: now, in: $0) }
        await tellJoined(user.id, joined)
        return joined
    }

    /// A workspace for somebody who belongs to none any more: administrators of the instance must always get in.
    private func makeWayIn(for user: User) async throws -> MemberOrganization {
        guard user.role == .admin else {
            throw ProblemReport(.forbidden, "Your account belongs to no workspace any more. Ask for an invitation, and sign in by its link.")
        }
        let now = time.now
        return try await database.write { transaction in
            if let known = try OrganizationRepository.of(user.id, in: transaction).first { return known }
            return try Self.insert(
                Organization(id: OrganizationID(at: now), name: user.name, timeZone: user.timeZone, createdAt: now), of: user.id, in: transaction)
        }
    }

    public func logout(as caller: Caller) async throws {
        let (user, session) = try caller.requireSignedIn()
        try await database.write { transaction in
            _ = try SessionRepository.remove(session, of: user, in: transaction)
            try audit.record("session.ended", target: session.text, as: caller, in: transaction)
        }
    }

    /// The session of a cookie; nil when it is unknown or has ended.
    public func authenticate(sessionToken token: String) async throws -> SignedIn? {
        // 32 bytes as base64url: anything else was never one of ours.
        guard token.utf8.count == 43 else { return nil }
        let (hash, now) = (RandomToken.hash(token), time.now)
        guard let found = try await database.read({ try SessionRepository.find(tokenHash: hash, now: now, in: $0) }) else { return nil }
        if found.session.lastSeenAt + Self.seenPrecision <= now {
            try await database.writeIfThereIsRoom {
                try SessionRepository.touch(found.session.id, at: now, unlessSince: now - Self.seenPrecision, in: $0)
            }
        }
        return signedIn(found, token: token)
    }

    /// Forgets sessions and links that have ended. Run now and then.
    public func removeExpired() async throws {
        let now = time.now
        try await database.write {
            try SessionRepository.removeExpired(now: now, in: $0)
            try PasswordResetRepository.removeExpired(now: now, in: $0)
            try InvitationRepository.removeExpired(now: now, in: $0)
            try PasskeyRepository.removeExpiredChallenges(now: now, in: $0)
            try ActivationRepository.removeExpired(now: now, in: $0)
        }
    }

    func signIn(
        _ user: User, _ membership: MemberOrganization, action: String, byPasskey: Bool = false, from client: ClientInfo
    ) async throws -> SignedIn {
        let (token, now) = (RandomToken.make(), time.now)
        let session = Session(
            id: SessionID(at: now), userId: user.id, organizationId: membership.organization.id, createdAt: now,
            expiresAt: now + Self.sessionLife, lastSeenAt: now, userAgent: client.storableUserAgent, address: client.address)
        let device = devices.cookie(for: user.id)
        return try await database.write { transaction in
            let context = SessionContext(
                session: session, user: user, organization: membership.organization, role: membership.role,
                hasSecondFactor: try byPasskey || SecondFactorRepository.isOn(for: user.id, in: transaction),
                awaitsActivation: try ActivationRepository.isAwaited(of: user.id, in: transaction))
            let kept = try keepAccount(of: user.id, at: now, in: transaction)
            let signedIn = signedIn(context, token: token, device: device, kept: kept)
            try SessionRepository.insert(session, tokenHash: RandomToken.hash(token), byPasskey: byPasskey, in: transaction)
            try audit.record(action, target: user.id.text, address: client.address, as: signedIn.caller, in: transaction)
            return signedIn
        }
    }

    private func signedIn(_ context: SessionContext, token: String, device: String? = nil, kept: Bool = false) -> SignedIn {
        let caller = Caller(
            organizationId: context.organization.id, identity: .user(context.user.id, session: context.session.id), role: context.role,
            instanceRole: context.user.role, origin: .web, timeZone: context.user.timeZone,
            draftOnly: context.role.plansForReview(needsApproval: context.organization.needsApproval))
        let mark = HMAC<SHA256>.authenticationCode(for: Data("csrf:\(context.session.id)".utf8), using: formKey)
        return SignedIn(
            user: context.user, organization: context.organization, role: context.role, session: context.session, token: token,
            csrfToken: Base64URL.text(Data(mark)), device: device, kept: kept, caller: caller,
            lacksSecondFactor: context.organization.needsSecondFactor && !context.hasSecondFactor,
            awaitsActivation: requiresActivation && context.awaitsActivation)
    }

    private static let registrationClosed = ProblemReport(
        .registrationClosed, "Registration is closed on this instance. Ask its administrator for an account.")
}

extension ClientInfo {
    /// Any header may claim anything: one line of reasonable length is kept.
    fileprivate var storableUserAgent: String {
        String(String.UnicodeScalarView(userAgent.unicodeScalars.filter { $0.properties.generalCategory != .control }.prefix(300)))
    }
}
