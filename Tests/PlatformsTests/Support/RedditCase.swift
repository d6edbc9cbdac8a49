extension ConformanceCase {
    static let reddit = ConformanceCase(
        platform: "reddit", simulated: "reddit", author: "ada", createPost: "reddit.createPost", createFollowUp: "reddit.comment",
        upload: "/api/media/asset.json", mention: nil, tooLong: 40_001, settings: ["subreddit": "test", "title": "A  title &\u{A0}more"])
}
