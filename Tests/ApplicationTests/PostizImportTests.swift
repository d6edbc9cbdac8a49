import Domain
import Foundation
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

@Suite("Coming from Postiz", .timeLimit(.minutes(10)))
struct PostizImportTests {
    private struct World {
        let publishing: PublishingWorld
        let moving: PostizImport
        let folder: URL
        let channel: Integration
        var person: Caller { publishing.person }
        var database: any Database { publishing.world.workspace.database }

        /// The account's id as it is there, without its server.
        var account: String { String(channel.platformAccountId.split(separator: ":").last ?? "") }
        var host: String { channel.platformAccountId.split(separator: ":").dropLast().joined(separator: ":") }

        func run(_ dump: String, as caller: Caller? = nil) async throws -> PostizReport {
            let file = folder.appending(path: "\(UUID()).sql")
            try Data(dump.utf8).write(to: file)
            return try await moving.run(PostizReading(.dump(file.path), files: .none), as: caller ?? person)
        }

        func all() async throws -> [PostView] { try await publishing.posts.list(PostQuery(limit: 200, newestFirst: false), as: person).items }

        func count(_ sql: String) async throws -> Int { try await database.read { try $0.query(sql)[0].int("count") } }
    }

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "postiz-dump-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await PublishingWorld.with(kind) { publishing in
            let database = publishing.world.workspace.database
            let moving = PostizImport(
                database: database, platforms: publishing.world.platforms, vault: publishing.world.channels.vault, media: publishing.media,
                audit: AuditLog(database: database, time: publishing.time), time: publishing.time,
                http: publishing.world.platforms.trusted, folder: folder)
            let (id, organization) = (try await publishing.mastodon(), publishing.person.organizationId)
            let channel = try await database.read { try IntegrationRepository.find(id, of: organization, in: $0) }
            try await body(World(publishing: publishing, moving: moving, folder: folder, channel: try #require(channel)))
        }
    }

    /// One workspace, a channel at Mastodon and one at X, and these posts: id, channel, state, date, content, group, link.
    private func dump(_ world: World, _ posts: [String]) -> String {
        """
        SET client_encoding = 'UTF8';
        COPY public."Organization" (id, name) FROM stdin;
        o\tOld
        \\.
        COPY public."Integration" (id, "internalId", "organizationId", name, "providerIdentifier", token, "deletedAt", "postingTimes") FROM stdin;
        m\t\(world.account)\to\tAda\tmastodon\tsecret\t\\N\t[]
        x\t77\to\tTea\tx\tsecret\t\\N\t[{"time":-30}]
        \\.
        COPY public."Post" (id, state, "publishDate", "organizationId", "integrationId", content, "group", "releaseId", "releaseURL") FROM stdin;
        \(posts.joined(separator: "\n"))
        \\.
        """
    }

    private func history(_ world: World, at time: Timestamp) -> String {
        let date = time.description.replacing("T", with: " ").replacing("Z", with: "")
        return "p1\tPUBLISHED\t\(date)\to\tm\t<p>Out there</p>\tg1\t9\thttps://\(world.host)/@ada/9"
    }

