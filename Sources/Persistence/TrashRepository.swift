import Domain

/// What was deleted and may come back, until it is gone for good.
public enum TrashRepository {
    // MARK: Posts

    /// How many posts the trash holds, counted up to `most`.
    public static func posts(of organization: OrganizationID, upTo most: Int, in transaction: any Transaction) throws -> Int {
        try transaction.query(
            """
            SELECT COUNT(*) AS count FROM (SELECT 1 FROM posts WHERE organization_id = $1 AND deleted_at IS NOT NULL LIMIT $2) AS one
            """, organization, most)[0].int("count")
    }

    /// Removes posts that were deleted before `end` for good, at most `limit`, with all that is kept about them; of one organization or of all.
    /// What a platform may still be working on stays. Returns how many it were.
    public static func purgePosts(
        deletedBefore end: Timestamp, of organization: OrganizationID?, limit: Int, in transaction: any Transaction
    ) throws -> Int {
        let owner = organization == nil ? "" : "AND organization_id = $3"
        let parameters = [end.sqlValue, limit.sqlValue] + (organization.map { [$0.sqlValue] } ?? [])
        return try transaction.query(
            """
            DELETE FROM posts WHERE id IN (
                SELECT id FROM posts WHERE deleted_at < $1 AND deleted_at IS NOT NULL \(owner)
                  AND NOT EXISTS (SELECT 1 FROM publications WHERE publications.post_id = posts.id
                                  AND publications.status IN ('QUEUED', 'PUBLISHING', 'PROCESSING', 'UNCONFIRMED'))
                ORDER BY deleted_at LIMIT $2)
            RETURNING id
            """, parameters
        ).count
    }

    // MARK: Files

    /// Takes a file out of the trash. False when it is not there.
    public static func restoreMedia(_ id: MediaID, of organization: OrganizationID, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE media SET deleted_at = NULL
            WHERE id = $1 AND organization_id = $2 AND deleted_at IS NOT NULL AND purged_at IS NULL
            """, id, organization) == 1
    }

    /// Takes the files that a post uses out of the trash; returns them.
    public static func restoreMedia(
        usedBy post: PostID, of organization: OrganizationID, in transaction: any Transaction
    ) throws -> [MediaID] {
        try transaction.query(
            """
            UPDATE media SET deleted_at = NULL
            WHERE id IN (SELECT media_id FROM post_media WHERE post_id = $1) AND organization_id = $2
              AND deleted_at IS NOT NULL AND purged_at IS NULL
            RETURNING id
            """, post, organization
        ).map { try $0.id("id") }
    }

    /// Removes a file for good, from the trash or not. Its row stays, because posts name it. Returns its digest; nil when there is none.
    public static func purgeMedia(
        _ id: MediaID, of organization: OrganizationID, now: Timestamp, in transaction: any Transaction
    ) throws -> String? {
        try transaction.query(
            """
            UPDATE media SET deleted_at = COALESCE(deleted_at, $3), purged_at = $3
            WHERE id = $1 AND organization_id = $2 AND purged_at IS NULL RETURNING digest
            """, id, organization, now
        ).first?.text("digest")
    }

    /// Removes the files that were deleted before `end` for good, at most `limit`, but for those of posts in the trash, which may come back; of
    /// one organization or of all. Returns their digests.
    public static func purgeMedia(
        deletedBefore end: Timestamp, of organization: OrganizationID?, limit: Int, now: Timestamp, in transaction: any Transaction
    ) throws -> [String] {
        let owner = organization == nil ? "" : "AND organization_id = $4"
        let parameters = [end.sqlValue, limit.sqlValue, now.sqlValue] + (organization.map { [$0.sqlValue] } ?? [])
        return try transaction.query(
            """
            UPDATE media SET purged_at = $3 WHERE id IN (
                SELECT id FROM media WHERE deleted_at < $1 AND deleted_at IS NOT NULL AND purged_at IS NULL \(owner)
                  AND NOT EXISTS (SELECT 1 FROM post_media m JOIN posts p ON p.id = m.post_id
                                  WHERE m.media_id = media.id AND p.deleted_at IS NOT NULL)
                ORDER BY deleted_at LIMIT $2)
            RETURNING digest
            """, parameters
        ).map { try $0.text("digest") }
    }
}
