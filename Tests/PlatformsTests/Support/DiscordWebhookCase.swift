extension ConformanceCase {
    /// The webhook of a channel of Ada's server; it has no channel but its own.
    static let discordWebhook = webhook(into: "general", id: "1045419164084108177")
    static let discordForumWebhook = webhook(into: "ideas", id: "1045419713839922282")

    private static func webhook(into channel: String, id: String) -> ConformanceCase {
        let token = "ada/\(channel) of the simulated Discord".utf8.map { String($0, radix: 16) }.joined()
        return ConformanceCase(
            platform: "discord-webhook", simulated: "discord", author: "ada", createPost: "discord.createWebhookMessage",
            createFollowUp: "discord.createWebhookMessage",
            // Files travel within the message: this is the call before it.
            upload: "discord.readWebhook", mention: nil, tooLong: 2001,
            form: ["address": "https://discord.com/api/webhooks/\(id)/sim-webhook-\(token)"], looksUp: false, chainsParts: channel == "ideas")
    }
}
