import Domain
import Foundation
import Persistence

/// A person's passkeys: making, naming and removing them.
extension Accounts {
    private static let most = 20
    static let passkeyPatience = 300_000

    /// Why nobody has passkeys here; nil where they work.
    public var passkeyObstacle: ProblemReport? { PasskeySite(mainURL) == nil ? PasskeyRefusal.impossible(mainURL) : nil }

    func passkeySite() throws -> PasskeySite {
        guard let site = PasskeySite(mainURL) else { throw PasskeyRefusal.impossible(mainURL) }
        return site
    }

    /// The oldest first.
    public func passkeys(as caller: Caller) async throws -> [Passkey] {
        let user = try caller.requireSignedIn().user
        return try await database.read { try PasskeyRepository.list(of: user, in: $0).map(\.passkey) }
    }

    /// Begins to make one, for a person who shows that it is them. Throws `WRONG_CREDENTIALS`, `RATE_LIMITED` and `CONFLICT`.
    public func beginPasskey(_ proof: PasskeyProof, as caller: Caller) async throws -> BegunPasskey<PasskeyCreation> {
        let ((user, session), site) = (try caller.requireSignedIn(), try passkeySite())
        try await confirm(proof.password ?? "", field: "password", as: caller)
        let (person, known) = try await database.read { transaction in
            try Self.requireShownPasskey(user, session, in: transaction)
            return (try UserRepository.find(user, in: transaction), try PasskeyRepository.list(of: user, in: transaction))
        }
        guard let person else { throw ProblemReport.notFound("user") }
        guard known.count < Self.most else { throw PasskeyRefusal.tooMany }
        let ceremony = PasskeyCeremony(session: session, now: time.now)
        let options = PasskeyCreation(
            rp: .init(id: site.id, name: "Postiz"),
            user: .init(id: Self.handle(of: user), name: person.email, displayName: person.name), challenge: ceremony.challenge,
            pubKeyCredParams: PasskeyKey.Algorithm.allCases.map { .init(type: "public-key", alg: $0.rawValue) }, timeout: Self.passkeyPatience,
            excludeCredentials: known.map(Self.descriptor),
            // One that its device finds by itself and that recognises its person is a way in of its own.
            authenticatorSelection: .init(residentKey: "required", requireResidentKey: true, userVerification: "required"), attestation: "none")
        return BegunPasskey(options: options, cookie: try ceremony.sealed(by: box))
    }

    /// Stores what was made (WebAuthn §7.1). Throws `CONNECT_STATE_EXPIRED`, `BAD_REQUEST`, `ALREADY_CONNECTED`, `CONFLICT`.
    public func addPasskey(_ new: NewPasskey, cookie: String?, as caller: Caller) async throws -> Passkey {
        let ((user, session), now) = (try caller.requireSignedIn(), time.now)
        let ceremony = try PasskeyCeremony(cookie, box: box, now: now)
        guard ceremony.session == session else { throw PasskeyRefusal.over }
        let name = try AccountRules.name(new.name ?? "Passkey", field: "name")
        let made: (data: AuthenticatorData, key: Data)
        do {
            made = try Self.checked(new, challenge: ceremony.challenge, at: try passkeySite())
        } catch is PasskeyFault {
            throw PasskeyRefusal.unusable
        }
        let passkey = Passkey(id: PasskeyID(at: now), name: name, synced: made.data.isSynced, createdAt: now)
        let stored = StoredPasskey(
            passkey: passkey, user: user, credential: new.id, publicKey: made.key, algorithm: new.publicKeyAlgorithm, counter: made.data.counter,
            transports: Self.usable(new.transports ?? []))
        do {
            try await database.write { transaction in
                try ceremony.use(in: transaction)
                guard try PasskeyRepository.list(of: user, in: transaction).count < Self.most else { throw PasskeyRefusal.tooMany }
                try PasskeyRepository.insert(stored, in: transaction)
                try SessionRepository.noteShownPasskey(session, of: user, in: transaction)
                try audit.record("passkey.added", target: user.text, detail: ["name": .string(name)], as: caller, in: transaction)
            }
        } catch DatabaseError.uniqueViolation {
            throw PasskeyRefusal.known
        }
        return passkey
    }

