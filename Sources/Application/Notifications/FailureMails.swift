import Domain
import Foundation
import Persistence
import Platforms

/// Tells by mail of posts that did not go out and need a person: the author, and the administrators of the workspace, who want it. What failed
/// within a minute is one mail.
public struct FailureMails: Sendable {
    /// What is older was seen in the interface, or happened before there were such mails.
    private static let reach = Duration.days(1)
    private static let mostInMail = 10
    /// What is said of a publication that nobody knows to be out or not.
    public static let inDoubt = "It is not known whether the platform has it: look there, and decide on the post's page."

    let mainURL: URL
    let database: any Database
    let platforms: PlatformRegistry
    let mail: Mail
    let time: any TimeSource

    /// Puts the mails into the outbox, each failure once whoever asks; returns of how many failures they tell. Run by the worker.
    @discardableResult
    public func queue(limit: Int) async throws -> Int {
        guard mail.configured else { return 0 }
        let now = time.now
        return try await database.write { transaction in
            let found = try FailureMailRepository.untold(since: now - Self.reach, limit: limit, in: transaction).filter {
                try FailureMailRepository.claim($0.publication, in: transaction)
            }
            for (organization, failures) in Dictionary(grouping: found, by: \.organization) {
                for reader in try MailChoiceRepository.readers(of: organization, wanting: .failures, in: transaction) {
                    let own = failures.filter { reader.role.may(.manage) || $0.author == reader.user.id && reader.role.may(.view) }
                    guard !own.isEmpty else { continue }
                    try mail.queue(
                        .failures(posts: own.prefix(Self.mostInMail).map(told), count: own.count), to: [MailReader(reader.user)], in: transaction)
                }
            }
            return found.count
        }
    }

    private func told(of failure: FailureMailRepository.Failure) -> MailKind.Post {
        let platform = platforms[failure.platform]?.descriptor.name ?? failure.platform.rawValue
        return MailKind.Post(
            time: failure.dueAt, opening: "\(platform) \(failure.channel): \(PostsAtRisk.opening(of: failure.opening))",
            address: mainURL.appending(path: "posts/\(failure.post)").absoluteString,
            problems: [failure.error ?? Self.inDoubt])
    }
}
