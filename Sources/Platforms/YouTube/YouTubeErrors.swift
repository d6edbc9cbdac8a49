import Domain

extension YouTube {
    static let notEnabledCode = "API_NOT_ENABLED"
    static let notFoundCode = "NOT_FOUND"
    static let captionExistsCode = "CAPTION_EXISTS"

    /// `{"error": {"code", "message", "errors": [{"domain", "reason", "message"}]}}`; the token endpoint says `{"error", "error_description"}`.
    static let errorRules = accountRules + quotaRules + metadataRules + afterwardsRules

    private static let accountRules = [
        ErrorRule(
            [400, 401], #""invalid_grant""#, is: .authentication, "GRANT_REFUSED",
            "Google no longer renews this connection: access was taken back, not used for six months, or the app is still in testing, where it "
                + "ends after seven days. Connect the account again."),
        ErrorRule(
            [400, 401], #""invalid_client""#, #""unauthorized_client""#, is: .authentication, "APP_REFUSED",
            "Google refused the app. The operator checks YOUTUBE_CLIENT_ID and YOUTUBE_CLIENT_SECRET; then connect the account again."),
        ErrorRule(
            [401, 403], #""youtubeSignupRequired""#, is: .invalidContent, "NO_CHANNEL",
            "This Google account has no YouTube channel. Create one at YouTube, then connect the account again."),
        ErrorRule(
            [403], #""insufficientPermissions""#, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", is: .authentication, "SCOPE_MISSING",
            "YouTube misses a permission. Connect the account again and leave all boxes ticked."),
        ErrorRule(
            [403], #""accessNotConfigured""#, "SERVICE_DISABLED", is: .invalidContent, notEnabledCode,
            "The Google project does not use this API yet. The operator enables the YouTube Data API v3 and the YouTube Analytics API in the "
                + "Google Cloud console."),
    ]

    /// Without a wait of their own they end at midnight in California: see `YouTube.retryAfter`.
    private static let quotaRules = [
        ErrorRule(
            [403, 429], #""quotaExceeded""#, #""dailyLimitExceeded""#, is: .rateLimited, "QUOTA_EXCEEDED",
            "The Google project has used up its quota for YouTube, which begins anew at midnight in California. It goes on by itself then."),
        ErrorRule(
            [403, 429], #""rateLimitExceeded""#, #""userRateLimitExceeded""#, is: .rateLimited, "RATE_LIMITED",
            "YouTube allows no more requests for now.", retryAfter: .minutes(1)),
        ErrorRule(
            [429], #""uploadRateLimitExceeded""#, is: .rateLimited, "THUMBNAIL_LIMIT",
            "The video is published. YouTube takes no more thumbnails from this channel for now; it is tried again.", retryAfter: .minutes(30)),
        // YouTube tells neither the limit nor its end, which is within a day.
        ErrorRule(
            [400, 403], #""uploadLimitExceeded""#, is: .rateLimited, "UPLOAD_LIMIT",
            "The channel has uploaded as many videos as YouTube allows in a day. It is tried again later.", retryAfter: .hours(6)),
    ]

