import Application
import Domain
import Foundation
import Persistence
import PlatformSimulator
import Platforms
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ChannelsTokenTests {
    private func refreshes(_ world: ConnectedWorld) -> Int {
        // The first call for a token was the exchange of the code.
        world.simulator.control.log(platform: "linkedin", operation: "linkedin.token").count - 1
    }

    private func credentials(_ world: ConnectedWorld, _ id: IntegrationID) async throws -> Credentials {
        try await world.channels.connectedAccount(id).1.credentials
    }

    @Test(arguments: TestDatabase.all)
    func tokensAreRenewedAtThreeQuartersOfTheirLife(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let id = try await world.connect("linkedin", as: "ada").id
            let before = try await credentials(world, id)
            let life = try #require(before.expiresAt) - world.workspace.time.now
            world.workspace.time.advance(by: .milliseconds(life.milliseconds * 7 / 10))
            #expect(try await world.channels.refreshDue(limit: 10) == 0)
            world.workspace.time.advance(by: .milliseconds(life.milliseconds / 10))
            #expect(try await world.channels.refreshDue(limit: 10) == 1)
            #expect(try await world.channels.refreshDue(limit: 10) == 0)
            let after = try await credentials(world, id)
            #expect(after.accessToken != before.accessToken)
            let (ending, ended) = (try #require(after.expiresAt), try #require(before.expiresAt))
            #expect(ending > ended)
            #expect(after.refreshToken?.isEmpty == false)
        }
    }

    @Test(arguments: TestDatabase.all)
    func tokensAboutToEndAreRenewedBeforeTheyAreUsed(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let id = try await world.connect("linkedin", as: "ada").id
            let before = try await credentials(world, id)
            world.workspace.time.advance(by: try #require(before.expiresAt) - world.workspace.time.now - .minutes(4))
            #expect(try await credentials(world, id).accessToken != before.accessToken)
            #expect(refreshes(world) == 1)
        }
    }

    @Test(arguments: TestDatabase.all)
    func ofManyCallersOneAsksThePlatform(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let id = try await world.connect("linkedin", as: "ada").id
            let stale = try await credentials(world, id).accessToken
            try world.simulator.control.add(Fault(.delay, path: "linkedin.token", delayMs: 300, times: 1))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await world.channels.refreshNow(id, staleToken: stale) } }
                group.addTask {
                    // The waiting ones look again when time passes.
                    while !Task.isCancelled {
                        world.workspace.time.advance(by: .milliseconds(100))
                        try? await Task.sleep(for: .milliseconds(20))
                    }
                }
                for _ in 0..<8 { try await group.next() }
                group.cancelAll()
            }
            #expect(refreshes(world) == 1)
            #expect(try await credentials(world, id).accessToken != stale)
        }
    }

    @Test(arguments: TestDatabase.all)
    func aPassingFailureKeepsTheTokens(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let id = try await world.connect("linkedin", as: "ada").id
            let before = try await credentials(world, id)
            try world.simulator.control.add(Fault(.status, path: "linkedin.token", status: 503, times: 1))
            await #expect(throws: PlatformError.self) { try await world.channels.refreshNow(id) }
            #expect(try await credentials(world, id) == before)
            #expect(try await world.channels.get(id, as: world.person).status == .active)
            try await world.channels.refreshNow(id)
            #expect(try await credentials(world, id).accessToken != before.accessToken)
        }
    }

    @Test(arguments: TestDatabase.all)
    func aRefusedRenewalAsksThePersonOnce(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let channel = try await world.connect("linkedin", as: "ada")
            let events = world.workspace.events.events(of: world.workspace.organization)
            try world.simulator.control.revokeTokens(platform: "linkedin", account: "ada")
            for _ in 0..<2 {
                do {
                    try await world.channels.refreshNow(channel.id)
                    Issue.record("it was renewed")
                } catch let error as PlatformError {
                    #expect(error.kind == .authentication)
                }
            }
            let view = try await world.channels.get(channel.id, as: world.person)
            #expect(view.status == .needsReconnect)
            #expect(view.reconnectReason?.isEmpty == false)
            #expect(try await world.channels.refreshDue(limit: 10) == 0)
            _ = try await world.channels.pause(channel.id, as: world.person)
            var types: [EventType] = []
            for await case .event(let event) in events {
                types.append(event.type)
                if event.type == .integrationUpdated { break }
            }
            #expect(types == [.integrationNeedsReconnect, .integrationUpdated])
        }
    }

    @Test func tokensSealedWithAnotherKeyAreNotTakenForARevokedConnection() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let id = try await world.connect("mastodon", as: "ada").id
            let other = Channels(
                mainURL: try #require(URL(string: "https://postiz.example.com")), database: world.workspace.database,
                platforms: world.platforms,
                secrets: SecretBox(encryptionKey: "quite another key than before"),
                audit: AuditLog(database: world.workspace.database, time: world.workspace.time), events: world.workspace.events,
                time: world.workspace.time)
            do {
                _ = try await other.connectedAccount(id)
                Issue.record("it was opened")
            } catch let error as PlatformError {
                #expect(error.kind == .transient)
                #expect(error.message.contains("ENCRYPTION_KEY"))
            }
            #expect(try await other.get(id, as: world.person).status == .active)
        }
    }

    @Test func whatARotationSealedAnewIsStillTheSameTokens() async throws {
        try await ConnectedWorld.with(.sqlite) { world in
            let id = try await world.connect("mastodon", as: "ada").id
            let (database, box) = (world.workspace.database, SecretBox(encryptionKey: "a key for tests that is long enough"))
            let context = "integrations:\(id):credentials"
            func stored() async throws -> Data {
                let sealed = try await database.read { try IntegrationRepository.withCredentials(id, in: $0)?.sealed }
                return try #require(sealed)
            }
            func put(_ sealed: Data) async throws {
                try await database.write { try $0.execute("UPDATE integrations SET credentials = $2 WHERE id = $1", id, sealed) }
            }
            let refused = try await stored()
            let plain = try box.open(refused, context: context)
            // Others have come meanwhile: these are not refused.
            var other: Credentials = try JSON.decode(from: plain)
            other.accessToken = "another one"
            try await put(try box.seal(try JSON.data(other), context: context))
            try await world.channels.markNeedsReconnect(id, reason: "It was refused.", refused: refused)
            #expect(try await world.channels.get(id, as: world.person).status == .active)
            try await put(try box.seal(plain, context: context))
            #expect(try await stored() != refused)
            try await world.channels.markNeedsReconnect(id, reason: "It was refused.", refused: refused)
            #expect(try await world.channels.get(id, as: world.person).status == .needsReconnect)
        }
    }
}
