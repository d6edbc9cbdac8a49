import Domain
import Foundation
import NIOConcurrencyHelpers
import PlatformSimulator
import Testing

@testable import Platforms

/// What is Bluesky's own: sessions, keys of records, gates, quotes, films.
@Suite(.timeLimit(.minutes(10)))
struct BlueskyTests {
    private static let conformance = ConformanceCase.all.first { $0.platform == "bluesky" }

    private func withBluesky(judged: Bool = true, _ body: (Bench) async throws -> Void) async throws {
        try await withBench(try #require(Self.conformance), judged: judged, body)
    }

    private func publish(
        _ bench: Bench, _ text: String, media: [OutgoingMedia] = [], settings: [String: JSONValue] = [:]
    ) async throws -> PublicationRecord {
        let request = bench.request([OutgoingPart(text: text, media: media)], settings: settings)
        _ = try await bench.publish(request, journal: MemoryJournal())
        return try #require(bench.publications.last)
    }

    @Test("Keys are the base 32 of their time, as the AT Protocol writes it")
    func keys() {
        #expect(RecordKey.tid(microseconds: 1_700_000_000_000_000, clock: 0) == "3ke6kg3wk2222")
        let keys = (0..<100).map { RecordKey.tid(microseconds: 1_700_000_000_000_000 + $0, clock: 1023) }
        #expect(keys == keys.sorted())
    }

    // MARK: Sessions

    @Test("A session is renewed without the password, and the password serves when that fails")
    func renewing() async throws {
        try await withBluesky { bench in
            let first = bench.account.credentials
            #expect(first.expiresAt.map { $0 > .now + .hours(1) && $0 < .now + .hours(3) } == true)
            let second = try await bench.platform.refresh(first)
            #expect(second.refreshToken != first.refreshToken)
            #expect(bench.simulator.control.log(operation: "bluesky.createSession").count == 1)
            try bench.simulator.control.revokeTokens(platform: "bluesky", account: "ada")
            let third = try await bench.platform.refresh(second)
            #expect(bench.simulator.control.log(operation: "bluesky.createSession").count == 2)
            #expect(try await bench.platform.accounts(third).map(\.id) == [bench.account.account.id])
            try bench.simulator.control.set("appPassword", to: "aaaa-bbbb-cccc-dddd", platform: "bluesky")
            try bench.simulator.control.revokeTokens(platform: "bluesky", account: "ada")
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.refresh(third) }
            #expect(error?.kind == .authentication)
        }
    }

