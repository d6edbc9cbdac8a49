extension ConformanceCase {
    /// Ada's server is the simulator's first, and its channel `general` the first one in it.
    static let discord = ConformanceCase(
        platform: "discord", simulated: "discord", author: "ada", createPost: "discord.createMessage", createFollowUp: "discord.createMessage",
        // Files travel within the message: this is the call before it.
        upload: "discord.readChannel", mention: ("@bo", "<@800000000000000001>"), tooLong: 2001,
        settings: ["channel": "926625772339200001"])
}
