import Domain

extension Reddit {
    static let descriptor = PlatformDescriptor(
        id: "reddit", name: "Reddit", mark: "r/", connect: ConnectFlow(method: .oauth2),
        credentials: [
            CredentialField(variable: "REDDIT_CLIENT_ID", label: "Client ID", secret: false),
            CredentialField(variable: "REDDIT_CLIENT_SECRET", label: "Client secret", secret: true),
        ],
        // Reddit documents the limits and not the unit.
        text: TextRule(limit: 40_000, counting: .utf16, countingDocumented: false),
        thread: ThreadRule(kind: .comments, maxParts: 20, followUpTextLimit: 10_000, followUpMedia: false),
        media: media(images: 20, animations: 0, required: false), settings: place + [link, shared] + gallery + poll + marks,
        kinds: [
            ContentKind("text", "Text", suits: [.text], media: .nothing, settings: names(place + marks)),
            ContentKind("link", "Link", media: .nothing, settings: names(place + [link] + marks) + ["allow_repost"]),
            ContentKind("image", "Picture", suits: [.picture], media: media(images: 1, animations: 1), settings: names(place + marks)),
            ContentKind("gallery", "Gallery", suits: [.several], media: media(images: 20, animations: 0), settings: names(place + gallery + marks)),
            ContentKind("video", "Video", suits: [.video], media: film, settings: names(place + marks)),
            ContentKind("crosspost", "Crosspost", media: .nothing, settings: names(place + [shared] + marks)),
            ContentKind("poll", "Poll", media: .nothing, settings: names(place + poll + marks)),
        ],
        lookups: [communities, flairs], analytics: [.likes, .comments, .shares], accountAnalytics: [.followers], followUps: [FollowUp(.comment)],
        scopes: [NeededScope("submit")],
        documentation: "docs/platforms/reddit.md")

    private static func names(_ settings: [SettingField]) -> [String] { settings.map(\.name).filter { $0 != "allow_repost" } }

    // The sizes of Reddit's own upload policies.
    private static let stillTypes = FileRule(types: ["image/jpeg", "image/png"], maxBytes: 20_971_520)

    private static func media(images: Int, animations: Int, required: Bool = true) -> MediaRule {
        MediaRule(
            maxImages: images, maxVideos: 0, maxAnimations: animations, required: required, image: stillTypes,
            animation: animations > 0 ? FileRule(types: ["image/gif"], maxBytes: 104_857_600) : nil, video: nil, altTextLimit: 0)
    }

    private static let film = MediaRule(
        maxImages: 0, maxVideos: 1, maxAnimations: 0, required: true, image: nil, animation: nil,
        video: FileRule(types: ["video/mp4", "video/quicktime"], maxBytes: 1_073_741_824, maxDuration: 900), cover: stillTypes,
        altTextLimit: 0)

    private static let place = [
        SettingField(
            name: "subreddit", kind: .text, label: "Community",
            help: "One community, such as r/test, or u/name for a profile of your own. For each further one write a post of its own.",
            defaultValue: "",
            maxLength: 60, pattern: #"(/?(r|u|user)/)?[A-Za-z0-9_\-]{2,50}/?"#, required: true),
        SettingField(name: "title", kind: .text, label: "Title", defaultValue: "", maxLength: 300, required: true),
        SettingField(
            name: "flair_id", kind: .text, label: "Flair", help: "One of the community's; take it from the list. Many communities want one.",
            defaultValue: "", maxLength: 60, pattern: "[A-Za-z0-9-]*"),
        SettingField(
            name: "flair_text", kind: .text, label: "Text of the flair", help: "Where the community lets it be changed.", defaultValue: "",
            maxLength: 64),
    ]

    private static let link = SettingField(
        name: "url", kind: .text, label: "Link", help: "An address that begins with https:// or http://.", defaultValue: "", maxLength: 2000,
        pattern: #"https?://\S+"#, required: true)

    private static let shared = SettingField(
        name: "crosspost_of", kind: .text, label: "Post to share", help: "The address of a post at Reddit.", defaultValue: "", maxLength: 500,
        pattern: #"https://([a-z]+\.)?(reddit\.com/(r|user)/[^/\s]+/comments/[a-z0-9]+(/\S*)?|redd\.it/[a-z0-9]+/?)"#, required: true)

    private static let gallery = [
        SettingField(
            name: "gallery_captions", kind: .text, label: "Captions of the pictures",
            help: "One for each picture, 180 characters at most, with | between them.", defaultValue: "", maxLength: 3660,
            pattern: list("[^|]{0,180}")),
        SettingField(
            name: "gallery_links", kind: .text, label: "Links of the pictures",
            help: "An address for each picture, beginning with https:// or http://, with | between them.", defaultValue: "", maxLength: 10_000,
            pattern: list(#"\s*(https?://[^\s|]+\s*)?"#)),
    ]

    /// A value for each picture of a gallery.
    private static func list(_ value: String) -> String { #"\#(value)(\|\#(value)){0,19}"# }

    private static let poll = [
        SettingField(
            name: "poll_options", kind: .text, label: "Answers", help: "Two to six answers with | between them, such as Tea | Coffee.",
            defaultValue: "", answers: AnswerRule(count: 2...6, maxLength: 120, counting: .utf16), required: true),
        SettingField(
            name: "poll_days", kind: .choice, label: "Days to vote", options: (1...7).map { .init("\($0)", "\($0)") }, defaultValue: "3"),
    ]

    private static let marks = [
        SettingField(name: "nsfw", kind: .toggle, label: "NSFW", help: "Not safe for work.", defaultValue: false),
        SettingField(name: "spoiler", kind: .toggle, label: "Spoiler", defaultValue: false),
        SettingField(name: "send_replies", kind: .toggle, label: "Tell me of replies", help: "Replies come to the inbox.", defaultValue: true),
        SettingField(
            name: "allow_repost", kind: .toggle, label: "Allow to post it again", help: "Also where the link was posted before.", defaultValue: false),
    ]
}
