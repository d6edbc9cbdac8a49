import Domain

/// Who belongs to a workspace.
public enum TeamRepository {
    private static let columns = "m.user_id, u.name, u.email, m.role, m.created_at"

    /// The longest membership first.
    public static func members(of organization: OrganizationID, in transaction: any Transaction) throws -> [Member] {
        try transaction.query(
            """
            SELECT \(columns) FROM memberships m JOIN users u ON u.id = m.user_id
            WHERE m.organization_id = $1 ORDER BY m.created_at, m.user_id
            """, organization
        ).map(member)
    }

    public static func find(_ user: UserID, of organization: OrganizationID, in transaction: any Transaction) throws -> Member? {
        try transaction.query(
            "SELECT \(columns) FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.user_id = $1 AND m.organization_id = $2", user,
            organization
        ).first.map(member)
    }

    /// False when the member has another role than `old` by now, or has left.
    public static func setRole(
        _ user: UserID, of organization: OrganizationID, from old: Role, to new: Role, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            "UPDATE memberships SET role = $4 WHERE user_id = $1 AND organization_id = $2 AND role = $3", user, organization, old.rawValue,
            new.rawValue) == 1
    }

    /// Ends a membership, and with it what the member could still reach the workspace by: keys, assistants, calendars, open connections and
    /// invitations. Their sessions go on in another workspace of theirs where there is one. What they wrote stays. False when the member has
    /// another role than `role` by now, or has left.
    public static func remove(
        _ user: UserID, of organization: OrganizationID, as role: Role, at now: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        let removed = try transaction.execute(
            "DELETE FROM memberships WHERE user_id = $1 AND organization_id = $2 AND role = $3", user, organization, role.rawValue)
        guard removed == 1 else { return false }
        try transaction.execute("UPDATE api_keys SET active = FALSE WHERE created_by = $1 AND organization_id = $2", user, organization)
        for grant in try GrantRepository.all(of: user, in: organization, transaction) {
            _ = try GrantRepository.revoke(grant, at: now, in: transaction)
        }
        try transaction.execute("DELETE FROM calendar_feeds WHERE created_by = $1 AND organization_id = $2", user, organization)
        try transaction.execute("DELETE FROM connect_states WHERE user_id = $1 AND organization_id = $2", user, organization)
        try InvitationRepository.removeAll(by: user, of: organization, in: transaction)
        try PortalLinkRepository.removeAll(by: user, of: organization, in: transaction)
        try SessionRepository.leave(organization, user: user, in: transaction)
        return true
    }

    private static func member(_ row: SQLRow) throws -> Member {
        Member(
            userId: try row.id("user_id"), name: try row.text("name"), email: try row.text("email"), role: try row.status("role"),
            since: try row.time("created_at"))
    }
}

/// An invitation with what whoever opens it is told.
public struct InvitationContext: Sendable, Equatable {
    public let invitation: Invitation
    public let organization: Organization
    /// Who made it; nil when their account is gone.
    public let inviter: String?
}

/// Links into workspaces, by the hash of their token.
public enum InvitationRepository {
    private static let columns = "i.id, i.role, i.email, i.created_by, i.created_at, i.expires_at"

    public static func insert(
        _ invitation: Invitation, hash: String, of organization: OrganizationID, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO invitations (id, organization_id, hash, role, email, created_by, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """, invitation.id, organization, hash, invitation.role.rawValue, invitation.email, invitation.createdBy, invitation.createdAt,
            invitation.expiresAt)
    }

    /// Those that can still be used, newest first.
    public static func open(of organization: OrganizationID, now: Timestamp, in transaction: any Transaction) throws -> [Invitation] {
        try transaction.query(
            "SELECT \(columns) FROM invitations i WHERE i.organization_id = $1 AND i.expires_at > $2 ORDER BY i.id DESC", organization, now
        ).map(invitation)
    }

    /// Not scoped by organization: the token is what names it. Nil when it was used or revoked, or has expired.
    public static func find(hash: String, now: Timestamp, in transaction: any Transaction) throws -> InvitationContext? {
        guard
            let row = try transaction.query(
                """
                SELECT \(columns), i.organization_id, u.name AS inviter FROM invitations i LEFT JOIN users u ON u.id = i.created_by
                WHERE i.hash = $1 AND i.expires_at > $2
                """, hash, now
            ).first, let organization = try OrganizationRepository.find(try row.id("organization_id"), in: transaction)
        else { return nil }
        return InvitationContext(invitation: try invitation(row), organization: organization, inviter: try row.optionalText("inviter"))
    }

    /// Uses the link up. False when somebody else just did, or it was revoked.
    public static func use(hash: String, now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM invitations WHERE hash = $1 AND expires_at > $2", hash, now) == 1
    }

    /// False when there is none.
    public static func remove(_ id: InvitationID, of organization: OrganizationID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM invitations WHERE id = $1 AND organization_id = $2", id, organization) == 1
    }

    public static func removeAll(by user: UserID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM invitations WHERE created_by = $1 AND organization_id = $2", user, organization)
    }

    public static func removeExpired(now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM invitations WHERE expires_at <= $1", now)
    }

    private static func invitation(_ row: SQLRow) throws -> Invitation {
        Invitation(
            id: try row.id("id"), role: try row.status("role"), email: try row.optionalText("email"), createdBy: try row.optionalID("created_by"),
            createdAt: try row.time("created_at"), expiresAt: try row.time("expires_at"))
    }
}
