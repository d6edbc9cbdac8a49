import Domain
import Foundation

/// Apps that the program registered itself with servers of a platform (Mastodon). Their secrets are sealed by the caller.
public enum PlatformAppRepository {
    public static func credentials(
        platform: PlatformID, instance: String, callbackURL: String, scopes: String, in transaction: any Transaction
    ) throws -> Data? {
        try transaction.query(
            "SELECT credentials FROM platform_apps WHERE platform = $1 AND instance_url = $2 AND callback_url = $3 AND scopes = $4",
            platform.rawValue, instance, callbackURL, scopes
        ).first.map { try $0.bytes("credentials") }
    }

    public static func save(
        _ credentials: Data, platform: PlatformID, instance: String, callbackURL: String, scopes: String, now: Timestamp,
        in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO platform_apps (platform, instance_url, callback_url, scopes, credentials, created_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (platform, instance_url, callback_url, scopes)
            DO UPDATE SET credentials = excluded.credentials, created_at = excluded.created_at
            """, platform.rawValue, instance, callbackURL, scopes, credentials, now)
    }
}
