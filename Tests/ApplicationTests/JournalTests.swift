import Domain
import Logging
import NIOConcurrencyHelpers
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

@Suite("The addresses of uploads, which open an upload to whoever has them, are kept encrypted")
struct JournalTests {
    private static let address = "https://upload.example.com/session?id=who-has-it-may-go-on"

    @Test("What a secret step left is read again by the next worker, and by nobody who reads the database", arguments: TestDatabase.all)
    func secretSteps(on kind: TestDatabase) async throws {
        try await with(kind) { claimed in
            let runs = NIOLockedValueBox(0)
            for _ in 0..<2 {
                let known = try await claimed.journal().secretStep("film") {
                    runs.withLockedValue { $0 += 1 }
                    return Self.address
                }
                #expect(known == Self.address)
            }
            #expect(runs.withLockedValue { $0 } == 1)
            let steps = try await claimed.steps()
            #expect(steps.map(\.name) == ["film"])
            #expect(steps.allSatisfy { $0.result?.contains("example.com") == false })
        }
    }

    @Test func whatAnEarlierVersionKeptReadableIsStillRead() async throws {
        try await with(.sqlite) { claimed in
            _ = try await claimed.journal().step("film") { Self.address }
            let known = try await claimed.journal().secretStep("film") { "another" }
            #expect(known == Self.address)
        }
    }

    @Test func whenTheKeyIsLostAnUploadBeginsAnew() async throws {
        try await with(.sqlite) { claimed in
            _ = try await claimed.journal().secretStep("film") { Self.address }
            for _ in 0..<2 {
                let known = try await claimed.journal(key: "another key").secretStep("film") { "a new session" }
                #expect(known == "a new session")
            }
            #expect(try await claimed.steps().count == 1)
        }
    }

    @Test("When the key is lost while the outcome of a try is unknown, nothing is sent again: a person decides")
    func inDoubt() async throws {
        try await with(.sqlite) { claimed in
            let journal = try await claimed.journal()
            _ = try await journal.secretStep("film") { Self.address }
            await #expect(throws: CancellationError.self) {
                try await journal.commit("part-0", isLast: false) { _ in
                    Finding<Bool>.safeToSend
                } _: { _ in
                    throw CancellationError()
                }
            }
            let error = await #expect(throws: PlatformError.self) {
                try await claimed.journal(key: "another key").secretStep("film") { "a new session" }
            }
            #expect(error?.kind == .unknownOutcome)
            #expect(error?.decidable == false)
        }
    }

    @Test("What the last step gave is stored with the result of the attempt; until then its outcome is in doubt", arguments: TestDatabase.all)
    func theLastStep(on kind: TestDatabase) async throws {
        try await with(kind) { claimed in
            let given = try await claimed.journal().commit("part-0", isLast: true) { _ in
                Finding<String>.undecidable
            } _: { _ in
                "made"
            }
            #expect(given == "made")
            #expect(try await claimed.steps().map(\.state) == [.started])
            let (step, id) = (try #require(claimed.ending.step), claimed.claim.publication.id)
            try await claimed.world.world.workspace.database.write { try step.store(of: id, in: $0) }
            #expect(try await claimed.steps().map(\.state) == [.done])
            let again = try await claimed.journal().commit("part-0", isLast: true) { _ in
                Finding<String>.undecidable
            } _: { _ in
                "made twice"
            }
            #expect(again == "made")
        }
    }

    @Test("A film goes to TikTok, and no row of the database has the address that it was sent to")
    func aFilmOnItsWay() async throws {
        try await PublishingWorld.with(.sqlite) { world in
            // Nobody lets this clock pass while a worker waits.
            try world.simulator.set("processingPolls", to: 0, platform: "tiktok")
            let bytes = try FilmTests.film(["-f", "lavfi", "-i", "testsrc=d=4:s=640x360:r=30"] + FilmTests.h264)
            let film = try await world.upload(bytes, altText: "", name: "film.mp4")
            let channel = try await world.world.connect("tiktok", as: "ada").id
            let post = try await world.posts.create(
                PostDraft(
                    parts: [PartDraft(text: "A film", mediaIds: [film])], platforms: [channel.text], schedule: .now,
                    settings: [channel.text: ["privacy_level": "SELF_ONLY"]]), as: world.person)
            for _ in 0..<10 where world.published(on: "tiktok").isEmpty { try await world.turn(after: .minutes(1)) }
            #expect(world.published(on: "tiktok") == ["A film"])
            let id = try await world.publication(of: post.id).id
            let steps = try await world.world.workspace.database.read { try JournalRepository.steps(of: id, in: $0) }
            #expect(steps.contains { $0.name == "film" })
            #expect(steps.allSatisfy { $0.result?.contains("upload") != true })
        }
    }

    // MARK: - A publication whose worker may be another one each time

    private struct Claimed: Sendable {
        let world: PublishingWorld
        let claim: PublishingRepository.Claim
        let ending = AttemptEnding()

        func journal(key: String = "a key of tests") async throws -> DatabaseJournal {
            DatabaseJournal(
                database: world.world.workspace.database, time: world.time, claim: claim,
                vault: CredentialVault(secrets: SecretBox(encryptionKey: key)),
                lease: Lease(duration: .minutes(5), time: world.time, logger: Logger(label: "test")), steps: try await steps(),
                ending: ending
            ) {}
        }

        func steps() async throws -> [JournalRepository.Step] {
            let id = claim.publication.id
            return try await world.world.workspace.database.read { try JournalRepository.steps(of: id, in: $0) }
        }
    }

    private func with(_ kind: TestDatabase, _ body: (Claimed) async throws -> Void) async throws {
        try await PublishingWorld.with(kind) { world in
            let post = try await world.schedule(["Hello"], on: [try await world.mastodon()])
            let id = try await world.publication(of: post.id).id
            world.time.advance(by: .hours(2))
            try await world.publishing.dueScan.queueEverythingDue()
            let now = world.time.now
            let claim = try #require(
                try await world.world.workspace.database.write { try PublishingRepository.claim(id, now: now, until: now + .minutes(5), in: $0) })
            try await body(Claimed(world: world, claim: claim))
        }
    }
}
