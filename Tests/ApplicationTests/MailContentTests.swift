import Application
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct MailContentTests {
    @Test(arguments: [
        "Hello", "Zażółć gęślą jaźń – 日本語のテスト 🇺🇦👩‍👩‍👧", "=?utf-8?B?not encoded?=", "a = b, \"c\" <d@example.org>",
        String(repeating: "long ", count: 60), String(repeating: "ü", count: 300), "",
    ])
    func subjectsArriveAsTheyWereWritten(_ subject: String) async throws {
        try await MailWorld.with(.sqlite) { world in
            let sent = try await send(MailMessage(to: "ada@example.com", subject: subject, text: "Hello"), in: world)
            #expect(sent.header("Subject") == subject)
        }
    }

    @Test(arguments: [
        "One line", "Two\nlines\n\nand a gap", ".\n..\nA dot must not end the mail\n.", "Ünïcödé 日本 👩‍👩‍👧 = 3",
        "blank at the end \nand tab\t\nFrom me",
        String(repeating: "no blanks in here", count: 200), "https://social.example.com/reset?token=_-=&a=b",
    ])
    func textsArriveAsTheyWereWritten(_ text: String) async throws {
        try await MailWorld.with(.sqlite) { world in
            let sent = try await send(MailMessage(to: "ada@example.com", subject: "Hello", text: text), in: world)
            #expect(sent.text == text + "\n")
            #expect(sent.document.utf8.allSatisfy { $0 < 128 })
            #expect(sent.document.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 76 })
        }
    }

    @Test(arguments: [
        "Hello\r\nBcc: eve@example.org", "Hello\nBcc: eve@example.org", "Hello\r\n\r\nBcc: eve@example.org", "Hello\u{2028}Bcc: eve",
    ])
    func noSubjectAddsAHeader(_ subject: String) async throws {
        try await MailWorld.with(.sqlite) { world in
            let sent = try await send(MailMessage(to: "ada@example.com", subject: subject, text: "Hello"), in: world)
            let names = sent.headerLines.map { $0.prefix { $0 != ":" } }
            #expect(
                names == [
                    "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
                    "Content-Transfer-Encoding",
                ])
        }
    }

    @Test func headersSayWhoWroteWhen() async throws {
        try await MailWorld.with(.sqlite) { world in
            let sent = try await send(MailWorld.hello, in: world)
            #expect(sent.header("From") == "Postiz of Zoë <postiz@example.org>")
            #expect(sent.header("To") == "<ada@example.com>")
            // The manual clock's start: 2026-11-23, 12:00 UTC.
            #expect(sent.header("Date") == "Mon, 23 Nov 2026 12:00:00 +0000")
        }
    }

    @Test(arguments: [
        "", "ada", "ada@", "@example.com", "ada@example.com\r\nRCPT TO:<eve@example.org>", "ada@example.com> <eve@example.org",
        "ada@example.com, eve@example.org", "ada b@example.com",
    ])
    func whatIsNoAddressIsRefused(_ recipient: String) async throws {
        try await MailWorld.with(.sqlite) { world in
            let message = MailMessage(to: recipient, subject: "Hello", text: "Hello")
            let code = try await problem { try await world.mail.queue(message) }
            #expect(code == .validationFailed)
            #expect(try await world.outbox().isEmpty)
        }
    }

    private func send(_ message: MailMessage, in world: MailWorld) async throws -> SMTPSink.Mail {
        try await world.mail.queue(message)
        try await world.mail.deliver(limit: 1)
        return try #require(world.sink.mails.first)
    }
}

@Suite struct MailServerTests {
    @Test func anAccountIsUsedToSignIn() async throws {
        try await MailWorld.with(.sqlite) { world in
            let mail = world.mail(through: account(at: "127.0.0.1", world))
            try await mail.queue(MailWorld.hello)
            try await mail.deliver(limit: 1)
            let proof = Data("\0postiz\0secret words".utf8).base64EncodedString()
            #expect(world.sink.commands.contains(proof))
            #expect(world.sink.mails.count == 1)
        }
    }

