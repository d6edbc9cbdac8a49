import Application
import Domain
import Foundation
import Logging
import Persistence
import TestSupport
import Testing

/// An outbox over a database of its own and a mail server in this process.
struct MailWorld: Sendable {
    let database: any Database
    let sink: SMTPSink
    let time: ManualTime
    let server: SMTPServer

    var mail: Mail { mail(through: server) }
    let administrator = Caller(
        organizationId: OrganizationID(), identity: .user(UserID(), session: SessionID()), role: .owner, instanceRole: .admin, origin: .web)

    func mail(through server: SMTPServer?) -> Mail {
        let secrets = SecretBox(encryptionKey: "a key for tests that is long enough")
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return Mail(server: server, database: database, secrets: secrets, time: time, logger: logger)
    }

    func outbox() async throws -> [MailRecord] { try await mail.outbox(as: administrator) }

    /// The bodies as they lie in the database.
    func bodies() async throws -> [Data] {
        try await database.read { try $0.query("SELECT body FROM mail_outbox").map { try $0.bytes("body") } }
    }

    static func with(_ kind: TestDatabase, _ body: (MailWorld) async throws -> Void) async throws {
        try await SMTPSink.with { sink in
            try await kind.withDatabase(schema) { database in
                let server = SMTPServer(
                    host: "127.0.0.1", port: sink.port, fromAddress: "postiz@example.org", fromName: "Postiz of Zoë")
                try await body(MailWorld(database: database, sink: sink, time: ManualTime(), server: server))
            }
        }
    }

    static let hello = MailMessage(to: "ada@example.com", subject: "Hello", text: "https://social.example.com/reset?token=abc")
}

@Suite struct MailTests {
    @Test(arguments: TestDatabase.all)
    func aQueuedMailReachesTheServerOnceAndItsTextIsForgotten(_ kind: TestDatabase) async throws {
        try await MailWorld.with(kind) { world in
            try await world.mail.queue(MailWorld.hello)
            #expect(try await world.outbox().map(\.status) == [.queued])
            #expect(try await world.mail.deliver(limit: 10) == 1)
            #expect(try await world.mail.deliver(limit: 10) == 0)

            let sent = try #require(world.sink.mails.first)
            #expect(world.sink.mails.count == 1)
            #expect(sent.recipients == ["<ada@example.com>"])
            #expect(sent.sender == "<postiz@example.org>")
            #expect(sent.text == MailWorld.hello.text + "\n")
            let record = try #require(try await world.outbox().first)
            #expect(record.status == .sent)
            #expect(record.sentAt == world.time.now)
            #expect(record.attempts == 1)
            #expect(try await world.bodies() == [Data()])
        }
    }

    @Test(arguments: TestDatabase.all)
    func textsOfWaitingMailsCannotBeReadInTheDatabase(_ kind: TestDatabase) async throws {
        try await MailWorld.with(kind) { world in
            try await world.mail.queue(MailWorld.hello)
            let body = try #require(try await world.bodies().first)
            #expect(!body.isEmpty)
            #expect(body.firstRange(of: Data("token".utf8)) == nil)
        }
    }

    @Test(arguments: TestDatabase.all)
    func aMailIsQueuedOnlyWhenItsTransactionCommits(_ kind: TestDatabase) async throws {
        struct ChangeOfMind: Error {}
        try await MailWorld.with(kind) { world in
            let mail = world.mail
            await #expect(throws: ChangeOfMind.self) {
                try await world.database.write { transaction in
                    try mail.queue(MailWorld.hello, in: transaction)
                    throw ChangeOfMind()
                }
            }
            let outbox = try await world.outbox()
            #expect(outbox.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.all)
    func aPassingRefusalIsTriedAgainLaterWithTheServersWords(_ kind: TestDatabase) async throws {
        try await MailWorld.with(kind) { world in
            world.sink.refuse("RCPT", with: "451 4.7.1 Greylisted, come back later")
            try await world.mail.queue(MailWorld.hello)
            try await world.mail.deliver(limit: 10)
            let waiting = try #require(try await world.outbox().first)
            #expect(waiting.status == .queued)
            #expect(waiting.lastError?.contains("Greylisted, come back later") == true)
            #expect(try await world.mail.deliver(limit: 10) == 0)

            world.sink.refuse("RCPT", with: nil)
            world.time.advance(by: .minutes(1))
            try await world.mail.deliver(limit: 10)
            let sent = try #require(try await world.outbox().first)
            #expect(sent.status == .sent)
            #expect(sent.lastError == nil)
            #expect(world.sink.mails.first?.text == MailWorld.hello.text + "\n")
        }
    }

    @Test(arguments: TestDatabase.all)
    func aFinalRefusalEndsTheMail(_ kind: TestDatabase) async throws {
        try await MailWorld.with(kind) { world in
            world.sink.refuse("RCPT", with: "550 5.1.1 No such user here")
            try await world.mail.queue(MailWorld.hello)
            try await world.mail.deliver(limit: 10)
            let record = try #require(try await world.outbox().first)
            #expect(record.status == .failed)
            #expect(
                record.lastError == "The server does not know this recipient: check the address. The server said: 550 5.1.1 No such user here")
            world.time.advance(by: .days(2))
            #expect(try await world.mail.deliver(limit: 10) == 0)
            #expect(try await world.bodies() == [Data()])
        }
    }

