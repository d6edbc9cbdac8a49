import Application
import Domain
import Foundation
import Persistence
import PlatformSimulator
import Platforms
import TestSupport
import Testing

/// Servers that speak Mastodon's API in their own way, as the product deals with them.
@Suite("Servers of the Fediverse", .timeLimit(.minutes(10)))
struct FediverseTests {
    private func become(_ server: String, _ world: PublishingWorld) throws {
        try world.simulator.set("server", to: .string(server), platform: "mastodon")
    }

    private func publish(_ texts: [String], on channel: IntegrationID, _ world: PublishingWorld, _ settings: [String: JSONValue] = [:]) async throws
        -> PostView
    {
        let draft = PostDraft(
            parts: texts.map { PartDraft(text: $0) }, platforms: [channel.text], schedule: .now,
            settings: settings.isEmpty ? nil : [channel.text: settings])
        let post = try await world.posts.create(draft, as: world.person)
        try await world.turn()
        return post
    }

    @Test("A lost answer is looked up after a while and doubles nothing", arguments: ["mastodon", "snac", "takahe", "wordpress"])
    func lostAnswer(server: String) async throws {
        try await PublishingWorld.with(.sqlite) { world in
            try become(server, world)
            let channel = try await world.mastodon()
            _ = try world.simulator.add(Fault(.dropAfter, platform: "mastodon", path: "mastodon.createStatus", times: 1))
            let post = try await publish(["It's \"one\" & only - see https://example.org/#part"], on: channel, world)
            let doubtful = try await world.publication(of: post.id)
            #expect(doubtful.status == .unconfirmed)
            #expect(doubtful.error?.message.contains("looked up before anything is sent again") == true)
            let asked = world.simulator.log(platform: "mastodon").count
            try await world.turn(after: .minutes(1))
            #expect(try await world.publication(of: post.id).status == .published)
            #expect(world.published().count == 1)
            #expect(world.simulator.log(platform: "mastodon").dropFirst(asked).first?.operation == "mastodon.accountStatuses")
        }
    }

