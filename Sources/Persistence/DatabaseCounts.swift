import Domain

/// How much of what there is in a database. Nothing of what it is.
public struct DatabaseCounts: Codable, Sendable, Equatable {
    /// How many rows each table has.
    public let rows: [String: Int]
    /// How many publications are in each status, and jobs of each kind.
    public let publications: [String: Int]
    public let jobs: [String: Int]
    public let channelsByPlatform: [String: Int]
    /// The numbers of the schema's steps that were applied.
    public let steps: [Int]

    public static func of(_ database: any Database) async throws -> DatabaseCounts {
        try await database.read { transaction in
            let tables = try transaction.query(
                transaction.dialect == .sqlite
                    ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
                    : "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
            ).map { try $0.text("name") }
            let rows = try tables.map { ($0, try transaction.query("SELECT COUNT(*) AS number FROM \"\($0)\"")[0].int("number")) }
            let grouped = { (column: String, table: String) in
                let rows = try transaction.query("SELECT \(column) AS name, COUNT(*) AS number FROM \(table) GROUP BY \(column)")
                return Dictionary(try rows.map { (try $0.text("name"), try $0.int("number")) }) { $1 }
            }
            return DatabaseCounts(
                rows: Dictionary(rows) { $1 }, publications: try grouped("status", "publications"), jobs: try grouped("kind", "jobs"),
                channelsByPlatform: try grouped("platform", "integrations WHERE deleted_at IS NULL"),
                steps: try transaction.query("SELECT number FROM schema_migrations ORDER BY number").map { try $0.int("number") })
        }
    }
}
