import Domain
import Foundation
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("Rules for approvals", .timeLimit(.minutes(5)))
struct ApprovalRuleTests {
    private struct World {
        let publishing: PublishingWorld
        let rules: ApprovalRules
        let careful: IntegrationID
        let free: IntegrationID

        var posts: Posts { publishing.posts }
        var owner: Caller { publishing.person }
        var database: any Database { publishing.world.workspace.database }

        func member(_ name: String, _ role: Role, byKey: Bool = false) async throws -> Caller {
            let (now, organization) = (publishing.time.now, publishing.world.workspace.organization)
            let user = User(
                id: UserID(at: now), email: "\(name.lowercased())@example.org", name: name, role: .user, timeZone: "Europe/Berlin", locale: "en",
                createdAt: now)
            try await database.write {
                try UserRepository.insert(user, passwordHash: "", in: $0)
                try OrganizationRepository.insert(Membership(userId: user.id, organizationId: organization, role: role), at: now, in: $0)
            }
            return Caller(
                organizationId: organization, identity: byKey ? .key(APIKeyID(), user: user.id) : .user(user.id, session: SessionID()), role: role,
                origin: byKey ? .api : .web, timeZone: "Europe/Berlin")
        }

        func draft(_ text: String, on channels: [IntegrationID], in hours: Int64 = 2) -> PostDraft {
            PostDraft(content: text, platforms: channels.map(\.text), scheduledFor: (publishing.time.now + .hours(hours)).description)
        }

        func plan(_ text: String, on channels: [IntegrationID], in hours: Int64 = 2, as caller: Caller) async throws -> PostView {
            try await posts.create(draft(text, on: channels, in: hours), as: caller)
        }
    }

    private func with(_ kind: TestDatabase = .sqlite, _ rules: (World) -> [ApprovalRule], _ body: (World) async throws -> Void) async throws {
        try await PublishingWorld.with(kind) { publishing in
            let audit = AuditLog(database: publishing.world.workspace.database, time: publishing.time)
            let world = World(
                publishing: publishing, rules: ApprovalRules(database: publishing.world.workspace.database, audit: audit),
                careful: try await publishing.mastodon(), free: try await publishing.mastodon(as: "grace"))
            _ = try await world.rules.replace(with: rules(world), as: world.owner)
            try await body(world)
        }
    }

    @Test("What a member plans on a channel with a rule waits; on others, of others, it does not", arguments: TestDatabase.all)
    func byChannel(on kind: TestDatabase) async throws {
        try await with(kind, { [ApprovalRule(.users, on: $0.careful)] }) { world in
            let (bob, cyd) = (try await world.member("Bob", .user), try await world.member("Cyd", .admin))
            #expect(try await world.plan("a", on: [world.careful], as: bob).status == .inReview)
            #expect(try await world.plan("b", on: [world.free, world.careful], as: bob).status == .inReview)
            #expect(try await world.plan("c", on: [world.free], as: bob).status == .scheduled)
            #expect(try await world.plan("d", on: [world.careful], as: cyd).status == .scheduled)
            let now = PostDraft(content: "e", platforms: [world.careful.text], schedule: .now)
            #expect(try await world.posts.create(now, as: bob).status == .inReview)
            #expect(try await world.rules.list(as: bob) == [ApprovalRule(.users, on: world.careful)])
        }
    }

