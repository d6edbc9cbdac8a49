import Domain

/// What PostgreSQL's own programs need to dump and restore the product's database.
public enum PostgresPrograms {
    /// `url` as variables for `pg_dump`, `pg_restore` and `psql`. Throws `DatabaseError.failed` when it cannot be read.
    public static func environment(for url: String) throws -> [String: String] { try PostgresAddress(url).environment }

    /// Makes room in a transaction for what a dump brings: every table of the schema goes, also those of a newer version.
    public static let clear = """
        DO $$ DECLARE found record; BEGIN
            FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
                EXECUTE format('DROP TABLE %I CASCADE', found.tablename);
            END LOOP;
        END $$;
        """

    /// After a dump was read: what it holds is a copy of `time`. `pg_restore` leaves the search path empty.
    public static func mark(at time: Timestamp) -> String { "RESET search_path; \(CopyRepository.mark(at: time));" }

    /// Why the database must not be replaced; nil when it may be.
    public static func obstacle(in database: any Database) async throws -> String? {
        try await database.read { transaction in
            let others = try transaction.query(
                """
                SELECT COUNT(*) AS count FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                """)[0].int("count")
            if others > 0 { return "\(others) other connections to this database are open. Stop every server and program that uses it." }
            let tables = try transaction.query("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").map { try $0.text("tablename") }
            guard tables.isEmpty || tables.contains("schema_migrations") else {
                return "The database holds tables of something else (\(tables.prefix(3).joined(separator: ", "))). Use a database of its own."
            }
            return nil
        }
    }
}
