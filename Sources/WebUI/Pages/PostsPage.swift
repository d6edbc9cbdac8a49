import Application
import Domain
import Foundation
import Gateway
import Hummingbird

/// What the list of posts is divided into.
enum PostTab: String, CaseIterable, Sendable {
    case upcoming, drafts, review, sent, failed, all, trash

    /// None means all.
    var statuses: [PostStatus] {
        switch self {
        case .upcoming: [.scheduled, .publishing]
        case .drafts: [.draft]
        case .review: [.inReview]
        case .sent: [.published, .partiallyPublished]
        case .failed: [.failed, .partiallyPublished]
        case .all, .trash: []
        }
    }

    /// What comes next stands first; of what was, the latest.
    var newestFirst: Bool { ![.upcoming, .review].contains(self) }

    /// The tab that an address asks for, by its name or by a status. Who searches, searches everywhere.
    init(_ query: FormFields) {
        let status = PostStatus(rawValue: query.text("status"))
        let named = PostTab(rawValue: query.text("tab")) ?? status.map { status in PostTab.allCases.first { $0.statuses.contains(status) } ?? .all }
        self = named ?? (query.given("q") ?? query.given("tag") == nil ? .upcoming : .all)
    }
}

/// All posts as a list: by what they wait for, searched, filtered, page by page, and several at once.
struct PostsPage {
    /// Tabs count no further.
    private static let mostCounted = 999

    func show(_ visit: Visit) async throws -> Response {
        if let begun = try await visit.begun(at: .posts) { return begun }
        let tab = PostTab(visit.query)
        let menu = try await ViewMenu(at: .posts, visit)
        var query = query(tab, visit)
        // What a view names and is gone narrows nothing; the menu says so.
        if menu.gone.contains(.channel) { query.integration = nil }
        let asked = query
        async let channels = visit.services.channels.list(as: visit.caller)
        async let page = visit.services.posts.list(asked, as: visit.caller)
        async let counts = visit.services.posts.counts(upTo: Self.mostCounted + 1, as: visit.caller)
        async let trashed = visit.services.posts.inTrash(upTo: Self.mostCounted + 1, as: visit.caller)
        let (known, posts) = (try await channels, try await page)
        let rows = posts.items.map { row($0, channels: known.byId, visit) }
        let base = address(tab, visit)
        let model: Model = [
            "viewMenu": menu.model, "posts": rows, "hasPosts": !rows.isEmpty, "query": query.text, "tag": query.tag, "tab": tab.rawValue,
            "postTabs": try await tabs(tab, counts, trashed: trashed, visit), "channelOptions": channelOptions(known, visit),
            "filtered": [query.text, query.tag, visit.query.given("channel"), visit.query.given("from")].contains { $0 != nil },
            "clear": "/posts?tab=\(tab.rawValue)", "mayApprove": visit.mayApprove && tab == .review,
            "inTrash": tab == .trash, "mayEmpty": tab == .trash && !rows.isEmpty && visit.caller.may(.manage),
            "trashNote": visit.words.count("trashKept", Int(visit.services.trash.keeps / .days(1))),
            "emptyTitle": visit.words("posts_none_\(tab.rawValue)"), "deeds": deeds(tab, visit),
            "exportAddress": tab == .trash
                ? nil
                : link(
                    "/posts/export.csv",
                    ["tab": tab.rawValue, "q": query.text, "tag": query.tag, "channel": visit.query.given("channel")]),
            "firstPage": query.cursor == nil ? nil : base, "nextPage": posts.nextCursor.map { "\(base)&cursor=\($0.queryEncoded)" },
        ]
        return try await visit.site.page("pages/posts", title: visit.words("posts"), model, for: visit)
    }

