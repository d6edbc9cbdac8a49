import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// What is Pinterest's own: boards, carousels, films with covers, its errors.
@Suite(.timeLimit(.minutes(10)))
struct PinterestTests {
    private func withPinterest(judged: Bool = true, _ body: (Bench) async throws -> Void) async throws {
        try await withBench(.pinterest, judged: judged, body)
    }

    private func publish(
        _ bench: Bench, _ text: String = "A pin", media: [OutgoingMedia] = [.picture()], settings: [String: JSONValue] = [:]
    ) async throws -> PublicationRecord {
        let request = bench.request([OutgoingPart(text: text, media: media)], settings: settings)
        _ = try await bench.publish(request, journal: MemoryJournal())
        return try #require(bench.publications.last)
    }

    private func refusal(
        _ bench: Bench, _ text: String = "A pin", media: [OutgoingMedia] = [.picture()], settings: [String: JSONValue] = [:]
    ) async throws -> PlatformError {
        let request = bench.request([OutgoingPart(text: text, media: media)], settings: settings)
        return try #require(await #expect(throws: PlatformError.self) { try await bench.publish(request, journal: MemoryJournal()) })
    }

    private func boards(_ bench: Bench, _ query: String? = nil) async throws -> [ChannelOption] {
        try await bench.platform.options(field: "board", query: query, account: bench.account)
    }

    // MARK: On the wire

