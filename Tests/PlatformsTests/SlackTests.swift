import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// What is Slack's own: answers that refuse with 200, channels, blocks, threads, files.
@Suite(.timeLimit(.minutes(10)))
struct SlackTests {
    private static let general = "C0KXV26801"
    private static let random = "C0KXV26802"
    private static let bakers = "C0KXV26803"
    private static let board = "C0KXV26804"
    private static let oldNews = "C0KXV26805"
    private static let announcements = "C0KXV26806"

    private func set(_ bench: Bench, _ name: String, _ value: PlatformSimulator.JSON) throws {
        try bench.simulator.control.set(name, to: value, platform: "slack")
    }

    // MARK: Connecting

    @Test("The workspace is the account, and the bot its name")
    func account() async throws {
        try await withBench(.slack) { bench in
            #expect(bench.account.account.displayName == "Ada Example")
            #expect(bench.account.account.username == "Postiz")
            #expect(bench.account.account.profileURL == "\(bench.simulator.baseURL)/slack/team/ada/")
            #expect(bench.account.credentials.accessToken.hasPrefix("xoxb-"))
            #expect(Set(bench.account.credentials.scopes) == Set(Slack.scopes))
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.refresh(bench.account.credentials) }
            #expect(error?.code == "SLACK_CANNOT_REFRESH")
            for _ in 1...2 { try await bench.platform.revoke(bench.account.credentials) }
            #expect(await bench.refusal([OutgoingPart(text: "Hello")])?.code == "SLACK_TOKEN_REJECTED")
        }
    }

    @Test("Where the app rotates its tokens, they are renewed in pairs")
    func rotation() async throws {
        try await withBench(.slack) { bench in
            try set(bench, "tokenRotation", true)
            let first = try await bench.platform.exchange(Bench.consent(bench.platform, "&auto=allow&account=ada"))
            #expect(first.expiresAt.map { $0 > .now + .hours(11) && $0 < .now + .hours(13) } == true)
            let second = try await bench.platform.refresh(first)
            #expect(second.accessToken != first.accessToken)
            #expect(second.refreshToken != nil && second.refreshToken != first.refreshToken)
            #expect(try await bench.platform.accounts(second).map(\.id) == [bench.account.account.id])
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.refresh(first) }
            #expect(error?.code == "SLACK_GRANT_REFUSED")
        }
    }

    // MARK: The wire

    @Test("A message is the documented one")
    func message() async throws {
        let server = try await RecordingServer { request in
            request.path.hasPrefix("/api/conversations.info")
                ? .json(#"{"ok":true,"channel":{"id":"C1","name":"general","is_private":false,"is_member":false,"is_archived":false}}"#)
                : .json(#"{"ok":true,"channel":"C1","ts":"1503435956.000247","message":{}}"#)
        }
        let request = PublishRequest(
            .invented("slack"), [OutgoingPart(text: "Tea & <cake> <@U1> <!here> <https://example.com|menu>"), OutgoingPart(text: "More")],
            settings: ["channel": "C1", "reply_broadcast": true, "unfurl_links": false, "username": "Ada", "icon_url": "https://example.com/a.png"])
        let outcome = try await withRegistry(["SLACK_API_BASE_URL": server.baseURL]) {
            try await #require($0["slack"]).publish(request, journal: MemoryJournal())
        }
        try await server.stop()
        #expect(outcome == .published(platformPostId: "C1:1503435956.000247", url: "\(server.baseURL)/archives/C1/p1503435956000247"))
        #expect(
            server.requests.map { "\($0.method) \($0.path)" } == [
                "GET /api/conversations.info?channel=C1", "POST /api/conversations.join", "POST /api/chat.postMessage", "POST /api/chat.postMessage",
            ])
        let posts = server.requests.suffix(2)
        #expect(posts.allSatisfy { $0.headers["content-type"] == "application/json; charset=utf-8" })
        #expect(posts.allSatisfy { $0.headers["authorization"] == "Bearer token-of-ada" })
        let bodies = try posts.map { try Domain.JSON.decode(JSONValue.self, from: $0.body) }
        let key = "\(request.publicationId)-0"
        #expect(
            bodies[0] == [
                "channel": "C1", "text": "Tea &amp; &lt;cake&gt; <@U1> <!here> <https://example.com|menu>", "unfurl_links": false,
                "unfurl_media": true,
                "metadata": ["event_type": "scheduled_post", "event_payload": ["id": .string(key)]], "client_msg_id": .string(Slack.uuid(key)),
                "username": "Ada", "icon_url": "https://example.com/a.png",
            ])
        #expect(bodies[1]["thread_ts"] == "1503435956.000247")
        #expect(bodies[1]["reply_broadcast"] == true)
        #expect(Slack.uuid(key).wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    }

    @Test("An upload to an address that is not Slack's is not made")
    func uploadAddress() async throws {
        let server = try await RecordingServer { request in
            request.path.hasPrefix("/api/conversations.info")
                ? .json(#"{"ok":true,"channel":{"id":"C1","is_member":true}}"#)
                : .json(#"{"ok":true,"upload_url":"http://127.0.0.1:9/upload","file_id":"F1"}"#)
        }
        let request = PublishRequest(.invented("slack"), [OutgoingPart(text: "", media: [.picture()])], settings: ["channel": "C1"])
        let error = try await withRegistry(["SLACK_API_BASE_URL": server.baseURL]) { registry in
            await #expect(throws: PlatformError.self) { try await #require(registry["slack"]).publish(request, journal: MemoryJournal()) }
        }
        try await server.stop()
        #expect(error?.code == "SLACK_UPLOAD_ADDRESS")
    }

    // MARK: Text

    @Test("Only what Slack would take for something else is escaped")
    func escaping() {
        #expect(SlackText.escaped("a < b && c > d") == "a &lt; b &amp;&amp; c &gt; d")
        #expect(
            SlackText.escaped("<@U1|ada> <#C1> <!channel> <!subteam^S1> <https://example.com/?a=1&b=2|x>")
                == "<@U1|ada> <#C1> <!channel> <!subteam^S1> <https://example.com/?a=1&b=2|x>")
        #expect(SlackText.escaped("<@u1> <!all> <javascript:x> *bold*") == "&lt;@u1&gt; &lt;!all&gt; &lt;javascript:x&gt; *bold*")
    }

    @Test("Long texts are cut where lines or words end, never within an entity, and nothing is lost")
    func pieces() {
        #expect(SlackText.pieces("short", limit: 3000) == ["short"])
        #expect(SlackText.pieces("", limit: 10).isEmpty)
        #expect(SlackText.pieces("one two\nthree four", limit: 10) == ["one two\n", "three four"])
        #expect(SlackText.pieces("one two three", limit: 9) == ["one two ", "three"])
        #expect(SlackText.pieces("abcdefgh&amp;ij", limit: 10) == ["abcdefgh", "&amp;ij"])
        #expect(SlackText.pieces("abcde<@U12345>", limit: 12) == ["abcde", "<@U12345>"])
        for text in [
            String(repeating: "x", count: 7001), String(repeating: "👩‍💻", count: 1500), String(repeating: "&", count: 7001),
            "a " + String(repeating: "<b", count: 3000),
        ] {
            let pieces = SlackText.pieces(text, limit: 3000)
            #expect(pieces.joined() == text)
            #expect(pieces.allSatisfy { (1...3000).contains($0.utf16.count) })
        }
    }

    @Test("A long text becomes sections, and a text of markup a block of it")
    func blocks() async throws {
        try await withBench(.slack) { bench in
            let long = String(repeating: "Word and <word> ", count: 500)
            let made = try await bench.published([OutgoingPart(text: long)])
            #expect(made.first?.text == long)
            #expect(made.first?.details["blocks"]?.array?.count ?? 0 > 2)
            let markdown = try await bench.published([OutgoingPart(text: "# Tea & **cake**")], settings: ["format": "markdown", "header": "News"])
            #expect(markdown.first?.text == "# Tea & **cake**")
            #expect(markdown.first?.details["blocks"]?.array?.compactMap { $0["type"]?.string } == ["header", "markdown"])
            let plain = try await bench.published([OutgoingPart(text: "Short")])
            #expect(plain.first?.details["blocks"] == nil)
            let small = try await bench.published(
                [OutgoingPart(text: "Short", media: [.picture()]), OutgoingPart(text: "More")],
                settings: ["context": "By *Ada* & <@U0SIM1>, 1 < 2", "divider": true])
            #expect(small.first?.text == "Short")
            let blocks = small.first?.details["blocks"]?.array ?? []
            #expect(blocks.compactMap { $0["type"]?.string } == ["section", "image", "divider", "context"])
            #expect(blocks.last?["elements"]?[0]?["text"] == "By *Ada* &amp; <@U0SIM1>, 1 &lt; 2")
            #expect(small.last?.details["blocks"] == nil)
        }
    }

    // MARK: Channels

    @Test("A public channel is joined; what is private, archived or restricted is told in words")
    func channels() async throws {
        try await withBench(.slack) { bench in
            let joined = try await bench.published([OutgoingPart(text: "Hello")], settings: ["channel": .string(Self.random)])
            #expect(joined.count == 1)
            #expect(bench.simulator.control.log(operation: "slack.join").count == 1)
            let named = try await bench.published([OutgoingPart(text: "Hello")], settings: ["channel": "#bakers"])
            #expect(named.first?.details["channel_id"] == .string(Self.bakers))
            #expect(try await bench.published([OutgoingPart(text: "Hello")], settings: ["channel": .string(Self.bakers)]).count == 1)
            for (channel, code) in [
                (Self.board, "CHANNEL_NOT_FOUND"), (Self.oldNews, "CHANNEL_ARCHIVED"), (Self.announcements, "RESTRICTED"),
                ("C404", "CHANNEL_NOT_FOUND"), ("#board", "CHANNEL_NOT_FOUND"),
                ("", "CHANNEL_MISSING"),
            ] {
                let error = await bench.refusal([OutgoingPart(text: "Hello")], settings: ["channel": .string(channel)])
                #expect(error?.code == "SLACK_\(code)")
                #expect(error?.kind == .invalidContent)
            }
        }
    }

    @Test("Channels and people are read page after page")
    func options() async throws {
        try await withBench(.slack) { bench in
            try set(bench, "pageSize", 2)
            let channels = try await bench.platform.options(field: "channel", query: nil, account: bench.account)
            #expect(channels.map(\.value) == [Self.general, Self.random, Self.bakers, Self.announcements])
            #expect(channels.map(\.label) == ["#general", "#random", "#bakers", "#announcements"])
            #expect(channels[2].hint == "private")
            let found = try await bench.platform.options(field: "channel", query: "#Ran", account: bench.account)
            #expect(found.map(\.value) == [Self.random])
            let people = try await bench.platform.options(field: "mention", query: "chidi ex", account: bench.account)
            #expect(people.map(\.value) == ["<@U0SIM2>"])
            #expect(try await bench.platform.options(field: "mention", query: "@here", account: bench.account).map(\.value) == ["<!here>"])
        }
    }

    // MARK: Files

    @Test("Pictures stand in the message, each with words for those who do not see it")
    func pictures() async throws {
        try await withBench(.slack) { bench in
            let made = try await bench.published([OutgoingPart(text: "Look", media: [.picture(altText: "A dot"), .picture()])])
            #expect(made.first?.media.map(\.altText) == ["A dot", "picture.png"])
            #expect(made.first?.details["metadata"] != nil)
            #expect(bench.simulator.control.log(operation: "slack.completeUpload").count == 1)
        }
    }

    @Test("A film is shared as a file with what stands beside it, also in a thread and a private channel", arguments: [general, bakers])
    func films(channel: String) async throws {
        try await withBench(.slack) { bench in
            try set(bench, "shareReads", 3)
            let made = try await bench.published(
                [OutgoingPart(text: "Tea & film", media: [.film(), .picture(altText: "A dot")]), OutgoingPart(text: "", media: [.film()])],
                settings: ["channel": .string(channel)])
            #expect(made.map(\.text) == ["Tea & film", ""])
            #expect(made.first?.media.map(\.kind) == [.video, .image])
            #expect(made.last?.parentID == made.first?.id)
        }
    }

    @Test(
        "A file that was shared, or was not, is found by its own name and never shared twice",
        arguments: [Fault.Kind.dropAfter, .truncate, .statusAfter, .dropBefore])
    func shareOnce(kind: Fault.Kind) async throws {
        try await withBench(.slack) { bench in
            try bench.fault(kind, "slack.completeUpload")
            let request = bench.request([OutgoingPart(text: "Film", media: [.film()])])
            let journal = MemoryJournal()
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .unknownOutcome)
            if kind == .dropBefore {
                // What does not show yet may still come, so nothing is sent for some minutes.
                await #expect(throws: PlatformError.self) { try await bench.publish(request, journal: journal) }
                #expect(bench.publications.isEmpty)
                journal.lose("part-0", triedAgo: .minutes(6))
            }
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.publications.map(\.text) == ["Film"])
        }
    }

    @Test("When Slack has the files, an error on the way to their message does not send them again", arguments: [Fault.Kind.status, .dropBefore])
    func shareThenError(kind: Fault.Kind) async throws {
        try await withBench(.slack) { bench in
            try bench.fault(kind, "slack.fileInfo")
            let request = bench.request([OutgoingPart(text: "Film", media: [.film()])])
            let journal = MemoryJournal()
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .unknownOutcome)
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.publications.count == 1)
        }
    }

    // MARK: After an unknown outcome

    @Test("A message is found by its key among many, page after page, and in threads")
    func search() async throws {
        try await withBench(.slack) { bench in
            try set(bench, "pageSize", 10)
            let request = bench.request([OutgoingPart(text: "Same words"), OutgoingPart(text: "Same words")])
            let journal = MemoryJournal()
            let outcome = try await bench.publish(request, journal: journal)
            for _ in 0..<25 { _ = try await bench.published([OutgoingPart(text: "Same words")]) }
            for part in ["part-0", "part-1"] { journal.lose(part, triedAgo: .minutes(10)) }
            #expect(try await bench.platform.publish(request, journal: journal) == outcome)
            #expect(bench.publications.count == 27)
            #expect(bench.simulator.control.log(operation: "slack.history").count == 3)
        }
    }

    @Test("Without permission to read messages a lost answer is left to the person", arguments: ["channels:history"])
    func unreadable(scope: String) async throws {
        try await withBench(.slack) { bench in
            let scopes = Slack.scopes.filter { !$0.hasSuffix(":history") }
            let grant = try bench.simulator.control.grant(platform: "slack", account: "ada", scopes: scopes).grant
            let account = ConnectedAccount(account: bench.account.account, credentials: Credentials(accessToken: grant.token))
            let request = PublishRequest(account, [OutgoingPart(text: "Hello")], settings: bench.conformance.settings)
            let journal = MemoryJournal()
            try bench.fault(.dropAfter, "slack.createMessage")
            for decidable in [true, false, false] {
                let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
                #expect(error?.kind == .unknownOutcome)
                #expect(error?.decidable == decidable)
            }
            #expect(bench.publications.count == 1)
        }
    }

    // MARK: Limits

    @Test("Texts, headings and descriptions are taken up to their limits and not beyond")
    func limits() async throws {
        try await withBench(.slack) { bench in
            func text(_ count: Int) -> String { String(repeating: "é", count: count) }
            let settings: [(String, [String: JSONValue], String?)] = [
                (text(12_000), [:], nil), (text(13_200), [:], nil), (text(13_201), [:], "TEXT_TOO_LONG"), (text(12_000), ["format": "markdown"], nil),
                (text(12_001), ["format": "markdown"], "INVALID_CONTENT"), ("x", ["header": .string(text(150))], nil),
                ("x", ["header": .string(text(151))], "INVALID_CONTENT"),
                // With everything else at its limit, too.
                (text(12_000), ["header": .string(text(150)), "context": .string(text(1000))], nil),
                ("x", ["context": .string(text(3001))], "INVALID_CONTENT"),
            ]
            for (text, settings, code) in settings {
                if let code {
                    #expect(await bench.refusal([OutgoingPart(text: text)], settings: settings)?.code == "SLACK_\(code)")
                } else {
                    let made = try await bench.published([OutgoingPart(text: text)], settings: settings)
                    #expect(made.count == 1)
                }
            }
            #expect(try await bench.published([OutgoingPart(text: "", media: [.picture(altText: text(2000))])]).count == 1)
            #expect(await bench.refusal([OutgoingPart(text: "", media: [.picture(altText: text(2001))])])?.code == "SLACK_INVALID_CONTENT")
            #expect(try await bench.published([OutgoingPart(text: "", media: Array(repeating: .picture(), count: 10))]).count == 1)
            #expect(Slack.descriptor.text.limit == 12_000)
            #expect(Slack.descriptor.media.altTextLimit == 2000)
        }
    }

    // MARK: Errors

    private static let rows: [(String, PublishingErrorKind, String)] =
        [
            "invalid_auth", "not_authed", "token_expired", "token_revoked", "account_inactive", "no_permission", "team_access_not_granted",
            "org_login_required", "access_denied",
        ].map { ($0, .authentication, "TOKEN_REJECTED") } + [
            ("missing_scope", .authentication, "SCOPE_MISSING"), ("channel_not_found", .invalidContent, "CHANNEL_NOT_FOUND"),
            ("not_in_channel", .invalidContent, "NOT_IN_CHANNEL"), ("is_archived", .invalidContent, "CHANNEL_ARCHIVED"),
            ("restricted_action", .invalidContent, "RESTRICTED"), ("restricted_action_thread_only_channel", .invalidContent, "RESTRICTED"),
            ("messages_tab_disabled", .invalidContent, "NO_REPLIES"), ("cannot_reply_to_message", .invalidContent, "NO_REPLIES"),
            ("thread_locked", .invalidContent, "NO_REPLIES"), ("msg_too_long", .invalidContent, "TEXT_TOO_LONG"),
            ("no_text", .invalidContent, "EMPTY_MESSAGE"), ("invalid_blocks", .invalidContent, "INVALID_CONTENT"),
            ("invalid_blocks_format", .invalidContent, "INVALID_CONTENT"), ("msg_blocks_too_long", .invalidContent, "TEXT_TOO_LONG"),
            ("too_many_attachments", .invalidContent, "INVALID_CONTENT"), ("markdown_text_conflict", .invalidContent, "INVALID_CONTENT"),
            ("metadata_too_large", .invalidContent, "INVALID_CONTENT"), ("invalid_arguments", .invalidContent, "INVALID_CONTENT"),
            ("ekm_access_denied", .invalidContent, "POLICY"), ("message_limit_exceeded", .invalidContent, "POLICY"),
            ("posting_to_general_channel_denied", .invalidContent, "GENERAL_DENIED"), ("ratelimited", .rateLimited, "RATE_LIMITED"),
            ("rate_limited", .rateLimited, "RATE_LIMITED"), ("internal_error", .unknownOutcome, "OUTCOME_UNKNOWN"),
            ("fatal_error", .unknownOutcome, "OUTCOME_UNKNOWN"), ("service_unavailable", .unknownOutcome, "OUTCOME_UNKNOWN"),
            ("request_timeout", .unknownOutcome, "OUTCOME_UNKNOWN"), ("team_added_to_org", .unknownOutcome, "OUTCOME_UNKNOWN"),
            ("something_new", .invalidContent, "REFUSED"),
        ]

    @Test("Every error of Slack's is classified and said in words, though it comes with 200", arguments: rows)
    func errors(name: String, kind: PublishingErrorKind, code: String) async throws {
        try await withBench(.slack) { bench in
            try bench.simulator.control.add(
                Fault(
                    .status, platform: "slack", path: "slack.createMessage", status: 200, body: ["ok": false, "error": .string(name)],
                    headers: ["Retry-After": "7"], times: 1))
            let error = await bench.refusal([OutgoingPart(text: "Hello")])
            #expect(error?.kind == kind)
            #expect(error?.code == "SLACK_\(code)")
            #expect(error?.platformAnswer?.contains(name) == true)
            if kind == .rateLimited { #expect(error?.retryAfter == .seconds(7)) }
        }
    }

    @Test(
        "A picture that Slack cannot show yet is worth another try",
        arguments: ["downloading image failed [json-pointer:/blocks/1]", "invalid slack file [json-pointer:/blocks/1/slack_file]"])
    func patience(words: String) async throws {
        try await withBench(.slack) { bench in
            try bench.simulator.control.add(
                Fault(
                    .status, platform: "slack", path: "slack.createMessage", status: 200,
                    body: ["ok": false, "error": "invalid_blocks", "response_metadata": ["messages": [.string("[ERROR] \(words)")]]], times: 1))
            let error = await bench.refusal([OutgoingPart(text: "Hello", media: [.picture()])])
            #expect(error?.code == "SLACK_PICTURE_NOT_USABLE")
            #expect(error?.patience == .minutes(2))
        }
    }
}
