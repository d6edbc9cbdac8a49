import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// Whom a post of Facebook is for, what stands below it, and pictures in comments.
@Suite(.timeLimit(.minutes(5)))
struct FacebookAudienceTests {
    @Test func whoMaySeeAPostAndWhoIsToSeeItFirstIsSaidInMetasWords() async throws {
        try await withBench(.facebook) { bench in
            let audience: [String: JSONValue] = [
                "audience_countries": "de, AT", "audience_age": "18", "feed_countries": "DE", "feed_ages": "35-18", "feed_genders": "women",
            ]
            for (kind, part) in [
                ("post", OutgoingPart(text: "For some")), ("post", OutgoingPart(text: "A film for some", media: [.film()])),
                ("reel", OutgoingPart(text: "A reel for some", media: [.film()])),
            ] {
                _ = try await bench.publish(
                    bench.request([part], settings: audience.merging(["post_type": .string(kind)]) { $1 }), journal: MemoryJournal())
                let details = try #require(bench.publications.last).details
                #expect(details["targeting"]?.string == #"{"age_min":18,"geo_locations":{"countries":["DE","AT"]}}"#)
                #expect(
                    details["feed_targeting"]?.string == #"{"age_max":35,"age_min":18,"genders":[2],"geo_locations":{"countries":["DE"]}}"#)
            }
            _ = try await bench.publish(bench.request([OutgoingPart(text: "For all")]), journal: MemoryJournal())
            let details = try #require(bench.publications.last).details
            #expect(details["targeting"]?.string == nil && details["feed_targeting"]?.string == nil)
        }
    }

    @Test func aButtonLeadsToTheLink() async throws {
        try await withBench(.facebook) { bench in
            let settings: [String: JSONValue] = ["call_to_action": "SHOP_NOW", "url": "https://example.com/shop"]
            for part in [OutgoingPart(text: "A link"), OutgoingPart(text: "A film", media: [.film()])] {
                _ = try await bench.publish(bench.request([part], settings: settings), journal: MemoryJournal())
                #expect(
                    bench.publications.last?.details["call_to_action"]?.string
                        == #"{"type":"SHOP_NOW","value":{"link":"https://example.com/shop"}}"#)
            }
            // A picture has no place for it.
            _ = try await bench.publish(
                bench.request([OutgoingPart(text: "A picture", media: [.picture()])], settings: settings), journal: MemoryJournal())
            #expect(bench.publications.last?.details["call_to_action"]?.string == nil)
        }
    }

    @Test("What is dated back is not looked for among the youngest: a person decides after a lost answer, unless it is seen")
    func backdated() async throws {
        try await withBench(.facebook) { bench in
            let request = bench.request([OutgoingPart(text: "Long ago")], settings: ["backdated": "2019-05-31"])
            let journal = MemoryJournal()
            try bench.fault(.dropBefore, "facebook.createPost")
            await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            let error = await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            #expect(error?.kind == .unknownOutcome)
            #expect(bench.publications.isEmpty)

            let seen = MemoryJournal()
            try bench.fault(.dropAfter, "facebook.createPost")
            await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: seen) }
            _ = try await bench.publish(request, journal: seen)
            #expect(bench.publications.map { $0.details["backdated_time"]?.string } == ["2019-05-31"])
        }
    }

    @Test func aCommentMayCarryAPictureAndGoesOutOnce() async throws {
        try await withBench(.facebook) { bench in
            let request = bench.request([
                OutgoingPart(text: "The post"), OutgoingPart(text: "Look", media: [.picture()]), OutgoingPart(text: "", media: [.picture()]),
            ])
            let journal = MemoryJournal()
            for _ in 0..<2 {
                try bench.fault(.dropAfter, "facebook.comment")
                await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            }
            _ = try await bench.publish(request, journal: journal)
            #expect(bench.publications.map(\.text) == ["The post", "Look", ""])
            #expect(bench.publications.map(\.media.count) == [0, 1, 1])
            let media = bench.platform.descriptor.media(ofPart: 1)
            #expect(media.maxImages == 1 && media.maxVideos == 0)
        }
    }

    @Test func aPageThatCannotBeInvitedDoesNotTouchTheReel() async throws {
        try await withBench(.facebook) { bench in
            for (page, isInvited) in [("123456", true), (bench.account.account.id, false)] {
                let request = bench.request(
                    [OutgoingPart(text: "Reel with \(page)", media: [.film()])], settings: ["post_type": "reel", "collaborator": .string(page)])
                let outcome = try await bench.publish(request, journal: MemoryJournal())
                var notes = [String]()
                if case .published(_, _, let told) = outcome { notes = told }
                #expect(notes.contains { $0.contains("was not invited") } == !isInvited)
                #expect(bench.publications.last?.details["collaborator"]?.string == (isInvited ? page : nil))
            }
        }
    }

    @Test("A setting that means nothing by itself is named before anything is planned")
    func loneSettings() async throws {
        try await withBench(.facebook) { bench in
            let descriptor = bench.platform.descriptor
            let needs = descriptor.settings.compactMap { field in field.needs.map { "\(field.name) needs \($0)" } }
            #expect(needs == ["call_to_action needs url", "tags needs place"])
            #expect(needs.allSatisfy { need in descriptor.settings.contains { need.hasSuffix(" " + $0.name) } })
        }
    }
}
