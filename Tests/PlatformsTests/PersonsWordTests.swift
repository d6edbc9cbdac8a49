import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// Where nobody knows whether a post went out, a person looks and says that it is there. What stands in the journal then is the same for every
/// platform, and every adapter goes on from it.
@Suite(.timeLimit(.minutes(10)))
struct PersonsWordTests {
    @Test("A post that a person has seen is not sent again, and counts as published", arguments: ConformanceCase.all)
    func seen(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            let request = bench.request([conformance.part("Seen by somebody")])
            let journal = MemoryJournal()
            try bench.fault(.dropAfter, conformance.createPost)
            for _ in 0..<20 where journal.openSteps.isEmpty {
                do { _ = try await bench.platform.publish(request, journal: journal) } catch is PlatformError {}
            }
            let step = try #require(journal.openSteps.first)
            let made = try #require(bench.publications.last)
            try journal.settle(step, id: made.id, url: "https://example.com/posts/\(made.id)")
            guard case .published = try await bench.publish(request, journal: journal) else { throw Crash() }
            #expect(bench.publications.map(\.text) == ["Seen by somebody"])
        }
    }

    @Test("It is understood without an address too", arguments: ["", "7"])
    func words(id: String) throws {
        let told = try JSON.text(["id": .string(id), "url": .null] as JSONValue)
        #expect(try JSON.decode(TikTok.Sent.self, from: told).postId == id)
        #expect(try JSON.decode(PublishedPart.self, from: told).id == id)
        #expect(try JSON.decode(Reddit.Submission.self, from: told).part?.id == (id.isEmpty ? nil : id))
        // And what the adapters write themselves reads as it was.
        let sent = TikTok.Sent(publishId: "v_pub~1")
        #expect(try JSON.decode(TikTok.Sent.self, from: JSON.text(sent)).publishId == "v_pub~1")
        #expect(try JSON.decode(TikTok.Sent.self, from: JSON.text(sent)).postId == nil)
    }
}
