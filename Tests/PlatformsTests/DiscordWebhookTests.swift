import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// What is a webhook's own: an address that is a secret, no nonce, no way to read the channel.
@Suite(.timeLimit(.minutes(10)))
struct DiscordWebhookTests {
    private static let id = "1045419164084108177"

    // MARK: Connecting

    @Test("The address is taken however people paste it, and only where it is Discord's")
    func address() async throws {
        try await withBench(.discordWebhook) { bench in
            let token = bench.account.credentials.accessToken
            let origin = bench.simulator.baseURL + "/discord"
            for place in [
                "https://discord.com/api/webhooks/", "https://discordapp.com/api/webhooks/", "https://canary.discord.com/api/v10/webhooks/",
                "https://ptb.discord.com/api/webhooks/", "\(origin)/api/webhooks/",
            ] {
                for end in ["", "/", "/slack", "?wait=true"] {
                    let credentials = try await bench.platform.connect(form: ["address": place + Self.id + "/" + token + end])
                    #expect(credentials == bench.account.credentials)
                }
            }
            #expect(bench.account.account.id == Self.id)
            #expect(bench.account.account.displayName == "News")
            let asked = bench.simulator.control.log().count
            for wrong in [
                "http://discord.com/api/webhooks/", "https://discord.com.example.org/api/webhooks/", "https://example.org/api/webhooks/",
                "https://notdiscord.com/api/webhooks/", "https://discord.com@example.org/api/webhooks/", "https://discord.com/channels/",
                "discord.com/api/webhooks/",
            ] {
                let error = await #expect(throws: PlatformError.self) {
                    try await bench.platform.connect(form: ["address": wrong + Self.id + "/" + token])
                }
                #expect(error?.code == "DISCORD_WEBHOOK_ADDRESS", "\(wrong)")
                #expect(error?.message.contains(token) == false)
            }
            #expect(bench.simulator.control.log().count == asked, "Nobody is asked about an address that is not Discord's")
        }
    }

    @Test("A webhook that is gone, or another token, asks the person, and no word holds the token")
    func gone() async throws {
        try await withBench(.discordWebhook) { bench in
            let token = bench.account.credentials.accessToken
            let other = await #expect(throws: PlatformError.self) {
                try await bench.platform.connect(form: ["address": "https://discord.com/api/webhooks/\(Self.id)/\(token)x"])
            }
            #expect(other?.code == "DISCORD_WEBHOOK_GONE" && other?.kind == .authentication)
            let call = HTTPCall("DELETE", "\(bench.simulator.baseURL)/discord/api/v10/webhooks/\(Self.id)/\(token)")
            _ = try await bench.published([OutgoingPart(text: "Before")])
            let transport = HTTPTransport(settings: .test())
            #expect(try await transport.platform.send(call).status == 204)
            try await transport.shutdown()
            let error = try #require(await bench.refusal([OutgoingPart(text: "After")]))
            #expect(error.code == "DISCORD_WEBHOOK_GONE" && error.kind == .authentication)
            #expect(!"\(error.message)\(error.platformAnswer ?? "")".contains(token))
            #expect(bench.publications.map(\.text) == ["Before"])
        }
    }

    @Test("What Discord echoes of the address is not kept")
    func echo() async throws {
        try await withBench(.discordWebhook) { bench in
            let token = bench.account.credentials.accessToken
            // The webhook's own description names it.
            let call = try #require(bench.platform as? DiscordWebhook).call("GET", bench.account.credentials)
            let answer = HTTPAnswer(status: 400, headers: [:], body: Data(#"{"code":50035,"message":"\#(token)","url":"\#(call.url)"}"#.utf8))
            let api = PlatformAPI(
                name: "Discord", prefix: "DISCORD", sender: Fixed(answer: answer), rules: Discord.webhookRules, retryAfter: { _ in nil })
            let error = await #expect(throws: PlatformError.self) { try await api.send(call) }
            #expect(error.map { "\($0)" }?.contains(token) == false)
        }
    }

    private struct Fixed: HTTPSender {
        let answer: HTTPAnswer
        func send(_ call: HTTPCall) async throws -> HTTPAnswer { answer }
    }

    // MARK: Publishing

    @Test("A message carries its sender, card, files and who is notified; further parts follow in the channel")
    func message() async throws {
        try await withBench(.discordWebhook) { bench in
            let made = try await bench.published(
                [OutgoingPart(text: "Look @everyone", media: [.picture(altText: "A dot")]), OutgoingPart(text: "More")],
                settings: [
                    "username": "The Bakery", "avatar_url": "https://example.com/oven.png", "embed_title": "Menu", "mentions": "nobody",
                    "silent": true,
                    "spoiler": true,
                ])
            #expect(made.map(\.text) == ["Look @everyone", "More"])
            #expect(made.map { $0.details["username"] } == ["The Bakery", "The Bakery"])
            #expect(made.map { $0.details["avatar_url"] } == ["https://example.com/oven.png", "https://example.com/oven.png"])
            let first = try #require(made.first)
            #expect(first.details["allowed_mentions"] == ["parse": []])
            #expect(first.details["flags"] == 4096)
            #expect(first.details["embeds"]?[0]?["title"] == "Menu")
            #expect(first.details["filenames"]?.strings?.first?.hasPrefix("SPOILER_") == true)
            #expect(first.media.map(\.altText) == ["A dot"])
            #expect(made.last?.details["embeds"] == nil)
        }
    }

    @Test("A poll asks its text")
    func poll() async throws {
        try await withBench(.discordWebhook) { bench in
            let made = try await bench.published(
                [OutgoingPart(text: "Tea or coffee?"), OutgoingPart(text: "A look", media: [.picture()])],
                settings: ["post_type": "poll", "poll_answers": " Tea | Coffee", "poll_hours": "768"])
            #expect(made.map(\.text) == ["Tea or coffee?", "A look"])
            #expect(made.first?.details["poll"]?["answers"]?.array?.compactMap { $0["poll_media"]?["text"]?.string } == ["Tea", "Coffee"])
            #expect(made.map(\.media.count) == [0, 1])
        }
    }

    @Test("In a forum a post has a title, the first line without one, and what follows stands below it")
    func forum() async throws {
        try await withBench(.discordForumWebhook) { bench in
            let titled = try await bench.published(
                [OutgoingPart(text: "Text"), OutgoingPart(text: "More")], settings: ["title": "An idea"])
            #expect(titled.map { $0.details["thread_name"] } == ["An idea", nil])
            #expect(titled.last?.parentID == titled.first?.id)
            let plain = try await bench.published([OutgoingPart(text: "First line\nSecond"), OutgoingPart(text: "More")])
            #expect(plain.first?.details["thread_name"] == "First line")
            #expect(plain.last?.parentID == plain.first?.id)
            let thread = try #require(plain.first?.id.split(separator: ":").first.map(String.init))
            let below = try await bench.published([OutgoingPart(text: "Into it")], settings: ["thread_id": .string(thread), "title": "Not used"])
            #expect(below.first?.parentID == plain.first?.id)
            let figures = try await bench.platform.metrics(
                of: [PublishedPost(platformPostId: try #require(below.first?.id), publishedAt: .now)], account: bench.account)
            #expect(figures.figures.count == 1)
            try await bench.platform.remove(PublishedRef(partIds: below.map(\.id)), account: bench.account)
            #expect(!bench.publications.contains { $0.text == "Into it" })
        }
    }

    @Test("What does not suit the webhook's channel is said in words")
    func places() async throws {
        try await withBench(.discordWebhook) { bench in
            #expect(await bench.refusal([OutgoingPart(text: "Text")], settings: ["title": "A title"])?.code == "DISCORD_NOT_A_FORUM")
            #expect(await bench.refusal([OutgoingPart(text: "Text")], settings: ["thread_id": "12345"])?.code == "DISCORD_THREAD_NOT_FOUND")
            #expect(bench.publications.isEmpty)
        }
        try await withBench(.discordForumWebhook) { bench in
            let error = await bench.refusal([OutgoingPart(text: "Text")], settings: ["title": "A title", "tag_ids": "1, 2"])
            #expect(error?.code == "DISCORD_TAG_UNKNOWN")
            #expect(bench.publications.isEmpty)
        }
    }

    @Test("Settings are checked as Discord's limits are")
    func settings() {
        let descriptor = DiscordWebhook.descriptor
        let name = String(repeating: "é", count: 80)
        for (setting, value) in [
            ("username", name), ("avatar_url", "https://example.com/a.png"), ("thread_id", "12345678901234567890"), ("tag_ids", "1,2 , 3,4,5"),
            ("title", String(repeating: "é", count: 100)),
        ] { #expect(descriptor.faults([setting: .string(value)]) == [], "\(setting)") }
        for (setting, value) in [
            ("username", name + "é"), ("username", "The Discord Times"), ("username", "CLYDE"), ("avatar_url", "http://example.com/a.png"),
            ("thread_id", "general"), ("tag_ids", "1,2,3,4,5,6"), ("tag_ids", "idea"), ("title", String(repeating: "é", count: 101)),
        ] { #expect(descriptor.faults([setting: .string(value)]).count == 1, "\(setting) \(value)") }
    }

    // MARK: Once

    @Test("After a lost answer a person decides, and nothing goes out twice")
    func once() async throws {
        try await withBench(.discordWebhook) { bench in
            let request = bench.request([OutgoingPart(text: "Once")])
            let journal = MemoryJournal()
            try bench.fault(.dropAfter, "discord.createWebhookMessage")
            for decidable in [true, false, false] {
                let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
                #expect(error?.kind == .unknownOutcome && error?.decidable == decidable)
            }
            #expect(bench.publications.map(\.text) == ["Once"])
        }
    }
}
