import Domain
import Foundation
import Persistence

extension Accounts {
    /// Replaces the signed-in person's password and ends their other sessions.
    public func changePassword(_ change: PasswordChange, as caller: Caller) async throws {
        let (user, session) = try caller.requireSignedIn()
        try await confirm(change.currentPassword, field: "currentPassword", as: caller)
        try await replacePassword(
            of: user, with: change.newPassword, field: "newPassword", action: "password.changed", subject: caller.subject, keeping: session)
    }

    /// How long ago somebody without a password may have signed in to count as the person themselves.
    private static let freshness = Duration.minutes(10)

    /// That the signed-in person knows their password, or, where they have none, that they have signed in just now. Throws `WRONG_CREDENTIALS`,
    /// and `RATE_LIMITED` after too many wrong ones.
    func confirm(_ password: String, field: String, as caller: Caller) async throws {
        let (user, session) = try caller.requireSignedIn()
        let (hash, begun) = try await database.read { transaction in
            (try UserRepository.passwordHash(of: user, in: transaction), try SessionRepository.begin(of: session, user: user, in: transaction))
        }
        if hash == PasswordHasher.none {
            guard let begun, begun + Self.freshness > time.now else {
                throw ProblemReport(.wrongCredentials, "You have no password here. Sign out and in again first, which shows that it is you.")
            }
            return
        }
        let counted = try await throttle.admit(.password, account: user.text, from: ClientInfo(address: user.text, userAgent: ""))
        guard try await passwords.verify(password.count <= 1000 ? password : "", against: hash) else {
            throw ProblemReport(.wrongCredentials, "The current password is wrong.", details: ["field": .string(field)])
        }
        await throttle.giveBack(counted)
    }

    /// Mails a link to whoever has this address. The answer is the same when nobody has it, or when mail is off: an administrator then
    /// helps with `resetLink`.
    public func forgot(_ email: String, from client: ClientInfo) async throws {
        let address = try AccountRules.email(email)
        _ = try await throttle.admit(.forgot, account: address, from: client)
        guard mail.configured else { return }
        let token = RandomToken.make()
        try await database.write { transaction in
            guard let user = try UserRepository.find(email: address, in: transaction)?.user else { return }
            let link = try storeReset(token, of: user.id, in: transaction)
            try mail.queue(
                .passwordReset(address: user.email, link: link.absoluteString, host: mainURL.host() ?? ""), to: [MailReader(user)],
                in: transaction)
        }
    }

    /// A link by which a new password can be set once, within the hour. For administrators of the instance.
    public func resetLink(forEmail email: String, as caller: Caller) async throws -> URL {
        try caller.requireInstanceAdmin()
        let (user, token) = (try await user(email: email), RandomToken.make())
        return try await database.write { transaction in
            try audit.record("password.link-made", target: user.id.text, as: caller, in: transaction)
            return try storeReset(token, of: user.id, in: transaction)
        }
    }

    /// Sets a new password by a link's token and ends all sessions. Returns what makes the browser known for the account: whoever has the
    /// link is its owner, and gets in even while others use up the tries at it.
    @discardableResult
    public func reset(_ request: PasswordReset, from client: ClientInfo) async throws -> String {
        let (hash, now) = (RandomToken.hash(request.token), time.now)
        let counted = try await throttle.admit(.reset, account: client.network, from: client)
        let used = ProblemReport.invalid("token", "This link was used before or has expired. Ask for a new one.")
        guard try await database.read({ try PasswordResetRepository.isValid(tokenHash: hash, now: now, in: $0) }) else { throw used }
        try AccountRules.password(request.newPassword, field: "newPassword")
        let password = try await passwords.hash(request.newPassword)
        let user = try await database.write { transaction in
            guard let user = try PasswordResetRepository.use(tokenHash: hash, now: now, in: transaction) else { throw used }
            try UserRepository.setPassword(password, of: user, in: transaction)
            try SessionRepository.removeAll(of: user, in: transaction)
            // Such a link came to the address as well.
            try activate(user, in: transaction)
            try auditPassword("password.reset", of: user, subject: "user:\(user)", in: transaction)
            return user
        }
        await throttle.giveBack(counted)
        return devices.cookie(for: user)
    }

    func replacePassword(
        of user: UserID, with password: String, field: String, action: String, subject: String, keeping session: SessionID? = nil
    ) async throws {
        try AccountRules.password(password, field: field)
        let hash = try await passwords.hash(password)
        try await database.write { transaction in
            try UserRepository.setPassword(hash, of: user, in: transaction)
            try SessionRepository.removeAll(of: user, but: session, in: transaction)
            try PasswordResetRepository.removeAll(of: user, in: transaction)
            try auditPassword(action, of: user, subject: subject, in: transaction)
        }
    }

    private func auditPassword(_ action: String, of user: UserID, subject: String, in transaction: any Transaction) throws {
        let organization = try OrganizationRepository.of(user, in: transaction).first?.organization.id
        try audit.record(action, target: user.text, subject: subject, organization: organization, in: transaction)
    }

    private func storeReset(_ token: String, of user: UserID, in transaction: any Transaction) throws -> URL {
        let now = time.now
        try PasswordResetRepository.insert(
            tokenHash: RandomToken.hash(token), of: user, at: now, until: now + Self.resetLife, in: transaction)
        return mainURL.appending(path: "reset").appending(queryItems: [URLQueryItem(name: "token", value: token)])
    }
}
