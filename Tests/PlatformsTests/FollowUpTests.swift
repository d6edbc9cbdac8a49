import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// What is done with a post that is out: each platform does what its descriptor names, once, whatever breaks.
@Suite(.timeLimit(.minutes(10)))
struct FollowUpTests {
    private static let kinds: [Fault.Kind] = [.dropBefore, .dropAfter, .truncate, .statusAfter]
    private static let repostCalls = [
        "x": "x.repost", "mastodon": "mastodon.reblog", "bluesky": "bluesky.createRecord", "linkedin": "linkedin.createPost",
    ]

    private func root(_ bench: Bench, _ text: String) async throws -> (id: String, url: String?) {
        let request = bench.request([bench.conformance.part(text)])
        guard case .published(let id, let url, _) = try await bench.publish(request, journal: MemoryJournal()) else { throw Crash() }
        return (id, url)
    }

    private func request(
        _ action: FollowUpAction, _ post: (id: String, url: String?), _ text: String = "", by account: ConnectedAccount
    ) -> FollowUpRequest {
        FollowUpRequest(
            action, postId: post.id, postURL: post.url, publication: PublishRequest(account, [OutgoingPart(text: text)], settings: [:]))
    }

    /// As the workers do, through crashes and errors, until it is done.
    private func perform(_ bench: Bench, _ request: FollowUpRequest, _ journal: MemoryJournal) async throws -> PublishOutcome {
        for _ in 0..<20 {
            do {
                let outcome = try await bench.platform.followUp(request, journal: journal)
                if case .published = outcome { return outcome }
            } catch is Crash {
            } catch let error as PlatformError where error.kind == .transient || error.kind == .unknownOutcome && error.decidable {
            }
        }
        return try await bench.platform.followUp(request, journal: journal)
    }

    private func letCommentsBeRead(_ bench: Bench) throws {
        guard bench.conformance.simulated == "linkedin" else { return }
        try bench.simulator.control.set("memberCanReadComments", to: true, platform: "linkedin")
    }

    @Test(arguments: ConformanceCase.all)
    func aCommentIsWrittenOnceBelowThePost(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            guard bench.platform.descriptor.followUps.contains(where: { $0.action == .comment }) else { return }
            try letCommentsBeRead(bench)
            let post = try await root(bench, "Root")
            for kind in Self.kinds {
                let text = "Comment \(kind.rawValue) https://example.com/menu"
                try bench.fault(kind, conformance.createFollowUp)
                guard case .published(_, let url, _) = try await perform(bench, request(.comment, post, text, by: bench.account), MemoryJournal())
                else { throw Crash() }
                #expect(url?.hasPrefix("http") == true)
                let found = bench.publications.filter { $0.text == text }
                #expect(found.count == 1, "\(kind)")
                #expect(found.allSatisfy { $0.parentID != nil }, "\(kind)")
            }
            #expect(bench.struck == Self.kinds.count)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aPostIsRepostedOnce(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            guard bench.platform.descriptor.followUps.contains(where: { $0.action == .repost }) else { return }
            let call = try #require(Self.repostCalls[conformance.simulated])
            for kind in Self.kinds {
                let post = try await root(bench, "Root \(kind.rawValue)")
                try bench.fault(kind, call)
                _ = try await perform(bench, request(.repost, post, by: bench.account), MemoryJournal())
                #expect(bench.publications.first { $0.id == post.id }?.reposters == [conformance.author], "\(kind)")
            }
            #expect(bench.struck == Self.kinds.count)
        }
    }

    @Test(arguments: ConformanceCase.all)
    func aCrashAtAnyPointDoesNothingTwice(_ conformance: ConformanceCase) async throws {
        try await withBench(conformance) { bench in
            try letCommentsBeRead(bench)
            for action in bench.platform.descriptor.followUps.map(\.action) {
                for point in 0..<20 {
                    let (post, text) = (try await root(bench, "\(action) \(point)"), "Comment at \(point)")
                    let journal = MemoryJournal()
                    journal.crash(at: point)
                    let wish = request(action, post, action == .comment ? text : "", by: bench.account)
                    let whole = try? await bench.platform.followUp(wish, journal: journal)  // the crash, or nothing left to crash
                    _ = try await perform(bench, wish, journal)
                    if action == .comment {
                        #expect(bench.publications.count { $0.text == text } == 1, "\(point)")
                    } else {
                        #expect(bench.publications.first { $0.id == post.id }?.reposters.count == 1, "\(point)")
                    }
                    if case .published = whole { break }
                }
            }
        }
    }

    @Test func aRepostOfAnotherChannelsPostIsDoneByThatChannel() async throws {
        let x = try #require(ConformanceCase.all.first { $0.platform == "x" })
        try await withBench(x) { bench in
            let post = try await root(bench, "Hello")
            let other = try await Bench.connect(bench.platform, account: "bo", as: x)
            _ = try await perform(bench, request(.repost, post, by: other), MemoryJournal())
            #expect(bench.publications.first?.reposters == ["bo"])
        }
    }

    @Test func whatAPlatformDoesNotNameIsRefusedInWords() async throws {
        let slack = try #require(ConformanceCase.all.first { $0.platform == "slack" })
        try await withBench(slack) { bench in
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.followUp(request(.repost, ("1", nil), by: bench.account), journal: MemoryJournal())
            }
            #expect(error?.kind == .invalidContent)
            #expect(error?.code == "CANNOT_FOLLOW_UP")
        }
    }
}
