import Application
import Domain
import Foundation
import Hummingbird

/// What surrounds every page of a signed-in person: navigation, drafts, and what needs attention.
struct Frame {
    private let visit: Visit
    private var words: Words { visit.words }

    init(_ visit: Visit) { self.visit = visit }

    func model(title: String) async throws -> Model {
        let counts = try await visit.services.posts.counts(of: [.draft, .inReview], as: visit.caller)
        async let attention = attention(inReview: counts[.inReview] ?? 0)
        async let pause = pause()
        async let views = visit.services.views.names(as: visit.caller)
        async let workspaces = visit.services.team.workspaces(as: visit.caller)
        async let news = visit.services.news.standing(visiting: visit.isLook, as: visit.caller)
        let entries = try await attention
        let model: Model = [
            "pause": try await pause,
            "workspace": visit.signedIn.organization.name,
            "workspaces": try await workspaces.map { workspace -> Model in
                ["id": workspace.id.text, "name": workspace.name, "current": workspace.id == visit.caller.organizationId]
            },
            "userName": userName, "userInitial": String(userName.prefix(1)).uppercased(),
            "here": visit.here, "nav": navigation.map(\.model), "tabs": tabs, "morePlaces": places(onBar: false), "shortcuts": shortcuts,
            "commands": commands(try await views),
            "draftCount": String(counts[.draft] ?? 0), "attention": entries, "hasAttention": !entries.isEmpty, "bodyClass": "",
        ]
        return model.merging(bell(unread: try await news.unread, hasAttention: !entries.isEmpty))
    }

    private func bell(unread: Int, hasAttention: Bool) -> Model {
        let shown = unread < News.mostCounted ? String(unread) : "\(News.mostCounted - 1)+"
        let spoken = unread == 0 ? words("news") : words("news_unread_\(unread == 1 ? "one" : "other")", ["count": shown])
        return ["unread": unread == 0 ? nil : shown, "bell": spoken, "hasDot": hasAttention || unread > 0]
    }

    /// What changes by itself in the sidebar, for pages that have heard that something happened.
    static func sidebar(_ visit: Visit) async throws -> Response {
        // What the page has heard of is counted.
        try await visit.services.news.gather()
        return try visit.site.fragment("pages/sidebar", try await Frame(visit).model(title: ""), for: visit)
    }

    private var userName: String { visit.signedIn.user.name.unlessEmpty ?? visit.signedIn.user.email }

    /// That nothing goes out, and the way to end it for those who may.
    private func pause() async throws -> Model? {
        let state = try await visit.services.pausing.state(as: visit.caller)
        let held = state.held == 0 ? "" : " " + words.count("pauseHeld", state.held)
        if let since = state.instancePausedAt {
            let scope = visit.caller.instanceRole == .admin ? PauseScope.instance.rawValue : nil
            return ["text": words("pausedInstance", ["time": visit.time.moment(since)]) + held, "scope": scope]
        }
        guard let since = state.pausedAt else { return nil }
        let scope = visit.caller.may(.manage) ? PauseScope.workspace.rawValue : nil
        return ["text": words("pausedWorkspace", ["time": visit.time.moment(since)]) + held, "scope": scope]
    }

    // MARK: Navigation

    /// A place in the navigation: where it leads, and what else belongs to it.
    private struct Place {
        let path, key, icon: String
        var further: [String] = []
    }

    /// Parts of the settings that have a place of their own, which is the first that is open to the person.
    private static let withinSettings: [(sections: [SettingsSection], key: String, icon: String)] = [
        ([.automations, .evergreen], "settings_automations", "repost"), ([.mcp, .log], "assistants", "link"),
    ]

    /// Those that are open to the person.
    private var openPlaces: [Place] {
        var places = [
            Place(path: "/today", key: "today", icon: "clock"), Place(path: "/calendar", key: "calendar", icon: "calendar"),
            // What repeats is reached from the posts.
            Place(path: "/posts", key: "posts", icon: "posts", further: ["/series"]),
            Place(path: "/analytics", key: "analytics", icon: "chart"), Place(path: "/channels", key: "channels", icon: "channels"),
            Place(path: "/media", key: "media", icon: "media"),
        ]
        for (sections, key, icon) in Self.withinSettings {
            let open = sections.filter { $0.isOpen(to: visit) }.map(\.rawValue)
            if let first = open.first { places.append(Place(path: first, key: key, icon: icon, further: Array(open.dropFirst()))) }
        }
        return places + [Place(path: SettingsSection.list, key: "settings", icon: "settings")]
    }

    /// Those with a place on a phone's bar; the rest is behind "More".
    private static let onBar: Set<String> = ["/today", "/calendar", "/posts"]

    private func isAt(_ place: Place) -> Bool {
        ([place.path] + place.further).contains { visit.path == $0 || visit.path.hasPrefix($0 + "/") }
    }

