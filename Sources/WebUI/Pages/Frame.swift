import Application
import Domain
import Foundation

/// What surrounds every page of a signed-in person: navigation, the month in small, drafts, and what needs attention.
struct Frame {
    private let visit: Visit
    private var words: Words { visit.words }

    init(_ visit: Visit) { self.visit = visit }

    func model(title: String) async throws -> Model {
        async let month = busyDays()
        let counts = try await visit.services.posts.counts(of: [.draft, .inReview], as: visit.caller)
        async let attention = attention(inReview: counts[.inReview] ?? 0)
        let entries = try await attention
        return [
            "workspace": visit.signedIn.organization.name, "userName": userName, "userInitial": String(userName.prefix(1)).uppercased(),
            "here": visit.here, "nav": navigation, "tabs": tabs, "shortcuts": shortcuts,
            "minimonth": MiniMonth(isBusy: try await month, today: visit.services.time.now, time: visit.time).model,
            "draftCount": String(counts[.draft] ?? 0), "attention": entries, "hasAttention": !entries.isEmpty, "bodyClass": "",
        ]
    }

    private var userName: String { visit.signedIn.user.name.unlessEmpty ?? visit.signedIn.user.email }

    // MARK: Navigation

    private static let places = [
        (path: "/calendar", key: "calendar", icon: "calendar"), (path: "/posts", key: "posts", icon: "posts"),
        (path: "/channels", key: "channels", icon: "channels"), (path: "/media", key: "media", icon: "media"),
        (path: "/settings", key: "settings", icon: "settings"),
    ]

    private func isHere(_ path: String) -> Bool { visit.path == path || visit.path.hasPrefix(path + "/") }

    private var navigation: [Model] {
        Self.places.map { ["href": $0.path, "label": words($0.key), "icon": $0.icon, "current": isHere($0.path)] }
    }

    private var tabs: [Model] {
        let new: Model = ["href": "/compose", "icon": "plus", "class": "new", "spoken": words("newPost"), "current": false]
        var tabs = [0, 1, 2, 4].map { navigation[$0] }
        tabs.insert(new, at: 2)
        return tabs
    }

    private var shortcuts: [Model] {
        [
            ("keyNew", ["n"]), ("keySearch", ["/"]), ("keyCalendar", ["g", "c"]), ("keyPosts", ["g", "p"]), ("keyChannels", ["g", "h"]),
            ("keyMedia", ["g", "m"]), ("keyToday", ["t"]), ("keyPeriod", ["[", "]"]), ("keyView", ["1", "2", "3"]),
            ("keyArrows", ["↑", "↓"]),
            ("keyMove", ["m"]), ("keySchedule", ["Ctrl ⌘", "Enter"]), ("keyClose", ["Esc"]), ("keyHelp", ["?"]),
        ].map { ["what": words($0.0), "keys": $0.1] }
    }

    // MARK: What is going on

    private func busyDays() async throws -> [Bool] {
        let days = MiniMonth.days(around: visit.services.time.now, time: visit.time)
        return try await visit.services.posts.areBusy(days, as: visit.caller)
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
            let name = "\(channel.platformName) \(channel.displayName)"
            return [
                "href": "/channels#channel-\(channel.id)", "tone": "warning",
                "text": ends.map { words("attentionEnding", ["channel": name, "time": visit.time.moment($0)]) }
                    ?? words("attentionReconnect", ["channel": name]),
            ]
        }
        let disk: [Model] =
            visit.services.health.storage.ok ? [] : [["href": "/settings", "tone": "danger", "text": words("attentionDisk")]]
        let backup = visit.caller.instanceRole == .admin ? await visit.services.health.backups?.health() : nil
        let unsaved: [Model] = backup?.ok == false ? [["href": "/settings", "tone": "danger", "text": words("attentionBackup")]] : []
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
            ? [] : [["href": "/posts?status=IN_REVIEW", "tone": "warning", "text": words.count("attentionReview", inReview)]]
        return try await disk + unsaved + review + reconnect + moved
            + failed.items.map { post in
                [
                    "href": "/posts/\(post.id)", "tone": "danger",
                    "text": words("attentionFailed", ["post": PostWords.opening(of: post, words: words, length: 40)]),
                ]
            }
    }
}

/// The current month as a small table, with a dot on days that have posts.
struct MiniMonth {
    /// For each of the days whether posts have their time on it.
    let isBusy: [Bool]
    let today: Timestamp
    let time: LocalTime

    /// From midnight to midnight.
    static func days(around now: Timestamp, time: LocalTime) -> [Range<Timestamp>] {
        let grid = DayGrid(view: .month, containing: time.wall(now), time: time)
        let starts = grid.days.map { $0.instant(in: time.zone) }
        return zip(starts, starts.dropFirst() + [grid.range.upperBound]).map { $0..<max($0, $1) }
    }

    var model: Model {
        let grid = DayGrid(view: .month, containing: time.wall(today), time: time)
        let now = time.date(today)
        let days: [Model] = zip(grid.days, isBusy).map { day, isBusy in
            let date = day.dayText
            let classes = [grid.isOutside(day) ? "outside" : nil, date == now ? "today" : nil, isBusy ? "busy" : nil]
            return [
                "number": String(day.date.day), "href": "/calendar?view=day&date=\(date)",
                "label": time.longDay(day), "class": classes.compactMap(\.self).joined(separator: " "),
            ]
        }
        let weeks: [Model] = stride(from: 0, to: days.count, by: 7).map { ["days": Array(days[$0..<min($0 + 7, days.count)])] }
        return [
            "title": time.month(time.wall(today)), "weeks": weeks,
            "weekdays": time.weekdays.map { name -> Model in ["short": name.narrow, "long": name.long] },
        ]
    }
}
