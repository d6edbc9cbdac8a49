import Foundation
import HTTPTypes

/// Where professional Instagram accounts live: beside Facebook's pages, or by themselves.
protocol InstagramPlatform: GraphPlatform {
    /// The permissions as this login names them begin with it: `instagram_`.
    var permissions: String { get }
    /// Whether the caller may act for the account with this id.
    func acts(_ caller: GraphCaller, for account: String, _ state: PlatformState) -> Bool
}

typealias GraphHandler = @Sendable (inout PlatformState, GraphParameters, Call) throws -> Reply

extension InstagramPlatform {
    static var instagramSwitches: [Switch] {
        [
            Switch(name: "containerPolls", initial: 1, help: "Status requests until a container is FINISHED"),
            Switch(name: "containerFailure", initial: 0, help: "Containers end in ERROR with this subcode; 0: they succeed"),
            Switch(name: "containerLife", initial: 86_400, help: "Seconds until a container that was not published is EXPIRED"),
            Switch(name: "onlyJPEG", initial: true, help: "Pictures other than JPEG are refused"),
            Switch(name: "permalinkFails", initial: false, help: "The address of a medium cannot be read"),
            Switch(name: "publishQuota", initial: 100, help: "What an account may publish in 24 hours"),
            Switch(name: "fewViewers", initial: false, help: "Fewer than five people have seen the stories: no figures of them (10)"),
        ]
    }

    /// The account that a call is about, when the caller may act for it.
    func instagram(
        _ id: String, _ permission: String, _ parameters: GraphParameters, _ call: Call, _ state: PlatformState
    ) throws -> Account {
        let caller = try authenticate(parameters, call, scope: permissions + permission, state)
        guard let account = state.accounts[id], acts(caller, for: id, state) else { throw GraphFailure.unknown(id).refusal }
        return account
    }

    /// A published medium or a comment of an account for which the caller may act.
    func instagramPublication(
        _ id: String, _ permission: String, _ parameters: GraphParameters, _ call: Call, _ state: PlatformState
    ) throws -> Publication {
        guard let found = state.timeline[id], found.details["instagram"] != nil else {
            _ = try authenticate(parameters, call, state)
            throw GraphFailure.unknown(id).refusal
        }
        _ = try instagram(found.author, permission, parameters, call, state)
        return found
    }

    func isInstagram(_ id: String, _ state: PlatformState) -> Bool {
        id.hasPrefix("17841") || state.records["container:\(id)"] != nil || state.timeline[id]?.details["instagram"] != nil
    }

    static func instagramNumber(_ state: inout PlatformState, _ call: Call) -> String { "18" + state.nextID(now: call.now, shift: 8) }

    // MARK: Reading

    func readInstagram(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let id = call.parameter("id")
        if state.records["container:\(id)"] != nil { return .json(try containerNode(id, &state, parameters, call)) }
        if state.timeline[id] != nil {
            let publication = try instagramPublication(id, "basic", parameters, call, state)
            return .json(try mediaNode(publication, parameters, call, state))
        }
        return .json(try accountNode(try instagram(id, "basic", parameters, call, state), parameters, call, state))
    }

    func accountNode(_ account: Account, _ parameters: GraphParameters, _ call: Call, _ state: PlatformState) throws -> JSON {
        try Self.select(
            [
                "id": .string(account.id), "username": .string(account.username), "name": .string(account.name),
                "profile_picture_url": .string("\(call.base)/_media/avatar-\(account.id)"),
                "followers_count": .int(Popularity.followers(account.id)), "follows_count": 10,
                "media_count": .int(state.timeline.by(author: account.id).reduce(0) { $0 + ($1.parent == nil ? 1 : 0) }),
            ], type: "IGUser", parameters)
    }

    func mediaNode(_ media: Publication, _ parameters: GraphParameters, _ call: Call, _ state: PlatformState) throws -> JSON {
        let name = state.accounts[media.author]?.username ?? ""
        if media.parent != nil {
            return try Self.select(
                [
                    "id": .string(media.id), "text": .string(media.text), "timestamp": Self.time(media.createdAt), "username": .string(name),
                    "from": ["id": .string(media.author), "username": .string(name)],
                ], type: "IGComment", parameters, usual: ["id", "text", "timestamp"])
        }
        let figures = Popularity(id: media.id, age: call.now.timeIntervalSince(media.createdAt))
        let address = state.accounts[media.author].map { JSON.string(call.base + postPath(media, author: $0)) }
        return try Self.select(
            [
                "id": .string(media.id), "caption": media.text.isEmpty ? nil : .string(media.text), "timestamp": Self.time(media.createdAt),
                "username": .string(name), "permalink": state.isOn("permalinkFails") ? nil : address,
                "media_type": media.details["media_type"], "media_product_type": media.details["media_product_type"],
                "like_count": .int(figures.likes), "comments_count": .int(state.timeline.replies(to: media.id).count),
                "is_comment_enabled": media.details["comment_enabled"] ?? true,
            ], type: "IGMedia", parameters)
    }

    func listMedia(_ stories: Bool) -> GraphHandler {
        { state, parameters, call in
            let account = try instagram(call.parameter("id"), "basic", parameters, call, state)
            let media = state.timeline.latest(300, by: account.id) {
                $0.parent == nil && ($0.details["media_product_type"]?.string == "STORY") == stories
            }
            return Self.page(try media.map { try mediaNode($0, parameters, call, state) }, parameters, call)
        }
    }

    func publishingLimit(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let account = try instagram(call.parameter("id"), "basic", parameters, call, state)
        let node: [String: JSON?] = [
            "quota_usage": .int(quotaUsage(account, call, state)),
            "config": ["quota_total": .int(state.number("publishQuota")), "quota_duration": 86_400],
        ]
        let wanted = parameters["fields"].map(GraphParameters.names) ?? ["quota_usage"]
        return .json(["data": [.compact(node.filter { wanted.contains($0.key) })]])
    }

