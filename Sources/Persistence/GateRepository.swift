import Domain

/// What stands between the queue and the platforms, one row a gate, shared by all processes: circuit breakers of hosts, waits that a platform
/// asked for, and how much of a budget is used.
public enum GateRepository {
    /// How a gate stands.
    public struct Gate: Sendable, Equatable {
        /// Outages in a row.
        public let failures: Int
        /// Nobody passes before.
        public let blockedUntil: Timestamp?
        /// Somebody tries whether the host answers again, until then at the latest.
        public let probedUntil: Timestamp?
    }

    /// By name; those that have never been closed are left out.
    public static func find(_ names: [String], in transaction: any Transaction) throws -> [String: Gate] {
        let list = names.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let rows = try transaction.query(
            "SELECT name, failures, blocked_until, probed_until FROM platform_gates WHERE name IN (\(list))", names.map(\.sqlValue))
        return try Dictionary(
            uniqueKeysWithValues: rows.map { row in
                let gate = Gate(
                    failures: try row.int("failures"), blockedUntil: try row.optionalTime("blocked_until"),
                    probedUntil: try row.optionalTime("probed_until"))
                return (try row.text("name"), gate)
            })
    }

    // MARK: Breakers

    /// Counts an outage. From `most` in a row on the gate is closed, for `shortest` at first and twice as long each time somebody tried in
    /// vain, at most sixteen times as long. While it is closed nothing is counted: what was under way fails together.
    public static func failed(_ name: String, most: Int, shortest: Duration, now: Timestamp, in transaction: any Transaction) throws {
        let (count, time) = ("platform_gates.failures + 1", "CAST($2 AS BIGINT)")
        try transaction.execute(
            """
            INSERT INTO platform_gates (name, failures, used, blocked_until)
            VALUES ($1, 1, 0, CASE WHEN \(most) <= 1 THEN \(time) + \(shortest.milliseconds) END)
            ON CONFLICT (name) DO UPDATE SET failures = \(count), probed_until = NULL,
                blocked_until = CASE WHEN \(count) < \(most) THEN NULL
                                     WHEN \(count) >= \(most) + 4 THEN \(time) + \(shortest.milliseconds * 16)
                                     ELSE \(time) + \(shortest.milliseconds) * (1 << CAST(\(count) - \(most) AS INTEGER)) END
            WHERE platform_gates.blocked_until IS NULL OR platform_gates.blocked_until <= \(time)
            """, name, now)
    }

    /// The host has answered: its breaker is as new.
    public static func answered(_ name: String, in transaction: any Transaction) throws {
        try transaction.send(
            "UPDATE platform_gates SET failures = 0, blocked_until = NULL, probed_until = NULL WHERE name = $1 AND failures > 0", name)
    }

