import Application
import Domain
import Hummingbird

/// Where things stand: what goes out next on each channel, what waits for somebody, and what happened in the last day.
struct TodayPage {
    /// How far the queue looks ahead, and how much of it a channel shows.
    private static let (days, shown) = (7, 8)
    /// How many drafts, posts in review and so on are listed before a link to all.
    private static let listed = 5

    func show(_ visit: Visit) async throws -> Response {
        let now = visit.services.time.now
        async let channels = visit.services.channels.list(as: visit.caller)
        async let queue = visit.services.posts.queue(channel: nil, days: Self.days, as: visit.caller)
        async let review = list(PostQuery(statuses: [.inReview], limit: Self.listed, newestFirst: false), visit)
        async let drafts = list(PostQuery(statuses: [.draft], limit: Self.listed), visit)
        async let recent = list(
            PostQuery(statuses: [.published, .partiallyPublished, .failed], from: now - .days(1), to: now, limit: Self.listed), visit)
        async let standing = visit.services.news.standing(visiting: visit.isLook, as: visit.caller)
        let known = try await channels
        var away: Model?
        if let since = try await standing.awaySince { away = try await Absence(since: since, visit).model() }
        let entries = try await queue.flatMap(entries)
        let sent = try await recent
        let lists: [Model] = [
            section("review", try await review, "/posts?tab=review", known.byId, visit),
            section("drafts", try await drafts, "/posts?tab=drafts", known.byId, visit),
            // What happened while somebody was away says the same.
            section("recent", away == nil ? sent : [], "/posts?tab=sent", known.byId, visit),
        ].compactMap(\.self)
        let model: Model = [
            "zone": visit.time.zoneName(at: now), "queues": known.map { queueRow($0, entries, visit) }, "hasQueues": !known.isEmpty,
            "lists": lists, "away": away,
        ]
        return try await visit.site.page("pages/today", title: visit.words("today"), model, for: visit)
    }

    private func list(_ query: PostQuery, _ visit: Visit) async throws -> [PostView] {
        try await visit.services.posts.list(query, as: visit.caller).items
    }

    // MARK: The queue

    /// A posting time, taken or free.
    private struct Entry {
        let channel: IntegrationID
        let at: Timestamp
        let item: QueueItem?
        /// Of a free one, the tag that it is kept for.
        var tag: String?
        /// It may take the time of another; those being sent or held may not.
        var isMovable: Bool { [.scheduled, .inReview].contains(item?.status) }
    }

    private func entries(_ day: QueueDay) -> [Entry] {
        day.items.map { Entry(channel: $0.integrationId, at: $0.at, item: $0) }
            + day.freeSlots.map { Entry(channel: $0.integrationId, at: $0.at, item: nil, tag: $0.tag) }
    }

    private func queueRow(_ channel: ChannelView, _ entries: [Entry], _ visit: Visit) -> Model {
        let own = entries.filter { $0.channel == channel.id && ($0.item != nil || visit.mayWrite) }.sorted { $0.at < $1.at }
        let waiting = own.count { $0.item != nil }
        // One alone has nobody to change places with.
        let isOrdered = visit.mayWrite && own.count(where: \.isMovable) > 1
        return channel.markModel.merging([
            "initial": channel.displayName.prefix(1).uppercased(), "picture": channel.picturePath,
            "id": channel.id.text, "csrf": visit.signedIn.csrfToken, "here": visit.here, "ordered": isOrdered,
            "name": channel.handle, "platformName": channel.platformName, "waiting": visit.words.count("today_waiting", waiting),
            "paused": channel.status == .active ? nil : visit.words(channel.status == .paused ? "channelPaused" : "channelBroken"),
            "canResume": channel.status == .paused,
            "href": link("/calendar", ["view": "agenda", "channel": channel.id.text]),
            "entries": own.prefix(Self.shown).map { entry($0, isOrdered: isOrdered, visit) },
        ])
    }

