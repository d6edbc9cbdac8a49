import Domain

/// Who is to be told by mail of which channels that end or have ended.
public enum ConnectionNoticeRepository {
    public static func insert(_ channel: IntegrationID, for user: UserID, in transaction: any Transaction) throws {
        try transaction.execute(
            "INSERT INTO connection_notices (user_id, integration_id) VALUES ($1, $2) ON CONFLICT (user_id, integration_id) DO NOTHING", user, channel
        )
    }

    /// Those who are to be told something and have had no mail about connections since `start`.
    public static func waiting(unlessToldSince start: Timestamp, limit: Int, in transaction: any Transaction) throws -> [UserID] {
        try transaction.query(
            """
            SELECT DISTINCT n.user_id AS user_id FROM connection_notices n WHERE NOT EXISTS (
                SELECT 1 FROM mail_outbox m WHERE m.reader_id = n.user_id AND m.topic = 'CONNECTIONS' AND m.created_at > $1
            ) ORDER BY user_id LIMIT $2
            """, start, limit
        ).map { try $0.id("user_id") }
    }

    /// Takes away what `user` is to be told, of whichever workspace: whoever takes it tells it. What is gone meanwhile is left out.
    public static func take(of user: UserID, in transaction: any Transaction) throws -> [Integration] {
        let noticed = try transaction.query("DELETE FROM connection_notices WHERE user_id = $1 RETURNING integration_id", user)
        let channels = try noticed.compactMap { row -> Integration? in
            try IntegrationRepository.withCredentials(try row.id("integration_id"), in: transaction)?.integration
        }
        return channels.filter(\.active).sorted { $0.id < $1.id }
    }
}
