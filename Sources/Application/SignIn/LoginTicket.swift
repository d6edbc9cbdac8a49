import Crypto
import Domain
import Foundation
import Persistence

/// Between password and code: a ticket says for five minutes that the password was right. It is bound to that password, so that it ends when
/// the password is replaced.
extension Accounts {
    private static let ticketLife = Duration.minutes(5)

    static let codeMissing = ProblemReport(
        .secondFactorRequired, "This account asks for a code besides the password: the one that the authenticator app shows, or a recovery code.",
        details: ["field": "code"])

    /// Goes on with a sign-in whose password was right. Throws `UNAUTHENTICATED` when that is too long ago, `WRONG_CREDENTIALS` and
    /// `RATE_LIMITED`.
    public func finishLogin(_ request: CodeLogin, from client: ClientInfo) async throws -> SignedIn {
        let holder = try await holder(of: request.ticket)
        // Turned off meanwhile: the password is enough.
        if let factor = holder.factor, factor.confirmedAt != nil { try await spend(request.code, of: holder.user.id, factor, from: client) }
        return try await enter(holder.user, holder.membership, invitation: request.invitation, from: client)
    }

    /// Somebody whose password was right.
    struct TicketHolder: Sendable {
        let user: User
        let membership: MemberOrganization?
        let factor: StoredSecondFactor?
    }

    /// Whose `ticket` it is. Throws `UNAUTHENTICATED` when it is over.
    func holder(of ticket: String) async throws -> TicketHolder {
        let over = ProblemReport(.unauthenticated, "This took too long. Sign in with your password once more.")
        let parts = ticket.split(separator: ".", omittingEmptySubsequences: false)
        guard ticket.utf8.count <= 200, parts.count == 3, let id = UserID(String(parts[0])), let end = Int64(parts[1]),
            end > time.now.milliseconds
        else { throw over }
        let found = try await database.read { transaction in
            (
                user: try UserRepository.find(id, in: transaction), hash: try UserRepository.passwordHash(of: id, in: transaction),
                membership: try OrganizationRepository.lastUsed(by: id, in: transaction),
                factor: try SecondFactorRepository.find(of: id, in: transaction)
            )
        }
        guard let user = found.user, let hash = found.hash, let mark = Base64URL.data(parts[2]),
            HMAC<SHA256>.isValidAuthenticationCode(mark, authenticating: Self.ticketText(id, end, hash), using: formKey)
        else { throw over }
        return TicketHolder(user: user, membership: found.membership, factor: found.factor)
    }

    func ticket(for user: UserID, passwordHash: String) -> String {
        let end = (time.now + Self.ticketLife).milliseconds
        let mark = HMAC<SHA256>.authenticationCode(for: Self.ticketText(user, end, passwordHash), using: formKey)
        return "\(user).\(end).\(Base64URL.text(Data(mark)))"
    }

    private static func ticketText(_ user: UserID, _ end: Int64, _ hash: String) -> Data { Data("login:\(user):\(end):\(hash)".utf8) }
}
