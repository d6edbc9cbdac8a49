import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// Instagram through Facebook and by its own login: containers, every kind and setting, and what is made of every refusal.
@Suite(.timeLimit(.minutes(5)))
struct InstagramTests {
    private static let both = [ConformanceCase.instagram, .instagramStandalone]

    /// The beginning of a JPEG file.
    private static func jpeg(altText: String? = nil) -> OutgoingMedia {
        .file(Data([0xFF, 0xD8, 0xFF, 0xE0]) + Data(count: 60), type: "image/jpeg", name: "picture.jpg", altText: altText)
    }

    private func onJPEG(_ conformance: ConformanceCase) -> ConformanceCase {
        var strict = conformance
        strict.switches = [:]
        return strict
    }

    // MARK: Connecting

    @Test func theAccountsOfThePersonsPagesAreOffered() async throws {
        try await withBench(.instagram) { bench in
            let accounts = try await bench.platform.accounts(bench.account.credentials)
            #expect(accounts.map(\.username) == ["example.widgets", "example.foods"])
            #expect(bench.account.credentials.expiresAt == nil)
            let consent = try await Bench.consent(bench.platform, "&auto=allow&account=ada&without=instagram_content_publish")
            let credentials = try await bench.platform.exchange(consent)
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.accounts(credentials) }
            #expect(error?.code == "INSTAGRAM_SCOPE_MISSING")
        }
    }

    @Test(arguments: [true, false])
    func theStandaloneLoginGivesALongTokenThatRenewsItself(_ listed: Bool) async throws {
        try await withBench(.instagramStandalone) { bench in
            try bench.simulator.control.set("listsGrants", to: .bool(listed), platform: "instagram")
            let callback = try await Bench.consent(bench.platform, "&auto=allow&account=bo")
            // A client that keeps the fragment hands it on with the code.
            let whole = AuthorizationCallback(
                query: callback.query.merging(["code": "\(callback.query["code"] ?? "")#_"]) { $1 }, memory: callback.memory,
                callbackURL: callback.callbackURL)
            let credentials = try await bench.platform.exchange(whole)
            #expect(credentials.refreshToken == credentials.accessToken)
            #expect(credentials.scopes.count == 4)
            let left = try #require(credentials.expiresAt) - .now
            #expect(left > .days(59) && left <= .days(60))
            let account = try #require(try await bench.platform.accounts(credentials).first)
            #expect(account.id.hasPrefix("17841"))
            // Too young to be renewed: it stays as it is, and Instagram is not even asked.
            #expect(try await bench.platform.refresh(credentials) == credentials)
            #expect(bench.simulator.control.log(operation: "instagram.refresh").isEmpty)
        }
    }

    @Test func aTokenOfADayIsRenewed() async throws {
        let server = try await RecordingServer { _ in .json(#"{"access_token":"newer","token_type":"bearer","expires_in":5184000}"#) }
        let old = Credentials(
            accessToken: "older", refreshToken: "older", scopes: ["instagram_business_basic"],
            extra: ["issued": String((Timestamp.now - .hours(25)).milliseconds)])
        let new = try await withInstagram("instagram-standalone", server) { try await $0.refresh(old) }
        #expect(server.requests.map(\.path) == ["/refresh_access_token?grant_type=ig_refresh_token&access_token=older"])
        #expect([new.accessToken, new.refreshToken] == ["newer", "newer"])
        #expect(new.scopes == old.scopes)
    }

    @Test func aPersonalAccountIsRefusedInWords() async throws {
        try await withBench(.instagramStandalone) { bench in
            try bench.simulator.control.set("accountType", to: "PERSONAL", platform: "instagram")
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.accounts(bench.account.credentials) }
            #expect(error?.code == "INSTAGRAM_NOT_PROFESSIONAL")
        }
    }

    // MARK: Publishing

    @Test(arguments: both)
    func picturesAndFilmsBecomeACarouselWithTheWordsOnTheWhole(_ conformance: ConformanceCase) async throws {
        try await withBench(onJPEG(conformance)) { bench in
            let settings: [String: JSONValue] = [
                "user_tags": "@bo.example 0.25 1, chidi", "collaborators": "@bo.example, chidi", "location_id": "1234", "is_ai_generated": true,
                "comments_off": true,
            ]
            let request = bench.request(
                [OutgoingPart(text: "All of it #tea", media: [Self.jpeg(altText: "A dot"), .film(), Self.jpeg()])], settings: settings)
            let outcome = try await bench.publish(request, journal: MemoryJournal())
            let post = try #require(bench.publications.first)
            #expect(outcome == .published(platformPostId: post.id, url: "\(bench.simulator.base(of: conformance.simulated))/p/\(post.id)"))
            #expect(post.media.map(\.kind) == [.image, .video, .image])
            #expect(post.media.first?.altText == "A dot")
            #expect(post.details["media_type"] == "CAROUSEL_ALBUM")
            #expect(post.details["collaborators"] == #"["bo.example","chidi"]"#)
            let (x, y) = (2.0 / 3, 0.5)
            let shown = try JSON.decode(JSONValue.self, from: Data(#require(post.details["user_tags"]?.string).utf8))
            #expect(
                shown == [
                    ["username": "bo.example", "x": 0.25, "y": 1], ["username": "chidi", "x": .number(x), "y": .number(y)],
                ])
            #expect(post.details["location_id"] == "1234")
            #expect(post.details["comment_enabled"] == false)
        }
    }

    @Test(arguments: both)
    func aReelGoesWithItsSettings(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            let settings: [String: JSONValue] = [
                "thumb_offset": "1500", "share_to_feed": false, "audio_name": "Own sound", "is_trial_reel": true,
                "graduation_strategy": "SS_PERFORMANCE", "audio_id": "9001", "audio_volume": "40", "user_tags": "bo.example 0.1 0.1",
            ]
            let request = bench.request([OutgoingPart(text: "A reel", media: [.film()])], settings: settings)
            #expect(request.kind == "reel")
            _ = try await bench.publish(request, journal: MemoryJournal())
            let details = try #require(bench.publications.first?.details)
            #expect(details["media_product_type"] == "REELS")
            #expect(details["thumb_offset"] == "1500")
            #expect(details["share_to_feed"] == "false")
            #expect(details["user_tags"] == #"[{"username":"bo.example"}]"#)
            #expect(details["trial_params"] == #"{"graduation_strategy":"SS_PERFORMANCE"}"#)
            let music = #"{"audio_id":"9001","audio_volume":40,"video_volume":100}"#
            #expect(details["audio_configuration"]?.string == (conformance.platform == "instagram" ? music : nil))
        }
    }

    @Test(arguments: both)
    func aPictureBesideAReelIsItsCover(_ conformance: ConformanceCase) async throws {
        try await withBench(onJPEG(conformance)) { bench in
            let reel = bench.request([OutgoingPart(text: "A reel", media: [Self.jpeg(), .film()])], settings: ["post_type": "reel"])
            _ = try await bench.publish(reel, journal: MemoryJournal())
            let made = try #require(bench.publications.first)
            #expect(made.media.map(\.kind) == [.video])
            #expect(made.details["cover_url"]?.string?.hasSuffix("picture.jpg") == true)
            let other = bench.request([OutgoingPart(text: "A reel", media: [.picture(), .film()])], settings: ["post_type": "reel"])
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(other, journal: MemoryJournal()) }
            #expect(error?.code == "INSTAGRAM_IMAGE_FORMAT")
        }
    }

    @Test(arguments: both)
    func everyFileOfAStoryIsAStoryWithoutWords(_ conformance: ConformanceCase) async throws {
        try await withBench(onJPEG(conformance)) { bench in
            let request = bench.request(
                [OutgoingPart(text: "", media: [Self.jpeg(altText: "Not for stories"), .film()])],
                settings: ["post_type": "story", "collaborators": "bo", "user_tags": "bo"])
            _ = try await bench.publish(request, journal: MemoryJournal())
            #expect(bench.publications.map { $0.details["media_product_type"] } == ["STORY", "STORY"])
            #expect(bench.publications.map { $0.media.map(\.kind) } == [[.image], [.video]])
        }
    }

    @Test func musicIsLookedFor() async throws {
        try await withBench(.instagram) { bench in
            let found = try await bench.platform.options(field: "audio_id", query: "kettles", account: bench.account)
            #expect(found.map(\.value) == ["9001", "9003"])
            #expect(found.first == ChannelOption(value: "9001", label: "Tea Time", hint: "The Kettles"))
            #expect(try await bench.platform.options(field: "audio_id", query: nil, account: bench.account).count == 3)
        }
    }

    @Test(arguments: both)
    func anAddressThatCannotBeReadDoesNotFailThePost(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            try bench.simulator.control.set("permalinkFails", to: true, platform: conformance.simulated)
            let outcome = try await bench.publish(bench.request([conformance.part("Hello")]), journal: MemoryJournal())
            let post = try #require(bench.publications.first)
            let base = bench.simulator.base(of: conformance.simulated)
            #expect(outcome == .published(platformPostId: post.id, url: "\(base)/\(bench.account.account.username)"))
        }
    }

    // MARK: Containers

    @Test(arguments: both)
    func aContainerThatEndedBeforeItsTimeIsMadeAnew(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            let request = bench.request([conformance.part("Hello")])
            let journal = MemoryJournal()
            // Everything is ready when the account may publish no more for now; a day later the container is gone.
            try bench.simulator.control.set("publishQuota", to: 0, platform: conformance.simulated)
            let full = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(full?.kind == .rateLimited)
            #expect(full?.code == "INSTAGRAM_DAILY_LIMIT")
            try bench.simulator.control.set("publishQuota", to: 100, platform: conformance.simulated)
            try bench.fault(.status, "\(conformance.simulated).publishMedia", answering: 2_207_008)
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.publications.map(\.text) == ["Hello"])
            #expect(bench.simulator.control.log(operation: "\(conformance.simulated).createContainer").count == 2)
        }
    }

    @Test func aContainerThatIsNotReadyYetIsWaitedFor() async throws {
        try await withBench(.instagram) { bench in
            try bench.fault(.status, "facebook.publishMedia", answering: 2_207_027)
            let request = bench.request([bench.conformance.part("Hello")])
            let journal = MemoryJournal()
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .transient)
            #expect(error?.retryAfter == .seconds(30))
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.publications.count == 1)
        }
    }

    @Test(
        arguments: [
            ("Error: Media upload has failed with error code 2207026", "VIDEO_FORMAT", PublishingErrorKind.invalidContent),
            ("Error: 2207042", "DAILY_LIMIT", .rateLimited), ("Error: 2207053", GraphContainers.goneCode, .invalidContent),
            ("Error: 2207020", GraphContainers.goneCode, .invalidContent), ("Error: 2207006", GraphContainers.goneCode, .invalidContent),
            ("Error: something else", "MEDIA_PROCESSING_FAILED", .invalidContent),
        ])
    func theStateOfAContainerSaysWhatWentWrong(_ reason: String, _ code: String, _ kind: PublishingErrorKind) {
        let error = Instagram.failure(reason)
        #expect(error.code == "INSTAGRAM_\(code)")
        #expect(error.kind == kind)
        #expect(error.platformAnswer == reason)
    }

    @Test func aContainerThatFailsMayDoBetterTheSecondTimeButNotTheFourth() async throws {
        try await withBench(.instagramStandalone) { bench in
            try bench.simulator.control.set("containerFailure", to: 2_207_053, platform: "instagram")
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(bench.request([bench.conformance.part("Hello")]), journal: MemoryJournal())
            }
            #expect(error?.kind == .invalidContent)
            #expect(bench.simulator.control.log(operation: "instagram.createContainer").count == GraphContainers.tries)
            #expect(bench.publications.isEmpty)
        }
    }

    @Test(arguments: both)
    func twoStoriesOfUnknownFateAreNotTakenForEachOther(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            let request = bench.request(
                [OutgoingPart(text: "", media: [.picture(), .picture()])], settings: ["post_type": "story"])
            let journal = MemoryJournal()
            for skip in [0, 0] {
                try bench.fault(.dropAfter, "\(conformance.simulated).publishMedia", skip: skip)
                let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
                #expect(error?.kind == .unknownOutcome)
            }
            guard case .published(let id, _, _) = try await bench.publish(request, journal: journal) else { throw Crash() }
            let stories = bench.publications.map(\.id)
            #expect(stories.count == 2)
            #expect(id == stories.last)
            let first = try journal.result(of: "part-0", as: PublishedPart.self)
            #expect(first?.id == stories.first)
        }
    }

    // MARK: Refusals

    @Test func whatTheDescriptorAllowsIsTakenAndOneMoreIsNot() async throws {
        try await withBench(onJPEG(.instagramStandalone)) { bench in
            let descriptor = bench.platform.descriptor
            let comment = try #require(descriptor.thread.followUpTextLimit)
            func text(_ length: Int) -> String { String(repeating: "a", count: length) }
            let cases: [(Int) -> [OutgoingPart]] = [
                { [OutgoingPart(text: text(descriptor.text.limit + $0), media: [Self.jpeg()])] },
                { [OutgoingPart(text: "\($0)", media: Array(repeating: Self.jpeg(), count: descriptor.media.maxImages + $0))] },
                { [OutgoingPart(text: "Post", media: [Self.jpeg()]), OutgoingPart(text: text(comment + $0))] },
            ]
            for parts in cases {
                _ = try await bench.publish(bench.request(parts(0)), journal: MemoryJournal())
                let error = await #expect(throws: PlatformError.self) {
                    try await bench.platform.publish(bench.request(parts(1)), journal: MemoryJournal())
                }
                #expect(error?.kind == .invalidContent)
            }
        }
    }

    @Test func picturesThatAreNoJPEGAreRefusedInWords() async throws {
        try await withBench(onJPEG(.instagram)) { bench in
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(bench.request([bench.conformance.part("Hello")]), journal: MemoryJournal())
            }
            #expect(error?.code == "INSTAGRAM_IMAGE_FORMAT")
            #expect(error?.kind == .invalidContent)
        }
    }

    @Test func aFileThatInstagramCannotFetchIsTheOperatorsMatter() async throws {
        try await withBench(.instagramStandalone) { bench in
            let unreachable = OutgoingMedia(media: OutgoingMedia.picture().media, read: { _, _ in Data() }) { _ in
                try #require(URL(string: "\(bench.simulator.baseURL)/nothing/picture.jpg"))
            }
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(
                    bench.request([OutgoingPart(text: "Hello", media: [unreachable])]), journal: MemoryJournal())
            }
            #expect(error?.code == "INSTAGRAM_FILE_UNREACHABLE")
            #expect(error?.message.contains("MAIN_URL") == true)
            #expect(error?.patience == .minutes(10))
        }
    }

    @Test(
        arguments: [
            (190, nil, PublishingErrorKind.authentication, "TOKEN_REJECTED"), (102, nil, .authentication, "TOKEN_REJECTED"),
            (100, 33, .authentication, "ACCOUNT_GONE"), (10, nil, .authentication, "PERMISSION_MISSING"),
            (200, nil, .authentication, "PERMISSION_MISSING"), (4, nil, .rateLimited, "RATE_LIMITED"), (17, nil, .rateLimited, "RATE_LIMITED"),
            (32, nil, .rateLimited, "RATE_LIMITED"), (613, nil, .rateLimited, "RATE_LIMITED"), (80_002, nil, .rateLimited, "RATE_LIMITED"),
            (9, 2_207_042, .rateLimited, "DAILY_LIMIT"), (4, 2_207_051, .rateLimited, "BLOCKED"),
            (25, 2_207_050, .invalidContent, "ACCOUNT_RESTRICTED"), (-2, 2_207_003, .transient, "UPLOAD_FAILED"),
            (-1, 2_207_001, .transient, "UNAVAILABLE"), (-1, 2_207_032, .transient, "UPLOAD_FAILED"),
            (-1, 2_207_053, .transient, "UPLOAD_FAILED"), (-1, 2_207_082, .transient, "UPLOAD_FAILED"),
            (9007, 2_207_027, .transient, "CONTAINER_NOT_READY"), (9004, 2_207_052, .invalidContent, "FILE_UNREACHABLE"),
            (9004, 2_207_077, .invalidContent, "FILE_UNREACHABLE"), (1, 2_207_057, .invalidContent, "COVER_FRAME"),
            (100, 2_207_028, .invalidContent, "CAROUSEL_COUNT"), (352, 2_207_026, .invalidContent, "VIDEO_FORMAT"),
            (100, 2_207_023, .invalidContent, "VIDEO_FORMAT"), (36_000, 2_207_004, .invalidContent, "IMAGE_SIZE"),
            (36_001, 2_207_005, .invalidContent, "IMAGE_FORMAT"), (36_003, 2_207_009, .invalidContent, "IMAGE_RATIO"),
            (36_004, 2_207_010, .invalidContent, "TEXT_TOO_LONG"), (100, 2_207_035, .invalidContent, "PRODUCT_TAGS"),
            (100, 2_207_036, .invalidContent, "PRODUCT_TAGS"), (100, 2_207_037, .invalidContent, "PRODUCT_TAGS"),
            (100, 2_207_040, .invalidContent, "PRODUCT_TAGS"), (100, 2_207_081, .invalidContent, "NO_TRIAL_REELS"),
            (100, 2_207_085, .invalidContent, "REFUSED_FOR_GOOD"), (1, nil, .transient, "UNAVAILABLE"), (2, nil, .transient, "UNAVAILABLE"),
            (100, nil, .invalidContent, "REFUSED"),
        ] as [(Int, Int?, PublishingErrorKind, String)])
    func refusalsAreToldApartByTheirNumbers(_ code: Int, _ subcode: Int?, _ kind: PublishingErrorKind, _ name: String) async throws {
        let error = try await failure(
            #"{"error":{"message":"Irgendetwas","type":"OAuthException","code":\#(code)\#(subcode.map { #","error_subcode":\#($0)"# } ?? "")}}"#)
        #expect(error?.kind == kind)
        #expect(error?.code == "INSTAGRAM_\(name)")
    }

    @Test(
        arguments: [
            ("(#100) The param collaborators is not allowed", PublishingErrorKind.invalidContent, "COLLABORATORS"),
            ("The session has been invalidated because the user changed the password", .authentication, "ACCOUNT_GONE"),
            ("The user is not an Instagram business account", .authentication, "ACCOUNT_GONE"),
            ("Not enough permissions to post", .authentication, "PERMISSION_MISSING"),
        ])
    func refusalsWithoutANumberOfTheirOwn(_ words: String, _ kind: PublishingErrorKind, _ name: String) async throws {
        let error = try await failure(#"{"error":{"message":"\#(words)","code":100}}"#)
        #expect(error?.kind == kind)
        #expect(error?.code == "INSTAGRAM_\(name)")
    }

    /// What making a container ends in.
    private func failure(_ body: String) async throws -> PlatformError? {
        let server = try await RecordingServer { _ in .answer(status: 400, body: body) }
        let request = PublishRequest(.invented("instagram-standalone"), [OutgoingPart(text: "Hello", media: [.picture()])], kind: "post")
        return try await withInstagram("instagram-standalone", server) { platform in
            await #expect(throws: PlatformError.self) { try await platform.publish(request, journal: MemoryJournal()) }
        }
    }

    private func withInstagram<Result>(
        _ id: PlatformID, _ server: RecordingServer, _ body: (any Platform) async throws -> Result
    ) async throws -> Result {
        let values = [
            "INSTAGRAM_APP_ID": "2002", "INSTAGRAM_APP_SECRET": "app-secret", "INSTAGRAM_API_BASE_URL": server.baseURL,
            "FACEBOOK_APP_ID": "1001", "FACEBOOK_APP_SECRET": "app-secret", "FACEBOOK_API_BASE_URL": server.baseURL,
        ]
        let result = try await withRegistry(values, time: SleeplessTime()) { try await body(#require($0[id])) }
        try await server.stop()
        return result
    }

    // MARK: The wire

    @Test func aPictureGoesOutAsDocumented() async throws {
        let server = try await RecordingServer { request in
            switch (request.method, request.path) {
            case ("POST", let path) where path.hasPrefix("/v23.0/42/media_publish"): .json(#"{"id":"77"}"#)
            case ("POST", _): .json(#"{"id":"5"}"#)
            case ("GET", let path) where path.contains("status_code"): .json(#"{"id":"5","status_code":"FINISHED","status":"Finished"}"#)
            default: .json(#"{"id":"77","permalink":"https://www.instagram.com/p/abc/"}"#)
            }
        }
        let request = PublishRequest(
            .invented("instagram-standalone"), [OutgoingPart(text: "Hello", media: [.picture(altText: "A dot")])], kind: "post")
        let outcome = try await withInstagram("instagram-standalone", server) { try await $0.publish(request, journal: MemoryJournal()) }
        #expect(outcome == .published(platformPostId: "77", url: "https://www.instagram.com/p/abc/"))
        #expect(
            server.requests.map { "\($0.method) \($0.path)" } == [
                "POST /v23.0/42/media", "GET /v23.0/5?fields=status_code%2Cstatus", "POST /v23.0/42/media_publish", "GET /v23.0/77?fields=permalink",
            ])
        #expect(
            FormEncoding.decode(server.requests[0].text)
                == ["caption": "Hello", "image_url": "https://files.example.com/picture.png", "alt_text": "A dot"])
        #expect(server.requests[2].text == "creation_id=5")
        #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer token-of-ada" })
    }

    @Test(arguments: both)
    func figuresSuitTheKindOfPost(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            var ids = [String]()
            for kind in ["post", "story"] {
                let request = bench.request(
                    [OutgoingPart(text: kind == "post" ? "Hello" : "", media: [.picture()])], settings: ["post_type": .string(kind)])
                guard case .published(let id, _, _) = try await bench.publish(request, journal: MemoryJournal()) else { throw Crash() }
                ids.append(id)
            }
            let figures = try await bench.platform.metrics(
                of: (ids + ["180000"]).map { PublishedPost(platformPostId: $0, publishedAt: .now) }, account: bench.account)
            #expect(figures[ids[0]].map { Set($0.keys) } == [.impressions, .reach, .likes, .comments, .shares, .saves])
            #expect(figures[ids[1]].map { Set($0.keys) } == [.impressions, .reach, .comments, .shares])
            #expect(figures.figures.count == 2)
            // Instagram says it with the number of a missing permission.
            try bench.simulator.control.set("fewViewers", to: true, platform: conformance.simulated)
            let fewer = try await bench.platform.metrics(
                of: ids.map { PublishedPost(platformPostId: $0, publishedAt: .now) }, account: bench.account)
            #expect(fewer.figures.map(\.key) == [ids[0]])
        }
    }
}

extension Bench {
    /// One call is answered with an error of Instagram's table.
    fileprivate func fault(_ kind: Fault.Kind, _ path: String, answering subcode: Int) throws {
        let body: PlatformSimulator.JSON = ["error": ["message": "x", "code": 24, "error_subcode": .int(subcode)]]
        try simulator.control.add(Fault(kind, platform: conformance.simulated, path: path, status: 400, body: body, times: 1))
    }
}
