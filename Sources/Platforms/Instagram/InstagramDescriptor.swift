import Domain

extension Instagram {
    enum Form {
        static let post = "post"
        static let reel = "reel"
        static let story = "story"
    }

    static func descriptor(_ kind: Kind) -> PlatformDescriptor {
        PlatformDescriptor(
            id: kind == .facebook ? "instagram" : "instagram-standalone",
            name: kind == .facebook ? "Instagram (Facebook Business)" : "Instagram (Standalone)", mark: "ig",
            connect: ConnectFlow(method: .oauth2, choosesAccount: kind == .facebook),
            credentials: kind == .facebook
                ? FacebookLogin.credentials
                : [
                    CredentialField(variable: idVariable, label: "App ID", secret: false),
                    CredentialField(variable: secretVariable, label: "App secret", secret: true),
                ],
            // Instagram documents the limit and not the unit.
            text: TextRule(limit: 2200, counting: .characters, countingDocumented: false), thread: comments, media: carousel,
            settings: settings + (kind == .facebook ? sound : []),
            kinds: [
                ContentKind(Form.post, "Post", suits: [.picture, .several], settings: shared),
                ContentKind(
                    Form.reel, "Reel", suits: [.video],
                    media: MediaRule(
                        maxImages: 0, maxVideos: 1, maxAnimations: 0, required: true, image: nil, animation: nil, video: reel,
                        cover: FileRule(types: ["image/jpeg"], maxBytes: 8_000_000), altTextLimit: 0),
                    settings: shared + ["share_to_feed", "thumb_offset", "audio_name", "is_trial_reel", "graduation_strategy"] + sound.map(\.name)),
                ContentKind(
                    Form.story, "Story", text: TextRule(limit: 0, counting: .characters), thread: ThreadRule(kind: .none, maxParts: 1),
                    media: MediaRule(
                        maxImages: 10, maxVideos: 10, maxAnimations: 0, mixing: true, required: true,
                        image: FileRule(types: ["image/jpeg"], maxBytes: 8_000_000), animation: nil,
                        video: FileRule(types: films, maxBytes: 100_000_000, minDuration: 3, maxDuration: 60, tracks: tracks), altTextLimit: 0),
                    settings: []),
            ],
            pullsMedia: true, lookups: kind == .facebook ? [audio] : [],
            analytics: [.impressions, .reach, .likes, .comments, .shares, .saves], accountAnalytics: [.followers, .posts, .reach],
            followUps: [FollowUp(.comment)],
            budgets: [PublishingBudget(.account, posts: 100, per: .hours(24))],
            scopes: [NeededScope(kind == .facebook ? "instagram_content_publish" : "instagram_business_content_publish")],
            documentation: "docs/platforms/instagram.md")
    }

    private static let comments = ThreadRule(kind: .comments, maxParts: 26, followUpTextLimit: 300, followUpMedia: false)
    private static let films = ["video/mp4", "video/quicktime"]
    private static let tracks = TrackRule(
        videoCodecs: ["h264", "hevc"], audioCodecs: ["aac"], frameRate: Bounds(23, 60), indexFirst: true)
    private static let reel = FileRule(
        types: films, maxBytes: 300_000_000, width: Bounds(nil, 1920), ratio: Bounds(0.01, 10), minDuration: 3, maxDuration: 900, tracks: tracks)
    private static let carousel = MediaRule(
        maxImages: 10, maxVideos: 10, maxAnimations: 0, mixing: true, required: true,
        image: FileRule(types: ["image/jpeg"], maxBytes: 8_000_000, ratio: Bounds(0.8, 1.91)), animation: nil, video: reel, altTextLimit: 1000)

    static let audio = LookupField(
        name: "audio_id", label: "Music", help: "Give words of a title or of an artist's name; without any, what is popular now.",
        needsQuery: false)

    private static let shared = ["user_tags", "collaborators", "location_id", "is_ai_generated", "comments_off"]

    /// One account, with where on the picture it is shown: shares of its width and height.
    private static let tag = #"\s*@?[A-Za-z0-9._]{1,30}(\s+(0|1|0?\.[0-9]{1,3}|1\.0)\s+(0|1|0?\.[0-9]{1,3}|1\.0))?\s*"#

