import Domain

/// A channel whose account's figures should be read.
public struct AccountMetricsTarget: Sendable, Equatable {
    public let integrationId: IntegrationID
    public let organizationId: OrganizationID
    public let platform: PlatformID
    /// The last day that something is known of; nil where nothing is.
    public let lastDay: String?
}

/// What is known of an account on one day, `2026-11-23`.
public struct AccountMetricsRow: Sendable, Equatable {
    public let integrationId: IntegrationID
    public let day: String
    public let figures: [String: Int]
}

/// The figures of channels' accounts: the latest of each day.
public enum AccountMetricsRepository {
    /// Working channels on `platforms` whose figures are older than the first of `intervals` says that fits the time of their last
    /// publication, or than `idle` where none does: read never first, then the longest ago.
    public static func due(
        platforms: [PlatformID], intervals: [(postedAfter: Timestamp, readBefore: Timestamp)], idle: Timestamp, now: Timestamp, limit: Int,
        in transaction: any Transaction
    ) throws -> [AccountMetricsTarget] {
        let soonest = intervals.map(\.readBefore).max() ?? idle
        var parameters: [SQLValue] = [
            try JSON.text(platforms).sqlValue, soonest.sqlValue, now.sqlValue, idle.sqlValue, limit.sqlValue,
        ]
        let cases = intervals.map { interval in
            parameters += [interval.postedAfter.sqlValue, interval.readBefore.sqlValue]
            return "WHEN posted_at > $\(parameters.count - 1) THEN CAST($\(parameters.count) AS BIGINT)"
        }
        return try transaction.query(
            """
            SELECT * FROM (
                SELECT i.id AS id, i.organization_id AS organization_id, i.platform AS platform, i.figures_read_at AS read_at,
                       (SELECT MAX(m.day) FROM account_metrics m WHERE m.integration_id = i.id) AS last_day,
                       (SELECT MAX(p.published_at) FROM publications p
                        WHERE p.integration_id = i.id AND p.published_at IS NOT NULL) AS posted_at
                FROM integrations i
                WHERE i.deleted_at IS NULL AND i.active AND i.reconnect_reason IS NULL
                  AND (i.figures_read_at IS NULL OR i.figures_read_at <= $2)
                  AND (i.figures_not_before IS NULL OR i.figures_not_before <= $3)
                  AND i.platform \(transaction.dialect.isOne(of: "$1"))
            ) AS telling
            WHERE read_at IS NULL OR read_at <= CASE \(cases.joined(separator: " ")) ELSE CAST($4 AS BIGINT) END
            ORDER BY COALESCE(read_at, 0), id LIMIT $5
            """, parameters
        ).map { row in
            AccountMetricsTarget(
                integrationId: try row.id("id"), organizationId: try row.id("organization_id"),
                platform: PlatformID(rawValue: try row.text("platform")), lastDay: try row.optionalText("last_day"))
        }
    }

    /// Stores what was told, by day; what is known of these days besides stays. They are asked for again when they are due, but not
    /// before `notBefore`.
    public static func store(
        _ days: [String: [String: Int]], of target: AccountMetricsTarget, at now: Timestamp, notBefore: Timestamp? = nil,
        in transaction: any Transaction
    ) throws {
        // The row is locked first, so that two readings of one account do not lose each other's figures.
        try transaction.execute(
            "UPDATE integrations SET figures_read_at = $2, figures_not_before = $3 WHERE id = $1", target.integrationId, now, notBefore)
        for (day, figures) in days.sorted(by: { $0.key < $1.key }) where !figures.isEmpty {
            let known: [String: Int] =
                try transaction.query(
                    "SELECT figures FROM account_metrics WHERE integration_id = $1 AND day = $2", target.integrationId, day
                ).first?.json("figures") ?? [:]
            try transaction.execute(
                """
                INSERT INTO account_metrics (integration_id, organization_id, day, figures) VALUES ($1, $2, $3, $4)
                ON CONFLICT (integration_id, day) DO UPDATE SET figures = excluded.figures
                """, target.integrationId, target.organizationId, day, try JSON.text(known.merging(figures) { $1 }))
        }
    }

    /// What is known of the days from `first` to `last`, both included, of any of `integrations`; oldest first.
    public static func series(
        of integrations: [IntegrationID], organization: OrganizationID, from first: String, to last: String, in transaction: any Transaction
    ) throws -> [AccountMetricsRow] {
        guard !integrations.isEmpty else { return [] }
        return try transaction.query(
            """
            SELECT integration_id, day, figures FROM account_metrics
            WHERE organization_id = $1 AND day >= $3 AND day <= $4
              AND integration_id \(transaction.dialect.isOne(of: "$2"))
            ORDER BY integration_id, day
            """, organization, try JSON.text(integrations), first, last
        ).map { row in
            AccountMetricsRow(integrationId: try row.id("integration_id"), day: try row.text("day"), figures: try row.json("figures"))
        }
    }
}
