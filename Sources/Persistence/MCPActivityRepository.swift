import Domain

/// How often a credential called a tool.
public struct ToolUse: Sendable, Equatable {
    public let subject: String
    /// Empty for calls of no tool.
    public let tool: String
    /// Who called last, as it named itself.
    public let client: String?
    public let calls: Int
    public let lastCallAt: Timestamp

    public init(subject: String, tool: String, client: String?, calls: Int, lastCallAt: Timestamp) {
        self.subject = subject
        self.tool = tool
        self.client = client
        self.calls = calls
        self.lastCallAt = lastCallAt
    }
}

/// Counts of what assistants called, one row a credential and tool.
public enum MCPActivityRepository {
    /// Adds to what is counted already. Does nothing when the organization is gone.
    public static func add(_ use: ToolUse, of owner: SessionOwner, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO mcp_activity (organization_id, subject, tool, user_id, client, calls, last_call_at)
            SELECT id, $2, $3, (SELECT id FROM users WHERE id = $4), $5, CAST($6 AS BIGINT), CAST($7 AS BIGINT) FROM organizations WHERE id = $1
            ON CONFLICT (organization_id, subject, tool) DO UPDATE
            SET calls = mcp_activity.calls + excluded.calls, client = COALESCE(excluded.client, mcp_activity.client),
                last_call_at = excluded.last_call_at
            """, owner.organization, owner.subject, use.tool, owner.user, use.client, use.calls, use.lastCallAt)
    }

    /// The latest first; those of `user` alone when one is named.
    public static func list(
        of organization: OrganizationID, user: UserID?, in transaction: any Transaction
    ) throws -> [ToolUse] {
        try transaction.query(
            """
            SELECT subject, tool, client, calls, last_call_at FROM mcp_activity
            WHERE organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR user_id = $2) ORDER BY last_call_at DESC, subject, tool
            """, organization, user
        ).map { row in
            ToolUse(
                subject: try row.text("subject"), tool: try row.text("tool"), client: try row.optionalText("client"),
                calls: try row.int("calls"), lastCallAt: try row.time("last_call_at"))
        }
    }

    public static func removeOld(before time: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM mcp_activity WHERE last_call_at < $1", time)
    }
}
