import Domain
import Foundation
import NIOConcurrencyHelpers
import PlatformSimulator
import Testing

@testable import Platforms

/// What is TikTok's own: pieces of uploads, pictures that are fetched, drafts, ids that come late, rotating tokens.
@Suite(.timeLimit(.minutes(10)))
struct TikTokTests {
    private static let everyone: [String: JSONValue] = ["privacy_level": "PUBLIC_TO_EVERYONE"]

    private func withTikTok(_ body: (Bench) async throws -> Void) async throws { try await withBench(.tikTok, body) }

    private func set(_ bench: Bench, _ name: String, _ value: PlatformSimulator.JSON) throws {
        try bench.simulator.control.set(name, to: value, platform: "tiktok")
    }

    private func request(
        _ bench: Bench, _ text: String, _ media: [OutgoingMedia] = [.film()], kind: String = "video",
        settings: [String: JSONValue] = TikTokTests.everyone
    ) -> PublishRequest {
        PublishRequest(bench.account, [OutgoingPart(text: text, media: media)], settings: settings, kind: kind)
    }

    private static func picture(_ name: String = "picture.jpg") -> OutgoingMedia {
        .file(Data([0xFF, 0xD8, 0xFF, 0xE0] + Array(name.utf8)), type: "image/jpeg", name: name)
    }

    // MARK: Uploads

    @Test(
        "All pieces are of one size, and the last takes the rest",
        arguments: [
            (1, [1]), (4_999_999, [4_999_999]), (19_999_999, [19_999_999]), (20_000_000, [10_000_000, 10_000_000]),
            (50_000_123, [10_000_000, 10_000_000, 10_000_000, 10_000_000, 10_000_123]),
        ])
    func pieces(size: Int, counts: [Int]) {
        let pieces = TikTok.pieces(of: size)
        #expect(pieces.map(\.count) == counts)
        #expect(pieces.first?.lowerBound == 0 && pieces.last?.upperBound == size)
    }

    @Test("The largest film fits into the pieces that TikTok takes")
    func largest() {
        let pieces = TikTok.pieces(of: 4_000_000_000)
        #expect(pieces.count <= 1000)
        #expect(pieces.allSatisfy { (5_000_000...134_217_728).contains($0.count) })
    }

