import Domain

/// Files on their way up in pieces. Their bytes are not here.
public enum PartialUploadRepository {
    private static let columns = "id, organization_id, name, alt_text, size, received, media_id, created_at, expires_at"

    public static func insert(_ upload: PartialUpload, in transaction: any Transaction) throws {
        try transaction.execute(
            "INSERT INTO partial_uploads (\(columns)) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            upload.id, upload.organizationId, upload.name, upload.altText, upload.size, upload.received, upload.mediaId, upload.createdAt,
            upload.expiresAt)
    }

    public static func find(
        _ id: PartialUploadID, of organization: OrganizationID, now: Timestamp, in transaction: any Transaction
    ) throws -> PartialUpload? {
        try transaction.query(
            "SELECT \(columns) FROM partial_uploads WHERE id = $1 AND organization_id = $2 AND expires_at > $3", id, organization, now
        ).first.map(upload)
    }

    /// How many of the organization's are not whole yet.
    public static func countOpen(of organization: OrganizationID, now: Timestamp, in transaction: any Transaction) throws -> Int {
        try transaction.query(
            "SELECT COUNT(*) AS count FROM partial_uploads WHERE organization_id = $1 AND media_id IS NULL AND expires_at > $2", organization, now
        ).first?.int("count") ?? 0
    }

    /// Counts what arrived, if nobody else has counted since. False otherwise.
    public static func advance(
        _ id: PartialUploadID, of organization: OrganizationID, from offset: Int, to received: Int, expiresAt: Timestamp,
        in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE partial_uploads SET received = $4, expires_at = $5
            WHERE id = $1 AND organization_id = $2 AND received = $3 AND media_id IS NULL
            """, id, organization, offset, received, expiresAt) == 1
    }

    /// Takes a whole upload to make a file of it, unless somebody does so until `busyUntil` of theirs. False then.
    public static func claim(
        _ id: PartialUploadID, of organization: OrganizationID, now: Timestamp, busyUntil: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE partial_uploads SET busy_until = $4
            WHERE id = $1 AND organization_id = $2 AND received = size AND media_id IS NULL AND (busy_until IS NULL OR busy_until < $3)
            """, id, organization, now, busyUntil) == 1
    }

    /// Ends a claim: with the file that was made, or with nil so that it can be tried again.
    public static func release(
        _ id: PartialUploadID, of organization: OrganizationID, media: MediaID?, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            "UPDATE partial_uploads SET busy_until = NULL, media_id = $3 WHERE id = $1 AND organization_id = $2", id, organization, media)
    }

    public static func remove(_ id: PartialUploadID, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM partial_uploads WHERE id = $1 AND organization_id = $2", id, organization)
    }

    /// Forgets those of every organization that expired, and tells which.
    public static func removeExpired(now: Timestamp, in transaction: any Transaction) throws -> [PartialUploadID] {
        try transaction.query("DELETE FROM partial_uploads WHERE expires_at <= $1 RETURNING id", now).map { try $0.id("id") }
    }

    private static func upload(_ row: SQLRow) throws -> PartialUpload {
        PartialUpload(
            id: try row.id("id"), organizationId: try row.id("organization_id"), name: try row.text("name"),
            altText: try row.optionalText("alt_text"), size: try row.int("size"), received: try row.int("received"),
            mediaId: try row.optionalID("media_id"), createdAt: try row.time("created_at"), expiresAt: try row.time("expires_at"))
    }
}
