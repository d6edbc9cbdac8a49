import Domain
import Foundation
import Logging
import Messaging
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("Clients by their links", .timeLimit(.minutes(5)))
struct PortalTests {
    private static let client = ClientInfo(address: "192.0.2.1", userAgent: "test")
    private static let main = "https://postiz.example.com"

    private struct World {
        let publishing: PublishingWorld
        let links: PortalLinks
        let portal: Portal
        let comments: PostComments
        let tea: IntegrationID
        let coal: IntegrationID

        var posts: Posts { publishing.posts }
        var owner: Caller { publishing.person }
        var database: any Database { publishing.world.workspace.database }
        var time: ManualTime { publishing.time }

        func plan(_ text: String, on channels: [IntegrationID], status: DraftStatus? = .inReview, in hours: Int64 = 2) async throws -> PostView {
            try await posts.create(
                PostDraft(
                    content: text, platforms: channels.map(\.text), scheduledFor: (time.now + .hours(hours)).description, status: status), as: owner)
        }

        /// Somebody at the customer who opened a new link.
        func visitor(
            of customer: String = "Tea & Co", mayApprove: Bool = true, days: Int? = nil
        ) async throws -> (PortalVisit, id: String, secret: String) {
            let made = try await links.make(NewPortalLink(customer: customer, person: "Mo", mayApprove: mayApprove, days: days), as: owner)
            let parts = made.url.split(separator: "/").map(String.init)
            let (id, secret) = (parts[parts.count - 3], parts[parts.count - 1])
            return (try await portal.visit(id, secret: secret, from: PortalTests.client), id, secret)
        }

        func seen(_ visit: PortalVisit) async throws -> [String] {
            try await portal.list(from: time.now - .days(30), to: time.now + .days(30), visit).map { $0.channels[0].parts[0].text }.sorted()
        }
    }

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        try await PublishingWorld.with(kind) { publishing in
            let (database, time) = (publishing.world.workspace.database, publishing.time)
            let main = try #require(URL(string: Self.main))
            let secrets = Secrets(jwtSecret: String(repeating: "j", count: 40), encryptionKey: String(repeating: "k", count: 40))
            let audit = AuditLog(database: database, time: time)
            let mail = Mail(
                server: nil, database: database, secrets: secrets.box, time: time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let comments = PostComments(
                database: database, events: publishing.posts.events, audit: audit, mail: mail, mainURL: main, time: time)
            let world = World(
                publishing: publishing, links: PortalLinks(mainURL: main, database: database, audit: audit, time: time),
                portal: Portal(
                    database: database, posts: publishing.posts, media: publishing.media, comments: comments, audit: audit,
                    rates: LocalRateLimiter(time: time), secrets: secrets, time: time),
                comments: comments, tea: try await publishing.mastodon(), coal: try await publishing.mastodon(as: "grace"))
            let channels = publishing.world.channels
            _ = try await channels.update(world.tea, ChannelChange(customer: "Tea & Co"), as: world.owner)
            _ = try await channels.update(world.coal, ChannelChange(customer: "Coal Ltd"), as: world.owner)
            try await body(world)
        }
    }

