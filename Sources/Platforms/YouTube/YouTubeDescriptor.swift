import Domain

extension YouTube {
    static let descriptor = PlatformDescriptor(
        id: "youtube", name: "YouTube", mark: "YT", connect: ConnectFlow(method: .oauth2, choosesAccount: true),
        credentials: [
            CredentialField(variable: "YOUTUBE_CLIENT_ID", label: "Client ID", secret: false),
            CredentialField(variable: "YOUTUBE_CLIENT_SECRET", label: "Client secret", secret: true),
        ],
        // The description; comments below the video are counted alike. Neither may hold < or >.
        text: TextRule(limit: 5000, counting: .utf8, forbidden: ["U+003C", "U+003E"]),
        thread: ThreadRule(kind: .comments, maxParts: 10, followUpMedia: false),
        media: media(ratio: nil, maxDuration: 43_200), settings: settings,
        kinds: [
            ContentKind("video", "Video", suits: [.video, .several]),
            // YouTube has no mark for a Short: it takes what is square or upright and lasts three minutes at most for one.
            ContentKind("short", "Short", media: media(ratio: Bounds(nil, 1), maxDuration: 180)),
        ],
        lookups: [
            LookupField(
                name: "playlist", label: "Playlist", help: "A part of the playlist's title; without it the channel's playlists.", needsQuery: false)
        ],
        analytics: [.views, .likes, .comments, .shares], accountAnalytics: [.followers, .posts, .views, .interactions],
        followUps: [FollowUp(.comment)],
        scopes: [
            NeededScope(
                "https://www.googleapis.com/auth/youtube.upload", "https://www.googleapis.com/auth/youtube",
                "https://www.googleapis.com/auth/youtube.force-ssl")
        ],
        documentation: "docs/platforms/youtube.md")

    private static func media(ratio: Bounds?, maxDuration: Double) -> MediaRule {
        MediaRule(
            maxImages: 0, maxVideos: 1, maxAnimations: 0, required: true, image: nil, animation: nil,
            video: FileRule(
                types: ["video/mp4", "video/quicktime", "video/webm"],
                maxBytes: 256 << 30, ratio: ratio, maxDuration: maxDuration, captions: true),
            // YouTube's API says 50 MB and its help 2 MB.
            cover: FileRule(types: ["image/jpeg", "image/png"], maxBytes: 2 << 20), altTextLimit: 0)
    }

    private static let settings = [
        SettingField(
            name: "title", kind: .text, label: "Title", help: "1 to 100 characters, without < and >.", defaultValue: "", maxLength: 100,
            pattern: "[^<>]*", required: true),
        SettingField(
            name: "type", kind: .choice, label: "Who can see it",
            options: [.init("public", "Everyone"), .init("unlisted", "Who has the link"), .init("private", "Only you")],
            defaultValue: "public"),
        SettingField(
            name: "selfDeclaredMadeForKids", kind: .choice, label: "Made for kids",
            help: "Videos made for kids have no comments and no personal advertising.", options: [.init("no", "No"), .init("yes", "Yes")],
            defaultValue: "no"),
        SettingField(
            name: "tags", kind: .text, label: "Tags", help: "Words and phrases with commas between them, together up to 500 characters.",
            defaultValue: "", maxLength: 500, pattern: "[^<>]*", format: .keywords),
        SettingField(name: "categoryId", kind: .choice, label: "Category", options: categories, defaultValue: "22"),
        SettingField(
            name: "playlist", kind: .text, label: "Playlist", help: "The id or the address of one of the channel's playlists.", defaultValue: "",
            maxLength: 300, pattern: #"([A-Za-z0-9_\-]+|https://(www\.|m\.)?youtube\.com/playlist\?list=[A-Za-z0-9_\-]+(&.*)?)?"#),
        SettingField(
            name: "language", kind: .text, label: "Language", help: "Of title, description and sound, such as en or pt-BR.", defaultValue: "",
            maxLength: 20, format: .languageTag),
        SettingField(
            name: "localizedTitles", kind: .text, label: "Titles in other languages",
            help: "Such as de: Tee und Kuchen | fr: Le thé. The setting Language names that of the title itself.", defaultValue: "",
            maxLength: 5000, pattern: byLanguage("[^|<>]{0,99}")),
        SettingField(
            name: "localizedDescriptions", kind: .text, label: "Descriptions in other languages",
            help: "Written like the titles. Where a language has none, it is the post's text.", defaultValue: "", maxLength: 20_000,
            pattern: byLanguage("[^|<>]*")),
        SettingField(
            name: "recordingDate", kind: .text, label: "Filmed on", help: "A day such as 2026-05-31.", defaultValue: "", maxLength: 10,
            pattern: "((19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(19|20)[0-9]{2}-(0[13-9]|1[0-2])-(29|30)"
                + "|(19|20)[0-9]{2}-(0[13578]|1[02])-31|(19|20)([02468][048]|[13579][26])-02-29)?"),
        SettingField(
            name: "license", kind: .choice, label: "Licence",
            options: [.init("youtube", "Standard YouTube licence"), .init("creativeCommon", "Creative Commons, attribution")],
            defaultValue: "youtube"),
        SettingField(
            name: "embeddable", kind: .toggle, label: "May be embedded", help: "Other sites may show it.", defaultValue: true),
        SettingField(
            name: "publicStatsViewable", kind: .toggle, label: "Statistics for everyone", help: "Everyone may see its extended statistics.",
            defaultValue: true),
        SettingField(
            name: "notifySubscribers", kind: .toggle, label: "Tell subscribers", help: "Subscribers are notified of the new video.",
            defaultValue: true),
        SettingField(
            name: "containsSyntheticMedia", kind: .toggle, label: "Altered or made with AI",
            help: "It shows realistic things that were altered or generated.", defaultValue: false),
        SettingField(
            name: "hasPaidProductPlacement", kind: .toggle, label: "Paid promotion", help: "It holds product placement or sponsorship.",
            defaultValue: false),
    ]

    /// Texts by language, `rest` of each behind its first sign.
    private static func byLanguage(_ rest: String) -> String {
        let one = #"\s*[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\s*:\s*[^|<>\s]\#(rest)"#
        return #"(\#(one)(\|\#(one)){0,49})?"#
    }

    /// Those that a video can be given everywhere (videoCategories.list).
    private static let categories: [SettingField.Option] = [
        .init("1", "Film & Animation"), .init("2", "Autos & Vehicles"), .init("10", "Music"), .init("15", "Pets & Animals"),
        .init("17", "Sports"), .init("19", "Travel & Events"), .init("20", "Gaming"), .init("22", "People & Blogs"), .init("23", "Comedy"),
        .init("24", "Entertainment"), .init("25", "News & Politics"), .init("26", "Howto & Style"), .init("27", "Education"),
        .init("28", "Science & Technology"), .init("29", "Nonprofits & Activism"),
    ]
}
