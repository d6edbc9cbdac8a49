import Domain
@testable import Platforms

extension ConformanceCase {
    /// The pictures of this suite are PNG, which is refused elsewhere.
    private static func professional(_ platform: PlatformID, simulated: String, author: String, chosen: String?) -> ConformanceCase {
        ConformanceCase(
            platform: platform, simulated: simulated, author: author, createPost: "\(simulated).publishMedia",
            createFollowUp: "\(simulated).comment", upload: "\(simulated).createContainer", mention: nil, tooLong: 2205, carries: .picture,
            removes: false, chosen: chosen, switches: ["onlyJPEG": false])
    }

    static let instagram = professional("instagram", simulated: "facebook", author: "example.widgets", chosen: "Example Widgets")
    static let instagramStandalone = professional("instagram-standalone", simulated: "instagram", author: "ada", chosen: nil)
}