    private func query(_ tab: PostTab, _ visit: Visit) -> PostQuery {
        PostQuery(
            statuses: tab.statuses, integration: visit.query.given("channel").flatMap(IntegrationID.init), tag: visit.query.given("tag"),
            text: visit.query.given("q"), from: visit.query.given("from").flatMap(Timestamp.init),
            to: visit.query.given("to").flatMap(Timestamp.init), cursor: visit.query.given("cursor"), limit: 30, newestFirst: tab.newestFirst,
            inTrash: tab == .trash)
    }

    private func address(_ tab: PostTab, _ visit: Visit) -> String {
        link(
            "/posts",
            [
                "tab": tab.rawValue, "channel": visit.query.given("channel"), "q": visit.query.given("q"), "tag": visit.query.given("tag"),
                "from": visit.query.given("from"), "to": visit.query.given("to"),
            ])
    }

    private func tabs(_ chosen: PostTab, _ counts: [PostStatus: Int], trashed: Int, _ visit: Visit) -> [Model] {
        PostTab.allCases.map { tab in
            let count = tab == .trash ? trashed : tab.statuses.reduce(0) { $0 + (counts[$1] ?? 0) }
            let shown = count > Self.mostCounted ? "\(Self.mostCounted)+" : String(count)
            return [
                "label": visit.words("posts_\(tab.rawValue)"), "href": address(tab, visit), "current": tab == chosen,
                "number": tab == .all ? nil : shown,
            ]
        }
    }

    /// What can be done with several at once.
    private func deeds(_ tab: PostTab, _ visit: Visit) -> [Model] {
        if tab == .trash { return [["name": ChosenPosts.Deed.restore.rawValue, "icon": "retry", "label": visit.words("action_restore")]] }
        let named: [(ChosenPosts.Deed, String)] = [(.cancel, "close"), (.retry, "retry"), (.delete, "trash")]
        return named.filter { deed, _ in
            switch deed {
            case .cancel: [.upcoming, .review, .all].contains(tab)
            case .retry: [.failed, .all].contains(tab)
            default: true
            }
        }.map { deed, icon in
            // What destroys stands apart from the rest.
            ["name": deed.rawValue, "icon": icon, "label": visit.words("action_\(deed.rawValue)"), "class": deed == .delete ? "quiet danger" : ""]
        }
    }

    private func channelOptions(_ channels: [ChannelView], _ visit: Visit) -> [Model] {
        let chosen = visit.query.text("channel")
        return [["value": "", "label": visit.words("anyChannel")]]
            + channels.map { channel in
                ["value": channel.id.text, "label": channel.title, "selected": channel.id.text == chosen]
            }
    }

    private func row(_ post: PostView, channels: [IntegrationID: ChannelView], _ visit: Visit) -> Model {
        let look = StatusLook(post.status, visit.words)
        let instant = PostWords.instant(of: post)
        let isThere = post.deletedAt == nil
        let failed = [.failed, .partiallyPublished].contains(post.status) || post.publications.contains { $0.error != nil }
        return [
            "id": post.id.text, "revision": String(post.revision),
            "href": isThere ? (post.status == .draft && visit.mayWrite ? "/posts/\(post.id)/edit" : "/posts/\(post.id)") : nil,
            "deleted": post.deletedAt.map { visit.words("posts_deleted", ["time": visit.time.moment($0)]) },
            "words": PostWords.opening(of: post, words: visit.words), "marks": PostWords.marks(of: post, channels: channels),
            "tags": post.tags,
            "parts": post.parts.count > 1 ? visit.words.count("parts", post.parts.count) : nil,
            "why": failed ? post.errorMessage.map(visit.say) : nil,
            "status": look.label, "tone": look.tone, "busy": look.busy, "instant": instant?.description ?? "",
            "day": instant.map(visit.time.day) ?? visit.words("noTime"), "clock": instant.map(visit.time.clock) ?? "",
            "actions": isThere ? PostWords.actions(for: post, visit) : visit.mayWrite ? [PostWords.restoring(visit)] : [],
            // Icons in the menus of fifty posts were a tenth of the time until the page is there.
            "canEdit": isThere && visit.mayWrite && PostWords.isEditable(post), "inList": true,
        ]
    }
}
