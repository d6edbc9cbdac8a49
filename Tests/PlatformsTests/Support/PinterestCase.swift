@testable import PlatformSimulator

extension ConformanceCase {
    static let pinterest = ConformanceCase(
        platform: "pinterest", simulated: "pinterest", author: "ada", createPost: "pinterest.createPin", createFollowUp: "pinterest.createPin",
        upload: "/v5/media", mention: nil, tooLong: 900, carries: .film, settings: ["board": .string(Pinterest.number("adaRecipes"))],
        altTexts: ["A red dot; Another dot", ""])
}
