import Domain

extension Facebook {
    enum Kind {
        static let post = "post"
        static let reel = "reel"
        static let story = "story"
    }

    static let descriptor = PlatformDescriptor(
        id: "facebook", name: "Facebook Page", mark: "f", connect: ConnectFlow(method: .oauth2, choosesAccount: true),
        credentials: FacebookLogin.credentials,
        // Widely known; the reference names neither the limit nor how it is counted.
        text: TextRule(limit: 63_206, counting: .utf16, countingDocumented: false), thread: comments,
        media: MediaRule(
            maxImages: 10, maxVideos: 1, maxAnimations: 0, image: picture, animation: nil,
            video: FileRule(types: films, maxBytes: 10_000_000_000, maxDuration: 14_400, captions: true), altTextLimit: 1000),
        followUpMedia: MediaRule(maxImages: 1, maxVideos: 0, maxAnimations: 0, image: picture, animation: nil, video: nil, altTextLimit: 1000),
        settings: settings + audience,
        kinds: [
            ContentKind(
                Kind.post, "Post",
                settings: ["url", "call_to_action", "text_format_preset_id", "title", "place", "tags", "backdated"] + audience.map(\.name)),
            ContentKind(
                Kind.reel, "Reel", thread: comments,
                media: MediaRule(
                    maxImages: 0, maxVideos: 1, maxAnimations: 0, required: true, image: nil, animation: nil, video: reel, altTextLimit: 0),
                settings: ["title", "place", "collaborator"] + audience.map(\.name)),
            ContentKind(
                Kind.story, "Story", text: TextRule(limit: 0, counting: .utf16), thread: ThreadRule(kind: .none, maxParts: 1),
                media: MediaRule(
                    maxImages: 10, maxVideos: 10, maxAnimations: 0, mixing: true, required: true, image: picture, animation: nil,
                    video: FileRule(types: films, maxBytes: 4_000_000_000, minDuration: 3, maxDuration: 60), altTextLimit: 0), settings: []),
        ],
        analytics: [.impressions, .reach, .likes, .clicks, .comments, .shares],
        accountAnalytics: [.followers, .reach, .views, .interactions, .profileVisits], followUps: [FollowUp(.comment)],
        scopes: [NeededScope("pages_manage_posts")],
        documentation: "docs/platforms/facebook.md")

    private static let comments = ThreadRule(kind: .comments, maxParts: 26, followUpTextLimit: 8000)
    private static let films = ["video/mp4", "video/quicktime"]
    /// The reference allows 10 MB, the API's own refusal asks for less than 4.
    private static let picture = FileRule(types: ["image/jpeg", "image/png"], maxBytes: 3_999_999)
    private static let reel = FileRule(
        types: films, maxBytes: 4_000_000_000, width: Bounds(540), height: Bounds(960), ratio: Bounds(0.55, 0.575), minDuration: 3,
        maxDuration: 90, tracks: TrackRule(frameRate: Bounds(24, 60)), captions: true)

    /// A coloured background is for texts of so many characters and for nothing else.
    static let presetTextLimit = 130

