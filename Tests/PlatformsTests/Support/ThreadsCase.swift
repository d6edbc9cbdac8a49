extension ConformanceCase {
    static let threads = ConformanceCase(
        platform: "threads", simulated: "threads", author: "ada", createPost: "threads.createPost", createFollowUp: "threads.createPost",
        upload: "/v1.0/me/threads", mention: nil)
}
