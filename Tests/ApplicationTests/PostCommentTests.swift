import Domain
import Foundation
import Logging
import Persistence
import TestSupport
import Testing

@testable import Application

@Suite("Comments on posts, and reviews from mails", .timeLimit(.minutes(5)))
struct PostCommentTests {
    private struct World {
        let publishing: PublishingWorld
        let sink: SMTPSink
        let mail: Mail
        let comments: PostComments
        let reviews: ReviewMails
        let mailed: MailedReviews
        let accounts: Accounts

        var database: any Database { publishing.world.workspace.database }
        var posts: Posts { publishing.posts }

        func member(_ name: String, _ role: Role) async throws -> Caller {
            let (now, organization) = (publishing.time.now, publishing.world.workspace.organization)
            let user = User(
                id: UserID(at: now), email: "\(name.lowercased().split(separator: " ")[0])@example.org", name: name, role: .user,
                timeZone: "Europe/Berlin", locale: "en", createdAt: now)
            try await database.write {
                try UserRepository.insert(user, passwordHash: "", in: $0)
                try OrganizationRepository.insert(Membership(userId: user.id, organizationId: organization, role: role), at: now, in: $0)
            }
            return Caller(
                organizationId: organization, identity: .user(user.id, session: SessionID()), role: role, scopes: Set(Scope.allCases), origin: .web,
                timeZone: "Europe/Berlin", draftOnly: role.plansForReview(needsApproval: false))
        }

        func planned(_ text: String, by author: Caller) async throws -> PostView {
            try await posts.create(
                PostDraft(
                    content: text, platforms: [try await publishing.mastodon().text],
                    scheduledFor: (publishing.time.now + .hours(2)).description), as: author)
        }

        func mails() async throws -> [SMTPSink.Mail] {
            let before = sink.mails.count
            _ = try await reviews.queue(limit: 100)
            try await mail.deliver(limit: 20)
            return Array(sink.mails.dropFirst(before))
        }

        /// The last part of the address in a mail that leads to a decision.
        func token(in mail: SMTPSink.Mail) throws -> String {
            let match = try #require(mail.text.firstMatch(of: /https:\/\/postiz\.example\.com\/review\/([A-Za-z0-9._-]+)/))
            return String(match.output.1)
        }
    }

    private static let client = ClientInfo(address: "192.0.2.1", userAgent: "test")

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        try await SMTPSink.with { sink in
            try await PublishingWorld.with(kind) { publishing in
                let (database, time) = (publishing.world.workspace.database, publishing.time)
                let main = try #require(URL(string: "https://postiz.example.com"))
                let secrets = Secrets(jwtSecret: String(repeating: "j", count: 40), encryptionKey: String(repeating: "k", count: 40))
                let (links, audit) = (ReviewLinks(mainURL: main, secrets: secrets), AuditLog(database: database, time: time))
                let mail = Mail(
                    server: SMTPServer(host: "127.0.0.1", port: sink.port, fromAddress: "postiz@example.org", fromName: "Postiz"),
                    database: database, secrets: SecretBox(encryptionKey: "a key for tests that is long enough"),
                    links: UnsubscribeLinks(mainURL: main, secrets: secrets), time: time,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                let accounts = try AccountsFixture(database).accounts
                try await body(
                    World(
                        publishing: publishing, sink: sink, mail: mail,
                        comments: PostComments(
                            database: database, events: publishing.posts.events, audit: audit, mail: mail, mainURL: main, time: time),
                        reviews: ReviewMails(mainURL: main, database: database, mail: mail, links: links, time: time),
                        mailed: MailedReviews(
                            links: links, database: database, posts: publishing.posts, media: publishing.media, throttle: accounts.throttle,
                            time: time),
                        accounts: accounts))
            }
        }
    }

