import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// Facebook pages: what goes over the wire, every kind and setting, and what is made of every refusal.
@Suite(.timeLimit(.minutes(5)))
struct FacebookTests {
    // MARK: Connecting

    @Test func pagesOfThePersonAndOfTheirBusinessesAreOfferedOnce() async throws {
        try await withBench(.facebook) { bench in
            let accounts = try await bench.platform.accounts(bench.account.credentials)
            // One page may only be looked at: there is nothing to choose.
            #expect(accounts.map(\.displayName) == ["Example Widgets", "Example Foods", "Example Garden"])
            #expect(bench.account.credentials.expiresAt == nil)
            #expect(bench.account.credentials.extra.keys.sorted() == accounts.map { "page:\($0.id)" }.sorted())
        }
    }

    @Test func aPermissionThatWasUntickedIsNamed() async throws {
        try await withBench(.facebook) { bench in
            let needed = try await Bench.consent(bench.platform, "&auto=allow&account=ada&without=pages_manage_posts")
            let credentials = try await bench.platform.exchange(needed)
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.accounts(credentials) }
            #expect(error?.code == "FACEBOOK_SCOPE_MISSING")
            #expect(error?.message.contains("pages_manage_posts") == true)
            // Without the others there are fewer pages to choose from, and no figures.
            let wished = try await Bench.consent(bench.platform, "&auto=allow&account=bo&without=business_management,read_insights")
            let fewer = try await bench.platform.exchange(wished)
            #expect(try await bench.platform.accounts(fewer).map(\.displayName) == ["Example Widgets", "Example Foods"])
            let account = ConnectedAccount(account: bench.account.account, credentials: fewer)
            #expect(try await bench.platform.figures(of: account, since: .now - .days(3)).days.isEmpty)
        }
    }

    @Test func theConsentPageIsAskedForWhatIsNeeded() async throws {
        let values = ["FACEBOOK_APP_ID": "1001", "FACEBOOK_APP_SECRET": "app-secret", "FACEBOOK_API_VERSION": "24.0"]
        let callback = try #require(URL(string: "https://postiz.example.com/api/auth/facebook/callback"))
        let request = ConnectRequest(state: "s1", callbackURL: callback, heldScopes: ["instagram_basic"])
        for configuration in [nil, "77"] {
            let url = try await withRegistry(values.merging(["FACEBOOK_CONFIG_ID": configuration ?? ""]) { $1 }) { registry in
                try await #require(registry["facebook"]).authorizationRequest(request).url.absoluteString
            }
            let query = FormEncoding.decode(String(url.split(separator: "?")[1]))
            #expect(url.hasPrefix("https://www.facebook.com/v24.0/dialog/oauth?"))
            #expect(query["client_id"] == "1001")
            #expect(query["redirect_uri"] == callback.absoluteString)
            #expect(query["config_id"] == configuration)
            let scopes =
                "pages_show_list,pages_manage_posts,pages_read_engagement,pages_manage_engagement,business_management,read_insights,instagram_basic"
            #expect(query["scope"] == (configuration == nil ? scopes : nil))
        }
    }

    /// Permissions are taken back together, so nothing may be revoked while the other still needs it.
    @Test func pagesAndTheirInstagramAccountsComeThroughOneAppAndOnePerson() async throws {
        try await withBench(.facebook) { bench in
            let instagram = try #require(bench.registry["instagram"])
            #expect(bench.platform.sharedApp != nil)
            #expect(instagram.sharedApp == bench.platform.sharedApp)
            #expect(bench.registry["instagram-standalone"]?.sharedApp == nil)
            let credentials = try await instagram.exchange(Bench.consent(instagram, "&auto=allow&account=ada"))
            #expect(credentials.holder != nil)
            #expect(credentials.holder == bench.account.credentials.holder)
        }
        try await withRegistry([:]) { registry in #expect(registry["facebook"]?.sharedApp == nil) }
    }

    @Test func takingTheConnectionBackEndsThePagesToo() async throws {
        try await withBench(.facebook) { bench in
            try await bench.platform.revoke(bench.account.credentials)
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(bench.request([OutgoingPart(text: "Hello")]), journal: MemoryJournal())
            }
            #expect(error?.code == "FACEBOOK_APP_REMOVED")
            try await bench.platform.revoke(bench.account.credentials)
        }
    }

    @Test func appsThatRequireAProofOfTheirSecretGetIt() async throws {
        // By `openssl dgst -sha256 -hmac app-secret`.
        #expect(GraphAPI.proof(of: "token", secret: "app-secret") == "4b062935fec529e51d39e89ee371a452c231b1e0c5549ac72d83fc4f3a0b0471")
        try await withBench(.facebook) { bench in
            try bench.simulator.control.set("requireProof", to: true, platform: "facebook")
            _ = try await bench.publish(bench.request([OutgoingPart(text: "A film", media: [.film()])]), journal: MemoryJournal())
            #expect(bench.publications.count == 1)
        }
    }

    // MARK: Posts

    @Test func aPostGoesOutAsDocumented() async throws {
        let server = try await RecordingServer { _ in .json(#"{"id":"42_7","permalink_url":"https://www.facebook.com/42/posts/7"}"#) }
        let request = PublishRequest(
            .invented("facebook"), [OutgoingPart(text: "Hello"), OutgoingPart(text: "More")],
            settings: ["url": "https://example.com/menu", "title": "Not for texts"], kind: "post")
        let outcome = try await withFacebook(server) { try await $0.publish(request, journal: MemoryJournal()) }
        #expect(outcome == .published(platformPostId: "42_7", url: "https://www.facebook.com/42/posts/7"))
        let proof = GraphAPI.proof(of: "token-of-ada", secret: "app-secret")
        let query = "?fields=id%2Cpermalink_url&appsecret_proof=\(proof)"
        #expect(server.requests.map { "\($0.method) \($0.path)" } == ["POST /v23.0/42/feed\(query)", "POST /v23.0/42_7/comments\(query)"])
        #expect(server.requests.map(\.text) == ["message=Hello&published=true&link=https%3A%2F%2Fexample.com%2Fmenu", "message=More"])
        #expect(server.requests.first?.headers["authorization"] == "Bearer token-of-ada")
    }

    @Test func aBackgroundIsForShortTextsWithoutFiles() async throws {
        for (text, media, isSent) in [
            (String(repeating: "a", count: 130), [OutgoingMedia](), true), (String(repeating: "b", count: 131), [], false),
            ("c", [.picture()], false),
        ] {
            let server = try await RecordingServer { _ in .json(#"{"id":"42_7"}"#) }
            let request = PublishRequest(
                .invented("facebook"), [OutgoingPart(text: text, media: media)], settings: ["text_format_preset_id": "301029513638534"], kind: "post")
            _ = try await withFacebook(server) { try await $0.publish(request, journal: MemoryJournal()) }
            let sent = server.requests.last.map { FormEncoding.decode($0.text) }?["text_format_preset_id"]
            #expect(sent == (isSent ? "301029513638534" : nil), "\(text.count)")
        }
    }

    @Test("People are named only together with the place where they are")
    func placeAndPeople() async throws {
        try await withBench(.facebook) { bench in
            for (text, settings) in [
                ("Both", ["place": "1234", "tags": " 11 , 12"]), ("Place", ["place": "1234"]), ("People", ["tags": "11"]),
            ] as [(String, [String: JSONValue])] {
                _ = try await bench.publish(bench.request([OutgoingPart(text: text)], settings: settings), journal: MemoryJournal())
            }
            #expect(bench.publications.map { $0.details["place"]?.string } == ["1234", "1234", nil])
            #expect(bench.publications.map { $0.details["tags"]?.string } == ["[11,12]", nil, nil])
        }
    }

    @Test func whatTheDescriptorAllowsIsTakenAndOneMoreIsNot() async throws {
        try await withBench(.facebook) { bench in
            let descriptor = bench.platform.descriptor
            let picture = try #require(descriptor.media.image?.maxBytes)
            let comment = try #require(descriptor.thread.followUpTextLimit)
            func png(_ bytes: Int) -> OutgoingMedia { .file(Data([0x89, 0x50, 0x4E, 0x47]) + Data(count: bytes - 4)) }
            func text(_ length: Int) -> String { String(repeating: "a", count: length) }
            let cases: [(Int) -> [OutgoingPart]] = [
                { [OutgoingPart(text: text(descriptor.text.limit + $0))] },
                { [OutgoingPart(text: "Picture \($0)", media: [png(picture + $0)])] },
                { [OutgoingPart(text: "Post \($0)"), OutgoingPart(text: text(comment + $0))] },
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

    @Test func aBackgroundThatFacebookRefusesIsLeftOutAndToldOf() async throws {
        try await withBench(.facebook) { bench in
            try bench.simulator.control.set("retiredPreset", to: "204187940028597", platform: "facebook")
            // Refused for certain, and refused with a fault of which nobody knows what it did.
            for (preset, errors) in [("12345", 0), ("204187940028597", 1)] {
                let request = bench.request([OutgoingPart(text: "On \(preset)")], settings: ["text_format_preset_id": .string(preset)])
                let journal = MemoryJournal()
                var seen = [PlatformError]()
                var outcome: PublishOutcome?
                while outcome == nil {
                    do { outcome = try await bench.platform.publish(request, journal: journal) } catch let error as PlatformError {
                        seen.append(error)
                        try #require(seen.count < 3)
                    }
                }
                #expect(seen.map(\.kind) == Array(repeating: .unknownOutcome, count: errors))
                guard case .published(_, _, let notes) = outcome else { throw Crash() }
                #expect(notes.count == 1)
            }
            #expect(bench.publications.map(\.text) == ["On 12345", "On 204187940028597"])
        }
    }

    @Test func theSameTextTwiceInARowIsRefusedInWordsAndNeverTakenForOurs() async throws {
        try await withBench(.facebook) { bench in
            _ = try await bench.publish(bench.request([OutgoingPart(text: "Again")]), journal: MemoryJournal())
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(bench.request([OutgoingPart(text: "Again")]), journal: MemoryJournal())
            }
            #expect(error?.code == "FACEBOOK_DUPLICATE_POST")
            #expect(error?.kind == .invalidContent)
        }
    }

    @Test func aPhotoIsUsedOnceAndGivesItsWords() async throws {
        let server = try await RecordingServer { $0.path.contains("/photos") ? .json(#"{"id":"9"}"#) : .json(#"{"id":"42_7"}"#) }
        let request = PublishRequest(
            .invented("facebook"), [OutgoingPart(text: "", media: [.picture(altText: "A red dot")])], kind: "post")
        _ = try await withFacebook(server) { try await $0.publish(request, journal: MemoryJournal()) }
        let photo = try #require(server.requests.first)
        #expect(photo.path.hasPrefix("/v23.0/42/photos?"))
        for field in [
            "name=\"published\"\r\n\r\nfalse\r\n", "name=\"alt_text_custom\"\r\n\r\nA red dot\r\n", "name=\"source\"; filename=\"picture.png\"",
        ] {
            #expect(String(decoding: photo.body, as: UTF8.self).contains(field), "\(field)")
        }
        #expect(
            server.requests.last.map { FormEncoding.decode($0.text) } == ["published": "true", "attached_media": #"[{"media_fbid":"9"}]"#])
    }

    // MARK: Films

    @Test func aFilmGoesOnWhereItsUploadBroke() async throws {
        let film = OutgoingMedia.film(bytes: 1000)
        let server = try await RecordingServer { request in
            switch (request.method, request.path) {
            case ("POST", let path) where path.contains("/uploads"): .json(#"{"id":"upload:abc=?sig=x_y"}"#)
            case ("GET", _): .json(#"{"id":"upload:abc=","file_offset":300}"#)
            case ("POST", let path) where path.contains("/upload:"): .json(#"{"h":"4:handle"}"#)
            default: .json(#"{"id":"77"}"#)
            }
        }
        let request = PublishRequest(
            .invented("facebook"), [OutgoingPart(text: "A film", media: [film])], settings: ["title": "Waves"], kind: "post")
        let outcome = try await withFacebook(server) { try await $0.publish(request, journal: MemoryJournal()) }
        #expect(outcome == .published(platformPostId: "77", url: "\(server.baseURL)/reel/77"))
        let calls = server.requests
        #expect(
            calls.map { "\($0.method) \($0.path.prefix { $0 != "&" && $0 != "?" })" } == [
                "POST /v23.0/1001/uploads", "GET /v23.0/upload:abc=", "POST /v23.0/upload:abc=", "POST /v23.0/42/videos",
            ])
        #expect(FormEncoding.decode(calls[0].text) == ["file_name": "film.mp4", "file_length": "1000", "file_type": "video/mp4"])
        #expect(calls[2].path.contains("?sig=x_y&appsecret_proof="))
        #expect(calls[2].headers["file_offset"] == "300")
        #expect(calls[2].headers["authorization"] == "OAuth token-of-ada")
        #expect(try await calls[2].body == film.read(300, 700))
        #expect(
            FormEncoding.decode(calls[3].text)
                == ["fbuploader_video_file_chunk": "4:handle", "description": "A film", "published": "true", "title": "Waves"])
    }

    @Test(arguments: ["post", "reel", "story"])
    func anUploadWhoseAnswerIsLostIsNotSentTwice(_ kind: String) async throws {
        try await withBench(.facebook) { bench in
            try bench.fault(.dropAfter, kind == "post" ? "facebook.upload" : "facebook.uploadReel")
            let film = OutgoingMedia.film(bytes: 400_000)
            let request = bench.request([OutgoingPart(text: kind == "story" ? "" : "A film", media: [film])], settings: ["post_type": .string(kind)])
            let journal = MemoryJournal()
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .transient)
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.publications.map { $0.media.map(\.byteCount) } == [[400_000]])
        }
    }

    @Test func uploadsThatRefuseThePersonsTokenGetThePages() async throws {
        try await withBench(.facebook) { bench in
            try bench.simulator.control.set("uploadsNeedPageToken", to: true, platform: "facebook")
            _ = try await bench.publish(bench.request([OutgoingPart(text: "A film", media: [.film()])]), journal: MemoryJournal())
            #expect(bench.publications.count == 1)
        }
    }

    @Test func aReelIsPublishedWithItsTitleAndWaitedFor() async throws {
        try await withBench(.facebook) { bench in
            try bench.simulator.control.set("processingPolls", to: 3, platform: "facebook")
            let request = bench.request(
                [OutgoingPart(text: "A reel", media: [.film()]), OutgoingPart(text: "First!")], settings: ["post_type": "reel", "title": "Waves"])
            let outcome = try await bench.publish(request, journal: MemoryJournal())
            let reel = try #require(bench.publications.first)
            #expect(outcome == .published(platformPostId: reel.id, url: "\(bench.simulator.base(of: "facebook"))/reel/\(reel.id)"))
            #expect(reel.details["kind"] == "reel")
            #expect(reel.details["title"] == "Waves")
            #expect(bench.publications.map(\.text) == ["A reel", "First!"])
            #expect(bench.publications.last?.parentID == reel.id)
        }
    }

    @Test(arguments: [(1_363_040, "9:16"), (1_363_127, "540×960"), (1_363_128, "3 to 90"), (1_363_129, "24 to 60"), (5, "could not be processed")])
    func whatIsWrongWithAReelIsSaid(_ code: Int, _ words: String) async throws {
        try await withBench(.facebook) { bench in
            try bench.simulator.control.set("videoFailure", to: .int(code), platform: "facebook")
            let request = bench.request([OutgoingPart(text: "A reel", media: [.film()])], settings: ["post_type": "reel"])
            let error = await #expect(throws: PlatformError.self) { try await bench.publish(request, journal: MemoryJournal()) }
            #expect(error?.kind == .invalidContent)
            #expect(error?.message.contains(words) == true)
            #expect(bench.publications.isEmpty)
        }
    }

    @Test func everyFileOfAStoryIsAStory() async throws {
        try await withBench(.facebook) { bench in
            let request = bench.request(
                [OutgoingPart(text: "", media: [.picture(), .film(), .picture()])], settings: ["post_type": "story"])
            let journal = MemoryJournal()
            let outcome = try await bench.publish(request, journal: journal)
            let stories = bench.publications
            #expect(stories.map { $0.media.map(\.kind) } == [[.image], [.video], [.image]])
            let last = try #require(stories.last)
            #expect(outcome == .published(platformPostId: last.id, url: "\(bench.simulator.base(of: "facebook"))/stories/\(last.id)"))
            try await bench.platform.remove(PublishedRef(partIds: stories.map(\.id)), account: bench.account)
            #expect(bench.publications.isEmpty)
        }
    }

    // MARK: Unknown outcomes

    @Test(arguments: [("post", "facebook.createVideo"), ("reel", "facebook.reel"), ("story", "facebook.videoStory")])
    func aFilmOfUnknownFateIsFoundAgain(_ kind: String, _ operation: String) async throws {
        try await withBench(.facebook) { bench in
            for fault in [Fault.Kind.dropBefore, .dropAfter, .truncate, .statusAfter] {
                let before = bench.publications.count
                let text = kind == "story" ? "" : "Film \(fault.rawValue)"
                let request = bench.request([OutgoingPart(text: text, media: [.film()])], settings: ["post_type": .string(kind)])
                let journal = MemoryJournal()
                // Reels and stories begin with a call of the same name.
                try bench.fault(fault, operation, skip: kind == "post" ? 0 : 1)
                let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
                #expect(error?.kind == .unknownOutcome, "\(fault)")
                _ = try await bench.publish(request, journal: journal)
                #expect(bench.publications.count == before + 1, "\(fault)")
            }
            #expect(bench.struck == 4)
        }
    }

    @Test func aPhotoStoryIsAdoptedWhenItIsSeenAndElseLeftToThePerson() async throws {
        try await withBench(.facebook) { bench in
            for (fault, seen) in [(Fault.Kind.dropAfter, true), (.dropBefore, false)] {
                let before = bench.publications.count
                let request = bench.request([OutgoingPart(text: "", media: [.picture()])], settings: ["post_type": "story"])
                let journal = MemoryJournal()
                try bench.fault(fault, "facebook.createPhotoStory")
                let first = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
                #expect(first?.kind == .unknownOutcome)
                if seen {
                    _ = try await bench.publish(request, journal: journal)
                } else {
                    let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
                    #expect(error?.decidable == false)
                }
                #expect(bench.publications.count == before + (seen ? 1 : 0))
            }
        }
    }

    @Test func aSearchGoesFromPageToPageAsFacebookSaysAndNowhereElse() async throws {
        let server = try await RecordingServer { request in
            if request.method == "POST" { return .json(#"{"id":"42_8"}"#) }
            if request.path.contains("until=1000") {
                return .json(#"{"data":[{"id":"42_7","message":"Hello","permalink_url":"https://www.facebook.com/42/posts/7"}]}"#)
            }
            let next = "https://evil.example.com/v23.0/42/published_posts?access_token=token-of-ada&limit=25&until=1000&__paging_token=x%2Fy"
            return .json(#"{"data":[{"id":"42_9","message":"Other"}],"paging":{"next":"\#(next)"}}"#)
        }
        let journal = MemoryJournal()
        journal.lose("part-0", triedAgo: .minutes(10))
        let request = PublishRequest(.invented("facebook"), [OutgoingPart(text: "Hello")], kind: "post")
        let outcome = try await withFacebook(server) { try await $0.publish(request, journal: journal) }
        #expect(outcome == .published(platformPostId: "42_7", url: "https://www.facebook.com/42/posts/7"))
        let second = try #require(server.requests.last?.path)
        #expect(second.hasPrefix("/v23.0/42/published_posts?limit=25&until=1000&__paging_token=x%2Fy&appsecret_proof="))
        #expect(!second.contains("access_token"))
        #expect(server.requests.count == 2)
    }

    // MARK: Refusals

    @Test(
        arguments: [
            (400, 190, 458, PublishingErrorKind.authentication, "APP_REMOVED"), (400, 190, 459, .authentication, "CHECKPOINT"),
            (401, 190, 460, .authentication, "PASSWORD_CHANGED"), (401, 190, 463, .authentication, "TOKEN_REJECTED"),
            (401, 190, 464, .authentication, "CHECKPOINT"), (401, 190, 467, .authentication, "TOKEN_REJECTED"),
            (401, 190, 492, .authentication, "ROLE_LOST"), (401, 102, nil, .authentication, "TOKEN_REJECTED"),
            (403, 10, nil, .authentication, "PERMISSION_MISSING"), (403, 200, nil, .authentication, "PERMISSION_MISSING"),
            (403, 299, nil, .authentication, "PERMISSION_MISSING"), (400, 3, nil, .authentication, "PERMISSION_MISSING"),
            (400, 100, 1_404_078, .authentication, "PUBLISHING_AUTHORISATION"), (400, 4, nil, .rateLimited, "RATE_LIMITED"),
            (400, 17, nil, .rateLimited, "RATE_LIMITED"), (403, 32, nil, .rateLimited, "RATE_LIMITED"),
            (400, 341, nil, .rateLimited, "RATE_LIMITED"), (400, 613, nil, .rateLimited, "RATE_LIMITED"),
            (400, 80_001, nil, .rateLimited, "RATE_LIMITED"), (400, 80_099, nil, .rateLimited, "RATE_LIMITED"),
            (500, 1, nil, .unknownOutcome, "OUTCOME_UNKNOWN"), (400, 2, nil, .unknownOutcome, "OUTCOME_UNKNOWN"),
            (400, 100, 1_363_047, .unknownOutcome, "OUTCOME_UNKNOWN"), (400, 100, 1_609_010, .unknownOutcome, "OUTCOME_UNKNOWN"),
            (400, 368, nil, .rateLimited, "BLOCKED"), (400, 368, 1_390_008, .rateLimited, "TOO_FAST"),
            (400, 368, 1_404_112, .rateLimited, "BLOCKED"), (400, 368, 1_346_003, .invalidContent, "AGAINST_STANDARDS"),
            (400, 368, 1_404_102, .invalidContent, "AGAINST_STANDARDS"), (400, 506, nil, .invalidContent, "DUPLICATE_POST"),
            (400, 100, nil, .invalidContent, "REFUSED"), (400, 324, 1_366_046, .invalidContent, "BAD_FILE"),
            (400, 324, 2_069_019, .invalidContent, "BAD_FILE"), (400, 100, 1_366_051, .invalidContent, "PHOTO_USED"),
            (400, 100, 1_609_005, .invalidContent, "BAD_LINK"), (400, 100, 1_609_008, .invalidContent, "BAD_LINK"),
            (400, 100, 2_061_006, .invalidContent, "BAD_LINK"), (400, 100, 1_349_125, .invalidContent, "BAD_FORMAT"),
            (400, 368, 1_404_006, .invalidContent, "SECURITY_CHECK"), (400, 100, 4_854_002, .invalidContent, "IDENTITY_CHECK"),
            (400, 100, 1_363_040, .invalidContent, "REEL_RATIO"), (400, 100, 1_363_127, .invalidContent, "REEL_SIZE"),
            (400, 100, 1_363_128, .invalidContent, "REEL_LENGTH"), (400, 100, 1_363_129, .invalidContent, "REEL_RATE"),
            (400, 100, 33, .invalidContent, "NOT_FOUND"),
        ] as [(Int, Int, Int?, PublishingErrorKind, String)])
    func refusalsAreToldApartByTheirNumbers(_ status: Int, _ code: Int, _ subcode: Int?, _ kind: PublishingErrorKind, _ name: String) async throws {
        // The words are in the person's language: nothing may hang on them, nor on numbers that stand elsewhere.
        let body =
            #"{"error":{"message":"Irgendetwas mit 190 und 506","type":"OAuthException","code":\#(code)\#(subcode.map { #","error_subcode":\#($0)"# } ?? ""),"fbtrace_id":"A190_506"}}"#
        let error = try await failure(.answer(status: status, body: body))
        #expect(error?.kind == kind)
        #expect(error?.code == "FACEBOOK_\(name)")
        #expect(error?.message.isEmpty == false)
    }

    @Test(
        arguments: [
            (#"{"error":{"message":"x","code":9999,"is_transient":true}}"#, PublishingErrorKind.unknownOutcome, "OUTCOME_UNKNOWN"),
            (#"{"error":{"message":"Name parameter too long","code":100}}"#, .invalidContent, "TITLE_TOO_LONG"),
            (#"{"debug_info":{"retriable":true,"type":"PartialRequestError","message":"x"}}"#, .transient, "UPLOAD_BROKEN"),
            (#"{"debug_info":{"retriable":false,"type":"ProcessingFailedError","message":"x"}}"#, .invalidContent, "UPLOAD_REFUSED"),
            (#"{"error":{"message":"(#100) No permission to publish the video","code":100}}"#, .invalidContent, "VIDEO_NOT_ALLOWED"),
        ])
    func refusalsWithoutANumberOfTheirOwn(_ body: String, _ kind: PublishingErrorKind, _ name: String) async throws {
        let error = try await failure(.answer(status: 400, body: body))
        #expect(error?.kind == kind)
        #expect(error?.code == "FACEBOOK_\(name)")
    }

    @Test func whatFacebookSaysToThePersonIsShown() async throws {
        let body = #"{"error":{"message":"(#100) Invalid parameter","code":100,"error_user_msg":"Das Bild ist zu bunt."}}"#
        let error = try await failure(.answer(status: 400, body: body))
        #expect(error?.message == "Facebook refused it: Das Bild ist zu bunt.")
    }

    @Test(arguments: [(#"{"42":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":12}]}"#, 12), ("{}", 15), ("no JSON", 15)])
    func aRateLimitIsWaitedForAsItsHeaderSays(_ header: String, _ minutes: Int64) async throws {
        let body = #"{"error":{"message":"x","code":80001}}"#
        let error = try await failure(.answer(status: 400, headers: ["X-Business-Use-Case-Usage": header], body: body))
        #expect(error?.retryAfter == .minutes(minutes))
    }

    private func failure(_ reaction: RecordingServer.Reaction) async throws -> PlatformError? {
        let server = try await RecordingServer { _ in reaction }
        let request = PublishRequest(.invented("facebook"), [OutgoingPart(text: "Hello")], kind: "post")
        return try await withFacebook(server) { platform in
            await #expect(throws: PlatformError.self) { try await platform.publish(request, journal: MemoryJournal()) }
        }
    }

    // MARK: Figures

    @Test func figuresOfPostsAndFilmsAndOfThePage() async throws {
        try await withBench(.facebook) { bench in
            guard
                case .published(let post, _, _) = try await bench.publish(bench.request([OutgoingPart(text: "Hello")]), journal: MemoryJournal()),
                case .published(let film, _, _) = try await bench.publish(
                    bench.request([OutgoingPart(text: "A film", media: [.film()])]), journal: MemoryJournal())
            else { throw Crash() }
            let ids = [post, film, "61550000000001_1"]
            let figures = try await bench.platform.metrics(
                of: ids.map { PublishedPost(platformPostId: $0, publishedAt: .now) }, account: bench.account)
            #expect(figures.figures.keys.sorted() == [post, film].sorted())
            for known in figures.figures.values { #expect(Set(known.keys) == Set(bench.platform.descriptor.analytics)) }
            let page = try await bench.platform.figures(of: bench.account, since: .now - .days(200))
            #expect((page.now[.followers] ?? 0) >= 50)
            #expect((85...91).contains(page.days.count))
        }
    }

    @Test func aFigureThatFacebookGaveUpDoesNotTakeTheOthersWithIt() async throws {
        let server = try await RecordingServer { request in
            if request.path.contains("followers_count") { return .json(#"{"followers_count":70}"#) }
            if request.path.contains("page_media_view") {
                return .answer(status: 400, body: #"{"error":{"message":"(#100) The value must be a valid insights metric","code":100}}"#)
            }
            let name = request.path.firstMatch(of: /metric=([a-z_]+)/).map { String($0.output.1) } ?? ""
            return .json(
                #"{"data":[{"name":"\#(name)","values":[{"value":{"paid":2,"organic":5},"end_time":"2026-11-27T08:00:00+0000"}]}]}"#)
        }
        let account = ConnectedAccount.invented("facebook", scopes: ["read_insights"])
        let figures = try await withFacebook(server) { try await $0.figures(of: account, since: .now - .days(2)) }
        #expect(figures.now == [.followers: 70])
        #expect(figures.days == ["2026-11-26": [.reach: 7, .interactions: 7, .profileVisits: 7]])
    }

    private func withFacebook<Result>(_ server: RecordingServer, _ body: (any Platform) async throws -> Result) async throws -> Result {
        let values = ["FACEBOOK_APP_ID": "1001", "FACEBOOK_APP_SECRET": "app-secret", "FACEBOOK_API_BASE_URL": server.baseURL]
        let result = try await withRegistry(values, time: SleeplessTime()) { try await body(#require($0["facebook"])) }
        try await server.stop()
        return result
    }
}
