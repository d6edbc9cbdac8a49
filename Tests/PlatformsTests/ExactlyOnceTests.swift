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
                let request = bench.request([conformance.part(text)])
                let journal = MemoryJournal()
                try bench.fault(kind, conformance.createPost)
                let error = try await firstError(bench, request, journal)
                #expect(error?.kind == .unknownOutcome, "\(kind)")
                guard conformance.looksUp else {
                    try await leavesItToThePerson(bench, request, journal, text)
                    continue
                }
                guard case .published(let id, _, _) = try await bench.publish(request, journal: journal) else { throw Crash() }
                let found = bench.publications.filter { $0.text == text }
                #expect(found.map(\.id) == [id], "\(kind)")
            }
            #expect(bench.struck == Self.kinds.count)
        }
    }

    /// What publishing ends in, processing waited for.
    private func firstError(_ bench: Bench, _ request: PublishRequest, _ journal: MemoryJournal) async throws -> PlatformError? {
        for _ in 0..<20 {
            do {
                guard case .processing = try await bench.platform.publish(request, journal: journal) else { return nil }
            } catch let error as PlatformError { return error }
        }
        return nil
    }

    private func leavesItToThePerson(_ bench: Bench, _ request: PublishRequest, _ journal: MemoryJournal, _ text: String) async throws {
        let before = bench.publications.count { $0.text == text }
        for _ in 0..<3 {
            let error = try await firstError(bench, request, journal)
            #expect(error?.kind == .unknownOutcome)
        }
        #expect(bench.publications.count { $0.text == text } == before)
    }

    @Test(arguments: ConformanceCase.all)
    func anUncertainFollowUpIsNotRepeated(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            guard bench.platform.descriptor.thread.maxParts > 1, conformance.looksUp else { return }
            try letCommentsBeRead(bench)
            for kind in Self.kinds {
                let texts = ["Root \(kind.rawValue)", "Reply \(kind.rawValue)"]
                try bench.fault(kind, conformance.createFollowUp, skip: conformance.createFollowUp == conformance.createPost ? 1 : 0)
                _ = try await bench.publish(bench.request(conformance.parts(texts)), journal: MemoryJournal())
                #expect(bench.publications.map(\.text).filter { texts.contains($0) } == texts, "\(kind)")
            }
            #expect(bench.struck == Self.kinds.count)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aCrashAtAnyPointLosesAndDoublesNothing(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            try letCommentsBeRead(bench)
            let descriptor = bench.platform.descriptor
            guard conformance.looksUp else { return }
            let pictures = [OutgoingMedia.picture(altText: "A dot"), .picture()].prefix(descriptor.media.maxImages)
            for point in 0..<40 {
                let texts = (1...min(3, descriptor.thread.maxParts)).map { "Crash \(point), part \($0)" }
                let first = conformance.part(texts[0], Array(pictures))
                let request = bench.request([first] + texts.dropFirst().map { OutgoingPart(text: $0) })
                let journal = MemoryJournal()
                journal.crash(at: point)
                let whole = try? await bench.platform.publish(request, journal: journal)  // the crash, or nothing left to crash
                _ = try await bench.publish(request, journal: journal)
                let mine = bench.publications.filter { texts.contains($0.text) }
                #expect(mine.map(\.text) == texts, "crash at point \(point)")
                #expect(mine.first?.media.count == first.media.count)
                if case .published = whole { return }
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
            let request = bench.request([conformance.carries == .film ? conformance.part("Once") : conformance.part("Once", [.picture()])])
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
                        PublishRequest(
                            .invented(conformance.platform), [conformance.part("Hello")], settings: conformance.settings,
                            kind: platform.descriptor.kinds.first?.name ?? ""), journal: MemoryJournal())
                }
                #expect(error?.kind == .transient, "\(conformance)")
            }
        }
    }
}
