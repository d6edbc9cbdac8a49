import Domain

/// What whoever did something is called.
public enum AuditName: Sendable, Equatable {
    case user(String)
    case key(String)
    /// An assistant that a person has allowed in.
    case assistant(String, person: String)
}

public enum AuditRepository {
    /// `organization` is nil for what concerns none, such as a failed sign-in of an unknown address.
    public static func insert(_ event: AuditEvent, of organization: OrganizationID?, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO audit_events (id, organization_id, subject, action, target, detail, address, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """, event.id, organization, event.subject, event.action, event.target, try JSON.text(event.detail), event.address,
            event.createdAt)
    }

    private static let columns = "id, subject, action, target, detail, address, created_at"

    /// Newest first; `before` continues after the event of that id. `actions` are the beginnings of the actions wanted (none: all), `person` is
    /// who did it, themselves or by a key or an assistant of theirs, and `to` the first moment that is not wanted any more.
    public static func list(
        of organization: OrganizationID, actions: [String] = [], person: UserID? = nil, from: Timestamp? = nil, to: Timestamp? = nil,
        before: Identifier<AuditEvent>?, limit: Int, in transaction: any Transaction
    ) throws -> [AuditEvent] {
        // Ids grow with time: they are the order.
        try transaction.query(
            """
            SELECT \(columns) FROM audit_events
            WHERE organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id < $2)
              AND (CAST($4 AS TEXT) IS NULL OR EXISTS (
                SELECT 1 FROM \(transaction.dialect.elements(of: "$4")) WHERE SUBSTR(action, 1, LENGTH(list.value)) = list.value))
              AND (CAST($5 AS TEXT) IS NULL OR subject = 'user:' || $5
                OR subject IN (SELECT 'key:' || id FROM api_keys WHERE organization_id = $1 AND created_by = $5)
                OR subject IN (SELECT 'grant:' || id FROM oauth_grants WHERE organization_id = $1 AND user_id = $5))
              AND created_at >= $6 AND created_at < $7
            ORDER BY id DESC LIMIT $3
            """, organization, before, limit, actions.isEmpty ? nil : try JSON.text(actions), person,
            from ?? Timestamp(milliseconds: 0), to ?? Timestamp(milliseconds: .max)
        ).map(event)
    }

    /// What `subject` did in all workspaces, newest first: for that person alone.
    public static func list(by subject: String, limit: Int, in transaction: any Transaction) throws -> [AuditEvent] {
        try transaction.query("SELECT \(columns) FROM audit_events WHERE subject = $1 ORDER BY id DESC LIMIT $2", subject, limit).map(event)
    }

    /// How a post was moved because the rules of its zone changed, oldest first.
    public static func replans(of post: PostID, of organization: OrganizationID, in transaction: any Transaction) throws -> [AuditEvent] {
        try transaction.query(
            """
            SELECT \(columns) FROM audit_events WHERE target = $1 AND action = 'post.replanned' AND organization_id = $2 ORDER BY id LIMIT 50
            """, post, organization
        ).map(event)
    }

    public static func find(
        _ id: Identifier<AuditEvent>, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> AuditEvent? {
        try transaction.query("SELECT \(columns) FROM audit_events WHERE id = $1 AND organization_id = $2", id, organization).first.map(event)
    }

    /// Adds to what is known of an event; nothing else of it ever changes.
    public static func update(
        _ id: Identifier<AuditEvent>, of organization: OrganizationID, detail: [String: JSONValue], in transaction: any Transaction
    ) throws {
        try transaction.execute(
            "UPDATE audit_events SET detail = $3 WHERE id = $1 AND organization_id = $2", id, organization, try JSON.text(detail))
    }

    /// Forgets the calls of assistants from before `time`. Everything else is kept.
    public static func removeCalls(before time: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM audit_events WHERE action = 'mcp.call' AND created_at < $1", time)
    }

    /// The names behind the subjects `user:<id>`, `key:<id>` and `grant:<id>` of an organization; those of no others.
    public static func names(
        of subjects: [String], organization: OrganizationID, in transaction: any Transaction
    ) throws -> [String: AuditName] {
        let rows = try transaction.query(
            """
            SELECT list.value AS subject, u.name AS user_name, k.name AS key_name, g.client_name, p.name AS person
            FROM \(transaction.dialect.elements(of: "$1"))
            LEFT JOIN users u ON list.value = 'user:' || u.id
            LEFT JOIN api_keys k ON list.value = 'key:' || k.id AND k.organization_id = $2
            LEFT JOIN oauth_grants g ON list.value = 'grant:' || g.id AND g.organization_id = $2
            LEFT JOIN users p ON p.id = g.user_id
            """, try JSON.text(subjects), organization)
        return try Dictionary(rows.compactMap { row in try name(row).map { (try row.text("subject"), $0) } }) { first, _ in first }
    }

    private static func name(_ row: SQLRow) throws -> AuditName? {
        if let user = try row.optionalText("user_name") { return .user(user) }
        if let key = try row.optionalText("key_name") { return .key(key) }
        guard let assistant = try row.optionalText("client_name"), let person = try row.optionalText("person") else { return nil }
        return .assistant(assistant, person: person)
    }

    private static func event(_ row: SQLRow) throws -> AuditEvent {
        AuditEvent(
            id: try row.id("id"), subject: try row.text("subject"), action: try row.text("action"), target: try row.optionalText("target"),
            detail: try row.json("detail"), address: try row.optionalText("address"), createdAt: try row.time("created_at"))
    }
}
