import Domain
import Foundation
import Testing

@testable import Platforms

/// What the adapters put on the wire, against the platforms' own documentation and independent of the simulator.
struct WireTests {
    private typealias Server = RecordingServer

    /// An adapter whose platform is `server`.
    private func withPlatform<Result>(
        _ id: PlatformID, _ server: RecordingServer, settleTime: Duration = .zero, _ body: (any Platform) async throws -> Result
    ) async throws -> Result {
        let values = [
            "X_API_KEY": "key", "X_API_SECRET": "app-secret", "X_API_BASE_URL": server.baseURL, "LINKEDIN_CLIENT_ID": "id",
            "LINKEDIN_CLIENT_SECRET": "app-secret", "LINKEDIN_API_BASE_URL": "\(server.baseURL)/", "LINKEDIN_VERSION": "202604",
            "MASTODON_URL": server.baseURL,
        ]
        let result = try await withRegistry(values, settleTime: settleTime, time: SleeplessTime()) { registry in
            try await body(#require(registry[id]))
        }
        try await server.stop()
        return result
    }

    @Test func xGetsTheDocumentedPost() async throws {
        let server = try await Server { _ in .answer(status: 201, body: #"{"data":{"id":"77","text":"Hello"}}"#) }
        let request = PublishRequest(
            .invented("x"), [OutgoingPart(text: "Hello"), OutgoingPart(text: "More")],
            settings: [
                "who_can_reply_post": "following", "community": "https://x.com/i/communities/123", "made_with_ai": true,
                "paid_partnership": false,
            ])
        let outcome = try await withPlatform("x", server) { try await $0.publish(request, journal: MemoryJournal()) }
        #expect(outcome == .published(platformPostId: "77", url: "\(server.baseURL)/ada/status/77"))
        #expect(server.requests.map { "\($0.method) \($0.path)" } == ["POST /2/tweets", "POST /2/tweets"])
        #expect(
            server.requests.map(\.text) == [
                #"{"community_id":"123","made_with_ai":true,"reply_settings":"following","share_with_followers":true,"text":"Hello"}"#,
                #"{"made_with_ai":true,"reply":{"in_reply_to_tweet_id":"77"},"text":"More"}"#,
            ])
        let authorization = try #require(server.requests.first?.headers["authorization"])
        for part in ["OAuth ", "oauth_consumer_key=\"key\"", "oauth_token=\"token-of-ada\"", "oauth_signature_method=\"HMAC-SHA1\""] {
            #expect(authorization.contains(part))
        }
    }

    @Test func linkedInGetsTheDocumentedPostAndComment() async throws {
        let server = try await Server { request in
            request.path == "/rest/posts"
                ? .answer(status: 201, headers: ["x-restli-id": "urn:li:share:5"])
                : .answer(status: 201, body: #"{"id":"9","commentUrn":"urn:li:comment:(urn:li:activity:5,9)"}"#)
        }
        let request = PublishRequest(
            .invented("linkedin"), [OutgoingPart(text: "Hello (all)"), OutgoingPart(text: "More (plain)")],
            settings: ["visibility": "CONNECTIONS", "disable_reshare": true])
        let outcome = try await withPlatform("linkedin", server) { try await $0.publish(request, journal: MemoryJournal()) }
        #expect(outcome == .published(platformPostId: "urn:li:share:5", url: "\(server.baseURL)/feed/update/urn:li:share:5"))
        let post = try #require(server.requests.first)
        #expect(
            post.text == """
                {"author":"urn:li:person:42","commentary":"Hello \\\\(all\\\\)","distribution":{"feedDistribution":"MAIN_FEED",\
                "targetEntities":[],"thirdPartyDistributionChannels":[]},"isReshareDisabledByAuthor":true,"lifecycleState":"PUBLISHED",\
                "visibility":"CONNECTIONS"}
                """)
        let headers = [
            "authorization": "Bearer token-of-ada", "linkedin-version": "202604", "x-restli-protocol-version": "2.0.0",
            "content-type": "application/json",
        ]
        for (name, value) in headers { #expect(post.headers[name] == value) }
        let comment = try #require(server.requests.last)
        #expect(comment.path == "/rest/socialActions/urn%3Ali%3Ashare%3A5/comments")
        #expect(comment.text == #"{"actor":"urn:li:person:42","message":{"text":"More (plain)"},"object":"urn:li:share:5"}"#)
    }

    @Test func appsWithoutCommunityManagementCommentOnTheUnversionedPath() async throws {
        let server = try await Server { request in
            switch request.path {
            case "/rest/posts": .answer(status: 201, headers: ["x-restli-id": "urn:li:share:5"])
            case "/v2/socialActions/urn%3Ali%3Ashare%3A5/comments": .answer(status: 201, body: #"{"id":"9"}"#)
            default:
                .answer(
                    status: 403, body: #"{"status":403,"serviceErrorCode":100,"code":"ACCESS_DENIED","message":"Not enough permissions"}"#)
            }
        }
        let request = PublishRequest(.invented("linkedin"), [OutgoingPart(text: "Hello"), OutgoingPart(text: "More")])
        _ = try await withPlatform("linkedin", server) { try await $0.publish(request, journal: MemoryJournal()) }
        #expect(server.requests.count == 3)
    }

    @Test func mastodonGetsTheDocumentedStatus() async throws {
        let server = try await Server { _ in
            .json(
                #"{"id":"8","url":"https://mastodon.example.org/@ada/8","visibility":"unlisted","spoiler_text":"Tea","language":"en","created_at":"2026-11-23T09:00:00.000Z"}"#
            )
        }
        let request = PublishRequest(
            .invented("mastodon", instance: server.baseURL), [OutgoingPart(text: "Hello"), OutgoingPart(text: "More")],
            settings: ["visibility": "unlisted", "spoiler_text": "Tea", "language": "en"])
        let outcome = try await withPlatform("mastodon", server) { try await $0.publish(request, journal: MemoryJournal()) }
        #expect(outcome == .published(platformPostId: "8", url: "https://mastodon.example.org/@ada/8"))
        #expect(
            server.requests.map(\.text) == [
                #"{"language":"en","spoiler_text":"Tea","status":"Hello","visibility":"unlisted"}"#,
                #"{"in_reply_to_id":"8","language":"en","spoiler_text":"Tea","status":"More","visibility":"unlisted"}"#,
            ])
        #expect(server.requests.map { $0.headers["idempotency-key"] } == ["\(request.publicationId)-0", "\(request.publicationId)-1"])
        #expect(server.requests.first?.headers["authorization"] == "Bearer token-of-ada")
    }

    @Test(
        "Removing sends the documented calls",
        arguments: [
            ("x", ["11", "12"], ["DELETE /2/tweets/12", "DELETE /2/tweets/11"]),
            (
                "mastodon", ["11", "12"],
                [
                    "GET /api/v1/statuses/12", "DELETE /api/v1/statuses/12", "GET /api/v1/statuses/11", "DELETE /api/v1/statuses/11",
                ]
            ),
            ("linkedin", ["urn:li:share:5", "urn:li:comment:(urn:li:activity:5,9)"], ["DELETE /rest/posts/urn%3Ali%3Ashare%3A5"]),
        ] as [(PlatformID, [String], [String])])
    func removing(_ id: PlatformID, _ parts: [String], _ calls: [String]) async throws {
        let server = try await Server { .json(#"{"id":"\#($0.path.split(separator: "/").last ?? "")"}"#) }
        _ = try await withPlatform(id, server) {
            try await $0.remove(PublishedRef(partIds: parts), account: .invented(id, instance: id == "mastodon" ? server.baseURL : nil))
        }
        #expect(server.requests.map { "\($0.method) \($0.path)" } == calls)
        #expect(server.requests.first?.headers["x-restli-method"] == (id == "linkedin" ? "DELETE" : nil))
    }

    @Test func mastodonRegistersItsAppOncePerServer() async throws {
        let server = try await Server { _ in .json(#"{"client_id":"app","client_secret":"app-secret"}"#) }
        let callback = try #require(URL(string: "https://postiz.example.com/api/auth/mastodon/callback"))
        try await withPlatform("mastodon", server) { mastodon in
            for state in ["one", "two"] {
                let request = try await mastodon.authorizationRequest(ConnectRequest(state: state, callbackURL: callback))
                let query = FormEncoding.decode(request.url.query(percentEncoded: true) ?? "")
                #expect(query["state"] == state)
                #expect(query["code_challenge"] == PKCE(verifier: request.memory["verifier"] ?? "").challenge)
                #expect(query["scope"] == "read:accounts read:statuses write:statuses write:media")
            }
        }
        let asked = server.requests.map(\.path).filter { !$0.hasPrefix("/.well-known/") }
        #expect(asked == ["/api/v1/apps", "/oauth/token"], "the second time it is asked whether it still knows the app")
        let registration = try #require(server.requests.first { $0.path == "/api/v1/apps" })
        #expect(FormEncoding.decode(registration.text)["redirect_uris"] == callback.absoluteString)
    }

    @Test(
        "A server inside the operator's network cannot be named",
        arguments: ["127.0.0.1", "http://10.0.0.1", "@ada@localhost", "https://[::1]/"])
    func privateInstance(name: String) async throws {
        let server = try await Server { _ in .hangUp }
        let callback = try #require(URL(string: "https://postiz.example.com/cb"))
        let report = try await withPlatform("mastodon", server) { mastodon in
            await #expect(throws: ProblemReport.self) {
                try await mastodon.authorizationRequest(ConnectRequest(state: "s", callbackURL: callback, instance: name))
            }
        }
        #expect(report?.code == .addressRefused)
        #expect(server.requests.isEmpty)
    }

    @Test func linkedInAdoptsADuplicateOnlyAfterALostAnswer() async throws {
        let server = try await Server { _ in
            .answer(status: 422, body: #"{"status":422,"code":"DUPLICATE_POST","message":"Content is a duplicate of urn:li:share:31"}"#)
        }
        let request = PublishRequest(.invented("linkedin"), [OutgoingPart(text: "Hello")])
        try await withPlatform("linkedin", server) { linkedIn in
            let error = await #expect(throws: PlatformError.self) { try await linkedIn.publish(request, journal: MemoryJournal()) }
            #expect(error?.kind == .invalidContent)
            #expect(error?.code == "LINKEDIN_DUPLICATE_POST")

            let interrupted = MemoryJournal()
            interrupted.lose("part-0", triedAgo: .minutes(2))
            let outcome = try await linkedIn.publish(request, journal: interrupted)
            #expect(outcome == .published(platformPostId: "urn:li:share:31", url: "\(server.baseURL)/feed/update/urn:li:share:31"))

            let late = MemoryJournal()
            late.lose("part-0", triedAgo: .minutes(10))
            let undecided = await #expect(throws: PlatformError.self) { try await linkedIn.publish(request, journal: late) }
            #expect(undecided?.kind == .unknownOutcome)
            #expect(undecided?.decidable == false)
        }
    }

    @Test("After a lost answer the person reads what is really done next", arguments: ["x", "linkedin", "linkedin-page", "mastodon"] as [PlatformID])
    func wordsAfterALostAnswer(_ id: PlatformID) async throws {
        let server = try await Server { request in
            request.path == "/rest/posts" && request.text.contains("Post")
                ? .answer(status: 201, headers: ["x-restli-id": "urn:li:share:5"]) : .hangUp
        }
        let instance = id == "mastodon" ? server.baseURL : nil
        try await withPlatform(id, server) { platform in
            let lost = await #expect(throws: PlatformError.self) {
                try await platform.publish(
                    PublishRequest(.invented(id, instance: instance), [OutgoingPart(text: "Lost")]), journal: MemoryJournal())
            }
            #expect(lost?.message.contains("It is being looked up") == (id != "linkedin"), "a member's posts cannot be looked up")
            guard id == "linkedin" else { return }
            #expect(lost?.message.contains("LinkedIn takes nothing twice within minutes") == true)
            let comment = await #expect(throws: PlatformError.self) {
                try await platform.publish(
                    PublishRequest(.invented(id), ["Post", "Comment"].map { OutgoingPart(text: $0) }), journal: MemoryJournal())
            }
            #expect(comment?.message.contains("It is being looked up") == true)
        }
    }

    @Test func anEmptyTimelineOfXIsNotBelievedAtOnce() async throws {
        let server = try await Server { request in
            request.method == "GET" ? .json(#"{"meta":{"result_count":0}}"#) : .answer(status: 201, body: #"{"data":{"id":"77"}}"#)
        }
        let request = PublishRequest(.invented("x"), [OutgoingPart(text: "Hello")])
        try await withPlatform("x", server, settleTime: .seconds(15)) { x in
            let journal = MemoryJournal()
            journal.lose("part-0", triedAgo: .seconds(5))
            let error = await #expect(throws: PlatformError.self) { try await x.publish(request, journal: journal) }
            #expect((error?.retryAfter).map { $0 > .seconds(8) && $0 <= .seconds(10) } == true)
            journal.lose("part-0", triedAgo: .seconds(16))
            _ = try await x.publish(request, journal: journal)
        }
        #expect(server.requests.map(\.method) == ["GET", "GET", "POST"])
    }

    @Test func xTellsWhichPostADuplicateIsOnlyThroughTheTimeline() async throws {
        let server = try await Server { request in
            request.method == "GET"
                ? .json(#"{"meta":{"result_count":0}}"#)
                : .answer(status: 403, body: #"{"status":403,"detail":"You are not allowed to create a Tweet with duplicate content."}"#)
        }
        let request = PublishRequest(.invented("x"), [OutgoingPart(text: "Hello")])
        try await withPlatform("x", server) { x in
            let final = await #expect(throws: PlatformError.self) { try await x.publish(request, journal: MemoryJournal()) }
            #expect(final?.code == "X_DUPLICATE_CONTENT")
            let interrupted = MemoryJournal()
            interrupted.lose("part-0", triedAgo: .minutes(1))
            let undecided = await #expect(throws: PlatformError.self) { try await x.publish(request, journal: interrupted) }
            #expect(undecided?.kind == .unknownOutcome)
            #expect(undecided?.decidable == false)
        }
    }

    @Test func aTokenIsNeverSentToAForeignUploadAddress() async throws {
        let foreign = try await Server { _ in .answer(status: 201) }
        let server = try await Server { _ in .json(#"{"value":{"uploadUrl":"\#(foreign.baseURL)/upload","image":"urn:li:image:1"}}"#) }
        let request = PublishRequest(.invented("linkedin"), [OutgoingPart(text: "Hello", media: [.picture()])])
        let error = try await withPlatform("linkedin", server) { linkedIn in
            await #expect(throws: PlatformError.self) { try await linkedIn.publish(request, journal: MemoryJournal()) }
        }
        #expect(error?.code == "LINKEDIN_UPLOAD_ADDRESS")
        #expect(foreign.requests.isEmpty)
        try await foreign.stop()
    }

    @Test(
        "A used-up limit says when to come back",
        arguments: [
            ("x", ["x-rate-limit-reset": "IN AN HOUR"]), ("mastodon", ["X-RateLimit-Reset": "AT AN HOUR"]), ("linkedin", [:]),
        ] as [(PlatformID, [String: String])])
    func rateLimit(id: PlatformID, headers: [String: String]) async throws {
        let reset = Timestamp.now + .seconds(3600)
        let written = headers.mapValues { $0.hasPrefix("IN") ? String(reset.milliseconds / 1000) : reset.description }
        let server = try await Server { _ in .answer(status: 429, headers: written, body: "{}") }
        let request = PublishRequest(.invented(id, instance: id == "mastodon" ? server.baseURL : nil), [OutgoingPart(text: "Hello")])
        let error = try await withPlatform(id, server) { platform in
            await #expect(throws: PlatformError.self) { try await platform.publish(request, journal: MemoryJournal()) }
        }
        #expect(error?.kind == .rateLimited)
        let wait = try #require(error?.retryAfter)
        #expect(id == "linkedin" ? wait <= .days(1) : wait > .minutes(50) && wait <= .hours(1))
    }

    @Test func descriptorsAndAdaptersAgree() async throws {
        try await withRegistry([:]) { registry in
            #expect(registry.all.map(\.descriptor) == PlatformRegistry.descriptors)
            #expect(registry.all.map(\.descriptor.name) == registry.all.map(\.descriptor.name).sorted())
            #expect(registry["x"]?.missingCredentials == ["X_API_KEY", "X_API_SECRET"])
            #expect(registry["mastodon"]?.missingCredentials == [])
            #expect(registry["nowhere"] == nil)
        }
    }
}
