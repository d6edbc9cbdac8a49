import Domain

extension TikTok {
    static let descriptor = PlatformDescriptor(
        id: "tiktok", name: "TikTok", mark: "♪", connect: ConnectFlow(method: .oauth2),
        credentials: [
            CredentialField(variable: "TIKTOK_CLIENT_ID", label: "Client key", secret: false),
            CredentialField(variable: "TIKTOK_CLIENT_SECRET", label: "Client secret", secret: true),
        ],
        text: TextRule(limit: 2200, counting: .utf16), thread: ThreadRule(kind: .none, maxParts: 1), media: film, settings: settings,
        kinds: kinds, analytics: [.views, .likes, .comments, .shares], accountAnalytics: [.followers, .posts],
        budgets: [PublishingBudget(.account, posts: 6, per: .minutes(1))],
        scopes: [NeededScope("video.publish", "video.upload")],
        documentation: "docs/platforms/tiktok.md")

    private static let film = MediaRule(
        maxImages: 0, maxVideos: 1, maxAnimations: 0, required: true, image: nil, animation: nil,
        video: FileRule(
            types: ["video/mp4", "video/quicktime", "video/webm"], maxBytes: 4_000_000_000, width: Bounds(360, 4096),
            height: Bounds(360, 4096), maxDuration: 600,
            tracks: TrackRule(videoCodecs: ["h264", "hevc", "vp8", "vp9"], frameRate: Bounds(23, 60))), altTextLimit: 0)

    private static let pictures = MediaRule(
        maxImages: 35, maxVideos: 0, maxAnimations: 0, required: true,
        image: FileRule(types: ["image/jpeg", "image/webp"], maxBytes: 20_000_000, maxPixels: 1920 * 1080), animation: nil, video: nil,
        altTextLimit: 0)

    private static let description = TextRule(limit: 4000, counting: .utf16)
    private static let ofPost = ["privacy_level", "comment", "brand_content_toggle", "brand_organic_toggle"]

    private static let kinds = [
        ContentKind(
            "video", "Video", suits: [.video],
            settings: ofPost + ["duet", "stitch", "video_made_with_ai", "video_cover_timestamp_ms"]),
        ContentKind(
            "photo", "Photos", suits: [.picture, .several], text: description, media: pictures,
            settings: ofPost + ["title", "autoAddMusic", "photo_cover_index"], pullsMedia: true),
        ContentKind("video_draft", "Video, finished in the app", settings: []),
        ContentKind(
            "photo_draft", "Photos, finished in the app", text: description, media: pictures, settings: ["title", "photo_cover_index"],
            pullsMedia: true),
    ]

    private static let settings = [
        SettingField(
            name: "privacy_level", kind: .choice, label: "Who can see it",
            help:
                "Choose for each post. Which of them there are depends on the account; an app that TikTok has not reviewed can only post to yourself.",
            options: [
                .init("", "Choose"), .init("PUBLIC_TO_EVERYONE", "Everyone"), .init("MUTUAL_FOLLOW_FRIENDS", "Friends"),
                .init("FOLLOWER_OF_CREATOR", "Followers"), .init("SELF_ONLY", "Only you"),
            ], defaultValue: "", required: true),
        toggle("comment", "Allow comments"),
        toggle("duet", "Allow duets"),
        toggle("stitch", "Allow stitches"),
        toggle("brand_organic_toggle", "Your brand", "You promote yourself or your own business."),
        toggle("brand_content_toggle", "Branded content", "You promote another brand for something in return. It cannot be seen by you alone."),
        toggle("video_made_with_ai", "Made with AI", "Labels the video as made with AI."),
        SettingField(
            name: "video_cover_timestamp_ms", kind: .text, label: "Cover", help: "Milliseconds from the start of the video, such as 1500.",
            defaultValue: "", maxLength: 6, pattern: "[0-9]*"),
        SettingField(
            name: "title", kind: .text, label: "Title", help: "Stands above the text of photos, up to 90 characters.", defaultValue: "",
            maxLength: 90),
        SettingField(
            name: "autoAddMusic", kind: .choice, label: "Add music", options: [.init("no", "No"), .init("yes", "TikTok chooses")],
            defaultValue: "no"),
        SettingField(
            name: "photo_cover_index", kind: .text, label: "Cover", help: "Which of the photos is the cover, counted from 0.",
            defaultValue: "0", maxLength: 2, pattern: "[0-9]*"),
    ]

    /// TikTok asks that what people may do is off until the author turns it on.
    private static func toggle(_ name: String, _ label: String, _ help: String = "") -> SettingField {
        SettingField(name: name, kind: .toggle, label: label, help: help, defaultValue: false)
    }
}
