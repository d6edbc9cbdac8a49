import Domain

extension TikTok {
    /// `{"error":{code,message,log_id}}`, and `{"error","error_description"}` where tokens are asked for.
    static let errorRules = [
        ErrorRule(
            [], "access_token_invalid", "access_token_expired", is: .authentication, "TOKEN_REJECTED",
            "TikTok no longer accepts this connection. Connect the account again."),
        ErrorRule(
            [], "scope_not_authorized", "scope_permission_missed", is: .authentication, "SCOPE_MISSING",
            "TikTok does not allow this with the permissions given. Connect again and allow everything."),
        ErrorRule(
            [], "invalid_grant", is: .authentication, "GRANT_REFUSED",
            "TikTok no longer renews this connection, or its answer was used before. Connect the account again."),
        ErrorRule([], "rate_limit_exceeded", is: .rateLimited, "RATE_LIMITED", "TikTok allows no more requests for now.", retryAfter: .minutes(1)),
        ErrorRule(
            [], "spam_risk_too_many_posts", is: .rateLimited, "DAILY_LIMIT",
            // The cap counts the last 24 hours, for as long as which a post is tried.
            "TikTok takes no more posts of this account in a day. It is tried again every hour.", retryAfter: .hours(1)),
        ErrorRule(
            [], "spam_risk_too_many_pending_share", is: .rateLimited, "TOO_MANY_DRAFTS",
            "Five drafts wait in this account's TikTok inbox, and TikTok takes no more in a day. Finish or remove them.", retryAfter: .hours(1)),
        ErrorRule(
            [], "reached_active_user_cap", is: .invalidContent, "APP_USER_LIMIT",
            "The TikTok app serves no more people today: TikTok has not reviewed it yet. The operator sends it for review; then publish again."),
        ErrorRule(
            [], "spam_risk_user_banned_from_posting", is: .invalidContent, "ACCOUNT_BANNED",
            "TikTok does not let this account post. Open TikTok to see why."),
        ErrorRule(
            [], "spam_risk", is: .invalidContent, "SPAM_RISK", "TikTok takes this post for spam. Change it, or post less often."),
        ErrorRule(
            [], "unaudited_client_can_only_post_to_private_accounts", is: .invalidContent, "APP_NOT_REVIEWED",
            """
            TikTok has not reviewed the app: until then it may post only to a private account and only to yourself. Set the account to \
            private at TikTok and choose "Only you", or let the operator send the app for review.
            """),
        ErrorRule(
            [], "url_ownership_unverified", is: .invalidContent, "ADDRESS_NOT_VERIFIED",
            """
            TikTok fetches photos only from addresses that the app's owner has verified. The operator adds MAIN_URL under "URL properties" \
            in the TikTok developer portal; then publish again.
            """),
        ErrorRule(
            [], "privacy_level_option_mismatch", is: .invalidContent, privacyCode,
            "This TikTok account does not have the chosen \"Who can see it\". Choose another."),
        ErrorRule(
            [], "app_version_check_failed", is: .invalidContent, "APP_TOO_OLD",
            "The TikTok app on the account's phone is too old for drafts. Update it, then publish again."),
        ErrorRule(
            [], "invalid_file_upload", is: .invalidContent, "FILE_REFUSED", "TikTok does not take this file. Use another one (MP4, H.264)."),
    ]

    static let privacyCode = "PRIVACY_NOT_AVAILABLE"

    /// What a `fail_reason` means; nil for one after which the post is sent anew.
    static func problem(_ reason: String) -> PlatformError? {
        if ["internal", "video_pull_failed", "photo_pull_failed"].contains(reason) { return nil }
        if reason == "auth_removed" {
            return PlatformError(
                .authentication, code: "TIKTOK_APP_REMOVED",
                message: "The permission was taken back at TikTok before the post was public. Connect the account again.", platformAnswer: reason)
        }
        let words = [
            "file_format_check_failed": "it does not know the file's format. Use another file (MP4, H.264)",
            "duration_check_failed": "the video is too long or too short for this account. Cut it",
            "frame_rate_check_failed": "the video needs 23 to 60 frames a second. Encode it again",
            "picture_size_check_failed": "the picture's size does not suit. Use another one, up to 1080p",
            "publish_cancelled": "publishing was cancelled at TikTok",
            "spam_risk_too_many_posts": "this account has posted all that it may today. Publish again tomorrow",
            "spam_risk_user_banned_from_posting": "this account may not post. Open TikTok to see why",
            "spam_risk_text": "it takes the text for spam. Change it", "spam_risk": "it takes the post for spam. Change it",
        ]
        return PlatformError(
            .invalidContent, code: "TIKTOK_POST_REFUSED",
            message: "TikTok did not publish this: \(words[reason] ?? "it says \(reason.prefix(100))").",
            platformAnswer: reason)
    }
}