    private static func checked(
        _ new: NewPasskey, challenge: String, at site: PasskeySite
    ) throws(PasskeyFault) -> (data: AuthenticatorData, key: Data) {
        guard let clientData = Base64URL.data(new.clientDataJSON), let told = Base64URL.data(new.authenticatorData),
            let info = Base64URL.data(new.publicKey)
        else { throw PasskeyFault("it is not base64url") }
        try PasskeyClientData.check(clientData, .create, challenge: challenge, at: site)
        let data = try AuthenticatorData(told)
        try data.check(for: site, verified: true)
        guard let made = data.key else { throw PasskeyFault("no key was made") }
        guard Base64URL.text(made.credential) == new.id else { throw PasskeyFault("it is another credential") }
        let key = try PasskeyKey(info, algorithm: new.publicKeyAlgorithm)
        guard data.hasExtensions ? made.rest.starts(with: key.cose) : made.rest == key.cose else { throw PasskeyFault("it is another key") }
        return (data, info)
    }

    public func renamePasskey(_ id: PasskeyID, _ change: PasskeyName, as caller: Caller) async throws -> Passkey {
        let user = try caller.requireSignedIn().user
        let name = try AccountRules.name(change.name, field: "name")
        return try await database.write { transaction in
            guard let passkey = try PasskeyRepository.rename(id, to: name, of: user, in: transaction) else { throw PasskeyRefusal.missing }
            try audit.record("passkey.renamed", target: user.text, detail: ["name": .string(name)], as: caller, in: transaction)
            return passkey
        }
    }

    /// Removes one; all other sessions of the person end. Throws `WRONG_CREDENTIALS`, `RATE_LIMITED`, `NOT_FOUND`, and `CONFLICT` for the last
    /// way in.
    public func removePasskey(_ id: PasskeyID, _ proof: PasskeyProof, as caller: Caller) async throws {
        let (user, session) = try caller.requireSignedIn()
        try await confirm(proof.password ?? "", field: "password", as: caller)
        try await database.write { transaction in
            let known = try PasskeyRepository.list(of: user, in: transaction)
            guard let gone = known.first(where: { $0.passkey.id == id })?.passkey else { throw PasskeyRefusal.missing }
            try Self.requireShownPasskey(user, session, in: transaction)
            guard try PasskeyRepository.remove(id, of: user, in: transaction) else { throw PasskeyRefusal.missing }
            try Self.requireWayIn(for: user, in: transaction)
            try SessionRepository.removeAll(of: user, but: session, in: transaction)
            try audit.record("passkey.removed", target: user.text, detail: ["name": .string(gone.name)], as: caller, in: transaction)
        }
    }

    /// That something is left by which `user` signs in.
    static func requireWayIn(for user: UserID, in transaction: any Transaction) throws {
        if try UserRepository.passwordHash(of: user, in: transaction) != PasswordHasher.none { return }
        if try PasskeyRepository.exists(for: user, in: transaction) { return }
        guard try IdentityRepository.list(of: user, in: transaction).isEmpty else { return }
        throw OpenIDRefusal.onlyWayIn
    }

    /// Where a workspace asks for a second factor and passkeys are what the person has for it, whoever came by the password alone must neither take
    /// them away nor set another factor up. Throws `CONFLICT`.
    static func requireShownPasskey(_ user: UserID, _ session: SessionID, in transaction: any Transaction) throws {
        guard try PasskeyRepository.exists(for: user, in: transaction), try !SessionRepository.isStrong(session, of: user, in: transaction),
            try OrganizationRepository.of(user, in: transaction).contains(where: \.organization.needsSecondFactor)
        else { return }
        throw PasskeyRefusal.showFirst
    }

    /// What authenticators keep to tell accounts apart. It says nothing about the person.
    static func handle(of user: UserID) -> String { Base64URL.text(Data(user.text.utf8)) }

    static func descriptor(_ stored: StoredPasskey) -> PasskeyDescriptor {
        PasskeyDescriptor(type: "public-key", id: stored.credential, transports: stored.transports)
    }

    /// Words of the specification, whichever it will have: letters and hyphens.
    private static func usable(_ transports: [String]) -> [String] {
        transports.prefix(8).filter { word in
            (1...32).contains(word.utf8.count) && word.utf8.allSatisfy { (97...122).contains($0) || $0 == 45 }
        }
    }
}
