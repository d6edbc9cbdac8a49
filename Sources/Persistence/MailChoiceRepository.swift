import Domain

/// Which mails people want, besides those that have to be.
public enum MailChoiceRepository {
    public struct Reader: Sendable {
        public let user: User
        public let role: Role
    }

    /// In SQL: whether a person wants mails about `topic`. The weekly one is wanted where its next time is set.
    private static func wants(_ topic: MailTopic) -> String {
        switch topic {
        case .failures: "u.mails_failures"
        case .connections: "u.mails_connections"
        case .reviews: "u.mails_reviews"
        case .weekly: "u.weekly_mail_at IS NOT NULL"
        }
    }

    /// The members who want mails about `topic`, in the order in which they joined.
    public static func readers(
        of organization: OrganizationID, wanting topic: MailTopic, in transaction: any Transaction
    ) throws -> [Reader] {
        try transaction.query(
            """
            SELECT \(UserRepository.columns), m.role AS member_role FROM memberships m JOIN users u ON u.id = m.user_id
            WHERE m.organization_id = $1 AND \(wants(topic)) ORDER BY m.created_at, u.id
            """, organization
        ).map { Reader(user: try UserRepository.user($0), role: try $0.status("member_role")) }
    }

    /// What the person wants.
    public static func wanted(by user: UserID, in transaction: any Transaction) throws -> Set<MailTopic> {
        Set(
            try MailTopic.allCases.filter { topic in
                try !transaction.query("SELECT 1 AS one FROM users u WHERE u.id = $1 AND \(wants(topic))", user).isEmpty
            })
    }

    /// `nextWeekly` is when the weekly mail is due that is wanted from now on.
    public static func set(
        _ wanted: Bool, _ topic: MailTopic, of user: UserID, nextWeekly: Timestamp, in transaction: any Transaction
    ) throws {
        switch topic {
        case .failures: try transaction.execute("UPDATE users SET mails_failures = $2 WHERE id = $1", user, wanted)
        case .connections: try transaction.execute("UPDATE users SET mails_connections = $2 WHERE id = $1", user, wanted)
        case .reviews: try transaction.execute("UPDATE users SET mails_reviews = $2 WHERE id = $1", user, wanted)
        case .weekly where wanted:
            try transaction.execute("UPDATE users SET weekly_mail_at = COALESCE(weekly_mail_at, $2) WHERE id = $1", user, nextWeekly)
        case .weekly: try transaction.execute("UPDATE users SET weekly_mail_at = NULL WHERE id = $1", user)
        }
    }

    // MARK: The weekly mail

    /// People whose weekly mail is due, the longest waiting first.
    public static func dueForWeekly(at now: Timestamp, limit: Int, in transaction: any Transaction) throws -> [(user: User, due: Timestamp)] {
        try transaction.query(
            "SELECT \(UserRepository.columns), u.weekly_mail_at AS due FROM users u WHERE u.weekly_mail_at <= $1 ORDER BY u.weekly_mail_at LIMIT $2",
            now, limit
        ).map { (try UserRepository.user($0), try $0.time("due")) }
    }

    /// Sets when the next one is due. False when somebody else has.
    public static func claimWeekly(of user: UserID, due: Timestamp, next: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("UPDATE users SET weekly_mail_at = $3 WHERE id = $1 AND weekly_mail_at = $2", user, due, next) == 1
    }
}
