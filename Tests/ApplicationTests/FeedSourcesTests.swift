import Domain
import Foundation
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

@Suite("Feeds that become posts", .timeLimit(.minutes(10)))
struct FeedSourcesTests {
    private struct World {
        let publishing: PublishingWorld
        let server: DocumentServer
        let sources: FeedSources
        let channel: IntegrationID
        var person: Caller { publishing.person }
        var time: ManualTime { publishing.time }
        var address: String { server.base + "/feed" }

        /// What the feed holds, the newest first.
        func show(_ items: [String]) {
            server.put("/feed", .init(body: "<rss><channel><title>Blog</title>\(items.joined())</channel></rss>"))
        }

        func add(
            _ mode: FeedSource.Mode = .draft, pattern: String = "{title} {link}", words: [String] = [], picture: Bool = false, perDay: Int = 50
        ) async throws -> FeedSource {
            try await sources.create(
                NewFeedSource(
                    url: address, integrationIds: [channel], mode: mode, pattern: pattern, words: words, withPicture: picture, postsPerDay: perDay),
                as: person)
        }

        /// What `cron` and a worker do when the feed's time has come.
        @discardableResult
        func read(after pause: Duration = .hours(2)) async throws -> Int {
            time.advance(by: pause)
            return try await sources.readDue(limit: 10)
        }

        func entries(_ source: FeedSource) async throws -> [FeedEntry] { try await sources.entries(of: source.id, limit: 200, as: person) }

        func statuses(_ source: FeedSource) async throws -> [String: FeedEntry.Status] {
            Dictionary(try await entries(source).map { ($0.item.title, $0.status) }) { first, _ in first }
        }

        func texts() async throws -> [String] {
            try await publishing.posts.list(PostQuery(origin: .feed), as: person).items.map { $0.parts[0].text }.sorted()
        }
    }