    private static let settings = [
        SettingField(
            name: "url", kind: .text, label: "Link",
            help: "Shown as a card below the text; Facebook reads the page itself. With files only where there is a button: it leads there.",
            defaultValue: "", maxLength: 2000, pattern: #"(https?://\S+)?"#),
        SettingField(
            name: "call_to_action", kind: .choice, label: "Button", help: "Below the link or the video; it leads to the link. Not with pictures.",
            options: [
                .init("none", "None"), .init("LEARN_MORE", "Learn more"), .init("SHOP_NOW", "Shop now"), .init("SIGN_UP", "Sign up"),
                .init("BOOK_TRAVEL", "Book now"), .init("DOWNLOAD", "Download"), .init("WATCH_MORE", "Watch more"),
                .init("CONTACT_US", "Contact us"), .init("SUBSCRIBE", "Subscribe"), .init("ORDER_NOW", "Order now"),
            ], defaultValue: "none", needs: "url"),
        SettingField(
            name: "text_format_preset_id", kind: .text, label: "Background",
            help: """
                The number of one of Facebook's backgrounds, for texts of up to 130 characters without files: 106018623298955 purple, \
                204187940028597 red, 301029513638534 teal, 217761075370932 blue, 1881421442117417 black.
                """, defaultValue: "", maxLength: 20, pattern: "[0-9]*"),
        SettingField(name: "title", kind: .text, label: "Title of the video", defaultValue: "", maxLength: 255),
        SettingField(
            name: "place", kind: .text, label: "Place",
            help: "The number of the Facebook page that stands for the place. Not with a video that is no reel.",
            defaultValue: "", maxLength: 30, pattern: "[0-9]*"),
        SettingField(
            name: "tags", kind: .text, label: "People at the place",
            help: "Numbers by which Facebook knows them, with commas between them. They need a place.", defaultValue: "", maxLength: 400,
            pattern: #"(\s*[1-9][0-9]{0,17}\s*(,\s*[1-9][0-9]{0,17}\s*){0,9})?"#, needs: "place"),
        SettingField(
            name: "backdated", kind: .text, label: "Dated back to",
            help: "A day in the past such as 2024-05-31, under which the page's timeline shows it. Not with a video.", defaultValue: "",
            maxLength: 10,
            pattern: "((19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?"),
        SettingField(
            name: "collaborator", kind: .text, label: "Collaborator",
            help: "The number of another Facebook page, which is invited to show the reel as its own.", defaultValue: "", maxLength: 30,
            pattern: "[0-9]*"),
    ]

    private static let countries = #"(\s*[A-Za-z]{2}\s*(,\s*[A-Za-z]{2}\s*){0,24})?"#
    private static let ages = ["13", "15", "18", "21", "25"]

    /// Who can see it at all (`targeting`), and in whose feeds it is shown by preference (`feed_targeting`).
    private static let audience = [
        SettingField(
            name: "audience_countries", kind: .text, label: "Only in countries",
            help: "Nobody elsewhere can see it: two-letter codes with commas between them, such as DE, AT.", defaultValue: "", maxLength: 120,
            pattern: countries),
        SettingField(
            name: "audience_age", kind: .choice, label: "Only from the age of", options: [.init("any", "Any age")] + ages.map { .init($0, $0) },
            defaultValue: "any"),
        SettingField(
            name: "feed_countries", kind: .text, label: "Feeds: countries",
            help: "Shown by preference in the feeds of people there: two-letter codes with commas between them.", defaultValue: "", maxLength: 120,
            pattern: countries),
        SettingField(
            name: "feed_ages", kind: .text, label: "Feeds: ages", help: "From 13 to 65, such as 18-35; 65 stands for older people too.",
            defaultValue: "", maxLength: 5, pattern: "((1[3-9]|[2-5][0-9]|6[0-5])-(1[3-9]|[2-5][0-9]|6[0-5]))?"),
        SettingField(
            name: "feed_genders", kind: .choice, label: "Feeds: people",
            options: [.init("all", "Everyone"), .init("women", "Women"), .init("men", "Men")], defaultValue: "all"),
    ]

    static let duplicateCode = "DUPLICATE_POST"
    static let notFoundCode = "NOT_FOUND"

    static let errorRules: [ErrorRule] = [
        .graph(
            subcodes: [36_007, 36_008, 36_009], is: .authentication, "CODE_REFUSED",
            "Facebook does not take what its consent page sent. Start connecting again."),
        .graph(
            subcodes: [1_404_078], is: .authentication, "PUBLISHING_AUTHORISATION",
            "Facebook wants the person to complete the page's publishing authorisation. Do that at Facebook, then connect the page again."),
        .graph(
            subcodes: [1_346_003, 1_404_102], is: .invalidContent, "AGAINST_STANDARDS",
            "Facebook finds that the post goes against its community standards. Change it."),
        .graph(
            [506...506], is: .invalidContent, duplicateCode, "Facebook refuses the same post twice in a row. Change the text."),
        .graph(
            subcodes: [1_366_046, 2_069_019], is: .invalidContent, "BAD_FILE",
            "Facebook does not take a file of this post. Pictures are JPEG or PNG of less than 4 MB."),
        .graph(
            subcodes: [1_366_051], is: .invalidContent, "PHOTO_USED", "A picture of this post has been published already. Send the post anew."),
        .graph(
            subcodes: [1_609_005, 1_609_008, 2_061_006], is: .invalidContent, "BAD_LINK",
            "Facebook cannot show the link: it does not reach the page, or the address is one of Facebook's own. Correct or remove it."),
        .graph(
            subcodes: [1_349_125], is: .invalidContent, "BAD_FORMAT", "Facebook does not take the form of a file of this post. Use another one."),
        ErrorRule(
            [], "Name parameter too long", is: .invalidContent, "TITLE_TOO_LONG", "The title is too long for Facebook. Shorten it."),
        .graph(
            subcodes: [1_404_006], is: .invalidContent, "SECURITY_CHECK",
            "Facebook wants a security check before this account comments. Sign in at Facebook and pass it, then send the post again."),
        .graph(
            subcodes: [4_854_002], is: .invalidContent, "IDENTITY_CHECK",
            "Facebook wants the person to confirm their identity. Do that at Facebook, then send the post again."),
        ErrorRule(
            [], "No permission to publish the video", is: .invalidContent, "VIDEO_NOT_ALLOWED",
            "Facebook does not let this person publish videos on the page. Ask its administrator for the role."),
        .graph(subcodes: [1_363_040], is: .invalidContent, "REEL_RATIO", reelProblems[1_363_040] ?? ""),
        .graph(subcodes: [1_363_127], is: .invalidContent, "REEL_SIZE", reelProblems[1_363_127] ?? ""),
        .graph(subcodes: [1_363_128], is: .invalidContent, "REEL_LENGTH", reelProblems[1_363_128] ?? ""),
        .graph(subcodes: [1_363_129], is: .invalidContent, "REEL_RATE", reelProblems[1_363_129] ?? ""),
        .graph(
            subcodes: [33], is: .invalidContent, notFoundCode,
            "Facebook does not know the page, the post or a file of it: it was deleted, or the page is not shown to this connection.",
            patience: ErrorRule.visibility),
    ]

    /// What processing finds wrong with a film, by code.
    static let reelProblems = [
        1_363_040: "Facebook takes reels of the ratio 9:16 only. Cut the video to that.",
        1_363_127: "The reel is too small for Facebook: it has to be at least 540×960 pixels.",
        1_363_128: "The reel is too short or too long for Facebook: 3 to 90 seconds.",
        1_363_129: "Facebook takes reels of 24 to 60 frames a second. Encode the video anew.",
    ]
}
