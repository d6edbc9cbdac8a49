import Domain

/// Remembers what was done, so that work resumes instead of repeating.
///
/// The journal is kept in the database. A worker that lost its lease gets `CancellationError` from every call and must stop.
public protocol StepJournal: Sendable {
    /// Runs `work` once and remembers its result; later calls return the remembered result. For steps that may be repeated without harm
    /// when their outcome is unknown: uploads, containers, look-ups.
    func step<Result: Codable & Sendable>(_ name: String, _ work: @Sendable () async throws -> Result) async throws -> Result

    /// As `step`, for a result that opens something to whoever has it, such as the address of an upload: it is kept encrypted. When the key
    /// is lost, `work` runs again; where something may have become public meanwhile, a `PlatformError` of the kind `.unknownOutcome` is thrown.
    func secretStep<Result: Codable & Sendable>(_ name: String, _ work: @Sendable () async throws -> Result) async throws -> Result

    /// Runs `work`, which makes something public, at most once. The intent is stored before it runs. When an earlier run's outcome is
    /// unknown, `lookup` is asked first, and `work` runs only when that says it is safe; otherwise a `PlatformError` of the kind
    /// `.unknownOutcome` is thrown. With `isLast` the caller ends at once with what it is given, asking nobody anything: the result of the
    /// step is then stored together with that of the attempt.
    func commit<Result: Codable & Sendable>(
        _ name: String, isLast: Bool, lookup: @Sendable (CommitIntent) async throws -> Finding<Result>,
        _ work: @Sendable (CommitIntent) async throws -> Result
    ) async throws -> Result
}

extension StepJournal {
    /// As the other one, for a step that others may follow.
    func commit<Result: Codable & Sendable>(
        _ name: String, lookup: @Sendable (CommitIntent) async throws -> Finding<Result>,
        _ work: @Sendable (CommitIntent) async throws -> Result
    ) async throws -> Result {
        try await commit(name, isLast: false, lookup: lookup, work)
    }
}

/// What is known of a step that makes something public.
public struct CommitIntent: Sendable {
    /// When the first try began.
    public let firstTriedAt: Timestamp
    /// When the latest try began. Equal to `firstTriedAt` on the first.
    public let lastTriedAt: Timestamp
    public let now: Timestamp
    /// Whether an earlier try may have reached the platform.
    public let mayHaveHappened: Bool

    public init(firstTriedAt: Timestamp, lastTriedAt: Timestamp, now: Timestamp, mayHaveHappened: Bool) {
        self.firstTriedAt = firstTriedAt
        self.lastTriedAt = lastTriedAt
        self.now = now
        self.mayHaveHappened = mayHaveHappened
    }
}

/// What a look-up for a possibly published part found.
public enum Finding<Result: Sendable>: Sendable {
    /// It is there: adopt it.
    case found(Result)
    /// It is not there, or the platform guards against repetition itself (an idempotency key still remembered): sending is safe.
    case safeToSend
    /// Too early to tell: look again after this time.
    case lookAgain(after: Duration)
    /// The platform gives no way to tell: a person must look.
    case undecidable
}