    @Test("The wire is as documented: creator, init, pieces, status")
    func wire() async throws {
        let known = NIOLockedValueBox((address: "", statuses: 0))
        let server = try await RecordingServer { request in
            let data =
                switch request.path {
                case "/v2/post/publish/creator_info/query/":
                    #"{"privacy_level_options":["SELF_ONLY"],"comment_disabled":true,"max_video_post_duration_sec":60}"#
                case "/v2/post/publish/video/init/":
                    #"{"publish_id":"v_pub_file~v2-1.7","upload_url":"\#(known.withLockedValue(\.address))/upload?id=7"}"#
                case "/v2/post/publish/status/fetch/":
                    known.withLockedValue({
                        $0.statuses += 1; return $0.statuses
                    }) == 1 ? #"{"status":"PROCESSING_UPLOAD","uploaded_bytes":0}"# : #"{"status":"PUBLISH_COMPLETE"}"#
                default: ""
                }
            return data.isEmpty ? .answer(status: 201) : .json(#"{"data":\#(data),"error":{"code":"ok","message":"","log_id":"1"}}"#)
        }
        known.withLockedValue { $0.address = server.baseURL }
        let values = ["TIKTOK_CLIENT_ID": "key", "TIKTOK_CLIENT_SECRET": "secret", "TIKTOK_API_BASE_URL": server.baseURL]
        let film = OutgoingMedia.film(bytes: 1000)
        let outcome = try await withRegistry(values, time: SleeplessTime()) { registry in
            try await #require(registry["tiktok"]).publish(
                PublishRequest(
                    .invented("tiktok"), [OutgoingPart(text: "A film", media: [film])],
                    settings: ["privacy_level": "SELF_ONLY", "comment": true, "duet": true, "video_cover_timestamp_ms": "1500"], kind: "video"),
                journal: MemoryJournal())
        }
        #expect(outcome == .published(platformPostId: "v_pub_file~v2-1.7", url: "\(server.baseURL)/@ada"))
        #expect(
            server.requests.map { "\($0.method) \($0.path)" } == [
                "POST /v2/post/publish/creator_info/query/", "POST /v2/post/publish/video/init/", "POST /v2/post/publish/status/fetch/",
                "PUT /upload?id=7", "POST /v2/post/publish/status/fetch/",
            ])
        #expect(
            server.requests[1].text == """
                {"post_info":{"brand_content_toggle":false,"brand_organic_toggle":false,"disable_comment":true,"disable_duet":false,\
                "disable_stitch":true,"is_aigc":false,"privacy_level":"SELF_ONLY","title":"A film","video_cover_timestamp_ms":1500},\
                "source_info":{"chunk_size":1000,"source":"FILE_UPLOAD","total_chunk_count":1,"video_size":1000}}
                """)
        #expect(server.requests[1].headers["authorization"] == "Bearer token-of-ada")
        for number in [0, 1] { #expect(server.requests[number].headers["content-type"] == "application/json; charset=UTF-8") }
        #expect(server.requests[0].body.isEmpty)
        let piece = server.requests[3]
        #expect(piece.headers["content-range"] == "bytes 0-999/1000")
        #expect(piece.headers["content-type"] == "video/mp4")
        #expect(piece.headers["content-length"] == "1000")
        #expect(piece.headers["authorization"] == nil)
        try await server.stop()
    }

    @Test("A film in several pieces goes on where it broke", arguments: [Fault.Kind.dropBefore, .dropAfter, .status, .truncate])
    func resumes(kind: Fault.Kind) async throws {
        try await withTikTok { bench in
            let film = OutgoingMedia.film(bytes: 35_000_000)
            let (journal, request) = (MemoryJournal(), request(bench, "Long", [film]))
            try bench.fault(kind, "tiktok.upload", skip: 1)
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .transient, "nothing is public before the last piece")
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.publications.map { $0.media.map(\.byteCount) } == [[35_000_000]])
            #expect(bench.simulator.control.log(operation: "tiktok.initVideo").count == 1)
            let pieces = bench.simulator.control.log(operation: "tiktok.upload").count
            #expect(pieces == (kind == .dropAfter || kind == .truncate ? 3 : 4), "a piece that arrived is not sent again")
        }
    }

    @Test("An upload whose address has ended is begun anew")
    func ended() async throws {
        try await withPassingTime(.tikTok) { tikTok, account, simulator, time in
            let part = OutgoingPart(text: "Late", media: [.film()])
            let request = PublishRequest(account, [part], settings: Self.everyone, kind: "video")
            let journal = MemoryJournal(time: time)
            try simulator.control.add(Fault(.dropBefore, platform: "tiktok", path: "tiktok.upload", times: 1))
            await #expect(throws: PlatformError.self) { try await tikTok.publish(request, journal: journal) }
            time.pass(.minutes(70))
            _ = try await tikTok.publish(request, journal: journal)
            #expect(simulator.control.publications(platform: "tiktok").map(\.text) == ["Late"])
            #expect(simulator.control.log(operation: "tiktok.initVideo").count == 2)
        }
    }

    @Test("Nothing is sent to an upload address that is not TikTok's")
    func foreignAddress() async throws {
        let foreign = try await RecordingServer { _ in .answer(status: 201) }
        try await withTikTok { bench in
            let answer: PlatformSimulator.JSON = [
                "data": ["publish_id": "v_pub_file~1", "upload_url": .string("\(foreign.baseURL)/upload")], "error": ["code": "ok"],
            ]
            try bench.simulator.control.add(
                Fault(.status, platform: "tiktok", path: "tiktok.initVideo", status: 200, body: answer, times: 1))
            #expect(await bench.refusal(request(bench, "Hello"))?.code == "TIKTOK_UPLOAD_ADDRESS")
        }
        #expect(foreign.requests.isEmpty)
        try await foreign.stop()
    }

    // MARK: Kinds and settings

    @Test("Every setting of a film arrives, what people may do turned round")
    func settings() async throws {
        try await withTikTok { bench in
            let post = try await bench.published(
                request(
                    bench, "A film",
                    settings: [
                        "privacy_level": "MUTUAL_FOLLOW_FRIENDS", "comment": true, "duet": true, "stitch": true, "video_made_with_ai": true,
                        "brand_content_toggle": true, "brand_organic_toggle": true, "video_cover_timestamp_ms": "900",
                    ]))
            #expect(
                post.details["post_info"] == [
                    "title": "A film", "privacy_level": "MUTUAL_FOLLOW_FRIENDS", "disable_comment": false, "disable_duet": false,
                    "disable_stitch": false, "is_aigc": true, "brand_content_toggle": true, "brand_organic_toggle": true,
                    "video_cover_timestamp_ms": 900,
                ])
            let plain = try await bench.published(request(bench, "Plain"))
            for flag in ["disable_comment", "disable_duet", "disable_stitch"] { #expect(plain.details["post_info"]?[flag] == true) }
        }
    }

    @Test("Pictures are fetched in their order, with title, text, cover and music")
    func pictures() async throws {
        try await withTikTok { bench in
            let pictures = ["a", "bb", "ccc"].map { Self.picture($0) }
            let settings = Self.everyone.merging(["title": "Three", "autoAddMusic": "yes", "photo_cover_index": "2"]) { $1 }
            let post = try await bench.published(request(bench, "Pictures", pictures, kind: "photo", settings: settings))
            #expect(post.media.map(\.byteCount) == [5, 6, 7])
            #expect(post.text == "Pictures")
            #expect(post.details["post_info"]?["title"] == "Three")
            #expect(post.details["post_info"]?["auto_add_music"] == true)
            #expect(post.details["source_info"]?["photo_cover_index"] == 2)
            let many = (1...36).map { Self.picture("\($0)") }
            _ = try await bench.published(request(bench, "Most", Array(many.prefix(35)), kind: "photo"))
            #expect(await bench.refusal(request(bench, "Too many", many, kind: "photo"))?.kind == .invalidContent)
        }
    }

    @Test("A draft waits in the app's inbox, and is said to", arguments: ["video_draft", "photo_draft"])
    func drafts(kind: String) async throws {
        try await withTikTok { bench in
            let media = kind == "video_draft" ? [OutgoingMedia.film()] : [Self.picture()]
            let outcome = try await bench.publish(request(bench, "Draft", media, kind: kind, settings: [:]), journal: MemoryJournal())
            guard case .published(let id, let url, let notes) = outcome else { throw Crash() }
            #expect(id.hasPrefix(kind == "video_draft" ? "v_inbox_file~" : "p_pub_url~"))
            #expect(url?.hasSuffix("/messages?lang=en") == true)
            #expect(notes.count == 1)
            #expect(bench.publications.isEmpty)
            #expect(bench.simulator.control.log(operation: "tiktok.creatorInfo").isEmpty)
        }
    }

    @Test("Only a public post has an address of its own; the others have the profile's", arguments: ["SELF_ONLY", "MUTUAL_FOLLOW_FRIENDS"])
    func addresses(privacy: String) async throws {
        try await withTikTok { bench in
            let profile = "\(bench.simulator.base(of: "tiktok"))/@ada"
            let hidden = try await bench.publish(
                request(bench, "Hidden", settings: ["privacy_level": .string(privacy)]), journal: MemoryJournal())
            guard case .published(let id, let address, _) = hidden else { throw Crash() }
            #expect(address == profile)
            #expect(id.hasPrefix("v_pub_file~"))
            guard case .published(let number, let url, _) = try await bench.publish(request(bench, "Shown"), journal: MemoryJournal()) else {
                throw Crash()
            }
            #expect(url == "\(profile)/video/\(number)")
            let figures = try await bench.platform.metrics(
                of: [id, number].map { PublishedPost(platformPostId: $0, publishedAt: .now) }, account: bench.account)
            #expect(Array(figures.figures.keys) == [number])
        }
    }

    @Test("An id that comes later is found when figures are asked for")
    func lateId() async throws {
        try await withPassingTime(.tikTok) { tikTok, account, simulator, time in
            try simulator.control.set("idPolls", to: 20, platform: "tiktok")
            let part = OutgoingPart(text: "Slow", media: [.film()])
            let (journal, request) = (MemoryJournal(time: time), PublishRequest(account, [part], settings: Self.everyone, kind: "video"))
            var outcome = PublishOutcome.processing(checkAfter: .zero)
            for _ in 0..<10 {
                outcome = try await tikTok.publish(request, journal: journal)
                guard case .processing(let wait) = outcome else { break }
                time.pass(wait)
            }
            guard case .published(let id, _, _) = outcome else { throw Crash() }
            #expect(id.hasPrefix("v_pub_file~"), "the worker does not wait for moderation")
            var figures = [String: [Metric: Int]]()
            for _ in 0..<20 where figures.isEmpty {
                figures = try await tikTok.metrics(of: [PublishedPost(platformPostId: id, publishedAt: time.now)], account: account).figures
            }
            #expect(Set(figures[id]?.keys.map(\.self) ?? []) == [.views, .likes, .comments, .shares])
        }
    }

    // MARK: What the account may do

    @Test("Who can see a post is chosen among what the account offers")
    func privacyOptions() async throws {
        try await withTikTok { bench in
            func offered() async throws -> [String] {
                try await bench.platform.options(field: "privacy_level", query: nil, account: bench.account).map(\.value)
            }
            #expect(try await offered() == ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"])
            try set(bench, "privateAccount", true)
            #expect(try await offered() == ["MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"])
            let error = await bench.refusal(request(bench, "Public"))
            #expect(error?.code == "TIKTOK_PRIVACY_NOT_AVAILABLE")
            #expect(error?.message.contains("Friends, Followers, Only you") == true)
            #expect(bench.simulator.control.log(operation: "tiktok.initVideo").isEmpty)
        }
    }

    @Test("What would be refused is said before anything is sent")
    func checks() async throws {
        try await withTikTok { bench in
            let branded = await bench.refusal(
                request(bench, "Branded", settings: ["privacy_level": "SELF_ONLY", "brand_content_toggle": true]))
            #expect(branded?.code == "TIKTOK_BRANDED_CONTENT_PRIVATE")
            try set(bench, "maxDuration", 9)
            #expect(await bench.refusal(request(bench, "Ten seconds"))?.code == "TIKTOK_VIDEO_TOO_LONG")
            try set(bench, "maxDuration", 10)
            try set(bench, "commentDisabled", true)
            let post = try await bench.published(request(bench, "Quiet", settings: Self.everyone.merging(["comment": true]) { $1 }))
            #expect(post.details["post_info"]?["disable_comment"] == true)
        }
    }

    @Test(
        "The caption ends at 2,200 UTF-16 units",
        arguments: [
            (String(repeating: "a", count: 2200), true), (String(repeating: "a", count: 2201), false), (String(repeating: "😀", count: 1100), true),
            (String(repeating: "😀", count: 1100) + "a", false),
        ])
    func caption(text: String, fits: Bool) async throws {
        #expect((TikTok.descriptor.text.counting.length(of: text) <= TikTok.descriptor.text.limit) == fits)
        try await withTikTok { bench in
            guard !fits else {
                let post = try await bench.published(request(bench, text))
                #expect(post.text == text)
                return
            }
            let error = await bench.refusal(request(bench, text))
            #expect(error?.kind == .invalidContent)
        }
    }

    // MARK: Tokens

    @Test("Each renewal brings a new refresh token and ends the one before it")
    func rotation() async throws {
        try await withTikTok { bench in
            let first = bench.account.credentials
            #expect(first.expiresAt.map { $0 > .now + .minutes(110) && $0 < .now + .minutes(130) } == true)
            let second = try await bench.platform.refresh(first)
            #expect(second.refreshToken != first.refreshToken && second.accessToken != first.accessToken)
            #expect(Set(second.scopes) == Set(first.scopes))
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.refresh(first) }
            #expect(error?.code == "TIKTOK_GRANT_REFUSED")
            #expect(error?.kind == .authentication)
            #expect(try await bench.platform.accounts(second).map(\.username) == ["ada"])
        }
    }

    @Test("Revoking ends the token, and again is no error")
    func revoking() async throws {
        try await withTikTok { bench in
            for _ in 1...2 { try await bench.platform.revoke(bench.account.credentials) }
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.accounts(bench.account.credentials) }
            #expect(error?.kind == .authentication)
        }
    }

    @Test("A permission that was unticked is named")
    func deselected() async throws {
        try await withTikTok { bench in
            try set(bench, "deselectedScope", "video.publish")
            let error = await #expect(throws: PlatformError.self) {
                try await Bench.connect(bench.platform, account: "ada", as: .tikTok)
            }
            #expect(error?.code == "TIKTOK_SCOPE_MISSING")
            #expect(error?.message.contains("video.publish") == true)
        }
    }

    // MARK: Errors

    @Test(
        "Every refusal has its kind, also with status 200",
        arguments: [
            ("spam_risk_too_many_posts", "DAILY_LIMIT", PublishingErrorKind.rateLimited),
            ("spam_risk_too_many_pending_share", "TOO_MANY_DRAFTS", .rateLimited), ("reached_active_user_cap", "APP_USER_LIMIT", .invalidContent),
            ("spam_risk_user_banned_from_posting", "ACCOUNT_BANNED", .invalidContent), ("spam_risk", "SPAM_RISK", .invalidContent),
            ("unaudited_client_can_only_post_to_private_accounts", "APP_NOT_REVIEWED", .invalidContent),
            ("url_ownership_unverified", "ADDRESS_NOT_VERIFIED", .invalidContent),
            ("privacy_level_option_mismatch", "PRIVACY_NOT_AVAILABLE", .invalidContent), ("app_version_check_failed", "APP_TOO_OLD", .invalidContent),
            ("invalid_file_upload", "FILE_REFUSED", .invalidContent), ("invalid_param", "REFUSED", .invalidContent),
            ("access_token_invalid", "TOKEN_REJECTED", .authentication), ("scope_not_authorized", "SCOPE_MISSING", .authentication),
            ("access_token_expired", "TOKEN_REJECTED", .authentication), ("invalid_params", "REFUSED", .invalidContent),
            ("scope_permission_missed", "SCOPE_MISSING", .authentication), ("rate_limit_exceeded", "RATE_LIMITED", .rateLimited),
        ] as [(String, String, PublishingErrorKind)])
    func errors(code: String, ours: String, kind: PublishingErrorKind) async throws {
        try await withTikTok { bench in
            for place in ["creatorError", "initError"] {
                try set(bench, place, .string(code))
                let error = await bench.refusal(request(bench, "Hello"))
                #expect(error?.code == "TIKTOK_\(ours)", "\(place)")
                #expect(error?.kind == kind)
                // A wait as long as a post is tried would be none.
                #expect(error?.retryAfter.map { $0 <= .hours(6) } != false)
                try set(bench, place, "")
            }
        }
    }

    @Test(
        "A fail_reason is told, or the post is sent anew",
        arguments: [
            ("file_format_check_failed", PublishingErrorKind.invalidContent), ("duration_check_failed", .invalidContent),
            ("frame_rate_check_failed", .invalidContent), ("picture_size_check_failed", .invalidContent), ("publish_cancelled", .invalidContent),
            ("auth_removed", .authentication), ("spam_risk_too_many_posts", .invalidContent),
            ("spam_risk_user_banned_from_posting", .invalidContent), ("spam_risk_text", .invalidContent), ("spam_risk", .invalidContent),
            ("internal", nil), ("video_pull_failed", nil), ("photo_pull_failed", nil),
        ] as [(String, PublishingErrorKind?)])
    func failReasons(reason: String, kind: PublishingErrorKind?) async throws {
        try await withTikTok { bench in
            try set(bench, "failReason", .string(reason))
            guard let kind else {
                _ = try await bench.publish(request(bench, "Again"), journal: MemoryJournal())
                #expect(bench.publications.map(\.text) == ["Again"])
                #expect(bench.simulator.control.log(operation: "tiktok.initVideo").count == 2)
                return
            }
            let error = await bench.refusal(request(bench, "Refused"))
            #expect(error?.kind == kind)
            #expect(error?.platformAnswer == reason)
            #expect(bench.publications.isEmpty)
        }
    }

    @Test("What fails again and again ends in words")
    func failsAlways() async throws {
        try await withTikTok { bench in
            try set(bench, "failReason", "internal")
            try set(bench, "failures", 9)
            #expect(await bench.refusal(request(bench, "Never"))?.code == "TIKTOK_FAILED")
            #expect(bench.simulator.control.log(operation: "tiktok.initVideo").count == 3)
        }
    }

    @Test("Pictures at an address that was not verified are the operator's to mend")
    func unverified() async throws {
        try await withTikTok { bench in
            try set(bench, "verifiedPrefix", "https://postiz.example.com/")
            let error = await bench.refusal(request(bench, "Pictures", [Self.picture()], kind: "photo"))
            #expect(error?.code == "TIKTOK_ADDRESS_NOT_VERIFIED")
            #expect(error?.kind == .invalidContent)
        }
    }

    // MARK: Unknown outcomes of pictures

    @Test("Pictures of unknown fate are found in the account's list", arguments: [Fault.Kind.dropAfter, .truncate, .statusAfter])
    func foundInList(kind: Fault.Kind) async throws {
        try await withTikTok { bench in
            let (journal, request) = (MemoryJournal(), request(bench, "Once", [Self.picture()], kind: "photo"))
            try bench.fault(kind, "tiktok.initPhotos")
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .unknownOutcome)
            guard case .published(let id, _, _) = try await bench.platform.publish(request, journal: journal) else { throw Crash() }
            #expect(bench.publications.map(\.id) == [id])
        }
    }

    @Test("Pictures that are in no list are looked for, and then left to the person")
    func leftToThePerson() async throws {
        try await withPassingTime(.tikTok) { tikTok, account, simulator, time in
            try await FileHost.serving {
                for privacy in ["PUBLIC_TO_EVERYONE", "SELF_ONLY"] {
                    let part = OutgoingPart(text: "Lost", media: [Self.picture()])
                    let request = PublishRequest(account, [part], settings: ["privacy_level": .string(privacy)], kind: "photo")
                    let journal = MemoryJournal(time: time)
                    try simulator.control.add(Fault(.dropBefore, platform: "tiktok", path: "tiktok.initPhotos", times: 1))
                    var decidable = [Bool?]()
                    for _ in 1...3 {
                        let error = await #expect(throws: PlatformError.self) { try await tikTok.publish(request, journal: journal) }
                        #expect(error?.kind == .unknownOutcome)
                        decidable.append(error?.decidable)
                        if decidable.count == 2 { time.pass(.minutes(31)) }
                    }
                    #expect(decidable == (privacy == "SELF_ONLY" ? [true, false, false] : [true, true, false]))
                }
                #expect(simulator.control.publications(platform: "tiktok").isEmpty)
            }
        }
    }
}
