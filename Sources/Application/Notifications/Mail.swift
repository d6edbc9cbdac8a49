import Domain
import Foundation
import Logging
import Persistence

/// Mail goes through an outbox: it is stored, sealed because it may hold a link that opens an account, and sent by a worker, which tries
/// again for a day.
public struct Mail: Sendable {
    /// How long one attempt may take; after it another process takes the mail.
    private static let lease = Duration.minutes(5)
    /// The pauses after failed attempts, 23 hours in all.
    private static let pauses: [Duration] = [.minutes(1), .minutes(5), .minutes(15), .hours(1), .hours(3), .hours(7), .hours(12)]
    private static let kept = Duration.days(30)
    private static let off = "Mail is off: the operator switches it on by setting EMAIL_HOST."

    private let server: SMTPServer?
    private let database: any Database
    private let secrets: SecretBox
    private let speaker: Speaker
    private let links: UnsubscribeLinks?
    private let time: any TimeSource
    private let logger: Logger

    /// Without a server mail is off. `speaker` knows the readers' languages, `links` how they stop what they may do without.
    public init(
        server: SMTPServer?, database: any Database, secrets: SecretBox, speaker: Speaker = .plain, links: UnsubscribeLinks? = nil,
        time: any TimeSource, logger: Logger
    ) {
        self.server = server
        self.database = database
        self.secrets = secrets
        self.speaker = speaker
        self.links = links
        self.time = time
        self.logger = logger
    }

    public var configured: Bool { server != nil }

    /// Puts a mail into the outbox; where mail is off it stands there as failed. Throws `VALIDATION_FAILED` for a recipient that is no address.
    public func queue(_ message: MailMessage) async throws {
        try await database.write { try queue(message, in: $0) }
    }

    /// The same when `transaction` commits.
    public func queue(_ message: MailMessage, in transaction: any Transaction) throws {
        try store(message, firstAttemptAt: time.now, in: transaction)
    }

    /// Puts a mail into the outbox in the words of each who reads it.
    func queue(_ kind: MailKind, to readers: [MailReader], in transaction: any Transaction) throws {
        let draft = kind.draft
        for reader in readers {
            let choice = reader.user.flatMap { user in kind.topic.map { MailSubscription(user: user, topic: $0) } }
            let said = stoppable(draft, choice).message(to: reader, by: speaker)
            try store(said, choice: choice, firstAttemptAt: time.now, in: transaction)
        }
    }

    /// With the way to end such mails.
    private func stoppable(_ draft: MailDraft, _ choice: MailSubscription?) -> MailDraft {
        guard let choice, let links else { return draft }
        let lines: [MailDraft.Line] = [
            .written(""), .said("Which mails you get is chosen under Settings. This address ends those of this kind:"),
            .written(links.address(of: choice).absoluteString),
        ]
        return MailDraft(subject: draft.subject, lines: draft.lines + lines)
    }

    @discardableResult
    private func store(
        _ message: MailMessage, choice: MailSubscription? = nil, firstAttemptAt: Timestamp, in transaction: any Transaction
    ) throws -> MailID {
        guard let recipient = EmailAddress(message.to)?.text else {
            throw ProblemReport.invalid("to", "Enter an e-mail address such as ada@example.com.")
        }
        let id = MailID(at: time.now)
        let record = MailRecord(
            id: id, recipient: recipient, subject: message.subject, status: configured ? .queued : .failed, attempts: 0,
            lastError: configured ? nil : Self.off, createdAt: time.now, sentAt: nil)
        let body = configured ? try secrets.seal(Data(message.text.utf8), context: Self.context(id)) : Data()
        try MailRepository.insert(record, body: body, choice: choice, nextAttemptAt: configured ? firstAttemptAt : nil, in: transaction)
        return id
    }

    private static func context(_ id: MailID) -> String { SealedPlace.mail(id.text) }

    // MARK: Sending

    /// Sends what is due, one after the other, at most `limit`; returns how many were tried. For a worker.
    @discardableResult
    public func deliver(limit: Int) async throws -> Int {
        guard let server else { return 0 }
        for tried in 0..<limit {
            let now = time.now
            guard let mail = try await database.write({ try MailRepository.claimDue(at: now, until: now + Self.lease, in: $0) }) else {
                return tried
            }
            if case .failure(let failure) = try await attempt(mail, through: server) { try await note(failure, of: mail) }
        }
        return limit
    }

