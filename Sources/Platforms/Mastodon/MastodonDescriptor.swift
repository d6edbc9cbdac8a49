import Domain

extension Mastodon {
    static let defaultInstance = "https://mastodon.social"

    static let descriptor = PlatformDescriptor(
        id: "mastodon", name: "Mastodon", mark: "M", connect: ConnectFlow(method: .oauth2, asksForInstance: true),
        // The app is registered by itself with every instance.
        credentials: [],
        text: TextRule(limit: 500, counting: .graphemes), thread: ThreadRule(kind: .replies, maxParts: 100),
        media: MediaRule(
            maxImages: 4, maxVideos: 1, maxAnimations: 1, maxAudios: 1,
            image: FileRule(
                types: ["image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/avif"], maxBytes: 16_777_216,
                maxPixels: 33_177_600),
            animation: FileRule(types: ["image/gif"], maxBytes: 16_777_216, maxPixels: 33_177_600),
            video: FileRule(
                types: ["video/mp4", "video/quicktime", "video/webm"], maxBytes: 103_809_024, maxPixels: 8_294_400,
                tracks: TrackRule(frameRate: Bounds(nil, 120))),
            audio: FileRule(types: ["audio/mp4", "audio/webm"], maxBytes: 103_809_024),
            altTextLimit: 1500),
        settings: settings + [quote] + poll,
        kinds: [
            ContentKind("post", "Post", suits: ContentKind.Shape.allCases, settings: settings.map(\.name) + [quote.name]),
            ContentKind("poll", "Poll", media: .nothing, settings: (poll + settings).map(\.name)),
        ],
        lookups: [mention], analytics: [.likes, .shares, .comments, .quotes],
        accountAnalytics: [.followers, .posts],
        followUps: [FollowUp(.repost, others: "mastodon"), FollowUp(.comment, others: "mastodon")],
        scopes: [NeededScope("write:statuses", "write"), NeededScope("write:media", "write", withFiles: true)],
        doubles: "looked up among the account's statuses, and an `Idempotency-Key`", documentation: "docs/platforms/mastodon.md")

    private static let settings = [
        SettingField(
            name: "visibility", kind: .choice, label: "Who can see it",
            options: [
                .init("public", "Everyone"), .init("unlisted", "Everyone, but not in public timelines"), .init("private", "Followers only"),
                .init("direct", "Only people mentioned"),
            ], defaultValue: "public"),
        SettingField(
            name: "spoiler_text", kind: .text, label: "Content warning", help: "Shown first; the text opens on a click.", defaultValue: "",
            countsAsText: true),
        SettingField(
            name: "sensitive", kind: .toggle, label: "Sensitive media", help: "Media are hidden until clicked.", defaultValue: false),
        SettingField(
            name: "language", kind: .text, label: "Language", help: "A code such as en, pt-BR or zh-TW.", defaultValue: "",
            format: .languageTag),
        SettingField(
            name: "quote_policy", kind: .choice, label: "Who can quote it", help: "From Mastodon 4.5 on.",
            options: [
                .init("account", "As set at the account"), .init("public", "Everyone"), .init("followers", "Followers"), .init("nobody", "Nobody"),
            ], defaultValue: "account"),
        SettingField(
            name: "focus", kind: .text, label: "Centre of the pictures",
            help:
                "What stays visible when a picture is cut: across and up from the middle, -1 to 1, with | between pictures, such as 0.5,-0.2 | 0,0.",
            defaultValue: "", maxLength: 200,
            pattern: #"(\s*(-?(0?\.[0-9]{1,4}|[01](\.0{1,4})?)\s*,\s*-?(0?\.[0-9]{1,4}|[01](\.0{1,4})?))?\s*(\||$)){0,20}"#),
    ]

    /// Mastodon takes a quote in the place of files and polls.
    private static let quote = SettingField(
        name: "quote", kind: .text, label: "Quote", help: "The address or the number of a post on the account's own server. From Mastodon 4.5 on.",
        defaultValue: "", maxLength: 500, pattern: #"(https://\S+/)?[0-9]*"#)

    private static let poll = [
        SettingField(
            name: "poll_options", kind: .text, label: "Answers",
            help: "Two to four answers of up to 50 characters with | between them, such as Tea | Coffee; servers may allow more. The text is the "
                + "question.",
            defaultValue: "", answers: AnswerRule(count: 2...4, maxLength: 50, counting: .characters), required: true),
        SettingField(
            name: "poll_seconds", kind: .choice, label: "Time to vote",
            options: [
                .init("300", "5 minutes"), .init("1800", "30 minutes"), .init("3600", "1 hour"), .init("21600", "6 hours"),
                .init("43200", "12 hours"), .init("86400", "1 day"), .init("259200", "3 days"), .init("604800", "7 days"),
                .init("1209600", "14 days"), .init("2592000", "30 days"),
            ], defaultValue: "86400", format: .pollSeconds),
        SettingField(name: "poll_multiple", kind: .toggle, label: "Several answers", help: "People may choose more than one.", defaultValue: false),
        SettingField(
            name: "poll_hide_totals", kind: .toggle, label: "Hide the counts", help: "Nobody sees them before the end.", defaultValue: false),
    ]

    static let mediaNotReadyCode = "MEDIA_NOT_READY"

    /// For the calls of connecting, where no post is spoken of: a path that is missing means that the server is another kind of one.
    static func connectingRules(_ instance: Instance) -> [ErrorRule] {
        [ErrorRule([404, 405, 410], is: .invalidContent, "NO_SUCH_SERVER", notAServer(instance))] + errorRules
    }

    static func notAServer(_ instance: Instance) -> String { "\(instance.host) does not answer like a Mastodon server. Is the name right?" }

    /// Body `{"error": "…"}`.
    static let errorRules = [
        ErrorRule(
            [403], "outside the authorized scopes", "out_of_scope", "insufficient_scope", is: .authentication, "SCOPE_MISSING",
            "The server wants more permissions than were given. Connect the account again."),
        ErrorRule(
            [403], "login is currently disabled", "pending approval", "confirm", is: .authentication, "ACCOUNT_RESTRICTED",
            "The server does not let this account post now. Sign in there to see why, then connect again."),
        ErrorRule(
            [422], "not finished processing", "not been processed", is: .transient, mediaNotReadyCode,
            "The server is still processing a file of this post."),
        ErrorRule(
            [422], "could not be verified", "content type is invalid", is: .invalidContent, "MEDIA_TYPE",
            "The server does not accept this kind of file. Use another one."),
        ErrorRule([413], is: .invalidContent, "MEDIA_TOO_LARGE", "The file is too large for this server. Make it smaller."),
        ErrorRule(
            [404], is: .invalidContent, "NOT_FOUND", "The server does not know the post that is replied to, or a file: it was deleted.",
            patience: ErrorRule.visibility),
        ErrorRule(
            [400, 401], "invalid_grant", "invalid_client", is: .authentication, "GRANT_REFUSED",
            "The server did not accept the answer of its consent page. Start connecting again."),
    ]
}
