import Domain

extension Slack {
    static let descriptor = PlatformDescriptor(
        id: "slack", name: "Slack", mark: "S", connect: ConnectFlow(method: .oauth2),
        credentials: [
            CredentialField(variable: "SLACK_ID", label: "Client ID", secret: false),
            CredentialField(variable: "SLACK_SECRET", label: "Client secret", secret: true),
        ],
        // Of all blocks of a message; somewhat above it Slack refuses (observed, not documented).
        text: TextRule(limit: 12_000, counting: .utf16, countingDocumented: false), thread: ThreadRule(kind: .comments, maxParts: 100),
        media: MediaRule(
            maxImages: mostFiles, maxVideos: mostFiles, maxAnimations: mostFiles, maxDocuments: mostFiles, mixing: true,
            image: FileRule(types: ["image/jpeg", "image/png"], maxBytes: fileBytes),
            animation: FileRule(types: ["image/gif"], maxBytes: fileBytes),
            video: FileRule(types: ["video/mp4", "video/quicktime", "video/webm"], maxBytes: fileBytes),
            document: FileRule(
                types: [
                    "application/pdf", "application/msword", "application/vnd.ms-powerpoint",
                    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                ], maxBytes: fileBytes),
            altTextLimit: 2000),
        settings: settings, lookups: [channel, mention], analytics: [.likes, .comments], accountAnalytics: [.followers],
        scopes: [NeededScope("chat:write"), NeededScope("files:write", withFiles: true)],
        documentation: "docs/platforms/slack.md")

    private static let mostFiles = 10
    /// Not documented for uploads by apps.
    private static let fileBytes = 1_000_000_000
    /// The pictures that a block can show; other files are shared as files.
    static let blockTypes: Set = ["image/jpeg", "image/png", "image/gif"]
    /// Characters of a section.
    static let sectionLength = 3000

    static let channel = LookupField(
        name: "channel", label: "Channel", help: "The public channels, and the private ones that the app was invited to.", needsQuery: false)
    static let mention = LookupField(
        name: "mention", label: "Mention", help: "Give a part of the person's name; put the value into the text.")

    private static let settings = [
        SettingField(
            name: "channel", kind: .text, label: "Channel", help: "The channel to post in: its name, such as #general, or its ID.",
            defaultValue: "", maxLength: 81, pattern: "[CGD][A-Z0-9]{2,20}|#[^#]{1,80}", required: true),
        SettingField(
            name: "header", kind: .text, label: "Heading", help: "A line in large letters above the text.", defaultValue: "", maxLength: 150),
        SettingField(
            name: "context", kind: .text, label: "Small line", help: "In small letters below the text, with Slack's own marks.", defaultValue: "",
            maxLength: 1000),
        SettingField(name: "divider", kind: .toggle, label: "Dividing line", help: "Between the text and the small line.", defaultValue: false),
        SettingField(
            name: "format", kind: .choice, label: "Text is written in",
            options: [.init("mrkdwn", "Slack's own marks (*bold*, _italic_)"), .init("markdown", "Markdown (**bold**, # heading, lists)")],
            defaultValue: "mrkdwn"),
        SettingField(name: "unfurl_links", kind: .toggle, label: "Previews of links", defaultValue: true),
        SettingField(
            name: "unfurl_media", kind: .toggle, label: "Previews of media", help: "Of links to pictures and films.", defaultValue: true),
        SettingField(
            name: "reply_broadcast", kind: .toggle, label: "Further parts in the channel too", help: "Not only in the thread below the message.",
            defaultValue: false),
        SettingField(
            name: "username", kind: .text, label: "Shown name", help: "In place of the app's name.", defaultValue: "", maxLength: 80),
        SettingField(
            name: "icon_url", kind: .text, label: "Shown picture", help: "The address of a picture in place of the app's, beginning with https://.",
            defaultValue: "", maxLength: 3000, pattern: #"https://\S+"#),
    ]
}
