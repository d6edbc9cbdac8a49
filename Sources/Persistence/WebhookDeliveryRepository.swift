import Domain

/// What waits to be delivered to webhooks, and what became of the rest. A delivery is to be tried while `next_attempt_at` is set; during an
/// attempt that is when another process may take it.
public enum WebhookDeliveryRepository {
    private static let columns = """
        id, webhook_id, type, body, status, attempts, next_attempt_at, created_at, attempted_at, answer_status, answer, duration
        """

    /// What came of an attempt.
    public struct Outcome: Sendable {
        public let delivery: WebhookDelivery
        public let status: WebhookDelivery.Status
        public let nextAttemptAt: Timestamp?
        public let attemptedAt: Timestamp
        public let answerStatus: Int?
        public let answer: String
        public let duration: Int

        public init(
            of delivery: WebhookDelivery, status: WebhookDelivery.Status, nextAttemptAt: Timestamp?, attemptedAt: Timestamp, answerStatus: Int?,
            answer: String, duration: Int
        ) {
            self.delivery = delivery
            self.status = status
            self.nextAttemptAt = nextAttemptAt
            self.attemptedAt = attemptedAt
            self.answerStatus = answerStatus
            self.answer = answer
            self.duration = duration
        }
    }

    public static func insert(_ delivery: WebhookDelivery, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO webhook_deliveries (id, organization_id, webhook_id, type, body, status, attempts, next_attempt_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, delivery.id, organization, delivery.webhookId, delivery.type, delivery.body, delivery.status.rawValue, delivery.attempts,
            delivery.nextAttemptAt, delivery.createdAt)
    }

    /// Newest first; `before` continues after that one.
    public static func list(
        of webhook: WebhookID, status: WebhookDelivery.Status?, before: WebhookDeliveryID?, limit: Int, in transaction: any Transaction
    ) throws -> [WebhookDelivery] {
        try transaction.query(
            """
            SELECT \(columns) FROM webhook_deliveries
            WHERE webhook_id = $1 AND (CAST($2 AS TEXT) IS NULL OR status = $2) AND (CAST($3 AS TEXT) IS NULL OR id < $3)
            ORDER BY id DESC LIMIT $4
            """, webhook, status?.rawValue, before, limit
        ).map(delivery)
    }

    public static func find(
        _ id: WebhookDeliveryID, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> WebhookDelivery? {
        try transaction.query("SELECT \(columns) FROM webhook_deliveries WHERE id = $1 AND organization_id = $2", id, organization).first.map(
            delivery)
    }

    /// Webhooks with something to be tried now.
    public static func due(at now: Timestamp, in transaction: any Transaction) throws -> [WebhookID] {
        try transaction.query(
            """
            SELECT DISTINCT d.webhook_id FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
            WHERE d.next_attempt_at IS NOT NULL AND d.next_attempt_at <= $1 AND w.status = 'ACTIVE'
            """, now
        ).map { try $0.id("webhook_id") }
    }

    /// Takes what has waited longest, in the order in which it happened. `attempts` counts the one that begins.
    public static func claim(
        of webhook: WebhookID, at now: Timestamp, until lease: Timestamp, limit: Int, in transaction: any Transaction
    ) throws -> [WebhookDelivery] {
        try transaction.query(
            """
            UPDATE webhook_deliveries SET attempts = attempts + 1, next_attempt_at = $3
            WHERE id IN (SELECT id FROM webhook_deliveries WHERE webhook_id = $1 AND next_attempt_at <= $2
                         ORDER BY id LIMIT $4\(transaction.dialect.skipLocked))
            RETURNING \(columns)
            """, webhook, now, lease, limit
        ).map(delivery).sorted { $0.id < $1.id }
    }

    /// Gives back what was taken and not tried.
    public static func release(_ deliveries: [WebhookDelivery], at time: Timestamp, in transaction: any Transaction) throws {
        for delivery in deliveries {
            try transaction.execute(
                "UPDATE webhook_deliveries SET attempts = attempts - 1, next_attempt_at = $3 WHERE id = $1 AND attempts = $2", delivery.id,
                delivery.attempts, time)
        }
    }

    /// Notes what came of attempts, unless another process has taken the delivery meanwhile.
    public static func note(_ outcomes: [Outcome], in transaction: any Transaction) throws {
        for outcome in outcomes {
            try transaction.execute(
                """
                UPDATE webhook_deliveries
                SET status = $3, next_attempt_at = $4, attempted_at = $5, answer_status = $6, answer = $7, duration = $8
                WHERE id = $1 AND attempts = $2 AND next_attempt_at IS NOT NULL
                """, outcome.delivery.id, outcome.delivery.attempts, outcome.status.rawValue, outcome.nextAttemptAt, outcome.attemptedAt,
                outcome.answerStatus, outcome.answer, outcome.duration)
        }
    }

    /// One that has come to its end is tried once more, as if for the first time.
    public static func again(_ id: WebhookDeliveryID, at now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE webhook_deliveries SET status = 'WAITING', attempts = 0, next_attempt_at = $2 WHERE id = $1 AND next_attempt_at IS NULL
            """, id, now)
    }

    /// Nothing of it is tried any more.
    public static func giveUp(of webhook: WebhookID, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE webhook_deliveries SET status = 'FAILED', next_attempt_at = NULL WHERE webhook_id = $1 AND next_attempt_at IS NOT NULL", webhook)
    }

    public static func removeFinished(before limit: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM webhook_deliveries WHERE created_at < $1 AND next_attempt_at IS NULL", limit)
    }

    private static func delivery(_ row: SQLRow) throws -> WebhookDelivery {
        WebhookDelivery(
            id: try row.id("id"), webhookId: try row.id("webhook_id"), type: try row.text("type"), status: try row.status("status"),
            attempts: try row.int("attempts"), nextAttemptAt: try row.optionalTime("next_attempt_at"), createdAt: try row.time("created_at"),
            attemptedAt: try row.optionalTime("attempted_at"), answerStatus: try row.optionalInt("answer_status"),
            answer: try row.optionalText("answer"), duration: try row.optionalInt("duration"), body: try row.text("body"))
    }
}
