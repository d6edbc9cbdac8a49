import Domain
import Foundation
import Persistence
import PlatformSimulator
import Platforms
import TestSupport
import Testing

@testable import Application

@Suite("Help with writing by a language model", .timeLimit(.minutes(10)))
struct AIHelpTests {
    private struct World {
        let publishing: PublishingWorld
        let server: ModelServer
        let help: AIHelp
        var person: Caller { publishing.person }
        var time: ManualTime { publishing.time }

        func somebody(_ role: Role) -> Caller {
            Caller(
                organizationId: person.organizationId, identity: .user(UserID(), session: SessionID()), role: role, origin: .web,
                timeZone: "Europe/Paris")
        }

        func used() async throws -> Int { try await help.overview(as: person).tokens.used }

        func rewrite(_ text: String = "Hello", as caller: Caller? = nil) async throws -> AISuggestions {
            try await help.suggest(AIRequest(task: .rewrite, text: text), as: caller ?? person)
        }
    }

    private func with(
        _ kind: TestDatabase = .sqlite, key: String? = "sk-hidden-1", model: String? = nil, budget: Int? = nil, isConfigured: Bool = true,
        _ body: (World) async throws -> Void
    ) async throws {
        try await PublishingWorld.with(kind) { publishing in
            let (database, server) = (publishing.world.workspace.database, ModelServer())
            let base = try #require(URL(string: ModelServer.base))
            let help = AIHelp(
                settings: isConfigured ? AISettings(base: base, key: key, model: model, monthlyTokens: budget) : nil, http: server,
                database: database, posts: publishing.posts, media: publishing.media, audit: AuditLog(database: database, time: publishing.time),
                time: publishing.time)
            try await body(World(publishing: publishing, server: server, help: help))
        }
    }

    // MARK: Suggestions

    @Test("A rewriting is asked for with the visible prompt, and nothing is stored of it", arguments: TestDatabase.all)
    func rewriting(_ kind: TestDatabase) async throws {
        try await with(kind, budget: 10_000) { world in
            try await world.server.say("\"Good morning\"", tokens: 120)
            let found = try await world.rewrite("Hello {limit}")
            #expect(found.suggestions == [AISuggestion(text: "Good morning", length: nil, limit: nil, fits: true)])
            #expect(found.model == "small-1" && found.tokens == AITokenCount(used: 120, left: 9_880))
            let asked = try #require(await world.server.asked.first)
            #expect(found.sent == [asked.last] && asked.last.hasSuffix("Hello {limit}") && asked.last.hasPrefix("Rewrite this post"))
            // What some servers refuse is not sent.
            #expect(asked.members == ["messages", "model", "stream"] && asked.authorization == "Bearer sk-hidden-1")
            let counts = try await world.publishing.posts.counts(of: PostStatus.allCases, as: world.person)
            #expect(counts.values.allSatisfy { $0 == 0 })
        }
    }

    @Test("A shorter text is counted as the platform counts, and asked for once more when it is too long; it is never cut")
    func shortening() async throws {
        try await with { world in
            let channel = try await world.publishing.mastodon()
            let (long, longer) = (String(repeating: "long ", count: 120), String(repeating: "words ", count: 200))
            let request = AIRequest(task: .shorten, text: longer, platforms: [channel.text])
            try await world.server.say(long, "Short enough https://example.com/a")
            let found = try await world.help.suggest(request, as: world.person)
            // A link counts 23 there.
            #expect(found.suggestions == [AISuggestion(text: "Short enough https://example.com/a", length: 36, limit: 500, fits: true)])
            let asked = await world.server.asked
            #expect(asked.map(\.messages.count) == [1, 3] && asked[0].last.contains("Mastodon to at most 500 characters"))
            #expect(asked[1].last.contains("has 599 characters") && found.sent == asked.map(\.last) && found.tokens.used == 200)
            try await world.server.say(long)
            let still = try await world.help.suggest(request, as: world.person)
            #expect(still.suggestions.map(\.fits) == [false] && still.suggestions[0].length == 599 && still.sent.count == 2)
            // What goes before the text takes room, too.
            try await world.server.say("Short")
            var warned = request
            warned.settings = [channel.text: ["spoiler_text": .string(String(repeating: "w", count: 100))]]
            _ = try await world.help.suggest(warned, as: world.person)
            #expect(await world.server.asked.last?.last.contains("at most 400 characters") == true)
            try await refused(.validationFailed) { try await world.help.suggest(AIRequest(task: .shorten, text: "x"), as: world.person) }
            try await refused(.unknownChannel) {
                try await world.help.suggest(AIRequest(task: .shorten, text: "x", platforms: ["x"]), as: world.person)
            }
        }
    }

