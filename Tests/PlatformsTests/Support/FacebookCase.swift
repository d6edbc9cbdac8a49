@testable import Platforms

extension ConformanceCase {
    static let facebook = ConformanceCase(
        platform: "facebook", simulated: "facebook", author: "example-widgets", createPost: "facebook.createPost",
        createFollowUp: "facebook.comment", upload: "facebook.uploadPhoto", mention: nil, tooLong: 63_300, chosen: "Example Widgets")
}
