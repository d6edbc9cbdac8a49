import Domain

/// Whom a post is for, and the button below it ("Page Feed", "Page Videos" and "Page Video Reels" of the Graph API reference).
extension Facebook {
    /// `targeting` keeps all others from seeing the post; `feed_targeting` only prefers some people's feeds.
    func audience(_ request: PublishRequest) throws -> [(String, String)] {
        var (seen, feeds) = ([String: JSONValue](), [String: JSONValue]())
        seen["geo_locations"] = Self.places(request.setting("audience_countries"))
        seen["age_min"] = request.setting("audience_age").flatMap(Double.init).map { .number($0) }
        feeds["geo_locations"] = Self.places(request.setting("feed_countries"))
        let ages = (request.setting("feed_ages") ?? "").split(separator: "-").compactMap { Double($0) }.sorted()
        if ages.count == 2 { (feeds["age_min"], feeds["age_max"]) = (.number(ages[0]), .number(ages[1])) }
        feeds["genders"] = ["men": [1], "women": [2]][request.setting("feed_genders") ?? ""]
        return try [("targeting", seen), ("feed_targeting", feeds)].filter { !$0.1.isEmpty }.map { ($0.0, try GraphAPI.json(.object($0.1))) }
    }

    private static func places(_ list: String?) -> JSONValue? {
        let codes = (list ?? "").split(separator: ",").map { $0.filter { !$0.isWhitespace }.uppercased() }.filter { !$0.isEmpty }
        return codes.isEmpty ? nil : ["countries": .array(codes.map { .string($0) })]
    }

    /// It leads to the setting Link.
    func button(_ request: PublishRequest) throws -> [(String, String)] {
        guard let type = request.setting("call_to_action"), type != "none", let link = request.setting("url") else { return [] }
        return [("call_to_action", try GraphAPI.json(["type": .string(type), "value": ["link": .string(link)]]))]
    }
}