    private var navigation: [(path: String, model: Model)] {
        let places = openPlaces
        // Some places are within the settings, which then are not where the person is.
        let here = places.first(where: isAt)?.path
        return places.map { place in
            (place.path, ["href": place.path, "label": words(place.key), "icon": place.icon, "current": place.path == here])
        }
    }

    private var tabs: [Model] {
        let new: Model = ["href": "/compose", "icon": "plus", "class": "new", "spoken": words("newPost"), "current": false]
        var tabs = places(onBar: true)
        if visit.mayWrite { tabs.insert(new, at: 2) }
        return tabs
    }

    private func places(onBar: Bool) -> [Model] {
        navigation.filter { Self.onBar.contains($0.path) == onBar }.map(\.model)
    }

    private var shortcuts: [Model] {
        [
            ("palette", ["Ctrl ⌘", "K"]), ("keyNew", ["n"]), ("keySearch", ["/"]), ("keyCalendar", ["g", "c"]), ("keyPosts", ["g", "p"]),
            ("analytics", ["g", "a"]), ("keyChannels", ["g", "h"]), ("keyMedia", ["g", "m"]), ("keyToday", ["t"]), ("keyPeriod", ["[", "]"]),
            ("keyView", ["1", "2", "3", "4"]),
            ("keyArrows", ["↑", "↓", "←", "→"]),
            ("keyQueue", ["Shift", "←", "→"]),
            ("keyNext", ["j", "k"]), ("keyMove", ["m"]), ("action_duplicate", ["d"]), ("keyChoose", ["x"]), ("keyEdit", ["e"]),
            ("keyApprove", ["a"]), ("keyBack", ["r"]), ("keySchedule", ["Ctrl ⌘", "Enter"]),
            ("keyClose", ["Esc"]),
            ("keyHelp", ["?"]),
        ].map { ["what": words($0.0), "keys": $0.1] }
    }

    /// What the command palette offers: deeds first, then places.
    private func commands(_ views: [SavedView]) -> [Model] {
        let writing: [Model] = visit.mayWrite ? [["href": "/compose", "label": words("newPost"), "icon": "plus", "keys": "n"]] : []
        let deeds: [Model] = [
            ["clicks": "theme-switch button", "label": words("palette_theme"), "icon": "theme"],
            ["opens": "shortcuts", "label": words("keyboardHelp"), "icon": "help", "keys": "?"],
        ]
        let further = [
            ("/posts?tab=drafts", "drafts", "edit"), ("/posts?tab=review", "posts_review", "check"), ("/posts?tab=failed", "posts_failed", "alert"),
            ("/posts?tab=trash", "posts_trash", "trash"), ("/media?show=trash", "palette_mediaTrash", "trash"),
            ("/channels?show=trash", "channelTrash", "trash"), ("/notifications", "news", "bell"), ("/calendar/feeds", "feeds", "link"),
            ("/views", "views", "save"),
            ("/settings/team", "settings_team", "settings"), ("/settings/keys", "settings_keys", "key"),
            ("/settings/log", "settings_log", "clock"),
            ("/settings/ai", "settings_ai", "spark"),
            ("/settings/mail", "settings_mail", "mail"), ("/settings/platforms", "settings_platforms", "key"),
        ].filter { place in SettingsSection(rawValue: place.0)?.isOpen(to: visit) ?? true }
            .map { ["href": $0.0, "label": words($0.1), "icon": $0.2] as Model }
        let saved = views.map { view -> Model in
            ["href": view.address, "label": "\(words(view.place.rawValue.lowercased())): \(view.name)", "icon": "save"]
        }
        let leaving: Model = ["clicks": "form[action='/logout'] button", "label": words("signOut"), "icon": "out"]
        return (writing + deeds + navigation.map(\.model) + saved + further + [leaving]).enumerated().map { $1.merging(["id": "palette-\($0)"]) }
    }

    // MARK: What is going on

    /// What does not go out, or could not: what a person has to decide or mend.
    private func publishing() async throws -> [Model] {
        let soon = visit.services.time.now + .days(7)
        async let overdue = visit.services.posts.overdue(limit: 5, as: visit.caller)
        async let risky = visit.services.posts.atRisk(before: soon, limit: 5, as: visit.caller)
        var entries: [Model] = []
        if visit.caller.instanceRole == .admin, try await !visit.services.health.publishes() {
            entries.append(["href": "/settings/health", "tone": "danger", "text": words("attentionStuck")])
        }
        func entry(_ key: String, _ post: PostView) -> Model {
            ["href": "/posts/\(post.id)", "tone": "warning", "text": words(key, ["post": PostWords.opening(of: post, words: words, length: 90)])]
        }
        entries += try await overdue.map { entry("attentionOverdue", $0) }
        entries += try await risky.map { entry("attentionAtRisk", $0) }
        return entries
    }

