import Domain
import NIOConcurrencyHelpers
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

@Suite struct JournalTests {
    private static let address = "https://upload.example.com/session?id=who-has-it-may-go-on"

    @Test("What a secret step leaves is read again by the next worker, and by nobody who reads the database", arguments: TestDatabase.all)
    func secretSteps(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let database = world.world.workspace.database
            let post = try await world.schedule(["Hello"], on: [try await world.mastodon()])
            let id = try await world.publication(of: post.id).id
            world.time.advance(by: .hours(2))
            let now = world.time.now
            let claim = try #require(
                try await database.write { try PublishingRepository.claim(id, now: now, until: now + .minutes(5), in: $0) })
            func journal(_ key: String = "a key of tests") async throws -> DatabaseJournal {
                try await DatabaseJournal.open(
                    claim, database: database, time: world.time, vault: CredentialVault(secrets: SecretBox(encryptionKey: key)),
                    lease: .minutes(5)
                ) {}
            }
            let runs = NIOLockedValueBox(0)
            for _ in 0..<2 {
                let known = try await journal().secretStep("film") {
                    runs.withLockedValue { $0 += 1 }
                    return Self.address
                }
                #expect(known == Self.address)
            }
            #expect(runs.withLockedValue { $0 } == 1)
            let steps = try await database.read { try JournalRepository.steps(of: id, in: $0) }
            #expect(steps.map(\.name) == ["film"])
            #expect(steps.allSatisfy { $0.result?.contains("example.com") == false })
            await #expect(throws: SecretBoxError.unreadable) { try await journal("another key").secretStep("film") { Self.address } }
        }
    }
}
