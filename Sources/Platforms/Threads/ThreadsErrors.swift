import Domain

extension Threads {
    static let notReadyCode = "NOT_READY"
    static let notFoundCode = "NOT_FOUND"

    /// Those of Threads alone, and `{"error_type","error_message"}` where a code is exchanged. The others are Meta's.
    static let errorRules: [ErrorRule] = [
        .graph(
            subcodes: [4_279_009, 4_279_004], is: .transient, notReadyCode, "Threads is still preparing the post.",
            retryAfter: .seconds(30)),
        .graph(
            subcodes: [2_207_051], is: .invalidContent, "BLOCKED",
            "Threads blocked this as suspicious. Open Threads, see what it asks for, wait some hours, then publish again."),
        .graph(
            subcodes: [4_279_013], is: .invalidContent, "ACCOUNT_RESTRICTED",
            "Threads has restricted this account. Sign in at Threads to see why, then publish again."),
        .graph(subcodes: [33], is: .invalidContent, notFoundCode, "Threads does not know this post: it was deleted."),
        ErrorRule(
            [400, 401], "\"error_type\"", is: .authentication, "CODE_REFUSED",
            "Threads did not accept the answer of its consent page; it can be used once and for an hour. Connect again."),
        ErrorRule(
            [], "THREADS_API__FEATURE_NOT_AVAILABLE", is: .invalidContent, "FEATURE_NOT_AVAILABLE",
            "Threads does not offer one of this post's settings to this account. Turn it off and publish again."),
        ErrorRule(
            [], "THREADS_API__LINK_LIMIT_EXCEEDED", is: .invalidContent, "TOO_MANY_LINKS",
            "Threads takes at most five different links in a post. Remove the others."),
        ErrorRule(
            [400], "could not be fetched from this URI", is: .invalidContent, "MEDIA_NOT_FETCHED", notFetched, patience: .minutes(1)),
        ErrorRule(
            [400], "at most 500 characters", is: .invalidContent, "TEXT_TOO_LONG", "The text is too long for Threads. Shorten it."),
    ]

    static let notFetched = """
        Threads could not fetch a file of this post. MAIN_URL must be a public https address that Threads can reach; \
        publish again when it is.
        """

    /// What a container's `error_message` means for a person (INVALID_ASPEC_RATIO is spelled so).
    static func problem(_ errorMessage: String) -> PlatformError {
        let words = [
            "INVALID_ASPEC_RATIO": "its shape is too wide or too tall", "INVALID_BIT_RATE": "its bit rate is too high",
            "INVALID_DURATION": "it is too long: five minutes at most", "INVALID_FRAME_RATE": "it needs 23 to 60 frames a second",
            "INVALID_AUDIO_CHANNELS": "its sound has too many channels", "INVALID_AUDIO_CHANNEL_LAYOUT": "its sound has too many channels",
            "FAILED_PROCESSING_AUDIO": "its sound could not be read", "FAILED_PROCESSING_VIDEO": "it could not be read",
        ]
        return PlatformError(
            .invalidContent, code: "THREADS_MEDIA_REFUSED",
            message: "Threads cannot use a file of this post: \(words[errorMessage] ?? "it did not say why"). Use another file.",
            platformAnswer: errorMessage)
    }
}
