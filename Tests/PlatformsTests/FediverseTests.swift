import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// What is peculiar to servers that speak Mastodon's API without being Mastodon: all of them, each in its mode of the simulator.
@Suite(.timeLimit(.minutes(10)))
struct FediverseTests {
    private static func server(_ name: String) throws -> ConformanceCase {
        try #require(ConformanceCase.fediverse.first { $0.server == name })
    }

    private func creates(_ bench: Bench) -> Int { bench.simulator.control.log().count { $0.operation == "mastodon.createStatus" } }
    private func calls(_ bench: Bench, since: Int) -> [String] { bench.simulator.control.log().dropFirst(since).map(\.operation) }

    @Test("After a lost answer the first thing is to look, whether or not the server honours the key", arguments: ConformanceCase.fediverse)
    func looksFirst(_ server: ConformanceCase) async throws {
        try await withBench(server) { bench in
            let (request, journal) = (bench.request([OutgoingPart(text: "Once")]), MemoryJournal())
            try bench.fault(.dropAfter, server.createPost)
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.message.contains("It is being looked up before anything is sent again.") == true)
            let before = bench.simulator.control.log().count
            _ = try await bench.platform.publish(request, journal: journal)
            #expect(calls(bench, since: before).first == "mastodon.accountStatuses")
            #expect(creates(bench) == 1)
            #expect(bench.publications.map(\.text) == ["Once"])
        }
    }

    @Test("Whatever a server makes of a text, it is found again", arguments: ConformanceCase.fediverse)
    func findsWhatIsRendered(_ server: ConformanceCase) async throws {
        try await withBench(server) { bench in
            let texts = [
                "Aged: see https://example.org/a?x=1&y=2#part it's *so* \"good\" - really #Tag", "Tom's \"quote\" & `code`\n\n> said",
                "Plain words", "1 < 2 &amp; 3 > 2", "👩‍👩‍👧 ünïcödé — dash",
            ]
            for text in texts {
                let (request, journal) = (bench.request([OutgoingPart(text: text)]), MemoryJournal())
                try bench.fault(.dropAfter, server.createPost)
                _ = try await bench.publish(request, journal: journal)
                #expect(bench.publications.filter { $0.text == text }.count == 1, "\(text)")
            }
            #expect(creates(bench) == texts.count)
        }
    }

    @Test(
        "A post for few is never sent again on the word of a list that hides such posts", arguments: ConformanceCase.fediverse, ["private", "direct"])
    func hiddenPosts(_ server: ConformanceCase, _ visibility: String) async throws {
        try await withBench(server) { bench in
            let request = bench.request([OutgoingPart(text: "For few @bo")], settings: ["visibility": .string(visibility)])
            let journal = MemoryJournal()
            try bench.fault(.dropAfter, server.createPost)
            for _ in 0..<3 {
                do {
                    _ = try await bench.platform.publish(request, journal: journal)
                } catch let error as PlatformError {
                    #expect(error.kind == .unknownOutcome)
                }
            }
            #expect(creates(bench) == 1)
            let isShown = server.server == "mastodon" || server.server == "wordpress" && visibility == "private"
            #expect(journal.finishedSteps.contains("part-0") == isShown)
        }
    }

    @Test("A post that did not arrive is sent again, also by an account with a long history", arguments: ConformanceCase.fediverse)
    func longHistory(_ server: ConformanceCase) async throws {
        try await withBench(server) { bench in
            for number in 0..<45 { _ = try await bench.publish(bench.request([OutgoingPart(text: "Old \(number)")]), journal: MemoryJournal()) }
            let (request, journal) = (bench.request([OutgoingPart(text: "New")]), MemoryJournal())
            try bench.fault(.dropBefore, server.createPost)
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.publications.filter { $0.text == "New" }.count == 1)
            // What arrived long ago is found behind all that came after it.
            let (lost, late) = (bench.request([OutgoingPart(text: "Old 0")]), MemoryJournal())
            late.lose("part-0", triedAgo: .hours(1))
            _ = try await bench.publish(lost, journal: late)
            #expect(bench.publications.filter { $0.text == "Old 0" }.count == 1)
        }
    }

    @Test("A thread that is removed takes nothing else with it", arguments: ConformanceCase.fediverse)
    func removesOnlyItsOwn(_ server: ConformanceCase) async throws {
        try await withBench(server) { bench in
            _ = try await bench.publish(bench.request([OutgoingPart(text: "Unrelated")]), journal: MemoryJournal())
            let journal = MemoryJournal()
            let texts = ["One", "Two", "Three", "Four"]
            _ = try await bench.publish(bench.request(texts.map { OutgoingPart(text: $0) }), journal: journal)
            let parts = try (0..<4).map { try #require(try journal.result(of: "part-\($0)", as: PublishedPart.self)) }
            #expect(parts.map(\.id) == bench.publications.dropFirst().map(\.id), "each part is noted with its own id")
            #expect(bench.publications.dropFirst(2).map(\.parentID) == parts.dropLast().map(\.id))
            let left = try await bench.platform.remove(
                PublishedRef(parts.map { .init(id: $0.id, uri: $0.uri, url: $0.url) }), account: bench.account)
            #expect(left == [])
            #expect(bench.publications.map(\.text) == ["Unrelated"])
        }
    }

    @Test("Ids that an earlier version noted wrongly remove nothing else, and what stays is named")
    func wrongIDs() async throws {
        try await withBench(try Self.server("wordpress")) { bench in
            _ = try await bench.publish(bench.request([OutgoingPart(text: "Unrelated")]), journal: MemoryJournal())
            _ = try await bench.publish(bench.request(["One", "Two", "Three"].map { OutgoingPart(text: $0) }), journal: MemoryJournal())
            let unrelated = try #require(bench.publications.first)
            let root = bench.publications[1].id
            // As it was stored before: the root's id twice, and the id of something else, each with the address that was answered.
            let address = "\(bench.account.credentials.instanceURL ?? "")/@ada/\(root)"
            let noted: [PublishedRef.Part] = [
                .init(id: root, url: address), .init(id: root, url: "\(address)#comment-nowhere"),
                .init(id: unrelated.id, url: "\(address)#comment-3"),
            ]
            let left = try await bench.platform.remove(PublishedRef(noted), account: bench.account)
            #expect(left == [1])
            #expect(bench.publications.map(\.text) == ["Unrelated", "Two"])
        }
    }

    @Test("A revoked token is the token's fault, however the server says so", arguments: ConformanceCase.fediverse)
    func revokedToken(_ server: ConformanceCase) async throws {
        try await withBench(server) { bench in
            try bench.simulator.control.revokeTokens(platform: "mastodon", account: "ada")
            for parts in [[OutgoingPart(text: "Text")], [OutgoingPart(text: "Picture", media: [.picture()])]] {
                let error = await #expect(throws: PlatformError.self) {
                    try await bench.platform.publish(bench.request(parts), journal: MemoryJournal())
                }
                #expect(error?.code == "MASTODON_TOKEN_REJECTED")
                #expect(error?.kind == .authentication)
            }
        }
    }

    @Test("A refusal of what is said stays one, although the server is asked whose token it is")
    func refusedContent() async throws {
        try await withBench(try Self.server("takahe")) { bench in
            try bench.simulator.control.add(Fault(.status, platform: "mastodon", path: "mastodon.createStatus", status: 400, times: 1))
            let error = await #expect(throws: PlatformError.self) {
                try await bench.platform.publish(bench.request([OutgoingPart(text: "Text")]), journal: MemoryJournal())
            }
            #expect(error?.kind == .invalidContent)
        }
    }

    @Test("What a server tells of its limits is held to", arguments: zip(ConformanceCase.fediverse, [500, 100_000, 500, nil] as [Int?]))
    func limits(_ server: ConformanceCase, _ characters: Int?) async throws {
        try await withBench(server) { bench in
            let limits = bench.account.account.limits
            #expect(limits.textLength == characters)
            #expect(limits.urlLength == (server.server == "snac" ? 32 : server.server == "wordpress" ? nil : 23))
            #expect(limits.imageBytes == 16_777_216, "under whichever name it is told")
            #expect(limits.imagePixels == 33_177_600)
        }
    }

    @Test("A server that has forgotten our app gets to know us anew", arguments: ConformanceCase.fediverse)
    func forgottenApp(_ server: ConformanceCase) async throws {
        try await withBench(server) { bench in
            try await bench.platform.revoke(bench.account.credentials)
            await #expect(throws: PlatformError.self) { try await bench.platform.accounts(bench.account.credentials) }
            let again = try await Bench.connect(bench.platform, account: "ada", as: bench.conformance)
            #expect(again.account.id == bench.account.account.id)
            let registered = bench.simulator.control.log().count { $0.operation == "mastodon.registerApp" }
            #expect(registered == (server.server == "snac" ? 2 : 1))
        }
    }

    @Test("What a server made of the settings is said", arguments: ConformanceCase.fediverse)
    func notes(_ server: ConformanceCase) async throws {
        try await withBench(server) { bench in
            let request = bench.request(
                [OutgoingPart(text: "One"), OutgoingPart(text: "Two")],
                settings: ["visibility": "unlisted", "spoiler_text": "Tea & cake", "language": "de"])
            guard case .published(_, _, let notes) = try await bench.publish(request, journal: MemoryJournal()) else { throw Crash() }
            let words = notes.joined(separator: "\n")
            #expect(
                words.contains("\"Everyone\" and not, as was asked, to \"Everyone, but not in public timelines\"") == (server.server == "wordpress"))
            #expect(words.contains("content warning \"Tea & cake\" out") == (server.server == "wordpress"))
            #expect(words.contains("language") == (server.server != "mastodon"))
            #expect(Set(notes).count == notes.count, "once for all parts")
        }
    }
}