    private static let settings = [
        SettingField(
            name: "user_tags", kind: .text, label: "People shown",
            help: """
                Names of up to 20 accounts, with commas between them; they are tagged in the first file. Where on a picture can be added: \
                ada 0.25 0.5 is a quarter from the left and half from the top.
                """, defaultValue: "", maxLength: 900, pattern: #"(\#(tag)(,\#(tag)){0,19})?"#),
        SettingField(
            name: "collaborators", kind: .text, label: "Collaborators", help: "Names of up to three accounts, with commas between them.",
            defaultValue: "", maxLength: 120, pattern: #"(@?[A-Za-z0-9._]{1,30}(\s*,\s*@?[A-Za-z0-9._]{1,30}){0,2})?"#),
        SettingField(
            name: "location_id", kind: .text, label: "Place", help: "The number of a Facebook page that stands for the place.",
            defaultValue: "", maxLength: 30, pattern: "[0-9]*"),
        SettingField(
            name: "is_ai_generated", kind: .toggle, label: "Made with AI", help: "Labels the post as made with AI.", defaultValue: false),
        SettingField(
            name: "comments_off", kind: .toggle, label: "No comments", help: "Nobody can comment; further parts are not allowed either.",
            defaultValue: false),
        SettingField(
            name: "share_to_feed", kind: .toggle, label: "Show in the feed too", help: "Not only among the reels.", defaultValue: true),
        SettingField(
            name: "thumb_offset", kind: .text, label: "Cover frame",
            help: "Milliseconds from the start of the video; a picture beside it is the cover instead.", defaultValue: "",
            maxLength: 7, pattern: "[0-9]*"),
        SettingField(
            name: "audio_name", kind: .text, label: "Name of the sound", help: "Of the reel's own sound; it can be named once.",
            defaultValue: "", maxLength: 100),
        SettingField(
            name: "is_trial_reel", kind: .toggle, label: "Trial reel", help: "Shown first to people who do not follow the account.",
            defaultValue: false),
        SettingField(
            name: "graduation_strategy", kind: .choice, label: "After the trial",
            options: [.init("MANUAL", "I decide"), .init("SS_PERFORMANCE", "Show it to all if it does well")], defaultValue: "MANUAL"),
    ]

    private static let sound = [
        SettingField(
            name: "audio_id", kind: .text, label: "Music", help: "The number of a piece from Instagram's own library.", defaultValue: "",
            maxLength: 30, pattern: "[0-9]*"),
        volume("audio_volume", "Volume of the music"), volume("video_volume", "Volume of the video"),
    ]

    private static func volume(_ name: String, _ label: String) -> SettingField {
        SettingField(
            name: name, kind: .text, label: label, help: "0 to 100.", defaultValue: "100", maxLength: 3, pattern: "(100|[1-9]?[0-9])?")
    }

    // MARK: Errors

    /// One line of the table of subcodes, which come with refusals and in the state of a container.
    struct Problem: Sendable {
        let subcodes: Set<Int>
        var codes: [ClosedRange<Int>] = []
        let kind: PublishingErrorKind
        let code: String
        let message: String
        var retryAfter: Duration?
        var patience: Duration?
        /// Whether another container may do better.
        var isPassing: Bool { kind == .transient || kind == .unknownOutcome || code == GraphContainers.goneCode }
    }

    static let problems: [Problem] = [
        Problem(
            subcodes: [2_207_042], kind: .rateLimited, code: "DAILY_LIMIT",
            message: "The account has published as much as Instagram allows in 24 hours. It goes out when there is room again.",
            retryAfter: .hours(1)),
        Problem(
            subcodes: [2_207_051], kind: .rateLimited, code: "BLOCKED",
            message:
                "Instagram finds the account's activity suspicious and blocks it for a time. Look at the account there; it is tried again in some hours.",
            retryAfter: .hours(6)),
        Problem(
            subcodes: [2_207_050], kind: .invalidContent, code: "ACCOUNT_RESTRICTED",
            message: "Instagram has restricted the account, or it is not active. Sign in at Instagram to see why."),
        Problem(
            subcodes: [2_207_006, 2_207_008, 2_207_020], kind: .invalidContent, code: GraphContainers.goneCode,
            message: "Instagram has forgotten the files of this post. Send the post again."),
        Problem(
            subcodes: [2_207_027], kind: .transient, code: GraphContainers.notReadyCode, message: "Instagram is still processing the files.",
            retryAfter: .seconds(30)),
        Problem(
            subcodes: [2_207_003, 2_207_032, 2_207_053, 2_207_082], kind: .transient, code: "UPLOAD_FAILED",
            message: "Instagram could not take a file of this post just now."),
        Problem(
            subcodes: [2_207_001], kind: .unknownOutcome, code: "UNAVAILABLE", message: "Instagram failed, or takes the post for spam."),
        Problem(
            subcodes: [2_207_052, 2_207_077], codes: [9004...9004], kind: .invalidContent, code: "FILE_UNREACHABLE",
            message:
                "Instagram could not fetch a file of this post from this server. The operator sets MAIN_URL to an address that can be reached from outside.",
            patience: ErrorRule.visibility),
        Problem(
            subcodes: [2_207_057], kind: .invalidContent, code: "COVER_FRAME",
            message: "The cover frame lies outside of the video. Choose an earlier one."),
        Problem(
            subcodes: [2_207_028], kind: .invalidContent, code: "CAROUSEL_COUNT", message: "A carousel has two to ten files on Instagram."),
        Problem(
            subcodes: [2_207_023, 2_207_026], codes: [352...352], kind: .invalidContent, code: "VIDEO_FORMAT",
            message: "Instagram does not take this video. Encode it again (MP4, H.264, AAC, 23 to 60 frames a second)."),
        Problem(
            subcodes: [2_207_004], codes: [36_000...36_000], kind: .invalidContent, code: "IMAGE_SIZE",
            message: "A picture is larger than the 8 MB that Instagram takes. Make it smaller."),
        Problem(
            subcodes: [2_207_005], codes: [36_001...36_001], kind: .invalidContent, code: "IMAGE_FORMAT",
            message: "Instagram takes pictures as JPEG only. Convert it."),
        Problem(
            subcodes: [2_207_009], codes: [36_003...36_003], kind: .invalidContent, code: "IMAGE_RATIO",
            message: "Instagram takes pictures of a ratio between 4:5 and 1.91:1. Cut it to that."),
        Problem(
            subcodes: [2_207_010], codes: [36_004...36_004], kind: .invalidContent, code: "TEXT_TOO_LONG",
            message: "The text is too long for Instagram: 2,200 characters, 30 hashtags and 20 mentions at most."),
        Problem(
            subcodes: [2_207_035, 2_207_036, 2_207_037, 2_207_040], kind: .invalidContent, code: "PRODUCT_TAGS",
            message: "Instagram refuses the product tags of this post."),
        Problem(
            subcodes: [2_207_081], kind: .invalidContent, code: "NO_TRIAL_REELS",
            message: "Instagram does not give this account trial reels. Switch that setting off."),
        Problem(
            subcodes: [2_207_085], kind: .invalidContent, code: "REFUSED_FOR_GOOD", message: "Instagram failed with this post for good. Change it."),
    ]

    static let errorRules: [ErrorRule] =
        problems.map {
            .graph($0.codes, subcodes: $0.subcodes, is: $0.kind, $0.code, $0.message, retryAfter: $0.retryAfter, patience: $0.patience)
        } + [
            ErrorRule(
                [], "param collaborators is not allowed", is: .invalidContent, "COLLABORATORS",
                "Instagram takes no collaborators here. Remove them."),
            ErrorRule(
                [], "\"error_type\"", is: .authentication, "CODE_REFUSED",
                "Instagram does not take what its consent page sent. Start connecting again."),
            .graph(
                subcodes: [36_007, 36_008, 36_009], is: .authentication, "CODE_REFUSED",
                "Facebook does not take what its consent page sent. Start connecting again."),
            .graph(
                subcodes: [33], is: .authentication, "ACCOUNT_GONE",
                "Instagram does not show this account to the connection any more. Connect it again; it has to be a professional account."),
            ErrorRule(
                [400, 401, 403], "session has been invalidated", "not an Instagram business", is: .authentication, "ACCOUNT_GONE",
                "The account is no professional one any more, or its connection has ended. Connect it again."),
            ErrorRule(
                [400, 403], "Not enough permissions to post", is: .authentication, "PERMISSION_MISSING",
                "Instagram does not allow this with the permissions given. Connect the account again and allow everything that is asked for."),
        ]
}