    /// Feeds that cannot be read for a day, and items that somebody has to decide about.
    private func feeds() async throws -> [Model] {
        guard visit.caller.role >= .admin else { return [] }
        let (failing, held) = try await visit.services.sources.attention(as: visit.caller)
        let unread: [Model] = failing.map { feed in
            let key = feed.status == .paused ? "attentionFeedGone" : "attentionFeed"
            return ["href": "/settings/automations/feeds/\(feed.id)", "tone": "warning", "text": words(key, ["name": feed.name])]
        }
        guard !held.isEmpty else { return unread }
        let names = try await visit.services.sources.list(as: visit.caller).filter { held[$0.id] != nil }
        return unread
            + names.map { feed in
                let count = words.count("feedHeldCount", held[feed.id] ?? 0)
                return [
                    "href": "/settings/automations/feeds/\(feed.id)", "tone": "warning",
                    "text": words("attentionHeld", ["name": feed.name, "count": count]),
                ]
            }
    }

    private func attention(inReview: Int) async throws -> [Model] {
        async let channels = visit.services.channels.list(as: visit.caller)
        let recent = visit.services.time.now - .days(14)
        async let failed = visit.services.posts.list(
            PostQuery(statuses: [.failed, .partiallyPublished], from: recent, limit: 5), as: visit.caller)
        let soon = visit.services.time.now + ConnectionWarnings.notice
        let reconnect: [Model] = try await channels.compactMap { channel in
            let ends = channel.status == .active ? channel.tokenExpiresAt.flatMap { $0 < soon ? $0 : nil } : nil
            guard channel.status == .needsReconnect || ends != nil else { return nil }
            let name = channel.title
            return [
                "href": "/channels#channel-\(channel.id)", "tone": "warning",
                "text": ends.map { words("attentionEnding", ["channel": name, "time": visit.time.moment($0)]) }
                    ?? words("attentionReconnect", ["channel": name]),
            ]
        }
        let disk: [Model] =
            visit.services.health.storage.ok ? [] : [["href": "/settings", "tone": "danger", "text": words("attentionDisk")]]
        let backup = visit.caller.instanceRole == .admin ? await visit.services.health.backups?.health() : nil
        let unsaved: [Model] = backup?.ok == false ? [["href": "/settings/health", "tone": "danger", "text": words("attentionBackup")]] : []
        let moved = try await visit.services.eventLog.list(
            since: .time(recent), types: [.zoneRulesChanged], limit: 3, as: visit.caller
        ).items.map { event -> Model in
            let zones = event.data["zones"]?.array?.compactMap(\.string).joined(separator: ", ") ?? ""
            return [
                "href": "/calendar", "tone": "info",
                "text": words.count("attentionReplanned", event.data["posts"]?.int ?? 0).replacing("{zones}", with: zones),
            ]
        }
        let review: [Model] =
            inReview == 0
            ? [] : [["href": "/posts?tab=review", "tone": "warning", "text": words.count("attentionReview", inReview)]]
        return try await disk + unsaved + publishing() + review + reconnect + feeds() + moved
            + failed.items.map { post in
                [
                    "href": "/posts/\(post.id)", "tone": "danger",
                    "text": words("attentionFailed", ["post": PostWords.opening(of: post, words: words, length: 90)]),
                ]
            }
    }
}

/// A month as a small table beside the calendar, which it follows, with a dot on days that have posts.
struct MiniMonth {
    let question: CalendarQuestion
    /// For each of the days whether posts have their time on it.
    let isBusy: [Bool]
    let today: Timestamp
    let time: LocalTime

    /// The days shown, from midnight to midnight.
    static func spans(_ date: WallTime, time: LocalTime) -> [Range<Timestamp>] {
        DayGrid(view: .month, containing: date, time: time).days.map { CalendarPlace($0, in: time.zone).range }
    }

    var model: Model {
        let grid = DayGrid(view: .month, containing: question.date, time: time)
        let now = time.date(today)
        let view: DayGrid.View = question.view == .month ? .day : question.view
        let days: [Model] = zip(grid.days, isBusy).map { day, isBusy in
            let date = day.dayText
            let classes = [
                grid.isOutside(day) ? "outside" : nil, date == now ? "today" : nil, isBusy ? "busy" : nil,
                date == question.date.dayText && question.view != .month ? "chosen" : nil,
            ]
            return [
                "number": String(day.date.day), "href": question.address(view: view, date: date), "long": time.longDay(day),
                "class": classes.compactMap(\.self).joined(separator: " "),
            ]
        }
        let weeks: [Model] = stride(from: 0, to: days.count, by: 7).map { ["days": Array(days[$0..<min($0 + 7, days.count)])] }
        return [
            "title": time.month(grid.anchor), "weeks": weeks,
            "weekdays": time.week.map { name -> Model in ["short": name.narrow, "long": name.long] },
        ]
    }
}
