import Foundation
import HTTPTypes

extension Threads {
    var reads: [Operation] {
        let limits = [Self.calls]
        return [
            Operation("threads.me", .get, "/v1.0/me", limits: limits, handler: user(body: me)),
            Operation("threads.list", .get, "/v1.0/{user}/threads", limits: limits, handler: user(body: list)),
            Operation("threads.replies", .get, "/v1.0/{user}/replies", limits: limits, handler: user("threads_read_replies", body: replies)),
            Operation("threads.quota", .get, "/v1.0/{user}/threads_publishing_limit", limits: limits, handler: user(body: quota)),
            Operation(
                "threads.accountInsights", .get, "/v1.0/{user}/threads_insights", limits: limits,
                handler: user("threads_manage_insights", body: accountInsights)),
            Operation(
                "threads.insights", .get, "/v1.0/{id}/insights", limits: limits, handler: user("threads_manage_insights", body: insights)),
            Operation(
                "threads.places", .get, "/v1.0/location_search", limits: limits, handler: user("threads_location_tagging", body: places)),
            Operation(
                "threads.profile", .get, "/v1.0/profile_lookup", limits: limits, handler: user("threads_profile_discovery", body: profile)),
            Operation("threads.read", .get, "/v1.0/{id}", limits: limits, handler: user(body: read)),
            Operation("threads.deletePost", .delete, "/v1.0/{id}", limits: limits, handler: user("threads_delete", body: delete)),
        ]
    }

    private static func fields(_ call: Call) -> [String] { (call.query("fields") ?? "id").split(separator: ",").map(String.init) }

    private static func date(_ date: Date) -> JSON {
        .string(Encoding.iso8601(date).replacing(/\.\d+Z$/, with: "+0000"))
    }

    /// What was asked for of an object; asking for what it does not have is an error.
    private func answer(_ members: [String: JSON?], _ call: Call) throws -> Reply {
        var result = ["id": members["id"] ?? nil]
        for field in Self.fields(call) {
            guard let value = members[field] else {
                throw ThreadsFailure.invalid("(#100) Tried accessing nonexisting field (\(field))").refusal
            }
            result[field] = value
        }
        return .json(.compact(result))
    }

    private func me(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        try answer(
            [
                "id": .string(account.id), "username": .string(account.username), "name": .string(account.name), "is_verified": false,
                "threads_profile_picture_url": .string("\(call.base)/_media/avatar-\(account.id)"), "threads_biography": "",
            ], call)
    }

    private func members(_ post: Publication, _ state: PlatformState, _ call: Call) -> [String: JSON?] {
        let author = state.accounts[post.author]
        let types: [MediaKind?: String] = [nil: "TEXT_POST", .image: "IMAGE", .video: "VIDEO"]
        return [
            "id": .string(post.id), "text": post.text.isEmpty ? nil : .string(post.text), "timestamp": Self.date(post.createdAt),
            "username": author.map { .string($0.username) }, "media_product_type": "THREADS",
            "media_type": .string(post.attachments.count > 1 ? "CAROUSEL_ALBUM" : types[post.attachments.first?.kind] ?? "IMAGE"),
            "permalink": author.map { .string(call.base + postPath(post, author: $0)) },
            "shortcode": .string(String(UInt64(post.id) ?? 0, radix: 36)), "is_reply": .bool(post.parent != nil),
            "replied_to": post.parent.map { ["id": .string($0)] }, "is_quote_post": .bool(post.details["quote_post_id"] != nil),
            "alt_text": post.attachments.first.map { .string($0.altText) }, "topic_tag": post.details["topic_tag"],
            "has_replies": .bool(!state.timeline.replies(to: post.id).isEmpty), "owner": ["id": .string(post.author)],
        ]
    }

    private func list(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        try page(state, account, call) { $0.parent == nil }
    }

    private func replies(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        try page(state, account, call) { $0.parent != nil }
    }

    private func page(_ state: PlatformState, _ account: Account, _ call: Call, where fits: (Publication) -> Bool) throws -> Reply {
        let limit = min(100, max(1, call.query("limit").flatMap(Int.init) ?? 25))
        let since = call.query("since").flatMap(Double.init).map(Date.init(timeIntervalSince1970:)) ?? .distantPast
        let until = call.query("until").flatMap(Double.init).map(Date.init(timeIntervalSince1970:)) ?? .distantFuture
        let visible = call.now.addingTimeInterval(-state.seconds("listLag"))
        let after = call.query("after").flatMap(UInt64.init) ?? .max
        let found = state.timeline.latest(limit + 1, by: account.id) { post in
            fits(post) && post.createdAt >= since && post.createdAt <= until && post.createdAt <= visible && (UInt64(post.id) ?? 0) < after
        }
        let shown = found.prefix(limit)
        let entries = shown.map { post -> JSON in
            let members = members(post, state, call)
            return .compact(Dictionary(Self.fields(call).map { ($0, members[$0] ?? nil) } + [("id", .string(post.id))]) { $1 })
        }
        guard let last = shown.last, let first = shown.first else { return .json(["data": []]) }
        var paging: [String: JSON] = ["cursors": ["before": .string(first.id), "after": .string(last.id)]]
        if found.count > limit { paging["next"] = .string(Encoding.adding([("after", last.id)], to: call.address)) }
        return .json(["data": .array(entries), "paging": .object(paging)])
    }

    /// A published post, or a container with its status.
    private func read(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let id = call.parameter("id")
        if var container = state.drafts[id], container.author == account.id {
            let (status, error) = status(&container, state, now: call.now)
            state.drafts[id] = container
            return try answer(["id": .string(id), "status": .string(status), "error_message": error.map { .string($0) }], call)
        }
        guard let post = state.timeline[id] else { throw ThreadsFailure.missing(id).refusal }
        if state.isOn("permalinkFails") { throw ThreadsFailure(500, 2, "An unexpected error has occurred", isTransient: true).refusal }
        return try answer(members(post, state, call), call)
    }

