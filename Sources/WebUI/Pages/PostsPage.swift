import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// All posts as a list: searched, filtered, page by page.
struct PostsPage {
    func show(_ visit: Visit) async throws -> Response {
        async let channels = visit.services.channels.list(as: visit.caller)
        let query = query(visit)
        async let page = visit.services.posts.list(query, as: visit.caller)
        let known = try await channels
        let posts = try await page
        let rows = posts.items.map { row($0, channels: known.byId, visit) }
        let filter: KeyValuePairs<String, String?> = [
            "status": visit.query.given("status"), "channel": visit.query.given("channel"), "q": query.text, "tag": query.tag,
        ]
        let base = link("/posts", filter)
        let model: Model = [
            "posts": rows, "hasPosts": !rows.isEmpty, "query": query.text, "tag": query.tag, "statuses": statuses(visit),
            "channelOptions": channelOptions(known, visit), "filtered": base != "/posts",
            "choosing": visit.mayApprove && visit.query.text("status") == PostStatus.inReview.rawValue && !rows.isEmpty,
            "firstPage": query.cursor == nil ? nil : base,
            "nextPage": posts.nextCursor.map { base + (base.contains("?") ? "&" : "?") + "cursor=\($0.queryEncoded)" },
        ]
        return try await visit.site.page("pages/posts", title: visit.words("posts"), model, for: visit)
    }

    private func query(_ visit: Visit) -> PostQuery {
        PostQuery(
            statuses: visit.query.given("status").flatMap(PostStatus.init).map { [$0] } ?? [],
            integration: visit.query.given("channel").flatMap(IntegrationID.init), tag: visit.query.given("tag"),
            text: visit.query.given("q"), cursor: visit.query.given("cursor"), limit: 30)
    }

    private func statuses(_ visit: Visit) -> [Model] {
        let chosen = visit.query.text("status")
        return [["value": "", "label": visit.words("anyStatus")]]
            + PostStatus.allCases.map { status in
                ["value": status.rawValue, "label": visit.words("status_\(status.rawValue)"), "selected": status.rawValue == chosen]
            }
    }

    private func channelOptions(_ channels: [ChannelView], _ visit: Visit) -> [Model] {
        let chosen = visit.query.text("channel")
        return [["value": "", "label": visit.words("anyChannel")]]
            + channels.map { channel in
                [
                    "value": channel.id.text, "label": "\(channel.platformName) \(channel.displayName)",
                    "selected": channel.id.text == chosen,
                ]
            }
    }

    private func row(_ post: PostView, channels: [IntegrationID: ChannelView], _ visit: Visit) -> Model {
        let look = StatusLook(post.status, visit.words)
        let instant = PostWords.instant(of: post)
        let failed = [.failed, .partiallyPublished].contains(post.status) || post.publications.contains { $0.error != nil }
        return [
            "id": post.id.text, "revision": String(post.revision), "href": post.status == .draft ? "/posts/\(post.id)/edit" : "/posts/\(post.id)",
            "words": PostWords.opening(of: post, words: visit.words), "marks": PostWords.marks(of: post, channels: channels),
            "tags": post.tags,
            "parts": post.parts.count > 1 ? visit.words.count("parts", post.parts.count) : nil, "why": failed ? post.errorMessage : nil,
            "status": look.label, "tone": look.tone, "busy": look.busy, "instant": instant?.description ?? "",
            "day": instant.map(visit.time.day) ?? visit.words("noTime"), "clock": instant.map(visit.time.clock) ?? "",
            "actions": PostWords.actions(for: post, visit), "canEdit": PostWords.isEditable(post),
        ]
    }
}
