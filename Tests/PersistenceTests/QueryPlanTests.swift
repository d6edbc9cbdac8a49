import Domain
import TestSupport
import Testing

@testable import Persistence

@Suite("Queries that every page makes")
struct QueryPlanTests {
    /// How the database would go about `sql`, in its own words. PostgreSQL is kept from reading a small table as a whole.
    private func plan(_ sql: String, _ parameters: [SQLValue], of database: any Database) async throws -> String {
        try await database.read { transaction in
            guard transaction.dialect == .postgres else {
                return try transaction.query("EXPLAIN QUERY PLAN \(sql)", parameters).map { try $0.text("detail") }.joined(separator: "\n")
            }
            _ = try transaction.query("SELECT set_config('enable_seqscan', 'off', TRUE), set_config('enable_bitmapscan', 'off', TRUE)")
            return try transaction.query("EXPLAIN \(sql)", parameters).map { try $0.text("QUERY PLAN") }.joined(separator: "\n")
        }
    }

    @Test("Workspaces with due posts are found without reading what is due", arguments: TestDatabase.all)
    func workspacesWithDue(on kind: TestDatabase) async throws {
        try await kind.withDatabase(schema) { database in
            let plan = try await plan(PublishingRepository.workspacesWithDue, [Timestamp.now.sqlValue], of: database)
            #expect(plan.contains("publications_turn") && !plan.contains("Seq Scan") && !plan.contains("SCAN p "), "\(plan)")
        }
    }

    @Test("What waits on channels is counted from the index alone", arguments: TestDatabase.all)
    func scheduledCounts(on kind: TestDatabase) async throws {
        try await kind.withDatabase(schema) { database in
            let plan = try await plan(
                IntegrationRepository.scheduledCounts(database.dialect), [try JSON.text([IntegrationID()]).sqlValue], of: database)
            switch kind {
            case .sqlite: #expect(plan.contains("USING COVERING INDEX publications_integration"), "\(plan)")
            case .postgres: #expect(plan.contains("Index Only Scan using publications_integration"), "\(plan)")
            }
        }
    }

    @Test("What is unread is counted among what may concern somebody, not among all that happens", arguments: TestDatabase.all)
    func unread(on kind: TestDatabase) async throws {
        try await kind.withDatabase(schema) { database in
            let plan = try await plan(
                NewsRepository.counting(database.dialect),
                [OrganizationID().sqlValue, 0.sqlValue, try JSON.text(NewsRepository.kinds).sqlValue, UserID().sqlValue, 100.sqlValue], of: database)
            #expect(plan.contains("product_events_news") && !plan.contains("Seq Scan"), "\(plan)")
        }
    }