    private static let samplePlaces = [
        ("110843418940484", "Tea House", "1 Example Street", "Exampletown"), ("110843418940485", "Harbour", "", "Portville"),
    ]

    private func places(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        guard let words = call.query("q")?.lowercased(), !words.isEmpty else { throw ThreadsFailure.invalid("(#100) Param q is required").refusal }
        let found = Self.samplePlaces.filter { "\($0.1) \($0.3)".lowercased().contains(words) }
        return .json([
            "data": .array(
                found.map { id, name, address, city in
                    let members: [String: JSON] = [
                        "id": .string(id), "name": .string(name), "address": .string(address), "city": .string(city), "country": "Example",
                    ]
                    return .object(members.filter { $0.key == "id" || Self.fields(call).contains($0.key) })
                })
        ])
    }

    private func profile(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let name = call.query("username") ?? ""
        guard let found = state.accounts.find(name), found.username == name else { throw ThreadsFailure.missing(name).refusal }
        return .json([
            "username": .string(found.username), "name": .string(found.name), "is_verified": false, "biography": "",
            "profile_picture_url": .string("\(call.base)/_media/avatar-\(found.id)"),
        ])
    }

    private func delete(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let id = call.parameter("id")
        guard let post = state.timeline[id], post.author == account.id else { throw ThreadsFailure.missing(id).refusal }
        guard removals(by: account, state, call.now) < state.number("deleteQuota") else {
            throw ThreadsFailure(403, 9, "User has reached the maximum number of deletions in 24 hours").refusal
        }
        state.timeline.delete(id)
        state.records["removed:\(id)"] = ["by": .string(account.id), "at": .double(call.now.timeIntervalSince1970)]
        return .json(["success": true, "deleted_id": .string(id)])
    }

    private func removals(by account: Account, _ state: PlatformState, _ now: Date) -> Int {
        state.records.values.count { $0["by"]?.string == account.id && now.timeIntervalSince1970 - ($0["at"]?.double ?? 0) < 86_400 }
    }

    private func quota(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        func config(_ total: JSON) -> JSON { ["quota_total": total, "quota_duration": 86_400] }
        return .json([
            "data": [
                [
                    "quota_usage": .int(used(by: account, isReply: false, state, call.now)), "config": config(.int(state.number("postQuota"))),
                    "reply_quota_usage": .int(used(by: account, isReply: true, state, call.now)),
                    "reply_config": config(.int(state.number("replyQuota"))), "delete_quota_usage": .int(removals(by: account, state, call.now)),
                    "delete_config": config(.int(state.number("deleteQuota"))),
                ]
            ]
        ])
    }

    // MARK: Figures

    private func insights(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        guard let post = state.timeline[call.parameter("id")], post.author == account.id else {
            throw ThreadsFailure.missing(call.parameter("id")).refusal
        }
        let figures = Popularity(id: post.id, age: call.now.timeIntervalSince(post.createdAt))
        let values = [
            "views": figures.impressions, "likes": figures.likes, "replies": state.timeline.replies(to: post.id).count,
            "reposts": figures.shares, "quotes": figures.saves, "shares": figures.clicks,
        ]
        return .json([
            "data": .array(
                try metrics(call, known: Set(values.keys)).map { name in
                    [
                        "name": .string(name), "period": "lifetime", "values": [["value": .int(values[name] ?? 0)]],
                        "id": .string("\(post.id)/\(name)"),
                    ]
                })
        ])
    }

    /// `views` come by day, all others as one sum.
    private func accountInsights(_ state: inout PlatformState, _ account: Account, _ call: Call) throws -> Reply {
        let day = 86_400.0
        let until = call.query("until").flatMap(Double.init) ?? call.now.timeIntervalSince1970
        let since = max(1_712_991_600, call.query("since").flatMap(Double.init) ?? until - 2 * day)
        let known: Set = ["views", "likes", "replies", "reposts", "quotes", "clicks", "followers_count"]
        let names = try metrics(call, known: known)
        if names.contains("followers_count"), call.query("since") != nil {
            throw ThreadsFailure.invalid("(#100) followers_count does not take since and until").refusal
        }
        func figure(_ seed: String, below: UInt64) -> JSON { .int(Int(Encoding.stableHash(account.id + seed) % below)) }
        let days = stride(from: (since / day).rounded(.down) * day + day, through: until, by: day).prefix(400)
        return .json([
            "data": .array(
                names.map { name in
                    var members: [String: JSON] = ["name": .string(name), "period": "day", "id": .string("\(account.id)/\(name)")]
                    switch name {
                    case "views":
                        members["values"] = .array(
                            days.map { end in
                                ["value": figure("views\(Int(end))", below: 900), "end_time": Self.date(Date(timeIntervalSince1970: end))]
                            })
                    case "followers_count": members["total_value"] = ["value": .int(Popularity.followers(account.id))]
                    case "clicks": members["link_total_values"] = [["value": figure("clicks", below: 90), "link_url": "https://example.com/"]]
                    default: members["total_value"] = ["value": figure(name, below: 500)]
                    }
                    return .object(members)
                })
        ])
    }

    private func metrics(_ call: Call, known: Set<String>) throws -> [String] {
        let names = (call.query("metric") ?? "").split(separator: ",").map(String.init)
        guard !names.isEmpty, known.isSuperset(of: names) else {
            throw ThreadsFailure.invalid("(#100) metric must be among {\(known.sorted().joined(separator: ", "))}").refusal
        }
        return names
    }
}
