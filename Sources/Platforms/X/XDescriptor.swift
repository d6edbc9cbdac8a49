import Domain

extension X {
    static let longTextLimit = 4000

    static let descriptor = PlatformDescriptor(
        id: "x", name: "X", mark: "X", connect: ConnectFlow(method: .oauth1),
        credentials: [
            CredentialField(variable: "X_API_KEY", label: "API key", secret: false),
            CredentialField(variable: "X_API_SECRET", label: "API key secret", secret: true),
        ],
        text: TextRule(limit: 280, counting: .weighted, forbidden: ["U+FEFF", "U+FFFE", "U+FFFF"]), thread: ThreadRule(kind: .replies, maxParts: 100),
        media: MediaRule(
            maxImages: 4, maxVideos: 1, maxAnimations: 1,
            image: FileRule(types: ["image/jpeg", "image/png", "image/webp", "image/gif"], maxBytes: 5_000_000),
            animation: FileRule(
                types: ["image/gif"], maxBytes: 15_000_000, maxPixels: 1280 * 1080, maxFrames: 350, maxPixelsOfAllFrames: 300_000_000),
            video: FileRule(
                types: ["video/mp4", "video/quicktime"], maxBytes: 512_000_000,
                // X documents at most 1280×1024 and takes 1920×1080 all the same.
                width: Bounds(32), height: Bounds(32), ratio: Bounds(1.0 / 3, 3), minDuration: 0.5, maxDuration: 140,
                tracks: TrackRule(
                    videoCodecs: ["h264"], pixelFormats: ["yuv420p", "yuvj420p"], audioCodecs: ["aac"], frameRate: Bounds(nil, 60)), captions: true),
            altTextLimit: 1000),
        settings: settings + posts + [articleTitle] + poll,
        kinds: [
            ContentKind("post", "Post", suits: ContentKind.Shape.allCases, settings: (settings + posts).map(\.name)),
            ContentKind(
                article, "Article", text: articleText, thread: ThreadRule(kind: .replies, maxParts: 100, followUpTextLimit: 280), media: articleMedia,
                settings: [articleTitle.name]),
            ContentKind(
                articleDraft, "Article, finished at X", text: articleText, thread: ThreadRule(kind: .none, maxParts: 1), media: articleMedia,
                settings: [articleTitle.name]),
            ContentKind("poll", "Poll", media: .nothing, settings: (poll + settings).map(\.name)),
        ],
        lookups: [mention], analytics: [.impressions, .likes, .shares, .comments, .clicks, .saves, .quotes],
        accountAnalytics: [.followers, .posts],
        // Self-serve apps reply only where the author mentioned the account, so others cannot comment.
        followUps: [FollowUp(.repost, others: "x"), FollowUp(.comment)],
        budgets: [PublishingBudget(.account, posts: 100, per: .minutes(15)), PublishingBudget(.app, posts: 10_000, per: .hours(24))],
        documentation: "docs/platforms/x.md")