    @Test("Posts that wait for review are counted by their status, not by reading all", arguments: TestDatabase.all)
    func counts(on kind: TestDatabase) async throws {
        try await kind.withDatabase(schema) { database in
            let sql = PostRepository.counts(of: [.draft, .inReview])
            let plan = try await plan(sql, [OrganizationID().sqlValue], of: database)
            #expect(plan.contains("posts_status") && !plan.contains("Seq Scan"), "\(plan)")
            if kind == .sqlite { #expect(plan.contains("status=?"), "\(plan)") }
        }
    }

    @Test("Posts of a few statuses are found by them, not among all", arguments: TestDatabase.all)
    func lists(on kind: TestDatabase) async throws {
        try await kind.withDatabase(schema) { database in
            var filter = PostRepository.Filter()
            filter.statuses = [.failed, .partiallyPublished]
            filter.from = .now
            let (sql, parameters) = try PostRepository.list(filter, of: OrganizationID(), dialect: database.dialect)
            let plan = try await plan(sql, parameters, of: database)
            #expect(plan.contains("posts_status") && !plan.contains("posts_order") && !plan.contains("Seq Scan"), "\(plan)")
        }
    }

    @Test("The oldest post that waits is found without reading all", arguments: TestDatabase.all)
    func oldestWaiting(on kind: TestDatabase) async throws {
        try await kind.withDatabase(schema) { database in
            let plan = try await plan(PublishingRepository.oldestWaiting, [], of: database)
            // In an empty table PostgreSQL finds both indexes of planned publications equally cheap.
            let isIndexed = plan.contains("publications_due") || (kind == .postgres && plan.contains("publications_turn"))
            #expect(isIndexed && !plan.contains("Seq Scan") && !plan.contains("SCAN publications"), "\(plan)")
        }
    }

    @Test("A calendar counts what it does not show from an index alone", arguments: TestDatabase.all)
    func calendar(on kind: TestDatabase) async throws {
        try await kind.withDatabase(schema) { database in
            let days = (0..<3).map { Timestamp.now + .days($0)..<Timestamp.now + .days($0 + 1) }
            let (sql, parameters) = try CalendarRepository.statement(
                days, showing: 3, filter: PostRepository.Filter(), of: OrganizationID(), dialect: database.dialect)
            let plan = try await plan(sql, parameters, of: database)
            switch kind {
            case .sqlite: #expect(plan.contains("SEARCH posts USING COVERING INDEX posts_calendar"), "\(plan)")
            case .postgres: #expect(plan.contains("Index Only Scan using posts_calendar"), "\(plan)")
            }
        }
    }

    @Test("The times that are taken on a channel are found by time", arguments: TestDatabase.all)
    func taken(on kind: TestDatabase) async throws {
        try await kind.withDatabase(schema) { database in
            let parameters = [IntegrationID().sqlValue, Timestamp.now.sqlValue, Timestamp.now.sqlValue]
            let plan = try await plan(PublicationRepository.plannedTimes, parameters, of: database)
            #expect(plan.contains("publications_planned") && !plan.contains("Seq Scan on publications"), "\(plan)")
        }
    }

    @Test("What is said on a channel around a time is found by time", arguments: TestDatabase.all)
    func said(on kind: TestDatabase) async throws {
        try await kind.withDatabase(schema) { database in
            let parameters = [IntegrationID().sqlValue, OrganizationID().sqlValue, Timestamp.now.sqlValue, Timestamp.now.sqlValue]
            let plan = try await plan(EvergreenRepository.said, parameters, of: database)
            let wanted = ["publications_planned", "publications_published", "publications_integration"]
            #expect(wanted.allSatisfy(plan.contains) && !plan.contains("Seq Scan on publications"), "\(plan)")
        }
    }

    @Test("PostgreSQL looks a few posts up among thousands instead of reading all", arguments: TestDatabase.postgresIfAny)
    func lookUps(on kind: TestDatabase) async throws {
        try await kind.withDatabase(schema) { database in
            let organization = OrganizationID()
            try await database.write {
                try $0.execute("INSERT INTO organizations (id, name, time_zone, created_at) VALUES ($1, 'Wheels', 'UTC', 0)", organization)
            }
            let days = (0..<28).map { Timestamp(milliseconds: $0 * 86_400_000)..<Timestamp(milliseconds: ($0 + 1) * 86_400_000) }
            let known = "SELECT id FROM posts WHERE id \(database.dialect.isOne(of: "$1")) ORDER BY id FOR UPDATE"
            let calendar = try CalendarRepository.statement(
                days, showing: 3, filter: PostRepository.Filter(), of: organization, dialect: database.dialect)
            let steps = [(1...3000, known, [try JSON.text(["post 1"]).sqlValue]), (3001...60_000, calendar.sql, calendar.parameters)]
            for (posts, sql, parameters) in steps {
                try await database.write { transaction in
                    try transaction.execute(
                        """
                        INSERT INTO posts (id, organization_id, origin, status, content, channels, search_text, scheduled_for, sort_at, created_at,
                                           updated_at, revision)
                        SELECT 'post ' || n, $1, 'WEB', 'SCHEDULED', '{}', '[]', repeat('words ', 50), CAST(n AS BIGINT) * 3600000, 0, 0, 0, 1
                        FROM generate_series(\(posts.lowerBound), \(posts.upperBound)) n
                        """, organization)
                    try transaction.script("ANALYZE posts")
                }
                let plan = try await database.read {
                    try $0.query("EXPLAIN \(sql)", parameters).map { try $0.text("QUERY PLAN") }.joined(separator: "\n")
                }
                #expect(!plan.contains("Seq Scan on posts"), "\(plan)")
            }
        }
    }
}
