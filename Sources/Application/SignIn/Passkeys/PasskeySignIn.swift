import Crypto
import Domain
import Foundation
import Persistence

/// Signing in with a passkey: by it alone, where the device recognises its person, or in place of a code after the password.
extension Accounts {
    /// Throws `CONFLICT` where passkeys are impossible, and `UNAUTHENTICATED` for a ticket that is over.
    public func beginPasskeyLogin(_ request: PasskeyLogin) async throws -> BegunPasskey<PasskeyRequest> {
        let site = try passkeySite()
        let known: [StoredPasskey]
        if let ticket = request.ticket {
            let user = try await holder(of: ticket).user.id
            known = try await database.read { try PasskeyRepository.list(of: user, in: $0) }
            guard !known.isEmpty else { throw PasskeyRefusal.unknown }
        } else {
            known = []
        }
        let ceremony = PasskeyCeremony(ticket: request.ticket, now: time.now)
        let options = PasskeyRequest(
            challenge: ceremony.challenge, timeout: Self.passkeyPatience, rpId: site.id, allowCredentials: known.map(Self.descriptor),
            userVerification: request.ticket == nil ? "required" : "preferred")
        return BegunPasskey(options: options, cookie: try ceremony.sealed(by: box))
    }

    /// Whether whoever holds `ticket` may go on with a passkey.
    public func hasPasskey(ticket: String) async throws -> Bool {
        guard passkeyObstacle == nil else { return false }
        do {
            let user = try await holder(of: ticket).user.id
            return try await database.read { try PasskeyRepository.exists(for: user, in: $0) }
        } catch let report as ProblemReport where report.code == .unauthenticated {
            return false
        }
    }

    /// Signs in by the answer of a passkey (WebAuthn §7.2). Throws `CONNECT_STATE_EXPIRED`, `WRONG_CREDENTIALS`, `RATE_LIMITED`, `UNAUTHENTICATED`,
    /// `FORBIDDEN` for somebody who belongs to no workspace, and what is wrong with an invitation.
    public func finishPasskeyLogin(_ answer: PasskeyAnswer, cookie: String?, from client: ClientInfo) async throws -> SignedIn {
        let ceremony = try PasskeyCeremony(cookie, box: box, now: time.now)
        guard ceremony.session == nil else { throw PasskeyRefusal.over }
        let site = try passkeySite()
        let holder: UserID? = if let ticket = ceremony.ticket { try await holder(of: ticket).user.id } else { nil }
        let found = try await database.read { transaction -> Found? in
            guard let stored = try PasskeyRepository.find(credential: answer.id, in: transaction),
                let user = try UserRepository.find(stored.user, in: transaction)
            else { return nil }
            return Found(stored: stored, user: user, membership: try OrganizationRepository.lastUsed(by: user.id, in: transaction))
        }
        let counted = try await throttle.admit(
            .passkey, account: RandomToken.hash(answer.id), from: client, device: devices.name(client.device, of: found?.user.id))
        let shown: AuthenticatorData
        do {
            shown = try Self.checked(answer, of: found?.stored, ceremony, holder: holder, at: site)
        } catch {
            try await refuse(error.reason, found, client)
            throw PasskeyRefusal.unknown
        }
        guard let found else { throw PasskeyRefusal.unknown }
        let now = time.now
        let counts = try await database.write { transaction in
            try ceremony.use(in: transaction)
            return try PasskeyRepository.noteUse(found.stored.passkey.id, counter: shown.counter, at: now, in: transaction)
        }
        guard counts else {
            try await refuse("it has counted backwards", found, client)
            throw PasskeyRefusal.copied
        }
        await throttle.giveBack(counted)
        return try await enter(found.user, found.membership, invitation: answer.invitation, byPasskey: true, from: client)
    }

    private struct Found: Sendable {
        let stored: StoredPasskey
        let user: User
        let membership: MemberOrganization?
    }

    private static func checked(
        _ answer: PasskeyAnswer, of stored: StoredPasskey?, _ ceremony: PasskeyCeremony, holder: UserID?, at site: PasskeySite
    ) throws(PasskeyFault) -> AuthenticatorData {
        guard let stored else { throw PasskeyFault("nobody has it") }
        guard holder == nil || holder == stored.user else { throw PasskeyFault("it is somebody else's") }
        // One that found the account by itself has to say which one (§7.2, step 6).
        guard answer.userHandle == handle(of: stored.user) || answer.userHandle == nil && holder != nil else {
            throw PasskeyFault("it says that it is for another account")
        }
        guard let clientData = Base64URL.data(answer.clientDataJSON), let told = Base64URL.data(answer.authenticatorData),
            let signature = Base64URL.data(answer.signature)
        else { throw PasskeyFault("it is not base64url") }
        try PasskeyClientData.check(clientData, .get, challenge: ceremony.challenge, at: site)
        let data = try AuthenticatorData(told)
        try data.check(for: site, verified: holder == nil)
        guard data.key == nil else { throw PasskeyFault("it has made a key") }
        guard data.isSynced == stored.passkey.synced else { throw PasskeyFault("whether it may be copied has changed") }
        let key = try PasskeyKey(stored.publicKey, algorithm: stored.algorithm)
        guard key.verifies(signature, of: told + Data(SHA256.hash(data: clientData))) else { throw PasskeyFault("its signature is wrong") }
        return data
    }

    private func refuse(_ reason: String, _ found: Found?, _ client: ClientInfo) async throws {
        try await audit.record(
            "session.refused", target: found?.user.id.text, detail: found == nil ? [:] : ["passkey": .string(reason)], subject: "anonymous",
            address: client.address, organization: found?.membership?.organization.id)
    }
}
