import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// The wait that a platform tells (RFC 9110 §10.2.3), and the clock that it tells it by.
struct ToldWaitTests {
    @Test(
        "The three forms of a date are one instant",
        arguments: ["Sun, 06 Nov 2094 08:49:37 GMT", "Saturday, 06-Nov-94 08:49:37 GMT", "Sat Nov  6 08:49:37 2094"])
    func dates(text: String) {
        #expect(HTTPAnswer.date(text) == Timestamp("2094-11-06T08:49:37Z"))
    }

    @Test("Leap days and the turn of a year are met")
    func calendar() {
        #expect(HTTPAnswer.date("Tue, 29 Feb 2028 23:59:59 GMT") == Timestamp("2028-02-29T23:59:59Z"))
        #expect(HTTPAnswer.date("Fri, 31 Dec 2027 23:59:59 GMT") == Timestamp("2027-12-31T23:59:59Z"))
        #expect(HTTPAnswer.date("Sat, 01 Jan 2028 00:00:00 GMT") == Timestamp("2028-01-01T00:00:00Z"))
        #expect(HTTPAnswer.date("Thu, 01 Jan 1970 00:00:00 GMT") == Timestamp(milliseconds: 0))
    }

    @Test(
        "What is no date and no number of seconds says nothing",
        arguments: ["", "soon", "-4", "4.5", "4 s", "Sun, 06 Foo 2094 08:49:37 GMT", "Sun, 06 Nov 2094 25:49:37 GMT", "2094-11-06T08:49:37Z"])
    func nothing(text: String) {
        #expect(HTTPAnswer(status: 429, headers: ["retry-after": text], body: Data()).retryAfter(now: .now) == nil)
    }

    @Test(
        "Seconds are believed between one and a day",
        arguments: [("4", 4), ("0", 1), ("86400", 86_400), ("86401", 86_400), ("99999999999999999999999", 86_400)])
    func seconds(text: String, wait: Int64) {
        let answer = HTTPAnswer(status: 429, headers: ["retry-after": text], body: Data())
        #expect(answer.retryAfter(now: .now) == .seconds(wait))
    }

    @Test("A date is measured by the answer's own clock, else by ours, and never lies in the past")
    func clocks() throws {
        let told = "Fri, 27 Nov 2026 12:00:30 GMT"
        let ours = try #require(Timestamp("2026-11-27T12:10:00Z"))
        let own = HTTPAnswer(status: 503, headers: ["retry-after": told, "date": "Fri, 27 Nov 2026 12:00:00 GMT"], body: Data())
        #expect(own.retryAfter(now: ours) == .seconds(30))
        let silent = HTTPAnswer(status: 503, headers: ["retry-after": told], body: Data())
        #expect(silent.retryAfter(now: ours) == .seconds(1))
        #expect(silent.retryAfter(now: ours - .minutes(10)) == .seconds(30))
    }

    private static let platforms = PlatformRegistry.descriptors.map(\.id)

    @Test(
        "The wait that was told holds on every platform, with or without a header of its own", arguments: platforms,
        [
            "4", "Fri, 27 Nov 2026 12:00:04 GMT", "Friday, 27-Nov-26 12:00:04 GMT", "Fri Nov 27 12:00:04 2026",
        ])
    func told(id: PlatformID, wait: String) async throws {
        // A call that makes nothing public may simply be repeated.
        for (status, kinds) in [(429, [PublishingErrorKind.rateLimited]), (503, [.unknownOutcome, .transient])] {
            for own in [[:], ["x-rate-limit-reset": "1795780800", "X-RateLimit-Reset": "2026-11-27T12:15:00Z", "RateLimit-Reset": "1795780800"]] {
                let headers = ["Retry-After": wait, "Date": "Fri, 27 Nov 2026 12:00:00 GMT"].merging(own) { first, _ in first }
                let error = try await failure(of: id, .answer(status: status, headers: headers, body: "{}"))
                #expect(error.map { kinds.contains($0.kind) } == true)
                #expect(error?.retryAfter == .seconds(4), "\(status) \(own)")
            }
        }
    }

    @Test("A signature that is refused while the clocks differ is the clock's fault, and the token's when they agree", arguments: [-10, 0, 10])
    func wrongClock(minutesAhead: Int64) async throws {
        let theirs = Timestamp.now - .minutes(minutesAhead)
        let format = Date.VerbatimFormatStyle(
            format: """
                \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .defaultDigits) \
                \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits) GMT
                """, locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian))
        let error = try await failure(
            of: "x", .answer(status: 401, headers: ["Date": theirs.date.formatted(format)], body: #"{"title":"Unauthorized"}"#))
        if minutesAhead == 0 {
            #expect(error?.kind == .authentication)
        } else {
            #expect(error?.kind == .transient)
            #expect(error?.code == "X_CLOCK_WRONG")
            #expect(error?.message.contains(minutesAhead > 0 ? "minutes ahead of X's" : "minutes behind X's") == true)
        }
    }

    @Test(
        "What may not be visible yet is worth repeating, and final in the end",
        arguments: [
            ("x", 403, #"{"detail":"You attempted to reply to a Tweet that is deleted or not visible to you."}"#),
            ("x", 400, #"{"errors":[{"message":"Your media IDs are invalid."}]}"#), ("linkedin", 404, #"{"message":"Not found"}"#),
            ("linkedin-page", 400, #"{"message":"Unable to obtain activity urn"}"#), ("mastodon", 404, #"{"error":"Record not found"}"#),
        ] as [(PlatformID, Int, String)])
    func patience(id: PlatformID, status: Int, body: String) async throws {
        let error = try await failure(of: id, .answer(status: status, body: body))
        #expect(error?.kind == .invalidContent)
        #expect(error?.patience == .minutes(10))
    }

    /// What publishing on a platform that always gives this answer ends in.
    private func failure(of id: PlatformID, _ reaction: RecordingServer.Reaction) async throws -> PlatformError? {
        let server = try await RecordingServer { _ in reaction }
        let values = Dictionary(uniqueKeysWithValues: SimulatedPlatforms().environment(origin: server.baseURL).map { ($0.name, $0.value) })
        let conformance = try #require(ConformanceCase.all.first { $0.platform == id })
        let kind = PlatformRegistry.descriptors.first { $0.id == id }?.kinds.first?.name
        let request = PublishRequest(
            .invented(id, instance: values["MASTODON_URL"]), [conformance.part("Hello")], settings: conformance.settings,
            kind: kind ?? "")
        let error = try await withRegistry(values, time: SleeplessTime()) { registry in
            await #expect(throws: PlatformError.self) { try await #require(registry[id]).publish(request, journal: MemoryJournal()) }
        }
        try await server.stop()
        return error
    }
}
