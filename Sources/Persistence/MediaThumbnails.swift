import Domain

/// Small pictures that are still to be made.
extension MediaRepository {
    /// How often one is begun: once more after a process that died over it.
    private static let mostTries = 2

    /// Takes the oldest file whose small picture is to be made, of the workspace that comes next after `last`, so that all have their turns.
    /// Nobody else takes it before `until`. Nil when there is none.
    public static func takeForThumbnail(
        after last: OrganizationID?, now: Timestamp, until: Timestamp, in transaction: any Transaction
    ) throws -> Media? {
        try transaction.execute("UPDATE media SET thumbnail_due = NULL WHERE thumbnail_due <= $1 AND thumbnail_tries >= $2", now, mostTries)
        return try transaction.query(
            """
            UPDATE media SET thumbnail_due = $2, thumbnail_tries = thumbnail_tries + 1
            WHERE id = (SELECT id FROM media WHERE thumbnail_due <= $1 AND deleted_at IS NULL
                        ORDER BY CASE WHEN organization_id > $3 THEN 0 ELSE 1 END, organization_id, created_at
                        LIMIT 1\(transaction.dialect.skipLocked))
            RETURNING \(columns)
            """, now, until, last?.text ?? ""
        ).first.map(media)
    }

    /// Gives back what was taken by somebody who has to stop: it counts as never begun.
    public static func putBackForThumbnail(_ id: MediaID, now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE media SET thumbnail_due = $2, thumbnail_tries = thumbnail_tries - 1 WHERE id = $1", id, now)
    }

    /// Notes for every item of these bytes whether there is a small picture, and returns those that have one now.
    public static func endThumbnail(
        ofDigest digest: String, made: Bool, in transaction: any Transaction
    ) throws -> [(id: MediaID, organization: OrganizationID)] {
        let rows = try transaction.query(
            """
            UPDATE media SET has_thumbnail = $2, thumbnail_due = NULL WHERE digest = $1 AND deleted_at IS NULL AND NOT has_thumbnail
            RETURNING id, organization_id
            """, digest, made)
        return made ? try rows.map { (try $0.id("id"), try $0.id("organization_id")) } : []
    }
}
