import Domain

/// A session with everything a request needs to know about its user.
public struct SessionContext: Sendable, Equatable {
    public let session: Session
    public let user: User
    public let organization: Organization
    public let role: Role
    /// Whether the user signs in with a code besides the password, or has signed in with a passkey.
    public let hasSecondFactor: Bool
    /// Whether the user has still to show that their address is theirs.
    public let awaitsActivation: Bool

    public init(session: Session, user: User, organization: Organization, role: Role, hasSecondFactor: Bool, awaitsActivation: Bool) {
        self.session = session
        self.user = user
        self.organization = organization
        self.role = role
        self.hasSecondFactor = hasSecondFactor
        self.awaitsActivation = awaitsActivation
    }
}

public enum SessionRepository {
    private static let columns = """
        s.id, s.user_id, s.organization_id, s.user_agent, s.address, s.created_at, s.expires_at, s.last_seen_at
        """

    /// Whether session `s` is one of somebody who has shown a second factor.
    private static let strong = """
        EXISTS (SELECT 1 FROM second_factors f WHERE f.user_id = s.user_id AND f.confirmed_at IS NOT NULL)
        OR s.by_passkey AND EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = s.user_id)
        """

    /// `byPasskey`: whether a passkey has opened it.
    public static func insert(_ session: Session, tokenHash: String, byPasskey: Bool = false, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO sessions (id, token_hash, user_id, organization_id, user_agent, address, created_at, expires_at, last_seen_at, by_passkey)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """, session.id, tokenHash, session.userId, session.organizationId, session.userAgent, session.address, session.createdAt,
            session.expiresAt, session.lastSeenAt, byPasskey)
        try OrganizationRepository.noteUse(of: session.organizationId, by: session.userId, at: session.createdAt, in: transaction)
    }

    /// Nil when there is none, it has ended, or its user has left the organization.
    public static func find(tokenHash: String, now: Timestamp, in transaction: any Transaction) throws -> SessionContext? {
        try transaction.query(
            """
            SELECT \(columns), m.role AS member_role, u.email, u.name AS user_name, u.role AS user_role, u.time_zone AS user_time_zone,
                   u.locale, u.week_start, u.created_at AS user_created_at, u.awaits_activation, o.name AS organization_name, o.time_zone AS organization_time_zone,
                   o.catch_up, o.needs_second_factor, o.paused_at, o.created_at AS organization_created_at,
                   (\(strong)) AS is_strong, \(ApprovalRuleRepository.general)
            FROM sessions s JOIN users u ON u.id = s.user_id JOIN organizations o ON o.id = s.organization_id
                 JOIN memberships m ON m.user_id = s.user_id AND m.organization_id = s.organization_id
            WHERE s.token_hash = $1 AND s.expires_at > $2
            """, tokenHash, now
        ).first.map { row in
            SessionContext(
                session: try session(row), user: try UserRepository.user(row, prefix: "user_"),
                organization: Organization(
                    id: try row.id("organization_id"), name: try row.text("organization_name"),
                    timeZone: try row.text("organization_time_zone"), catchUp: try row.status("catch_up"),
                    needsApproval: try row.bool("needs_approval"), needsSecondFactor: try row.bool("needs_second_factor"),
                    pausedAt: try row.optionalTime("paused_at"),
                    createdAt: try row.time("organization_created_at")),
                role: try row.status("member_role"), hasSecondFactor: try row.bool("is_strong"), awaitsActivation: try row.bool("awaits_activation"))
        }
    }

    /// Those of `user` that have not ended, the latest seen first.
    public static func list(of user: UserID, now: Timestamp, in transaction: any Transaction) throws -> [Session] {
        try transaction.query(
            "SELECT \(columns) FROM sessions s WHERE s.user_id = $1 AND s.expires_at > $2 ORDER BY s.last_seen_at DESC, s.id DESC", user,
            now
        ).map(session)
    }

    /// Notes that it was used, unless that was noted since `before`.
    public static func touch(_ id: SessionID, at now: Timestamp, unlessSince before: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at <= $3", id, now, before)
    }

    /// False when `user` has no such session.
    public static func remove(_ id: SessionID, of user: UserID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM sessions WHERE id = $1 AND user_id = $2", id, user) == 1
    }

    /// Whether the session is one of somebody who has shown a second factor: a code, or a passkey that has opened this session.
    public static func isStrong(_ id: SessionID, of user: UserID, in transaction: any Transaction) throws -> Bool {
        try !transaction.query("SELECT 1 AS found FROM sessions s WHERE s.id = $1 AND s.user_id = $2 AND (\(strong))", id, user).isEmpty
    }

    /// A passkey was shown in the session.
    public static func noteShownPasskey(_ id: SessionID, of user: UserID, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE sessions SET by_passkey = TRUE WHERE id = $1 AND user_id = $2", id, user)
    }

    /// When the session began; nil when it has ended.
    public static func begin(of id: SessionID, user: UserID, in transaction: any Transaction) throws -> Timestamp? {
        try transaction.query("SELECT created_at FROM sessions WHERE id = $1 AND user_id = $2", id, user).first.map { try $0.time("created_at") }
    }

    /// Ends all sessions of `user` but `kept`.
    public static func removeAll(of user: UserID, but kept: SessionID? = nil, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM sessions WHERE user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id <> $2)", user, kept)
    }

    /// Whether the session is open and in `organization`, to which its user still belongs, with the second factor that it may ask for.
    public static func isOpen(
        _ id: SessionID, of user: UserID, in organization: OrganizationID, now: Timestamp, _ transaction: any Transaction
    ) throws -> Bool {
        try !transaction.query(
            """
            SELECT 1 AS found FROM sessions s JOIN memberships m ON m.user_id = s.user_id AND m.organization_id = s.organization_id
                 JOIN organizations o ON o.id = s.organization_id
            WHERE s.id = $1 AND s.user_id = $2 AND s.organization_id = $3 AND s.expires_at > $4
                  AND (NOT o.needs_second_factor OR \(strong))
            """, id, user, organization, now
        ).isEmpty
    }

    /// Goes on in `organization`, in which the next session begins. False when `user` has no such session, or does not belong there.
    public static func enter(
        _ organization: OrganizationID, _ id: SessionID, of user: UserID, at now: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        let entered =
            try transaction.execute(
                """
                UPDATE sessions SET organization_id = $3
                WHERE id = $1 AND user_id = $2 AND EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = $2 AND m.organization_id = $3)
                """, id, user, organization) == 1
        if entered { try OrganizationRepository.noteUse(of: organization, by: user, at: now, in: transaction) }
        return entered
    }

    /// Takes the sessions of a user who belongs to `organization` no more elsewhere: to the workspace in which they were last, or to their end.
    static func leave(_ organization: OrganizationID, user: UserID, in transaction: any Transaction) throws {
        if let next = try OrganizationRepository.lastUsed(by: user, in: transaction)?.organization.id {
            try transaction.execute(
                "UPDATE sessions SET organization_id = $3 WHERE user_id = $1 AND organization_id = $2", user, organization, next)
        } else {
            try transaction.execute("DELETE FROM sessions WHERE user_id = $1 AND organization_id = $2", user, organization)
        }
    }

    public static func removeExpired(now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM sessions WHERE expires_at <= $1", now)
    }

    private static func session(_ row: SQLRow) throws -> Session {
        Session(
            id: try row.id("id"), userId: try row.id("user_id"), organizationId: try row.id("organization_id"),
            createdAt: try row.time("created_at"), expiresAt: try row.time("expires_at"), lastSeenAt: try row.time("last_seen_at"),
            userAgent: try row.text("user_agent"), address: try row.text("address"))
    }
}

/// Links by which a forgotten password is replaced, by the hash of their token.
public enum PasswordResetRepository {
    public static func insert(
        tokenHash: String, of user: UserID, at now: Timestamp, until end: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            "INSERT INTO password_resets (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)", tokenHash, user, now, end)
    }

    public static func isValid(tokenHash: String, now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try !transaction.query("SELECT 1 AS found FROM password_resets WHERE token_hash = $1 AND expires_at > $2", tokenHash, now).isEmpty
    }

    /// Uses the link up, with all others of its user; nil when it was used before or has expired.
    public static func use(tokenHash: String, now: Timestamp, in transaction: any Transaction) throws -> UserID? {
        let rows = try transaction.query(
            "DELETE FROM password_resets WHERE token_hash = $1 AND expires_at > $2 RETURNING user_id", tokenHash, now)
        guard let user: UserID = try rows.first?.id("user_id") else { return nil }
        try removeAll(of: user, in: transaction)
        return user
    }

    public static func removeAll(of user: UserID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM password_resets WHERE user_id = $1", user)
    }

    public static func removeExpired(now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM password_resets WHERE expires_at <= $1", now)
    }
}
