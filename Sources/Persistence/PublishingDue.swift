import Domain

// Which publications of those that are due go on, and in whose turn.

extension PublishingRepository {
    /// Moves up to `limit` publications whose time has come on, oldest first: to `QUEUED`, or to `ON_HOLD` where something holds them. Several
    /// processes may do this at once. With a workspace only its own.
    public static func takeDue(
        of organization: OrganizationID? = nil, at now: Timestamp, notBefore earliest: Timestamp, limit: Int, in transaction: any Transaction
    ) throws -> [Moved] {
        let mine = organization == nil ? "" : "AND p.organization_id = $4"
        return try moved(
            """
            UPDATE publications SET status = CASE WHEN due.hold IS NULL THEN 'QUEUED' ELSE 'ON_HOLD' END, \(showing("due.hold")), updated_at = $1
            FROM (SELECT p.id AS due_id, \(reasonToHold("p")) AS hold FROM publications p
                  WHERE p.status = 'SCHEDULED' \(mine) AND p.due_at <= $1 AND p.due_at >= $2
                  ORDER BY p.due_at LIMIT $3\(transaction.dialect.skipLocked)) AS due
            WHERE id = due.due_id
            RETURNING \(movedColumns)
            """, [now.sqlValue, earliest.sqlValue, limit.sqlValue] + (organization.map { [$0.sqlValue] } ?? []), in: transaction)
    }

    /// Whether at least `count` publications wait to be taken.
    public static func hasDue(_ count: Int, at now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.query(
            """
            SELECT COUNT(*) AS count FROM (SELECT 1 AS one FROM publications WHERE status = 'SCHEDULED' AND due_at <= $1 LIMIT $2) AS due
            """, now, count)[0].int("count") >= count
    }

    /// Workspaces in which something is due, found one after the other in an index, so that it does not matter how much.
    public static func workspacesWithDue(at now: Timestamp, in transaction: any Transaction) throws -> [OrganizationID] {
        try transaction.query(workspacesWithDue, now).map { try $0.id("organization_id") }
    }

    static let workspacesWithDue = """
        WITH RECURSIVE planned(organization_id) AS (
            SELECT MIN(organization_id) FROM publications WHERE status = 'SCHEDULED'
            UNION ALL
            SELECT (SELECT MIN(p.organization_id) FROM publications p WHERE p.status = 'SCHEDULED' AND p.organization_id > planned.organization_id)
            FROM planned WHERE planned.organization_id IS NOT NULL)
        SELECT organization_id FROM planned
        WHERE organization_id IS NOT NULL
          AND EXISTS (SELECT 1 FROM publications p
                      WHERE p.status = 'SCHEDULED' AND p.organization_id = planned.organization_id AND p.due_at <= $1)
        """

    /// How many publications of a workspace stand in the queue and are ready, counted up to `most`.
    public static func queued(
        of organization: OrganizationID, most: Int, at now: Timestamp, in transaction: any Transaction
    ) throws -> Int {
        try transaction.query(
            """
            SELECT COUNT(*) AS count FROM (
                SELECT 1 AS one FROM publications
                WHERE status = 'QUEUED' AND organization_id = $1 AND (next_attempt_at IS NULL OR next_attempt_at <= $3) LIMIT $2) AS queued
            """, organization, most, now)[0].int("count")
    }

    // MARK: Late

    /// A publication that is late in a workspace that wants something else than that it goes out now.
    public struct Late: Sendable {
        public let publication: Moved
        public let catchUp: CatchUp
    }

    /// Publications planned for before `limit`, oldest first, in workspaces that have chosen what becomes of such. They are locked.
    public static func late(
        before limit: Timestamp, notBefore earliest: Timestamp, count: Int, in transaction: any Transaction
    ) throws -> [Late] {
        let columns = movedColumns.split(separator: ",").map { "p.\($0.filter { !$0.isWhitespace })" }.joined(separator: ", ")
        return try transaction.query(
            """
            SELECT \(columns), o.catch_up AS catch_up
            FROM organizations o JOIN publications p ON p.organization_id = o.id AND p.status = 'SCHEDULED'
            WHERE o.catch_up <> 'SEND_NOW' AND p.due_at < $1 AND p.due_at >= $2 AND \(reasonToHold("p")) IS NULL
            ORDER BY p.due_at, p.id LIMIT $3\(transaction.dialect == .postgres ? " FOR UPDATE OF p SKIP LOCKED" : "")
            """, limit, earliest, count
        ).map { Late(publication: try moved($0), catchUp: try $0.status("catch_up")) }
    }

    /// Leaves a late publication for a person.
    public static func leave(_ id: PublicationID, now: Timestamp, in transaction: any Transaction) throws {
        let error = Hold.overdue.error
        try transaction.execute(
            """
            UPDATE publications SET status = 'ON_HOLD', error_code = $2, error_message = $3, error_kind = $4, updated_at = $5
            WHERE id = $1 AND status = 'SCHEDULED'
            """, id, error.code, error.message, error.kind.rawValue, now)
    }

    /// Gives a late publication another time.
    public static func postpone(_ id: PublicationID, to time: Timestamp, now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE publications SET due_at = $2, updated_at = $3 WHERE id = $1 AND status = 'SCHEDULED'", id, time, now)
    }

    /// Posts that wait for a person because they are late, oldest first.
    public static func overdue(of organization: OrganizationID, limit: Int, in transaction: any Transaction) throws -> [PostID] {
        try transaction.query(
            """
            SELECT p.post_id AS post_id, MIN(p.due_at) AS due FROM publications p JOIN posts o ON o.id = p.post_id
            WHERE p.status = 'ON_HOLD' AND p.organization_id = $1 AND p.error_code = '\(Hold.overdue.rawValue)' AND o.deleted_at IS NULL
            GROUP BY p.post_id ORDER BY due, p.post_id LIMIT $2
            """, organization, limit
        ).map { try $0.id("post_id") }
    }
}