    @Test("what came is history or a draft: no mail, no event, no plug and no job follows from it", arguments: TestDatabase.all)
    func nothingFollows(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let plugs = Plugs(
                database: world.database, posts: world.publishing.posts, platforms: world.publishing.world.platforms,
                audit: AuditLog(database: world.database, time: world.publishing.time), time: world.publishing.time)
            _ = try await plugs.create(
                NewPlug(integrationId: world.channel.id, action: .comment, text: "Read on", trigger: .minutes, amount: 1), as: world.person)
            world.publishing.time.advance(by: .hours(2))
            let now = world.publishing.time.now
            let jobs = try await world.count("SELECT COUNT(*) AS count FROM jobs")
            let events = try await world.count("SELECT COUNT(*) AS count FROM product_events")
            let report = try await world.run(
                dump(
                    world,
                    [
                        history(world, at: now - .hours(1)), "p2\tERROR\t2026-01-01 00:00:00\to\tm\tFailed\tg2\t\\N\t\\N",
                        "p3\tQUEUE\t2020-01-01 00:00:00\to\tm\tLong due\tg3\t\\N\t\\N",
                    ]))
            #expect(report.channels.map(\.outcome) == [.here, .new] && report.posts.coming == 3)
            #expect(try await plugs.runDue(limit: 10) == 0)
            try await world.publishing.turn(after: .days(1))
            #expect(try await world.count("SELECT COUNT(*) AS count FROM jobs") == jobs)
            #expect(try await world.count("SELECT COUNT(*) AS count FROM product_events") == events)
            #expect(world.publishing.simulator.publications(platform: "mastodon").isEmpty)
            let warned = try await world.database.read {
                try IntegrationRepository.toBeWarnedOf(week: now + .days(7), day: now + .days(1), now: now, limit: 10, in: $0)
            }
            #expect(warned.isEmpty)
            let untold = try await world.database.read { try FailureMailRepository.untold(since: now - .days(9), limit: 10, in: $0) }
            #expect(untold.isEmpty)
            let posts = try await world.all()
            #expect(posts.map(\.status).sorted { $0.rawValue < $1.rawValue } == [.draft, .draft, .published])
            let out = try #require(posts.first { $0.status == .published }?.publications.first)
            #expect(out.platformPostId == "9" && out.publishedAt == now - .hours(1))
        }
    }

    @Test("a second run brings what is new, and a run is taken back but for what was changed", arguments: TestDatabase.all)
    func repeated(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let rows = ["a\tDRAFT\t2031-01-01 00:00:00\to\tx\tOne\tg1\t\\N\t\\N", "b\tDRAFT\t2031-01-01 00:00:00\to\tx\tTwo\tg2\t\\N\t\\N"]
            let first = try await world.run(dump(world, [rows[0]]))
            let second = try await world.run(dump(world, rows))
            #expect(second.posts.known == 1 && second.posts.drafts == 1 && second.channels.map(\.outcome) == [.known, .known])
            let two = try #require(try await world.all().first { $0.parts[0].text == "Two" })
            _ = try await world.publishing.posts.update(two.id, PostChange(tags: ["mine"]), as: world.person)
            let undone = try await world.moving.undo(try #require(second.runId), as: world.person)
            #expect(undone.removed["posts"] == 0 && undone.left["posts"] == 1)
            let before = try await world.moving.undo(try #require(first.runId), as: world.person)
            #expect(before.removed["posts"] == 1 && before.removed["channels"] == 0 && before.left["channels"] == 1)
            #expect(try await world.all().map { $0.parts[0].text } == ["Two"])
            await #expect(throws: ProblemReport.self) { try await world.moving.undo(try #require(first.runId), as: world.person) }
            // The account that is connected here stays, whatever is taken back.
            #expect(try await world.publishing.world.channels.get(world.channel.id, as: world.person).status == .active)
        }
    }

    @Test("only who manages a workspace brings things there, and sees or takes back its own alone", arguments: TestDatabase.all)
    func others(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let text = dump(world, ["a\tDRAFT\t2031-01-01 00:00:00\to\tx\tOne\tg1\t\\N\t\\N"])
            for role in [Role.viewer, .drafter, .user] {
                let caller = Caller(organizationId: world.person.organizationId, identity: world.person.identity, role: role, origin: .web)
                await #expect(throws: ProblemReport.self) { try await world.run(text, as: caller) }
            }
            let done = try await world.run(text)
            let stranger = Caller(organizationId: OrganizationID(), identity: world.person.identity, role: .owner, origin: .web)
            #expect(try await world.moving.runs(as: stranger).isEmpty)
            await #expect(throws: ProblemReport.notFound("import")) { try await world.moving.undo(try #require(done.runId), as: stranger) }
            #expect(try await world.moving.runs(as: world.person).map(\.counts["posts"]) == [1])
        }
    }

    @Test("rows that follow each other in a circle, and documents that are none, harm nothing", arguments: [TestDatabase.sqlite])
    func hostile(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let text = dump(world, []).replacing(
                "\"releaseURL\") FROM stdin;\n\n",
                with: "\"releaseURL\", \"parentPostId\", image, settings) FROM stdin;\n"
                    + "a\tDRAFT\tnever\to\tx\tRoot\tg\t\\N\tjavascript:alert(1)\t\\N\tnot json\t[1,2]\n"
                    + "b\tDRAFT\tnever\to\tx\tB\tg\t\\N\t\\N\tc\t\\N\t\\N\nc\tDRAFT\tnever\to\tx\tC\tg\t\\N\t\\N\tb\t\\N\t\\N\n")
            let report = try await world.run(text)
            #expect(report.posts.coming == 1)
            #expect(report.left.map(\.count) == [2] && report.left[0].why.contains("circle"))
            let post = try #require(try await world.all().first)
            #expect(post.parts.map(\.text) == ["Root"] && post.scheduledFor == nil && post.publications.first?.url == nil)
        }
    }
}

@Suite("Rows of dumps")
struct DumpRowsTests {
    private func rows(_ text: String, of tables: Set<String> = ["T"]) throws -> [DumpRows.Row] {
        var reader = DumpRows(of: tables)
        var found: [DumpRows.Row] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            try reader.read(Array(line.utf8)[...]) { found.append($1) }
        }
        try reader.end()
        return found
    }

    @Test("values of COPY are read with their escapes")
    func copies() throws {
        let text = """
            COPY other."T2" (a) FROM stdin;
            INSERT INTO "T" VALUES ('no');
            \\.
            COPY "T" (a, "B c") FROM stdin;
            one\\ttwo\\\\n\\r\\nthree\t\\N
            \t\\\\N
            \\.
            """
        #expect(try rows(text) == [["a": "one\ttwo\\n\r\nthree"], ["a": "", "B c": "\\N"]])
    }

    @Test("values of INSERT are read over many lines, with the columns of the table where they name none")
    func inserts() throws {
        let text = """
            CREATE TABLE public."T" (
                a text NOT NULL,
                "B c" integer DEFAULT 1,
                CONSTRAINT one CHECK ((a <> ''::text))
            );
            INSERT INTO public."T" VALUES ('it''s; (x),
            COPY "T" (a) FROM stdin;', NULL), (E'a\\'b\\n', -4);
            INSERT INTO "T" ("B c", a) VALUES (true, '\u{301}accent');
            """
        #expect(
            try rows(text) == [["a": "it's; (x),\nCOPY \"T\" (a) FROM stdin;"], ["a": "a'b\n", "B c": "-4"], ["a": "\u{301}accent", "B c": "true"]])
    }

    @Test(
        "what breaks off is refused",
        arguments: ["COPY \"T\" (a) FROM stdin;\none", "INSERT INTO \"T\" (a) VALUES ('x", "COPY \"T\" (a, b) FROM stdin;\none\n\\."])
    func broken(_ text: String) { #expect(throws: ProblemReport.self) { try rows(text) } }
}
