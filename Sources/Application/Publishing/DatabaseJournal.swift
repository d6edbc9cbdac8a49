import Domain
import Foundation
import NIOConcurrencyHelpers
import Persistence
import Platforms

/// The journal of one claimed publication, kept in the database. Every write checks the claim's fence in the same transaction, so a worker
/// that lost its claim stores nothing and stops.
final class DatabaseJournal: StepJournal {
    private let database: any Database
    private let time: any TimeSource
    private let claim: PublishingRepository.Claim
    private let vault: CredentialVault
    private let lease: Lease
    private let steps: NIOLockedValueBox<[String: JournalRepository.Step]>
    private let ending: AttemptEnding
    private let onProgress: @Sendable () async -> Void

    /// `steps`: those that earlier tries have left. `ending` is told what is to be stored with the attempt's result.
    init(
        database: any Database, time: any TimeSource, claim: PublishingRepository.Claim, vault: CredentialVault, lease: Lease,
        steps: [JournalRepository.Step], ending: AttemptEnding, onProgress: @escaping @Sendable () async -> Void
    ) {
        self.database = database
        self.time = time
        self.claim = claim
        self.vault = vault
        self.lease = lease
        self.ending = ending
        self.steps = NIOLockedValueBox(Dictionary(uniqueKeysWithValues: steps.map { ($0.name, $0) }))
        self.onProgress = onProgress
    }

    /// Whether the step is done.
    func holds(_ name: String) -> Bool { steps.withLockedValue { $0[name]?.state == .done } }

    func step<Result: Codable & Sendable>(_ name: String, _ work: @Sendable () async throws -> Result) async throws -> Result {
        if let done: Result = try remembered(name) { return done }
        let result = try await patiently(name, work)
        try await finish(name, with: result)
        return result
    }

    /// What no key opens any more is done anew, which is only safe while no try to publish is in doubt: the look-up might need what is lost.
    func secretStep<Result: Codable & Sendable>(_ name: String, _ work: @Sendable () async throws -> Result) async throws -> Result {
        do {
            if let done: Result = try opened(name) { return done }
        } catch SecretBoxError.unreadable {
            if steps.withLockedValue({ $0.values.contains { $0.state == .started } }) { throw PlatformError.undecidable }
        }
        let result = try await patiently(name, work)
        try await finish(name, with: Sealed(sealed: try vault.seal(result, of: claim.publication.id, step: name)))
        return result
    }

    private struct Sealed: Codable, Sendable {
        let sealed: Data
    }

    /// What a secret step left. Earlier versions kept it as it is.
    private func opened<Result: Decodable>(_ name: String) throws -> Result? {
        guard let kept: Sealed = try? remembered(name) else { return try remembered(name) }
        return try vault.open(kept.sealed, of: claim.publication.id, step: name)
    }

    func commit<Result: Codable & Sendable>(
        _ name: String, isLast: Bool, lookup: @Sendable (CommitIntent) async throws -> Finding<Result>,
        _ work: @Sendable (CommitIntent) async throws -> Result
    ) async throws -> Result {
        if let done: Result = try remembered(name) { return done }
        let earlier = steps.withLockedValue { $0[name] }
        if let earlier {
            let intent = CommitIntent(
                firstTriedAt: earlier.firstTriedAt, lastTriedAt: earlier.lastTriedAt, now: time.now, mayHaveHappened: true)
            switch try await lookup(intent) {
            case .found(let result):
                try await finish(name, with: result)
                return result
            case .safeToSend: break
            case .lookAgain(let wait): throw PlatformError.stillUnknown(retryAfter: wait)
            case .undecidable: throw PlatformError.undecidable
            }
        }
        try await begin(name)
        return try await perform(name, isLast: isLast, after: earlier, work)
    }

    private func perform<Result: Codable & Sendable>(
        _ name: String, isLast: Bool, after earlier: JournalRepository.Step?, _ work: @Sendable (CommitIntent) async throws -> Result
    ) async throws -> Result {
        let now = time.now
        let intent = CommitIntent(firstTriedAt: earlier?.firstTriedAt ?? now, lastTriedAt: now, now: now, mayHaveHappened: earlier != nil)
        do {
            let result = try await patiently(name) { try await work(intent) }
            if isLast {
                let step = AttemptEnding.Step(name: name, result: try JSON.text(result), at: time.now)
                remember(name, .done, result: step.result, at: step.at)
                ending.note(step)
            } else {
                try await finish(name, with: result)
            }
            await onProgress()
            return result
        } catch let error as PlatformError where error.kind != .unknownOutcome && earlier == nil {
            // The platform refused: it certainly did not happen, and no earlier try is in doubt.
            let id = claim.publication.id
            try await fenced { try JournalRepository.forget(name, of: id, in: $0) }
            steps.withLockedValue { $0[name] = nil }
            throw error
        }
    }

