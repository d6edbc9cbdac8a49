import Domain
import Foundation
import PlatformSimulator
import Testing

@testable import Platforms

/// Polls of X, Mastodon and LinkedIn.
@Suite(.timeLimit(.minutes(10)))
struct PollTests {
    /// How a platform's polls look.
    struct PollCase: Sendable, CustomTestStringConvertible {
        let conformance: ConformanceCase
        /// The longest answer.
        let length: Int
        /// Besides kind and answers.
        var settings: [String: JSONValue] = [:]
        var testDescription: String { conformance.testDescription }
        var platform: PlatformID { conformance.platform }

        func settings(_ answers: String) -> [String: JSONValue] {
            settings.merging(["post_type": "poll", "poll_options": .string(answers)]) { $1 }
        }
    }

    private static let cases = ConformanceCase.all.compactMap { conformance -> PollCase? in
        switch conformance.platform {
        case "x": PollCase(conformance: conformance, length: 25)
        case "mastodon" where conformance.server ?? "mastodon" == "mastodon":
            PollCase(conformance: conformance, length: 50, settings: ["poll_multiple": true])
        case "linkedin", "linkedin-page":
            PollCase(conformance: conformance, length: 30, settings: ["poll_question": "Which one?", "poll_duration": "SEVEN_DAYS"])
        default: nil
        }
    }

