import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// Posts that quote others, on X and Mastodon.
@Suite(.timeLimit(.minutes(5)))
struct QuoteTests {
    /// X lets apps of its larger plans alone quote.
    private static let cases = ConformanceCase.all.filter { ["x", "mastodon"].contains($0.platform) }.map { conformance in
        var conformance = conformance
        if conformance.platform == "x" { conformance.switches["selfServe"] = false }
        return conformance
    }

    @Test("A quote goes out once though the answer is lost, by the first part only", arguments: cases)
    func goesOutOnce(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            _ = try await bench.publish(bench.request([OutgoingPart(text: "To be quoted")]), journal: MemoryJournal())
            let quoted = try #require(bench.publications.first).id
            let address = conformance.platform == "x" ? "https://x.com/ada/status/\(quoted)?s=20" : "https://social.example.com/@ada/\(quoted)"
            let request = bench.request(
                [OutgoingPart(text: "Well said"), OutgoingPart(text: "Indeed")], settings: ["quote": .string(address)])
            let journal = MemoryJournal()
            try bench.fault(.dropAfter, conformance.createPost)
            await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            let outcome = try await bench.publish(request, journal: journal)
            let made = bench.publications.dropFirst()
            #expect(made.map(\.text) == ["Well said", "Indeed"])
            let name = conformance.platform == "x" ? "quote_tweet_id" : "quoted_status_id"
            #expect(made.map { $0.details[name]?.string } == [quoted, nil])
            if case .published(_, _, let notes) = outcome {
                #expect(notes.contains { $0.contains("quotes nothing") } == (conformance.server.map { $0 != "mastodon" } ?? false))
            }
        }
    }

    @Test("An app that X does not let quote is told so, and nothing is published")
    func notAllowed() async throws {
        var conformance = try #require(ConformanceCase.all.first { $0.platform == "x" })
        conformance.switches["selfServe"] = true
        try await withBench(conformance) { bench in
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(
                    bench.request([OutgoingPart(text: "Well said")], settings: ["quote": "https://x.com/bo/status/20"]), journal: MemoryJournal())
            }
            #expect(error?.code == "X_APP_NOT_ALLOWED")
            #expect(bench.publications.isEmpty)
        }
    }

    @Test("Settings of X that only some posts have stand where X wants them")
    func peopleAndPlaces() async throws {
        try await withBench(try #require(ConformanceCase.all.first { $0.platform == "x" })) { bench in
            _ = try await bench.publish(
                bench.request(
                    [OutgoingPart(text: "A picture", media: [.picture()]), OutgoingPart(text: "More", media: [.picture()])],
                    settings: [
                        "tagged_users": " 12 , 783214", "place_id": "5a110d312052166f", "subscribers_only": true, "share_with_followers": false,
                        "community": "https://x.com/i/communities/1493446837214187523",
                    ]), journal: MemoryJournal())
            let made = bench.publications.map(\.details)
            #expect(made.map { $0["tagged"]?.strings } == [["12", "783214"], nil])
            #expect(made.map { $0["geo"]?["place_id"]?.string } == ["5a110d312052166f", nil])
            #expect(made.map { $0["for_super_followers_only"]?.bool } == [true, true])
            #expect(made.map { $0["share_with_followers"]?.bool } == [false, nil])
        }
    }

    @Test("The point that stays visible goes with its picture, and who may quote with the post")
    func focusAndPolicy() async throws {
        try await withBench(try #require(ConformanceCase.all.first { $0.platform == "mastodon" && ($0.server ?? "mastodon") == "mastodon" })) {
            bench in
            let request = bench.request(
                [OutgoingPart(text: "Pictures", media: [.picture(), .picture()])],
                settings: ["focus": "| 0.5, -0.25", "quote_policy": "followers"])
            _ = try await bench.publish(request, journal: MemoryJournal())
            #expect(bench.publications.last?.details["quote_approval_policy"] == "followers")
            let descriptor = bench.platform.descriptor
            for (focus, fits) in [("0.5,-0.25 | -1,1", true), ("0,0", true), ("| .5,.5", true), ("2,0", false), ("1.5,0", false), ("left", false)] {
                #expect(try descriptor.takes(focus, in: "focus") == fits, "\(focus)")
            }
        }
    }
}
