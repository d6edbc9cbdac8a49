import Domain
import Foundation
import Persistence

/// Addresses that end one kind of mails to one person, without signing in (RFC 8058). They are signed, do nothing else, and do not end: an
/// old mail must be able to stop the next one.
public struct UnsubscribeLinks: Sendable {
    private static let path = "mails/stop"

    private let mainURL: URL
    private let signing: SignedText

    public init(mainURL: URL, secrets: Secrets) {
        self.mainURL = mainURL
        signing = SignedText(for: "unsubscribe", secrets: secrets)
    }

    public func address(of choice: MailSubscription) -> URL {
        mainURL.appending(path: "\(Self.path)/\(signing.sign("\(choice.user).\(choice.topic.rawValue.lowercased())"))")
    }

    /// What the last part of an address ends. Throws `NOT_FOUND` for one that is not ours.
    func choice(_ token: String) throws -> MailSubscription {
        guard let parts = signing.text(of: token)?.split(separator: ".").map(String.init), parts.count == 2, let user = UserID(parts[0]),
            let topic = MailTopic(rawValue: parts[1].uppercased())
        else { throw Self.unknown }
        return MailSubscription(user: user, topic: topic)
    }

    private static let unknown = ProblemReport(.notFound, "This link is not complete. Choose your mails under Settings.")
}

/// Ends mails by such an address.
public struct Unsubscribing: Sendable {
    let links: UnsubscribeLinks
    let database: any Database
    let audit: AuditLog

    /// What the address would end. Throws `NOT_FOUND`.
    public func topic(of token: String) throws -> MailTopic { try links.choice(token).topic }

    /// May be repeated. Throws `NOT_FOUND` for an address that is not ours.
    @discardableResult
    public func stop(_ token: String) async throws -> MailTopic {
        let (choice, audit) = (try links.choice(token), audit)
        try await database.write { transaction in
            guard try MailChoiceRepository.wanted(by: choice.user, in: transaction).contains(choice.topic) else { return }
            try MailChoiceRepository.set(false, choice.topic, of: choice.user, nextWeekly: .now, in: transaction)
            try audit.record(
                "mails.stopped", target: nil, detail: ["topic": .string(choice.topic.rawValue)], subject: "user:\(choice.user)", organization: nil,
                in: transaction)
        }
        return choice.topic
    }
}
