import Domain
import Foundation
import Persistence
import TestSupport
import Testing

/// What a statement must do, on both databases alike.
@Suite struct StatementTests {
    @Test(arguments: TestDatabase.all)
    func everyKindOfValueComesBackAsItWasStored(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let bytes = Data((0...255).map { UInt8($0) })
            let words = "Grüße, 世界 👩‍👩‍👧 'quoted' \\ \"double\"\nnext"
            try await database.write {
                try $0.execute(
                    "INSERT INTO samples (id, flag, number, ratio, words, data) VALUES ($1, $2, $3, $4, $5, $6)",
                    1, true, Int64.max, 0.1, words, bytes)
                try $0.execute(
                    "INSERT INTO samples (id, flag, number, ratio, words, data) VALUES ($1, $2, $3, $4, $5, $6)",
                    2, false, Int64.min, -1.5e300, "", Data())
            }
            let rows = try await database.read { try $0.query("SELECT * FROM samples ORDER BY id") }
            #expect(try rows.map { try $0.bool("flag") } == [true, false])
            #expect(try rows.map { try $0.optionalInteger("number") } == [.max, .min])
            #expect(try rows.map { try $0.real("ratio") } == [0.1, -1.5e300])
            #expect(try rows.map { try $0.text("words") } == [words, ""])
            #expect(try rows.map { try $0.bytes("data") } == [bytes, Data()])
        }
    }

    @Test(arguments: TestDatabase.all)
    func nullIsStoredAndReadForEveryKind(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let row = try await database.write { transaction in
                try transaction.execute(
                    "INSERT INTO samples (id, flag, number, ratio, words, document, data) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    1, Bool?.none, Int?.none, Double?.none, String?.none, String?.none, Data?.none)
                return try transaction.query("SELECT * FROM samples")[0]
            }
            #expect(try row.optionalBool("flag") == nil)
            #expect(try row.optionalInt("number") == nil)
            #expect(try row.optionalReal("ratio") == nil)
            #expect(try row.optionalText("words") == nil)
            #expect(try row.optionalJSON("document", as: JSONValue.self) == nil)
            #expect(try row.optionalBytes("data") == nil)
            #expect(throws: DatabaseError.self) { try row.text("words") }
            #expect(throws: DatabaseError.failed("no column colour")) { try row.text("colour") }
        }
    }

    @Test(arguments: TestDatabase.all)
    func rowsAreReadOneByOneInTheOrderOfTheirColumns(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let (id, time) = (PostID(), Timestamp(milliseconds: -1))
            let found = try await database.write { transaction in
                for (number, words) in [(1, id.text as String?), (2, nil), (3, "x")] {
                    try transaction.execute(
                        "INSERT INTO samples (id, flag, number, words, document) VALUES ($1, $2, $3, $4, $5)", number, number == 1,
                        number == 3 ? Int64.min : -1, words, #"["a\n", "é"]"#)
                }
                var found: [(Int, Bool, Int, String?, [String])] = []
                try transaction.forEach("SELECT id, flag, number, words, document FROM samples ORDER BY id", []) { row in
                    found.append(
                        (try row.int(), try row.bool(), try row.int(), row.optionalText(), try row.json { try $0.array { try $0.string() } }))
                    // Another statement, and the same once more, while this one runs.
                    let count = try transaction.query("SELECT COUNT(*) AS count FROM samples")[0].int("count")
                    #expect(count == 3)
                    try transaction.forEach("SELECT id, flag, number, words, document FROM samples ORDER BY id", []) { _ = try $0.int() }
                }
                try transaction.forEach("SELECT words, number, words FROM samples WHERE id = 1", []) { row in
                    let (first, second, third) = (try row.id(of: Post.self), try row.time(), try row.optionalID(of: Post.self))
                    #expect(first == id && second == time && third == id)
                }
                try transaction.forEach("SELECT words, number FROM samples WHERE number = -1 AND id = 2", []) { row in
                    let (first, second) = (try row.optionalID(of: Post.self), try row.optionalTime())
                    #expect(first == nil && second == time)
                }
                return found
            }
            #expect(found.map(\.0) == [1, 2, 3] && found.map(\.1) == [true, false, false] && found.map(\.2) == [-1, -1, Int(Int64.min)])
            #expect(found.map(\.3) == [id.text, nil, "x"] && found.map(\.4) == Array(repeating: ["a\n", "é"], count: 3))
            for column in ["words", "flag", "document"] {
                await #expect(throws: DatabaseError.failed("column \(column) holds no usable value")) {
                    try await database.read { transaction in
                        try transaction.forEach("SELECT \(column) FROM samples WHERE id = 3", []) { row in
                            if column == "flag" { _ = try row.word(PostStatus.self) } else { _ = try row.id(of: Post.self) }
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func aStatementServesNullAndValueInTurn(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let sql = "INSERT INTO samples (id, flag, data, number) VALUES ($1, $2, $3, $4)"
            let rows = try await database.write { transaction in
                try transaction.execute(sql, 1, Bool?.none, Data?.none, Int?.none)
                try transaction.execute(sql, 2, true, Data([1, 2]), 7)
                try transaction.execute(sql, 3, Bool?.none, Data?.none, Int?.none)
                return try transaction.query("SELECT flag, data, number FROM samples ORDER BY id")
            }
            #expect(try rows.map { try $0.optionalBool("flag") } == [nil, true, nil])
            #expect(try rows.map { try $0.optionalBytes("data") } == [nil, Data([1, 2]), nil])
            #expect(try rows.map { try $0.optionalInt("number") } == [nil, 7, nil])
        }
    }

    @Test(arguments: TestDatabase.all)
    func textWithANULCharacterIsRefused(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            _ = await #expect(throws: DatabaseError.self) {
                try await database.write { try $0.execute("INSERT INTO counters (name, value) VALUES ($1, 1)", "a\0b") }
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func parametersAreTakenByNumberInAnyOrderAndOften(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let names = (1...12).map { "value \($0)" }
            let columns = (1...12).reversed().map { "CAST($\($0) AS TEXT) AS c\($0)" } + ["CAST($2 AS TEXT) AS again"]
            let row = try await database.read {
                try $0.query("SELECT \(columns.joined(separator: ", "))", names.map { .text($0) })[0]
            }
            #expect(try (1...12).map { try row.text("c\($0)") } == names)
            #expect(try row.text("again") == names[1])
        }
    }

    @Test(arguments: TestDatabase.all)
    func returningConflictsAndChangeCounts(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let add = """
                INSERT INTO counters (name, value) VALUES ($1, $2)
                ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value RETURNING value
                """
            let ignore = "INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING"
            let (values, changes) = try await database.write { transaction in
                let values = try [2, 3].map { try transaction.query(add, "visits", $0)[0].int("value") }
                let changes = [
                    try transaction.execute(ignore, "visits", 9),
                    try transaction.execute(ignore, "likes", 9),
                    try transaction.execute("SELECT * FROM counters"),
                    try transaction.execute("UPDATE counters SET value = 0"),
                    try transaction.execute("DELETE FROM counters WHERE name = $1", "nobody"),
                ]
                return (values, changes)
            }
            #expect(values == [2, 5])
            #expect(changes == [0, 1, 0, 2, 0])
        }
    }

    @Test(arguments: TestDatabase.all)
    func sumsAreWholeAndAveragesAreNot(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let row = try await database.write { transaction in
                for value in 1...4 { try transaction.execute("INSERT INTO counters (name, value) VALUES ($1, $2)", "\(value)", value) }
                return try transaction.query("SELECT SUM(value) AS sum, AVG(value) AS mean, COUNT(*) AS count FROM counters")[0]
            }
            #expect(try row.int("sum") == 10)
            #expect(try row.real("mean") == 2.5)
            #expect(try row.int("count") == 4)
        }
    }

    @Test(arguments: TestDatabase.all)
    func elementsOfAListAreRows(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let names = ["a \"quoted\" one", "zwei", "三"]
            let found = try await database.write { transaction in
                for name in names + ["other"] { try transaction.execute("INSERT INTO counters (name, value) VALUES ($1, 0)", name) }
                let list = transaction.dialect.elements(of: "$1")
                return try transaction.query("SELECT name FROM counters WHERE name IN (SELECT value FROM \(list))", try JSON.text(names))
            }
            #expect(Set(try found.map { try $0.text("name") }) == Set(names))
        }
    }

    @Test(arguments: TestDatabase.all)
    func lowerKnowsLettersOutsideASCII(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let rows = try await database.write { transaction in
                try transaction.execute("INSERT INTO counters (name, value) VALUES ($1, 1)", "ÀÉÎ Straße ЖУК")
                return try transaction.query("SELECT value FROM counters WHERE LOWER(name) LIKE LOWER($1) ESCAPE '!'", "àÉî%жУк")
            }
            #expect(rows.count == 1)
        }
    }

    @Test(arguments: TestDatabase.all)
    func documentsComeBackEqualAndCanBeAskedForAField(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let document: JSONValue = ["b": [1, 2.5, nil, true], "a": ["nested": "ü \" \\ \n"], "title": "hello"]
            try await database.write { try $0.execute("INSERT INTO samples (id, document) VALUES (1, $1)", try JSON.text(document)) }
            let row = try await database.read { try $0.query("SELECT document, document ->> 'title' AS title FROM samples")[0] }
            #expect(try row.json("document", as: JSONValue.self) == document)
            #expect(try row.text("title") == "hello")
        }
    }

    @Test(arguments: TestDatabase.all)
    func pagesFollowAKeyOfTwoColumns(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            try await database.write { transaction in
                for id in 1...25 { try transaction.execute("INSERT INTO samples (id, number) VALUES ($1, $2)", id, id / 4) }
            }
            var seen: [Int] = []
            var last = (number: Int.max, id: Int.max)
            repeat {
                let key = last
                let page = try await database.read {
                    try $0.query(
                        "SELECT id, number FROM samples WHERE (number, id) < ($1, $2) ORDER BY number DESC, id DESC LIMIT $3",
                        key.number, key.id, 7)
                }
                guard let end = page.last else { break }
                seen += try page.map { try $0.int("id") }
                last = (try end.int("number"), try end.int("id"))
            } while true
            #expect(seen == Array((1...25).reversed()))
        }
    }

    @Test(arguments: TestDatabase.all)
    func aBigResultAndABigValueArriveWhole(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            let blob = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            try await database.write { transaction in
                let numbers = try JSON.text((1...20_000).map(String.init))
                try transaction.execute(
                    """
                    INSERT INTO samples (id, words) SELECT CAST(value AS BIGINT), 'row ' || value
                    FROM \(transaction.dialect.elements(of: "$1")) WHERE TRUE
                    """, numbers)
                try transaction.execute("INSERT INTO samples (id, data) VALUES (0, $1)", blob)
            }
            let rows = try await database.read { try $0.query("SELECT id, words, data FROM samples ORDER BY id") }
            #expect(rows.count == 20_001)
            #expect(try rows[0].bytes("data") == blob)
            #expect(try rows[20_000].text("words") == "row 20000")
        }
    }

    @Test(arguments: TestDatabase.all)
    func moreStatementsThanAreKeptPreparedStillWork(_ kind: TestDatabase) async throws {
        try await kind.withSamples(connections: 1) { database in
            for _ in 1...2 {
                for number in 1...300 {
                    let rows = try await database.read { try $0.query("SELECT \(number) AS number") }
                    #expect(try rows[0].int("number") == number)
                }
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func aMistakeNamesTheStatementButNotTheValues(_ kind: TestDatabase) async throws {
        try await kind.withSamples { database in
            do {
                _ = try await database.read { try $0.query("SELECT nothing FROM nowhere WHERE secret = $1", "hunter2") }
                Issue.record("a query of no table succeeded")
            } catch DatabaseError.failed(let words) {
                #expect(words.contains("nowhere"))
                #expect(!words.contains("hunter2"))
            }
        }
    }
}