    func quotaUsage(_ account: Account, _ call: Call, _ state: PlatformState) -> Int {
        state.timeline.by(author: account.id).reduce(0) {
            $0 + ($1.parent == nil && call.now.timeIntervalSince($1.createdAt) < 86_400 ? 1 : 0)
        }
    }

    // MARK: Comments, changes, removal

    func commentOnInstagram(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let media = try instagramPublication(call.parameter("id"), "manage_comments", parameters, call, state)
        guard media.details["comment_enabled"]?.bool ?? true else { throw GraphFailure(100, "Comments are disabled for this media").refusal }
        guard let text = parameters["message"], !text.isEmpty else { throw GraphFailure.missing("message").refusal }
        guard text.count <= 300 else { throw GraphFailure.invalid("message", "must be of 300 characters at most").refusal }
        var comment = Publication(
            id: Self.instagramNumber(&state, call), author: media.author, text: text, parent: media.id, createdAt: call.now)
        comment.details = ["instagram": true]
        state.timeline.add(comment)
        return Reply.json(["id": .string(comment.id)]).creating(comment.id)
    }

    func listInstagramComments(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let media = try instagramPublication(call.parameter("id"), "manage_comments", parameters, call, state)
        let comments = state.timeline.replies(to: media.id).reversed()
        return Self.page(try comments.map { try mediaNode($0, parameters, call, state) }, parameters, call)
    }

    func changeInstagram(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let media = try instagramPublication(call.parameter("id"), "manage_comments", parameters, call, state)
        guard let enabled = parameters.bool("comment_enabled") else { throw GraphFailure.missing("comment_enabled").refusal }
        state.timeline.change(media.id) { media in
            media.details = .object((media.details.object ?? [:]).merging(["comment_enabled": .bool(enabled)]) { $1 })
        }
        return .json(["success": true])
    }

    func removeInstagram(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let media = try instagramPublication(call.parameter("id"), "manage_contents", parameters, call, state)
        for comment in state.timeline.replies(to: media.id) { state.timeline.delete(comment.id) }
        state.timeline.delete(media.id)
        return .json(["success": true])
    }

    // MARK: Figures

    func instagramInsights(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        let id = call.parameter("id")
        let names = parameters.json("metric")?.strings ?? (parameters["metric"] ?? "").split(separator: ",").map(String.init)
        func check(_ known: Set<String>) throws {
            guard !names.isEmpty, known.isSuperset(of: names) else {
                throw GraphFailure(100, "(#100) metric must be one of \(known.sorted().joined(separator: ", "))").refusal
            }
        }
        if state.timeline[id] == nil {
            let account = try instagram(id, "manage_insights", parameters, call, state)
            try check(["reach", "follower_count", "views", "likes", "comments", "shares", "saves", "replies", "accounts_engaged"])
            return .json(["data": .array(names.map { accountInsight($0, account, parameters, call) })])
        }
        let media = try instagramPublication(id, "manage_insights", parameters, call, state)
        let isStory = media.details["media_product_type"]?.string == "STORY"
        if isStory, state.isOn("fewViewers") { throw GraphFailure(10, "(#10) Not enough viewers for the media to show insights").refusal }
        try check(isStory ? ["views", "reach", "replies", "shares", "navigation"] : ["views", "reach", "saved", "likes", "comments", "shares"])
        let figures = Popularity(id: media.id, age: call.now.timeIntervalSince(media.createdAt))
        let values = [
            "views": figures.impressions, "reach": figures.impressions * 2 / 3, "saved": figures.saves, "likes": figures.likes,
            "shares": figures.shares, "comments": state.timeline.replies(to: media.id).count,
        ]
        return .json([
            "data": .array(
                names.map { name in
                    ["name": .string(name), "period": "lifetime", "values": [["value": .int(values[name] ?? 0)]], "id": .string("\(id)/\(name)")]
                })
        ])
    }

    private func accountInsight(_ name: String, _ account: Account, _ parameters: GraphParameters, _ call: Call) -> JSON {
        let until = parameters["until"].flatMap(Double.init) ?? call.now.timeIntervalSince1970
        let since = max(parameters["since"].flatMap(Double.init) ?? until - 172_800, until - 30 * 86_400)
        let first = ((since / 86_400).rounded(.down) + 1) * 86_400 + 25_200
        let values: [JSON] = stride(from: first, through: until, by: 86_400).map { end in
            let value = Int(Encoding.stableHash("\(account.id) \(name) \(Int(end))") % 400)
            return ["value": .int(value), "end_time": Self.time(Date(timeIntervalSince1970: end))]
        }
        return ["name": .string(name), "period": "day", "values": .array(values), "id": .string("\(account.id)/insights/\(name)/day")]
    }

    /// Music for reels.
    func searchAudio(_ state: inout PlatformState, _ parameters: GraphParameters, _ call: Call) throws -> Reply {
        _ = try instagram(parameters["user_id"] ?? "", "basic", parameters, call, state)
        let all = [("9001", "Tea Time", "The Kettles"), ("9002", "Widget Waltz", "Ada and the Gears"), ("9003", "Garden Song", "The Kettles")]
        let words = (parameters["search_query"] ?? "").lowercased()
        let found = all.filter { words.isEmpty || "\($0.1) \($0.2)".lowercased().contains(words) }
        return .json([
            "audio": .array(
                found.map {
                    ["audio_id": .string($0.0), "title": .string($0.1), "display_artist": .string($0.2), "duration_in_ms": 95_000]
                })
        ])
    }
}
