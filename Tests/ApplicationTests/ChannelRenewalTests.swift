import Application
import Domain
import Foundation
import Persistence
import PlatformSimulator
import Platforms
import TestSupport
import Testing

@Suite("Renewing tokens ahead, once, and without losing the old ones", .timeLimit(.minutes(10)))
struct ChannelRenewalTests {
    private func credentials(_ world: ConnectedWorld, _ id: IntegrationID) async throws -> Credentials {
        try await world.channels.connectedAccount(id).1.credentials
    }

    /// Tokens of LinkedIn as if they had been given now and ended after `life`.
    private func shorten(_ id: IntegrationID, to life: Duration, _ world: ConnectedWorld) async throws {
        let (now, end) = (world.workspace.time.now, world.workspace.time.now + life)
        let renewal = now + .milliseconds(life.milliseconds * 3 / 4)
        try await world.workspace.database.write {
            try $0.execute("UPDATE integrations SET token_expires_at = $2, refresh_after = $3 WHERE id = $1", id, end, renewal)
        }
    }

    @Test("a token that would end with a post that is due soon is renewed before, and only then", arguments: TestDatabase.all)
    func ahead(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let id = try await world.connect("linkedin", as: "ada").id
            try await shorten(id, to: .hours(2), world)
            world.workspace.time.advance(by: .minutes(61))
            #expect(try await world.channels.refreshDue(limit: 10) == 0)
            // It is due in an hour: the token ends a minute before.
            _ = try await world.workspace.addPost(on: [id], status: .scheduled, publications: .scheduled)
            #expect(try await world.channels.refreshDue(limit: 10) == 1)
            #expect(try await world.channels.refreshDue(limit: 10) == 0)
        }
    }

    @Test("a token that has lived less than half its life, or ends long after the post, is left alone", arguments: TestDatabase.all)
    func notTooEarly(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let id = try await world.connect("linkedin", as: "ada").id
            _ = try await world.workspace.addPost(on: [id], status: .scheduled, publications: .scheduled)
            try await shorten(id, to: .minutes(50), world)
            #expect(try await world.channels.refreshDue(limit: 10) == 0)
            world.workspace.time.advance(by: .minutes(26))
            #expect(try await world.channels.refreshDue(limit: 10) == 1)
            try await shorten(id, to: .hours(3), world)
            world.workspace.time.advance(by: .minutes(91))
            #expect(try await world.channels.refreshDue(limit: 10) == 0)
        }
    }

    @Test("a renewal that failed is tried again after a pause, or when the platform says", arguments: TestDatabase.all)
    func pauses(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let id = try await world.connect("linkedin", as: "ada").id
            try await shorten(id, to: .hours(2), world)
            world.workspace.time.advance(by: .minutes(61))
            _ = try await world.workspace.addPost(on: [id], status: .scheduled, publications: .scheduled)
            for (headers, pause) in [([:], Duration.minutes(10)), (["Retry-After": "1500"], .minutes(25))] {
                try world.simulator.control.add(Fault(.status, path: "linkedin.token", status: 503, headers: headers, times: 1))
                #expect(try await world.channels.refreshDue(limit: 10) == 0)
                #expect(try await world.channels.get(id, as: world.person).status == .active)
                world.workspace.time.advance(by: pause - .minutes(1))
                let asked = world.simulator.control.log(platform: "linkedin", operation: "linkedin.token").count
                #expect(try await world.channels.refreshDue(limit: 10) == 0)
                #expect(world.simulator.control.log(platform: "linkedin", operation: "linkedin.token").count == asked)
                world.workspace.time.advance(by: .minutes(1))
            }
            #expect(try await world.channels.refreshDue(limit: 10) == 1)
        }
    }

    @Test("an answer without a token leaves the old ones", arguments: TestDatabase.all)
    func worthless(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let id = try await world.connect("linkedin", as: "ada").id
            let before = try await credentials(world, id)
            let nothing: PlatformSimulator.JSON = ["access_token": "", "expires_in": 5_184_000, "refresh_token": ""]
            try world.simulator.control.add(Fault(.status, path: "linkedin.token", status: 200, body: nothing, times: 1))
            await #expect(throws: PlatformError.self) { try await world.channels.refreshNow(id) }
            #expect(try await credentials(world, id) == before)
            #expect(try await world.channels.get(id, as: world.person).status == .active)
        }
    }

    @Test("tokens that prove worthless give way to those before them", arguments: TestDatabase.all)
    func fallback(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let id = try await world.connect("linkedin", as: "ada").id
            let first = try await credentials(world, id)
            let wrong: PlatformSimulator.JSON = ["access_token": "no-such-token", "expires_in": 5_184_000, "refresh_token": "no-such-either"]
            try world.simulator.control.add(Fault(.status, path: "linkedin.token", status: 200, body: wrong, times: 1))
            try await world.channels.refreshNow(id)
            #expect(try await credentials(world, id).accessToken == "no-such-token")
            try await world.channels.refreshNow(id)
            let last = try await credentials(world, id)
            #expect(last.accessToken != "no-such-token" && last.accessToken != first.accessToken)
            #expect(last.refreshToken == first.refreshToken)
            #expect(try await world.channels.get(id, as: world.person).status == .active)
        }
    }

    @Test("what a person connects meanwhile is not replaced by a renewal that comes late", arguments: TestDatabase.all)
    func late(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let id = try await world.connect("linkedin", as: "ada").id
            try world.simulator.control.add(Fault(.delay, path: "linkedin.token", delayMs: 3_000, times: 1))
            async let renewal: Void = world.channels.refreshNow(id)
            try await eventually("the renewal is under way") {
                try await world.workspace.database.read {
                    try IntegrationRepository.withCredentials(id, in: $0)?.leaseUntil != nil
                }
            }
            try await world.connect("linkedin", as: "ada", reconnecting: id)
            let connected = try await credentials(world, id)
            do { try await renewal } catch is PlatformError {}  // The platform may have ended the older tokens.
            #expect(try await credentials(world, id) == connected)
            let stale = Data([0])
            try await world.channels.markNeedsReconnect(id, reason: "The older tokens were refused.", refused: stale)
            #expect(try await world.channels.get(id, as: world.person).status == .active)
        }
    }

    @Test("a refresh token that is spent is replaced on all channels that came with it", arguments: TestDatabase.all)
    func shared(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let query = try await world.consent(try await world.start("linkedin-page"), account: "ada")
            let result = try await world.channels.finishConnect("linkedin-page", query: query, as: world.person)
            guard case .choose(let key, _) = result else { throw ConnectedWorld.NotConnected() }
            let offered = try await world.channels.choices(key, as: world.person).prefix(2).map(\.id)
            let pages = try await world.channels.choose(key, accountIds: Array(offered), as: world.person)
            #expect(pages.count == 2)
            let rotated: PlatformSimulator.JSON = [
                "access_token": "new-token", "expires_in": 5_184_000, "refresh_token": "rotated", "scope": "r_organization_social",
            ]
            try world.simulator.control.add(Fault(.status, path: "linkedin.token", status: 200, body: rotated, times: 1))
            try await world.channels.markNeedsReconnect(pages[1].id, reason: "The other renewal was quicker.")
            try await world.channels.refreshNow(pages[0].id)
            for page in pages {
                #expect(try await credentials(world, page.id).refreshToken == "rotated")
                #expect(try await world.channels.get(page.id, as: world.person).status == .active)
            }
        }
    }

    @Test("while one process renews, another does not ask", arguments: TestDatabase.all)
    func lease(_ kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let id = try await world.connect("linkedin", as: "ada").id
            let (database, start) = (world.workspace.database, world.workspace.time.now)
            let found = try await database.read { try IntegrationRepository.withCredentials(id, in: $0) }
            let sealed = try #require(found?.sealed)
            func takes(at time: Timestamp) async throws -> Bool {
                try await database.write {
                    try IntegrationRepository.leaseRefresh(of: id, sealed: sealed, until: time + .minutes(2), now: time, in: $0)
                }
            }
            let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 { group.addTask { try await takes(at: start) } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(taken == 1)
            #expect(try await takes(at: start + .seconds(119)) == false)
            #expect(try await takes(at: start + .seconds(120)))
        }
    }
}
