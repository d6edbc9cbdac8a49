import Domain
import Foundation
import NIOConcurrencyHelpers
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

/// A Postiz that answers what the test says.
private final class OldServer: HTTPSender {
    private let calls = NIOLockedValueBox<[HTTPCall]>([])
    private let answer: @Sendable (URLComponents, _ times: Int) throws -> HTTPAnswer

    init(_ answer: @escaping @Sendable (URLComponents, _ times: Int) throws -> HTTPAnswer) { self.answer = answer }

    var asked: [String] { calls.withLockedValue { $0.map(\.url) } }
    var keys: Set<String> { calls.withLockedValue { Set($0.flatMap(\.headers).filter { $0.name == "Authorization" }.map(\.value)) } }

    func send(_ call: HTTPCall) async throws -> HTTPAnswer {
        let times = calls.withLockedValue { calls in
            calls.append(call)
            return calls.count
        }
        guard let parts = URLComponents(string: call.url) else { throw TransportFailure(mayHaveArrived: false, reason: "no address") }
        return try answer(parts, times)
    }

    static func json(_ value: JSONValue, status: Int = 200, _ headers: [String: String] = [:]) -> HTTPAnswer {
        HTTPAnswer(status: status, headers: headers, body: Data(((try? JSON.text(value)) ?? "").utf8))
    }

