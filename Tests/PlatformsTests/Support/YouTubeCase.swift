extension ConformanceCase {
    static let youtube = ConformanceCase(
        platform: "youtube", simulated: "youtube", author: "ada", createPost: "youtube.createVideo", createFollowUp: "youtube.createComment",
        upload: "/upload/youtube/v3/videos", mention: nil, tooLong: 5010, carries: .film, settings: ["title": "Tea for two"],
        sample: "Tea & cake (with jam) at https://example.com/menu?a=1 — 5 * 5, [sic] #tea")
}
