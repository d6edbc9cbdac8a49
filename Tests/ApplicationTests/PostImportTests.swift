import Domain
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

@Suite("Posts from tables", .timeLimit(.minutes(10)))
struct PostImportTests {
    private struct World {
        let publishing: PublishingWorld
        let imports: PostImports
        let channel: IntegrationID
        var person: Caller { publishing.person }
        var posts: Posts { publishing.posts }

        func check(_ table: String, _ reading: ImportReading = ImportReading()) async throws -> ImportCheck {
            try await imports.check(Array(table.utf8), name: "posts.csv", reading, as: person)
        }

        func run(_ table: String, _ reading: ImportReading = ImportReading()) async throws -> PostImport {
            try await imports.run(Array(table.utf8), name: "posts.csv", reading, as: person)
        }

        func all() async throws -> [PostView] { try await posts.list(PostQuery(limit: 200, newestFirst: false), as: person).items }
    }

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        try await PublishingWorld.with(kind) { publishing in
            let database = publishing.world.workspace.database
            let imports = PostImports(
                database: database, posts: publishing.posts, media: publishing.media, audit: AuditLog(database: database, time: publishing.time),
                time: publishing.time)
            try await body(World(publishing: publishing, imports: imports, channel: try await publishing.mastodon()))
        }
    }

    private func refusal(_ work: () async throws -> Void) async throws -> ProblemReport? {
        do { try await work() } catch let report as ProblemReport { return report }
        return nil
    }

    @Test("rows become drafts, planned posts and posts at the next free times, with tags, settings and a first comment", arguments: TestDatabase.all)
    func rows(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let table = """
                Text;Kanäle;Datum;Uhrzeit;Schlagwörter;Erster Kommentar;Einstellungen
                "Hello; ""world""
                second line";mastodon;24.11.2030;14:30;a, b;More;visibility=unlisted
                Later;;;;;;
                Slot one;mastodon;nächster Platz;;;;
                Slot two;mastodon;next slot;;;;
                """
            let check = try await world.check(table)
            #expect(check.separator == .semicolon && check.encoding == .utf8 && check.unsure.isEmpty && check.isReady)
            #expect(check.count == 4 && check.drafts == 1 && check.faulty == 0)
            #expect(try await world.all().isEmpty)
            let done = try await world.imports.run(try #require(check.importId), ImportReading(), as: world.person)
            #expect(done.count == 4 && done.status == .done)
            let posts = try await world.all()
            let first = try #require(posts.first { $0.parts[0].text == "Hello; \"world\"\nsecond line" })
            #expect(first.parts.map(\.text) == ["Hello; \"world\"\nsecond line", "More"])
            #expect(first.wallTime?.minuteText == "2030-11-24T14:30" && first.tags == ["a", "b"] && first.status == .scheduled)
            #expect(first.settings[world.channel]?["visibility"] == "unlisted" && first.origin == .imported)
            #expect(posts.first { $0.parts[0].text == "Later" }?.status == .draft)
            let slots = posts.filter { $0.parts[0].text.hasPrefix("Slot") }.compactMap(\.scheduledFor)
            #expect(Set(slots).count == 2)
            #expect(try await refusal { _ = try await world.imports.run(done.id, ImportReading(), as: world.person) }?.code == .conflict)
        }
    }

    @Test("one wrong row keeps all of them out, and every problem of every row is told", arguments: TestDatabase.all)
    func allOrNone(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let long = String(repeating: "x", count: 600)
            let table = """
                text,channels,date,media,settings
                Good,mastodon,2030-11-24,,
                Bad,nobody,2030-13-24,cat.png,colour=red
                \(long),mastodon,2030-11-24,,
                Past,mastodon,2001-11-24,,
                ,mastodon,2030-11-24,,
                """
            let check = try await world.check(table)
            #expect(check.faulty == 4 && !check.isReady)
            #expect(check.rows.map { $0.problems.contains { $0.severity == .error } } == [false, true, true, true, true])
            #expect(check.rows[1].problems.count >= 3)
            let report = try await refusal { _ = try await world.run(table) }
            #expect(report?.code == .postInvalid && report?.details["rows"]?.array?.count == 4)
            #expect(try await world.all().isEmpty)
        }
    }

    @Test("dates that can be read in two ways are asked about, and nothing is imported before", arguments: TestDatabase.all)
    func asked(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let table = "text,channels,date\nHi,mastodon,03/04/2030\n"
            #expect(try await world.check(table).unsure == [.dateOrder])
            #expect(try await refusal { _ = try await world.run(table) }?.details["field"] == "dateOrder")
            _ = try await world.run(table, ImportReading(dateOrder: .monthFirst))
            #expect(try await world.all().first?.wallTime?.dayText == "2030-03-04")
        }
    }

    @Test("an import is taken back as one, once, and by its own workspace alone", arguments: TestDatabase.all)
    func undone(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let done = try await world.run("text,channels,date\nOne,mastodon,2030-11-24\nTwo,,\n")
            let stranger = world.publishing.world.workspace.stranger
            #expect(try await refusal { _ = try await world.imports.undo(done.id, as: stranger) }?.code == .notFound)
            #expect(try await world.imports.list(as: stranger).isEmpty)
            let undone = try await world.imports.undo(done.id, as: world.person)
            #expect(undone.removed == 2 && undone.left == 0 && undone.import.status == .undone)
            #expect(try await world.all().isEmpty)
            #expect(try await refusal { _ = try await world.imports.undo(done.id, as: world.person) }?.code == .conflict)
        }
    }

    @Test("what is exported can be imported again and is the same", arguments: TestDatabase.all)
    func roundTrip(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            _ = try await world.posts.create(
                PostDraft(
                    parts: [PartDraft(text: "=1+1, \"quoted\"\nand 'more'"), PartDraft(text: "-second")], platforms: [world.channel.text],
                    scheduledFor: "2030-11-24T09:17", timeZone: "Europe/Berlin", settings: [world.channel.text: ["visibility": "unlisted"]],
                    tags: ["a", "b c"]), as: world.person)
            let before = try #require(try await world.all().first)
            let table = try await world.posts.export(PostQuery(), as: world.person)
            try await world.posts.remove(before.id, as: world.person)
            _ = try await world.run(table)
            let after = try #require(try await world.all().first)
            #expect(after.parts == before.parts && after.platforms == before.platforms && after.tags == before.tags)
            #expect(after.scheduledFor == before.scheduledFor && after.timeZone == before.timeZone && after.settings == before.settings)
        }
    }

    @Test("ten thousand rows are imported in less than ten seconds")
    func speed() async throws {
        try await with(.sqlite) { world in
            let rows = (0..<10_000).map { number in
                "\"Post \(number), with some words\",mastodon,2030-\(number % 12 + 1)-\(number % 28 + 1),\(number % 24):\(number % 50 + 10),tag"
            }
            let table = "text,channels,date,time,tags\n" + rows.joined(separator: "\n")
            let start = ContinuousClock.now
            let done = try await world.run(table)
            #expect(done.count == 10_000)
            print("import of 10,000 rows: \(ContinuousClock.now - start)")
        }
    }

    @Test("what is no table is refused in words", arguments: ["", "a,b\nc,d", "text,text\nx,y", "text\n\"open", "PK\u{3}\u{4}rubbish"])
    func noTable(_ text: String) async throws {
        try await with(.sqlite) { world in
            let report = try await refusal { _ = try await world.check(text) }
            #expect(report?.code == .validationFailed)
        }
    }
}
