import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// What is Discord's own: a bot for all servers, channels, threads, forums, polls, nonces.
@Suite(.timeLimit(.minutes(10)))
struct DiscordTests {
    private static let general = "926625772339200001"
    private static let announcements = "926625772339200002"
    private static let ideas = "926625772339200003"
    private static let help = "926625772339200004"
    private static let rules = "926625772339200005"
    private static let staff = "926625772339200006"
    private static let voice = "926625772339200007"

    private func deny(_ bench: Bench, _ bits: Int...) throws {
        try bench.simulator.control.set("deniedPermissions", to: .int(bits.reduce(0) { $0 | 1 << $1 }), platform: "discord")
    }

    // MARK: Connecting

    @Test("The person is asked for the bot with all permissions that it needs, and the server is the one that Discord names")
    func consent() async throws {
        try await withBench(.discord) { bench in
            let callback = try #require(URL(string: Bench.callbackURL))
            let request = try await bench.platform.authorizationRequest(ConnectRequest(state: "s", callbackURL: callback))
            let query = FormEncoding.decode(request.url.query(percentEncoded: true) ?? "")
            #expect(query["scope"] == "bot identify guilds")
            #expect(query["integration_type"] == "0")
            #expect(query["permissions"] == "563259258293248")
            #expect(bench.account.account.displayName == "Ada Example")
            #expect(bench.account.account.profileURL?.hasSuffix("/channels/\(bench.account.account.id)") == true)
            // A callback that claims another server changes nothing.
            var forged = try await Bench.consent(bench.platform, "&auto=allow&account=ada")
            forged = AuthorizationCallback(query: forged.query.merging(["guild_id": "1"]) { $1 }, memory: [:], callbackURL: callback)
            let accounts = try await bench.platform.accounts(bench.platform.exchange(forged))
            #expect(accounts.map(\.id) == [bench.account.account.id])
        }
    }

    @Test("Tokens of the person rotate, and posts go out without them")
    func tokens() async throws {
        try await withBench(.discord) { bench in
            let first = bench.account.credentials
            let second = try await bench.platform.refresh(first)
            #expect(second.refreshToken != first.refreshToken)
            #expect(second.expiresAt.map { $0 > .now + .days(6) } == true)
            // The first refresh token is spent: the bot is in the server all the same.
            let lasting = try await bench.platform.refresh(first)
            #expect(lasting.expiresAt == nil)
            #expect(lasting.refreshToken == first.refreshToken)
            for _ in 1...2 { try await bench.platform.revoke(second) }
            #expect(try await bench.published([OutgoingPart(text: "Still here")]).count == 1)
        }
    }

