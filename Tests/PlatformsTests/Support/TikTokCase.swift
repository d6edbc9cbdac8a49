extension ConformanceCase {
    static let tikTok = ConformanceCase(
        platform: "tiktok", simulated: "tiktok", author: "ada", createPost: "tiktok.upload", createFollowUp: "tiktok.upload",
        upload: "/v2/post/publish/video/init", mention: nil, carries: .film, settings: ["privacy_level": "PUBLIC_TO_EVERYONE"],
        removes: false)
}
