import Domain

extension DiscordWebhook {
    static let descriptor = PlatformDescriptor(
        id: "discord-webhook", name: "Discord Webhook", mark: "DW", connect: ConnectFlow(method: .form, fields: [address]), credentials: [],
        text: Discord.descriptor.text, thread: ThreadRule(kind: .comments, maxParts: 100), media: Discord.descriptor.media,
        settings: places + sender + Discord.embed + Discord.poll + behaviour,
        kinds: [
            ContentKind(
                "message", "Message", suits: [.text, .picture, .video, .document, .several],
                settings: (places + sender + Discord.embed + behaviour).map(\.name)),
            ContentKind(
                "poll", "Poll", text: Discord.question, thread: ThreadRule(kind: .comments, maxParts: 100, followUpTextLimit: 2000), media: .nothing,
                settings: (places + sender + Discord.poll + behaviour).map(\.name)),
        ], analytics: [.likes], doubles: "a webhook cannot read its channel: a person decides", documentation: "docs/platforms/discord-webhook.md")

    static let address = ConnectField(
        name: "address", kind: .secret, label: "Webhook address",
        help: "In Discord: the channel's settings, Integrations, Webhooks, New Webhook, Copy Webhook URL.", maxLength: 500)

    private static let places = [
        SettingField(
            name: "title", kind: .text, label: "Title in a forum",
            help: "Opens a post of this title. In a forum, without it: the first line of the text.",
            defaultValue: "", maxLength: 100),
        SettingField(
            name: "tag_ids", kind: .text, label: "Forum tags", help: "The IDs of up to five tags of the forum, with commas between them.",
            defaultValue: "", maxLength: 120, pattern: #"[0-9]{1,20}(\s*,\s*[0-9]{1,20}){0,4}"#),
        SettingField(
            name: "thread_id", kind: .text, label: "Thread", help: "The ID of a thread of the channel, to write in that.", defaultValue: "",
            maxLength: 20, pattern: "[0-9]*"),
    ]

    private static let sender = [
        SettingField(
            name: "username", kind: .text, label: "Name", help: "Shown in place of the webhook's own; “discord” and “clyde” may not be in it.",
            defaultValue: "", maxLength: 80, pattern: "(?i)(?!.*(discord|clyde)).*"),
        SettingField(
            name: "avatar_url", kind: .text, label: "Picture",
            help: "The address of a picture in place of the webhook's own, beginning with https://.",
            defaultValue: "", maxLength: 2048, pattern: #"https://\S+"#),
    ]

    /// A webhook cannot publish to followers.
    private static let behaviour = Discord.behaviour.filter { $0.name != "crosspost" }
}
