import Domain
import Persistence

/// Which mails a person wants besides those that have to be.
public struct MailChoices: Codable, Sendable, Equatable {
    /// Of posts of their own that did not go out, and as an administrator of the workspace's.
    public let failures: Bool
    /// Of channels that end soon or have ended, as an administrator.
    public let connections: Bool
    /// Of posts that wait for their approval, and of what was decided about their own.
    public let reviews: Bool
    /// On Monday mornings: what went out, how it did, what is planned.
    public let weekly: Bool

    init(_ wanted: Set<MailTopic>) {
        (failures, connections) = (wanted.contains(.failures), wanted.contains(.connections))
        (reviews, weekly) = (wanted.contains(.reviews), wanted.contains(.weekly))
    }

    public func contains(_ topic: MailTopic) -> Bool {
        switch topic {
        case .failures: failures
        case .connections: connections
        case .reviews: reviews
        case .weekly: weekly
        }
    }
}

/// What is to change about it; what is absent stays.
public struct MailChoicesChange: Codable, Sendable, Equatable {
    public var failures: Bool?
    public var connections: Bool?
    public var reviews: Bool?
    public var weekly: Bool?

    public init(failures: Bool? = nil, connections: Bool? = nil, reviews: Bool? = nil, weekly: Bool? = nil) {
        (self.failures, self.connections, self.reviews, self.weekly) = (failures, connections, reviews, weekly)
    }

    fileprivate var changes: [(MailTopic, Bool)] {
        let all: [(MailTopic, Bool?)] = [(.failures, failures), (.connections, connections), (.reviews, reviews), (.weekly, weekly)]
        return all.compactMap { topic, wanted in wanted.map { (topic, $0) } }
    }
}

extension Accounts {
    /// Throws `FORBIDDEN` for keys and commands.
    public func mailChoices(as caller: Caller) async throws -> MailChoices {
        let user = try caller.requireSignedIn().user
        return try await database.read { MailChoices(try MailChoiceRepository.wanted(by: user, in: $0)) }
    }

    /// Throws `FORBIDDEN` for keys and commands.
    public func choose(_ change: MailChoicesChange, as caller: Caller) async throws -> MailChoices {
        let (user, now) = (try caller.requireSignedIn().user, time.now)
        return try await database.write { transaction in
            guard let person = try UserRepository.find(user, in: transaction) else { throw ProblemReport.notFound("user") }
            let next = WeeklyMails.next(after: now, in: person.timeZone)
            for (topic, wanted) in change.changes {
                try MailChoiceRepository.set(wanted, topic, of: user, nextWeekly: next, in: transaction)
            }
            return MailChoices(try MailChoiceRepository.wanted(by: user, in: transaction))
        }
    }
}
