import Domain
import Foundation
import Persistence

/// What was begun with a passkey. It goes to the browser in a sealed cookie and comes back with the answer, so that an answer made in one browser
/// opens nothing in another.
struct PasskeyCeremony: Codable, Sendable {
    static let life = Duration.minutes(5)
    private static let context = "cookie:passkey"

    let challenge: String
    let endsAt: Timestamp
    /// The session of the person who adds one; nil for signing in.
    var session: SessionID?
    /// What stands for a password that was right.
    var ticket: String?

    init(session: SessionID? = nil, ticket: String? = nil, now: Timestamp) {
        challenge = RandomToken.make()
        endsAt = now + Self.life
        self.session = session
        self.ticket = ticket
    }

    func sealed(by box: SecretBox) throws -> String { try box.text(sealing: self, context: Self.context) }

    /// Throws `CONNECT_STATE_EXPIRED` for what is none of ours, and for what is over.
    init(_ cookie: String?, box: SecretBox, now: Timestamp) throws {
        guard let ceremony: Self = box.value(sealedIn: cookie, context: Self.context), ceremony.endsAt > now else { throw PasskeyRefusal.over }
        self = ceremony
    }

    /// Each is answered once. Throws `CONNECT_STATE_EXPIRED` the second time.
    func use(in transaction: any Transaction) throws {
        guard try PasskeyRepository.use(challenge: RandomToken.hash(challenge), until: endsAt, in: transaction) else { throw PasskeyRefusal.over }
    }
}