    @Test("A session that has ended asks for renewing, although the answer is 400")
    func expired() async throws {
        try await withBluesky { bench in
            try bench.simulator.control.expireTokens(platform: "bluesky", account: "ada")
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(bench.request([OutgoingPart(text: "Hello")]), journal: MemoryJournal())
            }
            #expect(error?.kind == .authentication)
            #expect(error?.code == "BLUESKY_SESSION_EXPIRED")
        }
    }

    @Test("Revoking ends the session at the server, and again is no error")
    func revoking() async throws {
        try await withBluesky { bench in
            for _ in 1...2 { try await bench.platform.revoke(bench.account.credentials) }
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.accounts(bench.account.credentials) }
            #expect(error?.kind == .authentication)
        }
    }

    @Test(
        "What keeps somebody from signing in is said in words", arguments: [("emailFactor", "APP_PASSWORD_NEEDED"), ("status", "ACCOUNT_RESTRICTED")])
    func signIn(what: String, code: String) async throws {
        try await withBluesky { bench in
            let isFactor = what == "emailFactor"
            try bench.simulator.control.set(isFactor ? "emailFactor" : "accountStatus", to: isFactor ? true : "deactivated", platform: "bluesky")
            let form = ["identifier": "ada@example.com", "password": isFactor ? "own-password-of-ada" : "abcd-efgh-ijkl-mnop"]
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.connect(form: bench.platform.descriptor.connect.checked(form))
            }
            #expect(error?.kind == .authentication)
            #expect(error?.code == "BLUESKY_\(code)")
        }
    }

    @Test(
        "Handles are taken as people paste them",
        arguments: ["ada.bsky.example.com", "@ada.bsky.example.com", "\u{202A}@Ada.bsky.example.com\u{202C}"])
    func handles(typed: String) async throws {
        try await withBluesky { bench in
            let form = ["identifier": typed, "password": "abcd-efgh-ijkl-mnop"]
            let credentials = try await bench.platform.connect(form: bench.platform.descriptor.connect.checked(form))
            #expect(try await bench.platform.accounts(credentials).first?.username == "ada.bsky.example.com")
        }
    }

    @Test(
        "A server inside the operator's network is refused",
        arguments: ["https://127.0.0.1:9", "https://[::1]/", "https://10.0.0.1/xrpc", "http://example.com"])
    func guarded(address: String) async throws {
        try await withBluesky { bench in
            let form = ["identifier": "ada", "password": "abcd-efgh-ijkl-mnop", "service": address]
            await #expect(throws: ProblemReport.self) {
                try await bench.platform.connect(form: bench.platform.descriptor.connect.checked(form))
            }
        }
    }

    // MARK: Posts

    @Test("Links, mentions and tags are marked by bytes; a handle that nobody has stays text")
    func facets() async throws {
        try await withBluesky { bench in
            let post = try await publish(bench, "Go 👩‍💻 to https://example.com/é with @bo.bsky.example.com and @nobody.example.org #swift")
            let facets = try #require(post.details["facets"]?.array)
            #expect(facets.count == 3)
            #expect(facets[0]["index"]?["byteStart"]?.int == 18)
            #expect(facets[0]["index"]?["byteEnd"]?.int == 40)
            #expect(facets[0]["features"]?[0]?["uri"]?.string == "https://example.com/é")
            #expect(facets[1]["features"]?[0]?["did"]?.string?.hasPrefix("did:plc:") == true)
            #expect(facets[2]["features"]?[0]?["tag"]?.string == "swift")
        }
    }

    @Test("A text of 300 characters is taken, and one more is not")
    func boundary() async throws {
        try await withBluesky(judged: false) { bench in
            let longest = try await publish(bench, String(repeating: "é", count: 300))
            #expect(longest.text.count == 300)
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(
                    bench.request([OutgoingPart(text: String(repeating: "é", count: 301))]), journal: MemoryJournal())
            }
            #expect(error?.kind == .invalidContent)
            #expect(error?.message.contains("300 graphemes") == true)
        }
    }

    @Test("Settings become languages, labels and gates, all in one call")
    func settings() async throws {
        try await withBluesky { bench in
            let post = try await publish(
                bench, "Gated",
                settings: [
                    "who_can_reply": "mentioned", "no_quotes": true, "languages": "en, pt-BR", "content_label": "nudity", "signed_in_only": true,
                    "tags": "#tea, green tea",
                ])
            #expect(post.details["tags"]?.strings == ["tea", "green tea"])
            #expect(post.details["langs"]?.strings == ["en", "pt-BR"])
            #expect((post.details["labels"]?["values"]?.array ?? []).compactMap { $0["val"]?.string } == ["nudity", "!no-unauthenticated"])
            let log = bench.simulator.control.log(platform: "bluesky")
            #expect(log.count { $0.operation == "bluesky.applyWrites" } == 1)
            #expect(log.count { $0.operation == "bluesky.createRecord" } == 0)
            for gate in ["threadgate", "postgate"] { #expect(try await record(post, gate, bench) != nil, "\(gate)") }
            try await bench.platform.remove(PublishedRef(partIds: [post.id]), account: bench.account)
            for gate in ["threadgate", "postgate"] { #expect(try await record(post, gate, bench) == nil, "\(gate)") }
        }
    }

    @Test(
        "Eight tags of sixty-four characters are the most",
        arguments: [
            ("tea", true), ("#tea,#cake", true), ("1,2,3,4,5,6,7,8", true), ("1,2,3,4,5,6,7,8,9", false), ("tea,", false), ("te#a", false),
            (String(repeating: "t", count: 64), true), (String(repeating: "t", count: 65), false),
        ])
    func tagForms(text: String, fits: Bool) throws { #expect(try Bluesky.descriptor.takes(text, in: "tags") == fits) }

    private func record(_ post: PublicationRecord, _ collection: String, _ bench: Bench) async throws -> JSONValue? {
        let bluesky = try #require(bench.platform as? Bluesky)
        let key = try #require(RecordAddress(post.id)?.key)
        let address = RecordAddress(repository: bench.account.account.id, collection: "app.bsky.feed.\(collection)", key: key)
        do {
            return try await bluesky.query("com.atproto.repo.getRecord", address.query, bench.account.credentials)
        } catch let error as PlatformError where error.code == "BLUESKY_RECORD_NOT_FOUND" {
            return nil
        }
    }

    @Test("A gated post whose answer is lost is not made twice", arguments: [Fault.Kind.dropBefore, .dropAfter, .truncate, .statusAfter])
    func gatedOnce(kind: Fault.Kind) async throws {
        try await withBluesky { bench in
            try bench.fault(kind, "bluesky.applyWrites")
            _ = try await publish(bench, "Gated", settings: ["who_can_reply": "nobody"])
            #expect(bench.publications.count == 1)
            #expect(bench.struck == 1)
        }
    }

    @Test("A post is quoted by its address, alone and beside a picture")
    func quoting() async throws {
        try await withBluesky { bench in
            let first = try await publish(bench, "First")
            let key = try #require(RecordAddress(first.id)?.key)
            let quote: [String: JSONValue] = ["quote": .string("https://bsky.app/profile/ada.bsky.example.com/post/\(key)")]
            let plain = try await publish(bench, "Quoted", settings: quote)
            #expect(plain.details["embed"]?["record"]?["uri"]?.string == first.id)
            let pictured = try await publish(bench, "Quoted with a picture", media: [.picture()], settings: quote)
            #expect(pictured.details["embed"]?["record"]?["record"]?["uri"]?.string == first.id)
            #expect(pictured.media.count == 1)
            let gone: [String: JSONValue] = ["quote": "https://bsky.app/profile/ada.bsky.example.com/post/3ke6kg3wk2222"]
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(bench.request([OutgoingPart(text: "No")], settings: gone), journal: MemoryJournal())
            }
            #expect(error?.code == "BLUESKY_QUOTE_NOT_FOUND")
        }
    }

    @Test("A link's page becomes a card, and a page that cannot be read or lies inside the network makes none")
    func cards() async throws {
        let page = """
            <html><head><TITLE>Other</TITLE><meta charset=utf-8><meta name = "og:title" content><META property="og:title" content="Tea &amp; cake"><meta content='What we
            serve' name='description'><meta property="og:image" content="/cake.png"></head>
            """
        let server = try await RecordingServer { request in
            switch request.path {
            case "/menu": .answer(status: 200, headers: ["content-type": "text/html; charset=utf-8"], body: page)
            case "/cake.png": .answer(status: 200, headers: ["content-type": "image/png"], body: "a picture of a cake")
            default: .answer(status: 404)
            }
        }
        try await withBluesky { bench in
            let link = "\(server.baseURL)/menu"
            _ = try await publish(bench, "Inside: \(link)", settings: ["link_card": true])
            #expect(bench.publications.last?.details["embed"] == nil)
            let address = try #require(URLComponents(string: server.baseURL))
            try await withRegistry(bench.simulator.environment, allowedPrivateHosts: ["127.0.0.1:\(address.port ?? 0)"]) { registry in
                let platform = try #require(registry["bluesky"])
                for text in ["Card: \(link)", "None: \(server.baseURL)/gone"] {
                    let request = PublishRequest(bench.account, [OutgoingPart(text: text)], settings: ["link_card": true])
                    _ = try await platform.publish(request, journal: MemoryJournal())
                }
            }
            let embeds = bench.publications.suffix(2).map { $0.details["embed"] }
            let card = try #require(embeds[0]?["external"])
            #expect(card["uri"]?.string == link)
            #expect(card["title"]?.string == "Tea & cake")
            #expect(card["description"]?.string == "What we serve")
            #expect(card["thumb"]?["size"]?.int == 19)
            #expect(embeds[1] == nil)
        }
        try await server.stop()
    }

    // MARK: Files

    @Test(
        "Up to four pictures are images, more are a gallery",
        arguments: [(4, "app.bsky.embed.images"), (5, "app.bsky.embed.gallery"), (10, "app.bsky.embed.gallery")])
    func pictures(count: Int, type: String) async throws {
        try await withBluesky { bench in
            let media = (0..<count).map { OutgoingMedia.picture(altText: "Number \($0)") }
            let post = try await publish(bench, "Pictures", media: media)
            #expect(post.details["embed"]?["$type"]?.string == type)
            #expect(post.media.map(\.altText) == (0..<count).map { "Number \($0)" })
        }
    }

    @Test("Files that the server forgot are uploaded again, and the post goes out once")
    func forgotten() async throws {
        try await withBluesky { bench in
            try bench.simulator.control.set("forgetBlobs", to: true, platform: "bluesky")
            let post = try await publish(bench, "Pictures", media: [.picture(altText: "A dot")])
            #expect(post.media.count == 1)
            #expect(bench.publications.count == 1)
            #expect(bench.simulator.control.log(operation: "bluesky.uploadBlob").count == 2)
        }
    }

    @Test("A film that was sent before is not processed again")
    func sameFilm() async throws {
        try await withBluesky { bench in
            for number in 1...2 { _ = try await publish(bench, "Film \(number)", media: [.film()], settings: ["loop_video": true]) }
            #expect(bench.publications.map { $0.media.map(\.kind) } == [[.video], [.video]])
            #expect(bench.publications.last?.details["embed"]?["presentation"]?.string == "gif")
        }
    }

    @Test(
        "A film that cannot be processed is final, and one that the service failed with is sent again",
        arguments: [("encoding_failure", 1), ("validation_failure", 1), ("pds_upload_unsupported_blob_size", 1), ("generic_failure", 3)])
    func failedFilm(code: String, uploads: Int) async throws {
        try await withBluesky { bench in
            try bench.simulator.control.set("videoFailure", to: .string(code), platform: "bluesky")
            let error = await #expect(throws: PlatformError.self) { try await publish(bench, "Film", media: [.film()]) }
            #expect(error?.kind == .invalidContent)
            #expect(error?.code == "BLUESKY_MEDIA_PROCESSING_FAILED")
            #expect(bench.simulator.control.log(operation: "bluesky.uploadVideo").count == uploads)
            #expect(bench.publications.isEmpty)
        }
    }

    @Test("When the day's films are used up the post waits")
    func quota() async throws {
        try await withBluesky { bench in
            try bench.simulator.control.set("videosLeft", to: 0, platform: "bluesky")
            let error = await #expect(throws: PlatformError.self) { try await publish(bench, "Film", media: [.film()]) }
            #expect(error?.kind == .rateLimited)
            #expect(error?.retryAfter == .hours(1))
        }
    }

    @Test("A picture that is too large for the server is refused in words")
    func tooLarge() async throws {
        try await withBluesky { bench in
            try bench.simulator.control.set("blobLimit", to: 10, platform: "bluesky")
            let error = await #expect(throws: PlatformError.self) { try await publish(bench, "Picture", media: [.picture()]) }
            #expect(error?.code == "BLUESKY_MEDIA_TOO_LARGE")
        }
    }
}

/// Where a text's links, mentions and tags are (app.bsky.richtext.facet).
struct RichTextTests {
    private func marked(_ text: String) -> [String] {
        RichText.facets(in: text).map { facet in
            let bytes = String(decoding: Array(text.utf8)[facet.bytes], as: UTF8.self)
            switch facet.feature {
            case .link(let uri): return uri == bytes ? bytes : "\(bytes) → \(uri)"
            case .mention(let handle): return bytes == "@\(handle)" ? bytes : "\(bytes) → \(handle)"
            case .tag(let tag): return bytes.dropFirst() == tag ? bytes : "\(bytes) → \(tag)"
            }
        }
    }

    @Test func offsetsAreBytes() {
        let text = "Go 👩‍💻 to https://example.com/é now #swift"
        #expect(text.utf8.count == 51)
        #expect(RichText.facets(in: text).map(\.bytes) == [18..<40, 45..<51])
    }

    @Test(
        arguments: [
            ("see https://example.com.", ["https://example.com"]),
            ("(https://example.com/a_(b))", ["https://example.com/a_(b)"]),
            ("(see https://example.com/a)", ["https://example.com/a"]),
            ("“https://example.com/a?b=1&c=#d”, HTTP://EXAMPLE.COM!", ["https://example.com/a?b=1&c=#d", "HTTP://EXAMPLE.COM"]),
            ("https://new.music/x and https://", ["https://new.music/x"]),
            (
                "example.com and shop.example.com/tea, but not file.txt or ada@example.com",
                ["example.com → https://example.com", "shop.example.com/tea → https://shop.example.com/tea"]
            ),
            ("", []), ("a b c . @ # ( https: http:/", []),
        ] as [(String, [String])])
    func links(text: String, expected: [String]) { #expect(marked(text) == expected) }

    @Test(
        arguments: [
            ("@ada.example.com: hello (@Bo.example.org)", ["@ada.example.com", "@Bo.example.org → bo.example.org"]),
            ("@ada, @ada.1, me@ada.example.com, @-a.example.com, @a..example.com", []), ("hi @ada.example.com.", ["@ada.example.com"]),
        ] as [(String, [String])])
    func mentions(text: String, expected: [String]) { #expect(marked(text) == expected) }

    @Test(
        arguments: [
            ("#swift #2026 #a1 ＃tea #c++ #x, #ünï! #️⃣ #", ["#swift", "#a1", "＃tea", "#c++", "#x", "#ünï"]),
            ("no#tag (#tag) #" + String(repeating: "a", count: 64), ["#" + String(repeating: "a", count: 64)]),
            ("#" + String(repeating: "a", count: 65), []),
        ] as [(String, [String])])
    func tags(text: String, expected: [String]) { #expect(marked(text) == expected) }

    @Test(arguments: [("(x", 0), ("@a.", 0), ("#", 0), ("1.5,", 0), ("é", 0), ("http://a.co/(", 1), ("a.co ", 20_000), ("#a ", 20_000)])
    func longTextsAreReadToTheirEnd(unit: String, count: Int) {
        #expect(RichText.facets(in: String(repeating: unit, count: 20_000)).count == count)
    }
}
