import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// What is Threads' own: containers, kinds of posts, counting, quotas, tokens.
@Suite(.timeLimit(.minutes(10)))
struct ThreadsTests {
    private func withThreads(_ body: (Bench) async throws -> Void) async throws { try await withBench(.threads, body) }

    private func request(
        _ bench: Bench, _ text: String, _ media: [OutgoingMedia] = [], kind: String = "post", settings: [String: JSONValue] = [:]
    ) -> PublishRequest {
        PublishRequest(bench.account, [OutgoingPart(text: text, media: media)], settings: settings, kind: kind)
    }

    // MARK: The wire

    @Test("A text and a reply are two containers each, as documented")
    func wire() async throws {
        let server = try await RecordingServer { request in
            switch (request.method, request.path) {
            case ("POST", let path) where path.contains("threads_publish"): .json(#"{"id":"77"}"#)
            case ("POST", _): .json(#"{"id":"11"}"#)
            case (_, let path) where path.hasPrefix("/v1.0/11?"): .json(#"{"id":"11","status":"FINISHED"}"#)
            default: .json(#"{"id":"77","permalink":"https://www.threads.net/@ada/post/C7"}"#)
            }
        }
        let values = ["THREADS_APP_ID": "1", "THREADS_APP_SECRET": "secret", "THREADS_API_BASE_URL": server.baseURL]
        let outcome = try await withRegistry(values, time: SleeplessTime()) { registry in
            try await #require(registry["threads"]).publish(
                PublishRequest(
                    .invented("threads"), [OutgoingPart(text: "Tea & cake"), OutgoingPart(text: "More")],
                    settings: ["reply_control": "mentioned_only", "topic_tag": "Tea time", "reply_approvals": true], kind: "post"),
                journal: MemoryJournal())
        }
        #expect(outcome == .published(platformPostId: "77", url: "https://www.threads.net/@ada/post/C7"))
        #expect(
            server.requests.map { "\($0.method) \($0.path)" } == [
                "POST /v1.0/me/threads?access_token=token-of-ada",
                "GET /v1.0/11?fields=status%2Cerror_message&access_token=token-of-ada",
                "POST /v1.0/me/threads_publish?access_token=token-of-ada", "GET /v1.0/77?fields=id%2Cpermalink&access_token=token-of-ada",
                "POST /v1.0/me/threads?access_token=token-of-ada",
                "GET /v1.0/11?fields=status%2Cerror_message&access_token=token-of-ada",
                "POST /v1.0/me/threads_publish?access_token=token-of-ada", "GET /v1.0/77?fields=id%2Cpermalink&access_token=token-of-ada",
            ])
        #expect(
            server.requests.map(\.text).filter { !$0.isEmpty } == [
                "media_type=TEXT&text=Tea%20%26%20cake&reply_control=mentioned_only&topic_tag=Tea%20time&enable_reply_approvals=true",
                "creation_id=11", "media_type=TEXT&text=More&reply_to_id=77", "creation_id=11",
            ])
        #expect(server.requests.first?.headers["content-type"] == "application/x-www-form-urlencoded")
        try await server.stop()
    }

    @Test("The version and the permissions are the operator's to choose")
    func configured() async throws {
        let server = try await RecordingServer { _ in .json(#"{"id":"1","username":"ada"}"#) }
        let values = ["THREADS_API_BASE_URL": server.baseURL, "THREADS_API_VERSION": "v1.1", "THREADS_SCOPES": "threads_basic threads_delete"]
        try await withRegistry(values) { registry in
            let threads = try #require(registry["threads"])
            let callback = try #require(URL(string: "https://postiz.example.com/cb"))
            let start = try await threads.authorizationRequest(ConnectRequest(state: "s", callbackURL: callback))
            #expect(start.url.query()?.contains("scope=threads_basic%2Cthreads_delete&") == true)
            _ = try await threads.accounts(Credentials(accessToken: "token"))
        }
        #expect(server.requests.first?.path.hasPrefix("/v1.1/me?fields=") == true)
        try await server.stop()
    }

    // MARK: Tokens

    @Test("A code becomes a token of sixty days, which is renewed from its second day on")
    func renewing() async throws {
        try await withThreads { bench in
            let first = bench.account.credentials
            #expect(first.expiresAt.map { $0 > .now + .days(59) && $0 < .now + .days(61) } == true)
            #expect(first.refreshToken == first.accessToken)
            #expect(try await bench.platform.refresh(first) == first, "Threads would refuse")
            #expect(bench.simulator.control.log(operation: "threads.refresh").isEmpty)
            var old = first
            old.extra = ["issued_at": String((Timestamp.now - .days(2)).milliseconds)]
            let refused = await #expect(throws: PlatformError.self) { try await bench.platform.refresh(old) }
            #expect(refused?.kind == .invalidContent, "the simulator knows better how old it is")
            #expect(bench.simulator.control.log(operation: "threads.refresh").count == 1)
            try bench.simulator.control.expireTokens(platform: "threads", account: "ada")
            let ended = await #expect(throws: PlatformError.self) { try await bench.platform.refresh(old) }
            #expect(ended?.kind == .authentication)
        }
    }

    @Test("A token that lives is renewed, and the new one works")
    func renewed() async throws {
        try await withPassingTime(.threads) { threads, account, _, time in
            time.pass(.days(45))
            let renewed = try await threads.refresh(account.credentials)
            #expect(renewed.accessToken != account.credentials.accessToken)
            #expect(renewed.expiresAt.map { $0 > time.now + .days(59) } == true)
            time.pass(.days(30))
            #expect(try await threads.accounts(renewed).map(\.username) == ["ada"])
            let ended = await #expect(throws: PlatformError.self) { try await threads.accounts(account.credentials) }
            #expect(ended?.kind == .authentication)
        }
    }

    // MARK: Kinds and settings

    @Test("A picture, a film and a carousel of both")
    func files() async throws {
        try await withThreads { bench in
            let picture = try await bench.published(request(bench, "", [.picture(altText: "A dot")], settings: ["spoiler_media": true]))
            #expect(picture.media.map(\.altText) == ["A dot"])
            #expect(picture.details["is_spoiler_media"] == "true")
            let mixed = try await bench.published(request(bench, "Both", [.film(), .picture(altText: "A dot")]))
            #expect(mixed.media.map(\.kind) == [.video, .image])
            let many = try await bench.published(request(bench, "", Array(repeating: .picture(), count: 20)))
            #expect(many.media.count == 20)
            let tooMany = await bench.refusal(request(bench, "", Array(repeating: .picture(), count: 21)))
            #expect(tooMany?.kind == .invalidContent)
        }
    }

    @Test(
        "Each kind sends what belongs to it",
        arguments: [
            ("link", ["link": "https://example.com/a"], "link_attachment", "https://example.com/a"),
            (
                "poll", ["poll_option_a": "Tea", "poll_option_b": "Cake", "poll_option_c": "Both"], "poll_attachment",
                #"{"option_a":"Tea","option_b":"Cake","option_c":"Both"}"#
            ),
            ("gif", ["gif_id": "abc123"], "gif_attachment", #"{"gif_id":"abc123","provider":"GIPHY"}"#),
            (
                "long", ["long_text": "Once", "long_text_link": "https://example.com/b"], "text_attachment",
                #"{"link_attachment_url":"https://example.com/b","plaintext":"Once"}"#
            ),
            ("ghost", [:], "is_ghost_post", "true"),
            ("post", ["country_codes": "DE,AT"], "allowlisted_country_codes", "DE,AT"),
            ("post", ["location_id": "123"], "location_id", "123"),
            ("post", ["reply_control": "followers_only"], "reply_control", "followers_only"),
        ] as [(String, [String: JSONValue], String, String)])
    func kinds(kind: String, settings: [String: JSONValue], field: String, value: String) async throws {
        try await withThreads { bench in
            let post = try await bench.published(request(bench, "Words", kind: kind, settings: settings))
            #expect(post.details[field] == .string(value))
            #expect(post.text == "Words")
        }
    }

    @Test("Words that are hidden are told by where they stand, in each part, and where they overlap as one")
    func hidden() async throws {
        try await withThreads { bench in
            let parts = ["👩‍💻 It was the butler, the butler!", "In the library"].map { OutgoingPart(text: $0) }
            let request = PublishRequest(
                bench.account, parts, settings: ["text_spoilers": "the butler| butler, the |library"], kind: "post")
            _ = try await bench.publish(request, journal: MemoryJournal())
            let told = bench.publications.map { $0.details["text_entities"]?.string }
            #expect(
                told == [
                    #"[{"entity_type":"SPOILER","length":22,"offset":13}]"#, #"[{"entity_type":"SPOILER","length":7,"offset":7}]"#,
                ])
        }
    }

    @Test(
        "Words that the text does not have, and more than ten places, are not published in the open",
        arguments: [("Tea and cake", "biscuits"), (String(repeating: "tea and ", count: 11), "tea")])
    func hiddenInVain(text: String, words: String) async throws {
        try await withThreads { bench in
            let error = await bench.refusal(request(bench, text, settings: ["text_spoilers": .string(words)]))
            #expect(error?.code == "THREADS_HIDDEN_WORDS")
            #expect(error?.kind == .invalidContent)
            #expect(bench.publications.isEmpty)
        }
    }

    @Test("Places and people are found where the app has the permissions; without them the connection stays")
    func lookingUp() async throws {
        try await withThreads { bench in
            for field in ["location_id", "mention"] {
                let error = await #expect(throws: PlatformError.self) {
                    try await bench.platform.options(field: field, query: "tea", account: bench.account)
                }
                #expect(error?.kind == .invalidContent)
                #expect(error?.message.contains("THREADS_SCOPES") == true)
            }
            let scopes = ["threads_basic", "threads_location_tagging", "threads_profile_discovery"]
            let grant = try bench.simulator.control.grant(platform: "threads", account: "ada", scopes: scopes).grant
            let account = ConnectedAccount(
                account: bench.account.account, credentials: Credentials(accessToken: grant.token, scopes: scopes))
            let places = try await bench.platform.options(field: "location_id", query: "tea house", account: account)
            #expect(places.map(\.label) == ["Tea House"])
            #expect(places.first?.hint == "1 Example Street, Exampletown, Example")
            #expect(try await bench.platform.options(field: "mention", query: "@bo", account: account).map(\.value) == ["@bo"])
            #expect(try await bench.platform.options(field: "mention", query: "nobody", account: account).isEmpty)
        }
    }

    @Test("A quote names a post that is there, and sharing to Instagram is asked for")
    func quotes() async throws {
        try await withThreads { bench in
            let first = try await bench.published(request(bench, "First"))
            let quote = try await bench.published(
                request(bench, "Quote", settings: ["quote_post_id": .string(first.id), "share_to_instagram": true]))
            #expect(quote.details["quote_post_id"] == .string(first.id))
            #expect(quote.details["crossreshare_to_ig"] == "true")
            let unknown = await bench.refusal(request(bench, "Quote", settings: ["quote_post_id": "1"]))
            #expect(unknown?.kind == .invalidContent)
        }
    }

    @Test("Kinds that are text only say so before scheduling", arguments: ["link", "poll", "gif", "long", "ghost"])
    func noFiles(kind: String) {
        let descriptor = Threads.descriptor
        let narrow = descriptor.narrowed(to: descriptor.kinds.first { $0.name == kind })
        #expect(MediaKind.allCases.allSatisfy { narrow.media.maximum(of: $0) == 0 })
        #expect(narrow.pullsMedia)
    }

    // MARK: Limits

    @Test(
        "Five hundred is the end, emoji counted by their bytes",
        arguments: [
            (String(repeating: "a", count: 500), true), (String(repeating: "a", count: 501), false),
            (String(repeating: "é", count: 500), true), (String(repeating: "漢", count: 501), false),
            (String(repeating: "😀", count: 125), true), (String(repeating: "😀", count: 126), false),
            (String(repeating: "a", count: 475) + "👨‍👩‍👧‍👦", true), (String(repeating: "a", count: 476) + "👨‍👩‍👧‍👦", false),
        ])
    func length(text: String, fits: Bool) async throws {
        #expect((TextCounting.emojiBytes.length(of: text) <= 500) == fits)
        try await withThreads { bench in
            guard !fits else {
                let post = try await bench.published(request(bench, text))
                #expect(post.text == text)
                return
            }
            let error = await bench.refusal(request(bench, text))
            #expect(error?.code == "THREADS_TEXT_TOO_LONG")
            #expect(error?.kind == .invalidContent)
        }
    }

    @Test("Five links are the most")
    func links() async throws {
        try await withThreads { bench in
            func text(_ count: Int) -> String { (1...count).map { "https://example.com/\($0)" }.joined(separator: " ") }
            _ = try await bench.published(request(bench, text(5)))
            #expect(await bench.refusal(request(bench, text(6)))?.code == "THREADS_TOO_MANY_LINKS")
        }
    }

    @Test("A quota that is used up makes the post wait, whatever the refusal says", arguments: [("postQuota", 1), ("replyQuota", 2)])
    func quota(name: String, parts: Int) async throws {
        try await withThreads { bench in
            try bench.simulator.control.set(name, to: 0, platform: "threads")
            let parts = ["One", "Two"].prefix(parts).map { OutgoingPart(text: $0) }
            let error = await bench.refusal(PublishRequest(bench.account, parts, kind: "post"))
            #expect(error?.code == "THREADS_QUOTA_REACHED")
            #expect(error?.kind == .rateLimited)
            #expect(error?.retryAfter == .hours(1))
        }
    }

    @Test("A removal for which there is no room today says so, and can be tried again")
    func removals() async throws {
        try await withThreads { bench in
            let posts = [try await bench.published(request(bench, "One")), try await bench.published(request(bench, "Two"))]
            try bench.simulator.control.set("deleteQuota", to: 1, platform: "threads")
            try await bench.platform.remove(PublishedRef(partIds: [posts[0].id]), account: bench.account)
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.remove(PublishedRef(partIds: [posts[1].id]), account: bench.account)
            }
            #expect(error?.code == "THREADS_QUOTA_REACHED")
            #expect(error?.message.contains("removed all") == true)
            try bench.simulator.control.set("deleteQuota", to: 2, platform: "threads")
            try await bench.platform.remove(PublishedRef(partIds: [posts[1].id]), account: bench.account)
            #expect(bench.publications.isEmpty)
        }
    }

    // MARK: Errors

    @Test(
        "Every refusal has its kind and its words",
        arguments: [
            (#"{"error":{"message":"Error validating access token","code":190}}"#, 400, "TOKEN_REJECTED", PublishingErrorKind.authentication),
            (#"{"error":{"message":"(#10) no","code":10}}"#, 403, "PERMISSION_MISSING", .authentication),
            (#"{"error":{"message":"(#200) no","code":200}}"#, 403, "PERMISSION_MISSING", .authentication),
            (#"{"error":{"message":"(#4) limit","code":4,"is_transient":true}}"#, 403, "RATE_LIMITED", .rateLimited),
            (#"{"error":{"message":"(#17) limit","code": 17}}"#, 400, "RATE_LIMITED", .rateLimited),
            (#"{"error":{"message":"(#32) limit","code":32}}"#, 400, "RATE_LIMITED", .rateLimited),
            (#"{"error":{"message":"(#613) limit","code":613}}"#, 400, "RATE_LIMITED", .rateLimited),
            (#"{"error":{"message":"gone","code":24,"error_subcode":4279009}}"#, 400, "NOT_READY", .transient),
            (#"{"error":{"message":"blocked","code":1,"error_subcode":2207051}}"#, 400, "BLOCKED", .invalidContent),
            (#"{"error":{"message":"restricted","code":10,"error_subcode":4279013}}"#, 400, "ACCOUNT_RESTRICTED", .invalidContent),
            (#"{"error":{"message":"The media could not be fetched from this URI.","code":100}}"#, 400, "MEDIA_NOT_FETCHED", .invalidContent),
            (#"{"error":{"message":"(#100) Param text must be at most 500 characters long.","code":100}}"#, 400, "TEXT_TOO_LONG", .invalidContent),
            (#"{"error":{"message":"THREADS_API__LINK_LIMIT_EXCEEDED","code":100}}"#, 400, "TOO_MANY_LINKS", .invalidContent),
            (#"{"error":{"message":"THREADS_API__FEATURE_NOT_AVAILABLE","code":10}}"#, 400, "FEATURE_NOT_AVAILABLE", .invalidContent),
            (#"{"error":{"message":"(#100) something else","code":100}}"#, 400, "REFUSED", .invalidContent),
            (#"{"error":{"message":"An unknown error","code":1}}"#, 500, "UNAVAILABLE", .transient),
            (#"{"error":{"message":"Service","code":2,"is_transient":true}}"#, 400, "UNAVAILABLE", .transient),
        ] as [(String, Int, String, PublishingErrorKind)])
    func errors(body: String, status: Int, code: String, kind: PublishingErrorKind) async throws {
        let server = try await RecordingServer { _ in .answer(status: status, body: body) }
        let values = ["THREADS_API_BASE_URL": server.baseURL]
        let error = try await withRegistry(values, time: SleeplessTime()) { registry in
            await #expect(throws: PlatformError.self) {
                try await #require(registry["threads"]).publish(
                    PublishRequest(.invented("threads"), [OutgoingPart(text: "Hello")], kind: "post"), journal: MemoryJournal())
            }
        }
        try await server.stop()
        #expect(error?.code == "THREADS_\(code)")
        #expect(error?.kind == kind)
        #expect(error?.platformAnswer?.contains("token-of-ada") == false)
    }

    @Test("A fault of Meta's own while publishing is no refusal: the container is asked", arguments: [400, 500])
    func faultWhilePublishing(status: Int) async throws {
        try await withThreads { bench in
            let fault: PlatformSimulator.JSON = ["error": ["message": "An unexpected error has occurred", "code": 2, "is_transient": true]]
            try bench.simulator.control.add(
                Fault(.statusAfter, platform: "threads", path: "threads.createPost", status: status, body: fault, times: 1))
            let (journal, request) = (MemoryJournal(), request(bench, "Once"))
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .unknownOutcome)
            let outcome = try await bench.publish(request, journal: journal)
            #expect(bench.publications.map(\.text) == ["Once"])
            guard case .published(let id, _, _) = outcome else { throw Crash() }
            #expect(id == bench.publications.first?.id)
        }
    }

    @Test(
        "What Threads says of a container decides",
        arguments: [
            ("INVALID_ASPEC_RATIO", "THREADS_MEDIA_REFUSED", 1), ("INVALID_BIT_RATE", "THREADS_MEDIA_REFUSED", 1),
            ("INVALID_DURATION", "THREADS_MEDIA_REFUSED", 1), ("INVALID_FRAME_RATE", "THREADS_MEDIA_REFUSED", 1),
            ("INVALID_AUDIO_CHANNELS", "THREADS_MEDIA_REFUSED", 1), ("FAILED_PROCESSING_AUDIO", "THREADS_MEDIA_REFUSED", 1),
            ("UNKNOWN", "THREADS_MEDIA_REFUSED", 1), ("FAILED_DOWNLOADING_VIDEO", "THREADS_MEDIA_NOT_FETCHED", 3),
        ])
    func containerFailures(reason: String, code: String, containers: Int) async throws {
        try await withThreads { bench in
            try bench.simulator.control.set("containerFailure", to: .string(reason), platform: "threads")
            let error = await bench.refusal(request(bench, "Film", [.film()]))
            #expect(error?.code == code)
            #expect(error?.kind == .invalidContent)
            #expect(bench.simulator.control.log(operation: "threads.createContainer").count == containers)
            #expect(bench.publications.isEmpty)
        }
    }

    @Test("A picture that cannot be fetched is tried for a while")
    func notFetched() async throws {
        try await withThreads { bench in
            let lost = OutgoingMedia(media: OutgoingMedia.picture().media, read: { _, _ in Data() }) { _ in
                try #require(URL(string: bench.simulator.baseURL + "/nothing.png"))
            }
            let error = await bench.refusal(request(bench, "Picture", [lost]))
            #expect(error?.code == "THREADS_MEDIA_NOT_FETCHED")
            #expect(error?.patience == .minutes(1))
        }
    }

    // MARK: Containers

    @Test("Long processing gives the worker back, and nothing is made twice")
    func processing() async throws {
        try await withThreads { bench in
            try bench.simulator.control.set("processingPolls", to: 3, platform: "threads")
            let (journal, request) = (MemoryJournal(), request(bench, "Film", [.film()]))
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.simulator.control.log(operation: "threads.createContainer").count == 1)
            #expect(bench.publications.count == 1)
        }
    }

    @Test("A container that ended unused is made anew")
    func expired() async throws {
        try await withPassingTime(.threads) { threads, account, simulator, time in
            let request = PublishRequest(account, [OutgoingPart(text: "Late")], kind: "post")
            let journal = MemoryJournal(time: time)
            try simulator.control.add(Fault(.status, platform: "threads", path: "threads.createPost", status: 429, times: 1))
            await #expect(throws: PlatformError.self) { try await threads.publish(request, journal: journal) }
            time.pass(.hours(25))
            _ = try await threads.publish(request, journal: journal)
            #expect(simulator.control.publications(platform: "threads").map(\.text) == ["Late"])
            #expect(simulator.control.log(operation: "threads.createContainer").count == 2)
        }
    }

    @Test("A post that is public but not listed yet is waited for, not sent again")
    func notListedYet() async throws {
        try await withThreads { bench in
            try bench.simulator.control.set("listLag", to: 3600, platform: "threads")
            let (journal, request) = (MemoryJournal(), request(bench, "Once"))
            try bench.fault(.dropAfter, "threads.createPost")
            for _ in 1...3 {
                let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
                #expect(error?.kind == .unknownOutcome)
            }
            try bench.simulator.control.set("listLag", to: 0, platform: "threads")
            _ = try await bench.platform.publish(request, journal: journal)
            #expect(bench.publications.map(\.text) == ["Once"])
        }
    }

    @Test("A post whose address is not told has the profile's")
    func noPermalink() async throws {
        try await withThreads { bench in
            try bench.simulator.control.set("permalinkFails", to: true, platform: "threads")
            let outcome = try await bench.publish(request(bench, "Hello"), journal: MemoryJournal())
            guard case .published(_, let url, _) = outcome else { throw Crash() }
            #expect(url == "\(bench.simulator.base(of: "threads"))/@ada")
        }
    }
}