    @Test("A client sees what is planned on their customer's channels: no drafts, nothing of others, no others' words", arguments: TestDatabase.all)
    func seeing(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let mine = try await world.plan("Tea", on: [world.tea])
            _ = try await world.plan("Green tea", on: [world.tea], status: .scheduled)
            let draft = try await world.plan("Draft", on: [world.tea], status: .draft)
            let other = try await world.plan("Coal", on: [world.coal])
            var both = PostDraft(
                content: "For coal", platforms: [world.tea.text, world.coal.text], scheduledFor: (world.time.now + .hours(4)).description,
                status: .inReview)
            both.versions = [world.tea.text: [PartDraft(text: "For tea")]]
            let shared = try await world.posts.create(both, as: world.owner)
            let (visit, _, _) = try await world.visitor()
            #expect(try await world.seen(visit) == ["For tea", "Green tea", "Tea"])
            #expect(try await world.portal.waiting(visit).map(\.id) == [mine.id, shared.id])
            let page = try await world.portal.page(shared.id, visit)
            #expect(page.post.channels.count == 1 && page.post.goesElsewhere && !page.post.mayDecide)
            for id in [draft.id, other.id, PostID()] { try await refused(.notFound) { try await world.portal.page(id, visit) } }
            try await refused(.forbidden) { try await world.portal.approve(shared.id, revision: shared.revision, token: page.token, visit) }
            for id in [draft.id, other.id] {
                try await refused(.csrf) { try await world.portal.approve(id, revision: 1, token: page.token, visit) }
            }
        }
    }

    @Test("A client approves what they looked at, and sends back with what is to change", arguments: TestDatabase.all)
    func deciding(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (visit, _, _) = try await world.visitor()
            let post = try await world.plan("Tea", on: [world.tea])
            let token = try await world.portal.page(post.id, visit).token
            try await refused(.conflict) { try await world.portal.approve(post.id, revision: nil, token: token, visit) }
            try await refused(.csrf) { try await world.portal.approve(post.id, revision: post.revision, token: "", visit) }
            let changed = try await world.posts.update(post.id, PostChange(content: "Black tea"), as: world.owner)
            try await refused(.conflict) { try await world.portal.approve(post.id, revision: post.revision, token: token, visit) }
            try await world.portal.approve(post.id, revision: changed.revision, token: token, visit)
            #expect(try await world.posts.get(post.id, as: world.owner).status == .scheduled)
            try await refused(.conflict) { try await world.portal.approve(post.id, revision: changed.revision + 1, token: token, visit) }

            let second = try await world.plan("Mint", on: [world.tea])
            let again = try await world.portal.page(second.id, visit).token
            try await world.portal.sendBack(second.id, note: "No mint, please", revision: second.revision, token: again, visit)
            let said = try await world.comments.list(of: second.id, as: world.owner)
            #expect(said.map(\.author) == ["Mo"] && said[0].byClient && said[0].kind == .sentBack && said[0].customer == "Tea & Co")
            #expect(try await world.posts.get(second.id, as: world.owner).status == .draft)
            let log = try await world.posts.audit.list(as: world.owner, action: "portal.", limit: 10, before: nil)
            #expect(Set(log.map(\.action)) == ["portal.sent-back", "portal.approved"] && log.allSatisfy { $0.who == "Mo by a link for clients" })

            let (looker, _, _) = try await world.visitor(mayApprove: false)
            let third = try await world.plan("Oolong", on: [world.tea])
            let shown = try await world.portal.page(third.id, looker)
            #expect(!shown.post.mayDecide)
            try await refused(.forbidden) { try await world.portal.approve(third.id, revision: third.revision, token: shown.token, looker) }
        }
    }

    @Test("Clients see of comments what is meant for them, and what their own say", arguments: TestDatabase.all)
    func comments(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let post = try await world.plan("Tea", on: [world.tea, world.coal])
            let (visit, _, _) = try await world.visitor()
            let (other, _, _) = try await world.visitor(of: "Coal Ltd")
            _ = try await world.comments.add(NewPostComment(text: "They will hate it"), to: post.id, as: world.owner)
            _ = try await world.comments.add(NewPostComment(text: "What do you say?", customer: "Tea & Co"), to: post.id, as: world.owner)
            try await refused(.notFound) {
                try await world.comments.add(NewPostComment(text: "Whose?", customer: "Nobody"), to: post.id, as: world.owner)
            }
            let page = try await world.portal.page(post.id, visit)
            #expect(page.comments.map(\.text) == ["What do you say?"])
            world.time.advance(by: .seconds(1))
            try await world.portal.say("<b>Fine</b>", about: post.id, token: page.token, visit)
            #expect(try await world.portal.page(post.id, visit).comments.map(\.text) == ["What do you say?", "<b>Fine</b>"])
            #expect(try await world.portal.page(post.id, other).comments.isEmpty)
            #expect(try await world.comments.list(of: post.id, as: world.owner).count == 3)
            let elsewhere = try await world.portal.page(post.id, other).token
            try await refused(.csrf) { try await world.portal.say("Hm", about: post.id, token: elsewhere, visit) }
            try await refused(.validationFailed) { try await world.portal.say(" ", about: post.id, token: page.token, visit) }
        }
    }

    @Test("A link opens until it ends or is revoked, for nobody who guesses, never where a second factor is asked for", arguments: TestDatabase.all)
    func opening(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (visit, id, secret) = try await world.visitor(days: 1)
            let (_, otherId, otherSecret) = try await world.visitor()
            func open(_ id: String?, _ secret: String?) async throws { _ = try await world.portal.visit(id, secret: secret, from: Self.client) }
            for (id, secret) in [(id, otherSecret), (otherId, secret), (id, ""), ("x", secret), (PortalLinkID().text, secret)] {
                try await refused(.notFound) { try await open(id, secret) }
            }
            try await refused(.notFound) { try await open(id, nil) }
            try await open(id, secret)
            #expect(try await world.links.list(as: world.owner).last?.lastUsedAt == world.time.now)
            let stored = try await world.database.read { try $0.query("SELECT hash FROM portal_links").map { try $0.text("hash") } }
            #expect(stored.count == 2 && !stored.contains(secret), "the secret is stored as a hash")
            world.time.advance(by: .days(1))
            try await refused(.notFound) { try await open(id, secret) }
            #expect(try await world.seen(visit).isEmpty)
            try await world.links.revoke(try #require(PortalLinkID(otherId)), as: world.owner)
            try await refused(.notFound) { try await open(otherId, otherSecret) }
            try await refused(.notFound) { try await world.links.revoke(try #require(PortalLinkID(otherId)), as: world.owner) }
            var codes: [ProblemReport.Code?] = []
            for _ in 0..<60 {
                codes.append(await #expect(throws: ProblemReport.self) { try await open(id, String(repeating: "a", count: 43)) }?.code)
            }
            #expect(codes.last == .rateLimited)

            let (_, third, key) = try await world.visitor()
            try await world.database.write { try $0.execute("UPDATE organizations SET needs_second_factor = TRUE") }
            try await refused(.forbidden) { try await open(third, key) }
            try await refused(.conflict) { try await world.links.make(NewPortalLink(customer: "Tea & Co", person: "Mo"), as: world.owner) }
        }
    }

    @Test("Links are made by who manages the workspace, for customers it has", arguments: [TestDatabase.sqlite])
    func making(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            try await refused(.notFound) { try await world.links.make(NewPortalLink(customer: "Nobody", person: "Mo"), as: world.owner) }
            for new in [NewPortalLink(customer: "Tea & Co", person: " "), NewPortalLink(customer: "Tea & Co", person: "Mo", days: 0)] {
                try await refused(.validationFailed) { try await world.links.make(new, as: world.owner) }
            }
            let member = Caller(
                organizationId: world.owner.organizationId, identity: .user(UserID(), session: SessionID()), role: .user, origin: .web)
            try await refused(.forbidden) { try await world.links.list(as: member) }
            let made = try await world.links.make(NewPortalLink(customer: "Tea & Co", person: "Mo"), as: world.owner).link
            #expect(made.expiresAt == world.time.now + .days(90) && !made.mayApprove)
            let stranger = Caller(organizationId: OrganizationID(), identity: .system, role: .owner, origin: .web)
            try await refused(.notFound) { try await world.links.revoke(made.id, as: stranger) }
            #expect(try await world.links.list(as: stranger).isEmpty)
        }
    }
}
