import Domain

/// What a platform or the way to it did wrong, already classified.
public struct PlatformError: Error, Sendable, Equatable, CustomStringConvertible {
    public let kind: PublishingErrorKind
    /// Stable, such as `X_DUPLICATE_CONTENT`.
    public let code: String
    /// Says in words what happened and what to do.
    public let message: String
    /// What the platform answered, secrets removed, at most 2,000 characters.
    public let platformAnswer: String?
    /// How long the platform wants us to wait.
    public let retryAfter: Duration?
    /// For `.unknownOutcome`: false when only a person can tell.
    public let decidable: Bool
    /// Set where the refusal may come from something that was made a moment ago and is not visible everywhere yet: how long the same call
    /// is worth repeating, since refused means that nothing happened. After that `kind` holds. A journal keeps the count.
    public let patience: Duration?
    /// Whether the platform's host is not there, or has a fault of its own, whatever was asked.
    public private(set) var isOutage = false

    public init(
        _ kind: PublishingErrorKind, code: String, message: String, platformAnswer: String? = nil, retryAfter: Duration? = nil,
        decidable: Bool = true, patience: Duration? = nil
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.platformAnswer = platformAnswer
        self.retryAfter = retryAfter
        self.decidable = decidable
        self.patience = patience
    }

    /// The same, as a sign that the host is down.
    var asOutage: PlatformError {
        var error = self
        error.isOutage = true
        return error
    }

    public var description: String { "\(code): \(message)" }

    public var publicationError: PublicationError {
        PublicationError(code: code, message: message, kind: kind, platformAnswer: platformAnswer)
    }
}