    @Test(
        "A picture is shown as a JPEG, and described in the language that is asked for; only the workspace's own are",
        .enabled(if: MediaInspectionTests.has("vipsthumbnail")))
    func describing() async throws {
        try await with(key: nil) { world in
            let picture = try await world.publishing.upload(SampleFile.png(width: 300, height: 200), altText: "")
            try await world.server.say("Waves.")
            let request = AIRequest(task: .altText, mediaId: picture, language: "de")
            let found = try await world.help.suggest(request, as: world.person)
            #expect(found.suggestions.map(\.text) == ["Waves."] && found.sent[0].contains("in German"))
            let asked = try #require(await world.server.asked.first)
            #expect(asked.authorization == nil, "a server without a key gets none")
            let address = try #require(asked.messages[0]["content"]?[1]?["image_url"]?["url"]?.string)
            let data = try #require(Data(base64Encoded: address.replacing("data:image/jpeg;base64,", with: "")))
            let header = try #require(try ImageHeader.read(FileBytes(data), as: .jpeg))
            #expect(data.count < 500_000 && header.width == 300 && header.height == 200)
            try await refused(.notFound) { try await world.help.suggest(request, as: world.publishing.world.workspace.stranger) }
            try await refused(.validationFailed) { try await world.help.suggest(AIRequest(task: .altText), as: world.person) }
            #expect(await world.server.asked.count == 1)
        }
    }

