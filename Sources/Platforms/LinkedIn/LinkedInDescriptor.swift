import Domain

extension LinkedIn {
    static func descriptor(_ kind: Kind) -> PlatformDescriptor {
        PlatformDescriptor(
            id: kind == .member ? "linkedin" : "linkedin-page", name: kind == .member ? "LinkedIn" : "LinkedIn Page",
            mark: kind == .member ? "in" : "iP", connect: ConnectFlow(method: .oauth2, choosesAccount: kind == .page),
            credentials: [
                CredentialField(variable: "LINKEDIN_CLIENT_ID", label: "Client ID", secret: false),
                CredentialField(variable: "LINKEDIN_CLIENT_SECRET", label: "Client secret", secret: true),
            ],
            // LinkedIn documents the limits and not the unit.
            text: TextRule(limit: 3000, counting: .utf16, countingDocumented: false),
            thread: ThreadRule(kind: .comments, maxParts: 26, followUpTextLimit: 1250, followUpMedia: false),
            media: media, settings: settings(kind) + [carouselName] + article + poll,
            kinds: [
                ContentKind("post", "Post", suits: ContentKind.Shape.allCases, settings: settings(kind).map(\.name)),
                ContentKind(
                    carousel, "Carousel of pictures", media: carouselMedia, settings: [carouselName.name] + settings(kind).map(\.name)),
                ContentKind("article", "Link card", media: card, settings: (article + settings(kind)).map(\.name)),
                ContentKind("poll", "Poll", media: .nothing, settings: (poll + settings(kind)).map(\.name)),
            ],
            lookups: [mention],
            analytics: kind == .member
                ? [.impressions, .reach, .likes, .comments, .shares, .saves] : [.impressions, .reach, .likes, .comments, .shares, .clicks],
            accountAnalytics: kind == .page ? [.followers, .views, .reach, .interactions, .clicks, .profileVisits] : [],
            followUps: [.repost, .comment].map { FollowUp($0, others: "linkedin", "linkedin-page") },
            scopes: [NeededScope(kind == .page ? "w_organization_social" : "w_member_social")],
            doubles: kind == .page
                ? "looked up among the page's posts" : "LinkedIn refuses an equal post for some minutes; a person decides about comments",
            documentation: "docs/platforms/linkedin.md")
    }

    private static let media = MediaRule(
        maxImages: 20, maxVideos: 1, maxAnimations: 20, maxDocuments: 1,
        image: FileRule(types: imageTypes, maxBytes: 20_000_000, maxPixels: 36_152_319),
        animation: FileRule(types: ["image/gif"], maxBytes: 20_000_000, maxPixels: 36_152_319, maxFrames: 250),
        video: FileRule(types: ["video/mp4"], minBytes: 75_000, maxBytes: 500_000_000, minDuration: 3, maxDuration: 1800),
        document: FileRule(
            types: [
                "application/pdf", "application/msword", "application/vnd.ms-powerpoint",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            ], maxBytes: 100_000_000, maxPages: 300),
        altTextLimit: 4086)

    static let carousel = "carousel"

    /// The pictures become the pages of one document.
    private static let carouselMedia = MediaRule(
        maxImages: 20, maxVideos: 0, maxAnimations: 0, required: true,
        image: FileRule(types: ["image/jpeg"], maxBytes: 4_900_000, maxPixels: 36_152_319), animation: nil, video: nil, altTextLimit: 0)

    private static let carouselName = SettingField(
        name: "carousel_name", kind: .text, label: "Title of the carousel", help: "Shown above the pages; without it “Slides”.", defaultValue: "",
        maxLength: 100)

    /// LinkedIn reads no page itself: the one picture is the card's.
    private static let card = MediaRule(
        maxImages: 1, maxVideos: 0, maxAnimations: 0, image: media.image, animation: nil, video: nil, altTextLimit: 0)

