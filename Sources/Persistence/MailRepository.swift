import Domain
import Foundation

public typealias MailID = Identifier<MailRecord>

/// A mail as the outbox shows it.
public struct MailRecord: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable, CaseIterable {
        case queued = "QUEUED"
        case sending = "SENDING"
        case sent = "SENT"
        case failed = "FAILED"
    }

    public let id: MailID
    public let recipient: String
    public let subject: String
    public let status: Status
    public let attempts: Int
    /// Why the last attempt failed.
    public let lastError: String?
    public let createdAt: Timestamp
    public let sentAt: Timestamp?

    public init(
        id: MailID, recipient: String, subject: String, status: Status, attempts: Int, lastError: String?, createdAt: Timestamp,
        sentAt: Timestamp?
    ) {
        self.id = id
        self.recipient = recipient
        self.subject = subject
        self.status = status
        self.attempts = attempts
        self.lastError = lastError
        self.createdAt = createdAt
        self.sentAt = sentAt
    }
}

/// A mail to be sent.
public struct StoredMail: Sendable {
    public let id: MailID
    public let recipient: String
    public let subject: String
    /// Sealed.
    public let body: Data
    /// This one included.
    public let attempts: Int
    public let createdAt: Timestamp
    /// Who reads it and what it is about, where they may do without such mails.
    public let choice: MailSubscription?
}

/// A topic that somebody gets mails about.
public struct MailSubscription: Sendable, Equatable {
    public let user: UserID
    public let topic: MailTopic

    public init(user: UserID, topic: MailTopic) {
        self.user = user
        self.topic = topic
    }
}

/// The outbox of the instance: mails go to addresses and belong to no organization. A mail is to be sent while `next_attempt_at` is set;
/// during an attempt that is when another process may take it.
public enum MailRepository {
    public static func insert(
        _ mail: MailRecord, body: Data, choice: MailSubscription?, nextAttemptAt: Timestamp?, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO mail_outbox (id, recipient, subject, body, status, attempts, last_error, created_at, sent_at, next_attempt_at,
                                     reader_id, topic)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """, mail.id, mail.recipient, mail.subject, body, mail.status.rawValue, mail.attempts, mail.lastError, mail.createdAt,
            mail.sentAt, nextAttemptAt, choice?.user, choice?.topic.rawValue)
    }

    /// Takes the mail that has been due the longest; nil when none is.
    public static func claimDue(at now: Timestamp, until lease: Timestamp, in transaction: any Transaction) throws -> StoredMail? {
        let due = try transaction.query(
            """
            SELECT id FROM mail_outbox WHERE next_attempt_at IS NOT NULL AND next_attempt_at <= $1
            ORDER BY next_attempt_at, id LIMIT 1\(transaction.dialect.skipLocked)
            """, now)
        guard let id: MailID = try due.first?.id("id") else { return nil }
        return try claim(id, until: lease, in: transaction)
    }

    /// Takes one mail; nil when it was sent or given up.
    public static func claim(_ id: MailID, until lease: Timestamp, in transaction: any Transaction) throws -> StoredMail? {
        try transaction.query(
            """
            UPDATE mail_outbox SET status = 'SENDING', attempts = attempts + 1, next_attempt_at = $2
            WHERE id = $1 AND next_attempt_at IS NOT NULL RETURNING recipient, subject, body, attempts, created_at, reader_id, topic
            """, id, lease
        ).first.map { row in
            let (user, topic): (UserID?, MailTopic?) = (
                try row.optionalID("reader_id"), try row.optionalText("topic").flatMap(MailTopic.init)
            )
            return StoredMail(
                id: id, recipient: try row.text("recipient"), subject: try row.text("subject"), body: try row.bytes("body"),
                attempts: try row.int("attempts"), createdAt: try row.time("created_at"),
                choice: user.flatMap { user in topic.map { MailSubscription(user: user, topic: $0) } })
        }
    }

    /// The text is forgotten: nobody needs it any more.
    public static func sent(_ id: MailID, at now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE mail_outbox SET status = 'SENT', sent_at = $2, last_error = NULL, next_attempt_at = NULL, body = $3 WHERE id = $1
            """, id, now, Data())
    }

    /// Notes a failed attempt, unless another process has taken the mail meanwhile. Without `nextAttemptAt` it is given up and its text
    /// forgotten.
    public static func failed(_ mail: StoredMail, reason: String, nextAttemptAt: Timestamp?, in transaction: any Transaction) throws {
        let status: MailRecord.Status = nextAttemptAt == nil ? .failed : .queued
        try transaction.execute(
            """
            UPDATE mail_outbox SET status = $3, last_error = $4, next_attempt_at = $5, body = $6
            WHERE id = $1 AND status = 'SENDING' AND attempts = $2
            """, mail.id, mail.attempts, status.rawValue, reason, nextAttemptAt, nextAttemptAt == nil ? Data() : mail.body)
    }

    public static func newest(_ limit: Int, in transaction: any Transaction) throws -> [MailRecord] {
        try transaction.query(
            """
            SELECT id, recipient, subject, status, attempts, last_error, created_at, sent_at
            FROM mail_outbox ORDER BY created_at DESC, id DESC LIMIT $1
            """, limit
        ).map { row in
            MailRecord(
                id: try row.id("id"), recipient: try row.text("recipient"), subject: try row.text("subject"),
                status: try row.status("status"), attempts: try row.int("attempts"), lastError: try row.optionalText("last_error"),
                createdAt: try row.time("created_at"), sentAt: try row.optionalTime("sent_at"))
        }
    }

    public static func deleteFinished(before limit: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM mail_outbox WHERE created_at < $1 AND next_attempt_at IS NULL", limit)
    }
}
