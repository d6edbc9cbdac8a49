import Foundation

/// Who may see a post and who is to see it first, and the button below it.
extension Facebook {
    private static let buttons: Set = [
        "BOOK_TRAVEL", "CONTACT_US", "DONATE", "DOWNLOAD", "GET_OFFER", "GET_QUOTE", "LEARN_MORE", "ORDER_NOW", "SHOP_NOW", "SIGN_UP", "SUBSCRIBE",
        "WATCH_MORE",
    ]

    /// What is kept of `names` and of the audience, checked.
    func told(_ parameters: GraphParameters, _ names: [String], hasLink: Bool) throws -> [String: JSON?] {
        try checkAudience(parameters)
        try checkButton(parameters, hasLink: hasLink)
        try checkDay(parameters)
        let kept = names + ["targeting", "feed_targeting", "call_to_action"]
        return Dictionary(uniqueKeysWithValues: kept.map { ($0, parameters[$0].map { .string($0) }) })
    }

    private func checkAudience(_ parameters: GraphParameters) throws {
        for name in ["targeting", "feed_targeting"] where parameters[name] != nil {
            guard let target = parameters.json(name), let fields = target.object else {
                throw GraphFailure.invalid(name, "must be an object").refusal
            }
            let known = name == "targeting" ? ["geo_locations", "age_min"] : ["geo_locations", "age_min", "age_max", "genders", "locales"]
            if let unknown = fields.keys.first(where: { !known.contains($0) }) {
                throw GraphFailure.invalid(name, "does not know \(unknown)").refusal
            }
            let countries = target["geo_locations"]?["countries"]?.array
            guard countries?.allSatisfy({ $0.string?.wholeMatch(of: /[A-Z]{2}/) != nil }) ?? true,
                countries.map({ (1...25).contains($0.count) }) ?? true
            else { throw GraphFailure.invalid(name, "has a country that is none").refusal }
            let (least, most) = (target["age_min"]?.int ?? 13, target["age_max"]?.int ?? 65)
            let isAge = name == "targeting" ? [13, 15, 18, 21, 25].contains(least) : (13...65).contains(least) && (least...65).contains(most)
            guard isAge else { throw GraphFailure.invalid(name, "has an age that is not possible").refusal }
            guard target["genders"]?.array.map({ $0.allSatisfy { [1, 2].contains($0.int) } }) ?? true else {
                throw GraphFailure.invalid(name, "has a gender that is not known").refusal
            }
        }
    }

    private func checkButton(_ parameters: GraphParameters, hasLink: Bool) throws {
        guard parameters["call_to_action"] != nil else { return }
        guard let button = parameters.json("call_to_action"), let type = button["type"]?.string, Self.buttons.contains(type),
            let link = button["value"]?["link"]?.string, link.hasPrefix("http")
        else { throw GraphFailure.invalid("call_to_action", "needs a known type and a link").refusal }
        guard hasLink else { throw GraphFailure.invalid("call_to_action", "is for link posts and videos").refusal }
    }

    private func checkDay(_ parameters: GraphParameters) throws {
        guard let day = parameters["backdated_time"] else { return }
        guard day.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil,
            ["year", "month", "day", "hour", "min"].contains(parameters["backdated_time_granularity"])
        else {
            throw GraphFailure.invalid("backdated_time", "must be a time in the past").refusal
        }
    }

    /// Another page is asked to show a reel as its own.
    func invite(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let caller = try authenticate(parameters, call, scope: "pages_manage_posts", state)
        let id = call.parameter("id")
        guard let reel = state.timeline[id], reel.author == caller.page else { throw GraphFailure.unknown(id).refusal }
        guard let page = parameters["target_id"], page != reel.author, page.wholeMatch(of: /[0-9]+/) != nil else {
            throw GraphFailure.invalid("target_id", "must be another page").refusal
        }
        let details = JSON.object((reel.details.object ?? [:]).merging(["collaborator": .string(page)]) { $1 })
        state.timeline.change(id) { $0.details = details }
        return .json(["success": true])
    }
}
