import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// Captions go with their film to the platforms that take them, once, and no film is lost over them.
@Suite(.timeLimit(.minutes(5)))
struct CaptionTests {
    private static let file = """
        1
        00:00:00,500 --> 00:00:02,000
        Tea & <i>cake</i>

        2
        00:00:02,000 --> 00:00:03,250
        for two
        """

    private func film(_ languages: String...) throws -> OutgoingMedia {
        let film = OutgoingMedia.film()
        let captions = try languages.map { try Captions(Self.file, language: $0) }
        return OutgoingMedia(media: film.media, captions: captions, read: film.read, publicURL: film.publicURL)
    }

    private static let srt = "1\n00:00:00,500 --> 00:00:02,000\nTea & cake\n\n2\n00:00:02,000 --> 00:00:03,250\nfor two\n"
    private static let vtt = "WEBVTT\n\n00:00:00.500 --> 00:00:02.000\nTea &amp; cake\n\n00:00:02.000 --> 00:00:03.250\nfor two\n"

    @Test func youTubeGetsATrackForEachLanguageThoughAnAnswerIsLost() async throws {
        try await withBench(.youtube) { bench in
            let request = bench.request([OutgoingPart(text: "A film", media: [try film("de", "pt-BR")])], settings: ["title": "Tea"])
            let journal = MemoryJournal()
            try bench.fault(.dropAfter, "youtube.insertCaption")
            await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            let outcome = try await bench.publish(request, journal: journal)
            #expect(bench.publications.map { $0.details["captions"]?["de"]?.string } == [Self.srt])
            #expect(bench.publications.map { $0.details["captions"]?["pt-BR"]?.string } == [Self.srt])
            if case .published(_, _, let notes) = outcome { #expect(notes.isEmpty) }
        }
    }

    @Test(
        "A film stays public when its captions are refused, and the post says so",
        arguments: [
            (
                "youtube", "youtube.insertCaption",
                ["error": ["code": 400, "message": "No.", "errors": [["domain": "youtube.caption", "reason": "contentRequired"]]]]
            ),
            ("facebook", "facebook.addCaptions", ["error": ["message": "No", "type": "OAuthException", "code": 100]]),
        ] as [(String, String, PlatformSimulator.JSON)])
    func refusal(platform: String, operation: String, body: PlatformSimulator.JSON) async throws {
        try await withBench(try #require(ConformanceCase.all.first { $0.platform.rawValue == platform })) { bench in
            _ = try bench.simulator.control.add(
                Fault(.status, platform: platform, path: operation, status: 400, body: body, times: 1))
            let outcome = try await bench.publish(
                bench.request([OutgoingPart(text: "A film", media: [try film("de")])], settings: platform == "youtube" ? ["title": "Tea"] : [:]),
                journal: MemoryJournal())
            var notes: [String] = []
            if case .published(_, _, let told) = outcome { notes = told }
            #expect(notes.contains { $0.hasPrefix("The video is published without its captions in German:") }, "\(notes)")
            #expect(bench.publications.count == 1)
        }
    }

    @Test(arguments: ["post", "reel"])
    func facebookIsToldTheLanguageByTheNameOfTheFile(kind: String) async throws {
        try await withBench(.facebook) { bench in
            let part = OutgoingPart(text: "A film", media: [try film("de", "pt", "en-GB")])
            _ = try await bench.publish(bench.request([part], settings: ["post_type": .string(kind)]), journal: MemoryJournal())
            let captions = try #require(bench.publications.last?.details["captions"]?.object)
            #expect(captions.keys.sorted() == ["de_DE", "en_GB", "pt_BR"])
            #expect(captions["de_DE"]?.string == Self.srt)
        }
    }

    @Test func xTiesCaptionsToTheFilmBeforeThePostIsMade() async throws {
        try await withBench(try #require(ConformanceCase.all.first { $0.platform == "x" })) { bench in
            _ = try await bench.publish(bench.request([OutgoingPart(text: "A film", media: [try film("de", "pt-BR")])]), journal: MemoryJournal())
            let captions = try #require(bench.publications.last?.details["captions"]?.object)
            #expect(captions.mapValues(\.string) == ["DE": "German", "PT": "Portuguese (Brazil)"])

            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(
                    bench.request([OutgoingPart(text: "Another", media: [try film("yue")])]), journal: MemoryJournal())
            }
            #expect(error?.code == "X_CAPTION_LANGUAGE")
            #expect(bench.publications.count == 1)
        }
    }

    @Test func blueskyHasThemInTheRecordAsWebVTT() async throws {
        try await withBench(try #require(ConformanceCase.all.first { $0.platform == "bluesky" })) { bench in
            _ = try await bench.publish(bench.request([OutgoingPart(text: "A film", media: [try film("de")])]), journal: MemoryJournal())
            let embed = try #require(bench.publications.last?.details["embed"])
            #expect(embed["captions"]?[0]?["lang"] == "de")
            #expect(embed["captions"]?[0]?["file"]?["mimeType"] == "text/vtt")
            #expect(embed["captions"]?[0]?["file"]?["size"]?.int == Self.vtt.utf8.count)
            #expect(embed["video"]?["captions"] == nil)
        }
    }
}
