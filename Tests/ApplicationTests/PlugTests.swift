import Domain
import Foundation
import Messaging
import Persistence
import PlatformSimulator
import TestSupport
import Testing

@testable import Application

@Suite("What is done with posts that are out", .timeLimit(.minutes(10)))
struct PlugTests {
    private struct World {
        let publishing: PublishingWorld
        let plugs: Plugs
        let ada: IntegrationID
        let bo: IntegrationID
        var person: Caller { publishing.person }
        var time: ManualTime { publishing.time }
        var database: any Database { publishing.world.workspace.database }

        /// A post of Ada's that has just gone out.
        func publish(_ text: String = "Hello") async throws -> PostID {
            let post = try await publishing.schedule([text], on: [ada], in: .minutes(5))
            try await publishing.turn(after: .minutes(5))
            return post.id
        }

        /// What the platform tells of a post at this moment.
        func tell(likes: Int, of post: PostID) async throws {
            let (now, organization) = (time.now, person.organizationId)
            let publication = try await publishing.publication(of: post)
            let target = MetricsTarget(
                publicationId: publication.id, organizationId: organization, integrationId: ada, platformPostId: "1", publishedAt: now)
            try await database.write { try MetricsRepository.insert(["likes": likes], of: target, at: now, in: $0) }
        }

        /// What `cron` and a worker do at this moment; returns how many plugs' time had come.
        @discardableResult
        func run(after pause: Duration = .zero) async throws -> Int {
            time.advance(by: pause)
            let count = try await plugs.runDue(limit: 100)
            try await publishing.turn()
            return count
        }

        func reposters() -> [String] { publishing.simulator.publications(platform: "mastodon").first?.reposters ?? [] }

