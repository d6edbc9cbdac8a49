import Domain
import Foundation
import Persistence
import TestSupport
import Testing

/// What somebody stored with any earlier version is there after an update.
@Suite struct UpgradeTests {
    /// Rows as the first version that knew them wrote them, by the step that made their tables.
    private static let rows: [(step: Int, sql: String)] = [
        (
            1,
            """
            INSERT INTO organizations (id, name, time_zone, created_at) VALUES ('o', 'Workspace', 'Europe/Paris', 1);
            INSERT INTO users (id, email, name, password_hash, role, time_zone, locale, created_at)
            VALUES ('u', 'ada@example.com', 'Ada', 'hash', 'ADMIN', 'Europe/Paris', 'en', 1);
            INSERT INTO memberships (user_id, organization_id, role, created_at) VALUES ('u', 'o', 'OWNER', 1);
            INSERT INTO api_keys (id, organization_id, created_by, name, prefix, hash, scopes, created_at, active)
            VALUES ('k', 'o', 'u', 'Key', 'ptz_', 'h', '[]', 1, TRUE);
            """
        ),
        (
            2,
            """
            INSERT INTO integrations (id, organization_id, platform, platform_account_id, username, display_name, limits, settings, slots,
                                      scopes, credentials, refreshable, active, created_at, updated_at)
            VALUES ('i', 'o', 'mastodon', 'a', 'ada', 'Ada', '{}', '{}', '[]', '[]', 'sealed', FALSE, TRUE, 1, 1);
            INSERT INTO media (id, organization_id, name, kind, mime_type, size, digest, has_thumbnail, created_at)
            VALUES ('m', 'o', 'picture.png', 'IMAGE', 'image/png', 1, 'd', FALSE, 1);
            """
        ),
        (
            3,
            """
            INSERT INTO posts (id, organization_id, created_by, origin, status, content, channels, search_text, scheduled_for, time_zone,
                               sort_at, created_at, updated_at, revision)
            VALUES ('p', 'o', 'u', 'WEB', 'SCHEDULED', '{"parts": []}', '["i"]', 'text', 4102444800000, 'Europe/Paris', 1, 1, 1, 1);
            INSERT INTO publications (id, organization_id, post_id, integration_id, occurrence, status, due_at, attempts, fence, refreshed,
                                      updated_at)
            VALUES ('b', 'o', 'p', 'i', 0, 'SCHEDULED', 4102444800000, 0, 0, FALSE, 1);
            """
        ),
    ]
    private static let kept = [
        (1, "users", "email", "ada@example.com"), (1, "api_keys", "name", "Key"), (2, "integrations", "display_name", "Ada"),
        (2, "media", "name", "picture.png"), (3, "posts", "search_text", "text"), (3, "publications", "status", "SCHEDULED"),
    ]

    @Test(arguments: TestDatabase.all, schema.map(\.number))
    func whatAnEarlierVersionStoredIsThereAfterAnUpdate(_ kind: TestDatabase, from step: Int) async throws {
        try await kind.withDatabase(schema.filter { $0.number <= step }) { database in
            for rows in Self.rows where rows.step <= step {
                // SQLite keeps truth values as numbers.
                let sql = database.dialect == .sqlite ? rows.sql.replacing("'sealed'", with: "X'00'") : rows.sql
                try await database.write { try $0.script(sql) }
            }
            #expect(try await Migrator.missing(database, schema) == schema.filter { $0.number > step })
            try await Migrator.migrate(database, schema)
            #expect(try await Migrator.missing(database, schema).isEmpty)
            for (since, table, column, value) in Self.kept where since <= step {
                let found = try await database.read { try $0.query("SELECT \(column) AS value FROM \(table)").map { try $0.text("value") } }
                #expect(found == [value], "\(table) after an update from step \(step)")
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func stepsThatAreMissingAreToldWithoutAChange(_ kind: TestDatabase) async throws {
        try await kind.withDatabase { database in
            #expect(try await Migrator.step(of: database) == nil)
            #expect(try await Migrator.missing(database, schema) == schema)
            #expect(try await Migrator.step(of: database) == nil)
            try await Migrator.migrate(database, schema)
            await #expect(throws: MigrationError.self) { try await Migrator.missing(database, Array(schema.prefix(3))) }
        }
    }
}