    /// Runs `work`. A refusal that may pass by itself is a passing one until its patience, counted from the first such refusal, is over.
    private func patiently<Result: Sendable>(_ name: String, _ work: @Sendable () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as PlatformError where error.patience != nil {
            let waiting = "\(name)-refused"
            let since: Timestamp = try remembered(waiting) ?? time.now
            if let patience = error.patience, time.now - since >= patience { throw error }
            if steps.withLockedValue({ $0[waiting] == nil }) { try await finish(waiting, with: since) }
            throw error.passing
        }
    }

    private func remembered<Result: Decodable>(_ name: String) throws -> Result? {
        guard let step = steps.withLockedValue({ $0[name] }), step.state == .done, let text = step.result else { return nil }
        return try JSON.decode(Result.self, from: text)
    }

    private func begin(_ name: String) async throws {
        let (id, now) = (claim.publication.id, time.now)
        try await fenced { try JournalRepository.begin(name, of: id, now: now, in: $0) }
        remember(name, .started, result: nil, at: now)
    }

    private func finish(_ name: String, with result: some Codable & Sendable) async throws {
        let (id, now, text) = (claim.publication.id, time.now, try JSON.text(result))
        try await fenced { try JournalRepository.finish(name, of: id, result: text, now: now, in: $0) }
        remember(name, .done, result: text, at: now)
    }

    private func remember(_ name: String, _ state: JournalRepository.State, result: String?, at now: Timestamp) {
        steps.withLockedValue {
            $0[name] = JournalRepository.Step(
                name: name, state: state, result: result, firstTriedAt: $0[name]?.firstTriedAt ?? now, lastTriedAt: now)
        }
    }

    private func fenced(_ write: @escaping @Sendable (any Transaction) throws -> Void) async throws {
        let (claim, now) = (claim, time.now)
        // A young lease need not be extended with each step: that would be a new entry in every index.
        let isYoung = lease.isYoung(since: claim.startedAt)
        let (start, until) = (isYoung ? claim.startedAt : now, now + lease.duration)
        let held = try await database.write { transaction in
            let holds =
                try isYoung
                ? PublishingRepository.holds(claim, in: transaction) : PublishingRepository.extend(claim, until: until, in: transaction)
            if holds { try write(transaction) }
            return holds
        }
        // Stored or not: when the answer was long on its way, another worker may have taken over.
        guard held, self.lease.holds(since: start) else { throw CancellationError() }
    }
}

extension PlatformError {
    /// This refusal while it may still pass.
    var passing: PlatformError {
        PlatformError(
            .transient, code: code, message: "\(message) It may not be visible everywhere yet, so it is tried again for a while.",
            platformAnswer: platformAnswer, retryAfter: retryAfter)
    }

    static func stillUnknown(retryAfter: Duration) -> PlatformError {
        PlatformError(
            .unknownOutcome, code: "CHECKING",
            message: "The connection was lost while sending. It is being checked whether the platform has it; nothing is sent twice.",
            retryAfter: retryAfter)
    }

    /// Looking again and again has not told.
    static func stillUncertain(after limit: Duration) -> PlatformError {
        PlatformError(
            .unknownOutcome, code: "UNCONFIRMED",
            message: "The connection was lost while sending, and \(limit.milliseconds / 3_600_000) hours of looking have not shown for certain "
                + "whether the platform has the post. Look at the account and choose 'It is there' or 'Send again'.",
            decidable: false)
    }

    static let crashedMidway = PlatformError(
        .unknownOutcome, code: "UNCONFIRMED",
        message: "The server's worker ended in the midst of this \(Worker.mostCrashes) times, so it is not tried once more. "
            + "Look at the account and choose 'It is there' or 'Send again'.",
        decidable: false)

    static let crashed = PlatformError(
        .invalidContent, code: "WORKER_CRASHED",
        message: "The server's worker ended each time it began with this, \(Worker.mostCrashes) times, so it is not tried once more. "
            + "The operator finds the reason in the log of the worker. 'Retry' tries again.")

    /// Nobody could look.
    static func undecided(because reason: String) -> PlatformError {
        PlatformError(
            .unknownOutcome, code: "UNCONFIRMED",
            message: "The connection was lost while sending, and it could not be found out whether the platform has the post. \(reason) "
                + "Look at the account and choose 'It is there' or 'Send again'.",
            decidable: false)
    }

    static let undecidable = PlatformError(
        .unknownOutcome, code: "UNCONFIRMED",
        message: "The connection was lost while sending, and the platform does not tell whether it has the post. "
            + "Look at the account and choose 'It is there' or 'Send again'.",
        decidable: false)
}
