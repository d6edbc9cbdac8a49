import Foundation
import HTTPTypes

extension Facebook {
    private static let pageMetrics = [
        "page_total_media_view_unique", "page_media_view", "page_post_engagements", "page_daily_follows", "page_follows", "page_views_total",
        "page_video_views",
    ]
    private static let postMetrics = [
        "post_total_media_view_unique", "post_media_view", "post_reactions_by_type_total", "post_clicks", "post_clicks_by_type",
    ]

    var statistics: [Operation] {
        [Operation("facebook.insights", .get, "/v{version}/{id}/insights", limits: Self.limits, handler: either(instagramInsights, insights))]
    }

    private func insights(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let caller = try authenticate(parameters, call, scope: "read_insights", state)
        guard caller.page != nil else {
            throw GraphFailure(190, "This method must be called with a Page Access Token", subcode: 2_069_032).refusal
        }
        let id = call.parameter("id")
        // A list may come as JSON or with commas.
        let names = parameters.json("metric")?.strings ?? (parameters["metric"] ?? "").split(separator: ",").map(String.init)
        if let page = state.accounts[id] {
            try check(names, Self.pageMetrics)
            return .json(["data": .array(try names.map { try pageInsight($0, page, parameters, call) })])
        }
        guard let post = Self.resolve(id, state) else { throw GraphFailure.unknown(id).refusal }
        try check(names, Self.postMetrics)
        return .json(["data": .array(names.map { postInsight($0, post, call) })])
    }

    /// One unknown name spoils the whole call.
    private func check(_ names: [String], _ known: [String]) throws {
        guard !names.isEmpty, names.allSatisfy(known.contains) else {
            throw GraphFailure(100, "(#100) The value must be a valid insights metric").refusal
        }
    }

    private func pageInsight(_ name: String, _ page: Account, _ parameters: GraphParameters, _ call: Call) throws -> JSON {
        let until = parameters["until"].flatMap(Double.init) ?? call.now.timeIntervalSince1970
        let since = parameters["since"].flatMap(Double.init) ?? until - 172_800
        guard until - since <= 93 * 86_400 else {
            throw GraphFailure(100, "(#100) There cannot be more than 93 days (8035200 s) between since and until").refusal
        }
        // Days end at seven in the morning by UTC.
        let first = ((since / 86_400).rounded(.down) + 1) * 86_400 + 25_200
        let values: [JSON] = stride(from: first, through: until, by: 86_400).map { end in
            let hash = Int(Encoding.stableHash("\(page.id) \(name) \(Int(end))") % 400)
            let value: JSON = name == "page_media_view" ? ["paid": .int(hash / 4), "organic": .int(hash)] : .int(hash)
            return ["value": value, "end_time": Self.time(Date(timeIntervalSince1970: end))]
        }
        return entry(name, page.id, period: "day", values)
    }

    private func postInsight(_ name: String, _ post: Publication, _ call: Call) -> JSON {
        let figures = Popularity(id: post.id, age: call.now.timeIntervalSince(post.createdAt))
        let value: JSON =
            switch name {
            case "post_media_view": ["paid": 0, "organic": .int(figures.impressions)]
            case "post_total_media_view_unique": .int(figures.impressions * 3 / 4)
            case "post_clicks": .int(figures.clicks)
            case "post_reactions_by_type_total": ["like": .int(figures.likes)]
            default: ["other clicks": .int(figures.clicks)]
            }
        return entry(name, post.id, period: "lifetime", [["value": value]])
    }

    private func entry(_ name: String, _ id: String, period: String, _ values: [JSON]) -> JSON {
        [
            "name": .string(name), "period": .string(period), "values": .array(values), "title": .string(name), "description": "",
            "id": .string("\(id)/insights/\(name)/\(period)"),
        ]
    }
}
