import Domain

extension Discord {
    static let descriptor = PlatformDescriptor(
        id: "discord", name: "Discord", mark: "D", connect: ConnectFlow(method: .oauth2),
        credentials: [
            CredentialField(variable: "DISCORD_CLIENT_ID", label: "Client ID", secret: false),
            CredentialField(variable: "DISCORD_CLIENT_SECRET", label: "Client secret", secret: true),
            CredentialField(variable: "DISCORD_BOT_TOKEN_ID", label: "Bot token", secret: true),
        ],
        // Discord documents the limit and not the unit.
        text: TextRule(limit: 2000, counting: .utf16, countingDocumented: false), thread: ThreadRule(kind: .comments, maxParts: 100),
        media: MediaRule(
            maxImages: mostFiles, maxVideos: mostFiles, maxAnimations: mostFiles, maxDocuments: mostFiles, mixing: true,
            image: FileRule(types: ["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/heic"], maxBytes: fileBytes),
            animation: FileRule(types: ["image/gif", "image/webp", "image/png", "image/avif"], maxBytes: fileBytes),
            video: FileRule(types: ["video/mp4", "video/quicktime", "video/webm"], maxBytes: fileBytes),
            document: FileRule(
                types: [
                    "application/pdf", "application/msword", "application/vnd.ms-powerpoint",
                    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                ], maxBytes: fileBytes),
            altTextLimit: 1024),
        settings: places + embed + poll + behaviour,
        kinds: [
            ContentKind(
                "message", "Message", suits: [.text, .picture, .video, .document, .several],
                settings: (places + embed + behaviour).map(\.name)),
            ContentKind(
                "poll", "Poll", text: question,
                thread: ThreadRule(kind: .comments, maxParts: 100, followUpTextLimit: 2000),
                media: .nothing,
                settings: (places + poll + behaviour).map(\.name).filter { !forumOnly.contains($0) }),
        ],
        lookups: [channel, tag, mention], analytics: [.likes, .comments], accountAnalytics: [.followers],
        documentation: "docs/platforms/discord.md")

    static let question = TextRule(limit: 300, counting: .utf16, countingDocumented: false)
    private static let mostFiles = 10
    private static let fileBytes = 10 << 20
    /// What servers with paid boosts take, by their level.
    static let boostedFileBytes = [2: 50 << 20, 3: 100 << 20]

    static let channel = LookupField(name: "channel", label: "Channel", help: "The channels of the server.", needsQuery: false)
    static let tag = LookupField(name: "tags", label: "Forum tags", help: "The tags of the server's forums.", needsQuery: false)
    static let mention = LookupField(
        name: "mention", label: "Mention", help: "Give the beginning of a person's name, or a part of a role's; put the value into the text.")

    /// What only posts in a forum have.
    private static let forumOnly: Set = ["title", "tags"]

    private static let places = [
        SettingField(
            name: "channel", kind: .text, label: "Channel", help: "The channel to post in: its name, such as #general, or its ID.",
            defaultValue: "", maxLength: 101, pattern: "[0-9]{1,20}|#[^#]{1,100}", required: true),
        SettingField(
            name: "title", kind: .text, label: "Title in a forum", help: "Without it the first line of the text.", defaultValue: "", maxLength: 100),
        SettingField(
            name: "tags", kind: .text, label: "Forum tags", help: "Names of up to five tags, with commas between them.", defaultValue: "",
            maxLength: 150, pattern: "[^,]*(,[^,]*){0,4}"),
        SettingField(
            name: "follow_ups", kind: .choice, label: "Further parts",
            options: [.init("thread", "In a thread below the message"), .init("replies", "As replies in the channel")], defaultValue: "thread"),
        SettingField(
            name: "thread_name", kind: .text, label: "Name of the thread", help: "Without it the first line of the text.", defaultValue: "",
            maxLength: 100),
        SettingField(
            name: "archive_after", kind: .choice, label: "Close the thread after",
            options: [.init("60", "1 hour"), .init("1440", "1 day"), .init("4320", "3 days"), .init("10080", "7 days")], defaultValue: "1440"),
    ]

    static let embed = [
        SettingField(
            name: "embed_title", kind: .text, label: "Card: title", help: "Shows a card below the text.", defaultValue: "", maxLength: 256),
        SettingField(name: "embed_description", kind: .text, label: "Card: text", defaultValue: "", maxLength: 4096),
        SettingField(
            name: "embed_url", kind: .text, label: "Card: link", help: "An address that begins with https://.", defaultValue: "", maxLength: 2048,
            pattern: #"https?://\S+"#),
        SettingField(
            name: "embed_color", kind: .text, label: "Card: colour", help: "Such as #5865f2.", defaultValue: "", pattern: "#[0-9A-Fa-f]{6}"),
    ]

    static let poll = [
        SettingField(
            name: "poll_answers", kind: .text, label: "Answers",
            help: "Up to ten answers of at most 55 characters with | between them, such as Tea | Coffee. The text is the question.",
            defaultValue: "", answers: AnswerRule(count: 1...10, maxLength: 55, counting: .utf16), required: true),
        SettingField(
            name: "poll_hours", kind: .text, label: "Hours to vote", help: "From 1 to 768.", defaultValue: "24",
            pattern: "[1-9][0-9]?|[1-6][0-9]{2}|7[0-5][0-9]|76[0-8]"),
        SettingField(name: "poll_multiple", kind: .toggle, label: "Several answers", help: "People may choose more than one.", defaultValue: false),
    ]

    static let behaviour = [
        SettingField(
            name: "mentions", kind: .choice, label: "Who is notified by mentions",
            options: [
                .init("people", "People and roles"), .init("users", "People only"), .init("nobody", "Nobody"),
                .init("everyone", "People, roles, @everyone and @here"),
            ], defaultValue: "people"),
        SettingField(name: "suppress_embeds", kind: .toggle, label: "No link previews", defaultValue: false),
        SettingField(name: "silent", kind: .toggle, label: "Silent", help: "Sends no push notification.", defaultValue: false),
        SettingField(name: "spoiler", kind: .toggle, label: "Blur the files", help: "They are shown on a click.", defaultValue: false),
        SettingField(
            name: "crosspost", kind: .toggle, label: "Publish to followers", help: "In an announcement channel: to all servers that follow it.",
            defaultValue: false),
    ]
}