        func runs(of post: PostID) async throws -> [PlugRun] { try await plugs.runs(of: post, as: person) }
    }

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        try await PublishingWorld.with(kind) { publishing in
            let database = publishing.world.workspace.database
            let plugs = Plugs(
                database: database, posts: publishing.posts, platforms: publishing.world.platforms,
                audit: AuditLog(database: database, time: publishing.time), time: publishing.time)
            try await body(
                World(
                    publishing: publishing, plugs: plugs, ada: try await publishing.mastodon(), bo: try await publishing.mastodon(as: "bo")))
        }
    }

    @Test("at so many likes another channel reposts, once, and the post's history says so", arguments: TestDatabase.all)
    func likes(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let before = try await world.publish("Before")
            world.time.advance(by: .minutes(1))
            let plug = try await world.plugs.create(
                NewPlug(integrationId: world.ada, actingIntegrationId: world.bo, action: .repost, trigger: .likes, amount: 10), as: world.person)
            let post = try await world.publish()
            try await world.tell(likes: 50, of: before)
            try await world.tell(likes: 9, of: post)
            #expect(try await world.run() == 0)
            world.time.advance(by: .hours(1))
            try await world.tell(likes: 12, of: post)
            #expect(try await world.run() == 1)
            #expect(try await world.run(after: .hours(1)) == 0)
            let records = world.publishing.simulator.publications(platform: "mastodon")
            #expect(records.map(\.text) == ["Before", "Hello"])
            #expect(records.map(\.reposters) == [[], ["bo"]])
            let run = try #require(try await world.runs(of: post).first)
            #expect(run.plugId == plug.id)
            #expect(run.likes == 12)
            #expect(run.status == .published)
            let publication = try await world.publishing.publication(of: post)
            #expect(run.url == publication.url)
            #expect(try await world.runs(of: before) == [])
            let made = try await world.publishing.posts.get(try #require(run.postId), as: world.person)
            #expect(made.origin == .plug)
            #expect(try await world.plugs.subject(of: made.id, as: world.person) == post)
        }
    }

    @Test("after some time the channel comments below its post, and a plug's own post sets off no plug", arguments: TestDatabase.all)
    func time(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            _ = try await world.plugs.create(
                NewPlug(integrationId: world.ada, action: .comment, text: "Read on at https://example.com", trigger: .minutes, amount: 60),
                as: world.person)
            let post = try await world.publish()
            #expect(try await world.run(after: .minutes(59)) == 0)
            #expect(try await world.run(after: .minutes(1)) == 1)
            #expect(try await world.run(after: .hours(2)) == 0)
            let records = world.publishing.simulator.publications(platform: "mastodon")
            #expect(records.map(\.text) == ["Hello", "Read on at https://example.com"])
            #expect(records.last?.parentID == records.first?.id)
            #expect(try await world.runs(of: post).count == 1)
        }
    }

    @Test("a lost answer, a second process and a second plug do nothing twice", arguments: TestDatabase.all)
    func once(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let post = try await world.publish()
            for _ in 1...2 {
                _ = try await world.plugs.create(
                    NewPlug(
                        integrationId: world.ada, postId: post, actingIntegrationId: world.bo, action: .comment, text: "Nice",
                        trigger: .minutes, amount: 1), as: world.person)
            }
            _ = try world.publishing.simulator.add(Fault(.dropAfter, platform: "mastodon", path: "mastodon.createStatus", times: 1))
            world.time.advance(by: .minutes(2))
            async let first = world.plugs.runDue(limit: 100)
            async let second = world.plugs.runDue(limit: 100)
            _ = try await (first, second)
            for _ in 1...4 { try await world.run(after: .minutes(1)) }
            #expect(world.publishing.published() == ["Hello", "Nice"])
            let runs = try await world.runs(of: post)
            #expect(runs.count == 2)
            #expect(runs.compactMap(\.status) == [.published])
        }
    }

    @Test("nothing is done after the end, while something is paused, when it is switched off, or with what was taken away")
    func ends() async throws {
        try await with(.sqlite) { world in
            let plug = try await world.plugs.create(
                NewPlug(integrationId: world.ada, actingIntegrationId: world.bo, action: .repost, trigger: .likes, amount: 1, days: 2),
                as: world.person)
            let late = try await world.publish("Late")
            world.time.advance(by: .days(2))
            try await world.tell(likes: 5, of: late)
            #expect(try await world.run() == 0)

            let post = try await world.publish()
            try await world.tell(likes: 5, of: post)
            let channels = world.publishing.world.channels
            for channel in [world.ada, world.bo] {
                _ = try await channels.pause(channel, as: world.person)
                #expect(try await world.run() == 0)
                _ = try await channels.resume(channel, as: world.person)
            }
            _ = try await world.plugs.update(plug.id, PlugChange(active: false), as: world.person)
            #expect(try await world.run() == 0)
            // What went out meanwhile is left alone.
            world.time.advance(by: .minutes(1))
            _ = try await world.plugs.update(plug.id, PlugChange(active: true), as: world.person)
            #expect(try await world.run() == 0)
            #expect(world.publishing.simulator.publications(platform: "mastodon").allSatisfy { $0.reposters.isEmpty })
        }
    }

    @Test("what a platform does not let apps do, and who may not publish, is refused")
    func refused() async throws {
        try await with(.sqlite) { world in
            func refusal(_ plug: NewPlug, as caller: Caller? = nil) async -> ProblemReport? {
                await #expect(throws: ProblemReport.self) { try await world.plugs.create(plug, as: caller ?? world.person) }
            }
            let x = try await world.publishing.world.connect("x", as: "ada").id
            let repost = NewPlug(integrationId: world.ada, action: .repost, trigger: .likes, amount: 1)
            #expect(await refusal(repost, as: world.publishing.draftOnly)?.code == .forbidden)
            var plug = repost
            plug.actingIntegrationId = x
            #expect(await refusal(plug)?.code == .validationFailed)
            plug = NewPlug(integrationId: x, actingIntegrationId: world.ada, action: .comment, text: "Hi", trigger: .likes, amount: 1)
            #expect(await refusal(plug)?.code == .validationFailed)
            plug = NewPlug(integrationId: x, action: .comment, text: String(repeating: "a", count: 281), trigger: .likes, amount: 1)
            #expect(await refusal(plug)?.message.contains("281") == true)
            plug = NewPlug(integrationId: world.ada, action: .comment, text: " ", trigger: .likes, amount: 1)
            #expect(await refusal(plug)?.code == .validationFailed)
            plug = NewPlug(integrationId: world.ada, action: .repost, trigger: .minutes, amount: 1440, days: 1)
            #expect(await refusal(plug)?.code == .validationFailed)
            plug = NewPlug(integrationId: IntegrationID(), action: .repost, trigger: .likes, amount: 1)
            #expect(await refusal(plug)?.code == .unknownChannel)
            plug = repost
            plug.postId = PostID()
            #expect(await refusal(plug)?.code == .notFound)
            let stranger = Caller(
                organizationId: OrganizationID(), identity: world.person.identity, role: .owner, origin: .web, timeZone: "UTC")
            let made = try await world.plugs.create(repost, as: world.person)
            #expect(await refusal(repost, as: stranger)?.code == .unknownChannel)
            await #expect(throws: ProblemReport.self) { try await world.plugs.remove(made.id, as: stranger) }
            #expect(try await world.plugs.list(as: stranger) == [])
        }
    }

    @Test("a post that is gone when its plug runs is told as the reason")
    func gone() async throws {
        try await with(.sqlite) { world in
            let post = try await world.publish()
            _ = try await world.plugs.create(
                NewPlug(integrationId: world.ada, postId: post, action: .repost, trigger: .minutes, amount: 1), as: world.person)
            world.time.advance(by: .minutes(2))
            #expect(try await world.plugs.runDue(limit: 10) == 1)
            _ = try await world.publishing.posts.removeFromPlatforms(post, channels: nil, as: world.person)
            try await world.publishing.turn()
            let run = try #require(try await world.runs(of: post).first)
            #expect(run.status == .failed)
            #expect(run.error?.code == "SUBJECT_GONE")
        }
    }
}
