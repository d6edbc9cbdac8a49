import Domain

extension Threads {
    static let descriptor = PlatformDescriptor(
        id: "threads", name: "Threads", mark: "@", connect: ConnectFlow(method: .oauth2),
        credentials: [
            CredentialField(variable: "THREADS_APP_ID", label: "Threads app ID", secret: false),
            CredentialField(variable: "THREADS_APP_SECRET", label: "Threads app secret", secret: true),
        ],
        text: TextRule(limit: 500, counting: .emojiBytes), thread: ThreadRule(kind: .replies, maxParts: 100), media: media,
        settings: settings, kinds: kinds, pullsMedia: true, lookups: [place, mention],
        analytics: [.impressions, .likes, .comments, .shares, .quotes],
        accountAnalytics: [.followers, .views], followUps: [FollowUp(.comment)], budgets: [PublishingBudget(.account, posts: 250, per: .hours(24))],
        scopes: [NeededScope("threads_content_publish")],
        documentation: "docs/platforms/threads.md")

    private static let media = MediaRule(
        maxImages: 20, maxVideos: 20, maxAnimations: 0, mixing: true,
        image: FileRule(types: ["image/jpeg", "image/png"], maxBytes: 8_000_000, ratio: Bounds(nil, 10)), animation: nil,
        video: FileRule(
            types: ["video/mp4", "video/quicktime"], maxBytes: 1_000_000_000, width: Bounds(nil, 1920), ratio: Bounds(0.01, 10),
            maxDuration: 300, tracks: TrackRule(videoCodecs: ["h264", "hevc"], audioCodecs: ["aac"], frameRate: Bounds(23, 60))),
        altTextLimit: 1000)

    private static let forAll = ["text_spoilers", "reply_control", "topic_tag", "reply_approvals", "location_id", "country_codes"]

    private static let kinds = [
        ContentKind(
            "post", "Post", suits: [.text, .picture, .video, .several], settings: forAll + ["quote_post_id", "spoiler_media", "share_to_instagram"]),
        ContentKind("link", "Post with a link card", media: .nothing, settings: forAll + ["link"]),
        ContentKind(
            "poll", "Poll", media: .nothing, settings: forAll + ["poll_option_a", "poll_option_b", "poll_option_c", "poll_option_d"]),
        ContentKind("gif", "Post with a GIF", media: .nothing, settings: forAll + ["gif_id"]),
        ContentKind("long", "Post with a long text", media: .nothing, settings: forAll + ["long_text", "long_text_link"]),
        ContentKind("ghost", "Ghost post", thread: ThreadRule(kind: .none, maxParts: 1), media: .nothing, settings: []),
    ]

    static let place = LookupField(name: "location_id", label: "Place", help: "Words of the place's name, perhaps with its town.")
    static let mention = LookupField(name: "mention", label: "Mention", help: "The whole name of a public profile; put the value into the text.")

    private static let settings = [
        SettingField(
            name: "reply_control", kind: .choice, label: "Who can reply",
            options: [
                .init("everyone", "Everyone"), .init("accounts_you_follow", "Accounts you follow"),
                .init("mentioned_only", "Accounts you mention"), .init("followers_only", "Your followers"),
                .init("parent_post_author_only", "The author of the post replied to"),
            ], defaultValue: "everyone"),
        SettingField(
            name: "topic_tag", kind: .text, label: "Topic", help: "One topic without # . and &.", defaultValue: "", maxLength: 50,
            pattern: "[^.&#]*"),
        SettingField(
            name: "reply_approvals", kind: .toggle, label: "Approve replies", help: "Replies are shown after you approve them.",
            defaultValue: false),
        SettingField(
            name: "location_id", kind: .text, label: "Place",
            help: "The number of a place at Threads. The app needs the permission threads_location_tagging.", defaultValue: "", maxLength: 30,
            pattern: "[0-9]*"),
        SettingField(
            name: "text_spoilers", kind: .text, label: "Hidden words",
            help: "Words of the text that are hidden until they are tapped, with | between them, such as the butler | in the library.",
            defaultValue: "", maxLength: 500),
        SettingField(
            name: "country_codes", kind: .text, label: "Countries", help: "Where it can be seen: two-letter codes with commas, such as DE,AT.",
            defaultValue: "", maxLength: 300, pattern: "([A-Z]{2}(,[A-Z]{2})*)?"),
        SettingField(
            name: "quote_post_id", kind: .text, label: "Quote", help: "The number of a Threads post that is quoted.", defaultValue: "",
            maxLength: 30, pattern: "[0-9]*"),
        SettingField(
            name: "spoiler_media", kind: .toggle, label: "Spoiler", help: "Pictures and videos are hidden until they are tapped.",
            defaultValue: false),
        SettingField(
            name: "share_to_instagram", kind: .toggle, label: "Share to Instagram",
            help: "As a story. The app needs the permission threads_share_to_instagram.", defaultValue: false),
        SettingField(
            name: "link", kind: .text, label: "Link", help: "The address that is shown as a card, beginning with https://.", defaultValue: "",
            maxLength: 2000, pattern: #"https?://\S+"#, required: true),
        option("a", required: true), option("b", required: true), option("c"), option("d"),
        SettingField(
            name: "gif_id", kind: .text, label: "GIF", help: "The id of a GIF at GIPHY: the letters at the end of its address.",
            defaultValue: "", maxLength: 100, pattern: "[A-Za-z0-9]*", required: true),
        SettingField(
            name: "long_text", kind: .text, label: "Long text", help: "Shown when the post is opened, up to 10,000 characters.",
            defaultValue: "", maxLength: 10_000, required: true),
        SettingField(
            name: "long_text_link", kind: .text, label: "Link of the long text", defaultValue: "", maxLength: 2000, pattern: #"https?://\S+"#),
    ]

    private static func option(_ letter: String, required: Bool = false) -> SettingField {
        SettingField(
            name: "poll_option_\(letter)", kind: .text, label: "Option \(letter.uppercased())", defaultValue: "", maxLength: 25,
            required: required)
    }
}