    private static func item(_ name: String, id: String? = nil, link: String? = nil, more: String = "") -> String {
        let link = link ?? "https://example.com/\(name)"
        return "<item><title>\(name)</title><guid isPermaLink='false'>\(id ?? name)</guid><link>\(link)</link>\(more)</item>"
    }

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        try await DocumentServer.with { server in
            try await PublishingWorld.with(kind) { publishing in
                let database = publishing.world.workspace.database
                let transport = HTTPTransport(
                    settings: TransportSettings(userAgent: "Postiz/test"), allowedPrivateHosts: ["127.0.0.1"])
                let sources = FeedSources(
                    database: database, posts: publishing.posts, media: publishing.media,
                    fetching: FeedFetching(guarded: transport.guarded, time: publishing.time),
                    audit: AuditLog(database: database, time: publishing.time), time: publishing.time)
                let world = World(publishing: publishing, server: server, sources: sources, channel: try await publishing.mastodon())
                let result: Result<Void, any Error>
                do { result = .success(try await body(world)) } catch { result = .failure(error) }
                try await transport.shutdown()
                try result.get()
            }
        }
    }

    @Test("nothing of the past is posted; what is new makes one post each, the oldest first, and a changed item none", arguments: TestDatabase.all)
    func once(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            world.show([Self.item("b"), Self.item("a")])
            let source = try await world.add()
            #expect(source.name == "Blog")
            try await world.read()
            #expect(try await world.texts() == [])
            world.show([Self.item("d"), Self.item("c"), Self.item("b")])
            try await world.read()
            try await world.read()
            #expect(try await world.texts() == ["c https://example.com/c", "d https://example.com/d"])
            world.show([
                Self.item("d", id: "d", more: "<description>More words</description>"),
                Self.item("C, changed", id: "c", link: "https://example.com/x"),
            ])
            try await world.read()
            #expect(try await world.texts().count == 2)
            #expect(try await world.statuses(source) == ["a": .past, "b": .past, "c": .posted, "d": .posted])
            #expect(try await world.entries(source).filter { $0.postId != nil }.count == 2)
        }
    }

    @Test("two readers of one feed at the same moment make one post of an item", arguments: TestDatabase.all)
    func twoReaders(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            world.show([])
            let source = try await world.add()
            world.show((1...5).map { Self.item("\($0)") })
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { _ = try await world.sources.readNow(source.id, as: world.person) } }
                try await group.waitForAll()
            }
            #expect(try await world.texts().count == 5)
        }
    }

    @Test("an item whose reader died before its post was made gets it at the next reading, once", arguments: TestDatabase.all)
    func killed(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            world.show([])
            let source = try await world.add()
            let entry = FeedEntry(
                id: FeedEntryID(at: world.time.now), sourceId: source.id, item: FeedItem(id: "x", title: "Left behind"), status: .waiting,
                seenAt: world.time.now)
            let organization = world.person.organizationId
            try await world.publishing.world.workspace.database.write { try FeedEntryRepository.insert([entry], of: organization, in: $0) }
            try await world.read()
            try await world.read()
            #expect(try await world.texts() == ["Left behind"])
        }
    }

    @Test("posts go to the next slots, at once, or become drafts that say why they are not more", arguments: TestDatabase.all)
    func modes(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            world.show([])
            let source = try await world.add(.nextSlot)
            world.show([Self.item("two"), Self.item("one")])
            try await world.read()
            let planned = try await world.publishing.posts.list(PostQuery(origin: .feed, newestFirst: false), as: world.person).items
            #expect(planned.map(\.status) == [.scheduled, .scheduled])
            #expect(planned.map { $0.parts[0].text.prefix(3) } == ["one", "two"], "the oldest has the first slot")
            #expect(Set(planned.map(\.plannedFor)).count == 2)
            _ = try await world.sources.update(source.id, FeedSourceChange(mode: .now), as: world.person)
            world.show([Self.item("three")])
            try await world.read()
            try await world.publishing.turn()
            #expect(world.publishing.published().contains { $0.hasPrefix("three") })
            _ = try await world.sources.update(source.id, FeedSourceChange(pattern: "{title} {title}"), as: world.person)
            world.show([Self.item(String(repeating: "long ", count: 90), id: "long", link: "https://example.com/long")])
            try await world.read()
            let entry = try #require(try await world.entries(source).first)
            let post = try await world.publishing.posts.get(try #require(entry.postId), as: world.person)
            #expect(entry.status == .posted && entry.reason != nil)
            #expect(post.status == .draft)
        }
    }

    @Test("a summary is cut to what the channel takes", arguments: TestDatabase.all)
    func summaries(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            world.show([])
            let source = try await world.add(.now, pattern: "{title}\n\n{summary}\n\n{link}")
            let words = String(repeating: "summary ", count: 200)
            world.show([Self.item("a", more: "<description>\(words)</description>")])
            try await world.read()
            let entry = try #require(try await world.entries(source).first)
            #expect(entry.status == .posted && entry.reason == nil)
            let text = try #require(try await world.texts().first)
            #expect(text.count <= 500 && text.contains("…") && text.hasSuffix("https://example.com/a"))
        }
    }

    @Test("filters, the day's limit and pauses keep items back, and a person may still post them", arguments: TestDatabase.all)
    func keptBack(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            world.show([])
            let source = try await world.add(words: ["swift"], perDay: 1)
            world.show([Self.item("Swift 2"), Self.item("Rust"), Self.item("swift 1")])
            try await world.read()
            #expect(try await world.statuses(source) == ["swift 1": .posted, "Swift 2": .waiting, "Rust": .filtered])
            try await world.read(after: .hours(25))
            #expect(try await world.statuses(source)["Swift 2"] == .posted)
            let rust = try #require(try await world.entries(source).first { $0.item.title == "Rust" })
            #expect(try await world.sources.post(rust.id, as: world.person).status == .posted)
            try await refused(.conflict) { try await world.sources.post(rust.id, as: world.person) }
            _ = try await world.sources.update(source.id, FeedSourceChange(status: .paused), as: world.person)
            world.show([Self.item("Swift 3")])
            #expect(try await world.read() == 0)
            _ = try await world.sources.update(source.id, FeedSourceChange(status: .active), as: world.person)
            try await world.read()
            #expect(try await world.statuses(source)["Swift 3"] == .ignored)
            world.show([Self.item("Swift 4"), Self.item("Swift 3")])
            try await world.read(after: .hours(25))
            #expect(try await world.statuses(source)["Swift 4"] == .posted)
        }
    }

    @Test("items of a feed that changed its ids and links are held until a person decides", arguments: TestDatabase.all)
    func held(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            world.show([Self.item("a"), Self.item("b")])
            let source = try await world.add()
            world.show([Self.item("a", id: "1", link: "https://example.org/1"), Self.item("b", id: "2", link: "https://example.org/2")])
            try await world.read()
            #expect(try await world.texts() == [])
            #expect(try await world.sources.attention(as: world.person).held == [source.id: 2])
            #expect(try await world.sources.decide(held: source.id, areNew: false, as: world.person) == 2)
            #expect(try await world.sources.attention(as: world.person).held == [:])
            world.show([Self.item("c"), Self.item("a", id: "1", link: "https://example.org/1")])
            try await world.read()
            #expect(try await world.texts() == ["c https://example.com/c"])
            world.show([Self.item("c", id: "9", link: "https://example.org/9")])
            try await world.read()
            #expect(try await world.sources.decide(held: source.id, areNew: true, as: world.person) == 1)
            #expect(try await world.texts().count == 2)
        }
    }

    @Test("a feed that cannot be read is asked less and less often, as late as it says, and tells after a day", arguments: TestDatabase.all)
    func failures(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            world.show([])
            let source = try await world.add()
            func state() async throws -> FeedSource { try await world.sources.get(source.id, as: world.person) }
            world.server.put("/feed", .init(status: .serviceUnavailable, headers: [("Retry-After", "36000")]))
            try await world.read()
            #expect(try await state().nextReadAt == world.time.now + .hours(10))
            world.server.put("/feed", .init(body: "<rss><channel>"))
            try await world.read(after: .hours(10))
            #expect(try await state().nextReadAt == world.time.now + .hours(4))
            #expect(try await state().lastError?.contains("damaged") == true)
            #expect(try await world.sources.attention(as: world.person).failing.isEmpty)
            try await world.read(after: .hours(15))
            #expect(try await world.sources.attention(as: world.person).failing.map(\.id) == [source.id])
            world.show([Self.item("back")])
            try await world.read(after: .hours(24))
            #expect(try await state().failingSince == nil)
            #expect(try await world.texts() == ["back https://example.com/back"])
            world.server.put("/feed", .init(status: .gone))
            try await world.read()
            #expect(try await state().status == .paused)
            #expect(try await world.sources.attention(as: world.person).failing.count == 1)
        }
    }

    @Test("only a workspace's administrators set feeds up, and no other workspace sees them")
    func rights() async throws {
        try await with(.sqlite) { world in
            world.show([Self.item("a")])
            let source = try await world.add()
            let stranger = world.publishing.world.workspace.stranger
            try await refused(.notFound) { try await world.sources.get(source.id, as: stranger) }
            try await refused(.notFound) { try await world.sources.entries(of: source.id, as: stranger) }
            try await refused(.notFound) { try await world.sources.readNow(source.id, as: stranger) }
            let entry = try #require(try await world.entries(source).first)
            try await refused(.notFound) { try await world.sources.post(entry.id, as: stranger) }
            try await refused(.forbiddenScope) { try await world.sources.preview(NewFeedSource(url: world.address), as: world.publishing.draftOnly) }
            let owner = world.person
            for role in Role.allCases where !role.may(.manage) {
                let member = Caller(
                    organizationId: owner.organizationId, identity: owner.identity, role: role, origin: .api, timeZone: owner.timeZone)
                try await refused(.forbidden) { try await world.sources.create(NewFeedSource(url: world.address), as: member) }
                try await refused(.forbidden) { try await world.sources.post(entry.id, as: member) }
            }
            try await refused(.conflict) { try await world.add() }
            world.server.put("/page", .init(body: "<html></html>"))
            try await refused(.validationFailed) {
                try await world.sources.create(NewFeedSource(url: world.server.base + "/page"), as: world.person)
            }
        }
    }
}
