import Domain
import Foundation
import Logging
import Persistence
import Platforms
import TestSupport
import Testing

@testable import Application

@Suite("Mails of posts that did not go out")
struct FailureMailTests {
    private struct World {
        let world: ConnectedWorld
        let sink: SMTPSink
        let mail: Mail
        let failures: FailureMails
        let channel: IntegrationID

        /// Tells as two processes would that do so at the same moment; gives of how many failures, and the mails that went out.
        func tell() async throws -> (failures: Int, mails: [SMTPSink.Mail]) {
            let before = sink.mails.count
            async let first = failures.queue(limit: 100)
            async let second = failures.queue(limit: 100)
            let told = try await first + second
            try await mail.deliver(limit: 10)
            return (told, Array(sink.mails.dropFirst(before)))
        }

        /// A post that failed at this moment.
        func fail(_ error: String, status: PublicationStatus = .failed, lookedUpAgain: Timestamp? = nil) async throws -> PostID {
            let post = try await world.workspace.addPost(on: [channel], status: .failed, publications: status)
            try await world.workspace.database.write {
                try $0.execute("UPDATE publications SET error_message = $2, next_attempt_at = $3 WHERE post_id = $1", post, error, lookedUpAgain)
            }
            return post
        }

        func member(_ name: String, _ role: Role) async throws -> Caller {
            let now = world.workspace.time.now
            let user = User(
                id: UserID(at: now), email: "\(name)@example.com", name: name, role: .user, timeZone: "Europe/Berlin", locale: "de", createdAt: now)
            let organization = world.workspace.organization
            try await world.workspace.database.write {
                try UserRepository.insert(user, passwordHash: "", in: $0)
                try OrganizationRepository.insert(Membership(userId: user.id, organizationId: organization, role: role), at: now, in: $0)
            }
            return Caller(
                organizationId: organization, identity: .user(user.id, session: SessionID()), role: role, instanceRole: .user, origin: .web)
        }
    }

    private func with(_ kind: TestDatabase, _ body: (World) async throws -> Void) async throws {
        try await SMTPSink.with { sink in
            try await ConnectedWorld.with(kind) { world in
                let workspace = world.workspace
                let (organization, user, now) = (workspace.organization, workspace.user, workspace.time.now)
                try await workspace.database.write {
                    try OrganizationRepository.insert(Membership(userId: user, organizationId: organization, role: .user), at: now, in: $0)
                }
                let mail = Mail(
                    server: SMTPServer(host: "127.0.0.1", port: sink.port, fromAddress: "postiz@example.org", fromName: "Postiz"),
                    database: workspace.database, secrets: SecretBox(encryptionKey: "a key for tests that is long enough"), time: workspace.time,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                let failures = FailureMails(
                    mainURL: try #require(URL(string: "https://postiz.example.com")), database: workspace.database, platforms: world.platforms,
                    mail: mail, time: workspace.time)
                let channel = try await world.connect("mastodon", as: "ada").id
                try await body(World(world: world, sink: sink, mail: mail, failures: failures, channel: channel))
            }
        }
    }

    @Test("the author and the administrators are told, each once, of all that failed together", arguments: TestDatabase.all)
    func told(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            _ = try await world.member("boss", .admin)
            _ = try await world.member("colleague", .user)
            #expect(try await world.tell().failures == 0)
            let (first, second) = (try await world.fail("The account is blocked."), try await world.fail("The text is too long."))
            let told = try await world.tell()
            #expect(told.failures == 2)
            #expect(Set(told.mails.flatMap(\.recipients)) == ["<ada@example.com>", "<boss@example.com>"] && told.mails.count == 2)
            for mail in told.mails {
                for words in ["posts/\(first)", "posts/\(second)", "The account is blocked.", "The text is too long."] {
                    #expect(mail.text.contains(words))
                }
            }
            #expect(try await world.tell().failures == 0)

            // Tried again, and failed again.
            world.world.workspace.time.advance(by: .minutes(10))
            let now = world.world.workspace.time.now
            try await world.world.workspace.database.write {
                try $0.execute("UPDATE publications SET updated_at = $2 WHERE post_id = $1", first, now)
            }
            #expect(try await world.tell().failures == 1)

            // Stamped by a machine whose clock is ahead: once all the same.
            let ahead = now + .seconds(30)
            try await world.world.workspace.database.write {
                try $0.execute("UPDATE publications SET updated_at = $2 WHERE post_id = $1", first, ahead)
            }
            #expect(try await world.tell().failures == 1)
            #expect(try await world.tell().failures == 0)
        }
    }

    @Test("what is still looked up, what was deleted and what is long ago is not told; who wants none gets none", arguments: TestDatabase.all)
    func silent(_ kind: TestDatabase) async throws {
        try await with(kind) { world in
            let boss = try await world.member("boss", .admin)
            let time = world.world.workspace.time
            _ = try await world.fail("Lost", status: .unconfirmed, lookedUpAgain: time.now + .minutes(1))
            let deleted = try await world.fail("Deleted")
            let now = time.now
            try await world.world.workspace.database.write { try $0.execute("UPDATE posts SET deleted_at = $2 WHERE id = $1", deleted, now) }
            #expect(try await world.tell().failures == 0)
            _ = try await world.fail("Yesterday")
            time.advance(by: .hours(25))
            #expect(try await world.tell().failures == 0)

            let accounts = try AccountsFixture(world.world.workspace.database).accounts
            #expect(try await accounts.mailChoices(as: boss).failures)
            #expect(try await !accounts.choose(MailChoicesChange(failures: false), as: boss).failures)
            _ = try await world.fail("In doubt", status: .unconfirmed)
            #expect(try await world.tell().mails.flatMap(\.recipients) == ["<ada@example.com>"])
        }
    }
}
