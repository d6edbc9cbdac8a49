/// One thing wrong with a draft, addressed so that an interface can point at it.
public struct Problem: Codable, Sendable, Equatable {
    public enum Severity: String, Codable, Sendable, CaseIterable { case error = "ERROR", warning = "WARNING" }

    /// Stable, such as `TEXT_TOO_LONG`.
    public let code: Code
    public let severity: Severity
    /// Says what is wrong and what to do.
    public let message: String
    /// The channel it concerns; nil for the post as a whole.
    public let integrationId: IntegrationID?
    /// The part it concerns, counted from 0.
    public let part: Int?
    public let mediaId: MediaID?
    /// The setting it concerns.
    public let field: String?
    /// What the product can do about it, when somebody asks for it.
    public let mend: Mend?

    public enum Mend: String, Codable, Sendable, CaseIterable {
        /// Converting the file for the channel: `POST /api/media/{id}/conversions`.
        case convert = "CONVERT"
    }

    public init(
        _ code: Code, _ message: String, severity: Severity = .error, integrationId: IntegrationID? = nil, part: Int? = nil,
        mediaId: MediaID? = nil, field: String? = nil, mend: Mend? = nil
    ) {
        self.code = code
        self.severity = severity
        self.message = message
        self.integrationId = integrationId
        self.part = part
        self.mediaId = mediaId
        self.field = field
        self.mend = mend
    }

    public enum Code: String, Codable, Sendable, CaseIterable {
        case noChannels = "NO_CHANNELS"
        case emptyPost = "EMPTY_POST"
        case emptyPart = "EMPTY_PART"
        case textTooLong = "TEXT_TOO_LONG"
        case textNearLimit = "TEXT_NEAR_LIMIT"
        case textForbidden = "TEXT_FORBIDDEN"
        case tooManyParts = "TOO_MANY_PARTS"
        case threadNotSupported = "THREAD_NOT_SUPPORTED"
        case mediaRequired = "MEDIA_REQUIRED"
        case mediaNotAllowed = "MEDIA_NOT_ALLOWED"
        case tooManyMedia = "TOO_MANY_MEDIA"
        case mixedMedia = "MIXED_MEDIA"
        case mediaType = "MEDIA_TYPE"
        case mediaTooLarge = "MEDIA_TOO_LARGE"
        case mediaTooSmall = "MEDIA_TOO_SMALL"
        case mediaShape = "MEDIA_SHAPE"
        /// What is inside a film: codecs, frame rate, missing tracks.
        case mediaFormat = "MEDIA_FORMAT"
        case mediaDuration = "MEDIA_DURATION"
        /// A file is made into one that the platform takes.
        case mediaFitted = "MEDIA_FITTED"
        /// A film is being made into one that the platform takes.
        case mediaConverting = "MEDIA_CONVERTING"
        /// A picture loses its movement.
        case mediaStill = "MEDIA_STILL"
        case mediaMissing = "MEDIA_MISSING"
        case mediaUnreachable = "MEDIA_UNREACHABLE"
        case altTextTooLong = "ALT_TEXT_TOO_LONG"
        case altTextMissing = "ALT_TEXT_MISSING"
        /// A film's captions stay behind.
        case captionsNotSent = "CAPTIONS_NOT_SENT"
        case unknownSetting = "UNKNOWN_SETTING"
        case settingInvalid = "SETTING_INVALID"
        case channelNeedsReconnect = "CHANNEL_NEEDS_RECONNECT"
        case channelPaused = "CHANNEL_PAUSED"
        case publishingPaused = "PUBLISHING_PAUSED"
        case tokenExpiresFirst = "TOKEN_EXPIRES_FIRST"
        case scopeMissing = "SCOPE_MISSING"
        case timeInPast = "TIME_IN_PAST"
        case timeTooFar = "TIME_TOO_FAR"
        case timeSkipped = "TIME_SKIPPED"
        case timeTwice = "TIME_TWICE"
    }
}