    /// What the server said when it took the mail, or why it did not.
    private func attempt(_ mail: StoredMail, through server: SMTPServer) async throws -> Result<String, MailFailure> {
        let answer: String
        do {
            let text = String(decoding: try secrets.open(mail.body, context: Self.context(mail.id)), as: UTF8.self)
            let stop = mail.choice.flatMap { links?.address(of: $0).absoluteString }
            let message = MailMessage(to: mail.recipient, subject: mail.subject, text: text, unsubscribe: stop)
            answer = try await server.send(MailDocument(message, id: mail.id.text, from: server, at: mail.createdAt), to: mail.recipient)
        } catch let failure as MailFailure {
            return .failure(failure)
        } catch is SecretBoxError {
            return .failure(
                MailFailure(
                    advice: "The stored mail cannot be decrypted: ENCRYPTION_KEY is another one.", isFinal: true, reason: "sealed with another key"))
        }
        let now = time.now
        try await database.write { try MailRepository.sent(mail.id, at: now, in: $0) }
        return .success(answer)
    }

    private func note(_ failure: MailFailure, of mail: StoredMail) async throws {
        let isLast = failure.isFinal || mail.attempts > Self.pauses.count
        let next = isLast ? nil : time.now + Self.pauses[mail.attempts - 1]
        logger.warning(
            "mail not sent",
            metadata: [
                "mail": "\(mail.id)", "attempt": "\(mail.attempts)", "again": "\(next?.description ?? "no")", "reason": "\(failure.reason)",
            ])
        try await database.write { try MailRepository.failed(mail, reason: failure.told, nextAttemptAt: next, in: $0) }
    }

    // MARK: For administrators of the instance

    /// The newest 200 mails, without their texts.
    public func outbox(as caller: Caller) async throws -> [MailRecord] {
        try Self.requireAdministrator(caller)
        return try await database.readDelayed { try MailRepository.newest(200, in: $0) }
    }

    /// The server that mails go through; nil where mail is off.
    public func settings(as caller: Caller) throws -> SMTPServer? {
        try Self.requireAdministrator(caller)
        return server
    }

    /// The mail of this kind as the caller would get it.
    public func preview(_ kind: MailKind, as caller: Caller) async throws -> MailMessage {
        try Self.requireAdministrator(caller)
        let user = try await database.read { transaction in try caller.userId.flatMap { try UserRepository.find($0, in: transaction) } }
        let reader = user.map { MailReader($0) } ?? MailReader(address: "ada@example.com", locale: "en", timeZone: "UTC")
        let choice = reader.user.flatMap { user in kind.topic.map { MailSubscription(user: user, topic: $0) } }
        return stoppable(kind.draft, choice).message(to: reader, by: speaker)
    }

    /// Sends a mail at once and returns what the server said when it took it. Throws `MAIL_FAILED` with what the server said,
    /// `CONFLICT` where mail is off.
    @discardableResult
    public func sendTest(to recipient: String, as caller: Caller) async throws -> String {
        try Self.requireAdministrator(caller)
        guard let server else { throw ProblemReport(.conflict, Self.off) }
        let now = time.now
        let mail = try await database.write { transaction in
            // Whoever asks for it reads it.
            let user = try caller.userId.flatMap { try UserRepository.find($0, in: transaction) }
            let reader = MailReader(address: recipient, locale: user?.locale ?? "en", timeZone: user?.timeZone ?? "UTC")
            let message = MailKind.test.draft.message(to: reader, by: speaker)
            let id = try store(message, firstAttemptAt: now, in: transaction)
            return try MailRepository.claim(id, until: now + Self.lease, in: transaction)
        }
        // Another process was quicker to send it.
        guard let mail else { return "" }
        switch try await attempt(mail, through: server) {
        case .success(let answer): return answer
        case .failure(let failure):
            logger.warning("test mail not sent", metadata: ["mail": "\(mail.id)", "reason": "\(failure.reason)"])
            try await database.write { try MailRepository.failed(mail, reason: failure.told, nextAttemptAt: nil, in: $0) }
            throw ProblemReport(.mailFailed, "The mail was not taken. \(failure.told)")
        }
    }

    private static func requireAdministrator(_ caller: Caller) throws {
        guard caller.instanceRole == .admin else {
            throw ProblemReport(.forbidden, "Only an administrator of this instance may see and test its mail.")
        }
    }

    /// Forgets mails that were sent or given up a month ago. For a worker.
    public func removeOld() async throws {
        let limit = time.now - Self.kept
        try await database.write { try MailRepository.deleteFinished(before: limit, in: $0) }
    }
}