    /// Makes the caller the one that tries whether the host answers again. False when somebody else does.
    public static func probe(_ name: String, until: Timestamp, now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE platform_gates SET probed_until = $2
            WHERE name = $1 AND (blocked_until IS NULL OR blocked_until <= $3) AND (probed_until IS NULL OR probed_until <= $3)
            """, name, until, now) == 1
    }

    // MARK: Waits and budgets

    /// Keeps everybody out until `time`; an earlier wait does not shorten a later one.
    public static func block(_ name: String, until time: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO platform_gates (name, failures, used, blocked_until) VALUES ($1, 0, 0, $2)
            ON CONFLICT (name) DO UPDATE SET blocked_until = $2
            WHERE platform_gates.blocked_until IS NULL OR platform_gates.blocked_until < $2
            """, name, time)
    }

    /// Uses `cost` of a budget of `limit` per `window`. Nil when there was room; else when there will be.
    public static func take(
        _ cost: Int, of name: String, limit: Int, window: Duration, now: Timestamp, in transaction: any Transaction
    ) throws -> Timestamp? {
        let isOver = "(platform_gates.window_start IS NULL OR platform_gates.window_start + \(window.milliseconds) <= $2)"
        let taken = try transaction.execute(
            """
            INSERT INTO platform_gates (name, failures, used, window_start) VALUES ($1, 0, $3, $2)
            ON CONFLICT (name) DO UPDATE SET used = CASE WHEN \(isOver) THEN $3 ELSE platform_gates.used + $3 END,
                window_start = CASE WHEN \(isOver) THEN $2 ELSE platform_gates.window_start END
            WHERE \(isOver) OR platform_gates.used + $3 <= \(limit)
            """, name, now, min(cost, limit))
        if taken == 1 { return nil }
        let start = try transaction.query("SELECT window_start FROM platform_gates WHERE name = $1", name)[0].time("window_start")
        return start + window
    }

    /// Gives back what was taken for nothing.
    public static func giveBack(_ cost: Int, of name: String, limit: Int, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE platform_gates SET used = used - $2 WHERE name = $1 AND used >= $2", name, min(cost, limit))
    }

    // MARK: Publications

    /// A publication that is ready to be claimed, as the gates look at it. It is locked.
    public struct Arrival: Sendable {
        public let platform: PlatformID
        public let instanceURL: String?
        public let channel: IntegrationID
        public let post: PostID
        public let organization: OrganizationID
        /// Whether something holds it: then the gates have nothing to say.
        public let isHeld: Bool
        /// Whether something of it is public, or may be: it costs no budget any more.
        public let isBegun: Bool
        public let firstAttemptAt: Timestamp?
    }

    /// Nil when it is not ready.
    public static func arrival(_ id: PublicationID, now: Timestamp, in transaction: any Transaction) throws -> Arrival? {
        try transaction.query(transaction.dialect == .postgres ? lockedArrival : plainArrival, id, now).first.map { row in
            Arrival(
                platform: PlatformID(rawValue: try row.text("platform")), instanceURL: try row.optionalText("instance_url"),
                channel: try row.id("integration_id"), post: try row.id("post_id"), organization: try row.id("organization_id"),
                isHeld: try row.bool("is_held"), isBegun: try row.bool("is_begun"), firstAttemptAt: try row.optionalTime("first_attempt_at"))
        }
    }

    /// Put together once: it is long.
    private static let plainArrival = """
        SELECT i.platform AS platform, i.instance_url AS instance_url, p.integration_id AS integration_id, p.post_id AS post_id,
               p.organization_id AS organization_id, p.first_attempt_at AS first_attempt_at,
               \(PublishingRepository.reasonToHold("p")) IS NOT NULL AS is_held,
               \(PublishingRepository.isBegun("p")) AS is_begun
        FROM publications p JOIN integrations i ON i.id = p.integration_id
        WHERE p.id = $1 AND p.status IN ('QUEUED', 'PROCESSING', 'UNCONFIRMED')
          AND (p.next_attempt_at IS NULL OR p.next_attempt_at <= $2)
        """
    private static let lockedArrival = plainArrival + " FOR UPDATE OF p"

    /// Lets a publication wait until `time`; no attempt is counted. One that has begun goes on saying what it waits for.
    public static func postpone(
        _ id: PublicationID, until time: Timestamp, error: PublicationError, now: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            UPDATE publications SET next_attempt_at = $2, first_attempt_at = COALESCE(first_attempt_at, $6),
                   error_code = CASE WHEN status = 'QUEUED' THEN $3 ELSE error_code END,
                   error_message = CASE WHEN status = 'QUEUED' THEN $4 ELSE error_message END,
                   error_kind = CASE WHEN status = 'QUEUED' THEN $5 ELSE error_kind END, updated_at = $6
            WHERE id = $1 AND status IN ('QUEUED', 'PROCESSING', 'UNCONFIRMED')
            """, id, time, error.code, error.message, error.kind.rawValue, now)
    }

    /// Forgets gates that have not been closed, nor budgets used, since `limit`.
    public static func removeOld(before limit: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            DELETE FROM platform_gates
            WHERE failures = 0 AND COALESCE(blocked_until, 0) < $1 AND COALESCE(window_start, 0) < $1
            """, limit)
    }
}
