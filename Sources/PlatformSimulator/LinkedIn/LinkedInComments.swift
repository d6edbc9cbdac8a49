import Foundation
import HTTPTypes

extension LinkedIn {
    private static let write = ["w_member_social", "w_member_social_feed", "w_organization_social", "w_organization_social_feed"]
    static let commentLimit = 1250

    var comments: [Operation] {
        ["/rest", "/v2"].flatMap { root -> [Operation] in
            let path = root + "/socialActions/{urn}"
            return [
                Operation(
                    "linkedin.comment", .post, path + "/comments",
                    handler: member(anyOf: Self.write, "partnerApiSocialActions.CREATE", comment)),
                Operation(
                    "linkedin.listComments", .get, path + "/comments",
                    handler: member(anyOf: [], "partnerApiSocialActions.GET_ALL", listComments)),
                Operation("linkedin.socialActions", .get, path, handler: member(anyOf: [], "partnerApiSocialActions.GET", summary)),
            ]
        }
    }

    private func comment(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        let isVersioned = call.path.dropFirst(prefix.count).hasPrefix("/rest/")
        if isVersioned, state.isOn("restCommentsDenied") {
            let version = call.header("linkedin-version") ?? ""
            throw LinkedInError.denied("partnerApiSocialActions.CREATE.\(version)").refusal
        }
        if state.isOn("throttled") { throw LinkedInError.throttled.refusal }
        let target = try RestLi.urn(call)
        guard let above = Self.resolve(target, state), let body = call.json else { return failure(status: 404) }
        guard let actorURN = body["actor"]?.string else { throw LinkedInError.missing("actor").refusal }
        guard body["object"]?.string != nil else { throw LinkedInError.missing("object").refusal }
        guard let text = body["message"]?["text"]?.string, !text.isEmpty else { throw LinkedInError.missing("message.text").refusal }
        if text.count > Self.commentLimit { throw LinkedInError.tooLong("message.text", Self.commentLimit).refusal }
        let actor = try member.acting(as: actorURN, field: "actor", what: "partnerApiSocialActions.CREATE", state)
        if let parent = body["parentComment"]?.string, state.timeline[parent] == nil {
            throw LinkedInError(400, "INVALID_URN_ID", "\(parent) does not exist", field: "parentComment").refusal
        }
        let root = above.parent.flatMap { state.timeline[$0] } ?? above
        let activity = "urn:li:activity:" + (root.id.split(separator: ":").last ?? "")
        let id = Self.newID(in: &state, now: call.now)
        let urn = "urn:li:comment:(\(activity),\(id))"
        state.timeline.add(
            Publication(
                id: urn, author: actor.id, text: text, parent: body["parentComment"]?.string ?? above.id, createdAt: call.now, details: body
            ))
        let comment = state.timeline[urn].map { json($0, actor: actor, activity: activity) } ?? .null
        return Reply.json(comment, status: 201, headers: [("x-restli-id", id)]).creating(urn)
    }

    private func json(_ comment: Publication, actor: Account, activity: String) -> JSON {
        let id = comment.id.dropLast().split(separator: ",").last.map(String.init) ?? comment.id
        let stamp: JSON = .int(Int(comment.createdAt.timeIntervalSince1970 * 1000))
        return [
            "id": .string(id), "commentUrn": .string(comment.id), "object": .string(activity), "actor": .string(actor.urn),
            "message": ["text": .string(comment.text), "attributes": []],
            "created": ["actor": .string(actor.urn), "time": stamp], "lastModified": ["actor": .string(actor.urn), "time": stamp],
        ]
    }

    /// Organizations read with r_organization_social; members only where the closed permission is granted.
    private func readable(_ member: Member, _ call: Call, _ what: String, _ state: PlatformState) throws -> Publication? {
        guard let post = Self.resolve(try RestLi.urn(call), state), let author = state.accounts[post.author] else { return nil }
        let asOrganization =
            member.has(anyOf: ["r_organization_social", "r_organization_social_feed"]) && member.administered(author.urn, state) != nil
        guard asOrganization || (author.id == member.account.id && state.isOn("memberCanReadComments")) else {
            throw LinkedInError.denied(what).refusal
        }
        return post
    }

    private func listComments(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        guard let post = try readable(member, call, "partnerApiSocialActions.GET_ALL", state) else { return failure(status: 404) }
        let activity = "urn:li:activity:" + (post.id.split(separator: ":").last ?? "")
        let found = state.timeline.replies(to: post.id).compactMap { reply in
            state.accounts[reply.author].map { json(reply, actor: $0, activity: activity) }
        }
        let start = max(0, Int(call.query("start") ?? "0") ?? 0)
        let count = min(100, max(1, Int(call.query("count") ?? "10") ?? 10))
        return .json([
            "elements": .array(Array(found.dropFirst(start).prefix(count))),
            "paging": ["start": .int(start), "count": .int(count), "total": .int(found.count), "links": []],
        ])
    }

    private func summary(_ state: inout PlatformState, _ member: Member, _ call: Call) throws -> Reply {
        guard let post = try readable(member, call, "partnerApiSocialActions.GET", state) else { return failure(status: 404) }
        let figures = Popularity(id: post.id, age: call.now.timeIntervalSince(post.createdAt))
        let count: JSON = .int(state.timeline.replies(to: post.id).count)
        return .json([
            "target": .string(post.id), "likesSummary": ["totalLikes": .int(figures.likes), "aggregatedTotalLikes": .int(figures.likes)],
            "commentsSummary": ["totalFirstLevelComments": count, "aggregatedTotalComments": count],
        ])
    }
}
