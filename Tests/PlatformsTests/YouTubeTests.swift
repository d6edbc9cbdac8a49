import Crypto
import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// What is YouTube's own: resumable uploads, what goes with a video, its errors.
@Suite(.timeLimit(.minutes(10)))
struct YouTubeTests {
    private func withYouTube(_ body: (Bench) async throws -> Void) async throws { try await withBench(.youtube, body) }

    private func publish(
        _ bench: Bench, _ text: String = "About tea", media: [OutgoingMedia] = [.film()], settings: [String: JSONValue] = [:]
    ) async throws -> (outcome: PublishOutcome, record: PublicationRecord) {
        let request = bench.request([OutgoingPart(text: text, media: media)], settings: settings)
        let outcome = try await bench.publish(request, journal: MemoryJournal())
        return (outcome, try #require(bench.publications.last))
    }

    private func refusal(_ bench: Bench, _ text: String = "About tea", settings: [String: JSONValue] = [:]) async throws -> PlatformError {
        let request = bench.request([OutgoingPart(text: text, media: [.film()])], settings: settings)
        return try #require(
            await #expect(throws: PlatformError.self) { try await bench.publish(request, journal: MemoryJournal()) })
    }

    private func notes(_ outcome: PublishOutcome) -> [String] {
        if case .published(_, _, let notes) = outcome { notes } else { [] }
    }

    private func digest(_ film: OutgoingMedia) async throws -> String {
        SHA256.hash(data: try await film.read(0, film.media.size)).hexadecimal
    }

    private func uploads(_ bench: Bench) -> [LogEntry] { bench.simulator.control.log(operation: "youtube.createVideo") }

    // MARK: On the wire

    @Test("The upload begins with what is documented, and the file follows to the address that was named")
    func documentedUpload() async throws {
        let server = try await RecordingServer { request in
            if request.method == "POST" {
                let address = "http://\(request.headers["host"] ?? "")/upload/youtube/v3/videos?uploadType=resumable&upload_id=u1"
                return .answer(status: 200, headers: ["location": address])
            }
            if request.method == "PUT" { return .json(#"{"id":"v1234567890","status":{"privacyStatus":"unlisted"}}"#) }
            return .json(#"{"items":[{"id":"v1234567890","status":{"uploadStatus":"processed"}}]}"#)
        }
        let request = PublishRequest(
            .invented("youtube"), [OutgoingPart(text: "About tea", media: [.film(bytes: 1000)])],
            settings: [
                "title": "Tea", "type": "unlisted", "selfDeclaredMadeForKids": "yes", "tags": " tea, green tea ,tea,", "categoryId": "26",
                "language": "pt-BR", "license": "creativeCommon", "embeddable": false, "publicStatsViewable": true, "notifySubscribers": false,
                "containsSyntheticMedia": true, "hasPaidProductPlacement": true, "recordingDate": "2026-05-31",
            ], kind: "video")
        let outcome = try await withRegistry(["YOUTUBE_API_BASE_URL": server.baseURL], time: SleeplessTime()) { registry in
            try await #require(registry["youtube"]).publish(request, journal: MemoryJournal())
        }
        #expect(outcome == .published(platformPostId: "v1234567890", url: "\(server.baseURL)/watch?v=v1234567890"))
        let (start, file) = (server.requests[0], server.requests[1])
        #expect(
            start.path
                == "/upload/youtube/v3/videos?uploadType=resumable&part=paidProductPlacementDetails%2CrecordingDetails%2Csnippet%2Cstatus&notifySubscribers=false"
        )
        #expect(start.headers["x-upload-content-type"] == "video/mp4")
        #expect(start.headers["x-upload-content-length"] == "1000")
        #expect(start.headers["content-type"] == "application/json; charset=UTF-8")
        #expect(
            start.text
                == #"{"paidProductPlacementDetails":{"hasPaidProductPlacement":true},"recordingDetails":{"recordingDate":"2026-05-31T00:00:00Z"},"snippet":{"categoryId":"26","defaultAudioLanguage":"pt-BR","defaultLanguage":"pt-BR","description":"About tea","tags":["tea","green tea"],"title":"Tea"},"status":{"containsSyntheticMedia":true,"embeddable":false,"license":"creativeCommon","privacyStatus":"unlisted","publicStatsViewable":true,"selfDeclaredMadeForKids":true}}"#
        )
        #expect(file.path == "/upload/youtube/v3/videos?uploadType=resumable&upload_id=u1")
        #expect(file.headers["content-range"] == "bytes 0-999/1000")
        #expect(file.headers["authorization"] == "Bearer token-of-ada")
        try await server.stop()
    }

    @Test("An address outside Google gets neither the file nor the token")
    func foreignAddress() async throws {
        let server = try await RecordingServer { _ in .answer(status: 200, headers: ["location": "https://files.example.com/upload"]) }
        let request = PublishRequest(.invented("youtube"), [OutgoingPart(text: "Tea", media: [.film()])], settings: ["title": "Tea"])
        let error = try await withRegistry(["YOUTUBE_API_BASE_URL": server.baseURL], time: SleeplessTime()) { registry in
            await #expect(throws: PlatformError.self) {
                try await #require(registry["youtube"]).publish(request, journal: MemoryJournal())
            }
        }
        #expect(error?.code == "YOUTUBE_UPLOAD_ADDRESS")
        #expect(server.requests.count == 1)
        try await server.stop()
    }

    // MARK: Resuming

    @Test("A film in pieces arrives whole, also where YouTube keeps only a part of each", arguments: [0, 1 << 20, 3 << 20])
    func pieces(kept: Int) async throws {
        try await withYouTube { bench in
            try bench.simulator.control.set("acceptBytes", to: .int(kept), platform: "youtube")
            let film = OutgoingMedia.film(bytes: 20_000_001)
            let made = try await publish(bench, media: [film]).record
            #expect(made.media.map(\.byteCount) == [20_000_001])
            #expect(try await made.media.map(\.sha256) == [digest(film)])
        }
    }

    @Test("After an interruption the upload goes on where it stood, in the same session", arguments: [Fault.Kind.status, .dropBefore, .dropAfter])
    func interruption(kind: Fault.Kind) async throws {
        try await withYouTube { bench in
            let film = OutgoingMedia.film(bytes: 30_000_000)
            // The question how far it is, then pieces of 8 MiB: the third of them goes wrong.
            try bench.fault(kind, "youtube.createVideo", skip: 3)
            let request = bench.request([OutgoingPart(text: "Tea", media: [film])])
            let journal = MemoryJournal()
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .transient)
            let before = uploads(bench).count
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.simulator.control.log(operation: "youtube.startUpload").count == 1)
            // Once more the question, the third piece unless it had arrived, and the last.
            #expect(uploads(bench).count - before == (kind == .dropAfter ? 2 : 3))
            #expect(try await bench.publications.map { $0.media.map(\.sha256) } == [[digest(film)]])
        }
    }

    @Test("A session that was lost on the way is begun anew, and one video comes of it")
    func lostSession() async throws {
        try await withYouTube { bench in
            let film = OutgoingMedia.film(bytes: 5_000_000)
            let request = bench.request([OutgoingPart(text: "Tea", media: [film])])
            let journal = MemoryJournal()
            try bench.simulator.control.set("acceptBytes", to: .int(1 << 20), platform: "youtube")
            try bench.fault(.status, "youtube.createVideo", skip: 1)
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .unknownOutcome)
            try bench.simulator.control.set("sessionsEnd", to: true, platform: "youtube")
            try bench.simulator.control.set("acceptBytes", to: 0, platform: "youtube")
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.simulator.control.log(operation: "youtube.startUpload").count == 2)
            #expect(try await bench.publications.map { $0.media.map(\.sha256) } == [[digest(film)]])
        }
    }

    @Test("A video whose session is lost with its answer is found among the channel's uploads, a private one too")
    func foundInUploads() async throws {
        try await withYouTube { bench in
            _ = try await publish(bench, settings: ["title": "Another"])
            let request = bench.request([OutgoingPart(text: "Tea", media: [.film()])], settings: ["type": "private"])
            let journal = MemoryJournal()
            try bench.fault(.dropAfter, "youtube.createVideo")
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .unknownOutcome)
            try bench.simulator.control.set("sessionsEnd", to: true, platform: "youtube")
            let outcome = try await bench.publish(request, journal: journal)
            #expect(bench.publications.count == 2)
            guard case .published(let id, _, _) = outcome else { throw Crash() }
            #expect(bench.publications.last?.id == id)
        }
    }

    @Test("Sessions that are lost again and again end in a wait, and then in one video")
    func lostAgainAndAgain() async throws {
        try await withYouTube { bench in
            let film = OutgoingMedia.film(bytes: 20_000_000)
            let request = bench.request([OutgoingPart(text: "Tea", media: [film])])
            let journal = MemoryJournal()
            try bench.fault(.dropBefore, "youtube.createVideo", skip: 3)
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .unknownOutcome)
            try bench.simulator.control.set("sessionsEnd", to: true, platform: "youtube")
            // Every session is lost after its first piece.
            let lost = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(lost?.code == "YOUTUBE_UPLOAD_LOST")
            #expect(lost?.kind == .transient)
            try bench.simulator.control.set("sessionsEnd", to: false, platform: "youtube")
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.publications.count == 1)
        }
    }

    // MARK: What goes with a video

    @Test("A picture beside the video becomes its thumbnail")
    func thumbnail() async throws {
        try await withYouTube { bench in
            let made = try await publish(bench, media: [.film(), .picture()])
            #expect(made.record.media.map(\.kind) == [.video, .image])
            #expect(notes(made.outcome).isEmpty)
        }
    }

    @Test("A thumbnail that is refused is a note: the video is there")
    func refusedThumbnail() async throws {
        try await withYouTube { bench in
            try bench.simulator.control.set("phoneVerified", to: false, platform: "youtube")
            let made = try await publish(bench, media: [.film(), .picture()])
            #expect(notes(made.outcome).first?.contains("verified by phone") == true)
            #expect(made.record.media.count == 1)
            #expect(try await bench.platform.accounts(bench.account.credentials).first?.limits.videoDuration == 900)
        }
    }

    @Test(
        "A thumbnail waits where there were too many or the video is not seen yet, and the video is not uploaded again",
        arguments: [(429, "uploadRateLimitExceeded"), (404, "videoNotFound")])
    func waitingThumbnail(status: Int, reason: String) async throws {
        try await withYouTube { bench in
            let answer: PlatformSimulator.JSON = ["error": ["code": .int(status), "errors": [["reason": .string(reason)]]]]
            try bench.simulator.control.add(
                Fault(.status, platform: "youtube", path: "youtube.setThumbnail", status: status, body: answer, times: 1))
            let request = bench.request([OutgoingPart(text: "Tea", media: [.film(), .picture()])])
            let journal = MemoryJournal()
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .rateLimited || error?.patience != nil)
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.publications.map(\.media.count) == [2])
        }
    }

    @Test("A video is put into the playlist once, whatever is lost", arguments: [nil, Fault.Kind.dropBefore, .dropAfter, .statusAfter])
    func playlist(kind: Fault.Kind?) async throws {
        try await withYouTube { bench in
            let lists = try await bench.platform.options(field: "playlist", query: "TALKS", account: bench.account)
            let list = try #require(lists.first)
            #expect(try await bench.platform.options(field: "playlist", query: "nothing", account: bench.account).isEmpty)
            if let kind { try bench.fault(kind, "youtube.createPlaylistItem") }
            let made = try await publish(
                bench, settings: ["playlist": .string("https://www.youtube.com/playlist?list=\(list.value)")])
            let youTube = try #require(bench.platform as? YouTube)
            let items = try await youTube.get(
                "/youtube/v3/playlistItems", [("part", "snippet"), ("playlistId", list.value)], bench.account.credentials)
            #expect(items["items"]?.array?.compactMap { $0["snippet"]?["resourceId"]?["videoId"]?.string } == [made.record.id])
        }
    }

    @Test("A playlist that is not there is a note")
    func noPlaylist() async throws {
        try await withYouTube { bench in
            let made = try await publish(bench, settings: ["playlist": "PL0000"])
            #expect(notes(made.outcome).first?.contains("not in the playlist") == true)
        }
    }

    @Test("A Short has its own address, and rules that make it one")
    func short() async throws {
        try await withYouTube { bench in
            let made = try await publish(bench, settings: ["post_type": "short"])
            guard case .published(let id, let url, _) = made.outcome else { throw Crash() }
            #expect(url?.hasSuffix("/shorts/\(id)") == true)
            let rule = bench.platform.descriptor.narrowed(to: bench.platform.descriptor.kind(["post_type": "short"], files: [])).media.video
            #expect(rule?.ratio == Bounds(nil, 1))
            #expect(rule?.maxDuration == 180)
        }
    }

    @Test("Videos of projects that YouTube has not audited are private, and the person is told")
    func unaudited() async throws {
        try await withYouTube { bench in
            try bench.simulator.control.set("unaudited", to: true, platform: "youtube")
            let made = try await publish(bench)
            #expect(notes(made.outcome).first?.contains("private instead of public") == true)
        }
    }

    @Test(
        "What YouTube finds out while it processes is said in words",
        arguments: [
            ("videoFailure", "codec", "encoding"), ("videoRejection", "duplicate", "uploaded before"),
            ("videoRejection", "length", "verified by phone"),
        ])
    func processing(name: String, reason: String, words: String) async throws {
        try await withYouTube { bench in
            try bench.simulator.control.set(name, to: .string(reason), platform: "youtube")
            let error = try await refusal(bench)
            #expect(error.kind == .invalidContent)
            #expect(error.message.contains(words))
        }
    }

    // MARK: Limits

    @Test("The longest that is allowed goes through, and one more is refused")
    func limits() async throws {
        try await withYouTube { bench in
            let longest = String(repeating: "a", count: 500)
            _ = try await publish(
                bench, String(repeating: "é", count: 2500),
                settings: ["title": .string(String(repeating: "t", count: 100)), "tags": .string(longest)])
            for (text, settings, code) in [
                ("Tea", ["title": .string(String(repeating: "t", count: 101))], "YOUTUBE_TITLE"), ("Tea", ["title": ""], "YOUTUBE_TITLE"),
                ("Tea", ["title": "a <b"], "YOUTUBE_TITLE"), ("a > b", [:], "YOUTUBE_DESCRIPTION"),
                (String(repeating: "é", count: 2500) + "e", [:], "YOUTUBE_DESCRIPTION"),
                ("Tea", ["tags": .string(longest + "a")], "YOUTUBE_TAGS"),
                ("Tea", ["tags": .string(String(repeating: "a", count: 497) + " b")], "YOUTUBE_TAGS"),
                ("Tea", ["categoryId": "21"], "YOUTUBE_CATEGORY"),
            ] as [(String, [String: JSONValue], String)] {
                let error = try await refusal(bench, text, settings: settings)
                #expect(error.code == code)
                #expect(error.kind == .invalidContent)
            }
            #expect(bench.publications.count == 1)
        }
    }

    @Test("Titles and descriptions in other languages go along, each language with both")
    func translations() async throws {
        try await withYouTube { bench in
            let (_, video) = try await publish(
                bench,
                settings: [
                    "language": "en", "localizedTitles": "de: Tee: zu zweit | pt-BR:Chá", "localizedDescriptions": "de: Alles über Tee|fr: Le thé",
                ])
            #expect(
                video.details["localizations"] == [
                    "de": ["title": "Tee: zu zweit", "description": "Alles über Tee"], "pt-BR": ["title": "Chá", "description": "About tea"],
                    "fr": ["title": "Tea for two", "description": "Le thé"],
                ])
            let error = try await refusal(bench, settings: ["localizedTitles": "de: Tee"])
            #expect(error.code == "YOUTUBE_LANGUAGE")
        }
    }

    @Test(
        "Each language has a code and a text",
        arguments: [
            ("de: Tee", true), ("de: Tee | zh-Hans-CN: 茶", true), ("", true), ("Tee", false), ("de:", false), ("de: Tee |", false),
            ("de: <b>", false), ("de: " + String(repeating: "t", count: 100), true), ("de: " + String(repeating: "t", count: 101), false),
        ])
    func translationForms(text: String, fits: Bool) throws { #expect(try YouTube.descriptor.takes(text, in: "localizedTitles") == fits) }

    // MARK: Connecting

    @Test("A permission that was unticked is named")
    func unticked() async throws {
        try await withYouTube { bench in
            try bench.simulator.control.set("unticked", to: "youtube.force-ssl", platform: "youtube")
            let error = await #expect(throws: PlatformError.self) {
                try await Bench.connect(bench.platform, account: "bo", as: .youtube)
            }
            #expect(error?.kind == .authentication)
            #expect(error?.message.contains("youtube.force-ssl") == true)
        }
    }

    @Test("Without the permission for reports there are figures all the same")
    func withoutReports() async throws {
        try await withYouTube { bench in
            try bench.simulator.control.set("unticked", to: "yt-analytics.readonly", platform: "youtube")
            let bo = try await Bench.connect(bench.platform, account: "bo", as: .youtube)
            let figures = try await bench.platform.figures(of: bo, since: .now - .days(3))
            #expect(figures.now[.followers] != nil)
            #expect(figures.days.isEmpty)
            try bench.simulator.control.set("notConfigured", to: true, platform: "youtube")
            let made = try await publish(bench)
            let metrics = try await bench.platform.metrics(
                of: [PublishedPost(platformPostId: made.record.id, publishedAt: .now)], account: bench.account)
            #expect(Set(metrics[made.record.id].map { Array($0.keys) } ?? []) == [.views, .likes, .comments])
        }
    }

    @Test("An account without a channel is told to make one")
    func noChannel() async throws {
        try await withYouTube { bench in
            try bench.simulator.control.set("noChannel", to: true, platform: "youtube")
            let error = await #expect(throws: PlatformError.self) { try await Bench.connect(bench.platform, account: "bo", as: .youtube) }
            #expect(error?.message.contains("no YouTube channel") == true)
            #expect(try await refusal(bench).code == "YOUTUBE_NO_CHANNEL")
        }
    }

    @Test("Renewing keeps the refresh token, and revoking ends both")
    func renewing() async throws {
        try await withYouTube { bench in
            let renewed = try await bench.platform.refresh(bench.account.credentials)
            #expect(renewed.refreshToken == bench.account.credentials.refreshToken)
            #expect(renewed.accessToken != bench.account.credentials.accessToken)
            #expect(renewed.scopes == bench.account.credentials.scopes)
            try await bench.platform.revoke(renewed)
            try await bench.platform.revoke(renewed)
            for call in [bench.account.credentials, renewed] {
                let error = await #expect(throws: PlatformError.self) { try await bench.platform.accounts(call) }
                #expect(error?.kind == .authentication)
            }
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.refresh(renewed) }
            #expect(error?.kind == .authentication)
        }
    }

    // MARK: Errors

    @Test(
        "A quota is waited for until midnight in California, also on the days on which clocks are set",
        arguments: [
            ("2026-11-28T01:00:00Z", "2026-11-28T08:00:00Z"), ("2026-07-01T07:00:00Z", "2026-07-02T07:00:00Z"),
            ("2026-03-08T09:00:00Z", "2026-03-09T07:00:00Z"), ("2026-11-01T08:30:00Z", "2026-11-02T08:00:00Z"),
            ("2026-11-01T06:59:59Z", "2026-11-01T07:00:00Z"),
        ])
    func midnight(now: String, next: String) throws {
        #expect(YouTube.midnight(after: try #require(Timestamp(now))) == Timestamp(next))
    }

    @Test(
        "Every refusal is classified by its reason",
        arguments: [
            (401, "authError", PublishingErrorKind.authentication, "TOKEN_REJECTED"), (401, "UNAUTHENTICATED", .authentication, "TOKEN_REJECTED"),
            (401, "youtubeSignupRequired", .invalidContent, "NO_CHANNEL"),
            (403, "insufficientPermissions", .authentication, "SCOPE_MISSING"), (403, "accessNotConfigured", .invalidContent, "API_NOT_ENABLED"),
            (403, "quotaExceeded", .rateLimited, "QUOTA_EXCEEDED"), (403, "dailyLimitExceeded", .rateLimited, "QUOTA_EXCEEDED"),
            (403, "rateLimitExceeded", .rateLimited, "RATE_LIMITED"), (429, "userRateLimitExceeded", .rateLimited, "RATE_LIMITED"),
            (400, "uploadLimitExceeded", .rateLimited, "UPLOAD_LIMIT"), (400, "invalidTitle", .invalidContent, "TITLE"),
            (400, "invalidDescription", .invalidContent, "DESCRIPTION"), (400, "invalidTags", .invalidContent, "TAGS"),
            (400, "invalidCategoryId", .invalidContent, "CATEGORY"), (400, "invalidPublishAt", .invalidContent, "PUBLISH_AT"),
            (400, "invalidVideoMetadata", .invalidContent, "METADATA"), (400, "invalidFilename", .invalidContent, "METADATA"),
            (400, "invalidRecordingDetails", .invalidContent, "METADATA"), (400, "invalidVideoGameRating", .invalidContent, "METADATA"),
            (400, "defaultLanguageNotSet", .invalidContent, "LANGUAGE"), (400, "mediaBodyRequired", .invalidContent, "FILE_REFUSED"),
            (403, "forbidden", .invalidContent, "FORBIDDEN"), (403, "forbiddenPrivacySetting", .invalidContent, "PRIVACY"),
            (403, "forbiddenLicenseSetting", .invalidContent, "LICENCE"), (413, "uploadTooLarge", .invalidContent, "FILE_TOO_LARGE"),
            (500, "internalError", .transient, "UNAVAILABLE"), (502, "badGateway", .transient, "UNAVAILABLE"),
            (503, "backendError", .transient, "UNAVAILABLE"), (504, "gatewayTimeout", .transient, "UNAVAILABLE"),
        ])
    func errors(status: Int, reason: String, kind: PublishingErrorKind, code: String) async throws {
        let body = #"{"error": {"code": \#(status), "message": "No.", "errors": [{"domain": "youtube.video", "reason": "\#(reason)"}]}}"#
        let server = try await RecordingServer { _ in .answer(status: status, body: body) }
        let request = PublishRequest(.invented("youtube"), [OutgoingPart(text: "Tea", media: [.film()])], settings: ["title": "Tea"])
        let error = try await withRegistry(["YOUTUBE_API_BASE_URL": server.baseURL], time: SleeplessTime()) { registry in
            await #expect(throws: PlatformError.self) {
                try await #require(registry["youtube"]).publish(request, journal: MemoryJournal())
            }
        }
        #expect(error?.kind == kind)
        #expect(error?.code == "YOUTUBE_\(code)")
        if kind == .rateLimited { #expect(error?.retryAfter.map { $0 >= .minutes(1) && $0 <= .days(1) + .hours(1) } == true) }
        try await server.stop()
    }

    @Test(
        "What is refused of a thumbnail is said, and the video stays",
        arguments: [
            (400, "invalidImage", "2 MB"), (400, "imageFormatUnsupported", "2 MB"), (400, "imageTooTall", "2 MB"), (400, "imageTooWide", "2 MB"),
            (400, "failedPrecondition", "2 MB"), (400, "mediaBodyRequired", "file"), (403, "forbidden", "verified by phone"),
        ])
    func thumbnails(status: Int, reason: String, words: String) async throws {
        try await withYouTube { bench in
            let answer: PlatformSimulator.JSON = [
                "error": ["code": .int(status), "errors": [["reason": .string(reason), "domain": "youtube.thumbnail"]]]
            ]
            try bench.simulator.control.add(
                Fault(.status, platform: "youtube", path: "youtube.setThumbnail", status: status, body: answer, times: 1))
            let (outcome, _) = try await publish(bench, media: [.film(), .picture()])
            #expect(notes(outcome).first?.hasPrefix("The video is published without its thumbnail") == true)
            #expect(notes(outcome).first?.contains(words) == true)
        }
    }

    @Test(
        "What is refused of a comment is said, and the video stays",
        arguments: [(403, "commentsDisabled"), (403, "ineligibleAccount"), (400, "commentTextTooLong")])
    func comments(status: Int, reason: String) async throws {
        try await withYouTube { bench in
            let answer: PlatformSimulator.JSON = ["error": ["code": .int(status), "errors": [["reason": .string(reason)]]]]
            try bench.simulator.control.add(
                Fault(.status, platform: "youtube", path: "youtube.createComment", status: status, body: answer, times: 1))
            let request = bench.request([OutgoingPart(text: "Tea", media: [.film()]), OutgoingPart(text: "First")])
            let error = await #expect(throws: PlatformError.self) { try await bench.publish(request, journal: MemoryJournal()) }
            #expect(error?.kind == .invalidContent)
            #expect(error?.message.hasPrefix("The video is published") == true)
            #expect(bench.publications.map(\.text) == ["Tea"])
        }
    }
}
