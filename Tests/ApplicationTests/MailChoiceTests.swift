import Domain
import Foundation
import Logging
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

@Suite("Mails that people choose", .timeLimit(.minutes(5)))
struct MailChoiceTests {
    private struct World {
        let publishing: PublishingWorld
        let sink: SMTPSink
        let mail: Mail
        let links: UnsubscribeLinks
        let reviews: ReviewMails
        let weekly: WeeklyMails
        let stopping: Unsubscribing
        let accounts: Accounts

        var database: any Database { publishing.world.workspace.database }
        var time: ManualTime { publishing.time }

        /// What goes out, told by two processes at the same moment.
        func sent(_ queue: @escaping @Sendable () async throws -> Int) async throws -> [SMTPSink.Mail] {
            let before = sink.mails.count
            async let first = queue()
            async let second = queue()
            _ = try await (first, second)
            try await mail.deliver(limit: 20)
            return Array(sink.mails.dropFirst(before))
        }

        func reviewMails() async throws -> [SMTPSink.Mail] { try await sent { [reviews] in try await reviews.queue(limit: 100) } }
        func weeklyMails() async throws -> [SMTPSink.Mail] { try await sent { [weekly] in try await weekly.queue(limit: 100) } }

        func member(_ name: String, _ role: Role, zone: String = "Europe/Berlin") async throws -> Caller {
            let (now, organization) = (time.now, publishing.world.workspace.organization)
            let user = User(
                id: UserID(at: now), email: "\(name)@example.com", name: name, role: .user, timeZone: zone, locale: "en", createdAt: now)
            try await database.write {
                try UserRepository.insert(user, passwordHash: "", in: $0)
                try OrganizationRepository.insert(Membership(userId: user.id, organizationId: organization, role: role), at: now, in: $0)
            }
            return Caller(
                organizationId: organization, identity: .user(user.id, session: SessionID()), role: role, instanceRole: .user,
                scopes: Set(Scope.allCases), origin: .web, timeZone: zone, draftOnly: role.plansForReview(needsApproval: false))
        }
    }

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        try await SMTPSink.with { sink in
            try await PublishingWorld.with(kind) { publishing in
                let (workspace, time) = (publishing.world.workspace, publishing.time)
                let main = try #require(URL(string: "https://postiz.example.com"))
                let links = UnsubscribeLinks(
                    mainURL: main, secrets: Secrets(jwtSecret: String(repeating: "j", count: 40), encryptionKey: String(repeating: "k", count: 40)))
                let mail = Mail(
                    server: SMTPServer(host: "127.0.0.1", port: sink.port, fromAddress: "postiz@example.org", fromName: "Postiz"),
                    database: workspace.database, secrets: SecretBox(encryptionKey: "a key for tests that is long enough"), links: links,
                    time: time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                let analytics = Analytics(
                    database: workspace.database, channels: publishing.world.channels, platforms: publishing.world.platforms, time: time)
                try await body(
                    World(
                        publishing: publishing, sink: sink, mail: mail, links: links,
                        reviews: ReviewMails(
                            mainURL: main, database: workspace.database, mail: mail,
                            links: ReviewLinks(
                                mainURL: main,
                                secrets: Secrets(jwtSecret: String(repeating: "j", count: 40), encryptionKey: String(repeating: "k", count: 40))),
                            time: time),
                        weekly: WeeklyMails(mainURL: main, database: workspace.database, analytics: analytics, mail: mail, time: time),
                        stopping: Unsubscribing(
                            links: links, database: workspace.database, audit: AuditLog(database: workspace.database, time: time)),
                        accounts: try AccountsFixture(workspace.database).accounts))
            }
        }
    }