    /// Answers as the API does: the posts of the span that is asked for.
    convenience init(channels: [JSONValue], posts: [JSONValue]) {
        self.init { parts, _ in
            guard parts.path.hasSuffix("/posts") else { return Self.json(.array(channels)) }
            let span = Dictionary((parts.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { first, _ in first }
            let (from, to) = (span["startDate"] ?? "", span["endDate"] ?? "")
            return Self.json(["posts": .array(posts.filter { (from...to).contains($0["publishDate"]?.string ?? "") })])
        }
    }

    static func channel(_ id: String, _ platform: String, _ name: String, profile: String?) -> JSONValue {
        [
            "id": .string(id), "name": .string(name), "identifier": .string(platform), "picture": .null, "disabled": false,
            "profile": profile.map { .string($0) } ?? .null,
        ]
    }

    static func post(
        _ id: String, on channel: String, _ state: String, _ date: String, _ text: String, _ more: [String: JSONValue] = [:]
    ) -> JSONValue {
        let row: [String: JSONValue] = [
            "id": .string(id), "content": .string("<p>\(text)</p>"), "publishDate": .string(date), "state": .string(state),
            "group": .string("g-\(id)"), "releaseURL": .null, "releaseId": .null, "intervalInDays": .null, "settings": "{\"__type\":\"x\"}",
            "integration": ["id": .string(channel), "providerIdentifier": "x", "name": "n", "picture": .null],
        ]
        return .object(row.merging(more) { $1 })
    }
}

@Suite("Reading a Postiz that runs", .timeLimit(.minutes(5)))
struct PostizServerTests {
    private let time = ManualTime()

    private func read(_ old: OldServer, _ address: String = "https://old.example.com", since: Timestamp? = nil) async throws -> PostizContents {
        let server = try PostizServer(address: address, key: " abc\n", since: since)
        return try await PostizServerReader(server: server, http: old, time: time, progress: { _ in }).read(in: NSTemporaryDirectory())
    }

    @Test("an address is understood with or without what clients append to it")
    func addresses() throws {
        func bases(_ address: String) throws -> [String] { try PostizServer(address: address, key: "k").bases }
        let both = ["https://old.example.com", "https://old.example.com/api"]
        for address in ["old.example.com", "https://old.example.com/", "https://old.example.com/public/v1/", " https://old.example.com//public/v1"] {
            #expect(try bases(address) == both)
        }
        #expect(try bases("http://192.168.1.5:4007/api/public/v1") == ["http://192.168.1.5:4007/api"])
        for address in ["", "ftp://old.example.com", "https://me:secret@old.example.com", "https://", "not an address"] {
            #expect(throws: ProblemReport.self) { try bases(address) }
        }
        for key in ["", "two words", "line\nbreak", "schlüssel"] {
            #expect(throws: ProblemReport.self) { try PostizServer(address: "old.example.com", key: key) }
        }
    }

    @Test("the API is found behind the pages, and a key that is not known is told so")
    func finding() async throws {
        let pages = OldServer { parts, _ in
            guard parts.path.hasPrefix("/api/") else { return HTTPAnswer(status: 307, headers: ["location": "/auth"], body: Data()) }
            return OldServer.json(parts.path.hasSuffix("/posts") ? ["posts": []] : [])
        }
        try await read(pages).close()
        #expect(pages.asked.allSatisfy { $0.hasPrefix("https://old.example.com") } && pages.keys == ["abc"])
        let refusals = [(401, "does not know this key"), (404, "No public API"), (302, "sends on to https://else.example.com"), (503, "503")]
        for (status, words) in refusals {
            let old = OldServer { _, _ in HTTPAnswer(status: status, headers: ["location": "https://else.example.com"], body: Data("{}".utf8)) }
            let problem = await #expect(throws: ProblemReport.self) { try await read(old) }
            #expect(problem?.message.contains(words) == true, "\(problem?.message ?? "")")
            // The key goes nowhere else.
            #expect(old.asked.allSatisfy { $0.hasPrefix("https://old.example.com/") })
        }
    }

    @Test("spans follow each other without a gap, and get shorter where the server cannot answer them")
    func spans() async throws {
        let wide = OldServer(channels: [], posts: [])
        try await read(wide).close()
        #expect(wide.asked.count == 11)
        let narrow = OldServer { parts, _ in
            guard parts.path.hasSuffix("/posts") else { return OldServer.json([]) }
            let days = (parts.queryItems ?? []).compactMap { $0.value.flatMap(Timestamp.init) }
            return days[1] - days[0] > .days(100) ? HTTPAnswer(status: 500, headers: [:], body: Data()) : OldServer.json(["posts": []])
        }
        try await read(narrow).close()
        let asked = narrow.asked.compactMap { URLComponents(string: $0)?.queryItems?.compactMap { $0.value.flatMap(Timestamp.init) } }
        let answered = asked.filter { $0[1] - $0[0] <= .days(100) }
        #expect(answered.first?[0] == time.now - .days(1825) && answered.last?[1] == time.now + .days(1825))
        for (one, next) in zip(answered, answered.dropFirst()) { #expect(next[0] - one[1] == .milliseconds(1)) }
        let dead = OldServer { parts, _ in
            guard parts.path.hasSuffix("/posts") else { return OldServer.json([]) }
            throw TransportFailure(mayHaveArrived: true, reason: "The answer was too large")
        }
        let problem = await #expect(throws: ProblemReport.self) { try await read(dead) }
        #expect(problem?.code == .platformUnavailable && dead.asked.count < 10)
    }

    @Test("a server that answers only so often is waited for, but not for hours")
    func pauses() async throws {
        let busy = OldServer { parts, times in
            if times == 2 { return OldServer.json([:], status: 429, ["retry-after": "600"]) }
            return OldServer.json(parts.path.hasSuffix("/posts") ? ["posts": []] : [])
        }
        let reading = Task { try await read(busy, since: time.now - .days(1)).close() }
        try await eventually("it waits") { time.sleeperCount == 1 }
        #expect(busy.asked.count == 2)
        time.advance(by: .seconds(601))
        try await reading.value
        #expect(busy.asked.count == 8)
        let closed = OldServer { _, _ in OldServer.json([:], status: 429, ["retry-after": "20000"]) }
        let problem = await #expect(throws: ProblemReport.self) { try await read(closed) }
        #expect(problem?.code == .rateLimited && problem?.message.contains("334 minutes") == true)
    }

    @Test("a post that repeats comes once and with its own time, and what is told strangely is counted")
    func rows() async throws {
        let again: @Sendable (String) -> JSONValue = { date in
            OldServer.post("r", on: "c", "QUEUE", date, "Again", ["actualDate": "2026-01-02T03:04:05.000Z", "intervalInDays": 7])
        }
        let old = OldServer { parts, _ in
            parts.path.hasSuffix("/posts")
                ? OldServer.json(["posts": [again("2026-01-02T03:04:05.000Z"), again("2026-01-09T03:04:05.000Z"), ["id": 7]]])
                : OldServer.json([OldServer.channel("c", "x", "Tea", profile: nil)])
        }
        let contents = try await read(old, since: time.now - .days(1))
        defer { contents.close() }
        #expect(contents.posts.map(\.date) == ["2026-01-02T03:04:05.000"] && contents.posts[0].repeats)
        #expect(contents.unreadable == old.asked.count - 1)
        #expect(try contents.row(of: contents.posts[0])["content"] == "<p>Again</p>")
        #expect(contents.untold.contains { $0.contains("pictures") })
    }
}

@Suite("Channels whose accounts nobody told", .timeLimit(.minutes(10)))
struct UnknownAccountTests {
    private struct World {
        let publishing: PublishingWorld
        let folder: URL
        var person: Caller { publishing.person }
        var connected: ConnectedWorld { publishing.world }

        func run(_ origin: PostizReading.Origin, from old: OldServer) async throws -> PostizReport {
            let database = connected.workspace.database
            let moving = PostizImport(
                database: database, platforms: connected.platforms, vault: connected.channels.vault, media: publishing.media,
                audit: AuditLog(database: database, time: publishing.time), time: publishing.time, http: old, folder: folder)
            return try await moving.run(PostizReading(origin, files: .none), as: person)
        }

        func run(_ channels: [JSONValue], _ posts: [JSONValue]) async throws -> PostizReport {
            let server = try PostizServer(address: "old.example.com", key: "k")
            return try await run(.server(server), from: OldServer(channels: channels, posts: posts))
        }

        func posts() async throws -> [PostView] { try await publishing.posts.list(PostQuery(limit: 100), as: person).items }
        func channels() async throws -> [ChannelView] { try await connected.channels.list(as: person) }
    }

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "postiz-api-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await PublishingWorld.with(kind) { try await body(World(publishing: $0, folder: folder)) }
    }

    private let ada = OldServer.channel("a", "x", "Ada's tea", profile: "@Ada")
    private let posts = [
        OldServer.post("p", on: "a", "PUBLISHED", "2026-03-04T05:06:07.000Z", "Out", ["releaseURL": "https://x.com/ada/status/9", "releaseId": "9"]),
        OldServer.post("q", on: "a", "QUEUE", "2027-03-04T05:06:07.000Z", "Planned"),
    ]

    @Test("the account of that name becomes the channel, with its posts; another one is a new channel", arguments: TestDatabase.all)
    func byName(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let report = try await world.run([ada], posts)
            #expect(report.channels.map(\.outcome) == [.new] && report.posts.published == 1 && report.posts.planned == 1)
            let brought = try #require(try await world.channels().first)
            #expect(brought.status == .needsReconnect && brought.displayName == "Ada's tea")
            #expect(try await world.connected.connect("x", as: "grace").id != brought.id)
            #expect(try await world.connected.connect("x", as: "ada").id == brought.id)
            #expect(try await world.channels().map(\.status) == [.active, .active])
            #expect(try await world.posts().map { $0.platforms } == [[brought.id], [brought.id]])
            #expect(try await world.posts().map(\.status).contains(.scheduled) == false)
            // It is this account from now on.
            #expect(try await world.connected.connect("x", as: "ada").id == brought.id)
            try await refused(.conflict) { try await world.connected.connect("x", as: "grace", reconnecting: brought.id) }
            try await world.publishing.turn(after: .days(300))
            #expect(world.publishing.published(on: "x").isEmpty)
        }
    }

    @Test("whoever reconnects that very channel chooses its account, unless it is another channel", arguments: TestDatabase.all)
    func byChoice(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            _ = try await world.run([ada, OldServer.channel("b", "x", "Linus", profile: "linus")], [])
            let brought = try await world.channels().sorted { $0.displayName < $1.displayName }
            let (first, second) = (brought[0], brought[1])
            try await refused(.conflict) { try await world.connected.connect("x", as: "linus", reconnecting: first.id) }
            #expect(try await world.connected.connect("x", as: "grace", reconnecting: first.id).id == first.id)
            try await refused(.conflict) { try await world.connected.connect("x", as: "grace", reconnecting: second.id) }
            #expect(try await world.connected.connect("x", as: "linus").id == second.id)
            let stranger = world.connected.workspace.stranger
            let found = try await world.connected.workspace.database.write {
                try IntegrationRepository.awaitingAccounts(on: "x", of: stranger.organizationId, in: $0)
            }
            #expect(found.isEmpty)
        }
    }