    @Test("A rule for a customer holds on their channels, also on those they get later", arguments: TestDatabase.all)
    func byCustomer(on kind: TestDatabase) async throws {
        try await with(kind, { _ in [ApprovalRule(.users, of: "Tea & Co")] }) { world in
            let bob = try await world.member("Bob", .user)
            #expect(try await world.plan("a", on: [world.careful], as: bob).status == .scheduled)
            let channels = world.publishing.world.channels
            _ = try await channels.update(world.careful, ChannelChange(customer: "Tea & Co"), as: world.owner)
            #expect(try await world.plan("b", on: [world.careful], as: bob).status == .inReview)
            for customer in ["", "Other"] {
                try await refused(.forbidden) { try await channels.update(world.careful, ChannelChange(customer: customer), as: bob) }
            }
            _ = try await channels.update(world.careful, ChannelChange(displayName: "Tea"), as: bob)
            try await refused(.forbidden) { try await channels.update(world.careful, ChannelChange(active: false), as: bob) }
            try await refused(.forbidden) { try await channels.remove(world.careful, as: bob) }
            try await refused(.forbidden) { try await channels.remove(world.careful, forGood: true, as: bob) }
        }
    }

    @Test("A channel that needs an approval, added to what is planned, puts it into review", arguments: TestDatabase.all)
    func channelAdded(on kind: TestDatabase) async throws {
        try await with(kind, { [ApprovalRule(.users, on: $0.careful)] }) { world in
            for byKey in [false, true] {
                let bob = try await world.member(byKey ? "Key" : "Bob", .user, byKey: byKey)
                let post = try await world.plan("a", on: [world.free], as: bob)
                let both = PostChange(platforms: [world.free.text, world.careful.text])
                let changed = try await world.posts.update(post.id, both, as: bob)
                #expect(changed.status == .inReview && changed.publications.allSatisfy { $0.status == .draft })
                let approved = try await world.posts.approve(post.id, revision: changed.revision, as: world.owner)
                #expect(approved.status == .scheduled)
            }
        }
    }

    @Test("A change after the approval voids it: words, files, channels, time", arguments: [TestDatabase.sqlite])
    func changesVoid(on kind: TestDatabase) async throws {
        try await with(kind, { [ApprovalRule(.users, on: $0.careful)] }) { world in
            let bob = try await world.member("Bob", .user)
            let picture = try await world.publishing.addPicture()
            let later = (world.publishing.time.now + .hours(5)).description
            let changes = [
                PostChange(content: "other"), PostChange(mediaIds: [picture]), PostChange(platforms: [world.careful.text, world.free.text]),
                PostChange(scheduledFor: later),
            ]
            for change in changes {
                let post = try await world.plan("a", on: [world.careful], as: bob)
                #expect(try await world.posts.approve(post.id, as: world.owner).status == .scheduled)
                #expect(try await world.posts.update(post.id, change, as: bob).status == .inReview)
            }
            let stopped = try await world.plan("c", on: [world.careful], as: world.owner)
            _ = try await world.posts.cancel(stopped.id, as: bob)
            #expect(try await world.posts.update(stopped.id, PostChange(scheduledFor: later), as: bob).status == .inReview)
            let freed = try await world.plan("b", on: [world.careful, world.free], as: bob)
            _ = try await world.posts.approve(freed.id, as: world.owner)
            #expect(try await world.posts.update(freed.id, PostChange(platforms: [world.free.text]), as: bob).status == .scheduled)
        }
    }

    @Test("Nothing slips past: at once, again, another's time, out of the trash, a file's words, a plug", arguments: TestDatabase.all)
    func noWayRound(on kind: TestDatabase) async throws {
        try await with(kind, { [ApprovalRule(.users, on: $0.careful)] }) { world in
            let (bob, posts) = (try await world.member("Bob", .user), world.posts)
            let picture = try await world.publishing.upload(altText: "A cat")
            var draft = world.draft("a", on: [world.careful])
            draft.mediaIds = [picture]
            let post = try await posts.create(draft, as: world.owner)
            let other = try await world.plan("b", on: [world.free], in: 3, as: world.owner)
            try await refused(.forbidden) { try await posts.publishNow(post.id, as: bob) }
            try await refused(.forbidden) { try await posts.retry(post.id, as: bob) }
            try await refused(.forbidden) { try await posts.arrange(QueueSequence([other.id, post.id]), as: bob) }
            try await refused(.forbidden) { try await world.publishing.media.update(picture, altText: "Buy", name: nil, as: bob) }
            try await posts.remove(post.id, as: bob)
            let back = try await posts.restore(post.id, as: bob)
            #expect(back.status == .inReview && back.publications.map(\.status) == [.draft])
            try await posts.remove(other.id, as: bob)
            #expect(try await posts.restore(other.id, as: bob).status == .scheduled)
            let plugs = Plugs(
                database: world.database, posts: posts, platforms: world.publishing.world.platforms, audit: posts.audit, time: world.publishing.time)
            let plug = NewPlug(integrationId: world.careful, action: .repost, trigger: .minutes, amount: 30)
            try await refused(.forbidden) { try await plugs.create(plug, as: bob) }
        }
    }

