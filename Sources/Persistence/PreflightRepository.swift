import Domain

/// What is known ahead about publications that are planned: when each was last looked at, and what would keep it from going out.
public enum PreflightRepository {
    /// A planned publication whose look is due.
    public struct Planned: Sendable {
        public let publication: Publication
        /// When it was last looked at.
        public let checkedAt: Timestamp?
    }

    /// How long before its time a publication is looked at again.
    public static let lookouts = [Duration.hours(24), .hours(1)]

    /// Planned publications that nobody has looked at yet, or not since one of the lookouts before their time, or, where something was wrong,
    /// since `again`; the most urgent first.
    public static func due(at now: Timestamp, again: Timestamp, limit: Int, in transaction: any Transaction) throws -> [Planned] {
        let (day, hour) = (lookouts[0].milliseconds, lookouts[1].milliseconds)
        return try transaction.query(
            """
            SELECT \(PublicationRepository.columns), checked_at FROM publications WHERE id IN (
                SELECT id FROM (SELECT id FROM publications WHERE status = 'SCHEDULED' AND checked_at IS NULL AND due_at > $1
                                ORDER BY due_at LIMIT $3) AS fresh
                UNION SELECT id FROM (SELECT id FROM publications
                                      WHERE status = 'SCHEDULED' AND due_at > $1 AND due_at <= $1 + \(day)
                                        AND checked_at < due_at - CASE WHEN due_at <= $1 + \(hour) THEN \(hour) ELSE \(day) END
                                      ORDER BY due_at LIMIT $3) AS near
                UNION SELECT id FROM (SELECT id FROM publications
                                      WHERE status = 'SCHEDULED' AND preflight IS NOT NULL AND due_at > $1 AND checked_at < $2
                                      ORDER BY due_at LIMIT $3) AS wrong)
            ORDER BY due_at, id LIMIT $3
            """, now, again, limit
        ).map { Planned(publication: try PublicationRepository.publication($0), checkedAt: try $0.optionalTime("checked_at")) }
    }

    /// Notes what a look found. False when the publication has moved on, or somebody else has looked meanwhile.
    public static func note(_ problems: [Problem], of planned: Planned, now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE publications SET preflight = $2, checked_at = $3
            WHERE id = $1 AND status = 'SCHEDULED' AND COALESCE(checked_at, -1) = $4
            """, planned.publication.id, problems.isEmpty ? nil : try JSON.text(problems), now, planned.checkedAt?.milliseconds ?? -1) == 1
    }

    /// Planned publications of a workspace that could not go out as things are, before `end`, the most urgent first.
    public static func atRisk(
        of organization: OrganizationID, before end: Timestamp, limit: Int, in transaction: any Transaction
    ) throws -> [Publication] {
        try transaction.query(
            """
            SELECT \(PublicationRepository.columns) FROM publications
            WHERE organization_id = $1 AND status = 'SCHEDULED' AND preflight IS NOT NULL AND due_at < $2 ORDER BY due_at, id LIMIT $3
            """, organization, end, limit
        ).map(PublicationRepository.publication)
    }

    /// Has what is planned soon, or was found wrong, looked at again: on one channel, in one workspace or everywhere.
    public static func lookAgain(
        on channel: IntegrationID? = nil, of organization: OrganizationID? = nil, now: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE publications SET checked_at = 0
            WHERE status = 'SCHEDULED' AND (preflight IS NOT NULL OR due_at <= $3) AND (CAST($1 AS TEXT) IS NULL OR integration_id = $1)
              AND (CAST($2 AS TEXT) IS NULL OR organization_id = $2)
            """, channel, organization, now + lookouts[0])
    }
}
