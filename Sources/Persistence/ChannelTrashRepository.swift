import Domain
import Foundation

/// Channels that were removed and may come back, with all that is theirs, until they are gone for good. Their rows stay even then, because
/// publications name them.
public enum ChannelTrashRepository {
    private static let lies = "deleted_at IS NOT NULL AND purged_at IS NULL"

    /// A channel that may come back.
    public struct Trashed: Sendable {
        public let channel: Integration
        public let deletedAt: Timestamp
    }

    /// What lies in an organization's trash, the latest first.
    public static func list(of organization: OrganizationID, in transaction: any Transaction) throws -> [Trashed] {
        try transaction.query(
            """
            SELECT \(IntegrationRepository.columns), deleted_at FROM integrations WHERE organization_id = $1 AND \(lies)
            ORDER BY deleted_at DESC, id
            """, organization
        ).map { Trashed(channel: try IntegrationRepository.integration($0), deletedAt: try $0.time("deleted_at")) }
    }

    public static func find(_ id: IntegrationID, of organization: OrganizationID, in transaction: any Transaction) throws -> Integration? {
        try transaction.query(
            "SELECT \(IntegrationRepository.columns) FROM integrations WHERE id = $1 AND organization_id = $2 AND \(lies)", id, organization
        ).first.map(IntegrationRepository.integration)
    }

    /// The channel in the trash that stands for this account of a platform.
    public static func find(
        account: String, on platform: PlatformID, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> Integration? {
        try transaction.query(
            """
            SELECT \(IntegrationRepository.columns) FROM integrations
            WHERE organization_id = $1 AND platform = $2 AND platform_account_id = $3 AND \(lies)
            ORDER BY deleted_at DESC LIMIT 1\(transaction.dialect.forUpdate)
            """, organization, platform.rawValue, account
        ).first.map(IntegrationRepository.integration)
    }

    /// Whether any of these channels lies in the trash.
    public static func holds(anyOf ids: [IntegrationID], of organization: OrganizationID, in transaction: any Transaction) throws -> Bool {
        try !transaction.query(
            """
            SELECT 1 AS one FROM integrations
            WHERE id \(transaction.dialect.isOne(of: "$1")) AND organization_id = $2 AND \(lies) LIMIT 1
            """, try JSON.text(ids), organization
        ).isEmpty
    }

    /// Puts a channel into the trash; its tokens stay, sealed. False when it is not there.
    public static func put(_ id: IntegrationID, of organization: OrganizationID, now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            "UPDATE integrations SET deleted_at = $3, updated_at = $3 WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL",
            id, organization, now) == 1
    }

    /// Takes a channel out of the trash. False when it is not there. Throws `DatabaseError.uniqueViolation` when its account is connected anew.
    public static func restore(
        _ id: IntegrationID, of organization: OrganizationID, now: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE integrations SET deleted_at = NULL, updated_at = $3, refresh_not_before = NULL
            WHERE id = $1 AND organization_id = $2 AND \(lies)
            """, id, organization, now) == 1
    }

    /// Takes a channel away for good, with its tokens, from the trash or not. False when it is gone already.
    public static func purge(_ id: IntegrationID, now: Timestamp, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE integrations SET deleted_at = COALESCE(deleted_at, $2), purged_at = $2, updated_at = $2, active = FALSE, credentials = $3,
                   previous_credentials = NULL, refresh_after = NULL
            WHERE id = $1 AND purged_at IS NULL
            """, id, now, Data([0])) == 1
    }

    /// A channel with its sealed tokens, in the trash or not.
    public static func withCredentials(
        _ id: IntegrationID, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> (channel: Integration, sealed: Data)? {
        try transaction.query(
            """
            SELECT \(IntegrationRepository.columns), credentials FROM integrations
            WHERE id = $1 AND organization_id = $2 AND purged_at IS NULL\(transaction.dialect.forUpdate)
            """, id, organization
        ).first.map { (try IntegrationRepository.integration($0), try $0.bytes("credentials")) }
    }

    /// Channels that were put there before `end`, at most `limit`, the oldest first; of one organization or of all.
    public static func old(
        deletedBefore end: Timestamp, of organization: OrganizationID?, limit: Int, in transaction: any Transaction
    ) throws -> [(id: IntegrationID, organizationId: OrganizationID)] {
        try transaction.query(
            """
            SELECT id, organization_id FROM integrations
            WHERE deleted_at < $1 AND \(lies) AND (CAST($3 AS TEXT) IS NULL OR organization_id = $3) ORDER BY deleted_at LIMIT $2
            """, end, limit, organization
        ).map { (try $0.id("id"), try $0.id("organization_id")) }
    }

    // MARK: What is planned there

    private static let clean = "error_code = NULL, error_message = NULL, error_kind = NULL, error_answer = NULL"

    /// Holds what is planned on a channel and not under way, and returns the posts it belongs to. Drafts stay drafts.
    public static func holdPlanned(on id: IntegrationID, now: Timestamp, in transaction: any Transaction) throws -> [PostID] {
        try changed(
            """
            UPDATE publications SET status = 'ON_HOLD', next_attempt_at = NULL,
                   \(PublishingRepository.showing("'\(Hold.channelInTrash.rawValue)'")), error_answer = NULL, updated_at = $2
            WHERE integration_id = $1 AND status IN ('SCHEDULED', 'ON_HOLD', 'QUEUED') RETURNING post_id
            """, [id.sqlValue, now.sqlValue], now: now, in: transaction)
    }

    /// Makes drafts of what was held there and should have gone out before `earliest`.
    public static func makeDrafts(
        on id: IntegrationID, dueBefore earliest: Timestamp, now: Timestamp, in transaction: any Transaction
    ) throws -> [PostID] {
        try changed(
            """
            UPDATE publications SET status = 'DRAFT', next_attempt_at = NULL, refreshed = FALSE, \(clean), updated_at = $2
            WHERE integration_id = $1 AND status = 'ON_HOLD' AND error_code = '\(Hold.channelInTrash.rawValue)' AND due_at < $3
            RETURNING post_id
            """, [id.sqlValue, now.sqlValue, earliest.sqlValue], now: now, in: transaction)
    }

    /// Cancels what is planned on a channel and has not begun to go out, and returns the posts it belonged to. Drafts stay drafts.
    public static func cancelPlanned(on id: IntegrationID, now: Timestamp, in transaction: any Transaction) throws -> [PostID] {
        try changed(
            """
            UPDATE publications SET status = 'CANCELLED', next_attempt_at = NULL, refreshed = FALSE, \(clean), updated_at = $2
            WHERE integration_id = $1 AND status IN ('SCHEDULED', 'ON_HOLD', 'QUEUED') RETURNING post_id
            """, [id.sqlValue, now.sqlValue], now: now, in: transaction)
    }

    private static func changed(
        _ sql: String, _ parameters: [SQLValue], now: Timestamp, in transaction: any Transaction
    ) throws -> [PostID] {
        let posts = Set(try transaction.query(sql, parameters).map { try $0.id("post_id", of: Post.self) }).sorted()
        try PublicationRepository.refreshPostStatus(posts, now: now, in: transaction)
        return posts
    }
}
