import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// Every call to Bluesky is one that the protocol's own documents know.
@Suite(.timeLimit(.minutes(10)))
struct LexiconTests {
    private static let quote = "https://bsky.app/profile/ada.bsky.example.com/post/"

    @Test func everyCallIsKnownToTheProtocol() async throws {
        guard let judge = try Contracts.judge(of: "bluesky") else { return }
        let simulator = try await SimulatedPlatforms.start(port: 0, enforceRateLimits: false)
        let transport = HTTPTransport(settings: .test())
        let sender = JudgedSender(judge, transport.platform)
        let configuration = PlatformConfiguration(values: simulator.environment, settleTime: .zero, transport: .test())
        let bluesky = Bluesky(
            PlatformContext(
                configuration: configuration, http: sender, guarded: transport.guarded, apps: MemoryAppStore(), time: SleeplessTime()))
        try await walk(bluesky)
        #expect(sender.faults == [])
        #expect(sender.calls > 40)
        try await transport.shutdown()
        await simulator.stop()
    }

    /// Every kind of call: signing in, each kind of file, each setting, reading, taking away.
    private func walk(_ bluesky: Bluesky) async throws {
        let form = ["identifier": "ada.bsky.example.com", "password": "abcd-efgh-ijkl-mnop"]
        let signedIn = try await bluesky.connect(form: bluesky.descriptor.connect.checked(form))
        let credentials = try await bluesky.refresh(signedIn)
        let account = ConnectedAccount(account: try #require(try await bluesky.accounts(credentials).first), credentials: credentials)
        func publish(_ parts: [OutgoingPart], _ settings: [String: JSONValue] = [:]) async throws -> String {
            let journal = MemoryJournal()
            let request = PublishRequest(account, parts, settings: settings)
            for _ in 0..<5 {
                if case .published(let id, _, _) = try await bluesky.publish(request, journal: journal) { return id }
            }
            throw Crash()
        }
        let text = "Go 👩‍💻 to https://example.com/é with @bo.bsky.example.com and @nobody.example.org #swift"
        let first = try await publish([OutgoingPart(text: text), OutgoingPart(text: "Two"), OutgoingPart(text: "Three", media: [.picture()])])
        let pictures = [OutgoingMedia](repeating: .picture(altText: "A dot"), count: 10)
        let quote: JSONValue = .string(Self.quote + (RecordAddress(first)?.key ?? ""))
        var made = [first]
        made.append(try await publish([OutgoingPart(text: "", media: Array(pictures.prefix(4)))], ["quote": quote]))
        made.append(try await publish([OutgoingPart(text: "Gallery", media: pictures)], ["languages": "en, pt-BR,de", "signed_in_only": true]))
        made.append(try await publish([OutgoingPart(text: "Film", media: [.film()])], ["loop_video": true, "content_label": "graphic-media"]))
        made.append(try await publish([OutgoingPart(text: "Quote")], ["quote": quote]))
        for replies in ["everyone", "nobody", "mentioned", "following", "followers"] {
            made.append(try await publish([OutgoingPart(text: replies)], ["who_can_reply": .string(replies), "no_quotes": true]))
        }
        let posts = (made + made + made).map { PublishedPost(platformPostId: $0, publishedAt: .now) }
        #expect(try await bluesky.metrics(of: posts, account: account).figures.count == made.count)
        #expect(try await bluesky.options(field: "mention", query: "bo", account: account).count == 1)
        for id in made { _ = try await bluesky.remove(PublishedRef(partIds: [id]), account: account) }
        let journal = MemoryJournal()
        let request = PublishRequest(account, [OutgoingPart(text: "Once")])
        _ = try await bluesky.publish(request, journal: journal)
        journal.lose("part-0")
        _ = try await bluesky.publish(request, journal: journal)
        try await bluesky.revoke(credentials)
    }

    @Test(
        "The judge refuses what the documents do not know",
        arguments: [
            (#"{"text": "a", "createdAt": "2026-11-27T12:00:00Z", "colour": "red"}"#, "colour is unknown"),
            (#"{"text": "a"}"#, "createdAt is missing"), (#"{"text": 1, "createdAt": "2026-11-27T12:00:00Z"}"#, "no string"),
            (#"{"text": "a", "createdAt": "today"}"#, "no datetime"),
            (#"{"text": "a", "createdAt": "2026-11-27T12:00:00Z", "langs": ["en", "de", "fr", "it"]}"#, "4 items"),
            (#"{"text": "a", "createdAt": "2026-11-27T12:00:00Z", "embed": {"$type": "app.bsky.embed.song"}}"#, "$type app.bsky.embed.song"),
            (
                #"{"text": "a", "createdAt": "2026-11-27T12:00:00Z", "facets": [{"index": {"byteStart": -1, "byteEnd": 1}, "features": []}]}"#,
                "out of bounds"
            ),
        ])
    func refused(record: String, words: String) throws {
        guard let judge = try Contracts.judge(of: "bluesky") else { return }
        var value = try JSON.decode([String: JSONValue].self, from: Data(record.utf8))
        value["$type"] = "app.bsky.feed.post"
        let body: JSONValue = ["repo": "did:plc:abc", "collection": "app.bsky.feed.post", "record": .object(value)]
        let call = HTTPCall("POST", "https://bsky.social/xrpc/com.atproto.repo.createRecord", body: try .json(body))
        let faults = try judge.faults(of: call)
        #expect(faults.contains { $0.contains(words) }, "\(faults)")
        #expect(faults.count == 1)
    }
}
