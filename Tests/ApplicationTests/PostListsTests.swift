import Application
import Domain
import Persistence
import TestSupport
import Testing

@Suite("Lists of posts")
struct PostListsTests {
    @Test("are narrowed to channels by name and to an origin, and counted over all pages", arguments: TestDatabase.all)
    func narrowed(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let x = try await world.world.connect("x", as: "ada").id
            let (ada, bo) = (try await world.mastodon(as: "ada"), try await world.mastodon(as: "bo"))
            _ = try await world.schedule(["On X"], on: [x])
            _ = try await world.schedule(["By Ada"], on: [ada])
            _ = try await world.schedule(["By Bo"], on: [bo])
            _ = try await world.posts.create(PostDraft(content: "Drafted", platforms: [bo.text]), as: world.draftOnly)
            func texts(_ query: PostQuery) async throws -> Set<String> {
                Set(try await world.posts.list(query, as: world.person).items.map(\.content))
            }
            #expect(try await texts(PostQuery(integrations: ["x"])) == ["On X"])
            #expect(try await texts(PostQuery(integrations: ["mastodon"])) == ["By Ada", "By Bo", "Drafted"])
            #expect(try await texts(PostQuery(integrations: ["x", bo.text])) == ["On X", "By Bo", "Drafted"])
            #expect(try await texts(PostQuery(origin: .api)) == ["Drafted"])
            try await refused(.unknownChannel) { try await world.posts.list(PostQuery(integrations: ["nobody"]), as: world.person) }

            #expect(try await world.posts.listCounted(PostQuery(integrations: ["mastodon"], limit: 1), upTo: 100, as: world.person).total == 3)
            #expect(try await world.posts.counts(as: world.person) == [.scheduled: 3, .draft: 1])
            #expect(try await world.posts.counts(as: world.world.workspace.stranger).isEmpty)
        }
    }

    @Test("find a word with an accent however it and the text were typed", arguments: TestDatabase.all)
    func accents(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon(as: "ada")
            let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
            _ = try await world.posts.create(
                PostDraft(content: "One \(composed)", platforms: [channel.text], tags: [composed], status: .draft), as: world.person)
            _ = try await world.posts.create(
                PostDraft(content: "Two \(decomposed)", platforms: [channel.text], tags: [decomposed], status: .draft), as: world.person)
            for word in [composed, decomposed] {
                #expect(try await world.posts.list(PostQuery(text: word), as: world.person).items.count == 2)
                #expect(try await world.posts.list(PostQuery(tag: word), as: world.person).items.count == 2)
            }
            // What is stored is what was written.
            let texts = try await world.posts.list(PostQuery(text: "Two"), as: world.person).items.map { Array($0.content.unicodeScalars) }
            #expect(texts == [Array("Two \(decomposed)".unicodeScalars)])
        }
    }

    @Test("find what earlier versions stored as it was typed", arguments: TestDatabase.all)
    func earlierAccents(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon(as: "ada")
            let (composed, decomposed) = ("Vi\u{1EC7}t", "Vi\u{EA}\u{323}t")
            let database = world.world.workspace.database
            for number in 1...5 {
                let post = try await world.posts.create(
                    PostDraft(content: "Number \(number)", platforms: [channel.text], tags: number == 1 ? [composed] : [], status: .draft),
                    as: world.person)
                try await database.write { transaction in
                    try transaction.execute("UPDATE posts SET search_text = $2 WHERE id = $1", post.id, "Number \(number) \(decomposed)")
                    try transaction.execute(
                        "INSERT INTO post_tags (post_id, organization_id, tag) VALUES ($1, $2, $3)", post.id, world.person.organizationId, decomposed)
                }
            }
            func found() async throws -> [Int] {
                var counts: [Int] = []
                for query in [PostQuery(text: composed), PostQuery(text: decomposed), PostQuery(tag: composed)] {
                    counts.append(try await world.posts.list(query, as: world.person).items.count)
                }
                return counts
            }
            #expect(try await found() == [0, 0, 1])
            try await world.posts.composeSearchTexts(batch: 2)
            #expect(try await found() == [5, 5, 5])
            let tags = try await world.posts.list(PostQuery(tag: decomposed), as: world.person).items.map(\.tags)
            #expect(tags.allSatisfy { $0.count == 1 })
        }
    }
}
