import Domain
import NIOConcurrencyHelpers
import Persistence
import Platforms

/// What an attempt leaves to be stored in the transaction of its result.
final class AttemptEnding: Sendable {
    /// A step that made something public, and is done.
    struct Step: Sendable {
        let name: String
        let result: String
        let at: Timestamp

        func store(of publication: PublicationID, in transaction: any Transaction) throws {
            try JournalRepository.finish(name, of: publication, result: result, now: at, in: transaction)
        }
    }

    private let noted = NIOLockedValueBox<(step: Step?, failure: PlatformError?)>((nil, nil))

    var step: Step? { noted.withLockedValue { $0.step } }
    /// What the platform, or the way to it, did wrong.
    var failure: PlatformError? { noted.withLockedValue { $0.failure } }

    func note(_ step: Step) { noted.withLockedValue { $0.step = step } }
    func note(_ failure: PlatformError) { noted.withLockedValue { $0.failure = failure } }
}