    private func entry(_ entry: Entry, isOrdered: Bool, _ visit: Visit) -> Model {
        let (time, now) = (visit.time, visit.services.time.now)
        let today = time.date(entry.at) == time.date(now)
        let day = today ? visit.words("today") : time.weekday(time.wall(entry.at))
        guard let item = entry.item else {
            let address = link(
                "/compose", ["date": time.date(entry.at), "time": time.clock(entry.at), "channel": entry.channel.text, "tag": entry.tag])
            let free = [visit.words("today_free"), entry.tag.map { "#\($0)" }].compactMap(\.self).joined(separator: " ")
            return [
                "kind": "free", "day": day, "clock": time.clock(entry.at), "href": address, "text": free,
                "date": time.date(entry.at), "channel": entry.channel.text,
            ]
        }
        return [
            "kind": item.status == .scheduled ? "taken" : "waits", "day": day, "clock": time.clock(entry.at), "href": "/posts/\(item.postId)",
            "text": PostWords.line(item.text, length: 80) ?? visit.words("onlyMedia"),
            "channel": entry.channel.text, "movable": isOrdered && entry.isMovable && entry.at > now ? item.postId.text : nil,
            "state": item.status == .scheduled ? nil : visit.words("queue_\(item.status.rawValue)"),
        ]
    }

    // MARK: Lists

    private func section(
        _ name: String, _ posts: [PostView], _ all: String, _ channels: [IntegrationID: ChannelView], _ visit: Visit
    ) -> Model? {
        guard !posts.isEmpty else { return nil }
        let rows = posts.map { post -> Model in
            let look = StatusLook(post.status, visit.words)
            let instant = PostWords.instant(of: post) ?? post.updatedAt
            return [
                "href": post.status == .draft && visit.mayWrite ? "/posts/\(post.id)/edit" : "/posts/\(post.id)", "instant": instant.description,
                "when": visit.time.moment(instant), "text": PostWords.opening(of: post, words: visit.words, length: 90),
                "marks": PostWords.marks(of: post, channels: channels), "status": look.label, "tone": look.tone,
            ]
        }
        return ["name": name, "title": visit.words("today_\(name)"), "rows": rows, "all": all]
    }
}

/// What happened while a person was away: what went out and what did not, what was decided about their posts, and what was said.
private struct Absence {
    /// So many posts are named of each kind.
    private static let named = 3
    let since: Timestamp
    let visit: Visit
    private var words: Words { visit.words }

    init(since: Timestamp, _ visit: Visit) { (self.since, self.visit) = (since, visit) }

    /// Nil where nothing did.
    func model() async throws -> Model? {
        async let out = posts([.published])
        async let failed = posts([.failed, .partiallyPublished])
        let told = try await visit.services.news.list(since: since, kinds: [.postCommented, .postUpdated], limit: 100, as: visit.caller)
        let comments = told.filter { $0.type == .postCommented }
        let decisions = told.filter { $0.type == .postUpdated }
        let approved = decisions.filter(\.isApproval)
        let lines = [
            line("failed", "alert", "danger", try await failed), line("out", "check", "positive", try await out),
            line("approved", "check", "positive", named(approved)), line("sentBack", "reply", "warning", named(decisions.filter { !$0.isApproval })),
            line("comments", "reply", "neutral", named(comments)),
        ].compactMap(\.self)
        guard !lines.isEmpty else { return nil }
        return ["since": words("away_since", ["time": visit.time.moment(since)]), "lines": lines]
    }

    /// How many, and those that are named.
    private typealias Found = (count: Int, posts: [(id: PostID, text: String)])

    private func posts(_ statuses: [PostStatus]) async throws -> Found {
        let span = since..<max(since, visit.services.time.now)
        let cells = try await visit.services.posts.calendar(
            [span], showing: Self.named, of: PostQuery(statuses: statuses), as: visit.caller)
        return cells.first.map { ($0.count, $0.posts.map { (id: $0.id, text: $0.text) }) } ?? (0, [])
    }

    /// Each post is named once, however often it happened to it.
    private func named(_ entries: [NewsEntry]) -> Found {
        var posts: [(id: PostID, text: String)] = []
        for entry in entries {
            guard let id = entry.postId, !posts.contains(where: { $0.id == id }), posts.count < Self.named else { continue }
            posts.append((id, entry.opening ?? ""))
        }
        return (entries.count, posts)
    }

    private func line(_ name: String, _ icon: String, _ tone: String, _ found: Found) -> Model? {
        guard found.count > 0 else { return nil }
        return [
            "icon": icon, "tone": tone, "text": words.count("away_\(name)", found.count),
            "posts": found.posts.map { post -> Model in
                ["href": "/posts/\(post.id)", "text": PostWords.line(post.text, length: 60) ?? words("onlyMedia")]
            },
        ]
    }
}
