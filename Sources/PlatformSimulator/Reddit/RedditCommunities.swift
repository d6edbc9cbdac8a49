import Foundation
import HTTPTypes

/// A community and what it lets be posted.
struct RedditCommunity: Sendable {
    let name: String
    let title: String
    var type = "any"
    var takesImages = true
    var takesVideos = true
    var takesGalleries = true
    var takesPolls = true
    var wantsFlair = false
    var hasFlairs = false
    var isClosed = false
    var bans = false
    /// Words that no title may hold.
    var refused: [String] = []

    static let all = [
        RedditCommunity(name: "test", title: "A place to try things", hasFlairs: true),
        RedditCommunity(name: "textonly", title: "Texts", type: "self"), RedditCommunity(name: "linksonly", title: "Links", type: "link"),
        RedditCommunity(name: "flairs", title: "Sorted posts", wantsFlair: true, hasFlairs: true),
        RedditCommunity(name: "nopictures", title: "Words", takesImages: false, takesVideos: false, takesGalleries: false, takesPolls: false),
        RedditCommunity(name: "closed", title: "Members only", isClosed: true), RedditCommunity(name: "banned", title: "Not for you", bans: true),
        RedditCommunity(name: "polite", title: "Good manners", refused: ["shout"]),
    ]

    /// Somebody's profile is a community, too.
    static func find(_ name: String, _ state: PlatformState) -> RedditCommunity? {
        let wanted = name.lowercased()
        if let known = all.first(where: { $0.name == wanted }) { return known }
        guard wanted.hasPrefix("u_"), let owner = state.accounts.find(String(wanted.dropFirst(2))) else { return nil }
        return RedditCommunity(name: "u_\(owner.username)", title: owner.name)
    }

    static let flairs: [JSON] = [
        ["id": "0a1b2c3d-1111-11ee-8000-000000000001", "text": "Question", "text_editable": false, "type": "text", "mod_only": false],
        ["id": "0a1b2c3d-1111-11ee-8000-000000000002", "text": "Tea", "text_editable": true, "type": "text", "mod_only": false],
        ["id": "0a1b2c3d-1111-11ee-8000-000000000003", "text": "Official", "text_editable": false, "type": "text", "mod_only": true],
    ]
}

extension Reddit {
    var communityReads: [Operation] {
        [
            Operation("reddit.search", .get, "/subreddits/search", limits: [Self.all], handler: user("read", search)),
            Operation("reddit.mine", .get, "/subreddits/mine/subscriber", limits: [Self.all], handler: user("mysubreddits", mine)),
            Operation("reddit.about", .get, "/r/{community}/about", limits: [Self.all], handler: user("read", about)),
            Operation(
                "reddit.requirements", .get, "/api/v1/{community}/post_requirements", limits: [Self.all], handler: user("submit", requirements)),
            Operation("reddit.flairs", .get, "/r/{community}/api/link_flair_v2", limits: [Self.all], handler: user("flair", flairs)),
        ]
    }

    private func search(_ state: inout PlatformState, _ caller: Account, _ call: Call) -> Reply {
        let wanted = (call.query("q") ?? "").lowercased()
        let found = RedditCommunity.all.filter { $0.name.contains(wanted) || $0.title.lowercased().contains(wanted) }
        return .json(Self.listing(found.map { ["kind": "t5", "data": aboutJSON($0)] }))
    }

    private func mine(_ state: inout PlatformState, _ caller: Account, _ call: Call) -> Reply {
        .json(Self.listing(RedditCommunity.all.prefix(4).map { ["kind": "t5", "data": aboutJSON($0)] }))
    }

    private func community(_ call: Call, _ state: PlatformState) throws -> RedditCommunity {
        guard let found = RedditCommunity.find(call.parameter("community"), state) else { throw Self.plain(404, "Not Found") }
        guard !found.isClosed else { throw Self.plain(403, "Forbidden") }
        return found
    }

    private func about(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        .json(["kind": "t5", "data": aboutJSON(try community(call, state))])
    }

    private func aboutJSON(_ community: RedditCommunity) -> JSON {
        [
            "display_name": .string(community.name), "name": .string("t5_\(String(Encoding.stableHash(community.name) % 99_999_999, radix: 36))"),
            "id": .string(String(Encoding.stableHash(community.name) % 99_999_999, radix: 36)), "title": .string(community.title),
            "url": .string("/r/\(community.name)/"), "subreddit_type": community.isClosed ? "private" : "public",
            "submission_type": .string(community.type), "allow_images": .bool(community.takesImages), "allow_videos": .bool(community.takesVideos),
            "allow_galleries": .bool(community.takesGalleries), "allow_polls": .bool(community.takesPolls),
            "link_flair_enabled": .bool(community.hasFlairs), "over18": false, "restrict_posting": false, "user_is_banned": .bool(community.bans),
            "subscribers": .int(Popularity.followers(community.name)),
        ]
    }

    private func requirements(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        let community = try community(call, state)
        return .json([
            "is_flair_required": .bool(community.wantsFlair), "title_text_min_length": .null, "title_text_max_length": .null,
            "title_required_strings": [], "title_blacklisted_strings": .array(community.refused.map { .string($0) }), "title_regexes": [],
            "body_restriction_policy": "none", "domain_whitelist": [], "domain_blacklist": [], "link_restriction_policy": "none",
        ])
    }

    private func flairs(_ state: inout PlatformState, _ caller: Account, _ call: Call) throws -> Reply {
        guard try community(call, state).hasFlairs else { throw Self.plain(403, "Forbidden") }
        return .json(.array(RedditCommunity.flairs))
    }

    static func listing(_ children: [JSON], after: String? = nil) -> JSON {
        ["kind": "Listing", "data": ["children": .array(children), "after": .optional(after), "before": .null, "dist": .int(children.count)]]
    }
}