    @Test("A bot that was removed from the server asks the person when tokens are renewed")
    func removedBot() async throws {
        try await withBench(.discord) { bench in
            try bench.simulator.control.set("botRemoved", to: true, platform: "discord")
            var spent = bench.account.credentials
            spent.refreshToken = nil
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.refresh(spent) }
            #expect(error?.code == "DISCORD_SERVER_NOT_FOUND")
            #expect(await bench.refusal([OutgoingPart(text: "Hello")])?.code == "DISCORD_MISSING_ACCESS")
        }
    }

    @Test("Servers with boosts take larger files", arguments: [(0, nil), (1, nil), (2, 52_428_800), (3, 104_857_600)] as [(Int, Int?)])
    func boosts(level: Int, bytes: Int?) async throws {
        try await withBench(.discord) { bench in
            try bench.simulator.control.set("boostLevel", to: .int(level), platform: "discord")
            let limits = try await bench.platform.accounts(bench.account.credentials).first?.limits
            #expect(limits?.imageBytes == bytes)
            #expect(limits?.videoBytes == bytes)
        }
    }

    // MARK: The wire

    private static let channelAnswer = #"{"id":"7","type":0,"guild_id":"42","name":"general"}"#

    @Test("A message with files is the documented form")
    func form() async throws {
        let server = try await RecordingServer { request in
            request.method == "GET"
                ? .json(Self.channelAnswer) : .json(#"{"id":"99","channel_id":"7","content":"","author":{"id":"1"},"attachments":[]}"#)
        }
        let request = PublishRequest(
            .invented("discord"), [OutgoingPart(text: " Hello @everyone\n", media: [.picture(altText: "A \"dot\""), .film(bytes: 64)])],
            settings: ["channel": "7", "spoiler": true, "silent": true, "suppress_embeds": true], kind: "message")
        let outcome = try await withRegistry(["DISCORD_API_BASE_URL": server.baseURL, "DISCORD_BOT_TOKEN_ID": "bot-token"]) {
            try await #require($0["discord"]).publish(request, journal: MemoryJournal())
        }
        try await server.stop()
        #expect(outcome == .published(platformPostId: "7:99", url: "\(server.baseURL)/channels/42/7/99"))
        #expect(server.requests.map { "\($0.method) \($0.path)" } == ["GET /api/v10/channels/7", "POST /api/v10/channels/7/messages"])
        let call = try #require(server.requests.last)
        #expect(call.headers["authorization"] == "Bot bot-token")
        #expect(call.headers["user-agent"] == "DiscordBot (https://postiz.example.com, 0)")
        let parts = call.text.components(separatedBy: "\r\n")
        let payload: JSONValue = try JSON.decode(from: try #require(parts.first { $0.hasPrefix("{") }))
        let nonce = try #require(payload["nonce"]?.string)
        #expect(nonce.count == 24)
        #expect(
            payload == [
                "content": "Hello @everyone", "nonce": .string(nonce), "enforce_nonce": true, "allowed_mentions": ["parse": ["users", "roles"]],
                "flags": 4100,
                "attachments": [
                    ["id": "0", "filename": "SPOILER_picture.png", "description": "A \"dot\""], ["id": "1", "filename": "SPOILER_film.mp4"],
                ],
            ])
        #expect(
            parts.filter { $0.hasPrefix("Content-Disposition") } == [
                #"Content-Disposition: form-data; name="payload_json""#,
                #"Content-Disposition: form-data; name="files[0]"; filename="SPOILER_picture.png""#,
                #"Content-Disposition: form-data; name="files[1]"; filename="SPOILER_film.mp4""#,
            ])
    }

    @Test(
        "Only who is chosen is notified",
        arguments: [("people", ["users", "roles"]), ("users", ["users"]), ("nobody", []), ("everyone", ["users", "roles", "everyone"])])
    func notified(choice: String, parse: [String]) async throws {
        try await withBench(.discord) { bench in
            let made = try await bench.published([OutgoingPart(text: "Hi @everyone")], settings: ["mentions": .string(choice)])
            #expect(made.first?.details["allowed_mentions"]?["parse"]?.strings == parse)
        }
    }

    @Test("A channel of another server is refused, though the bot may write there")
    func otherServer() async throws {
        try await withBench(.discord) { bench in
            let other = try await bench.platform.exchange(Bench.consent(bench.platform, "&auto=allow&account=bo"))
            let theirs = try #require(try await bench.platform.accounts(other).first)
            let channels = try await bench.platform.options(
                field: "channel", query: nil, account: ConnectedAccount(account: theirs, credentials: other))
            let foreign = try #require(channels.first)
            #expect(
                await bench.refusal([OutgoingPart(text: "Hello")], settings: ["channel": .string(foreign.value)])?.code
                    == "DISCORD_CHANNEL_ELSEWHERE")
            #expect(bench.simulator.control.publications(platform: "discord").isEmpty)
        }
    }

    @Test("A channel in which nothing can be posted is told from one that is not there")
    func channels() async throws {
        try await withBench(.discord) { bench in
            for (channel, code) in [
                (Self.rules, "MISSING_PERMISSION"), (Self.staff, "MISSING_ACCESS"), (Self.voice, "NOT_A_TEXT_CHANNEL"), ("1", "CHANNEL_NOT_FOUND"),
                ("", "CHANNEL_MISSING"),
            ] {
                let error = await bench.refusal([OutgoingPart(text: "Hello")], settings: ["channel": .string(channel)])
                #expect(error?.code == "DISCORD_\(code)")
                #expect(error?.kind == .invalidContent)
            }
        }
    }

    @Test("A channel may be given by its name, where only one has it")
    func channelName() async throws {
        try await withBench(.discord) { bench in
            let made = try await bench.published([OutgoingPart(text: "Hello")], settings: ["channel": "#Announcements"])
            #expect(made.first?.details["channel_id"] == .string(Self.announcements))
            for name in ["#nowhere", "#staff"] {
                let error = await bench.refusal([OutgoingPart(text: "Hello")], settings: ["channel": .string(name)])
                #expect(error?.code == "DISCORD_CHANNEL_NOT_FOUND")
            }
        }
    }

    // MARK: Threads and replies

    @Test("Further parts stand in one thread with the chosen name, also when it was opened before")
    func thread() async throws {
        try await withBench(.discord) { bench in
            let parts = ["One", "Two", "Three"].map { OutgoingPart(text: $0) }
            // The thread is made, and the answer is lost.
            try bench.fault(.dropAfter, "discord.createThread")
            let made = try await bench.published(parts, settings: ["thread_name": "All of it", "archive_after": "60"])
            let root = try #require(made.first?.id.split(separator: ":").last)
            #expect(made.dropFirst().allSatisfy { $0.id.hasPrefix("\(root):") })
            #expect(made.last?.details["channel_name"] == "All of it")
            #expect(bench.simulator.control.log(operation: "discord.createThread").map(\.status) == [0, 400])
        }
    }

    @Test("Further parts are replies in the channel where that is chosen")
    func replies() async throws {
        try await withBench(.discord) { bench in
            let made = try await bench.published(["One", "Two"].map { OutgoingPart(text: $0) }, settings: ["follow_ups": "replies"])
            #expect(made.map { $0.details["channel_id"] } == [.string(Self.general), .string(Self.general)])
            #expect(made.last?.parentID == made.first?.id)
            #expect(bench.simulator.control.log(operation: "discord.createThread").isEmpty)
        }
    }

    @Test("A title is the first line, cut at a hundred characters")
    func title() {
        #expect(Discord.title("  First line \nSecond") == "First line")
        #expect(Discord.title("") == "Thread")
        #expect(Discord.title(String(repeating: "é", count: 100)).unicodeScalars.count == 100)
        #expect(Discord.title(String(repeating: "é", count: 101)) == String(repeating: "é", count: 99) + "…")
    }

    // MARK: Forums, announcements, cards, polls

    @Test("A post in a forum has a title and tags, and comments stand below it")
    func forum() async throws {
        // The contract has no files for posts in forums, which Discord takes beside payload_json all the same.
        try await withBench(.discord, judged: false) { bench in
            let settings: [String: JSONValue] = ["channel": .string(Self.ideas), "title": "An idea", "tags": "idea, Question"]
            let made = try await bench.published(
                [OutgoingPart(text: "Text", media: [.picture(altText: "A dot")]), OutgoingPart(text: "More")], settings: settings)
            #expect(made.map(\.text) == ["Text", "More"])
            #expect(made.first?.details["thread_name"] == "An idea")
            #expect(made.first?.details["applied_tags"]?.strings?.count == 2)
            #expect(made.first?.media.map(\.altText) == ["A dot"])
            #expect(made.last?.parentID == made.first?.id)
            let figures = try await bench.platform.metrics(
                of: [PublishedPost(platformPostId: try #require(made.first?.id), publishedAt: .now)], account: bench.account)
            #expect(figures.figures.values.first?[.comments] == 1)
        }
    }

    @Test("A forum's own rules are said in words")
    func forumRules() async throws {
        try await withBench(.discord) { bench in
            for (settings, code) in [
                (["channel": .string(Self.help)], "TAG_MISSING"), (["channel": .string(Self.help), "tags": "Nonsense"], "TAG_UNKNOWN"),
                (["channel": .string(Self.ideas), "post_type": "poll", "poll_answers": "Yes|No"], "POLL_IN_FORUM"),
            ] as [([String: JSONValue], String)] {
                #expect(await bench.refusal([OutgoingPart(text: "Text")], settings: settings)?.code == "DISCORD_\(code)")
            }
        }
    }

    @Test("An announcement is published to followers once, though the answer is lost")
    func crosspost() async throws {
        try await withBench(.discord) { bench in
            try bench.fault(.dropAfter, "discord.crosspost")
            let made = try await bench.published([OutgoingPart(text: "News")], settings: ["channel": .string(Self.announcements), "crosspost": true])
            #expect(made.first?.details["crossposted"] == true)
            let plain = try await bench.published([OutgoingPart(text: "News")], settings: ["crosspost": true])
            #expect(plain.first?.details["crossposted"] == nil)
        }
    }

    @Test("A card carries what is set")
    func card() async throws {
        try await withBench(.discord) { bench in
            let made = try await bench.published(
                [OutgoingPart(text: "Look"), OutgoingPart(text: "More")],
                settings: ["embed_title": "Menu", "embed_description": "Tea", "embed_url": "https://example.com/menu", "embed_color": "#5865F2"])
            let card = made.first?.details["embeds"]?[0]
            #expect(card?["title"] == "Menu")
            #expect(card?["description"] == "Tea")
            #expect(card?["url"] == "https://example.com/menu")
            #expect(card?["color"] == 5_793_266)
            #expect(made.last?.details["embeds"] == nil)
        }
    }

    @Test("A poll asks its text and goes out once, though the answer is lost")
    func poll() async throws {
        try await withBench(.discord) { bench in
            try bench.fault(.dropAfter, "discord.createMessage")
            let made = try await bench.published(
                [OutgoingPart(text: "Tea or coffee?")],
                settings: ["post_type": "poll", "poll_answers": " Tea | Coffee", "poll_hours": "768", "poll_multiple": true])
            #expect(made.map(\.text) == ["Tea or coffee?"])
            let poll = made.first?.details["poll"]
            #expect(poll?["answers"]?.array?.compactMap { $0["poll_media"]?["text"]?.string } == ["Tea", "Coffee"])
            #expect(poll?["duration"] == 768)
            #expect(poll?["allow_multiselect"] == true)
        }
    }

    // MARK: Limits

    @Test("Texts, files and their descriptions are taken up to their limits and not beyond")
    func limits() async throws {
        try await withBench(.discord, judged: false) { bench in
            func text(_ count: Int) -> String { String(repeating: "é", count: count) }
            let whole = OutgoingMedia.film(bytes: 10 << 20)
            let fine = [
                OutgoingPart(text: text(2000)), OutgoingPart(text: "", media: Array(repeating: .picture(), count: 10)),
                OutgoingPart(text: "", media: [whole]), OutgoingPart(text: "", media: [.picture(altText: text(1024))]),
            ]
            for part in fine {
                let made = try await bench.published([part])
                #expect(made.count == 1)
            }
            let beyond = [
                (OutgoingPart(text: text(2001)), "INVALID_FORM"),
                (OutgoingPart(text: "", media: Array(repeating: .picture(), count: 11)), "TOO_MANY_FILES"),
                (OutgoingPart(text: "", media: [.film(bytes: 10 << 20 + 1)]), "FILE_TOO_LARGE"),
                (OutgoingPart(text: "", media: [.picture(altText: text(1025))]), "INVALID_FORM"), (OutgoingPart(text: " "), "EMPTY_MESSAGE"),
            ]
            for (part, code) in beyond { #expect(await bench.refusal([part])?.code == "DISCORD_\(code)") }
            #expect(bench.publications.count == fine.count)
        }
    }

    private static func text(_ count: Int) -> String { String(repeating: "é", count: count) }
    private static func answers(_ count: Int) -> String { (1...count).map(String.init).joined(separator: "|") }

    private static let taken: [(String, String)] = [
        ("channel", "12345678901234567890"), ("channel", "#general"), ("title", text(100)), ("tags", "a,b,c,d,e"), ("poll_answers", "Yes"),
        ("poll_answers", answers(10)),
        ("poll_answers", " \(text(55)) "), ("poll_hours", "1"), ("poll_hours", "768"), ("embed_color", "#5865F2"), ("embed_title", text(256)),
    ]
    private static let refused: [(String, String)] = [
        ("channel", "general"), ("title", text(101)), ("tags", "a,b,c,d,e,f"), ("poll_answers", answers(11)), ("poll_answers", text(56)),
        ("poll_answers", "Yes| |No"), ("poll_hours", "0"), ("poll_hours", "769"), ("embed_color", "blue"), ("embed_title", text(257)),
    ]

    @Test("Settings are checked as Discord's limits are")
    func settings() throws {
        for (name, value) in Self.taken { #expect(try fits(name, value), "\(name) \(value)") }
        for (name, value) in Self.refused { #expect(try !fits(name, value), "\(name) \(value)") }
    }

    private func fits(_ name: String, _ value: String) throws -> Bool {
        try #require(Discord.descriptor.settings.contains { $0.name == name })
        return Discord.descriptor.faults([name: .string(value)]).isEmpty
    }

    @Test("A poll's question has its own limit, and no files")
    func pollRules() throws {
        let poll = Discord.descriptor.narrowed(to: Discord.descriptor.kinds.first { $0.name == "poll" })
        #expect(poll.text.limit == 300)
        #expect(poll.media.maximum(of: .image) == 0)
        #expect(poll.settings.contains { $0.name == "poll_answers" && $0.required })
        #expect(!poll.settings.contains { $0.name == "tags" })
        #expect(Discord.descriptor.kind([:], files: [.image, .video])?.name == "message")
    }

    // MARK: After an unknown outcome

    @Test("Long after the nonce is forgotten, the channel's messages are searched")
    func search() async throws {
        try await withBench(.discord) { bench in
            let request = bench.request([OutgoingPart(text: " Where is it? ", media: [.picture()])])
            let journal = MemoryJournal()
            guard case .published(let id, _, _) = try await bench.publish(request, journal: journal) else { throw Crash() }
            for number in 0..<120 { _ = try await bench.published([OutgoingPart(text: "Other \(number)")]) }
            journal.lose("part-0", triedAgo: .minutes(10))
            let again = try await bench.platform.publish(request, journal: journal)
            #expect(
                again
                    == .published(
                        platformPostId: id,
                        url: bench.simulator.baseURL + "/discord/channels/\(bench.account.account.id)/\(id.replacing(":", with: "/"))"))
            #expect(bench.simulator.control.log(operation: "discord.listMessages").count == 1)
            journal.lose("part-0", triedAgo: .zero)
            #expect(try await bench.platform.publish(request, journal: journal) == again, "the nonce meets the first")
            #expect(bench.publications.count == 121)
        }
    }

    @Test("What is not in the channel is sent, in a channel that shows its messages")
    func absent() async throws {
        try await withBench(.discord) { bench in
            _ = try await bench.published([OutgoingPart(text: "Other")])
            let journal = MemoryJournal()
            journal.lose("part-0", triedAgo: .minutes(10))
            _ = try await bench.platform.publish(bench.request([OutgoingPart(text: "Hello")]), journal: journal)
            #expect(bench.publications.map(\.text) == ["Other", "Hello"])
        }
    }

    @Test("A bot that may not read the history leaves it to the person: an empty answer says nothing")
    func unreadable() async throws {
        try await withBench(.discord) { bench in
            _ = try await bench.published([OutgoingPart(text: "Hello")])
            try deny(bench, 16)
            let journal = MemoryJournal()
            journal.lose("part-0", triedAgo: .minutes(10))
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(bench.request([OutgoingPart(text: "Hello")]), journal: journal)
            }
            #expect(error?.kind == .unknownOutcome)
            #expect(error?.decidable == false)
            #expect(bench.publications.count == 1)
        }
    }

    @Test(
        "A post in a forum, for which there is no nonce, is found among the open threads",
        arguments: [Fault.Kind.dropAfter, .truncate, .dropBefore, .statusAfter])
    func forumOnce(kind: Fault.Kind) async throws {
        try await withBench(.discord) { bench in
            try bench.fault(kind, "discord.createForumPost")
            let request = bench.request([OutgoingPart(text: "Text"), OutgoingPart(text: "More")], settings: ["channel": .string(Self.ideas)])
            let journal = MemoryJournal()
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .unknownOutcome)
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.publications.map(\.text) == ["Text", "More"])
        }
    }

    // MARK: Errors

    private static let rows: [(Int, Int, PublishingErrorKind, String)] = [
        (401, 0, .authentication, "BOT_REJECTED"), (401, 40001, .authentication, "BOT_REJECTED"), (401, 50014, .authentication, "BOT_REJECTED"),
        (401, 50025, .authentication, "BOT_REJECTED"), (400, 50025, .authentication, "CONSENT_ENDED"), (429, 20028, .rateLimited, "RATE_LIMITED"),
        (429, 20029, .rateLimited, "RATE_LIMITED"), (429, 20016, .rateLimited, "SLOW_MODE"), (429, 40062, .rateLimited, "RATE_LIMITED"),
        (403, 50001, .invalidContent, "MISSING_ACCESS"), (403, 50013, .invalidContent, "MISSING_PERMISSION"),
        (404, 10003, .invalidContent, "CHANNEL_NOT_FOUND"), (404, 10004, .invalidContent, "SERVER_NOT_FOUND"),
        (404, 10008, .invalidContent, "MESSAGE_NOT_FOUND"), (400, 50006, .invalidContent, "EMPTY_MESSAGE"),
        (400, 50035, .invalidContent, "INVALID_FORM"), (400, 50008, .invalidContent, "NOT_A_TEXT_CHANNEL"),
        (400, 40058, .invalidContent, "FORUM_NEEDS_A_POST"), (400, 40067, .invalidContent, "TAG_MISSING"),
        (400, 30015, .invalidContent, "TOO_MANY_FILES"),
        (413, 40005, .invalidContent, "FILE_TOO_LARGE"), (400, 50045, .invalidContent, "FILE_TOO_LARGE"),
        (400, 50046, .invalidContent, "FILE_INVALID"),
        (403, 400_001, .invalidContent, "UPLOADS_LIMITED"), (400, 200_000, .invalidContent, "AUTOMOD"),
        (400, 240_000, .invalidContent, "HARMFUL_LINK"),
        (403, 160_002, .invalidContent, "HISTORY_NOT_READABLE"), (403, 160_005, .invalidContent, "THREAD_LOCKED"),
        (403, 520_002, .invalidContent, "POLL_NOT_ALLOWED"), (503, 130_000, .unknownOutcome, "OUTCOME_UNKNOWN"),
        (500, 0, .unknownOutcome, "OUTCOME_UNKNOWN"),
    ]

    @Test("Every error of Discord's is classified and said in words", arguments: rows)
    func errors(status: Int, number: Int, kind: PublishingErrorKind, code: String) async throws {
        try await withBench(.discord) { bench in
            try bench.simulator.control.add(
                Fault(
                    .status, platform: "discord", path: "discord.createMessage", status: status,
                    body: ["message": "No", "code": .int(number), "errors": ["x": ["_errors": []]]], times: 1))
            let error = await bench.refusal([OutgoingPart(text: "Hello")])
            #expect(error?.kind == kind)
            #expect(error?.code == "DISCORD_\(code)")
            #expect(error?.message.isEmpty == false)
            #expect(error?.platformAnswer?.contains("sim-discord-bot-token") == false)
        }
    }

    @Test(
        "A wait with fractions of a second is rounded up, from the body or the header",
        arguments: [#"{"message":"x","retry_after":64.57,"global":false}"#, "<html>"])
    func wait(body: String) async throws {
        let server = try await RecordingServer { request in
            request.method == "GET" ? .json(Self.channelAnswer) : .answer(status: 429, headers: ["x-ratelimit-reset-after": "64.123"], body: body)
        }
        let request = PublishRequest(.invented("discord"), [OutgoingPart(text: "Hello")], settings: ["channel": "7"], kind: "message")
        let error = try await withRegistry(["DISCORD_API_BASE_URL": server.baseURL, "DISCORD_BOT_TOKEN_ID": "bot-token"]) { registry in
            await #expect(throws: PlatformError.self) { try await #require(registry["discord"]).publish(request, journal: MemoryJournal()) }
        }
        try await server.stop()
        #expect(error?.kind == .rateLimited)
        #expect(error?.retryAfter == .seconds(65))
    }

    // MARK: Removal and look-ups

    @Test("A forum's post goes with its thread where the bot may do that, and else its messages go", arguments: [true, false])
    func removal(mayManage: Bool) async throws {
        try await withBench(.discord) { bench in
            if mayManage { try bench.simulator.control.set("deniedPermissions", to: 0, platform: "discord") }
            let made = try await bench.published(["One", "Two"].map { OutgoingPart(text: $0) }, settings: ["channel": .string(Self.ideas)])
            let left = try await bench.platform.remove(PublishedRef(partIds: made.map(\.id)), account: bench.account)
            #expect(left.isEmpty)
            #expect(bench.publications.isEmpty)
            #expect(bench.simulator.control.log(operation: "discord.deleteChannel").map(\.status) == [mayManage ? 200 : 403])
            #expect(try await bench.platform.remove(PublishedRef(partIds: ["", made[0].id]), account: bench.account) == [0])
        }
    }

    @Test("Channels, forum tags, roles and people can be looked up")
    func options() async throws {
        try await withBench(.discord) { bench in
            func values(_ field: String, _ query: String?) async throws -> [String] {
                try await bench.platform.options(field: field, query: query, account: bench.account).map(\.value)
            }
            // Neither what the bot does not see nor what takes no posts.
            let all = try await values("channel", nil)
            #expect(all == [Self.general, Self.announcements, Self.ideas, Self.help, Self.rules])
            #expect(try await values("channel", "#ANN") == [Self.announcements])
            #expect(try await values("tags", "") == ["Idea", "Question", "Open", "Solved"])
            #expect(try await values("mention", "bak").allSatisfy { $0.hasPrefix("<@&") })
            #expect(try await values("mention", "bak").count == 1)
            #expect(try await values("mention", "").isEmpty)
            #expect(try await values("follow_ups", "repl") == ["replies"])
        }
    }
}
