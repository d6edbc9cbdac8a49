import Domain
import Foundation

/// Tables that become posts. What was only looked at keeps its file; what was done, the names of its posts.
public enum PostImportRepository {
    private static let columns = "id, name, status, count, created_at, done_at, undone_at"

    public static func insert(
        _ made: PostImport, file: Data?, of organization: OrganizationID, by user: UserID?, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO post_imports (id, organization_id, created_by, name, file, status, count, created_at, done_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, made.id, organization, user, made.name, file, made.status.rawValue, made.count, made.createdAt, made.doneAt)
    }

    /// Those that made posts, newest first.
    public static func list(of organization: OrganizationID, limit: Int, in transaction: any Transaction) throws -> [PostImport] {
        try transaction.query(
            """
            SELECT \(columns) FROM post_imports WHERE organization_id = $1 AND status <> 'CHECKED' ORDER BY id DESC LIMIT $2
            """, organization, limit
        ).map(made)
    }

    public static func find(
        _ id: PostImportID, of organization: OrganizationID, lock: Bool = false, in transaction: any Transaction
    ) throws -> PostImport? {
        try transaction.query(
            "SELECT \(columns) FROM post_imports WHERE id = $1 AND organization_id = $2\(lock ? transaction.dialect.forUpdate : "")", id, organization
        ).first.map(made)
    }

    public static func file(of id: PostImportID, _ organization: OrganizationID, in transaction: any Transaction) throws -> Data? {
        try transaction.query("SELECT file FROM post_imports WHERE id = $1 AND organization_id = $2", id, organization).first?.optionalBytes("file")
    }

    /// Its file is no longer needed.
    public static func finish(_ made: PostImport, of organization: OrganizationID, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE post_imports SET status = $3, count = $4, done_at = $5, undone_at = $6, file = NULL WHERE id = $1 AND organization_id = $2
            """, made.id, organization, made.status.rawValue, made.count, made.doneAt, made.undoneAt)
    }

    /// Those that were only looked at, but for the newest `kept` of this workspace and what is younger than `time`.
    public static func removeChecked(
        of organization: OrganizationID, before time: Timestamp, keeping kept: Int, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            DELETE FROM post_imports
            WHERE organization_id = $1 AND status = 'CHECKED' AND (created_at < $2 OR id NOT IN (
                SELECT id FROM post_imports WHERE organization_id = $1 AND status = 'CHECKED' ORDER BY id DESC LIMIT $3))
            """, organization, time, kept)
    }

    /// Notes which posts an import made.
    public static func note(_ posts: [PostID], madeBy id: PostImportID, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO imported_posts (post_id, import_id)
            SELECT value, $2 FROM \(transaction.dialect.elements(of: "$1"))
            """, try JSON.text(posts), id)
    }

    /// The posts of an import that are not in the trash.
    public static func posts(of id: PostImportID, _ organization: OrganizationID, in transaction: any Transaction) throws -> [PostID] {
        try transaction.query(
            """
            SELECT posts.id AS id FROM imported_posts JOIN posts ON posts.id = imported_posts.post_id
            WHERE import_id = $1 AND organization_id = $2 AND deleted_at IS NULL ORDER BY posts.id
            """, id, organization
        ).map { try $0.id("id") }
    }

    private static func made(_ row: SQLRow) throws -> PostImport {
        PostImport(
            id: try row.id("id"), name: try row.text("name"), status: try row.status("status"), count: try row.int("count"),
            createdAt: try row.time("created_at"), doneAt: try row.optionalTime("done_at"), undoneAt: try row.optionalTime("undone_at"))
    }
}
