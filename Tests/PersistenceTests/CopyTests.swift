import Domain
import Foundation
import Persistence
import TestSupport
import Testing

/// A copy of a database holds what may have gone out since it was made.
@Suite struct CopyTests {
    @Test func aCopyHoldsWhatWasUnderWayAndWhatBecameDueAndNothingElse() async throws {
        try await TestDatabase.withSQLite { database in
            try await Migrator.migrate(database, schema)
            let statuses = [
                ("QUEUED", 5), ("PUBLISHING", 5), ("PROCESSING", 5), ("UNCONFIRMED", 5), ("SCHEDULED", 5), ("ON_HOLD", 5), ("SCHEDULED", 50),
                ("PUBLISHED", 5), ("FAILED", 5), ("CANCELLED", 5), ("DRAFT", 5),
            ]
            try await Self.fill(database, statuses)
            let copy = database.path + ".copy"
            try await database.copy(to: copy, at: Timestamp(milliseconds: 4))
            let here = try await database.write { try CopyRepository.settle(now: Timestamp(milliseconds: 10), in: $0) }
            #expect(here == nil, "the original is no copy")

            let opened = try SQLiteDatabase(path: copy)
            let held = try await opened.write { try CopyRepository.settle(now: Timestamp(milliseconds: 10), in: $0) }
            #expect(held == 6)
            let rows = try await opened.read { transaction in
                try transaction.query("SELECT status, error_code FROM publications ORDER BY id").map {
                    "\(try $0.text("status")) \(try $0.optionalText("error_code") ?? "")"
                }
            }
            #expect(
                rows == Array(repeating: "UNCONFIRMED RESTORED", count: 6)
                    + ["SCHEDULED ", "PUBLISHED ", "FAILED ", "CANCELLED ", "DRAFT "])
            let jobs = try await opened.read { try $0.query("SELECT COUNT(*) AS count FROM jobs WHERE kind = 'publish'")[0].int("count") }
            #expect(jobs == 0)
            let again = try await opened.write { try CopyRepository.settle(now: Timestamp(milliseconds: 99), in: $0) }
            #expect(again == nil, "it is settled once")
            await opened.close()
        }
    }

    private static func fill(_ database: SQLiteDatabase, _ statuses: [(String, Int)]) async throws {
        try await database.write { transaction in
            try transaction.script(
                """
                INSERT INTO organizations (id, name, time_zone, created_at) VALUES ('o', 'Workspace', 'UTC', 1);
                INSERT INTO jobs (id, kind, payload, priority, run_at, attempts, fence, created_at) VALUES ('j', 'publish', 'b', 0, 1, 0, 0, 1);
                """)
            for (number, (status, due)) in statuses.enumerated() {
                let id = String(format: "01900000-0000-7000-8000-%012d", number)
                try transaction.script(
                    """
                    INSERT INTO integrations (id, organization_id, platform, platform_account_id, username, display_name, limits, settings,
                                              slots, scopes, credentials, refreshable, active, created_at, updated_at)
                    VALUES ('\(id)', 'o', 'mastodon', '\(id)', 'ada', 'Ada', '{}', '{}', '[]', '[]', X'00', 0, 1, 1, 1);
                    INSERT INTO posts (id, organization_id, origin, status, content, channels, search_text, sort_at, created_at, updated_at,
                                       revision)
                    VALUES ('\(id)', 'o', 'WEB', 'SCHEDULED', '{}', '[]', '', 1, 1, 1, 1);
                    INSERT INTO publications (id, organization_id, post_id, integration_id, occurrence, status, due_at, attempts, fence,
                                              refreshed, updated_at)
                    VALUES ('\(id)', 'o', '\(id)', '\(id)', 0, '\(status)', \(due), 0, 0, 0, 1);
                    """)
            }
        }
    }
}
