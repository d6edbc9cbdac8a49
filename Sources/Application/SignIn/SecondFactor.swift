import Domain
import Foundation
import Persistence

/// A second factor: codes of an authenticator app besides the password. Keys and assistants that a person has made need none.
extension Accounts {
    private static let setupLife = Duration.hours(1)

    public func secondFactor(as caller: Caller) async throws -> SecondFactorState {
        let user = try caller.requireSignedIn().user
        return try await database.read { transaction in
            SecondFactorState(
                since: try SecondFactorRepository.find(of: user, in: transaction)?.confirmedAt,
                recoveryCodesLeft: try SecondFactorRepository.recoveryCodesLeft(of: user, in: transaction))
        }
    }

    /// Makes a secret for an app. It asks for the password: whoever found an open browser must not lock its person out.
    /// Throws `WRONG_CREDENTIALS`, `RATE_LIMITED`, and `CONFLICT` where one is in force.
    public func beginSecondFactor(_ proof: OwnPassword, as caller: Caller) async throws -> SecondFactorSetup {
        let (user, session) = try caller.requireSignedIn()
        try await confirm(proof.password, field: "password", as: caller)
        let (code, now) = (OneTimeCode.make(), time.now)
        let sealed = try box.seal(code.secret, context: SealedPlace.secondFactor(user.text))
        let email = try await database.write { transaction in
            try Self.requireShownPasskey(user, session, in: transaction)
            guard try SecondFactorRepository.begin(sealed, of: user, at: now, in: transaction) else {
                throw ProblemReport(.conflict, "A second factor is on already. Turn it off first to set up another one.")
            }
            return try UserRepository.find(user, in: transaction)?.email ?? ""
        }
        return setup(code, email: email)
    }

    /// What is still to be confirmed, to be shown once more after a wrong code; nil when there is none. Only to who knows its `secret`: another
    /// session of the person, which somebody may have taken, must not learn it.
    public func pendingSecondFactor(_ secret: String, as caller: Caller) async throws -> SecondFactorSetup? {
        let (user, now) = (try caller.requireSignedIn().user, time.now)
        let found = try await database.read { transaction in
            (try SecondFactorRepository.find(of: user, in: transaction), try UserRepository.find(user, in: transaction)?.email ?? "")
        }
        guard let stored = found.0, stored.confirmedAt == nil, stored.createdAt + Self.setupLife > now else { return nil }
        let pending = setup(try code(of: user, stored), email: found.1)
        return pending.secret == secret ? pending : nil
    }

    /// Puts the secret in force when `shown` is a code of it. All other sessions of the person end. Throws `WRONG_CREDENTIALS`, `RATE_LIMITED`,
    /// and `CONFLICT` when none was begun within the hour.
    public func confirmSecondFactor(_ shown: ShownCode, as caller: Caller) async throws -> RecoveryCodes {
        let ((user, session), now) = (try caller.requireSignedIn(), time.now)
        let gone = ProblemReport(.conflict, "There is nothing to confirm any more. Begin anew, and scan the new picture.")
        guard let stored = try await database.read({ try SecondFactorRepository.find(of: user, in: $0) }), stored.confirmedAt == nil,
            stored.createdAt + Self.setupLife > now
        else { throw gone }
        let counted = try await throttle.admit(.code, account: user.text, from: Self.place(of: user))
        guard let step = try code(of: user, stored).step(of: Self.digits(shown.code), at: now) else {
            throw ProblemReport(
                .wrongCredentials, "That is not the code that the app shows now. Check the clock of your phone, and type the next one.",
                details: ["field": "code"])
        }
        await throttle.giveBack(counted)
        let codes = (0..<RecoveryCode.count).map { _ in RecoveryCode.make() }
        try await database.write { transaction in
            guard try SecondFactorRepository.confirm(of: user, begun: stored.createdAt, step: step, at: now, in: transaction) else { throw gone }
            try SecondFactorRepository.replaceRecoveryCodes(codes.map { RecoveryCode.hash($0, of: user) }, of: user, in: transaction)
            try SessionRepository.removeAll(of: user, but: session, in: transaction)
            try audit.record("second-factor.on", target: user.text, as: caller, in: transaction)
        }
        return RecoveryCodes(codes: codes)
    }

    /// Makes ten new recovery codes; the earlier ones open nothing any more.
    public func replaceRecoveryCodes(_ proof: PersonProof, as caller: Caller) async throws -> RecoveryCodes {
        let user = try await prove(proof, as: caller)
        let codes = (0..<RecoveryCode.count).map { _ in RecoveryCode.make() }
        try await database.write { transaction in
            guard try SecondFactorRepository.isOn(for: user, in: transaction) else { throw Self.off }
            try SecondFactorRepository.replaceRecoveryCodes(codes.map { RecoveryCode.hash($0, of: user) }, of: user, in: transaction)
            try audit.record("second-factor.new-recovery-codes", target: user.text, as: caller, in: transaction)
        }
        return RecoveryCodes(codes: codes)
    }