    @Test("What repeats waits, and goes on only after an approval when it was paused", arguments: [TestDatabase.sqlite])
    func series(on kind: TestDatabase) async throws {
        try await with(kind, { [ApprovalRule(.users, on: $0.careful)] }) { world in
            let bob = try await world.member("Bob", .user)
            var draft = world.draft("daily", on: [world.careful])
            draft.recurrence = "FREQ=DAILY;COUNT=3"
            #expect(try await world.posts.create(draft, as: bob).status == .inReview)
            let own = try await world.posts.create(draft, as: world.owner)
            let series = try #require(own.seriesId)
            _ = try await world.posts.pause(series, as: bob)
            _ = try await world.posts.resume(series, as: bob)
            let page = try await world.posts.list(PostQuery(), as: bob)
            #expect(page.items.filter { $0.seriesId == series }.allSatisfy { $0.status == .inReview })
        }
    }

    @Test("Where those who approve need an approval, somebody else gives it, and only the owner changes that", arguments: TestDatabase.all)
    func fourEyes(on kind: TestDatabase) async throws {
        try await with(kind, { _ in [ApprovalRule(.admins)] }) { world in
            let (cyd, dan) = (try await world.member("Cyd", .admin), try await world.member("Dan", .admin))
            let post = try await world.plan("a", on: [world.free], as: cyd)
            #expect(post.status == .inReview)
            try await refused(.forbidden) { try await world.posts.approve(post.id, as: cyd) }
            try await refused(.forbidden) { try await world.posts.publishNow(post.id, as: cyd) }
            let changed = try await world.posts.update(post.id, PostChange(content: "b"), as: dan)
            #expect(changed.status == .inReview)
            try await refused(.forbidden) { try await world.posts.approve(post.id, as: dan) }
            #expect(try await world.posts.approve(post.id, as: cyd).status == .scheduled)
            #expect(try await world.plan("c", on: [world.free], as: world.owner).status == .scheduled)
            try await refused(.forbidden) { try await world.rules.replace(with: [], as: cyd) }
            #expect(try await world.rules.replace(with: [ApprovalRule(.admins), ApprovalRule(.users, on: world.free)], as: cyd).count == 2)
        }
    }

    @Test("Rules are changed by who manages the workspace, for its own channels", arguments: [TestDatabase.sqlite])
    func changing(on kind: TestDatabase) async throws {
        try await with(kind, { _ in [] }) { world in
            let bob = try await world.member("Bob", .user)
            try await refused(.forbidden) { try await world.rules.replace(with: [], as: bob) }
            try await refused(.unknownChannel) { try await world.rules.replace(with: [ApprovalRule(.users, on: IntegrationID())], as: world.owner) }
            try await refused(.validationFailed) {
                try await world.rules.replace(with: [ApprovalRule(.users, on: world.free, of: "Tea")], as: world.owner)
            }
            let twice = [ApprovalRule(.users, of: "Tea"), ApprovalRule(.users, of: " Tea ")]
            #expect(try await world.rules.replace(with: twice, as: world.owner) == [ApprovalRule(.users, of: "Tea")])
        }
    }
}