    @Test("of several pages the person chooses the one that the channel is", arguments: TestDatabase.all)
    func ofSeveral(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            _ = try await world.run([OldServer.channel("a", "linkedin-page", "Old name", profile: "old-name")], [])
            let brought = try #require(try await world.channels().first)
            let (channels, connected) = (world.connected.channels, world.connected)
            let query = try await connected.consent(try await connected.start("linkedin-page", reconnecting: brought.id), account: "ada")
            guard case .choose(let key, _) = try await channels.finishConnect("linkedin-page", query: query, as: world.person) else {
                Issue.record("nothing to choose from")
                return
            }
            let pages = try await channels.choices(key, as: world.person).map(\.id)
            try await refused(.validationFailed) { try await channels.choose(key, accountIds: pages, as: world.person) }
            #expect(try await channels.choose(key, accountIds: [pages[1]], as: world.person).map(\.id) == [brought.id])
            #expect(try await world.channels().count == 1)
        }
    }

    @Test("posts go to the channel of that name which is connected here, once whoever tells them", arguments: TestDatabase.all)
    func here(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let channel = try await world.connected.connect("x", as: "ada").id
            let report = try await world.run([ada], posts)
            #expect(report.channels.map(\.outcome) == [.here] && report.channels[0].why?.contains("by its name") == true)
            #expect(try await world.posts().allSatisfy { $0.platforms == [channel] })
            let again = try await world.run([ada], posts + [OldServer.post("s", on: "a", "DRAFT", "2026-05-04T05:06:07.000Z", "Since")])
            #expect(again.posts.known == 2 && again.posts.drafts == 1 && again.channels.map(\.outcome) == [.known])
            #expect(try await world.channels().count == 1)
        }
    }

    @Test("a dump that follows brings nothing twice, and tells the account", arguments: TestDatabase.all)
    func thenADump(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            _ = try await world.run([ada], posts)
            let brought = try #require(try await world.channels().first)
            let dump = """
                COPY public."Organization" (id, name) FROM stdin;
                o\tOld
                \\.
                COPY public."Integration" (id, "internalId", "organizationId", name, "providerIdentifier", profile) FROM stdin;
                a\t4711\to\tAda's tea\tx\tada
                \\.
                COPY public."Post" (id, state, "publishDate", "organizationId", "integrationId", content, "group", "parentPostId") FROM stdin;
                p\tPUBLISHED\t2026-03-04 05:06:07\to\ta\tOut\tg-p\t\\N
                c\tPUBLISHED\t2026-03-04 05:06:07\to\ta\tA comment\tg-p\tp
                n\tDRAFT\t2026-08-04 05:06:07\to\ta\tNever told\tn\t\\N
                \\.

                """
            let file = world.folder.appending(path: "later.sql")
            try Data(dump.utf8).write(to: file)
            let report = try await world.run(.dump(file.path), from: OldServer { _, _ in OldServer.json([]) })
            #expect(report.posts.known == 1 && report.posts.coming == 1 && report.channels.map(\.outcome) == [.known])
            #expect(try await world.posts().count == 3)
            #expect(try await world.channels().map(\.id) == [brought.id])
            let organization = world.person.organizationId
            let stored = try await world.connected.workspace.database.read { try IntegrationRepository.find(brought.id, of: organization, in: $0) }
            #expect(stored?.platformAccountId == "4711")
        }
    }
}