    public func endSecondFactor(_ proof: PersonProof, as caller: Caller) async throws {
        let user = try await prove(proof, as: caller)
        try await database.write { transaction in
            guard try SecondFactorRepository.remove(of: user, in: transaction) else { throw Self.off }
            try audit.record("second-factor.off", target: user.text, as: caller, in: transaction)
        }
    }

    /// Removes codes and passkeys. For whoever runs commands on the server: so nobody, the first administrator included, stays outside without
    /// their phone.
    public func resetSecondFactor(email: String) async throws {
        let user = try await user(email: email).id
        try await database.write { transaction in
            let hadPasskeys = try PasskeyRepository.removeAll(of: user, in: transaction) > 0
            guard try SecondFactorRepository.remove(of: user, in: transaction) || hadPasskeys else { throw Self.off }
            let organization = try OrganizationRepository.of(user, in: transaction).first?.organization.id
            try audit.record("second-factor.reset", target: user.text, subject: "system", organization: organization, in: transaction)
        }
    }

    /// That who turns the rule of a workspace on keeps it: it must not close behind them.
    static func requireOwnFactor(_ caller: Caller, in transaction: any Transaction) throws {
        guard case .user(let user, let session) = caller.identity, try SessionRepository.isStrong(session, of: user, in: transaction) else {
            throw ProblemReport(
                .conflict, "Set up a second factor of your own first, or sign in with a passkey: the workspace would be closed to you.")
        }
    }

    // MARK: Codes

    /// Uses a code up, of the app or for recovery. Throws `WRONG_CREDENTIALS` and `RATE_LIMITED`.
    func spend(_ shown: String, of user: UserID, _ stored: StoredSecondFactor, from client: ClientInfo) async throws {
        let counted = try await throttle.admit(.code, account: user.text, from: client, device: devices.name(client.device, of: user))
        let (now, digits) = (time.now, Self.digits(shown))
        // What is longer is no code, and not worth hashing.
        let recovery = shown.utf8.count <= 100 ? RecoveryCode.hash(shown, of: user) : ""
        let step = digits.count == 6 ? try code(of: user, stored).step(of: digits, at: now) : nil
        let isRight = try await database.write { transaction in
            if let step { return try SecondFactorRepository.use(step: step, of: user, in: transaction) }
            guard try SecondFactorRepository.useRecoveryCode(recovery, of: user, in: transaction) else { return false }
            let organization = try OrganizationRepository.of(user, in: transaction).first?.organization.id
            try audit.record(
                "second-factor.recovery-code-used", target: user.text, subject: "user:\(user)", address: client.address, organization: organization,
                in: transaction)
            return true
        }
        guard isRight else {
            let organization = try await database.read { try OrganizationRepository.of(user, in: $0).first?.organization.id }
            try await audit.record("session.refused", target: user.text, subject: "anonymous", address: client.address, organization: organization)
            throw ProblemReport(
                .wrongCredentials, "This code is wrong or was used before. Type the one that the app shows now, or a recovery code.",
                details: ["field": "code"])
        }
        await throttle.giveBack(counted)
    }

    private func prove(_ proof: PersonProof, as caller: Caller) async throws -> UserID {
        let user = try caller.requireSignedIn().user
        if let password = proof.password {
            try await confirm(password, field: "password", as: caller)
        } else if let code = proof.code {
            guard let stored = try await database.read({ try SecondFactorRepository.find(of: user, in: $0) }), stored.confirmedAt != nil else {
                throw Self.off
            }
            try await spend(code, of: user, stored, from: Self.place(of: user))
        } else {
            throw ProblemReport.invalid("password", "Give your password or a code.")
        }
        return user
    }

    private func code(of user: UserID, _ stored: StoredSecondFactor) throws -> OneTimeCode {
        OneTimeCode(secret: try box.open(stored.sealed, context: SealedPlace.secondFactor(user.text)))
    }

    private func setup(_ code: OneTimeCode, email: String) -> SecondFactorSetup {
        let address = code.address(name: email, issuer: mainURL.host() ?? "Postiz")
        return SecondFactorSetup(
            secret: RecoveryCode.shown(Base32.text(code.secret)).replacing("-", with: " "), address: address,
            picture: QRCode(address)?.svg(title: "QR code") ?? "")
    }

    /// Apps show `123 456`, and so people type it.
    private static func digits(_ text: String) -> String { text.utf8.count <= 100 ? text.filter { !$0.isWhitespace } : "" }

    /// Tries of somebody who is signed in count for the account, wherever they are.
    private static func place(of user: UserID) -> ClientInfo { ClientInfo(address: user.text, userAgent: "") }

    private static let off = ProblemReport(.conflict, "No second factor is on.")
}
