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

    public init(
        _ kind: PublishingErrorKind, code: String, message: String, platformAnswer: String? = nil, retryAfter: Duration? = nil,
        decidable: Bool = true
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.platformAnswer = platformAnswer
        self.retryAfter = retryAfter
        self.decidable = decidable
    }

    public var description: String { "\(code): \(message)" }

    public var publicationError: PublicationError {
        PublicationError(code: code, message: message, kind: kind, platformAnswer: platformAnswer)
    }
}
