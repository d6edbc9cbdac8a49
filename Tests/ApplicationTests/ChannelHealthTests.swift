import Domain
import Persistence
import PlatformSimulator
import TestSupport
import Testing

@testable import Application

@Suite("Health of a channel", .timeLimit(.minutes(5)))
struct ChannelHealthTests {
    @Test("What went out and what failed last are told, with the reason", arguments: TestDatabase.all)
    func outcomes(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let channel = try await world.mastodon()
            let fresh = try await world.world.channels.health(of: channel, as: world.person)
            #expect(fresh.lastSuccess == nil && fresh.lastFailure == nil && fresh.status == .active && fresh.failing.isEmpty)

            let sent = try await world.schedule(["Good"], on: [channel])
            try await world.turn(after: .hours(1))
            _ = try world.simulator.add(Fault(.status, platform: "mastodon", status: 422))
            let refused = try await world.schedule(["Bad"], on: [channel])
            try await world.turn(after: .hours(1))
            for _ in 0..<20 where try await world.publication(of: refused.id).status != .failed { try await world.turn(after: .minutes(5)) }
            let health = try await world.world.channels.health(of: channel, as: world.person)
            #expect(health.lastSuccess?.postId == sent.id && health.lastSuccess?.url != nil)
            #expect(health.lastFailure?.postId == refused.id && health.lastFailure?.error != nil)
        }
    }

    @Test("A budget is told with what is left of it, and is whole again when its window is over", arguments: TestDatabase.all)
    func budgets(on kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let channel = try await world.connect("x", as: "ada").id
            let (time, database) = (world.workspace.time, world.workspace.database)
            let whole = try await world.channels.health(of: channel, as: world.person)
            let budget = try #require(whole.budgets.first { $0.owner == .account })
            #expect(budget.left == budget.posts && budget.fullAt == nil)

            let rule = PublishingBudget(.account, posts: budget.posts, per: .seconds(Int64(budget.seconds)))
            let (gate, now) = (Gates.gate(of: rule, channel: channel, on: "x"), time.now)
            let room = try await database.write {
                try GateRepository.take(3, of: gate, limit: rule.posts, window: rule.window, now: now, in: $0)
            }
            #expect(room == nil)
            let used = try await world.channels.health(of: channel, as: world.person).budgets.first { $0.owner == .account }
            #expect(used?.left == budget.posts - 3 && used?.fullAt == now + rule.window)
            time.advance(by: rule.window)
            #expect(try await world.channels.health(of: channel, as: world.person).budgets.first { $0.owner == .account }?.left == budget.posts)
        }
    }

    @Test(
        "A platform that asked to wait is told, and no longer than that; the age of the tokens is that of the last renewal",
        arguments: TestDatabase.all)
    func waits(on kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let channel = try await world.connect("mastodon", as: "ada")
            let (time, database) = (world.workspace.time, world.workspace.database)
            let until = time.now + .minutes(10)
            try await database.write { try GateRepository.block(Gates.account(channel.id), until: until, in: $0) }
            #expect(try await world.channels.health(of: channel.id, as: world.person).waitsUntil == until)
            #expect(try await world.channels.health(of: channel.id, as: world.person).tokenSince == channel.createdAt)
            time.advance(by: .minutes(10))
            _ = try await world.connect("mastodon", as: "ada", reconnecting: channel.id)
            let health = try await world.channels.health(of: channel.id, as: world.person)
            #expect(health.waitsUntil == nil && health.tokenSince == time.now)
        }
    }

    @Test("Another workspace's channel is not found", arguments: TestDatabase.all)
    func foreign(on kind: TestDatabase) async throws {
        try await ConnectedWorld.with(kind) { world in
            let channel = try await world.connect("mastodon", as: "ada").id
            let stranger = Caller(
                organizationId: OrganizationID(), identity: .user(UserID(), session: SessionID()), role: .owner, instanceRole: .user, origin: .web)
            try await refused(.notFound) { try await world.channels.health(of: channel, as: stranger) }
        }
    }
}