    @Test("Who approves is told that something waits, the author what was decided, each once and not of their own deeds", arguments: TestDatabase.all)
    func reviews(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (boss, author) = (try await world.member("boss", .admin), try await world.member("author", .drafter))
            _ = try await world.member("viewer", .viewer)
            let posts = world.publishing.posts
            let channel = try await world.publishing.mastodon()
            func plan(_ text: String) async throws -> PostView {
                try await posts.create(
                    PostDraft(content: text, platforms: [channel.text], scheduledFor: (world.time.now + .hours(2)).description), as: author)
            }
            let (first, second) = (try await plan("First"), try await plan("Second"))
            #expect(first.status == .inReview)
            let waiting = try await world.reviewMails()
            #expect(waiting.flatMap(\.recipients) == ["<boss@example.com>"])
            #expect(waiting[0].document.contains("Subject: 2 posts wait for your approval"))
            for words in ["First", "/review/", second.id.text, "This address ends those of this kind:"] {
                #expect(waiting[0].text.contains(words), "\(words)")
            }
            #expect(waiting[0].document.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"))
            #expect(waiting[0].document.contains("\r\nList-Unsubscribe: <https://postiz.example.com/mails/stop/"))
            #expect(try await world.reviewMails().isEmpty)

            _ = try await posts.approve(first.id, as: boss)
            _ = try await posts.update(second.id, PostChange(status: .draft), as: boss)
            let decided = try await world.reviewMails()
            #expect(decided.flatMap(\.recipients) == ["<author@example.com>"])
            #expect(decided[0].text.contains("These were approved:") && decided[0].text.contains("These were sent back to you as drafts:"))

            // Who takes their own back, or approves before anybody was told, needs no mail.
            let third = try await plan("Third")
            _ = try await posts.update(third.id, PostChange(status: .draft), as: author)
            #expect(try await world.reviewMails().isEmpty)

            _ = try await world.accounts.choose(MailChoicesChange(reviews: false), as: boss)
            _ = try await plan("Fourth")
            #expect(try await world.reviewMails().isEmpty)
        }
    }

    @Test("A post without a time that is approved is not said to be sent back", arguments: TestDatabase.all)
    func approvedAsDraft(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (boss, author) = (try await world.member("boss", .admin), try await world.member("author", .drafter))
            let channel = try await world.publishing.mastodon()
            let post = try await world.publishing.posts.create(
                PostDraft(content: "Idea", platforms: [channel.text], status: .inReview), as: author)
            _ = try await world.publishing.posts.approve(post.id, as: boss)
            let mails = try await world.reviewMails().filter { $0.recipients == ["<author@example.com>"] }
            #expect(mails.count == 1 && mails[0].text.contains("These were approved:"))
        }
    }

    @Test("The weekly mail comes on Monday at eight by the person's clocks, once, and only where it is wanted", arguments: TestDatabase.all)
    func weekly(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (berlin, _) = (try await world.member("berlin", .user), try await world.member("other", .user))
            let channel = try await world.publishing.mastodon()
            #expect(try await world.accounts.mailChoices(as: berlin).weekly == false)
            #expect(try await world.accounts.choose(MailChoicesChange(weekly: true), as: berlin).weekly)
            #expect(try await world.weeklyMails().isEmpty)
            let monday = WeeklyMails.next(after: world.time.now, in: "Europe/Berlin")
            let zone = try #require(ZoneData.inForce.zone(named: "Europe/Berlin"))
            #expect(WallTime(monday, in: zone).weekday == 1 && WallTime(monday, in: zone).minuteText.contains("08:00"))
            world.time.advance(by: monday - world.time.now - .minutes(1))
            _ = try await world.publishing.schedule(["Planned tea"], on: [channel], in: .days(2))
            #expect(try await world.weeklyMails().isEmpty)
            let brought = try await world.publishing.world.workspace.addPost(
                on: [channel], status: .published, publications: .published, publishedAt: world.time.now - .days(1))
            try await world.database.write { _ = try $0.execute("UPDATE publications SET elsewhere = TRUE WHERE post_id = $1", brought) }
            world.time.advance(by: .minutes(2))
            let mails = try await world.weeklyMails()
            #expect(mails.flatMap(\.recipients) == ["<berlin@example.com>"])
            for words in ["Nothing went out in the last seven days.", "Planned for the next seven days:", "Planned tea"] {
                #expect(mails[0].text.contains(words), "\(words): \(mails[0].text)")
            }
            #expect(mails[0].document.contains("Subject: Your week in posts") && mails[0].document.contains("List-Unsubscribe: <"))
            #expect(try await world.weeklyMails().isEmpty)
            world.time.advance(by: .days(7))
            #expect(try await world.weeklyMails().count == 1)
            // Of a Monday on which nothing ran nobody hears on Thursday.
            world.time.advance(by: .days(10))
            #expect(try await world.weeklyMails().isEmpty)
        }
    }

    @Test("A mail's address ends its kind for its reader and nothing else, and cannot be made up", arguments: TestDatabase.all)
    func stopping(on kind: TestDatabase) async throws {
        try await with(kind) { world in
            let (ada, bo) = (try await world.member("one", .admin), try await world.member("two", .admin))
            let user = try #require(ada.userId)
            let token = world.links.address(of: MailSubscription(user: user, topic: .reviews)).lastPathComponent
            #expect(try world.stopping.topic(of: token) == .reviews)
            #expect(try await world.accounts.mailChoices(as: ada).reviews)
            #expect(try await world.stopping.stop(token) == .reviews)
            #expect(try await world.stopping.stop(token) == .reviews)
            let choices = try await world.accounts.mailChoices(as: ada)
            #expect(!choices.reviews && choices.failures && choices.connections)
            #expect(try await world.accounts.mailChoices(as: bo).reviews)
            let other = token.replacing("reviews", with: "failures")
            for forged in [other, String(token.dropLast()), "\(user).reviews.", "\(user).reviews", "", "a.b.c", token + ".x"] {
                try await refused(.notFound) { try await world.stopping.stop(forged) }
            }
            #expect(try await world.accounts.mailChoices(as: ada).failures)
        }
    }
}