    @Test("Whom a comment names, and the author, are told; nobody of what they said themselves", arguments: TestDatabase.all)
    func comments(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (author, boss) = (try await world.member("Ada Example", .drafter), try await world.member("Bo Example", .admin))
            let looker = try await world.member("Cyd Example", .viewer)
            let post = try await world.planned("Harvest", by: author)
            _ = try await world.mails()
            let said = try await world.comments.add(NewPostComment(text: "  Nice, but ask @bo example first\n"), to: post.id, as: looker)
            #expect(said.text == "Nice, but ask @bo example first" && said.mentions == [boss.userId] && said.author == "Cyd Example")
            let mails = try await world.mails()
            #expect(Set(mails.flatMap(\.recipients)) == ["<ada@example.org>", "<bo@example.org>"])
            #expect(mails.allSatisfy { $0.text.contains("ask @bo example first") && $0.text.contains("posts/\(post.id)") })
            world.publishing.time.advance(by: .seconds(1))
            _ = try await world.comments.add(NewPostComment(text: "Mine, @ada"), to: post.id, as: author)
            #expect(try await world.mails().isEmpty)
            #expect(try await world.comments.list(of: post.id, as: looker).map(\.author) == ["Cyd Example", "Ada Example"])

            for text in ["", " \n ", "\u{200B}", String(repeating: "a", count: 2001)] {
                let refused = await #expect(throws: ProblemReport.self) {
                    _ = try await world.comments.add(NewPostComment(text: text), to: post.id, as: looker)
                }
                #expect(refused?.code == .validationFailed)
            }
            let foreign = await #expect(throws: ProblemReport.self) { try await world.comments.remove(said.id, of: post.id, as: author) }
            #expect(foreign?.code == .forbidden)
            try await world.comments.remove(said.id, of: post.id, as: boss)
            #expect(try await world.comments.list(of: post.id, as: author).count == 1)
        }
    }

    @Test("A post is approved from a mail, once, for what it said then", arguments: TestDatabase.all)
    func approving(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (author, boss) = (try await world.member("Ada", .drafter), try await world.member("Bo", .admin))
            let post = try await world.planned("First", by: author)
            let token = try world.token(in: try #require(try await world.mails().first))
            let review = try await world.mailed.look(token, from: Self.client)
            #expect(review.post.id == post.id && review.person.id == boss.userId)
            let approved = try await world.mailed.approve(token, from: Self.client)
            #expect(approved.status == .scheduled)
            let again = await #expect(throws: ProblemReport.self) { _ = try await world.mailed.look(token, from: Self.client) }
            let twice = await #expect(throws: ProblemReport.self) { _ = try await world.mailed.approve(token, from: Self.client) }
            #expect(again?.code == .conflict && twice?.code == .conflict)

            let second = try await world.planned("Second", by: author)
            let old = try world.token(in: try #require(try await world.mails().first { $0.recipients == ["<bo@example.org>"] }))
            _ = try await world.posts.update(second.id, PostChange(content: "Second, otherwise"), as: author)
            let changed = await #expect(throws: ProblemReport.self) { _ = try await world.mailed.approve(old, from: Self.client) }
            #expect(changed?.code == .conflict)
            #expect(try await world.posts.get(second.id, as: boss).status == .inReview)
        }
    }

    @Test("What is to change reaches the author with the post, by the mail and on its page", arguments: TestDatabase.all)
    func sendingBack(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let author = try await world.member("Ada", .drafter)
            let boss = try await world.member("Bo", .admin)
            let post = try await world.planned("First", by: author)
            let token = try world.token(in: try #require(try await world.mails().first))
            let back = try await world.mailed.sendBack(token, note: "Say when, please", from: Self.client)
            #expect(back.status == .draft)
            let mail = try #require(try await world.mails().first)
            #expect(mail.recipients == ["<ada@example.org>"] && mail.text.contains("\"Say when, please\""))
            let said = try await world.comments.list(of: post.id, as: author)
            #expect(said.map(\.kind) == [.sentBack] && said.map(\.authorId) == [boss.userId])
        }
    }

    @Test("Each post of a series that comes to review is told, also by a change of the whole", arguments: TestDatabase.all)
    func series(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (author, boss) = (try await world.member("Ada", .drafter), try await world.member("Bo", .admin))
            let channel = try await world.publishing.mastodon()
            let start = (world.publishing.time.now + .hours(2)).description
            let draft = PostDraft(content: "Weekly", platforms: [channel.text], scheduledFor: start, recurrence: "FREQ=WEEKLY;COUNT=3")
            let first = try await world.posts.create(draft, as: author)
            let asked = try #require(try await world.mails().first)
            #expect(asked.document.contains("Subject: 3 posts wait for your approval"))

            let back = try await world.posts.sendBack(first.id, note: "Not each week", as: boss)
            #expect(back.status == .draft)
            #expect(try await world.comments.list(of: first.id, as: author).map(\.text) == ["Not each week"])
            #expect(try #require(try await world.mails().first).text.contains("Not each week"))
            _ = try await world.posts.update(
                first.id, PostChange(content: "Each week, though", status: .scheduled, recurrence: "FREQ=WEEKLY;COUNT=3"), scope: .all, as: author)
            #expect(try await world.mails().flatMap(\.recipients) == ["<bo@example.org>"])
        }
    }

    @Test("A link opens nothing when it is changed, over, for a post elsewhere, or of somebody who may not approve", arguments: TestDatabase.all)
    func refused(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (author, boss) = (try await world.member("Ada", .drafter), try await world.member("Bo", .admin))
            let post = try await world.planned("First", by: author)
            let token = try world.token(in: try #require(try await world.mails().first))
            let parts = token.split(separator: ".").map(String.init)
            for index in parts.indices {
                var changed = parts
                // Its end may hold bits that mean nothing.
                changed[index] = (changed[index].first == "0" ? "1" : "0") + changed[index].dropFirst()
                let refused = await #expect(throws: ProblemReport.self) {
                    _ = try await world.mailed.look(changed.joined(separator: "."), from: Self.client)
                }
                #expect(refused?.code == .notFound)
            }
            let organization = author.organizationId
            try await world.database.write { transaction in
                _ = try TeamRepository.setRole(try #require(boss.userId), of: organization, from: .admin, to: .user, in: transaction)
            }
            let demoted = await #expect(throws: ProblemReport.self) { _ = try await world.mailed.approve(token, from: Self.client) }
            #expect(demoted?.code == .conflict)
            try await world.database.write { transaction in
                _ = try TeamRepository.setRole(try #require(boss.userId), of: organization, from: .user, to: .admin, in: transaction)
            }
            world.publishing.time.advance(by: .days(8))
            let late = await #expect(throws: ProblemReport.self) { _ = try await world.mailed.look(token, from: Self.client) }
            #expect(late?.code == .conflict)
            #expect(try await world.posts.get(post.id, as: author).status == .inReview)
        }
    }

    @Test("Of two names that fit the longer one is meant, and an address names nobody")
    func names() {
        let (ada, other) = (UserID(), UserID())
        let members = [(id: ada, names: ["Ada", "ada"]), (id: other, names: ["Ada Example", "ada.e"])]
        #expect(PostComment.mentions(in: "@Ada Example and @ADA, @Adam, x@ada", of: members) == [other, ada])
        #expect(PostComment.mentions(in: "write to bo@ada.example", of: members).isEmpty)
        #expect(PostComment.mentions(in: "@", of: members).isEmpty)
    }
}
