import Domain
import Foundation
import Logging
import Messaging
import Persistence
import PlatformSimulator
import TestSupport
import Testing

@testable import Application

@Suite("Rules for links and short links", .timeLimit(.minutes(10)))
struct LinkTests {
    private struct World {
        let publishing: PublishingWorld
        let rules: LinkRules
        let short: ShortLinks
        var person: Caller { publishing.person }
        var time: ManualTime { publishing.time }

        func add(_ parameters: KeyValuePairs<String, String>, hosts: [String] = []) async throws -> LinkRule {
            let parameters = parameters.map { LinkRule.Parameter(name: $0.key, value: $0.value) }
            return try await rules.create(NewLinkRule(name: "Rule", hosts: hosts, parameters: parameters), as: person)
        }

        func shorten(_ choice: LinkShortening) async throws {
            _ = try await rules.save(LinkSettings(shortening: choice), as: person)
        }

        /// Where the one short link in `text` leads.
        func target(in text: String) async throws -> String? {
            let code = try #require(text.split(separator: "/l/").last.map { String($0.prefix(8)) })
            return try await short.target(of: code, from: "192.0.2.1")
        }
    }

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        try await PublishingWorld.with(kind) { publishing in
            let database = publishing.world.workspace.database
            let plans = publishing.publishing.links
            try await body(
                World(
                    publishing: publishing,
                    rules: LinkRules(
                        database: database, plans: plans, platforms: publishing.world.platforms,
                        audit: AuditLog(database: database, time: publishing.time), time: publishing.time),
                    short: ShortLinks(
                        database: database, shortBase: plans.shortBase, rates: LocalRateLimiter(time: publishing.time), time: publishing.time,
                        logger: Logger(label: "test"))))
        }
    }

    @Test("Each channel gets its own parameters, and the post still says what was written", arguments: TestDatabase.all)
    func parameters(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            _ = try await world.add(["utm_source": "{platform}", "utm_campaign": "{tag}"], hosts: ["example.com"])
            let ada = try await world.publishing.mastodon()
            let post = try await world.publishing.posts.create(
                PostDraft(
                    parts: [PartDraft(text: "Look: https://example.com/a#b"), PartDraft(text: "https://example.org/")], platforms: [ada.text],
                    schedule: .now, tags: ["spring"]), as: world.person)
            try await world.publishing.turn()
            #expect(
                world.publishing.published() == [
                    "Look: https://example.com/a?utm_source=mastodon&utm_campaign=spring#b", "https://example.org/",
                ])
            #expect(try await world.publishing.posts.get(post.id, as: world.person).parts[0].text == "Look: https://example.com/a#b")
        }
    }

    @Test("A post may keep its links as they are written, also through a change of something else", arguments: TestDatabase.all)
    func asWritten(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            _ = try await world.add(["utm_source": "a"])
            let ada = try await world.publishing.mastodon()
            let posts = world.publishing.posts
            let draft = try await posts.create(
                PostDraft(content: "https://example.com/a", platforms: [ada.text], linksAsWritten: true), as: world.person)
            #expect(draft.linksAsWritten)
            #expect(try JSON.text(draft).contains(#""linksAsWritten":true"#))
            let changed = try await posts.update(draft.id, PostChange(tags: ["x"]), as: world.person)
            #expect(changed.linksAsWritten)
            #expect(try await posts.counts(of: PostDraft(changed), as: world.person).first?.outgoing == nil)
            _ = try await posts.update(draft.id, PostChange(schedule: .now), as: world.person)
            try await world.publishing.turn()
            #expect(world.publishing.published() == ["https://example.com/a"])
            let other = try await posts.update(
                try await posts.duplicate(draft.id, as: world.person).id, PostChange(linksAsWritten: false), as: world.person)
            #expect(!other.linksAsWritten)
            #expect(try await posts.counts(of: PostDraft(other), as: world.person).first?.outgoing == "https://example.com/a?utm_source=a")
        }
    }

    @Test(
        "A try whose answer was lost is looked for as it was sent, whatever became of the rules meanwhile", arguments: TestDatabase.all,
        ["mastodon", "x"])
    func lostAnswer(on kind: TestDatabase, platform: String) async throws {
        try await with(kind) { world in
            let rule = try await world.add(["utm_source": "first", "utm_content": "{date}"])
            try await world.shorten(platform == "x" ? .always : .never)
            let channel = try await world.publishing.world.connect(PlatformID(rawValue: platform), as: "ada").id
            let post = try await world.publishing.posts.create(
                PostDraft(content: "Once https://example.com/a", platforms: [channel.text], schedule: .now), as: world.person)
            _ = try world.publishing.simulator.add(
                Fault(.dropAfter, platform: platform, path: platform == "x" ? "x.createPost" : "mastodon.createStatus", times: 1))
            try await world.publishing.turn()
            let sent = world.publishing.published(on: platform)
            #expect(sent.count == 1)
            _ = try await world.rules.update(
                rule.id, LinkRuleChange(parameters: [LinkRule.Parameter(name: "utm_source", value: "second")]), as: world.person)
            try await world.shorten(.never)
            for _ in 0..<5 { try await world.publishing.turn(after: .minutes(5)) }
            #expect(try await world.publishing.publication(of: post.id).status == .published)
            #expect(world.publishing.published(on: platform) == sent)
        }
    }

    @Test("A refused try and the next one send the same short link, and what failed with rules off goes out with those of now")
    func sameLink() async throws {
        try await with(.sqlite) { world in
            try await world.shorten(.always)
            let ada = try await world.publishing.mastodon()
            let post = try await world.publishing.posts.create(
                PostDraft(content: "https://example.com/a", platforms: [ada.text], schedule: .now), as: world.person)
            _ = try world.publishing.simulator.add(
                Fault(.status, platform: "mastodon", path: "mastodon.createStatus", status: 503, times: 2))
            try await world.publishing.turn()
            let first = try await world.short.clicks(of: post.id, as: world.person).channels.flatMap(\.links).map(\.url)
            #expect(first.count == 1)
            for _ in 0..<3 { try await world.publishing.turn(after: .minutes(30)) }
            #expect(world.publishing.published() == first)
        }
    }

    @Test("Short links lead where they should, are counted by day, and stay when the post goes for good", arguments: TestDatabase.all)
    func clicks(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            _ = try await world.add(["utm_source": "{platform}"])
            try await world.shorten(.always)
            let ada = try await world.publishing.mastodon()
            let bo = try await world.publishing.mastodon(as: "bo")
            let post = try await world.publishing.posts.create(
                PostDraft(content: "https://example.com/ä and https://example.com/ä", platforms: [ada.text, bo.text], schedule: .now),
                as: world.person)
            try await world.publishing.turn()
            let texts = world.publishing.published()
            #expect(Set(texts).count == 2, "each channel has its own link")
            let halves = texts[0].split(separator: " and ")
            #expect(halves.count == 2 && halves[0] == halves[1], "the same link twice is one")
            #expect(try await world.target(in: texts[0]) == "https://example.com/%C3%A4?utm_source=mastodon")

            let code = String(halves[0].suffix(8))
            for name in ["Firefox/140.0", "Firefox/140.0", "Twitterbot/1.0", nil] { world.short.noteClick(on: code, userAgent: name) }
            await world.short.flush()
            world.time.advance(by: .days(1))
            world.short.noteClick(on: code.uppercased(), userAgent: "Firefox/140.0")
            await world.short.flush()
            let clicks = try await world.short.clicks(of: post.id, as: world.person)
            #expect(clicks.people == 3 && clicks.bots == 2)
            #expect(clicks.channels.map(\.people).sorted() == [0, 3])
            #expect(clicks.channels.flatMap(\.links).flatMap(\.days).map(\.people) == [2, 1])

            try await world.publishing.world.workspace.database.write { transaction in
                try transaction.execute("DELETE FROM posts WHERE id = $1", post.id)
            }
            #expect(try await world.target(in: texts[0]) != nil)
            #expect(try await world.short.clicks(of: post.id, as: world.person).people == 3)
            await #expect(throws: ProblemReport.self) { _ = try await world.short.clicks(of: PostID(), as: world.person) }
        }
    }

    @Test("Who goes on asking for links that do not exist is told to wait")
    func guessing() async throws {
        try await with(.sqlite) { world in
            for _ in 0..<ShortLinks.wrongCodes {
                let target = try await world.short.target(of: ShortCode.random(), from: "192.0.2.7")
                #expect(target == nil)
            }
            await #expect(throws: ProblemReport.self) { _ = try await world.short.target(of: "k7mxw2pd", from: "192.0.2.7") }
            #expect(try await world.short.target(of: "k7mxw2pd", from: "198.51.100.7") == nil)
        }
    }

    @Test("What is checked before a post is planned is what would go out", arguments: TestDatabase.all)
    func checked(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let linkedIn = try await world.publishing.world.connect("linkedin", as: "ada").id
            let limit = 3000
            let link = "https://example.com/a"
            let text = String(repeating: "a", count: limit - link.count - 1) + " " + link
            let draft = PostDraft(content: text, platforms: [linkedIn.text], schedule: .now)
            let posts = world.publishing.posts
            func codes() async throws -> [Problem.Code] {
                try await posts.validate(draft, as: world.person).filter { $0.severity == .error }.map(\.code)
            }
            #expect(try await codes() == [])
            _ = try await world.add(["utm_source": "a"])
            #expect(try await codes() == [.textTooLong])
            let parts = try await posts.split(
                SplitRequest(text: text, platforms: [linkedIn.text], settings: nil, followUp: nil, numbered: nil), as: world.person)
            #expect(parts.parts.count == 2)
        }
    }

    @Test("Rules keep their order, are checked, and are an administrator's to set", arguments: TestDatabase.all)
    func rules(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let rules = world.rules
            let first = try await world.add(["utm_source": "a"], hosts: ["https://Shop.example.com/x", "shop.example.com"])
            #expect(first.hosts == ["shop.example.com"])
            let second = try await world.add(["utm_source": "b"])
            let third = try await world.add(["utm_source": "c"])
            _ = try await rules.update(third.id, LinkRuleChange(place: 0), as: world.person)
            #expect(try await rules.list(as: world.person).map(\.id) == [third.id, first.id, second.id])
            _ = try await rules.update(third.id, LinkRuleChange(active: false, place: 49), as: world.person)
            #expect(try await rules.list(as: world.person).map(\.id) == [first.id, second.id, third.id])
            let outcome = try await rules.outcome(of: LinkTrial(url: "https://shop.example.com/a"), as: world.person)
            #expect(outcome.target == "https://shop.example.com/a?utm_source=a" && outcome.rules.count == 2)
            for parameters in [
                [], [LinkRule.Parameter(name: "source", value: "a")], [LinkRule.Parameter(name: "utm_source", value: "")],
                [LinkRule.Parameter(name: "utm_source", value: "{who}")],
            ] {
                await #expect(throws: ProblemReport.self) {
                    _ = try await rules.create(NewLinkRule(name: "Wrong", parameters: parameters), as: world.person)
                }
            }
            await #expect(throws: ProblemReport.self) {
                _ = try await rules.create(
                    NewLinkRule(name: "Wrong", hosts: ["a b"], parameters: [.init(name: "utm_source", value: "a")]), as: world.person)
            }
            await #expect(throws: ProblemReport.self) { try await rules.remove(first.id, as: world.publishing.draftOnly) }
            await #expect(throws: ProblemReport.self) {
                _ = try await rules.save(LinkSettings(shortening: .always), as: world.publishing.draftOnly)
            }
            try await rules.remove(first.id, as: world.person)
            #expect(try await rules.list(as: world.person).count == 2)
        }
    }
}
