import Domain

/// Whose sessions: one credential in one organization. What another one opened is not found through it.
public struct SessionOwner: Hashable, Sendable {
    public let organization: OrganizationID
    /// `key:<id>` and the like, never a secret.
    public let subject: String
    /// The member whom the credential stands for.
    public let user: UserID?

    public init(organization: OrganizationID, subject: String, user: UserID?) {
        self.organization = organization
        self.subject = subject
        self.user = user
    }

    public var isGrant: Bool { subject.hasPrefix("grant:") }
}

/// Conversations with MCP clients.
public enum MCPSessionRepository {
    private static let columns = """
        id, transport, revision, client_name, client_version, capabilities, log_level, subscriptions, created_at, last_seen_at
        """
    private static let owned = "organization_id = $1 AND subject = $2"

    public static func insert(_ session: MCPSession, of owner: SessionOwner, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO mcp_sessions (organization_id, subject, user_id, \(columns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """, owner.organization, owner.subject, owner.user, session.id, session.transport.rawValue, session.revision,
            session.clientName?.storable, session.clientVersion?.storable, try JSON.text(session.capabilities), session.logLevel,
            try JSON.text(session.subscriptions.sorted()), session.createdAt, session.lastSeenAt)
    }

    /// Nil when there is none, or nobody has used it since `oldest`.
    public static func find(
        _ id: String, of owner: SessionOwner, usedSince oldest: Timestamp, in transaction: any Transaction
    ) throws -> MCPSession? {
        try transaction.query(
            "SELECT \(columns) FROM mcp_sessions WHERE \(owned) AND id = $3 AND last_seen_at >= $4", owner.organization, owner.subject,
            id.storable, oldest
        ).first.map(session)
    }

    /// Gives `owner` a session of another grant of the same assistant, from the same member for the same organization.
    public static func adopt(_ id: String, by owner: SessionOwner, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE mcp_sessions SET subject = $2
            WHERE organization_id = $1 AND id = $3 AND subject IN (
                SELECT 'grant:' || other.id
                FROM oauth_grants own JOIN oauth_grants other ON other.client_id = own.client_id AND other.user_id = own.user_id
                WHERE own.organization_id = $1 AND other.organization_id = $1 AND 'grant:' || own.id = $2)
            """, owner.organization, owner.subject, id.storable)
    }

    /// Stores everything that may change. Does nothing when there is no such session.
    public static func update(_ session: MCPSession, of owner: SessionOwner, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE mcp_sessions SET revision = $4, client_name = $5, client_version = $6, capabilities = $7, log_level = $8,
                   subscriptions = $9, last_seen_at = $10
            WHERE \(owned) AND id = $3
            """, owner.organization, owner.subject, session.id.storable, session.revision, session.clientName?.storable,
            session.clientVersion?.storable, try JSON.text(session.capabilities), session.logLevel,
            try JSON.text(session.subscriptions.sorted()), session.lastSeenAt)
    }

    /// Notes that it was used, unless that was noted since `before`.
    public static func touch(
        _ id: String, of owner: SessionOwner, at now: Timestamp, unlessSince before: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            "UPDATE mcp_sessions SET last_seen_at = $4 WHERE \(owned) AND id = $3 AND last_seen_at <= $5", owner.organization,
            owner.subject, id.storable, now, before)
    }

    public static func remove(_ id: String, of owner: SessionOwner, in transaction: any Transaction) throws {
        try transaction.execute(
            "DELETE FROM mcp_sessions WHERE \(owned) AND id = $3", owner.organization, owner.subject, id.storable)
    }

    public static func count(of owner: SessionOwner, usedSince oldest: Timestamp, in transaction: any Transaction) throws -> Int {
        try transaction.query(
            "SELECT COUNT(*) AS count FROM mcp_sessions WHERE \(owned) AND last_seen_at >= $3", owner.organization, owner.subject, oldest
        )[0].int("count")
    }

    /// The sessions of every credential of `organization` by its subject, the latest used first; those of `user` alone when one is named.
    public static func list(
        of organization: OrganizationID, user: UserID?, usedSince oldest: Timestamp, in transaction: any Transaction
    ) throws -> [(subject: String, session: MCPSession)] {
        try transaction.query(
            """
            SELECT subject, \(columns) FROM mcp_sessions
            WHERE organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR user_id = $2) AND last_seen_at >= $3
            ORDER BY last_seen_at DESC, id DESC
            """, organization, user, oldest
        ).map { (try $0.text("subject"), try session($0)) }
    }

    public static func removeAll(over transport: MCPSession.Transport, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM mcp_sessions WHERE transport = $1", transport.rawValue)
    }

    public static func removeIdle(since time: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM mcp_sessions WHERE last_seen_at < $1", time)
    }

    private static func session(_ row: SQLRow) throws -> MCPSession {
        MCPSession(
            id: try row.text("id"), transport: try row.status("transport"), revision: try row.optionalText("revision"),
            clientName: try row.optionalText("client_name"), clientVersion: try row.optionalText("client_version"),
            capabilities: try row.json("capabilities"), logLevel: try row.optionalText("log_level"),
            subscriptions: try row.json("subscriptions"), createdAt: try row.time("created_at"), lastSeenAt: try row.time("last_seen_at"))
    }
}

/// What went out on the streams of sessions, for clients that come back.
public enum MCPEventRepository {
    /// Keeps an event unless its session has ended, and forgets those of its session that are older than `oldest` or lie `most` numbers back.
    public static func keep(
        _ event: MCPStreamEvent, of session: String, of owner: SessionOwner, at now: Timestamp, forgetting oldest: Timestamp, most: Int,
        in transaction: any Transaction
    ) throws {
        try transaction.execute(
            "DELETE FROM mcp_events WHERE session_id = $1 AND (at < $2 OR (stream = $3 AND number <= $4))", session.storable, oldest,
            event.stream.storable, event.number - most)
        try transaction.execute(
            """
            INSERT INTO mcp_events (session_id, stream, number, message, at)
            SELECT id, $4, CAST($5 AS BIGINT), $6, CAST($7 AS BIGINT) FROM mcp_sessions
            WHERE organization_id = $1 AND subject = $2 AND id = $3
            """, owner.organization, owner.subject, session.storable, event.stream.storable, event.number, event.message, now)
    }

    /// All that is kept of a stream, in order.
    public static func list(
        of session: String, stream: String, of owner: SessionOwner, since oldest: Timestamp, in transaction: any Transaction
    ) throws -> [MCPStreamEvent] {
        try transaction.query(
            """
            SELECT number, message FROM mcp_events e JOIN mcp_sessions s ON s.id = e.session_id
            WHERE s.organization_id = $1 AND s.subject = $2 AND e.session_id = $3 AND e.stream = $4 AND e.at >= $5 ORDER BY number
            """, owner.organization, owner.subject, session.storable, stream.storable, oldest
        ).map { MCPStreamEvent(stream: stream, number: try $0.int("number"), message: try $0.text("message")) }
    }

    public static func removeOld(before time: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM mcp_events WHERE at < $1", time)
    }
}

extension String {
    /// Without U+0000, which no text column holds. Ids and names come from the wire.
    fileprivate var storable: String { utf8.contains(0) ? replacing("\0", with: "") : self }
}
