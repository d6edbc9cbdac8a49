extension ConformanceCase {
    /// Ada's workspace is the simulator's first, and its channel `general` the first one in it.
    static let slack = ConformanceCase(
        platform: "slack", simulated: "slack", author: "ada", createPost: "slack.createMessage", createFollowUp: "slack.createMessage",
        upload: "slack.getUploadURL", mention: ("@bo", "<@U0SIM1>"), tooLong: 13_300, settings: ["channel": "C0KXV26801"])
}
