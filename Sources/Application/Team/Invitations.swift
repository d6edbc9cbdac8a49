import Domain
import Foundation
import Persistence

/// Whom to invite, as what.
public struct NewInvitation: Codable, Sendable {
    public var role: Role
    /// Where to send the link; nil, or where mail is off: whoever invites hands it on.
    public var email: String?

    public init(role: Role, email: String? = nil) {
        self.role = role
        self.email = email
    }
}

/// An invitation with its link, which is shown this once.
public struct CreatedInvitation: Codable, Sendable {
    public let invitation: Invitation
    public let url: String
    /// Whether the link was mailed as well.
    public let mailed: Bool
}

/// The token of an invitation's link.
public struct InvitationToken: Codable, Sendable {
    public var token: String

    public init(token: String) { self.token = token }
}

/// What an invitation is about, for whoever has its link.
public struct InvitationView: Codable, Sendable, Equatable {
    /// The workspace's name.
    public let workspace: String
    public let role: Role
    /// Who invites; nil when their account is gone.
    public let inviter: String?
    public let email: String?
    public let expiresAt: Timestamp
}

extension Team {
    /// The open ones, newest first.
    public func invitations(as caller: Caller) async throws -> [Invitation] {
        try requireManager(caller)
        let now = time.now
        return try await database.read { try InvitationRepository.open(of: caller.organizationId, now: now, in: $0) }
    }

    /// Makes a link that can be used once within seven days. Throws `FORBIDDEN` for a role that the caller does not give, and `CONFLICT` when
    /// too many are open.
    public func invite(_ request: NewInvitation, as caller: Caller) async throws -> CreatedInvitation {
        try requireManager(caller)
        guard caller.role.given.contains(request.role) else { throw Self.notGiven(request.role, by: caller) }
        let email = try request.email.map { try AccountRules.email($0) }
        let (token, now, organization) = (RandomToken.make(), time.now, caller.organizationId)
        let invitation = Invitation(
            id: InvitationID(at: now), role: request.role, email: email, createdBy: caller.userId, createdAt: now,
            expiresAt: now + Self.invitationLife)
        let link = mainURL.appending(path: "invitation").appending(queryItems: [URLQueryItem(name: "token", value: token)])
        let mailed = try await database.write { transaction in
            guard try InvitationRepository.open(of: organization, now: now, in: transaction).count < Self.mostInvitations else {
                throw ProblemReport(.conflict, "A workspace has at most \(Self.mostInvitations) open invitations. Revoke one that is not needed.")
            }
            try InvitationRepository.insert(invitation, hash: RandomToken.hash(token), of: organization, in: transaction)
            try audit.record("invitation.created", target: invitation.id.text, detail: Self.audited(invitation), as: caller, in: transaction)
            guard let email, mail.configured else { return false }
            let inviter = try caller.userId.flatMap { try UserRepository.find($0, in: transaction) }
            let workspace = try OrganizationRepository.find(organization, in: transaction)?.name ?? ""
            // Whoever has no account yet most likely speaks as the one who invites them.
            let known = try UserRepository.find(email: email, in: transaction)?.user ?? inviter
            try mail.queue(
                .invitation(from: inviter?.name ?? workspace, into: workspace, link: link.absoluteString, host: mainURL.host() ?? ""),
                to: [MailReader(address: email, locale: known?.locale ?? "en", timeZone: known?.timeZone ?? "UTC")], in: transaction)
            return true
        }
        return CreatedInvitation(invitation: invitation, url: link.absoluteString, mailed: mailed)
    }

    /// Ends a link before it is used.
    public func revoke(_ id: InvitationID, as caller: Caller) async throws {
        try requireManager(caller)
        try await database.write { transaction in
            guard try InvitationRepository.remove(id, of: caller.organizationId, in: transaction) else {
                throw ProblemReport.notFound("invitation")
            }
            try audit.record("invitation.revoked", target: id.text, as: caller, in: transaction)
        }
    }

    private static func audited(_ invitation: Invitation) -> [String: JSONValue] {
        ["role": .string(invitation.role.rawValue), "email": invitation.email.map { .string($0) } ?? .null]
    }
}

// MARK: - Accepting

extension Accounts {
    /// What an invitation is about. Throws `NOT_FOUND` when its link cannot be used (any more), and `RATE_LIMITED` after too many wrong ones.
    public func look(at invitation: InvitationToken, from client: ClientInfo) async throws -> InvitationView {
        let found = try await check(invitation.token, from: client)
        return InvitationView(
            workspace: found.organization.name, role: found.invitation.role, inviter: found.inviter, email: found.invitation.email,
            expiresAt: found.invitation.expiresAt)
    }

    /// Makes the signed-in person a member; their session goes on in that workspace. Throws what `look` throws, and `CONFLICT` for a member.
    public func accept(_ invitation: InvitationToken, from client: ClientInfo, as caller: Caller) async throws -> OrganizationMembership {
        let (user, session) = try caller.requireSignedIn()
        _ = try await check(invitation.token, from: client)
        let (hash, now) = (RandomToken.hash(invitation.token), time.now)
        let joined = try await database.write { transaction in
            let joined = try join(user, by: hash, at: now, in: transaction)
            _ = try SessionRepository.enter(joined.organization.id, session, of: user, at: now, in: transaction)
            return joined
        }
        await tellJoined(user, joined)
        return OrganizationMembership(id: joined.organization.id, name: joined.organization.name, role: joined.role)
    }

    /// The invitation of a token. Guessing is slowed down; a right one does not count.
    @discardableResult
    func check(_ token: String, from client: ClientInfo) async throws -> InvitationContext {
        let counted = try await throttle.admit(.invitation, account: client.network, from: client)
        let (hash, now) = (RandomToken.hash(token), time.now)
        guard let found = try await database.read({ try InvitationRepository.find(hash: hash, now: now, in: $0) }) else {
            throw Self.invitationEnded
        }
        await throttle.giveBack(counted)
        return found
    }

    /// Uses the link up for `user`. Whoever is a member already keeps the link for others.
    func join(_ user: UserID, by hash: String, at now: Timestamp, in transaction: any Transaction) throws -> MemberOrganization {
        guard let found = try InvitationRepository.find(hash: hash, now: now, in: transaction),
            try InvitationRepository.use(hash: hash, now: now, in: transaction)
        else { throw Self.invitationEnded }
        guard try TeamRepository.find(user, of: found.organization.id, in: transaction) == nil else {
            throw ProblemReport(.conflict, "You belong to this workspace already. The link can still be used by somebody else.")
        }
        let role = found.invitation.role
        try OrganizationRepository.insert(
            Membership(userId: user, organizationId: found.organization.id, role: role), at: now, in: transaction)
        try audit.record(
            "member.joined", target: user.text, detail: ["role": .string(role.rawValue), "invitation": .string(found.invitation.id.text)],
            subject: "user:\(user)", organization: found.organization.id, in: transaction)
        return MemberOrganization(organization: found.organization, role: role)
    }

    func tellJoined(_ user: UserID, _ joined: MemberOrganization) async {
        let data: JSONValue = ["userId": .string(user.text), "role": .string(joined.role.rawValue)]
        await events.publish(ProductEvent(.memberJoined, organizationId: joined.organization.id, at: time.now, data: data))
    }

    static let invitationEnded = ProblemReport(
        .notFound, "This invitation was used, was revoked, or has expired. Ask whoever sent it for a new one.")
}
