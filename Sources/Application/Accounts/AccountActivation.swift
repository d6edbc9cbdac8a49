import Domain
import Foundation
import Persistence

/// The token of a link that says that an address is somebody's.
public struct ActivationToken: Codable, Sendable {
    public var token: String
    public init(token: String) { self.token = token }
}

/// Where the operator asks for it, somebody who has registered shows first that the address is theirs: a link goes there, and until it is opened the
/// account does nothing.
extension Accounts {
    private static let activationLife = Duration.days(2)

    /// Whether an account that is registered now has to show that its address is theirs. The first one, and people who came by a mailed link, have
    /// nothing to show.
    func awaitsActivation(_ email: String, isFirst: Bool, invited: InvitationContext?) -> Bool {
        guard requiresActivation, mail.configured, !isFirst else { return false }
        return invited?.invitation.email?.lowercased() != email
    }

    /// Mails a link to a person who has just registered.
    func queueActivation(of user: User, at now: Timestamp, in transaction: any Transaction) throws {
        let token = RandomToken.make()
        try ActivationRepository.insert(
            tokenHash: RandomToken.hash(token), of: user.id, until: now + Self.activationLife, in: transaction)
        let link = mainURL.appending(path: "activate").appending(queryItems: [URLQueryItem(name: "token", value: token)]).absoluteString
        try mail.queue(.activation(address: user.email, link: link, host: mainURL.host() ?? ""), to: [MailReader(user)], in: transaction)
    }

    /// Mails another link; the earlier ones open nothing any more. Throws `CONFLICT` for an account that is active, and `RATE_LIMITED`.
    public func resendActivation(as caller: Caller, from client: ClientInfo) async throws {
        let (user, now) = (try caller.requireSignedIn().user, time.now)
        guard try await database.read({ try ActivationRepository.isAwaited(of: user, in: $0) }) else { throw Self.isActive }
        _ = try await throttle.admit(.activation, account: user.text, from: client)
        try await database.write { transaction in
            guard let person = try UserRepository.find(user, in: transaction) else { throw ProblemReport.notFound("user") }
            try ActivationRepository.removeLinks(of: user, in: transaction)
            try queueActivation(of: person, at: now, in: transaction)
        }
    }

    /// The account of a link's token is active from now on. Throws `VALIDATION_FAILED` for a link that is over, and `RATE_LIMITED`.
    public func activate(_ request: ActivationToken, from client: ClientInfo) async throws {
        let (hash, now) = (RandomToken.hash(request.token), time.now)
        let counted = try await throttle.admit(.reset, account: client.network, from: client)
        try await database.write { transaction in
            guard let user = try ActivationRepository.use(tokenHash: hash, now: now, in: transaction) else {
                throw ProblemReport.invalid("token", "This link was used before or has expired. Sign in, and ask for a new one.")
            }
            try activate(user, in: transaction)
        }
        await throttle.giveBack(counted)
    }

    /// Somebody has shown that the address is theirs.
    func activate(_ user: UserID, in transaction: any Transaction) throws {
        guard try ActivationRepository.activate(user, in: transaction) else { return }
        let organization = try OrganizationRepository.of(user, in: transaction).first?.organization.id
        try audit.record("account.activated", target: user.text, subject: "user:\(user)", organization: organization, in: transaction)
    }

    private static let isActive = ProblemReport(.conflict, "This account is active already.")
}
