import Domain
import Foundation

/// A column that holds what is sealed, described: reading and replacing is the same for all of them.
public struct SealedColumn: Sendable {
    public let table: String
    public let name: String
    /// The columns of the primary key, in order. All are text.
    public let keys: [String]
    /// The bytes are written as base64 in a column of text.
    let isText: Bool
    /// Which rows hold something sealed.
    let filter: String
    /// What a person knows the row by, in SQL.
    let label: String
    /// Which rows may be replaced, in SQL; `{now}` is the time in milliseconds.
    let free: String

    init(_ table: String, _ name: String, keys: [String], isText: Bool = false, filter: String, label: String, free: String = "TRUE") {
        (self.table, self.name, self.keys, self.isText) = (table, name, keys, isText)
        (self.filter, self.label, self.free) = (filter, label, free)
    }

    /// Who renews tokens knows by their sealed bytes whether they are still the ones that it has read: under its lease they stay as they are.
    private static let unleased = "(refresh_lease_until IS NULL OR refresh_lease_until <= {now})"

    public static let channels = SealedColumn(
        "integrations", "credentials", keys: ["id"], filter: "purged_at IS NULL", label: "platform || ' ' || display_name", free: unleased)
    public static let earlierTokens = SealedColumn(
        "integrations", "previous_credentials", keys: ["id"], filter: "purged_at IS NULL AND previous_credentials IS NOT NULL",
        label: "platform || ' ' || display_name", free: unleased)
    public static let connecting = SealedColumn("connect_states", "memory", keys: ["callback_key"], filter: "TRUE", label: "platform")
    public static let apps = SealedColumn(
        "platform_apps", "credentials", keys: ["platform", "instance_url", "callback_url", "scopes"], filter: "TRUE", label: "instance_url")
    public static let mails = SealedColumn("mail_outbox", "body", keys: ["id"], filter: "next_attempt_at IS NOT NULL", label: "id")
    public static let answers = SealedColumn(
        "idempotency_keys", "response", keys: ["organization_id", "operation", "key"], isText: true, filter: "response IS NOT NULL",
        label: "operation")
    public static let webhooks = SealedColumn("webhooks", "secret", keys: ["id"], filter: "TRUE", label: "name")
    public static let earlierWebhooks = SealedColumn(
        "webhooks", "previous_secret", keys: ["id"], filter: "previous_secret IS NOT NULL", label: "name")
    public static let platformSettings = SealedColumn("platform_settings", "value", keys: ["name"], filter: "TRUE", label: "name")
    public static let secondFactors = SealedColumn("second_factors", "secret", keys: ["user_id"], filter: "TRUE", label: "user_id")
}

/// One value as it is stored.
public struct SealedValue: Sendable, Equatable {
    /// The row's primary key.
    public let key: [String]
    public let label: String
    public let sealed: Data
}

/// What is sealed, of all organizations: for giving it another key, and for nothing else.
public enum SealedRepository {
    /// The first `limit` values whose primary keys follow `last`, in the order of these.
    public static func page(
        of column: SealedColumn, after last: [String]?, limit: Int, in transaction: any Transaction
    ) throws -> [SealedValue] {
        let keys = column.keys.joined(separator: ", ")
        let start = last == nil ? "" : " AND (\(keys)) > (\(column.keys.indices.map { "$\($0 + 1)" }.joined(separator: ", ")))"
        return try transaction.query(
            """
            SELECT \(keys), \(column.label) AS shown_label, \(column.name) AS sealed_value FROM \(column.table)
            WHERE \(column.filter)\(start) ORDER BY \(keys) LIMIT \(limit)
            """, (last ?? []).map(\.sqlValue)
        ).map { row in
            // Text that is no base64 was sealed by nobody: it will not open.
            let sealed = column.isText ? Data(base64Encoded: try row.text("sealed_value")) ?? Data() : try row.bytes("sealed_value")
            return SealedValue(key: try column.keys.map { try row.text($0) }, label: try row.text("shown_label"), sealed: sealed)
        }
    }

    public static func count(of column: SealedColumn, in transaction: any Transaction) throws -> Int {
        try transaction.query("SELECT COUNT(*) AS number FROM \(column.table) WHERE \(column.filter)")[0].int("number")
    }

    /// Puts `new` in the place of `old`. False when something else stands there by now, or somebody is about to put something there.
    public static func replace(
        _ old: SealedValue, in column: SealedColumn, by new: Data, now: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        let stored = { (data: Data) in column.isText ? data.base64EncodedString().sqlValue : data.sqlValue }
        let isRow = column.keys.enumerated().map { "\($1) = $\($0 + 3)" }.joined(separator: " AND ")
        return try transaction.execute(
            """
            UPDATE \(column.table) SET \(column.name) = $1
            WHERE \(column.name) = $2 AND \(isRow) AND \(column.free.replacing("{now}", with: "\(now.milliseconds)"))
            """, [stored(new), stored(old.sealed)] + old.key.map(\.sqlValue)) == 1
    }
}
