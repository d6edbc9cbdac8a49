import Domain
import Foundation
import Logging
import Metrics
import Persistence
import ServiceLifecycle

/// Watches the oldest due post from every process, so that somebody notices when no worker or cron does. When it does not go out, the
/// administrators of the instance are told once, by mail and in the log; it is over by itself when the post went out.
public struct OverdueWatch: Service {
    let mainURL: URL
    let database: any Database
    let mail: Mail
    let time: any TimeSource
    /// How late the oldest due post may be; nil: nobody is told.
    let patience: Duration?
    let logger: Logger
    private let interval: Duration = .seconds(15)

    public init(
        mainURL: URL, database: any Database, mail: Mail, time: any TimeSource, patience: Duration?, logger: Logger
    ) {
        self.mainURL = mainURL
        self.database = database
        self.mail = mail
        self.time = time
        self.patience = patience
        self.logger = logger
    }

    public func run() async throws {
        await time.rounds(every: interval, failure: "the oldest due post could not be looked up", logger: logger) { try await look() }
    }

    /// Looks once. Returns how late the oldest due post is.
    @discardableResult
    public func look() async throws -> Duration {
        let now = time.now
        let oldest = try await database.read { try PublishingRepository.oldestWaiting(in: $0) }
        let late = oldest.map { max(.zero, now - $0) } ?? .zero
        Gauge(label: "postiz_publish_oldest_due_seconds").record(late.milliseconds / 1000)
        guard let patience else { return late }
        if late >= patience {
            try await tell(late)
        } else if try await database.read({ try OverdueRepository.noted(in: $0) }) != nil,
            try await database.write({ try OverdueRepository.forget(in: $0) })
        {
            logger.notice("what was due goes out again")
        }
        return late
    }

    /// Once, whichever process notices first.
    private func tell(_ late: Duration) async throws {
        let now = time.now
        let words = Self.words(late)
        let isFirst = try await database.write { transaction in
            guard try OverdueRepository.note(at: now, in: transaction) else { return false }
            guard mail.configured else { return true }
            let readers = try OverdueRepository.administrators(in: transaction)
            try mail.queue(.overdue(late: late, server: mainURL.absoluteString), to: readers.map(MailReader.init), in: transaction)
            return true
        }
        guard isFirst else { return }
        logger.error("\(words)")
        // The workers that deliver mail may be what is missing.
        try await mail.deliver(limit: 10)
    }

    static func words(_ late: Duration) -> String {
        "The oldest due post has waited for \(late.milliseconds / 60_000) minutes: no worker or cron runs, or there is more than they can do."
    }
}
