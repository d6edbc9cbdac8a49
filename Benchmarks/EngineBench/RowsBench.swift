import Domain
import Foundation
import Persistence

/// Posts written one by one, and weeks of them read, from several callers at once. `Benchmarks/rows.py` lets pgbench do the same.
struct RowsBench: Sendable {
    let database: any Database
    static let callers = 8
    static let workspace = "01900000-0000-7000-8000-000000000001"
    private static let content = #"{"parts":[{"text":"A post of the benchmark, as long as posts usually are on most of the platforms.","mediaIds":[]}]}"#

    /// Runs `work` again and again and says how often a second.
    func run(_ work: @escaping @Sendable (any Database) async throws -> Void) async throws {
        let seconds = CommandLine.arguments.dropFirst(2).first.flatMap { Double($0) } ?? 5
        let (database, start) = (database, ContinuousClock.now)
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<Self.callers {
                group.addTask {
                    var count = 0
                    while ContinuousClock.now - start < .seconds(seconds) {
                        try await work(database)
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        print("RESULT \(Double(done) / ((ContinuousClock.now - start) / .seconds(1)))")
    }

    static func insert(_ database: any Database) async throws {
        try await database.write { transaction in
            try transaction.execute(
                """
                INSERT INTO posts (id, organization_id, origin, status, content, channels, search_text, scheduled_for, sort_at, created_at, updated_at, revision)
                VALUES ($1, $2, 'WEB', 'SCHEDULED', $3, '[]', 'a post', $4, $4, $4, $4, 1)
                """, UUID().uuidString, workspace, content, Int.random(in: 2_000_000_000_000...2_100_000_000_000))
        }
    }

    static func week(_ database: any Database) async throws {
        let start = Int.random(in: 0..<200) * 604_800_000
        let rows = try await database.read { transaction in
            try transaction.query(
                """
                SELECT id, status, scheduled_for, content, channels FROM posts
                WHERE organization_id = $1 AND deleted_at IS NULL AND scheduled_for >= $2 AND scheduled_for < $3 ORDER BY scheduled_for, id
                """, workspace, start, start + 604_800_000
            ).map { (try $0.text("id"), try $0.text("status"), try $0.int("scheduled_for"), try $0.text("content"), try $0.text("channels")) }
        }
        guard rows.count == 50 else { throw ProblemReport(.conflict, "50 posts were to be found, not \(rows.count).") }
    }
}