    @Test func aRefusedAccountIsTriedAgainUntilTheOperatorMendsIt() async throws {
        try await MailWorld.with(.sqlite) { world in
            world.sink.refuse("AUTH", with: "535 5.7.8 Wrong password")
            let mail = world.mail(through: account(at: "127.0.0.1", world))
            try await mail.queue(MailWorld.hello)
            try await mail.deliver(limit: 1)
            let record = try #require(try await world.outbox().first)
            #expect(record.status == .queued)
            #expect(record.lastError?.contains("Wrong password") == true && record.lastError?.contains("EMAIL_USER and EMAIL_PASS") == true)
            #expect(record.lastError?.contains("secret words") == false)
        }
    }

    /// On Linux 0.0.0.0 leads to this machine, but does not look like it.
    @Test func aPasswordDoesNotCrossANetworkUnencrypted() async throws {
        try await MailWorld.with(.sqlite) { world in
            let mail = world.mail(through: account(at: "0.0.0.0", world))
            try await mail.queue(MailWorld.hello)
            try await mail.deliver(limit: 1)
            let record = try #require(try await world.outbox().first)
            #expect(record.status == .queued)
            #expect(record.lastError?.contains("could not be encrypted") == true && record.lastError?.contains("said: 2") == false)
            #expect(!world.sink.commands.isEmpty)
            #expect(!world.sink.commands.contains { $0.hasPrefix("AUTH") })
        }
    }

    @Test func aRefusedTextEndsTheMailWithTheServersWords() async throws {
        try await MailWorld.with(.sqlite) { world in
            world.sink.refuse(".", with: "554 5.7.1 This looks like spam")
            try await world.mail.queue(MailWorld.hello)
            try await world.mail.deliver(limit: 1)
            let record = try #require(try await world.outbox().first)
            #expect(record.status == .failed)
            #expect(record.lastError?.contains("This looks like spam") == true)
            #expect(record.lastError?.contains("check EMAIL_FROM_ADDRESS") == true, "and what helps")
        }
    }

    @Test(arguments: TestDatabase.all)
    func aTestMailIsSentAtOnceAndItsFailureIsSaidAndFinal(_ kind: TestDatabase) async throws {
        try await MailWorld.with(kind) { world in
            let answer = try await world.mail.sendTest(to: "ada@example.com", as: world.administrator)
            #expect(answer.hasPrefix("250"), "what the server said")
            #expect(world.sink.mails.map(\.recipients) == [["<ada@example.com>"]])
            #expect(try await world.outbox().map(\.status) == [.sent])

            world.sink.refuse("MAIL", with: "451 Out of order")
            world.time.advance(by: .seconds(1))
            do {
                try await world.mail.sendTest(to: "ada@example.com", as: world.administrator)
                Issue.record("the failure was not said")
            } catch let report as ProblemReport {
                #expect(report.code == .mailFailed)
                #expect(report.message.contains("Out of order") && report.message.contains("Try again in some minutes."))
            }
            #expect(try await world.outbox().map(\.status) == [.failed, .sent])
        }
    }

    @Test func onlyAdministratorsOfTheInstanceSeeAndTestMail() async throws {
        try await MailWorld.with(.sqlite) { world in
            let owner = Caller(
                organizationId: OrganizationID(), identity: .user(UserID(), session: SessionID()), role: .owner, origin: .web)
            let seen = try await problem { _ = try await world.mail.outbox(as: owner) }
            let tested = try await problem { _ = try await world.mail.sendTest(to: "ada@example.com", as: owner) }
            let looked = try await problem { _ = try await world.mail.preview(.test, as: owner) }
            let asked = try await problem { _ = try world.mail.settings(as: owner) }
            #expect(seen == .forbidden && tested == .forbidden && looked == .forbidden && asked == .forbidden)
            #expect(world.sink.commands.isEmpty)
        }
    }

    private func account(at host: String, _ world: MailWorld) -> SMTPServer {
        SMTPServer(
            host: host, port: world.sink.port, user: "postiz", password: "secret words", fromAddress: "postiz@example.org",
            fromName: "Postiz")
    }
}