    @Test("A poll goes out once, though the answer is lost, as the first part only", arguments: cases)
    func goesOutOnce(_ poll: PollCase) async throws {
        try await withBench(poll.conformance) { bench in
            let request = bench.request(
                [OutgoingPart(text: "Tea or coffee?"), OutgoingPart(text: "We wonder")], settings: poll.settings(" Tea | Coffee, black"))
            let journal = MemoryJournal()
            try bench.fault(.dropAfter, poll.conformance.createPost)
            await #expect(throws: PlatformError.self) { try await bench.platform.publish(request, journal: journal) }
            _ = try await bench.publish(request, journal: journal)
            let made = bench.publications
            #expect(made.map(\.text) == ["Tea or coffee?", "We wonder"])
            #expect(made.map(answers) == [["Tea", "Coffee, black"], nil])
            check(try #require(made.first?.details), of: poll.platform)
        }
    }

    private func answers(_ made: PublicationRecord) -> [String]? {
        made.details["poll"]?["options"]?.strings ?? made.details["content"]?["poll"]?["options"]?.array?.compactMap { $0["text"]?.string }
    }

    private func check(_ details: PlatformSimulator.JSON, of platform: PlatformID) {
        switch platform {
        case "x": #expect(details["poll"]?["duration_minutes"] == 1440)
        case "mastodon":
            #expect(details["poll"]?["expires_in"] == 86_400)
            #expect(details["poll"]?["multiple"] == true)
            #expect(details["poll"]?["hide_totals"] == false)
        default:
            #expect(details["content"]?["poll"]?["question"] == "Which one?")
            #expect(details["content"]?["poll"]?["settings"]?["duration"] == "SEVEN_DAYS")
        }
    }

    @Test("Answers are taken up to the limits and not beyond, and the platform takes what we take", arguments: cases)
    func limits(_ poll: PollCase) async throws {
        try await withBench(poll.conformance) { bench in
            func answers(_ count: Int, of length: Int) -> String {
                (0..<count).map { String(repeating: "é", count: length - 1) + String($0) }.joined(separator: " | ")
            }
            let descriptor = bench.platform.descriptor
            for fitting in ["A|B", answers(4, of: poll.length)] {
                #expect(descriptor.faults(poll.settings(fitting)) == [])
                _ = try await bench.publish(
                    bench.request([OutgoingPart(text: "Which? \(fitting.count)")], settings: poll.settings(fitting)), journal: MemoryJournal())
            }
            #expect(bench.publications.count == 2)
            for (wrong, words) in [
                ("Tea", "at least 2"), ("Tea| |Coffee", "empty answer"), ("Tea|Coffee|", "empty answer"), ("Tea|Milk|Tea", "more than once"),
                (answers(5, of: 2), "5 of 4 answers: remove 1"),
                (answers(2, of: poll.length + 1), "\(poll.length + 1) of \(poll.length) characters"),
            ] {
                let told = descriptor.faults(poll.settings(wrong))
                #expect(told.count == 1 && told.first?.contains(words) == true, "\(wrong): \(told)")
            }
            #expect(descriptor.faults(of: [("Which?", [])], poll.settings("")) == [.settingInvalid])
        }
    }

    @Test("A poll has no files in its first part; what follows it may have some; and nothing becomes a poll by itself", arguments: cases)
    func files(_ poll: PollCase) throws {
        let descriptor = try #require(PlatformRegistry.descriptors.first { $0.id == poll.platform })
        let picture = OutgoingMedia.picture().media
        let answers = poll.settings("A|B")
        #expect(descriptor.faults(of: [("Which?", [])], answers) == [])
        #expect(descriptor.faults(of: [("Which?", [picture])], answers) == [.mediaNotAllowed])
        // LinkedIn's further parts are comments, which have no files at all.
        let expected: [Problem.Code] = descriptor.thread.followUpMedia ? [] : [.mediaNotAllowed]
        #expect(descriptor.faults(of: [("Which?", []), ("A look", [picture])], answers) == expected)
        for files in [[], [.image], [.video], [.audio], [.image, .image]] as [[Domain.MediaKind]] {
            #expect(descriptor.kind([:], files: files)?.name == "post")
        }
        #expect(!descriptor.narrowed(to: descriptor.kind([:], files: [])).settings.contains { $0.name.hasPrefix("poll_") })
        // A post without a kind, as all were before there were polls, stays what it was.
        #expect(descriptor.faults(of: [("Hello", [picture])], [:]) == [])
    }

    @Test("What a reply to a poll carries goes out with it")
    func followUpFiles() async throws {
        for poll in Self.cases where ["x", "mastodon"].contains(poll.platform) {
            try await withBench(poll.conformance) { bench in
                let parts = [OutgoingPart(text: "Tea or coffee?"), OutgoingPart(text: "A look", media: [.picture()])]
                _ = try await bench.publish(bench.request(parts, settings: poll.settings("Tea|Coffee")), journal: MemoryJournal())
                #expect(bench.publications.map(\.media.count) == [0, 1])
            }
        }
    }

    @Test("A Mastodon server's own limits count")
    func serversLimits() {
        let limits = AccountLimits(pollAnswers: 6, pollAnswerLength: 10, pollMinSeconds: 3600, pollMaxSeconds: 21_600)
        let answers: [String: JSONValue] = ["post_type": "poll", "poll_options": "1|2|3|4|5|6", "poll_seconds": "3600"]
        func faults(_ change: [String: JSONValue]) -> [String] { Mastodon.descriptor.faults(answers.merging(change) { $1 }, limits: limits) }
        #expect(faults([:]) == [])
        #expect(faults(["poll_options": "1|2|3|4|5|6|7"]).first?.contains("7 of 6 answers") == true)
        #expect(faults(["poll_options": "0123456789|0123456789a"]).first?.contains("11 of 10 characters") == true)
        #expect(faults(["poll_seconds": "21600"]) == [])
        for seconds in ["1800", "43200"] {
            #expect(faults(["poll_seconds": .string(seconds)]).first?.hasSuffix("choose one of 3600 (1 hour), 21600 (6 hours).") == true)
        }
        // Of a poll alone, the standard of a day included, which this server does not take.
        let standard: [String: JSONValue] = ["post_type": "poll", "poll_options": "Tea|Coffee"]
        #expect(Mastodon.descriptor.faults(of: [("Which?", [])], standard, limits: limits) == [.settingInvalid])
        #expect(Mastodon.descriptor.faults(of: [("Which?", [])], standard) == [])
        #expect(Mastodon.descriptor.faults(of: [("Hello", [])], [:], limits: limits) == [])
    }

    @Test("What the server says of polls is noted with the account, and a server that makes none of one is told of")
    func serverWithoutPolls() async throws {
        let poll = try #require(Self.cases.first { $0.platform == "mastodon" })
        try await withBench(poll.conformance) { bench in
            let limits = bench.account.account.limits
            #expect(limits.pollAnswers == 4 && limits.pollAnswerLength == 50)
            #expect(limits.pollMinSeconds == 300 && limits.pollMaxSeconds == 2_629_746)
            let request = bench.request([OutgoingPart(text: "Tea or coffee?")], settings: poll.settings("Tea|Coffee"))
            guard case .published(_, _, let notes) = try await bench.publish(request, journal: MemoryJournal()) else { throw Crash() }
            #expect(notes == [])
            try bench.simulator.control.set("polls", to: false, platform: "mastodon")
            guard
                case .published(_, _, let told) = try await bench.publish(
                    bench.request([OutgoingPart(text: "Milk or lemon?")], settings: poll.settings("Milk|Lemon")), journal: MemoryJournal())
            else { throw Crash() }
            #expect(told.count == 1 && told.first?.contains("without a poll") == true)
        }
    }
}
