import Domain

extension Pinterest {
    static let descriptor = PlatformDescriptor(
        id: "pinterest", name: "Pinterest", mark: "Pi", connect: ConnectFlow(method: .oauth2),
        credentials: [
            CredentialField(variable: "PINTEREST_CLIENT_ID", label: "App ID", secret: false),
            CredentialField(variable: "PINTEREST_CLIENT_SECRET", label: "App secret key", secret: true),
        ],
        // The contract says 800 characters and not what one is.
        text: TextRule(limit: 800, counting: .utf16, countingDocumented: false), thread: ThreadRule(kind: .none, maxParts: 1),
        media: MediaRule(
            maxImages: 5, maxVideos: 1, maxAnimations: 0, required: true, uniform: true, image: picture, animation: nil,
            video: FileRule(
                types: ["video/mp4", "video/quicktime"], maxBytes: 2_000_000_000, ratio: Bounds(0.5, 1.91), minDuration: 4,
                maxDuration: 900, tracks: TrackRule(videoCodecs: ["h264", "hevc"])), cover: picture, altTextLimit: altTextLimit),
        settings: settings,
        lookups: [
            LookupField(name: "board", label: "Board", help: "A part of the board's name; without it all boards.", needsQuery: false),
            LookupField(name: "section", label: "Section", help: "The board's id."),
        ],
        analytics: [.impressions, .clicks, .saves, .likes, .comments],
        accountAnalytics: [.followers, .posts, .views, .interactions, .clicks], scopes: [NeededScope("pins:write")],
        documentation: "docs/platforms/pinterest.md")

    static let altTextLimit = 500
    private static let picture = FileRule(types: ["image/jpeg", "image/png"], maxBytes: 20_000_000)

    private static let settings = [
        SettingField(
            name: "board", kind: .text, label: "Board", help: "The number by which Pinterest knows the board; it can be looked up.",
            defaultValue: "", maxLength: 30, pattern: "[0-9]+", required: true),
        SettingField(
            name: "section", kind: .text, label: "Section", help: "The number of one of the board's sections.", defaultValue: "", maxLength: 30,
            pattern: "[0-9]*"),
        SettingField(name: "title", kind: .text, label: "Title", help: "Up to 100 characters.", defaultValue: "", maxLength: 100),
        SettingField(
            name: "link", kind: .text, label: "Link", help: "The address that the pin leads to.", defaultValue: "", maxLength: 2048,
            pattern: #"(https?://\S+)?"#),
        SettingField(
            name: "dominant_color", kind: .text, label: "Colour", help: "Shown while the picture loads, such as #6E7874.", defaultValue: "",
            maxLength: 7, pattern: "(#[0-9A-Fa-f]{6})?"),
        SettingField(
            name: "cover_time", kind: .text, label: "Cover", help: "The second of the video that is its cover, where no picture goes with it.",
            defaultValue: "0", maxLength: 3, pattern: "[0-9]*"),
        SettingField(
            name: "carousel_titles", kind: .text, label: "Titles of the pictures",
            help: "Of a carousel: one for each picture, 100 characters at most, with | between them.", defaultValue: "", maxLength: 520,
            pattern: list("[^|]{0,100}")),
        SettingField(
            name: "carousel_descriptions", kind: .text, label: "Texts of the pictures",
            help: "Of a carousel: one for each picture, 800 characters at most, with | between them.", defaultValue: "", maxLength: 4020,
            pattern: list("[^|]{0,800}")),
        SettingField(
            name: "carousel_links", kind: .text, label: "Links of the pictures",
            help: "Of a carousel: an address for each picture, beginning with https:// or http://, with | between them.", defaultValue: "",
            maxLength: 10_260, pattern: list(#"\s*(https?://[^\s|]{1,2040}\s*)?"#)),
    ]

    /// A value for each picture of a carousel.
    private static func list(_ value: String) -> String { #"\#(value)(\|\#(value)){0,4}"# }

    static let notFoundCode = "NOT_FOUND"

    /// Body `{"code": 1, "message": "…"}`.
    static let errorRules = [
        rule([400], "Unable to reach the URL", is: .transient, "URL_NOT_REACHED", "Pinterest could not fetch a file. It is tried again."),
        rule(
            [401, 403], codes: [3, 7], is: .authentication, "PERMISSION_MISSING",
            "Pinterest does not allow this with the permissions given. Connect the account again and allow all of them."),
        rule(
            [403], codes: [29], is: .invalidContent, "NOT_PERMITTED",
            "Pinterest does not permit this: the app has trial access only, or the account may not pin to this board."),
        rule(
            [400, 403], codes: [235], is: .invalidContent, "IMAGE_BROKEN", "Pinterest cannot read the picture. Save it anew as JPEG or PNG."),
        rule([400, 403], codes: [233], is: .invalidContent, "IMAGE_TOO_SMALL", "The picture is too small for Pinterest. Use a larger one."),
        rule(
            [404], codes: [40], is: .invalidContent, "BOARD_NOT_FOUND", "Pinterest does not know the board, or it is secret. Choose another one."),
        rule([404], codes: [2031], is: .invalidContent, "SECTION_NOT_FOUND", "The board has no such section. Choose another one."),
        rule(
            [404], codes: [50], is: .invalidContent, notFoundCode, "Pinterest does not know the pin: it was deleted.",
            patience: ErrorRule.visibility),
    ]

    private static func rule(
        _ statuses: Set<Int>, _ text: String? = nil, codes: [Int] = [], is kind: PublishingErrorKind, _ code: String, _ message: String,
        patience: Duration? = nil
    ) -> ErrorRule {
        let written = codes.flatMap { number in [",", "}", "\n", " "].flatMap { ["\"code\":\(number)\($0)", "\"code\": \(number)\($0)"] } }
        return ErrorRule(statuses, anyOf: [text].compactMap(\.self) + written, is: kind, code, message, patience: patience)
    }
}