    @Test("A thread whose ids the server answered wrongly is taken away, and nothing else", arguments: TestDatabase.all)
    func removal(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            try become("wordpress", world)
            let channel = try await world.mastodon()
            _ = try await publish(["Unrelated"], on: channel, world)
            let post = try await publish(["One", "Two", "Three"], on: channel, world)
            let results = try await world.posts.removeFromPlatforms(post.id, channels: nil, as: world.person)
            #expect(results.map(\.message) == ["It is removed from Mastodon with all its 3 parts."])
            #expect(world.published() == ["Unrelated"])
        }
    }

    @Test("Parts that cannot be found any more are named, and the post is not called removed", arguments: TestDatabase.all)
    func incompleteRemoval(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            try become("wordpress", world)
            let channel = try await world.mastodon()
            _ = try await publish(["Unrelated"], on: channel, world)
            let post = try await publish(["One", "Two", "Three"], on: channel, world)
            // As an earlier version noted it: the first part's id for the second, and an address that the server gives no longer.
            let publication = try await world.publication(of: post.id)
            let noted = try JSON.text(["id": publication.platformPostId ?? "", "url": "https://mastodon.example.org/gone#2"])
            let now = world.time.now
            try await world.world.workspace.database.write {
                try JournalRepository.finish("part-1", of: publication.id, result: noted, now: now, in: $0)
            }
            let results = try await world.posts.removeFromPlatforms(post.id, channels: nil, as: world.person)
            #expect(results.map(\.removed) == [false])
            #expect(results[0].message.hasPrefix("Part 2 of 3 could not be removed"))
            #expect(world.published() == ["Unrelated", "Two"])
            #expect(try await world.publication(of: post.id).removedAt == nil)
        }
    }

    @Test("What the server made of visibility, warning and language stands on the post", arguments: TestDatabase.all)
    func notes(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            try become("wordpress", world)
            let channel = try await world.mastodon()
            let kept = try await publish(["Plain"], on: channel, world)
            #expect(try await world.publication(of: kept.id).notes == [])
            let post = try await publish(
                ["Quiet", "More"], on: channel, world, ["visibility": "unlisted", "spoiler_text": "Tea", "language": "pt-BR"])
            let publication = try await world.publication(of: post.id)
            #expect(publication.status == .published)
            #expect(publication.notes.count == 3)
            #expect(publication.notes.first?.contains("Everyone") == true)
        }
    }

    @Test("A revoked token holds the posts whatever words the server has for it", arguments: ["snac", "takahe", "wordpress"])
    func revoked(server: String) async throws {
        try await PublishingWorld.with(.sqlite) { world in
            try become(server, world)
            let channel = try await world.mastodon()
            try world.simulator.revokeTokens(platform: "mastodon", account: "ada")
            let post = try await publish(["Waits"], on: channel, world)
            try await world.turn(after: .minutes(1))
            #expect(try await world.publication(of: post.id).status == .onHold)
            #expect(try await world.world.channels.get(channel, as: world.person).status == .needsReconnect)
            try await world.world.connect("mastodon", as: "ada", reconnecting: channel)
            try await world.turn(after: .minutes(1))
            #expect(world.published() == ["Waits"])
        }
    }

    @Test("Removing a channel ends its token, unless another channel has the same", arguments: TestDatabase.all)
    func tokensEnd(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            func revocations() -> Int { world.simulator.log(platform: "mastodon", operation: "mastodon.revoke").count }
            let (channels, workspace) = (world.world.channels, world.world.workspace)
            try world.simulator.set("reuseTokens", to: true, platform: "mastodon")
            let other = Caller(
                organizationId: OrganizationID(), identity: .key(APIKeyID(), user: nil), role: .owner, scopes: [.channelsWrite], origin: .api)
            let now = world.time.now
            try await workspace.database.write { transaction in
                try transaction.execute(
                    "INSERT INTO organizations (id, name, time_zone, created_at) VALUES ($1, 'Other', 'UTC', $2)", other.organizationId, now)
            }
            let channel = try await world.mastodon()
            let query = try await world.world.consent(
                try await channels.startConnect("mastodon", instance: nil, returnTo: nil, reconnecting: nil, as: other),
                account: "ada")
            guard case .connected(let theirs, _, _) = try await channels.finishConnect("mastodon", query: query, as: other) else {
                throw ConnectedWorld.NotConnected()
            }
            try await channels.remove(channel, forGood: true, as: world.person)
            #expect(revocations() == 0)
            let (_, account) = try await channels.connectedAccount(theirs.id)
            #expect(try await world.world.platforms["mastodon"]?.accounts(account.credentials).count == 1, "the other workspace's still works")
            _ = try world.simulator.add(Fault(.status, platform: "mastodon", path: "mastodon.revoke", status: 503, times: 1))
            let third = try await world.mastodon(as: "bo")
            try await channels.remove(third, forGood: true, as: world.person)
            try await channels.remove(theirs.id, forGood: true, as: other)
            #expect(revocations() == 2, "also where an earlier one was not answered")
            await #expect(throws: PlatformError.self) { try await world.world.platforms["mastodon"]?.accounts(account.credentials) }
        }
    }

    @Test("A thread's own parts are no comments of others", arguments: TestDatabase.all)
    func ownParts(on kind: TestDatabase) async throws {
        try await PublishingWorld.with(kind) { world in
            let (channels, database) = (world.world.channels, world.world.workspace.database)
            let post = try await publish(["One", "Two", "Three"], on: try await world.mastodon(), world)
            let analytics = Analytics(database: database, channels: channels, platforms: world.world.platforms, time: world.time)
            #expect(try await analytics.fetchDue(limit: 10) == 1)
            let figures = try await analytics.post(post.id, as: world.person).publications.first?.figures
            #expect(figures?["comments"] == 0)
        }
    }

    @Test("A limit met while connecting says when to start again: nothing goes on by itself")
    func limitWhileConnecting() async throws {
        try await ConnectedWorld.with(.sqlite, settings: { $0["MASTODON_CLIENT_ID"] = nil }) { world in
            _ = try world.simulator.control.add(Fault(.status, platform: "mastodon", path: "mastodon.registerApp", status: 429, times: 1))
            do {
                _ = try await world.start("mastodon")
                Issue.record("it began")
            } catch let problem as ProblemReport {
                #expect(problem.code == .connectFailed)
                #expect(problem.message.contains("Start connecting again in 15 minutes."))
                #expect(!problem.message.contains("by itself"))
            }
        }
    }
}
