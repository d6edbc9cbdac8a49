import Domain
import Foundation

/// Settings of platforms that administrators entered in the interface, by the variables' names. They are sealed by the caller.
public enum PlatformSettingRepository {
    public struct Setting: Sendable, Equatable {
        public let name: String
        public let sealed: Data
    }

    /// All of them, by name.
    public static func all(in transaction: any Transaction) throws -> [Setting] {
        try transaction.query("SELECT name, value FROM platform_settings ORDER BY name").map {
            Setting(name: try $0.text("name"), sealed: try $0.bytes("value"))
        }
    }

    public static func save(_ sealed: Data, as name: String, at now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO platform_settings (name, value, updated_at) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
            """, name, sealed, now)
    }

    /// True when there was one.
    public static func remove(_ name: String, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM platform_settings WHERE name = $1", name) == 1
    }
}