    @Test("Ideas are about an item of a feed of the workspace", arguments: TestDatabase.all)
    func ideas(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (source, now, organization) = (FeedSourceID(), world.time.now, world.person.organizationId)
            let item = FeedItem(id: "1", link: "https://example.com/tea", title: "A new tea", summary: "It is green.")
            let entry = FeedEntry(id: FeedEntryID(at: now), sourceId: source, item: item, status: .past, seenAt: now)
            try await world.publishing.world.workspace.database.write { transaction in
                let feed = FeedSource(
                    id: source, name: "Tea", url: "https://example.com/feed", integrationIds: [], mode: .draft, pattern: "{title}",
                    filter: FeedFilter(words: [], withoutWords: []), withPicture: false, postsPerDay: 1, minutes: 60, nextReadAt: now, createdAt: now)
                try FeedSourceRepository.insert(StoredFeedSource(source: feed, organizationId: organization), by: nil, in: transaction)
                try FeedEntryRepository.insert([entry], of: organization, in: transaction)
            }
            try await world.server.say("One\n---\nTwo\n---\nThree")
            let request = AIRequest(task: .ideas, itemId: entry.id)
            let found = try await world.help.suggest(request, as: world.person)
            #expect(found.suggestions.map(\.text) == ["One", "Two", "Three"] && found.sent[0].hasSuffix("A new tea\n\nIt is green."))
            try await refused(.notFound) { try await world.help.suggest(request, as: world.publishing.world.workspace.stranger) }
        }
    }

    // MARK: Who may

    @Test("Whoever may draft may ask; administrators alone change what is asked, for their own workspace")
    func roles() async throws {
        try await with { world in
            try await world.server.say("Hello")
            for role in [Role.drafter, .user, .admin] { _ = try await world.rewrite(as: world.somebody(role)) }
            try await refused(.forbidden) { try await world.rewrite(as: world.somebody(.viewer)) }
            for caller in [world.somebody(.user), world.publishing.draftOnly] {
                await #expect(throws: ProblemReport.self) { try await world.help.setPrompt(.init(prompt: "x"), for: .rewrite, as: caller) }
            }
            let set = try await world.help.setPrompt(.init(prompt: "  Say it like a pirate: {text}\r\n"), for: .rewrite, as: world.somebody(.admin))
            #expect(set == AIPromptView(.rewrite, "Say it like a pirate: {text}"))
            #expect(try await world.rewrite("Ahoy").sent == ["Say it like a pirate: Ahoy"])
            #expect(try await world.help.overview(as: world.publishing.world.workspace.stranger).prompts.allSatisfy(\.standard))
            try await refused(.validationFailed) {
                try await world.help.setPrompt(.init(prompt: String(repeating: "x", count: 4_001)), for: .rewrite, as: world.person)
            }
            for usual in [nil, " ", AITask.rewrite.standardPrompt.words] {
                _ = try await world.help.setPrompt(.init(prompt: "Other"), for: .rewrite, as: world.person)
                #expect(try await world.help.setPrompt(.init(prompt: usual), for: .rewrite, as: world.person).standard)
            }
            #expect(try await world.help.overview(as: world.person).prompts.allSatisfy(\.standard))
        }
    }

    @Test("Without a server there is no help, and it is said what the operator would set")
    func off() async throws {
        try await with(isConfigured: false) { world in
            #expect(!world.help.isConfigured)
            let overview = try await world.help.overview(as: world.person)
            #expect(!overview.enabled && overview.tokens == AITokenCount(used: 0, left: nil))
            try await refused(.aiNotConfigured) { try await world.rewrite() }
            try await refused(.aiNotConfigured) { try await world.help.setPrompt(.init(prompt: "x"), for: .rewrite, as: world.person) }
        }
    }

    // MARK: The budget

    @Test("A workspace uses no more than its budget in a month of its own clocks", arguments: TestDatabase.all)
    func budget(_ kind: TestDatabase) async throws {
        try await with(kind, budget: 1_000) { world in
            // The workspace is in Paris: there it is December already.
            world.time.advance(by: try #require(Timestamp("2035-11-30T22:59:00Z")) - world.time.now)
            try await world.server.say("Hello", tokens: 700)
            #expect(try await world.rewrite().tokens == AITokenCount(used: 700, left: 300))
            try await world.server.say("Hello", tokens: 950)
            #expect(try await world.rewrite().tokens == AITokenCount(used: 1_650, left: 0), "what was used is counted, also beyond the budget")
            try await refused(.aiBudgetSpent) { try await world.rewrite() }
            #expect(await world.server.asked.count == 2, "nothing is sent that could not be paid for")
            world.time.advance(by: .minutes(2))
            try await world.server.say("Hello", tokens: nil)
            let counted = try await world.rewrite().tokens.used
            #expect((100..<300).contains(counted), "an estimate where the server does not say")
            #expect(try await world.help.overview(as: world.person).month == "2035-12")
        }
    }

    @Test("Requests at the same moment share the budget", arguments: TestDatabase.all)
    func atOnce(_ kind: TestDatabase) async throws {
        try await with(kind, budget: 1_000) { world in
            try await world.server.say("Hello", tokens: 100)
            let taken = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 { group.addTask { (try? await world.rewrite()) != nil } }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            let used = try await world.used()
            #expect(taken > 0 && used == taken * 100 && used <= 1_000)
        }
    }

    // MARK: What goes wrong

    @Test(
        "What goes wrong is told with what to do, counts for nothing, and tells no secret",
        arguments: [
            (401, #"{"error": {"message": "Incorrect API key provided: sk-hidden-1"}}"#, "OPENAI_API_KEY"), (404, "", "OPENAI_MODEL"),
            (429, "", "too often"), (400, #"{"error": {"message": "too long for sk-hidden-1"}}"#, "too long for •••"), (503, "<html>", "503"),
            (200, "<html>", "OPENAI_BASE_URL"), (200, #"{"choices": []}"#, "nothing"), (302, "", "302"),
        ])
    func faults(status: Int, body: String, words: String) async throws {
        try await with(budget: 1_000) { world in
            await world.server.answer(status, body, headers: ["retry-after": "7"])
            let problem = await #expect(throws: ProblemReport.self) { try await world.rewrite() }
            #expect(problem?.code == .aiFailed && problem?.message.contains(words) == true)
            #expect(problem?.retryAfter == (status == 429 ? .seconds(7) : nil))
            #expect("\(String(describing: problem))".contains("sk-hidden") == false)
            // A success without words may have cost something.
            let used = try await world.used()
            #expect((used == 0) == (status != 200))
        }
    }

    @Test("A server that does not answer is told; what may have arrived counts")
    func silence() async throws {
        try await with(budget: 1_000) { world in
            await world.server.fail(TransportFailure(mayHaveArrived: false, reason: "Could not connect"))
            let problem = await #expect(throws: ProblemReport.self) { try await world.rewrite() }
            #expect(problem?.message.contains("Could not connect") == true && problem?.details["reason"] == "unreachable")
            let used = try await world.used()
            #expect(used == 0)
        }
        try await with(model: "large", budget: 1_000) { world in
            await world.server.fail(TransportFailure(mayHaveArrived: true, reason: "Timed out"))
            try await refused(.aiFailed) { try await world.rewrite() }
            let used = try await world.used()
            #expect(used > 0)
        }
    }

    @Test("A picture that the model does not take is told as that", .enabled(if: MediaInspectionTests.has("vipsthumbnail")))
    func blind() async throws {
        try await with(model: "large") { world in
            let picture = try await world.publishing.upload(altText: "")
            await world.server.answer(400, #"{"error": "no image input"}"#)
            let problem = await #expect(throws: ProblemReport.self) {
                try await world.help.suggest(AIRequest(task: .altText, mediaId: picture), as: world.person)
            }
            #expect(problem?.details["reason"] == "picture" && problem?.message.contains("no image input") == true)
        }
    }

    // MARK: The model

    @Test("The model that is set is asked without asking; else the one that was found, for an hour")
    func choosing() async throws {
        try await with(model: "large") { world in
            try await world.server.say("Hello")
            #expect(try await world.rewrite().model == "large")
            #expect(await world.server.listings == 0)
        }
        try await with { world in
            try await world.server.say("Hello")
            for _ in 0..<3 { _ = try await world.rewrite() }
            #expect(await world.server.listings == 1)
            #expect(try await world.help.overview(as: world.person).model == "small-1")
            world.time.advance(by: .minutes(61))
            await world.server.offer(["data": [["id": "other"]]])
            #expect(try await world.rewrite().model == "other")
            world.time.advance(by: .minutes(61))
            await world.server.offer(["data": [["id": "text-embedding-3"]]])
            try await refused(.aiFailed) { try await world.rewrite() }
        }
    }

    @Test("Of the models that write a small one is taken, then the newest, then the first")
    func choices() {
        func choice(_ models: (String, Int)...) -> String? {
            ModelDirectory.choice(in: ["data": .array(models.map { ["id": .string($0.0), "created": .number(Double($0.1))] })])
        }
        #expect(choice(("large-4", 9), ("large-4-mini", 5), ("large-5-mini", 7), ("tts-mini", 9)) == "large-5-mini")
        #expect(choice(("gemini-1", 1), ("minimax-2", 3), ("nomic-embed-text", 9)) == "minimax-2")
        #expect(choice(("b", 0), ("a", 0)) == "b")
        #expect(choice(("whisper-1", 1)) == nil && ModelDirectory.choice(in: ["data": nil]) == nil)
    }

    // MARK: Settings

    @Test("Either an address or a key switches it on; what cannot be meant is told")
    func settings() throws {
        func ai(_ environment: [String: String]) throws -> AISettings? { try Configuration.load(environment: environment).ai }
        #expect(try ai([:]) == nil && ai(["OPENAI_MODEL": "m"]) == nil)
        #expect(try Configuration.load(environment: ["OPENAI_MODEL": "m"]).warnings.count == 1)
        #expect(try ai(["OPENAI_API_KEY": "k"])?.base.absoluteString == "https://api.openai.com/v1")
        #expect(try ai(["OPENAI_API_KEY": "k"])?.monthlyTokens == 500_000)
        #expect(try ai(["OPENAI_API_KEY": "k", "AI_MONTHLY_BUDGET": "0"])?.monthlyTokens == nil)
        let own = try ai(["OPENAI_BASE_URL": "http://127.0.0.1:11434/v1/", "OPENAI_MODEL": "m"])
        #expect(own == AISettings(base: try #require(URL(string: ModelServer.base)), model: "m", monthlyTokens: 500_000))
        #expect(try Configuration.load(environment: ["OPENAI_API_KEY": "hidden"]).settings.contains { $0.shownValue == "hidden" } == false)
        for wrong in ["127.0.0.1:1", "https://k@example.com/v1", "https://example.com/v1?key=k"] {
            #expect(throws: ConfigurationError.self) { try ai(["OPENAI_BASE_URL": wrong]) }
        }
    }
}
