import Domain

extension Bluesky {
    static let defaultService = "https://bsky.social"

    static let descriptor = PlatformDescriptor(
        id: "bluesky", name: "Bluesky", mark: "B", connect: ConnectFlow(method: .form, fields: connectFields), credentials: [],
        // app.bsky.feed.post: maxGraphemes and maxLength.
        text: TextRule(limit: 300, counting: .characters, maxBytes: 3000), thread: ThreadRule(kind: .replies, maxParts: 100),
        media: MediaRule(
            maxImages: galleryImages, maxVideos: 1, maxAnimations: 0,
            image: FileRule(types: ["image/jpeg", "image/png", "image/webp", "image/gif"], maxBytes: 2_000_000), animation: nil,
            video: FileRule(types: ["video/mp4"], maxBytes: 300_000_000, maxDuration: 600, captions: true), altTextLimit: 2000),
        settings: settings, lookups: [mention], analytics: [.likes, .shares, .comments, .quotes, .saves],
        accountAnalytics: [.followers, .posts],
        followUps: [FollowUp(.repost, others: "bluesky"), FollowUp(.comment, others: "bluesky")],
        doubles: "a record key made from the post, which the server takes once", documentation: "docs/platforms/bluesky.md")

    /// More pictures than `embed.images` takes become a gallery, of which apps show so many.
    static let plainImages = 4
    private static let galleryImages = 10

    static let mention = LookupField(
        name: "mention", label: "Mention", help: "Give a part of the account's name or handle; put the value into the text.")

    private static let connectFields = [
        ConnectField(
            name: "identifier", kind: .text, label: "Handle", help: "Your handle, such as ada.example.com, or the account's e-mail address.",
            maxLength: 320),
        ConnectField(
            name: "password", kind: .secret, label: "App password",
            help: "Made in Bluesky under Settings, Privacy and security, App passwords. Never give the account's own password.", maxLength: 256),
        ConnectField(
            name: "service", kind: .url, label: "Server", help: "The address of the account's server (PDS); leave it for Bluesky itself.",
            required: false, defaultValue: defaultService),
    ]

    /// app.bsky.feed.post: 64 graphemes.
    private static let tag = #"\s*#?[^,#\s][^,#]{0,63}"#

    private static let settings = [
        SettingField(
            name: "who_can_reply", kind: .choice, label: "Who can reply",
            options: [
                .init("everyone", "Everyone"), .init("nobody", "Nobody"), .init("mentioned", "Accounts you mention"),
                .init("following", "Accounts you follow"), .init("followers", "Your followers"),
            ], defaultValue: "everyone"),
        SettingField(
            name: "no_quotes", kind: .toggle, label: "No quotes", help: "Nobody can quote the post.", defaultValue: false),
        SettingField(
            name: "quote", kind: .text, label: "Quote", help: "The address of a post on Bluesky to be quoted.", defaultValue: "", maxLength: 500,
            pattern: #"((https://bsky\.app/profile/|at://)[^/\s]+/(post|app\.bsky\.feed\.post)/[A-Za-z0-9.\-_:~]+)?"#),
        SettingField(
            name: "link_card", kind: .toggle, label: "Link card",
            help: "Shows title and picture of the first link's page, where nothing else is attached.",
            defaultValue: false),
        SettingField(
            name: "languages", kind: .text, label: "Languages", help: "Up to three codes such as en or pt-BR, with commas between them.",
            defaultValue: "", maxLength: 60, pattern: #"([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*(\s*,\s*[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*){0,2})?"#),
        SettingField(
            name: "tags", kind: .text, label: "Tags",
            help: "Up to eight, with commas between them. They are not shown in the text; searches find them.",
            defaultValue: "", maxLength: 530, pattern: #"(\#(tag)(,\#(tag)){0,7})?"#),
        SettingField(
            name: "content_label", kind: .choice, label: "Content warning",
            options: [
                .init("none", "None"), .init("sexual", "Suggestive"), .init("nudity", "Nudity"), .init("porn", "Adult"),
                .init("graphic-media", "Graphic media"),
            ], defaultValue: "none"),
        SettingField(
            name: "signed_in_only", kind: .toggle, label: "Signed-in people only",
            help: "Asks apps not to show the post to people who are not signed in.", defaultValue: false),
        SettingField(
            name: "loop_video", kind: .toggle, label: "Show the video like a GIF", help: "It starts by itself, without sound, and repeats.",
            defaultValue: false),
    ]

    static let notFoundCode = "RECORD_NOT_FOUND"
    static let blobMissingCode = "BLOB_NOT_FOUND"

    /// Body `{"error": "Name", "message": "…"}`.
    static let errorRules = [
        // Not 401: RFC 6750 is not what the AT Protocol follows here.
        ErrorRule(
            [400, 401], #""ExpiredToken""#, is: .authentication, "SESSION_EXPIRED",
            "The session at Bluesky has ended and could not be renewed. Connect the account again."),
        ErrorRule(
            [400, 401, 403], #""AccountTakedown""#, #""AccountSuspended""#, #""AccountDeactivated""#, is: .authentication, "ACCOUNT_RESTRICTED",
            "The account is suspended or deactivated. Sign in at its server to see why, then connect it again."),
        ErrorRule(
            [401], #""AuthFactorTokenRequired""#, is: .authentication, "APP_PASSWORD_NEEDED",
            "The server wants a code sent by e-mail, which only the account's own password needs. Make an app password and give that one."),
        ErrorRule(
            [400, 401], #""InvalidToken""#, #""AuthMissing""#, #""AuthenticationRequired""#, #""AuthRequired""#, is: .authentication,
            "SIGN_IN_REFUSED",
            "The server refused the sign-in: the handle or the app password is wrong, or the app password was removed. Connect the account again."),
        ErrorRule(
            [400, 404], #""RecordNotFound""#, is: .invalidContent, notFoundCode, "There is no such post: it was deleted, or its address is wrong."),
        ErrorRule(
            [400], #""BlobNotFound""#, is: .invalidContent, blobMissingCode,
            "The server does not have a file of this post any more. Send the post again."),
        ErrorRule(
            [400, 415], #""InvalidMimeType""#, is: .invalidContent, "MEDIA_TYPE", "Bluesky does not take this kind of file here. Use another one."),
        ErrorRule([400], #""InvalidSize""#, is: .invalidContent, "MEDIA_TOO_LARGE", tooLarge),
        ErrorRule([413], is: .invalidContent, "MEDIA_TOO_LARGE", tooLarge),
        ErrorRule([400], #""InvalidSwap""#, is: .transient, "TRY_LATER", "The account was changed at the same moment: it is tried again."),
    ]

    private static let tooLarge = "The file is larger than this server takes. Make it smaller."
}