    private static let article = [
        SettingField(
            name: "article_url", kind: .text, label: "Link of the card", defaultValue: "", maxLength: 2000, pattern: #"https?://\S+"#, required: true),
        SettingField(name: "article_title", kind: .text, label: "Title of the card", defaultValue: "", maxLength: 400, required: true),
        SettingField(name: "article_description", kind: .text, label: "Description on the card", defaultValue: "", maxLength: 4086),
    ]

    private static let imageTypes = ["image/jpeg", "image/png", "image/gif"]

    private static func settings(_ kind: Kind) -> [SettingField] {
        let everyone = SettingField.Option("PUBLIC", "Anyone")
        let signedIn = SettingField.Option("LOGGED_IN", "LinkedIn members")
        let connections = SettingField.Option("CONNECTIONS", "Connections only")
        return [
            SettingField(
                name: "visibility", kind: .choice, label: "Who can see it",
                options: kind == .member ? [everyone, signedIn, connections] : [everyone, signedIn], defaultValue: "PUBLIC"),
            SettingField(
                name: "disable_reshare", kind: .toggle, label: "No reposts", help: "Others cannot repost it.", defaultValue: false),
        ] + (kind == .page ? [places] : [])
    }

    private static let places = SettingField(
        name: "target_places", kind: .text, label: "Only followers in",
        help: "LinkedIn's numbers of places, with commas between them, such as 101282230 for Germany. At least 300 followers have to be there.",
        defaultValue: "", maxLength: 300, pattern: #"(\s*[0-9]{1,12}\s*(,\s*[0-9]{1,12}\s*){0,19})?"#)

    private static let poll = [
        SettingField(
            name: "poll_question", kind: .text, label: "Question", help: "Up to 140 characters; the text stands above it.", defaultValue: "",
            maxLength: 140, required: true),
        SettingField(
            name: "poll_options", kind: .text, label: "Answers",
            help: "Two to four answers of up to 30 characters with | between them, such as Tea | Coffee.", defaultValue: "",
            answers: AnswerRule(count: 2...4, maxLength: 30, counting: .utf16), required: true),
        SettingField(
            name: "poll_duration", kind: .choice, label: "Time to vote",
            options: [
                .init("ONE_DAY", "1 day"), .init("THREE_DAYS", "3 days"), .init("SEVEN_DAYS", "7 days"), .init("FOURTEEN_DAYS", "14 days"),
            ], defaultValue: "THREE_DAYS"),
    ]

    static let duplicateCode = "DUPLICATE_POST"
    static let mediaNotReadyCode = "MEDIA_NOT_READY"

    /// `{status, code, serviceErrorCode, message}` and, validation, `errorDetails`.
    static let errorRules = [
        ErrorRule(
            [401], is: .authentication, "TOKEN_REJECTED", "LinkedIn no longer accepts this connection. Connect the account again."),
        ErrorRule(
            [400], "invalid_grant", "invalid_request", is: .authentication, "GRANT_REFUSED",
            "LinkedIn no longer renews this connection. Connect the account again."),
        ErrorRule(
            [426], is: .invalidContent, "VERSION_ENDED",
            "LinkedIn has ended this version of its API. The operator sets LINKEDIN_VERSION to a newer one (YYYYMM)."),
        ErrorRule(
            [400], "VERSION_MISSING", is: .invalidContent, "VERSION_ENDED",
            "LinkedIn wants a version of its API. The operator sets LINKEDIN_VERSION to one (YYYYMM)."),
        ErrorRule(
            [409, 422], "duplicate", is: .invalidContent, duplicateCode,
            "LinkedIn refuses the same post twice within about ten minutes. Change the text or wait."),
        ErrorRule(
            [400], "MEDIA_ASSET_WAITING_UPLOAD", is: .transient, mediaNotReadyCode, "LinkedIn is still processing a file of this post.",
            retryAfter: .seconds(10)),
        ErrorRule(
            [], "MEDIA_ASSET_PROCESSING_FAILED", is: .invalidContent, "MEDIA_PROCESSING_FAILED",
            "LinkedIn could not process a file of this post. Use another file."),
        ErrorRule(
            [400], "EXPIRED_UPLOAD_URL", is: .transient, "UPLOAD_EXPIRED",
            "LinkedIn's address for the upload has expired; it is asked anew."),
        ErrorRule(
            [403], "resource is forbidden", is: .transient, "NOT_READABLE_YET", "LinkedIn does not show this yet."),
        ErrorRule(
            [400, 403, 404], "Unable to obtain activity", is: .invalidContent, "POST_NOT_VISIBLE",
            "LinkedIn does not show the post that the comment belongs to: it was deleted.", patience: ErrorRule.visibility),
        ErrorRule(
            [404], is: .invalidContent, "NOT_FOUND", "LinkedIn does not know the post, or a file of it: it was deleted.",
            patience: ErrorRule.visibility),
        ErrorRule(
            [403], is: .authentication, "ACCESS_DENIED",
            "LinkedIn does not allow this with the permissions given. Connect again with all permissions; for a page, be its administrator."
        ),
        ErrorRule([409], is: .transient, "CONFLICT", "LinkedIn was busy with the same entity."),
    ]
}
