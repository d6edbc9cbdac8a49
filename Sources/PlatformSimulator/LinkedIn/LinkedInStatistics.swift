import Foundation
import HTTPTypes

extension LinkedIn {
    private static let read = ["rw_organization_admin", "r_organization_social"]

    var statistics: [Operation] {
        ["/rest", "/v2"].flatMap { root -> [Operation] in
            [
                Operation(
                    "linkedin.pageStatistics", .get, root + "/organizationPageStatistics",
                    handler: member(anyOf: Self.read, "organizationPageStatistics.FINDER", pageStatistics)),
                Operation(
                    "linkedin.followerStatistics", .get, root + "/organizationalEntityFollowerStatistics",
                    handler: member(anyOf: Self.read, "organizationalEntityFollowerStatistics.FINDER", followerStatistics)),
                Operation(
                    "linkedin.shareStatistics", .get, root + "/organizationalEntityShareStatistics",
                    handler: member(anyOf: Self.read, "organizationalEntityShareStatistics.FINDER", shareStatistics)),
                Operation(
                    "linkedin.networkSize", .get, root + "/networkSizes/{urn}",
                    handler: member(anyOf: Self.read, "networkSizes.GET", networkSize)),
            ]
        } + [
            Operation(
                "linkedin.memberPostAnalytics", .get, "/rest/memberCreatorPostAnalytics",
                handler: member(anyOf: ["r_member_postAnalytics"], "memberCreatorPostAnalytics.FINDER", memberPostAnalytics))
        ]
    }

    private func organization(_ call: Call, _ finder: String, _ member: Member, _ state: PlatformState) throws -> Account {
        guard call.query("q") == finder else { throw LinkedInError(400, "ILLEGAL_ARGUMENT", "q must be \(finder)").refusal }
        let urn = try RestLi.urn(call, query: finder)
        guard let organization = member.administered(urn, state) else { throw LinkedInError.denied(finder).refusal }
        return organization
    }

    /// One element a day of the range, or one for the whole life when no range is asked for.
    private func daily(_ call: Call, _ element: (_ day: Date?, _ seed: String) -> [String: JSON]) throws -> Reply {
        guard let range = try RestLi.timeRange(call) else { return .json(["elements": [.object(element(nil, "total"))]]) }
        let days = stride(from: range.start.timeIntervalSince1970, to: range.end.timeIntervalSince1970, by: 86_400).prefix(400)
        let elements = days.map { day -> JSON in
            var members = element(Date(timeIntervalSince1970: day), String(Int(day / 86_400)))
            members["timeRange"] = ["start": .int(Int(day * 1000)), "end": .int(Int((day + 86_400) * 1000))]
            return .object(members)
        }
        return .json(["elements": .array(elements), "paging": ["start": 0, "count": .int(elements.count), "links": []]])
    }

    private func figure(_ seed: String, below limit: UInt64) -> Int { Int(Encoding.stableHash(seed) % limit) }

    private func pageStatistics(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        let organization = try organization(call, "organization", member, state)
        return try daily(call) { _, seed in
            let views: JSON = .int(figure("views\(organization.id)\(seed)", below: 120))
            return [
                "organization": .string(organization.urn),
                "totalPageStatistics": ["views": ["allPageViews": ["pageViews": views, "uniquePageViews": views]]],
            ]
        }
    }

    private func followerStatistics(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        let organization = try organization(call, "organizationalEntity", member, state)
        return try daily(call) { _, seed in
            [
                "organizationalEntity": .string(organization.urn),
                "followerGains": [
                    "organicFollowerGain": .int(figure("organic\(organization.id)\(seed)", below: 20)),
                    "paidFollowerGain": .int(figure("paid\(organization.id)\(seed)", below: 3)),
                ],
            ]
        }
    }

    private func shareStatistics(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        let organization = try organization(call, "organizationalEntity", member, state)
        let shares = try RestLi.list(call, "shares")
        let wanted = try shares ?? RestLi.list(call, "ugcPosts")
        if let wanted {
            let own = wanted.compactMap { (id: String) -> Publication? in state.timeline[id] }.filter { $0.author == organization.id }
            let elements = own.map { post -> JSON in
                let figures = Popularity(id: post.id, age: call.now.timeIntervalSince(post.createdAt))
                return [
                    "organizationalEntity": .string(organization.urn), (shares == nil ? "ugcPost" : "share"): .string(post.id),
                    "totalShareStatistics": totals(figures, comments: state.timeline.replies(to: post.id).count),
                ]
            }
            return .json(["elements": .array(elements)])
        }
        return try daily(call) { day, seed in
            // A day's figures are those of a made-up post of that day; the life's are those of a month.
            let figures = Popularity(id: organization.id + seed, age: day == nil ? 2_592_000 : 43_200)
            return ["organizationalEntity": .string(organization.urn), "totalShareStatistics": totals(figures, comments: figures.saves)]
        }
    }

    private func totals(_ figures: Popularity, comments: Int) -> JSON {
        let engaged = Double(figures.likes + figures.clicks + figures.shares + comments)
        return [
            "impressionCount": .int(figures.impressions), "uniqueImpressionsCount": .int(figures.impressions * 3 / 4),
            "clickCount": .int(figures.clicks), "likeCount": .int(figures.likes), "commentCount": .int(comments),
            "shareCount": .int(figures.shares), "engagement": .double(figures.impressions == 0 ? 0 : engaged / Double(figures.impressions)),
        ]
    }

    private func networkSize(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        let urn = try RestLi.urn(call)
        guard ["COMPANY_FOLLOWED_BY_MEMBER", "CompanyFollowedByMember"].contains(call.query("edgeType")) else {
            throw LinkedInError.missing("edgeType").refusal
        }
        guard let organization = state.accounts[String(urn.split(separator: ":").last ?? "")], organization.urn == urn else {
            return failure(status: 404)
        }
        return .json(["firstDegreeSize": .int(state.followers(of: organization.id))])
    }

    private func memberPostAnalytics(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        let kinds = ["IMPRESSION", "MEMBERS_REACHED", "RESHARE", "REACTION", "COMMENT", "POST_SAVE"]
        guard let type = call.query("queryType"), kinds.contains(type) else { throw LinkedInError.missing("queryType").refusal }
        guard ["TOTAL", "DAILY", nil].contains(call.query("aggregation")) else {
            throw LinkedInError.invalid("aggregation", "aggregation must be TOTAL or DAILY").refusal
        }
        let posts: [Publication]
        switch call.query("q") {
        case "entity":
            guard let post = Self.resolve(try RestLi.union(call, "entity"), state), post.author == member.account.id else {
                throw LinkedInError.denied("memberCreatorPostAnalytics.FINDER-entity").refusal
            }
            posts = [post]
        case "me": posts = state.timeline.latest(1000, by: member.account.id) { $0.parent == nil }
        default: throw LinkedInError(400, "ILLEGAL_ARGUMENT", "q must be entity or me").refusal
        }
        let total = posts.reduce(0) { sum, post in
            let figures = Popularity(id: post.id, age: call.now.timeIntervalSince(post.createdAt))
            let values = [
                "IMPRESSION": figures.impressions, "MEMBERS_REACHED": figures.impressions * 3 / 4, "RESHARE": figures.shares,
                "REACTION": figures.likes, "COMMENT": state.timeline.replies(to: post.id).count, "POST_SAVE": figures.saves,
            ]
            return sum + (values[type] ?? 0)
        }
        return .json([
            "elements": [["count": .int(total), "metricType": .string(type)]], "paging": ["start": 0, "count": 10, "links": []],
        ])
    }
}
