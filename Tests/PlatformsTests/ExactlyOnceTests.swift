import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// Never twice, never lost: every adapter, whatever breaks.
@Suite(.timeLimit(.minutes(10)))
struct ExactlyOnceTests {
    private static let kinds: [Fault.Kind] = [.dropBefore, .dropAfter, .truncate, .statusAfter]

    @Test(arguments: ConformanceCase.all)
    func anUncertainCreateIsLookedUpAndNotRepeated(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            for kind in Self.kinds {
                let text = "Hello from \(kind.rawValue)"
                let request = bench.request([OutgoingPart(text: text)])
                let journal = MemoryJournal()
                try bench.fault(kind, conformance.createPost)
                let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
                #expect(error?.kind == .unknownOutcome, "\(kind)")
                guard case .published(let id, _, _) = try await bench.publish(request, journal: journal) else { throw Crash() }
                let found = bench.publications.filter { $0.text == text }
                #expect(found.map(\.id) == [id], "\(kind)")
            }
            #expect(bench.struck == Self.kinds.count)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func anUncertainFollowUpIsNotRepeated(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            try letCommentsBeRead(bench)
            for kind in Self.kinds {
                let texts = ["Root \(kind.rawValue)", "Reply \(kind.rawValue)"]
                try bench.fault(kind, conformance.createFollowUp, skip: conformance.createFollowUp == conformance.createPost ? 1 : 0)
                _ = try await bench.publish(bench.request(texts.map { OutgoingPart(text: $0) }), journal: MemoryJournal())
                #expect(bench.publications.map(\.text).filter { texts.contains($0) } == texts, "\(kind)")
            }
            #expect(bench.struck == Self.kinds.count)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aCrashAtAnyPointLosesAndDoublesNothing(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            try letCommentsBeRead(bench)
            for point in 0..<40 {
                let texts = (1...3).map { "Crash \(point), part \($0)" }
                let request = bench.request([
                    OutgoingPart(text: texts[0], media: [.picture(altText: "A dot"), .picture()]), OutgoingPart(text: texts[1]),
                    OutgoingPart(text: texts[2]),
                ])
                let journal = MemoryJournal()
                journal.crash(at: point)
                let first = try? await bench.platform.publish(request, journal: journal)  // the crash, or nothing left to crash
                _ = try await bench.publish(request, journal: journal)
                let mine = bench.publications.filter { texts.contains($0.text) }
                #expect(mine.map(\.text) == texts, "crash at point \(point)")
                #expect(mine.first?.media.count == 2)
                if first != nil { return }
            }
            Issue.record("the journal has more points than were tried")
        }
    }

    private func letCommentsBeRead(_ bench: Bench) throws {
        guard bench.conformance.simulated == "linkedin" else { return }
        try bench.simulator.control.set("memberCanReadComments", to: true, platform: "linkedin")
    }

    @Test func aCommentNobodyCanLookUpIsLeftToThePerson() async throws {
        let member = try #require(ConformanceCase.all.first { $0.platform == "linkedin" })
        try await withBench(member) { bench in
            let request = bench.request([OutgoingPart(text: "Post"), OutgoingPart(text: "Comment")])
            let journal = MemoryJournal()
            try bench.fault(.dropAfter, member.createFollowUp)
            for decidable in [true, false, false] {
                let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
                #expect(error?.kind == .unknownOutcome)
                #expect(error?.decidable == decidable)
            }
            #expect(bench.publications.map(\.text) == ["Post", "Comment"])
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aFinishedPublicationIsNotSentAgain(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            let request = bench.request([OutgoingPart(text: "Once", media: [.picture()])])
            let journal = MemoryJournal()
            let outcome = try await bench.publish(request, journal: journal)
            let calls = bench.simulator.control.log().count
            let again = try await bench.platform.publish(request, journal: journal)
            #expect(again == outcome)
            #expect(bench.simulator.control.log().count == calls)
        }
    }

    @Test func anUnreachablePlatformLeavesNothingOpen() async throws {
        for conformance in ConformanceCase.all {
            let simulator = try await SimulatedPlatforms.start(port: 0)
            await simulator.stop()
            try await withRegistry(simulator.environment) { registry in
                let platform = try #require(registry[conformance.platform])
                let error = await #expect(throws: PlatformError.self) {
                    try await platform.publish(
                        PublishRequest(.invented(conformance.platform), [OutgoingPart(text: "Hello")]), journal: MemoryJournal())
                }
                #expect(error?.kind == .transient)
            }
        }
    }
}
