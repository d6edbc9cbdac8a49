import Domain

/// People, their workspaces, and who belongs where. Users belong to the instance; what one may see of others goes by membership.
public enum UserRepository {
    static let columns = "u.id, u.email, u.name, u.role, u.time_zone, u.locale, u.week_start, u.created_at"

    public static func exists(in transaction: any Transaction) throws -> Bool {
        try !transaction.query("SELECT 1 AS found FROM users LIMIT 1").isEmpty
    }

    /// Whether `id` becomes the first user of the instance. Of simultaneous callers the database chooses one; the others wait for its commit.
    public static func claimFirst(_ id: UserID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "INSERT INTO instance_values (name, value) VALUES ('first-user', $1) ON CONFLICT (name) DO NOTHING", id) == 1
    }

    /// Throws `DatabaseError.uniqueViolation` when the e-mail address is taken.
    public static func insert(_ user: User, passwordHash: String, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO users (id, email, name, password_hash, role, time_zone, locale, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """, user.id, user.email, user.name, passwordHash, user.role.rawValue, user.timeZone, user.locale, user.createdAt)
    }

    public static func find(_ id: UserID, in transaction: any Transaction) throws -> User? {
        try transaction.query("SELECT \(columns) FROM users u WHERE u.id = $1", id).first.map { try user($0) }
    }

    /// `email` is lower-case.
    public static func find(email: String, in transaction: any Transaction) throws -> (user: User, passwordHash: String)? {
        try transaction.query("SELECT \(columns), u.password_hash FROM users u WHERE u.email = $1", email).first.map {
            (try user($0), try $0.text("password_hash"))
        }
    }

    public static func passwordHash(of id: UserID, in transaction: any Transaction) throws -> String? {
        try transaction.query("SELECT password_hash FROM users WHERE id = $1", id).first.map { try $0.text("password_hash") }
    }

    /// Oldest first.
    public static func all(in transaction: any Transaction) throws -> [User] {
        try transaction.query("SELECT \(columns) FROM users u ORDER BY u.created_at, u.id").map { try user($0) }
    }

    public static func setPassword(_ hash: String, of id: UserID, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE users SET password_hash = $2 WHERE id = $1", id, hash)
    }

    /// Stores name, zone, locale and how weeks begin.
    public static func update(_ user: User, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE users SET name = $2, time_zone = $3, locale = $4, week_start = $5 WHERE id = $1", user.id, user.name, user.timeZone,
            user.locale, user.weekStart.rawValue)
    }

    /// `prefix` stands before the columns that other tables have as well.
    static func user(_ row: SQLRow, prefix: String = "") throws -> User {
        User(
            id: try row.id("\(prefix)id"), email: try row.text("email"), name: try row.text("\(prefix)name"),
            role: try row.status("\(prefix)role"), timeZone: try row.text("\(prefix)time_zone"), locale: try row.text("locale"),
            weekStart: try row.status("week_start"), createdAt: try row.time("\(prefix)created_at"))
    }
}

/// A workspace with the role somebody has in it.
public struct MemberOrganization: Sendable, Equatable {
    public let organization: Organization
    public let role: Role

    public init(organization: Organization, role: Role) {
        self.organization = organization
        self.role = role
    }
}

public enum OrganizationRepository {
    private static let columns =
        "o.id, o.name, o.time_zone, o.catch_up, o.needs_second_factor, o.paused_at, o.created_at, \(ApprovalRuleRepository.general)"

    public static func insert(_ organization: Organization, in transaction: any Transaction) throws {
        try transaction.execute(
            "INSERT INTO organizations (id, name, time_zone, created_at) VALUES ($1, $2, $3, $4)", organization.id, organization.name,
            organization.timeZone, organization.createdAt)
    }

    public static func insert(_ membership: Membership, at now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            "INSERT INTO memberships (user_id, organization_id, role, created_at) VALUES ($1, $2, $3, $4)", membership.userId,
            membership.organizationId, membership.role.rawValue, now)
    }

    public static func find(_ id: OrganizationID, in transaction: any Transaction) throws -> Organization? {
        try transaction.query("SELECT \(columns) FROM organizations o WHERE o.id = $1", id).first.map(organization)
    }

    /// The one of theirs in which `user` was last; the longest membership where they were in none since that is noted.
    public static func lastUsed(by user: UserID, in transaction: any Transaction) throws -> MemberOrganization? {
        try transaction.query(
            """
            SELECT \(columns), m.role
            FROM memberships m JOIN organizations o ON o.id = m.organization_id
            WHERE m.user_id = $1 ORDER BY COALESCE(m.entered_at, 0) DESC, m.created_at, o.id LIMIT 1
            """, user
        ).first.map { MemberOrganization(organization: try organization($0), role: try $0.status("role")) }
    }

    /// Notes that `user` goes on in `id`.
    static func noteUse(of id: OrganizationID, by user: UserID, at now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE memberships SET entered_at = $3 WHERE user_id = $1 AND organization_id = $2", user, id, now)
    }

    /// Those `user` belongs to, the longest membership first.
    public static func of(_ user: UserID, in transaction: any Transaction) throws -> [MemberOrganization] {
        try transaction.query(
            """
            SELECT \(columns), m.role
            FROM memberships m JOIN organizations o ON o.id = m.organization_id
            WHERE m.user_id = $1 ORDER BY m.created_at, o.id
            """, user
        ).map { MemberOrganization(organization: try organization($0), role: try $0.status("role")) }
    }

    /// The addresses of those who manage it.
    public static func administrators(of id: OrganizationID, in transaction: any Transaction) throws -> [User] {
        try transaction.query(
            """
            SELECT \(UserRepository.columns) FROM memberships m JOIN users u ON u.id = m.user_id
            WHERE m.organization_id = $1 AND m.role IN ('OWNER', 'ADMIN') ORDER BY m.created_at, u.id
            """, id
        ).map { try UserRepository.user($0) }
    }

    /// Stores name, zone, what becomes of late posts, and what members need.
    public static func update(_ organization: Organization, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE organizations SET name = $2, time_zone = $3, catch_up = $4, needs_second_factor = $5 WHERE id = $1",
            organization.id, organization.name, organization.timeZone, organization.catchUp.rawValue, organization.needsSecondFactor)
    }

    /// Sets whether what everybody plans who may not approve waits, on all channels.
    public static func setNeedsApproval(_ needed: Bool, of id: OrganizationID, in transaction: any Transaction) throws {
        try ApprovalRuleRepository.removeGeneral(of: id, in: transaction)
        if needed { try ApprovalRuleRepository.insert(ApprovalRule(.users), of: id, in: transaction) }
    }

    private static func organization(_ row: SQLRow) throws -> Organization {
        Organization(
            id: try row.id("id"), name: try row.text("name"), timeZone: try row.text("time_zone"), catchUp: try row.status("catch_up"),
            needsApproval: try row.bool("needs_approval"), needsSecondFactor: try row.bool("needs_second_factor"),
            pausedAt: try row.optionalTime("paused_at"), createdAt: try row.time("created_at"))
    }
}
