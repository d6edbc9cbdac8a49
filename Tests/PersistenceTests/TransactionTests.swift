import Domain
import Foundation
import Persistence
import TestSupport
import Testing

private struct ChangedMyMind: Error, Equatable {}

/// What a transaction must do, on both databases alike.
@Suite struct TransactionTests {
    private func count(_ table: String, in database: any Database) async throws -> Int {
        try await database.read { try $0.query("SELECT COUNT(*) AS count FROM \(table)")[0].int("count") }
    }

    @Test(arguments: TestDatabase.all)
    func anErrorOfTheWorkUndoesAllOfIt(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            await #expect(throws: ChangedMyMind()) {
                try await database.write { transaction in
                    try transaction.execute("INSERT INTO parents (id) VALUES (1)")
                    try transaction.execute("INSERT INTO parents (id) VALUES (2)")
                    throw ChangedMyMind()
                }
            }
            let stored = try await count("parents", in: database)
            #expect(stored == 0)
        }
    }

    @Test(arguments: TestDatabase.all)
    func aFailedStatementDoomsItsTransactionEvenWhenPassedOver(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            try await database.write { try $0.execute("INSERT INTO parents (id) VALUES (1)") }
            await #expect(throws: DatabaseError.self) {
                try await database.write { transaction in
                    try transaction.execute("INSERT INTO parents (id) VALUES (2)")
                    _ = try? transaction.execute("INSERT INTO parents (id) VALUES (1)")
                    _ = try? transaction.execute("INSERT INTO parents (id) VALUES (3)")
                }
            }
            #expect(try await count("parents", in: database) == 1)
        }
    }

    @Test(arguments: TestDatabase.all)
    func whatIsOnlySentIsDoneInItsOrder(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let count = "UPDATE counters SET value = value * 10 + $1 WHERE name = 'a'"
            let seen = try await database.write { transaction in
                try transaction.send("INSERT INTO counters (name, value) VALUES ('a', 0)")
                try transaction.send(count, 1)
                try transaction.execute(count, 2)
                try transaction.send(count, 3)
                let seen = try transaction.query("SELECT value FROM counters")[0].int("value")
                try transaction.send(count, 4)
                return seen
            }
            let stored = try await database.read { try $0.query("SELECT value FROM counters")[0].int("value") }
            #expect(seen == 123)
            #expect(stored == 1234)
        }
    }

    @Test(arguments: TestDatabase.all, [true, false])
    func whatIsOnlySentAndFailsUndoesAllOfIt(_ kind: TestDatabase, isLast: Bool) async throws {
        try await kind.withSamples(connections: 1) { database in
            try await database.write { try $0.execute("INSERT INTO parents (id) VALUES (1)") }
            await #expect(throws: DatabaseError.self) {
                try await database.write { transaction in
                    try transaction.execute("INSERT INTO parents (id) VALUES (2)")
                    try transaction.send("INSERT INTO parents (id) VALUES ($1)", 1)
                    if !isLast { try transaction.execute("INSERT INTO parents (id) VALUES (3)") }
                }
            }
            #expect(try await count("parents", in: database) == 1)
            // The same statements on the same connection.
            try await database.write { try $0.send("INSERT INTO parents (id) VALUES ($1)", 4) }
            #expect(try await count("parents", in: database) == 2)
        }
    }

    @Test(arguments: TestDatabase.all)
    func whatFollowsACommitHappensOnceItIsStoredAndNotWhenItIsUndone(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let (followers, follow) = AsyncStream.makeStream(of: String.self)
            await #expect(throws: ChangedMyMind()) {
                try await database.write { transaction in
                    try transaction.execute("INSERT INTO parents (id) VALUES (1)")
                    transaction.afterCommit { follow.yield("undone") }
                    throw ChangedMyMind()
                }
            }
            try await database.write { transaction in
                try transaction.execute("INSERT INTO parents (id) VALUES (1)")
                transaction.afterCommit { follow.yield("first") }
                transaction.afterCommit { follow.yield("second") }
            }
            follow.yield("returned")
            follow.finish()
            let order = await followers.reduce(into: [String]()) { $0.append($1) }
            #expect(order == ["first", "second", "returned"])
        }
    }

    @Test(arguments: TestDatabase.all)
    func readingRefusesToWrite(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            do {
                _ = try await database.read { try $0.execute("INSERT INTO parents (id) VALUES (1)") }
                Issue.record("a read has written")
            } catch DatabaseError.failed {}
            #expect(try await count("parents", in: database) == 0)
        }
    }

    @Test(arguments: TestDatabase.all)
    func readingSeesOneSnapshotWhileOthersWrite(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let (hasLooked, look) = AsyncStream.makeStream(of: Void.self)
            let mayGoOn = DispatchSemaphore(value: 0)
            async let counts = database.read { transaction in
                let sql = "SELECT COUNT(*) AS count FROM parents"
                let before = try transaction.query(sql)[0].int("count")
                look.finish()
                mayGoOn.wait()
                return [before, try transaction.query(sql)[0].int("count")]
            }
            for await _ in hasLooked {}
            try await database.write { try $0.execute("INSERT INTO parents (id) VALUES (1)") }
            mayGoOn.signal()
            #expect(try await counts == [0, 0])
            #expect(try await count("parents", in: database) == 1)
        }
    }

    @Test(arguments: TestDatabase.all)
    func uniqueAndForeignKeyViolationsAreTold(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            try await database.write { transaction in
                try transaction.execute("INSERT INTO parents (id) VALUES (1)")
                try transaction.execute("INSERT INTO children (id, parent_id, slug) VALUES (1, 1, 'one')")
            }
            do {
                try await database.write { try $0.execute("INSERT INTO children (id, parent_id, slug) VALUES (2, 1, 'one')") }
                Issue.record("two rows with one slug")
            } catch DatabaseError.uniqueViolation(let constraint) {
                #expect(constraint.contains("slug"))
            }
            do {
                try await database.write { try $0.execute("INSERT INTO parents (id) VALUES (1)") }
                Issue.record("two rows with one key")
            } catch DatabaseError.uniqueViolation {}
            await #expect(throws: DatabaseError.foreignKeyViolation) {
                try await database.write { try $0.execute("INSERT INTO children (id, parent_id, slug) VALUES (3, 99, 'three')") }
            }
            await #expect(throws: DatabaseError.foreignKeyViolation) {
                try await database.write { try $0.execute("DELETE FROM parents WHERE id = 1") }
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func concurrentIncrementsLoseNothing(_ kind: TestDatabase) async throws {
        try await kind.withSamples(connections: 8) { database in
            try await database.write { try $0.execute("INSERT INTO counters (name, value) VALUES ('hits', 0)") }
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 1...200 {
                    group.addTask {
                        try await database.write {
                            try $0.query("UPDATE counters SET value = value + 1 WHERE name = 'hits' RETURNING value")[0].int("value")
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.sorted() == Array(1...200))
        }
    }

    @Test(arguments: TestDatabase.all)
    func manyWritesAtOnceFailOnlyForThemselves(_ kind: TestDatabase) async throws {
        try await kind.withSamples(connections: 8) { database in
            let failed = try await withThrowingTaskGroup(of: Int?.self) { group in
                for id in 1...150 {
                    group.addTask {
                        do {
                            try await database.write { transaction in
                                try transaction.execute("INSERT INTO parents (id) VALUES ($1)", id)
                                if id.isMultiple(of: 10) { throw ChangedMyMind() }
                                // A key of every seventh is there already.
                                if id.isMultiple(of: 7) { try transaction.execute("INSERT INTO parents (id) VALUES ($1)", id) }
                            }
                            return nil
                        } catch is ChangedMyMind {
                            return id
                        } catch DatabaseError.uniqueViolation {
                            return id
                        }
                    }
                }
                return try await group.reduce(into: Set<Int>()) { if let id = $1 { $0.insert(id) } }
            }
            let stored = try await database.read { try $0.query("SELECT id FROM parents").map { try $0.int("id") } }
            #expect(failed == Set((1...150).filter { $0.isMultiple(of: 10) || $0.isMultiple(of: 7) }))
            #expect(Set(stored) == Set(1...150).subtracting(failed))
        }
    }

    @Test(arguments: TestDatabase.all)
    func everyRowIsClaimedByExactlyOneClaimer(_ kind: TestDatabase) async throws {
        try await kind.withSamples(connections: 8) { database in
            try await database.write { transaction in
                for id in 1...200 { try transaction.execute("INSERT INTO jobs (id) VALUES ($1)", id) }
            }
            let claims = try await withThrowingTaskGroup(of: [Int].self) { group in
                for claimer in 1...8 {
                    group.addTask {
                        var mine: [Int] = []
                        while true {
                            let ids = try await database.write { transaction in
                                try transaction.query(
                                    """
                                    UPDATE jobs SET owner = $1 WHERE id IN (
                                        SELECT id FROM jobs WHERE owner IS NULL ORDER BY id LIMIT 5\(transaction.dialect.skipLocked)
                                    ) RETURNING id
                                    """, "claimer \(claimer)"
                                ).map { try $0.int("id") }
                            }
                            if ids.isEmpty { return mine }
                            mine += ids
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claims.sorted() == Array(1...200))
        }
    }

    @Test(arguments: TestDatabase.all)
    func aWriteOfACancelledTaskIsStored(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                try await database.write { try $0.execute("INSERT INTO parents (id) VALUES (1)") }
                return try await database.read { try $0.query("SELECT id FROM parents").count }
            }
            task.cancel()
            let stored = try await task.value
            #expect(stored == 1)
        }
    }

    @Test(arguments: TestDatabase.all)
    func acceptedWritesAreStoredAndLaterCallsRefusedWhenClosing(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            try await database.write { try $0.execute("INSERT INTO parents (id) VALUES (1)") }
            await database.close()
            await #expect(throws: DatabaseError.closed) { try await database.read { try $0.query("SELECT 1") } }
            await #expect(throws: DatabaseError.closed) {
                try await database.write { try $0.execute("INSERT INTO parents (id) VALUES (2)") }
            }
            await database.close()
        }
    }
}