    private static let metadataRules = [
        ErrorRule(
            [400], #""invalidTitle""#, is: .invalidContent, "TITLE", "YouTube refuses the title: it needs 1 to 100 characters, without < and >."),
        ErrorRule(
            [400], #""invalidDescription""#, is: .invalidContent, "DESCRIPTION",
            "YouTube refuses the description: at most 5,000 bytes, without < and >."),
        ErrorRule(
            [400], #""invalidTags""#, is: .invalidContent, "TAGS", "YouTube refuses the tags: together they may have 500 characters, without < and >."
        ),
        ErrorRule([400], #""invalidCategoryId""#, is: .invalidContent, "CATEGORY", "YouTube does not know this category. Choose another one."),
        ErrorRule(
            [400], #""invalidPublishAt""#, is: .invalidContent, "PUBLISH_AT", "YouTube refuses the time of publishing: it is for private videos only."
        ),
        ErrorRule(
            [400], #""defaultLanguageNotSet""#, is: .invalidContent, "LANGUAGE", "YouTube wants to know the language. Fill in the setting Language."),
        ErrorRule(
            [400], #""mediaBodyRequired""#, #""badContent""#, is: .invalidContent, "FILE_REFUSED",
            "YouTube did not find a video in the file. Encode it again (MP4, H.264, AAC)."),
        ErrorRule(
            [400], #""invalidVideoMetadata""#, #""invalidFilename""#, #""invalidRecordingDetails""#, #""invalidVideoGameRating""#,
            is: .invalidContent,
            "METADATA", "YouTube refuses what is said of the video. Check title, description, tags and settings."),
        ErrorRule(
            [403], #""forbiddenPrivacySetting""#, is: .invalidContent, "PRIVACY",
            "YouTube does not allow this channel to show the video like that. "
                + "Choose who can see it anew."),
        ErrorRule(
            [403], #""forbiddenLicenseSetting""#, is: .invalidContent, "LICENCE", "YouTube does not allow this licence here. Choose the other one."),
        ErrorRule([413], is: .invalidContent, "FILE_TOO_LARGE", "The file is larger than YouTube takes. Make it smaller."),
        ErrorRule([400], #""uploadTooLarge""#, is: .invalidContent, "FILE_TOO_LARGE", "The file is larger than YouTube takes. Make it smaller."),
    ]

    /// What may fail when the video is there already.
    private static let afterwardsRules = [
        ErrorRule(
            [400], #""invalidImage""#, #""imageFormatUnsupported""#, #""imageTooTall""#, #""imageTooWide""#, #""failedPrecondition""#,
            is: .invalidContent, "THUMBNAIL_REFUSED",
            "YouTube did not take the thumbnail: it wants a JPEG or PNG of 1280×720 pixels and at most 2 MB."),
        ErrorRule(
            [403], #""youtube.thumbnail""#, is: .invalidContent, "THUMBNAIL_NOT_ALLOWED",
            "YouTube takes thumbnails only from channels that are verified by phone (youtube.com/verify)."),
        ErrorRule(
            [403], #""commentsDisabled""#, is: .invalidContent, "COMMENTS_DISABLED",
            "The video is published, but it takes no comments, as videos made for kids and private ones do not."),
        ErrorRule(
            [403], #""ineligibleAccount""#, is: .invalidContent, "CANNOT_COMMENT",
            "The video is published, but this account cannot comment. Sign in at YouTube once to merge it with its channel."),
        ErrorRule(
            [400], #""commentTextTooLong""#, is: .invalidContent, "COMMENT_TOO_LONG",
            "The video is published, but the comment is too long for YouTube."),
        ErrorRule(
            [409], #""captionExists""#, is: .invalidContent, captionExistsCode, "The video has captions in this language already."),
        ErrorRule(
            [400], #""contentRequired""#, #""nameTooLong""#, #""invalidMetadata""#, is: .invalidContent, "CAPTIONS_REFUSED",
            "YouTube does not take the captions. Check the file and its language, and add it in YouTube Studio."),
        ErrorRule(
            [404], #""playlistNotFound""#, is: .invalidContent, "PLAYLIST_NOT_FOUND", "YouTube does not know the playlist."),
        ErrorRule(
            [403], #""playlistContainsMaximumNumberOfVideos""#, is: .invalidContent, "PLAYLIST_FULL", "The playlist is full."),
        ErrorRule(
            [404], #""videoNotFound""#, is: .invalidContent, notFoundCode, "YouTube does not show the video: it was deleted.",
            patience: ErrorRule.visibility),
        ErrorRule(
            [403], #""forbidden""#, is: .invalidContent, "FORBIDDEN",
            "YouTube does not allow this channel to do that. Sign in at YouTube Studio to see why."),
    ]
}