    @Test("A pin has the documented fields, and its pictures travel in base 64", arguments: [1, 2, 5])
    func documentedPin(count: Int) async throws {
        let server = try await RecordingServer { _ in .answer(status: 201, body: #"{"id":"77"}"#) }
        let bytes = Data((0..<200_001).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        let pictures = (0..<count).map { OutgoingMedia.file(bytes, type: "image/jpeg", altText: "Picture \($0)") }
        let request = PublishRequest(
            .invented("pinterest"), [OutgoingPart(text: "Tea & \"cake\"", media: pictures)],
            settings: [
                "board": "12", "section": "34", "title": "Tea", "link": "https://example.com/?a=1", "dominant_color": "#6E7874", "cover_time": "0",
            ])
        let outcome = try await withRegistry(["PINTEREST_API_BASE_URL": server.baseURL], time: SleeplessTime()) { registry in
            try await #require(registry["pinterest"]).publish(request, journal: MemoryJournal())
        }
        #expect(outcome == .published(platformPostId: "77", url: "\(server.baseURL)/pin/77/"))
        let call = try #require(server.requests.first)
        #expect("\(call.method) \(call.path)" == "POST /v5/pins")
        #expect(call.headers["authorization"] == "Bearer token-of-ada")
        let image: JSONValue = ["content_type": "image/jpeg", "data": .string(bytes.base64EncodedString())]
        let source: JSONValue =
            count == 1
            ? ["source_type": "image_base64", "content_type": "image/jpeg", "data": .string(bytes.base64EncodedString())]
            : ["source_type": "multiple_image_base64", "items": .array(Array(repeating: image, count: count))]
        let expected: JSONValue = [
            "board_id": "12", "board_section_id": "34", "title": "Tea", "description": "Tea & \"cake\"", "link": "https://example.com/?a=1",
            "dominant_color": "#6E7874", "alt_text": .string((0..<count).map { "Picture \($0)" }.joined(separator: "; ")), "media_source": source,
        ]
        #expect(try JSONDecoder().decode(JSONValue.self, from: call.body) == expected)
        try await server.stop()
    }

    @Test("A film goes to Pinterest's store with every parameter and without the token", arguments: [nil, "7"])
    func documentedFilm(second: String?) async throws {
        let server = try await RecordingServer { request in
            switch "\(request.method) \(request.path)" {
            case "POST /v5/media":
                let address = "http://\(request.headers["host"] ?? "")/store"
                return .answer(
                    status: 201,
                    body: #"{"media_id":"9","media_type":"video","upload_url":"\#(address)","upload_parameters":{"key":"k","policy":"p"}}"#)
            case "POST /store": return .answer(status: 204)
            case "GET /v5/media/9": return .json(#"{"media_id":"9","status":"succeeded"}"#)
            default: return .answer(status: 201, body: #"{"id":"77"}"#)
            }
        }
        let media = [OutgoingMedia.film(bytes: 500)] + (second == nil ? [.picture()] : [])
        let request = PublishRequest(
            .invented("pinterest"), [OutgoingPart(text: "", media: media)],
            settings: ["board": "12", "cover_time": second.map { .string($0) } ?? ""])
        _ = try await withRegistry(["PINTEREST_API_BASE_URL": server.baseURL], time: SleeplessTime()) { registry in
            try await #require(registry["pinterest"]).publish(request, journal: MemoryJournal())
        }
        #expect(server.requests.map(\.path) == ["/v5/media", "/store", "/v5/media/9", "/v5/pins"])
        #expect(server.requests[0].text == #"{"media_type":"video"}"#)
        #expect(server.requests[1].headers["authorization"] == nil)
        let form = server.requests[1].text
        for field in ["name=\"key\"\r\n\r\nk\r\n", "name=\"policy\"\r\n\r\np\r\n", "name=\"file\""] { #expect(form.contains(field)) }
        let pin = try JSONDecoder().decode(JSONValue.self, from: server.requests[3].body)
        let source = pin["media_source"]
        #expect(pin["description"] == nil)
        #expect(source?["media_id"]?.string == "9")
        #expect(source?["cover_image_key_frame_time"]?.int == second.flatMap(Int.init))
        #expect((source?["cover_image_data"] == nil) == (second != nil))
        #expect(source?["cover_image_content_type"]?.string == (second == nil ? "image/png" : nil))
        try await server.stop()
    }

    // MARK: Kinds and settings

    @Test("Settings arrive, and a section belongs to its board")
    func settings() async throws {
        try await withPinterest { bench in
            let board = try #require(try await boards(bench, "recip").first)
            let sections = try await bench.platform.options(field: "section", query: board.value, account: bench.account)
            let section = try #require(sections.first)
            let made = try await publish(
                bench,
                settings: ["section": .string(section.value), "title": "Soup", "link": "https://example.com/soup", "dominant_color": "#aabbcc"])
            #expect(made.details["board_section_id"]?.string == section.value)
            #expect(made.details["title"]?.string == "Soup")
            #expect(made.details["dominant_color"]?.string == "#aabbcc")
            let wrong = try await refusal(bench, settings: ["section": "1"])
            #expect(wrong.code == "PINTEREST_SECTION_NOT_FOUND")
        }
    }

    @Test("Boards are listed page after page, secret ones only with their permission")
    func boardPages() async throws {
        try await withPinterest { bench in
            #expect(try await boards(bench).map(\.label) == ["Recipes"])
            #expect(try await boards(bench, "nothing").isEmpty)
            try bench.simulator.control.set("pageSize", to: 1, platform: "pinterest")
            let grant = try bench.simulator.control.grant(platform: "pinterest", account: "ada").grant
            let account = ConnectedAccount(account: bench.account.account, credentials: Credentials(accessToken: grant.token))
            let all = try await bench.platform.options(field: "board", query: nil, account: account)
            #expect(Set(all.map(\.label)) == ["Recipes", "Places"])
            #expect(all.first { $0.label == "Places" }?.hint == "secret")
        }
    }

    @Test("The pictures of a carousel say what was given for each, in their order")
    func carouselTexts() async throws {
        try await withPinterest { bench in
            let settings: [String: JSONValue] = [
                "carousel_titles": "Tea | | Cake", "carousel_descriptions": "Hot", "carousel_links": "https://example.com/a||https://example.com/c",
            ]
            let pictures = (0..<3).map { _ in OutgoingMedia.picture() }
            let request = bench.request([OutgoingPart(text: "Three", media: pictures)], settings: settings)
            _ = try await bench.publish(request, journal: MemoryJournal())
            let items = try #require(bench.publications.last?.details["media_source"]?["items"])
            #expect(
                items == [
                    ["title": "Tea", "description": "Hot", "link": "https://example.com/a"], [:],
                    ["title": "Cake", "link": "https://example.com/c"],
                ])
        }
    }

    @Test("Texts for more pictures than there are, and texts without a carousel, are not sent", arguments: [1, 2])
    func tooManyTexts(pictures: Int) async throws {
        try await withPinterest { bench in
            let media = (0..<pictures).map { _ in OutgoingMedia.picture() }
            let request = bench.request([OutgoingPart(text: "Few", media: media)], settings: ["carousel_titles": "One|Two|Three"])
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: MemoryJournal()) }
            #expect(error?.code == "PINTEREST_TOO_MANY_TEXTS" && error?.message.contains("carousel_titles") == true)
            #expect(bench.publications.isEmpty)
        }
    }

    @Test(
        "Each text of a picture has Pinterest's length, and there are five at most",
        arguments: [
            ("carousel_titles", String(repeating: "t", count: 100) + "|", true), ("carousel_titles", String(repeating: "t", count: 101), false),
            ("carousel_titles", "1|2|3|4|5", true), ("carousel_titles", "1|2|3|4|5|6", false),
            ("carousel_descriptions", String(repeating: "d", count: 800), true),
            ("carousel_descriptions", String(repeating: "d", count: 801) + "|x", false),
            ("carousel_links", "https://example.com/1 | http://example.com/2", true), ("carousel_links", "example.com", false),
        ])
    func carouselLimits(setting: String, value: String, fits: Bool) throws {
        let field = try #require(Pinterest.descriptor.settings.first { $0.name == setting })
        let isWhole = try Regex(#require(field.pattern)).wholeMatch(in: value) != nil
        #expect((isWhole && value.count <= field.maxLength ?? 0) == fits)
    }

    @Test("A film with a cover, and a film whose frame is the cover")
    func films() async throws {
        try await withPinterest { bench in
            let covered = try await publish(bench, media: [.film(), .picture()])
            #expect(covered.media.map(\.kind) == [.video, .image])
            let film = OutgoingMedia.file(Data([0, 0, 0, 24] + Array("ftypmp42".utf8)), kind: .video, type: "video/mp4", altText: "Waves")
            let framed = try await publish(bench, media: [film], settings: ["cover_time": "3"])
            #expect(framed.media.map(\.kind) == [.video])
            #expect(framed.media.map(\.altText) == ["Waves"])
        }
    }

    @Test("A film that fails is sent once more, and then given up", arguments: [1, 2])
    func failingFilm(times: Int) async throws {
        try await withPinterest { bench in
            try bench.simulator.control.set("failingVideos", to: .int(times), platform: "pinterest")
            if times == 1 {
                #expect(try await publish(bench, media: [.film()]).media.count == 1)
            } else {
                #expect(try await refusal(bench, media: [.film()]).code == "PINTEREST_MEDIA_PROCESSING_FAILED")
            }
            #expect(bench.simulator.control.log(operation: "pinterest.upload").count == 2)
        }
    }

    // MARK: Limits

    @Test("The longest that is allowed goes through, and one more is refused")
    func limits() async throws {
        try await withPinterest(judged: false) { bench in
            func text(_ count: Int) -> String { String(repeating: "t", count: count) }
            func link(_ count: Int) -> JSONValue { .string("https://example.com/" + text(count - 20)) }
            _ = try await publish(
                bench, text(800), media: [.picture(altText: text(500))], settings: ["title": .string(text(100)), "link": link(2048)])
            for (words, settings) in [(text(801), [:]), ("", ["title": .string(text(101))]), ("", ["link": link(2049)])]
                as [(String, [String: JSONValue])]
            {
                #expect(try await refusal(bench, words, settings: settings).kind == .invalidContent)
            }
            // What is longer than all together may be is cut, and not refused.
            let long = try await publish(bench, media: [.picture(altText: text(400)), .picture(altText: text(400))])
            #expect(long.media.first?.altText.count == 500)
            #expect(bench.publications.count == 2)
        }
    }

    // MARK: Once only

    @Test("A pin that was lost is found on its board among others, on a later page too")
    func lookUp() async throws {
        try await withPinterest { bench in
            try bench.simulator.control.set("pageSize", to: 2, platform: "pinterest")
            for number in 0..<5 { _ = try await publish(bench, "Other \(number)") }
            let request = bench.request([OutgoingPart(text: "Mine", media: [.picture()])], settings: ["title": "Soup"])
            let journal = MemoryJournal()
            try bench.fault(.dropAfter, "pinterest.createPin")
            _ = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            for number in 0..<5 { _ = try await publish(bench, "Later \(number)") }
            _ = try await publish(bench, "Mine", settings: ["title": "Stew"])
            guard case .published(let id, _, _) = try await bench.publish(request, journal: journal) else { throw Crash() }
            let mine = bench.publications.filter { $0.details["title"]?.string == "Soup" }
            #expect(mine.map(\.id) == [id])
        }
    }

    // MARK: Connecting

    @Test("Each renewal brings a new key, and the old one serves no more")
    func renewing() async throws {
        try await withPinterest { bench in
            let renewed = try await bench.platform.refresh(bench.account.credentials)
            #expect(renewed.refreshToken != bench.account.credentials.refreshToken)
            #expect(renewed.expiresAt.map { $0 > .now + .days(29) } == true)
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.refresh(bench.account.credentials) }
            #expect(error?.kind == .authentication)
            _ = try await bench.platform.refresh(renewed)
        }
    }

    @Test("The app's secret goes into the header, and apps of before ask for renewing", arguments: ["", "true"])
    func tokenCall(continuous: String) async throws {
        let server = try await RecordingServer { _ in
            .json(#"{"access_token":"pina_1","refresh_token":"pinr_1","expires_in":2592000,"scope":"boards:read,pins:read"}"#)
        }
        let values = [
            "PINTEREST_API_BASE_URL": server.baseURL, "PINTEREST_CLIENT_ID": "id", "PINTEREST_CLIENT_SECRET": "app-secret",
            "PINTEREST_CONTINUOUS_REFRESH": continuous,
        ]
        let callback = AuthorizationCallback(
            query: ["code": "c1"], memory: [:], callbackURL: try #require(URL(string: "https://postiz.example.com/callback")))
        let credentials = try await withRegistry(values) { try await #require($0["pinterest"]).exchange(callback) }
        #expect(credentials.scopes == ["boards:read", "pins:read"])
        let call = try #require(server.requests.first)
        #expect(call.headers["authorization"] == "Basic \(Data("id:app-secret".utf8).base64EncodedString())")
        let form = "grant_type=authorization_code&code=c1&redirect_uri=https%3A%2F%2Fpostiz.example.com%2Fcallback"
        #expect(call.text == form + (continuous.isEmpty ? "" : "&continuous_refresh=true"))
        try await server.stop()
    }

    @Test("Days that are not final yet are left out")
    func unfinishedDays() async throws {
        try await withPinterest { bench in
            try bench.simulator.control.set("dayStatus", to: "PROCESSING", platform: "pinterest")
            let figures = try await bench.platform.figures(of: bench.account, since: .now - .days(400))
            #expect(figures.days.isEmpty)
            #expect(figures.now[.followers] != nil)
        }
    }

    // MARK: Errors

    @Test(
        "Every refusal is classified by its number",
        arguments: [
            (400, 1, "Invalid request: 'title' is too long", PublishingErrorKind.invalidContent, "REFUSED"),
            (400, 1, "Unable to reach the URL.", .transient, "URL_NOT_REACHED"),
            (401, 2, "Authentication failed.", .authentication, "TOKEN_REJECTED"),
            (401, 3, "Scope", .authentication, "PERMISSION_MISSING"), (403, 3, "Scope", .authentication, "PERMISSION_MISSING"),
            (403, 7, "Not the owner", .authentication, "PERMISSION_MISSING"), (403, 29, "Not permitted", .invalidContent, "NOT_PERMITTED"),
            (403, 235, "Broken", .invalidContent, "IMAGE_BROKEN"), (400, 233, "Small", .invalidContent, "IMAGE_TOO_SMALL"),
            (404, 40, "Board", .invalidContent, "BOARD_NOT_FOUND"), (404, 50, "Pin", .invalidContent, "NOT_FOUND"),
            (404, 2031, "Section", .invalidContent, "SECTION_NOT_FOUND"), (429, 8, "Rate", .rateLimited, "RATE_LIMITED"),
            (500, 0, "Oops", .unknownOutcome, "OUTCOME_UNKNOWN"), (503, 0, "Oops", .unknownOutcome, "OUTCOME_UNKNOWN"),
        ], [true, false])
    func errors(row: (status: Int, number: Int, message: String, kind: PublishingErrorKind, code: String), numberLast: Bool) async throws {
        let body = numberLast ? #"{"message":"\#(row.message)","code":\#(row.number)}"# : #"{"code": \#(row.number), "message": "\#(row.message)"}"#
        let server = try await RecordingServer { _ in .answer(status: row.status, body: body) }
        let request = PublishRequest(.invented("pinterest"), [OutgoingPart(text: "Tea", media: [.picture()])], settings: ["board": "1"])
        let error = try await withRegistry(["PINTEREST_API_BASE_URL": server.baseURL], time: SleeplessTime()) { registry in
            await #expect(throws: PlatformError.self) { try await #require(registry["pinterest"]).publish(request, journal: MemoryJournal()) }
        }
        #expect(error?.kind == row.kind)
        #expect(error?.code == "PINTEREST_\(row.code)")
        if row.kind == .rateLimited { #expect(error?.retryAfter == .minutes(1)) }
        try await server.stop()
    }

    @Test("A pin without a board, and one without a file, is not sent")
    func missing() async throws {
        try await withPinterest { bench in
            let codes = [
                try await refusal(bench, settings: ["board": ""]).code, try await refusal(bench, media: []).code,
                try await refusal(bench, settings: ["board": "1"]).code,
            ]
            #expect(codes == ["PINTEREST_BOARD_MISSING", "PINTEREST_FILE_MISSING", "PINTEREST_BOARD_NOT_FOUND"])
            #expect(bench.publications.isEmpty)
        }
    }
}
