import Domain
import Foundation
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

@Suite("A platform's app is entered by an administrator")
struct PlatformKeysTests {
    private let reddit = PlatformID(rawValue: "reddit")
    private let linkedIn = PlatformID(rawValue: "linkedin")

    /// `body` with a server whose environment sets everything but Reddit's app, and with what Reddit gave for it.
    private func with(
        _ kind: TestDatabase, _ body: (ConnectedWorld, PlatformKeys, _ given: [String: String], _ admin: Caller) async throws -> Void
    ) async throws {
        var (given, environment) = ([String: String](), [String: String]())
        try await ConnectedWorld.with(kind) { values in
            given = values.filter { ["REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET"].contains($0.key) }
            values = values.filter { !given.keys.contains($0.key) }
            environment = values
        } _: { world in
            #expect(given.count == 2)
            let base = PlatformConfiguration(values: environment, transport: TransportSettings(userAgent: "Postiz/test"))
            let keys = PlatformKeys(base: base, channels: world.channels, secrets: SecretBox(encryptionKey: "a key for tests that is long enough"))
            let person = world.person
            let admin = Caller(
                organizationId: person.organizationId, identity: person.identity, role: .owner, instanceRole: .admin, origin: .web,
                timeZone: person.timeZone)
            try await body(world, keys, given, admin)
        }
    }

    @Test("What is entered holds at once, for connecting too, and is taken back at once", arguments: TestDatabase.all)
    func entering(_ kind: TestDatabase) async throws {
        try await with(kind) { world, keys, given, admin in
            try await refused(.platformNotConfigured) { try await world.start(reddit) }
            #expect(try await keys.list(as: admin).first { $0.id == reddit }?.fields.map(\.source) == [.missing, .missing])
            let half = try await keys.save(["REDDIT_CLIENT_ID": given["REDDIT_CLIENT_ID"] ?? ""], of: reddit, as: admin)
            #expect(!half.configured && half.fields.map(\.source) == [.stored, .missing])
            let whole = try await keys.save(["REDDIT_CLIENT_SECRET": " \(given["REDDIT_CLIENT_SECRET"] ?? "")\n"], of: reddit, as: admin)
            #expect(whole.configured && whole.fields.map(\.source) == [.stored, .stored])
            #expect(whole.callbackUrl == "https://postiz.example.com/api/auth/reddit/callback")
            try await world.connect(reddit, as: "ada")

            #expect(try await !keys.save(["REDDIT_CLIENT_SECRET": ""], of: reddit, as: admin).configured)
            try await refused(.platformNotConfigured) { try await world.start(reddit) }
        }
    }

    @Test("Values are stored sealed; another process takes over what it did not enter", arguments: TestDatabase.all)
    func storing(_ kind: TestDatabase) async throws {
        try await with(kind) { world, keys, given, admin in
            _ = try await keys.save(given, of: reddit, as: admin)
            let rows = try await world.workspace.database.read { try PlatformSettingRepository.all(in: $0) }
            #expect(rows.map(\.name) == ["REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET"])
            for row in rows { #expect(row.sealed.range(of: Data((given[row.name] ?? "-").utf8)) == nil) }
            // As after a start: the environment alone.
            world.platforms.apply([:])
            try await refused(.platformNotConfigured) { try await world.start(reddit) }
            try await keys.refresh()
            #expect(world.platforms[reddit]?.missingCredentials == [])
            #expect(world.platforms[linkedIn]?.missingCredentials == [])
        }
    }

    @Test("The environment wins; foreign names, what no app has, and everybody but administrators are refused", arguments: TestDatabase.all)
    func refusing(_ kind: TestDatabase) async throws {
        try await with(kind) { world, keys, given, admin in
            try await refused(.conflict) { try await keys.save(["LINKEDIN_CLIENT_ID": "other"], of: linkedIn, as: admin) }
            try await refused(.validationFailed) { try await keys.save(["DATABASE_URL": "other"], of: reddit, as: admin) }
            try await refused(.validationFailed) { try await keys.save(["REDDIT_CLIENT_ID": "two words"], of: reddit, as: admin) }
            try await refused(.unknownPlatform) { try await keys.save([:], of: PlatformID(rawValue: "bluesky"), as: admin) }
            try await refused(.forbidden) { try await keys.save(given, of: reddit, as: world.person) }
            try await refused(.forbidden) { try await keys.list(as: world.person) }
            #expect(try await world.workspace.database.read { try PlatformSettingRepository.all(in: $0) } == [])
        }
    }
}
