import Domain

/// A person with where they belong, and whether their account is to go.
public struct StoredPerson: Sendable {
    public let user: User
    public let workspaces: [MemberOrganization]
    public let deletion: AccountDeletion?
}

/// Accounts that are to go. They belong to a person, whichever workspace it is in.
public enum AccountDeletionRepository {
    /// False when that has been asked for already. `paused`: the workspaces that it has paused.
    public static func insert(
        _ deletion: AccountDeletion, of user: UserID, paused: [OrganizationID], in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            INSERT INTO account_deletions (user_id, requested_at, ends_at, paused) VALUES ($1, $2, $3, $4) ON CONFLICT (user_id) DO NOTHING
            """, user, deletion.requestedAt, deletion.endsAt, JSON.list(of: paused)) == 1
    }

    static func find(of user: UserID, in transaction: any Transaction) throws -> AccountDeletion? {
        try transaction.query("SELECT requested_at, ends_at FROM account_deletions WHERE user_id = $1", user).first.map {
            AccountDeletion(requestedAt: try $0.time("requested_at"), endsAt: try $0.time("ends_at"))
        }
    }

    /// The account stays. Returns the workspaces that were paused for it; nil when it was not to go.
    public static func withdraw(of user: UserID, in transaction: any Transaction) throws -> [OrganizationID]? {
        try transaction.query("DELETE FROM account_deletions WHERE user_id = $1 RETURNING paused", user).first.map { row in
            try row.json("paused", as: [String].self).compactMap { OrganizationID($0) }
        }
    }

    /// Those whose time has come, the longest due first.
    public static func due(now: Timestamp, limit: Int, in transaction: any Transaction) throws -> [UserID] {
        try transaction.query("SELECT user_id FROM account_deletions WHERE ends_at <= $1 ORDER BY ends_at, user_id LIMIT $2", now, limit)
            .map { try $0.id("user_id") }
    }

    // MARK: People

    /// Whether `user` is the last administrator of the instance whose account stays.
    public static func isLastAdministrator(_ user: UserID, in transaction: any Transaction) throws -> Bool {
        guard try UserRepository.find(user, in: transaction)?.role == .admin else { return false }
        return try transaction.query(
            """
            SELECT 1 AS found FROM users u WHERE u.role = 'ADMIN' AND u.id <> $1
              AND NOT EXISTS (SELECT 1 FROM account_deletions d WHERE d.user_id = u.id) LIMIT 1
            """, user
        ).isEmpty
    }

    /// Ends everything by which `user` could still do something: sessions, keys, assistants, calendars, open connections and invitations.
    public static func endAccess(of user: UserID, at now: Timestamp, in transaction: any Transaction) throws {
        try SessionRepository.removeAll(of: user, in: transaction)
        try PasswordResetRepository.removeAll(of: user, in: transaction)
        try transaction.execute("UPDATE api_keys SET active = FALSE WHERE created_by = $1", user)
        let grants: [GrantID] = try transaction.query("SELECT id FROM oauth_grants WHERE user_id = $1 AND revoked_at IS NULL", user)
            .map { try $0.id("id") }
        for grant in grants { _ = try GrantRepository.revoke(grant, at: now, in: transaction) }
        for table in ["calendar_feeds", "invitations"] { try transaction.execute("DELETE FROM \(table) WHERE created_by = $1", user) }
        try transaction.execute("DELETE FROM connect_states WHERE user_id = $1", user)
    }

    /// Removes the person, with everything that is theirs alone. What the log says of them stays without their name, addresses and places.
    public static func remove(_ user: UserID, email: String, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE audit_events SET address = NULL WHERE subject = $1", "user:\(user)")
        try transaction.execute("UPDATE audit_events SET detail = '{}', address = NULL WHERE target = $1", user)
        try transaction.execute("UPDATE post_comments SET author = '' WHERE author_id = $1", user)
        try transaction.execute("DELETE FROM mail_outbox WHERE recipient = $1", email)
        try transaction.execute("DELETE FROM users WHERE id = $1", user)
    }

    /// In the order in which they came, after the one who came at `position`.
    public static func people(
        after position: (createdAt: Timestamp, id: UserID)?, limit: Int, in transaction: any Transaction
    ) throws -> [StoredPerson] {
        let users = try transaction.query(
            """
            SELECT \(UserRepository.columns) FROM users u
            WHERE u.created_at > $1 OR u.created_at = $1 AND u.id > $2 ORDER BY u.created_at, u.id LIMIT $3
            """, position?.createdAt ?? Timestamp(milliseconds: -1), position?.id.text ?? "", limit
        ).map { try UserRepository.user($0) }
        return try users.map { user in
            StoredPerson(
                user: user, workspaces: try OrganizationRepository.of(user.id, in: transaction), deletion: try find(of: user.id, in: transaction))
        }
    }

    // MARK: Workspaces

    private static func count(_ table: String) -> String { "(SELECT COUNT(*) FROM \(table) t WHERE t.organization_id = o.id" }

    private static let contents = """
        SELECT o.id, o.name, o.created_at, \(count("memberships"))) AS members, \(count("integrations")) AND t.deleted_at IS NULL) AS channels,
               \(count("posts")) AND t.deleted_at IS NULL) AS posts, \(count("media")) AND t.purged_at IS NULL) AS files
        FROM organizations o
        """

    public static func contents(of organization: OrganizationID, in transaction: any Transaction) throws -> WorkspaceContents? {
        try transaction.query("\(contents) WHERE o.id = $1", organization).first.map(contents)
    }

    /// In the order in which they were made, after the one made at `position`.
    public static func workspaces(
        after position: (createdAt: Timestamp, id: OrganizationID)?, limit: Int, in transaction: any Transaction
    ) throws -> [WorkspaceContents] {
        try transaction.query(
            "\(contents) WHERE o.created_at > $1 OR o.created_at = $1 AND o.id > $2 ORDER BY o.created_at, o.id LIMIT $3",
            position?.createdAt ?? Timestamp(milliseconds: -1), position?.id.text ?? "", limit
        ).map(contents)
    }

    private static func contents(_ row: SQLRow) throws -> WorkspaceContents {
        WorkspaceContents(
            id: try row.id("id"), name: try row.text("name"), createdAt: try row.time("created_at"), members: try row.int("members"),
            channels: try row.int("channels"), posts: try row.int("posts"), files: try row.int("files"))
    }

    /// Closes a workspace that is to go: nothing goes out any more, nobody comes, and whoever is there goes on elsewhere.
    public static func close(_ organization: OrganizationID, at now: Timestamp, in transaction: any Transaction) throws {
        _ = try PauseRepository.set(now, of: organization, in: transaction)
        try transaction.execute("UPDATE organizations SET closed_at = $2 WHERE id = $1", organization, now)
        try removeInvitations(into: organization, in: transaction)
        for member in try TeamRepository.members(of: organization, in: transaction) {
            _ = try TeamRepository.remove(member.userId, of: organization, as: member.role, at: now, in: transaction)
        }
        for table in ["api_keys", "feed_sources", "webhooks", "incoming_webhooks"] {
            try transaction.execute("DELETE FROM \(table) WHERE organization_id = $1", organization)
        }
    }

    /// Those that were closed and are not gone yet.
    public static func closed(limit: Int, in transaction: any Transaction) throws -> [OrganizationID] {
        try transaction.query("SELECT id FROM organizations WHERE closed_at IS NOT NULL ORDER BY closed_at, id LIMIT $1", limit)
            .map { try $0.id("id") }
    }

    public static func removeInvitations(into organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM invitations WHERE organization_id = $1", organization)
    }

    /// Removes posts for good, at most `limit`, wherever they stand. Returns how many it were.
    public static func removePosts(of organization: OrganizationID, limit: Int, in transaction: any Transaction) throws -> Int {
        try transaction.execute(
            "DELETE FROM posts WHERE id IN (SELECT id FROM posts WHERE organization_id = $1 LIMIT $2)", organization, limit)
    }

    /// Removes files, at most `limit`. Returns their digests.
    public static func removeMedia(of organization: OrganizationID, limit: Int, in transaction: any Transaction) throws -> [String] {
        try transaction.query(
            "DELETE FROM media WHERE id IN (SELECT id FROM media WHERE organization_id = $1 LIMIT $2) RETURNING digest", organization, limit
        ).map { try $0.text("digest") }
    }

    /// Removes what is left of a workspace. False when it is gone.
    public static func remove(_ organization: OrganizationID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM organizations WHERE id = $1", organization) == 1
    }
}
