import Domain

/// The switches that keep a workspace, or the whole instance, from publishing. A channel's is part of the channel.
public enum PauseRepository {
    /// Since when the instance is paused; nil while it publishes.
    public static func instance(in transaction: any Transaction) throws -> Timestamp? {
        try transaction.query("SELECT value FROM instance_values WHERE name = $1", PublishingRepository.instancePause).first
            .flatMap { Int64(try $0.text("value")) }.map(Timestamp.init(milliseconds:))
    }

    /// False when it was so before.
    public static func setInstance(_ pausedAt: Timestamp?, in transaction: any Transaction) throws -> Bool {
        guard let pausedAt else {
            return try transaction.execute("DELETE FROM instance_values WHERE name = $1", PublishingRepository.instancePause) == 1
        }
        return try transaction.execute(
            "INSERT INTO instance_values (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", PublishingRepository.instancePause,
            String(pausedAt.milliseconds)) == 1
    }

    /// False when it was so before.
    public static func set(_ pausedAt: Timestamp?, of organization: OrganizationID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "UPDATE organizations SET paused_at = $2 WHERE id = $1 AND (paused_at IS NULL) = \(pausedAt == nil ? "FALSE" : "TRUE")", organization,
            pausedAt) == 1
    }

    /// All workspaces.
    public static func organizations(in transaction: any Transaction) throws -> [OrganizationID] {
        try transaction.query("SELECT id FROM organizations ORDER BY id").map { try $0.id("id") }
    }

    /// How many publications of a workspace wait although their time has come, counted up to 10,000.
    public static func held(of organization: OrganizationID, in transaction: any Transaction) throws -> Int {
        try transaction.query(
            """
            SELECT COUNT(*) AS held FROM (
                SELECT 1 AS one FROM integrations i JOIN publications p ON p.integration_id = i.id AND p.status = 'ON_HOLD'
                WHERE i.organization_id = $1 AND i.deleted_at IS NULL LIMIT 10000) AS waiting
            """, organization)[0].int("held")
    }

    /// What is paused on the whole instance, for its operator.
    public struct Overview: Sendable, Equatable {
        public let instance: Timestamp?
        public let workspaces: Int
        public let channels: Int
        /// Publications that wait although their time has come.
        public let held: Int
    }

    public static func overview(in transaction: any Transaction) throws -> Overview {
        func count(_ sql: String) throws -> Int { try transaction.query("SELECT COUNT(*) AS count FROM \(sql)")[0].int("count") }
        return Overview(
            instance: try instance(in: transaction), workspaces: try count("organizations WHERE paused_at IS NOT NULL"),
            channels: try count("integrations WHERE paused_at IS NOT NULL AND deleted_at IS NULL"),
            held: try count("publications WHERE status = 'ON_HOLD' AND COALESCE(error_code, '') <> '\(Hold.channelInTrash.rawValue)'"))
    }
}