    @Test(arguments: TestDatabase.all)
    func aServerThatNeverAnswersIsGivenUpAfterADay(_ kind: TestDatabase) async throws {
        try await MailWorld.with(kind) { world in
            let closed = SMTPServer(host: "127.0.0.1", port: 1, fromAddress: "postiz@example.org", fromName: "Postiz")
            let mail = world.mail(through: closed)
            try await mail.queue(MailWorld.hello)
            let start = world.time.now
            while try await world.outbox().first?.status != .failed, world.time.now < start + .days(3) {
                try await mail.deliver(limit: 10)
                world.time.advance(by: .minutes(1))
            }
            #expect((Duration.hours(20)...Duration.days(1)).contains(world.time.now - start))
            let record = try #require(try await world.outbox().first)
            #expect((5...20).contains(record.attempts))
            // In our words alone: those of libcurl are for the log.
            #expect(record.lastError?.hasPrefix("Nothing takes connections there") == true && record.lastError?.hasSuffix("lets mail out.") == true)
        }
    }

    @Test(arguments: TestDatabase.all)
    func aMailWhoseSenderDiedIsSentByAnotherUnderTheSameMessageID(_ kind: TestDatabase) async throws {
        try await MailWorld.with(kind) { world in
            try await world.mail.queue(MailWorld.hello)
            let now = world.time.now
            let taken = try await world.database.write { try MailRepository.claimDue(at: now, until: now + .minutes(5), in: $0) }
            #expect(try await world.outbox().map(\.status) == [.sending])
            #expect(try await world.mail.deliver(limit: 10) == 0)
            world.time.advance(by: .minutes(5))
            #expect(try await world.mail.deliver(limit: 10) == 1)
            let id = try #require(taken?.id)
            #expect(world.sink.mails.first?.header("Message-ID") == "<\(id)@example.org>")
        }
    }

    @Test(arguments: TestDatabase.all)
    func severalWorkersSendEachMailOnce(_ kind: TestDatabase) async throws {
        try await MailWorld.with(kind) { world in
            for number in 1...8 {
                try await world.mail.queue(MailMessage(to: "ada@example.com", subject: "Number \(number)", text: "Hello"))
            }
            let mail = world.mail
            async let first = mail.deliver(limit: 8)
            async let second = mail.deliver(limit: 8)
            let sent = try await first + second
            #expect(sent == 8)
            #expect(Set(world.sink.mails.compactMap { $0.header("Subject") }).count == 8)
            #expect(world.sink.mails.count == 8)
        }
    }

    @Test(arguments: TestDatabase.all)
    func whereMailIsOffTheOutboxSaysSo(_ kind: TestDatabase) async throws {
        try await MailWorld.with(kind) { world in
            let off = world.mail(through: nil)
            #expect(!off.configured)
            try await off.queue(MailWorld.hello)
            #expect(try await off.deliver(limit: 10) == 0)
            let record = try #require(try await world.outbox().first)
            #expect(record.status == .failed)
            #expect(record.lastError?.contains("EMAIL_HOST") == true)
            #expect(try await world.bodies() == [Data()])
            #expect(try await problem { try await off.sendTest(to: "ada@example.com", as: world.administrator) } == .conflict)
        }
    }

    @Test(arguments: TestDatabase.all)
    func finishedMailsAreForgottenAfterAMonthAndWaitingOnesAreNot(_ kind: TestDatabase) async throws {
        try await MailWorld.with(kind) { world in
            try await world.mail.queue(MailWorld.hello)
            try await world.mail.deliver(limit: 1)
            try await world.mail.queue(MailMessage(to: "grace@example.com", subject: "Waiting", text: ""))
            world.time.advance(by: .days(31))
            try await world.mail.removeOld()
            #expect(try await world.outbox().map(\.subject) == ["Waiting"])
        }
    }
}