    private static let settings = [
        SettingField(
            name: "who_can_reply_post", kind: .choice, label: "Who can reply",
            options: [
                .init("everyone", "Everyone"), .init("following", "Accounts you follow"), .init("mentionedUsers", "Accounts you mention"),
                .init("subscribers", "Your subscribers"), .init("verified", "Verified accounts"),
            ], defaultValue: "everyone"),
        SettingField(
            name: "community", kind: .text, label: "Community", help: "Address of a community to post in; it is shared with followers too.",
            defaultValue: "", maxLength: 100, pattern: #"(https://(www\.|mobile\.)?(x|twitter)\.com/i/communities/[0-9]+/?)?"#),
        SettingField(
            name: "share_with_followers", kind: .toggle, label: "Share with followers", help: "Shows a community's post to followers too.",
            defaultValue: true, needs: "community"),
        SettingField(
            name: "subscribers_only", kind: .toggle, label: "Subscribers only", help: "Only the account's paying subscribers can see it.",
            defaultValue: false),
        SettingField(
            name: "place_id", kind: .text, label: "Place", help: "X's number of a place, such as 5a110d312052166f.", defaultValue: "", maxLength: 30,
            pattern: "[0-9a-f]*"),
        SettingField(
            name: "made_with_ai", kind: .toggle, label: "Made with AI", help: "Labels the post as made with AI.", defaultValue: false),
        SettingField(
            name: "paid_partnership", kind: .toggle, label: "Paid partnership", help: "Labels the post as a paid partnership.",
            defaultValue: false),
    ]

    static let article = "article"
    static let articleDraft = "article_draft"
    private static let articleText = TextRule(
        limit: 100_000, counting: .weighted, countingDocumented: false, forbidden: ["U+FEFF", "U+FFFE", "U+FFFF"])
    /// The first picture is the cover.
    private static let articleMedia = MediaRule(
        maxImages: 20, maxVideos: 0, maxAnimations: 0, image: FileRule(types: ["image/jpeg", "image/png", "image/webp"], maxBytes: 5_000_000),
        animation: nil, video: nil, altTextLimit: 1000)
    private static let articleTitle = SettingField(
        name: "article_title", kind: .text, label: "Title", defaultValue: "", maxLength: 250, required: true)

    /// Of posts that are no polls.
    private static let posts = [
        SettingField(
            name: "tagged_users", kind: .text, label: "People shown",
            help: "X's numbers of up to ten accounts that are in the pictures, with commas between them.", defaultValue: "", maxLength: 220,
            pattern: #"(\s*[0-9]{1,19}\s*(,\s*[0-9]{1,19}\s*){0,9})?"#),
        SettingField(
            name: "quote", kind: .text, label: "Quote",
            help: "The address of a post. Not with files, and only where X lets the app quote: it takes no quotes from apps of the usual plans.",
            defaultValue: "", maxLength: 200, pattern: #"(https://(www\.|mobile\.)?(x|twitter)\.com/[A-Za-z0-9_/]+/status/[0-9]+(\?\S*)?)?"#),
    ]

    private static let poll = [
        SettingField(
            name: "poll_options", kind: .text, label: "Answers",
            help: "Two to four answers of up to 25 characters with | between them, such as Tea | Coffee. The text is the question.",
            // X documents the limit and not the unit.
            defaultValue: "", answers: AnswerRule(count: 2...4, maxLength: 25, counting: .utf16), required: true),
        SettingField(
            name: "poll_minutes", kind: .choice, label: "Time to vote",
            options: [
                .init("5", "5 minutes"), .init("30", "30 minutes"), .init("60", "1 hour"), .init("360", "6 hours"), .init("720", "12 hours"),
                .init("1440", "1 day"), .init("2880", "2 days"), .init("4320", "3 days"), .init("7200", "5 days"), .init("10080", "7 days"),
            ], defaultValue: "1440"),
    ]

    /// X API v2 problem documents and the older `{"errors":[{code,message}]}`.
    static let errorRules = [
        ErrorRule(
            [402], is: .rateLimited, "CREDITS_DEPLETED",
            "The X app's prepaid credit is used up. The operator adds credit in the X developer portal; the post then goes out by itself.",
            retryAfter: .minutes(15)),
        ErrorRule(
            [403, 429], "usage-capped", "CreditsDepleted", is: .rateLimited, "CREDITS_DEPLETED",
            "The X app's usage cap is reached. The operator raises it in the X developer portal; the post then goes out by itself.",
            retryAfter: .minutes(15)),
        ErrorRule(
            [400, 403], "deleted or not visible to you", is: .invalidContent, "PARENT_NOT_VISIBLE",
            "X does not show the post that is replied to: it was deleted, or its author hides it.", patience: ErrorRule.visibility),
        ErrorRule(
            [400], "media IDs are invalid", is: .invalidContent, "MEDIA_NOT_FOUND",
            "X does not know a file of this post, or does not take it with the others.", patience: ErrorRule.visibility),
        ErrorRule(
            [401], "timestamp out of bounds", is: .transient, "CLOCK_WRONG",
            "X refuses the time of this server. The operator sets the clock right (NTP); it goes on by itself then.",
            retryAfter: .minutes(1)),
        ErrorRule(
            [400, 403], "already retweeted", "already reposted", is: .invalidContent, alreadyRepostedCode,
            "The account has reposted this post already."),
        ErrorRule(
            [403], "duplicate content", "duplicate-rules", is: .invalidContent, duplicateCode,
            "X refuses a post with the same text as a recent one. Change the text."),
        ErrorRule(
            [403], "Unsupported Authentication", is: .authentication, "TOKEN_REJECTED",
            "X no longer accepts this connection. Connect the account again."),
        ErrorRule(
            [403], "client-forbidden", "\"code\":453", "\"code\": 453", is: .invalidContent, "APP_NOT_ALLOWED",
            "The X app may not do this: it is read-only or its plan is too small. The operator changes that in the X developer portal."),
        ErrorRule(
            [403], "user-suspended", "not permitted to access this feature", is: .invalidContent, "ACCOUNT_RESTRICTED",
            "X has restricted this account. Sign in at X to see why."),
        ErrorRule(
            [403], "Reply to this conversation is not allowed", is: .invalidContent, "REPLY_NOT_ALLOWED",
            "X allows a reply only where the author has mentioned or quoted the account."),
        ErrorRule(
            [403], "longer than 2 minutes", is: .invalidContent, "VIDEO_TOO_LONG",
            "X does not let this account post a video longer than 2 minutes. Shorten it."),
        ErrorRule(
            [400, 403], "one cashtag", is: .invalidContent, "TOO_MANY_CASHTAGS", "X allows one cashtag in a post. Remove the others."),
        ErrorRule(
            [400, 403], "contains an invalid URL", is: .invalidContent, "INVALID_LINK", "X refuses a link in this post. Correct it."),
        ErrorRule(
            [403], "not permitted to perform this action", is: .invalidContent, "NOT_PERMITTED",
            "X does not permit this post: its text may be too long for the account, or its media or reply settings are not allowed."),
        ErrorRule([409, 425], is: .transient, "TRY_LATER", "X asks to try again later."),
    ]

    static let duplicateCode = "DUPLICATE_CONTENT"
}
